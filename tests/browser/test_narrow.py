"""On the narrowest screens, and for fingers."""

import pytest
from playwright.sync_api import Locator

from tests.browser.conftest import NewVisit
from tests.browser.every_page import OPENERS
from tests.browser.visit import Visit

NARROW = {"width": 320, "height": 640}
# What a finger must hit, by the Web Content Accessibility Guidelines, in CSS pixels.
TARGET = 24
CARD = 44


@pytest.fixture
def phone(new_visit: NewVisit) -> Visit:
    return new_visit(viewport=NARROW, has_touch=True)


@pytest.mark.parametrize("page", OPENERS)
def test_no_page_scrolls_sideways(phone: Visit, page: str) -> None:
    OPENERS[page](phone)
    assert phone.page.evaluate("document.scrollingElement.scrollWidth") == NARROW["width"]


@pytest.mark.parametrize("page", OPENERS)
def test_everything_to_press_is_large_enough(phone: Visit, page: str) -> None:
    OPENERS[page](phone)
    pressed = phone.page.locator("main :is(button, input:not([type=hidden]), summary, .actions a)")
    named = "nav a, .masthead a, .ways-on a, .crumb a, .change a"
    small = [
        f"{text(one)}: {box['width']:.0f}x{box['height']:.0f}"
        for one in (*pressed.all(), *phone.page.locator(named).all())
        if (box := one.bounding_box()) and min(box["width"], box["height"]) < TARGET
    ]
    assert small == []


def test_an_answer_is_chosen_by_a_touch_anywhere_on_its_card(phone: Visit) -> None:
    phone.go("/tokens/ask")
    for card in phone.page.locator(".choice").all():
        card.scroll_into_view_if_needed()
        box = card.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= CARD
        phone.page.touchscreen.tap(box["x"] + box["width"] - 6, box["y"] + box["height"] - 6)
        assert card.get_by_role("radio").is_checked()


def text(one: Locator) -> str:
    return one.evaluate("(element) => element.outerHTML.slice(0, 100)")

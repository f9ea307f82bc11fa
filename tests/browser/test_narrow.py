"""On the narrowest screens, and for fingers."""

import pytest

from tests.browser.conftest import NewVisit
from tests.browser.every_page import OPENERS
from tests.browser.test_accessible import violations
from tests.browser.visit import RESULT, Visit

NARROW = {"width": 320, "height": 640}
# What a finger should find under it without aiming, in CSS pixels.
FINGER = 44
# Success criterion 2.5.8: 24 pixels, or as much room around; links in running text aside.
LARGE_ENOUGH = {"runOnly": ["target-size"]}


@pytest.fixture
def phone(new_visit: NewVisit) -> Visit:
    return new_visit(viewport=NARROW, has_touch=True)


@pytest.mark.parametrize("page", OPENERS)
def test_no_page_scrolls_sideways_and_everything_can_be_hit(phone: Visit, page: str) -> None:
    OPENERS[page](phone)
    assert phone.page.evaluate("document.scrollingElement.scrollWidth") == NARROW["width"]
    assert violations(phone, LARGE_ENOUGH) == []


def test_an_answer_is_chosen_by_a_touch_anywhere_on_its_card(phone: Visit) -> None:
    phone.go("/tokens/ask")
    for card in phone.page.locator(".choice").all():
        card.scroll_into_view_if_needed()
        box = card.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= FINGER
        phone.page.touchscreen.tap(box["x"] + box["width"] - 6, box["y"] + box["height"] - 6)
        assert card.get_by_role("radio").is_checked()


@pytest.mark.parametrize("path", ["/", "/tokens/ask", RESULT])
def test_buttons_and_fields_are_as_high_as_a_finger(phone: Visit, path: str) -> None:
    phone.go(path)
    high = phone.page.locator(".button, .field input").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect().height)"
    )
    assert min(high) >= FINGER

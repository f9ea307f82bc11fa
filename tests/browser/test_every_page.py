"""Every kind of page, for everybody: axe, light and dark, the narrowest screens, fingers."""

import pytest
from playwright.sync_api import ViewportSize

from tests.support.axe import violations
from tests.support.every_page import OPENERS
from tests.support.visit import RESULT, Visit
from tests.support.windows import NewVisit

NARROW: ViewportSize = {"width": 320, "height": 640}
# What a finger should find under it without aiming, in CSS pixels.
FINGER = 44


@pytest.fixture
def phone(new_visit: NewVisit) -> Visit:
    return new_visit(viewport=NARROW, has_touch=True)


@pytest.mark.parametrize("page", OPENERS)
def test_a_page_is_accessible_and_fits_the_narrowest_screen(visit: Visit, page: str) -> None:
    OPENERS[page](visit)
    desktop = visit.page.viewport_size
    assert desktop is not None
    visit.page.set_viewport_size(NARROW)
    assert visit.page.evaluate("document.scrollingElement.scrollWidth") == NARROW["width"]
    # Success criterion 2.5.8: 24 pixels, or as much room around; links in running text aside.
    broken = {"too small to hit": violations(visit, "target-size")}
    visit.page.set_viewport_size(desktop)
    visit.page.emulate_media(color_scheme="light")
    broken["in the light"] = violations(visit)
    # Only colours differ in the dark.
    visit.page.emulate_media(color_scheme="dark")
    broken["in the dark"] = violations(visit, "color-contrast")
    assert broken == {"too small to hit": [], "in the light": [], "in the dark": []}


def test_axe_sees_what_is_wrong(visit: Visit) -> None:
    """The proof that the tests above can fail."""
    visit.go("/tokens/ask")
    visit.page.evaluate("() => { document.documentElement.lang = ''; }")
    visit.page.evaluate("() => { document.querySelector('label').remove(); }")
    assert {"html-has-lang", "label"} <= {
        violation.split(":")[0] for violation in violations(visit)
    }


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

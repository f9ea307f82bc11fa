"""One site with two trees: the list leads into either."""

import pytest
from playwright.sync_api import expect

from tests.support.axe import violations
from tests.support.visit import Visit
from tests.support.windows import NewVisit

pytestmark = pytest.mark.usefixtures("two_trees")

TOKENS = "Which token should this system use?"
STORAGE = "Where should this service keep its data?"
RESULT = "/storage/result?rebuild=no&stored=records&writers=one&lookup=key"


def test_the_list_leads_into_the_first_tree(visit: Visit) -> None:
    visit.go("/")
    expect(visit.heading).to_have_text("What do you need to decide?")
    visit.page.get_by_role("link", name=TOKENS).click()
    expect(visit.heading).to_have_text(TOKENS)
    visit.page.get_by_role("link", name="Start", exact=True).click()
    visit.answer()
    visit.recommends("jwt-asymmetric")


def test_the_list_leads_into_the_second_tree_and_to_a_saved_link(
    visit: Visit, new_visit: NewVisit
) -> None:
    visit.go("/")
    visit.page.get_by_role("link", name=STORAGE).click()
    expect(visit.heading).to_have_text(STORAGE)
    expect(visit.page.get_by_role("link", name="Compare all stores")).to_be_visible()
    visit.page.get_by_role("link", name="Start", exact=True).click()
    expect(visit.page.get_by_text("Question 1 of up to 5")).to_be_visible()
    visit.choose("rebuild", "no")
    visit.go_on()
    visit.choose("stored", "events")
    visit.go_on()
    visit.choose("volume", "outgrows")
    visit.go_on()
    expect(visit.page.get_by_text("Recommended store")).to_be_visible()
    expect(visit.heading).to_have_text("Event log")
    expect(visit.page.get_by_role("heading", name="Code")).to_have_count(0)
    visit.page.get_by_role("link", name="Save as decision").click()
    visit.save()

    other = new_visit()
    other.go(visit.path)
    expect(other.page.get_by_role("heading", name="Event log", exact=True)).to_be_visible()
    assert "token" not in other.page.locator("main").inner_text().casefold()


def test_the_frame_leads_within_the_tree_that_is_open(visit: Visit) -> None:
    """htmx swaps the main part only, and the frame around it must follow."""
    for title, slug in ((TOKENS, "tokens"), (STORAGE, "storage")):
        visit.go("/")
        visit.page.get_by_role("link", name=title).click()
        expect(visit.heading).to_have_text(title)
        compare = visit.page.get_by_role("navigation").get_by_role("link", name="Compare")
        expect(compare).to_have_attribute("href", f"/{slug}/compare")
    visit.page.go_back()
    expect(visit.heading).to_have_text("What do you need to decide?")
    expect(visit.page.get_by_role("navigation").get_by_role("link")).to_have_text(
        ["Saved decisions"]
    )


def test_values_go_into_the_files_of_the_second_tree(visit: Visit) -> None:
    visit.go(RESULT)
    expect(visit.file).to_contain_text('PATH = "var/service.sqlite3"')
    visit.page.get_by_label("Database file").fill("data/shop.db")
    visit.page.get_by_role("button", name="Apply to the code").click()
    expect(visit.file).to_contain_text('PATH = "data/shop.db"')
    assert visit.state["database-path"] == "data/shop.db"


@pytest.mark.parametrize(
    "path",
    ["/", "/storage/", "/storage/ask?rebuild=no&stored=records", RESULT, "/storage/compare"],
)
def test_pages_of_the_second_tree_are_accessible_and_fit_a_phone(visit: Visit, path: str) -> None:
    visit.go(path)
    assert violations(visit) == []
    visit.page.set_viewport_size({"width": 320, "height": 640})
    assert visit.page.evaluate("document.scrollingElement.scrollWidth") == 320

"""One site with two trees: the list leads into either."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import NewVisit
from tests.browser.visit import Visit

pytestmark = pytest.mark.usefixtures("two_trees")

TOKENS = "Which token should this system use?"
MESSAGING = "How should these two services talk?"


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
    visit.page.get_by_role("link", name=MESSAGING).click()
    expect(visit.heading).to_have_text(MESSAGING)
    expect(visit.page.get_by_role("link", name="Compare all styles")).to_be_visible()
    visit.page.get_by_role("link", name="Start", exact=True).click()
    expect(visit.page.get_by_text("Question 1 of up to 3")).to_be_visible()
    visit.choose("wait", "no")
    visit.go_on()
    visit.choose("readers", "several")
    visit.go_on()
    visit.choose("replay", "no")
    visit.go_on()
    expect(visit.page.get_by_text("Recommended style")).to_be_visible()
    expect(visit.heading).to_have_text("Message queue")
    expect(visit.page.get_by_role("heading", name="The config")).to_have_count(0)
    visit.page.get_by_role("link", name="Save this recommendation").click()
    visit.save()

    other = new_visit()
    other.go(visit.path)
    expect(other.page.get_by_role("heading", name="Message queue")).to_be_visible()
    assert "token" not in other.page.locator("main").inner_text().casefold()


def test_the_frame_leads_within_the_tree_that_is_open(visit: Visit) -> None:
    """htmx swaps the main part only, and the frame around it must follow."""
    for title, slug in ((TOKENS, "tokens"), (MESSAGING, "messaging")):
        visit.go("/")
        visit.page.get_by_role("link", name=title).click()
        expect(visit.heading).to_have_text(title)
        compare = visit.page.get_by_role("navigation").get_by_role("link", name="Compare")
        expect(compare).to_have_attribute("href", f"/{slug}/compare")
    visit.page.go_back()
    expect(visit.heading).to_have_text("What do you need to decide?")
    expect(visit.page.get_by_role("navigation")).to_have_count(0)


def test_the_list_is_accessible(visit: Visit) -> None:
    visit.go("/")
    assert violations(visit) == []

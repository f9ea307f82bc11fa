"""The register by keyboard, with and without script, and the pages of moderators."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import override_settings
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from advisor.models import Recommendation
from tests.support.every_page import register, save_again
from tests.support.visit import SAVE, Visit
from tests.support.windows import Windows


def names(visit: Visit) -> list[str]:
    return visit.page.locator(".lines h2").all_inner_texts()


def save(visit: Visit, *titles: str) -> None:
    for title in titles:
        visit.go(SAVE)
        visit.save(title=title)


def test_one_searches_by_keyboard_alone(visit: Visit) -> None:
    save(visit, "Billing API", "Checkout service")
    visit.page.get_by_role("link", name="Saved decisions", exact=True).press("Enter")
    expect(visit.heading).to_have_text("Saved decisions")
    visit.mark()
    visit.page.get_by_label("Words in the title").press_sequentially("bill")
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator(".lines h2")).to_have_text(["Billing API"])
    assert visit.stayed
    assert visit.page.url.endswith("/r/?q=bill")
    expect(visit.heading).to_be_focused()
    visit.page.go_back()
    expect(visit.page.locator(".lines h2")).to_have_text(["Checkout service", "Billing API"])


def test_one_searches_without_script(plain: Visit) -> None:
    save(plain, "Billing API", "Checkout service")
    plain.page.get_by_role("link", name="Saved decisions", exact=True).click()
    plain.page.get_by_label("Words in the title").fill("checkout")
    plain.page.get_by_label("Status", exact=True).select_option("Proposed")
    plain.page.get_by_role("button", name="Search").click()
    assert names(plain) == ["Checkout service"]
    assert plain.page.url.endswith("/r/?q=checkout&status=proposed")
    plain.page.get_by_role("link", name="Show all").click()
    assert len(names(plain)) == 2


def test_an_error_takes_the_focus_and_leads_to_its_field(visit: Visit) -> None:
    visit.go("/r/?q=***")
    expect(visit.page.get_by_role("alert")).to_be_focused()
    visit.page.get_by_role("alert").get_by_role("link").click()
    expect(visit.page.get_by_label("Words in the title")).to_be_focused()


def test_a_status_shows_by_its_shape_too(visit: Visit) -> None:
    register(visit)
    signs = visit.page.locator(".lines .status .sign").evaluate_all(
        "all => all.map(one => getComputedStyle(one, '::before').content)"
    )
    statuses = visit.page.locator(".lines .status").all_inner_texts()
    kinds = {re.split(" by ", status)[0].strip() for status in statuses}
    assert kinds == {"Proposed", "Superseded", "Withdrawn"}
    assert len(set(signs)) == len(kinds)


def test_answering_again_without_script_leads_to_both(plain: Visit) -> None:
    save_again(plain)
    plain.save(title="Thought over")
    plain.page.get_by_role("complementary", name="Other decisions").get_by_role("link").click()
    expect(plain.page.get_by_role("link", name="Thought over")).to_be_visible()


@pytest.fixture
def moderation(
    transactional_db: None,  # noqa: ARG001 - its effect
    moderated: None,  # noqa: ARG001 - its effect
    browser: Browser,
    tmp_path: Path,
) -> Iterator[Visit]:
    """A visit to a server of its own: the one of the other tests started without moderators.

    Nothing that the admin's pages do may be refused by the Content-Security-Policy.
    """
    User.objects.create_superuser("mia", password="a long password")
    with override_settings(STATIC_ROOT=str(tmp_path)):
        server = LiveServer("localhost")
    windows = Windows(browser, str(server.url))
    yield Visit(windows.open({}), str(server.url))
    heard = windows.leave()
    windows.close()
    server.stop()
    assert heard == []


def test_a_moderator_withdraws_under_the_policy_of_all_pages(moderation: Visit) -> None:
    visit = moderation
    save(visit, "Names a person")
    address = visit.path
    visit.go("/admin/")
    visit.page.get_by_label("Username").fill("mia")
    visit.page.get_by_label("Password").fill("a long password")
    visit.page.get_by_role("button", name="Log in").click()
    visit.page.get_by_role("link", name="Recommendations").first.click()
    visit.page.locator("#searchbar").fill(visit.site + address)
    visit.page.get_by_role("button", name="Search").click()
    visit.page.get_by_role("link", name="Names a person").click()
    visit.page.get_by_label("Reason").fill("It names a person.")
    visit.page.get_by_role("button", name="Save").click()
    expect(visit.page.get_by_text("was changed successfully")).to_be_visible()
    visit.go(address)
    expect(visit.page.get_by_text("It names a person.")).to_be_visible()
    assert Recommendation.objects.get().withdrawn_by == "mia"

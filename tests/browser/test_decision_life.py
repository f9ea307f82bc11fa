"""A decision from the recommendation to its successor, with script and without."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from advisor.models import Event, Recommendation
from tests.support.visit import AUTHOR, CONTEXT, RESULT, TITLE, Visit
from tests.support.windows import NewVisit

BOARD = "Architecture board"
REASON = "The team wants one fixed algorithm."


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def team(request: pytest.FixtureRequest, new_visit: NewVisit) -> Visit:
    """The team that decides."""
    return new_visit(java_script_enabled=request.param)


def choose_and_save(visit: Visit) -> str:
    """Choose an alternative of the result that is shown, and save it: the secret link."""
    visit.page.get_by_role("link", name="Choose this instead").first.click()
    expect(visit.page.get_by_role("heading", name="Recommended:")).to_be_visible()
    visit.page.get_by_role("link", name="Save as decision").click()
    visit.fill_in(TITLE, CONTEXT, AUTHOR)
    visit.page.get_by_role("button", name="Save").click()
    alert = visit.page.get_by_role("alert")
    expect(alert).to_contain_text("Enter the reason for your choice.")
    expect(visit.page.get_by_label("Title")).to_have_value(TITLE)
    visit.page.get_by_label("Reason for your choice").fill(REASON)
    visit.page.get_by_role("button", name="Save").click()
    expect(visit.heading).to_have_text(TITLE)
    link = visit.page.locator("#secret-link").get_attribute("href")
    assert link
    return link


def record(visit: Visit, link: str, words: str, note: str = "") -> None:
    """Open the secret link, and record an event with it."""
    visit.go(link)
    secret = visit.page.get_by_label("Secret link")
    if not secret.input_value():
        secret.fill(link)
    visit.page.get_by_text(words).click()
    visit.page.get_by_label("Who decided").fill(BOARD)
    visit.page.get_by_label("Note").fill(note)
    visit.page.get_by_role("button", name="Record").click()
    expect(visit.heading).to_have_text(TITLE)


def test_it_is_chosen_saved_signed_off_and_superseded(team: Visit, new_visit: NewVisit) -> None:
    team.go(RESULT)
    link = choose_and_save(team)
    first = team.path
    status = team.page.locator(".decision-status")
    expect(status).to_contain_text("Proposed")
    expect(team.page.locator(".decision")).to_contain_text(REASON)

    record(team, link, "Accept this decision", "Fine for *now*.")
    assert team.path == first
    expect(status).to_contain_text("Accepted")
    expect(team.page.locator(".reviews")).to_contain_text(f"Accepted by {BOARD}")
    expect(team.page.locator(".reviews em")).to_have_text("now")

    team.page.get_by_role("link", name="Replace this decision").click()
    team.page.get_by_role("link", name="Save as decision").click()
    expect(team.page.get_by_label("Title")).to_have_value(TITLE)
    expect(team.page.get_by_label("Context")).to_have_value(CONTEXT)
    expect(team.page.get_by_label("Author")).to_have_value(AUTHOR)
    expect(team.page.get_by_label("Reason for your choice")).to_have_value(REASON)
    team.page.get_by_role("button", name="Save").click()
    expect(team.heading).to_have_text(TITLE)
    assert team.path != first

    reader = new_visit()
    reader.go(first)
    expect(reader.page.locator(".decision-status")).to_contain_text("Superseded")
    assert reader.page.locator("#secret-link").count() == 0
    # What the board did is still an acceptance, on the page of a decision that is superseded.
    sign = reader.page.locator(".reviews .sign")
    assert "✓" in sign.evaluate("sign => getComputedStyle(sign, '::before').content")


def test_the_secret_is_in_no_request_but_the_one_that_signs_off(team: Visit) -> None:
    heard: list[str] = []
    team.page.on(
        "request",
        lambda request: heard.append(f"{request.url.partition('#')[0]} {request.headers}"),
    )
    team.go(RESULT)
    link = choose_and_save(team)
    secret = urlsplit(link).fragment
    record(team, link, "Reject this decision")
    expect(team.page.locator(".decision-status")).to_contain_text("Rejected")
    team.page.get_by_role("link", name="Saved decisions").click()
    assert heard
    assert not [request for request in heard if secret in request]
    assert secret not in team.page.url


def test_the_address_bar_does_not_keep_the_secret(visit: Visit) -> None:
    visit.go(RESULT)
    link = choose_and_save(visit)
    visit.page.locator("#secret-link").click()
    expect(visit.page.get_by_label("Secret link")).to_have_value(urlsplit(link).fragment)
    assert "#" not in visit.page.url


def test_back_and_save_again_makes_no_second_record(team: Visit) -> None:
    team.go(RESULT)
    team.page.get_by_role("link", name="Save as decision").click()
    team.save()
    saved = team.path
    team.page.go_back()
    # With script, the link of the record has taken the place of the form.
    if team.page.get_by_label("Context").count():
        expect(team.page.get_by_text("You have saved this already")).to_be_visible()
        team.save()
        assert team.path == saved
    assert Recommendation.objects.count() == 1


def test_a_double_click_records_one_event(team: Visit) -> None:
    team.go(RESULT)
    link = choose_and_save(team)
    team.go(link)
    team.page.get_by_label("Secret link").fill(link)
    team.page.get_by_text("Accept this decision").click()
    team.page.get_by_label("Who decided").fill(BOARD)
    team.page.get_by_role("button", name="Record").dblclick(delay=150)
    expect(team.page.locator(".decision-status")).to_contain_text("Accepted")
    assert Event.objects.count() == 1

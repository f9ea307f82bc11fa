"""A save that fails gives the form again with what was typed, and works when it is sent again."""

import pytest
from django.db import OperationalError
from playwright.sync_api import expect

from advisor.models import Event, Recommendation
from advisor.saved import records
from tests.support.visit import AUTHOR, CONTEXT, RESULT, TITLE, Visit
from tests.support.windows import NewVisit


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def author(request: pytest.FixtureRequest, new_visit: NewVisit) -> Visit:
    """Somebody who saves a decision."""
    return new_visit(java_script_enabled=request.param)


@pytest.mark.parametrize(
    ("error", "heading"),
    [
        (OperationalError("database is locked"), "The site cannot use its database"),
        (RuntimeError(), "There is a problem with this site"),
    ],
)
def test_a_save_that_fails_can_be_sent_again(
    author: Visit, monkeypatch: pytest.MonkeyPatch, error: Exception, heading: str
) -> None:
    author.go(RESULT)
    author.page.get_by_role("link", name="Save as decision").click()
    author.fill_in()
    with monkeypatch.context() as broken:
        broken.setattr(records, "save", failing(error))
        author.page.get_by_role("button", name="Save").click()
        expect(author.heading).to_have_text(heading)
    for label, text in {"Title": TITLE, "Context": CONTEXT, "Author": AUTHOR}.items():
        expect(author.page.get_by_label(label)).to_have_value(text)
    author.page.get_by_role("button", name="Save").click()
    expect(author.heading).to_have_text(TITLE)
    assert author.path == f"/r/{Recommendation.objects.get().id}/"


def test_a_sign_off_that_fails_can_be_sent_again(
    author: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    author.go(RESULT)
    author.page.get_by_role("link", name="Save as decision").click()
    author.save()
    link = author.page.locator("#secret-link").get_attribute("href")
    assert link
    author.go(link)
    author.page.get_by_label("Secret link").fill(link)
    author.page.get_by_text("Accept this decision").click()
    author.page.get_by_label("Who decided").fill("Board")
    author.page.get_by_label("Note").fill("Fine for <now>.")
    with monkeypatch.context() as broken:
        broken.setattr(Event.objects, "create", failing(OperationalError("locked")))
        author.page.get_by_role("button", name="Record").click()
        expect(author.heading).to_have_text("The site cannot use its database")
    expect(author.page.get_by_label("Note")).to_have_value("Fine for <now>.")
    expect(author.page.get_by_label("Accept this decision")).to_be_checked()
    author.page.get_by_label("Secret link").fill(link)
    author.page.get_by_role("button", name="Record").click()
    expect(author.page.locator(".decision-status")).to_contain_text("Accepted")
    assert Event.objects.count() == 1


@pytest.mark.parametrize("answer", ["none", "of a proxy"])
def test_a_site_that_cannot_be_reached_leaves_the_text_where_it_is(
    new_visit: NewVisit, answer: str
) -> None:
    author = new_visit(bears="console error: Failed to load resource: net::ERR_FAILED")
    author.go(RESULT)
    author.page.get_by_role("link", name="Save as decision").click()
    author.fill_in()
    author.mark()
    author.page.evaluate("() => { console.error = () => {}; }")  # htmx tells of it there
    if answer == "none":
        author.page.route("**/tokens/save?*", lambda route: route.abort())
    else:
        page = "<h1>502 Bad Gateway</h1>"
        author.page.route("**/tokens/save?*", lambda route: route.fulfill(status=502, body=page))
    author.page.get_by_role("button", name="Save").click()
    alert = author.page.get_by_role("alert")
    expect(alert).to_contain_text("The site cannot be reached")
    expect(alert).to_be_focused()
    author.page.get_by_role("button", name="Save").click()
    expect(alert).to_have_count(1)
    expect(author.page.get_by_label("Context")).to_have_value(CONTEXT)
    author.page.unroute("**/tokens/save?*")
    author.page.get_by_role("button", name="Save").click()
    expect(author.heading).to_have_text(TITLE)
    assert author.stayed
    assert Recommendation.objects.count() == 1


def failing(error: Exception) -> object:
    """A function that raises the error, whatever it is called with."""

    def fail(*_: object, **__: object) -> None:
        raise error

    return fail

"""What goes wrong is said on the page, with htmx as without."""

import pytest
from playwright.sync_api import expect

from advisor.wizard import build
from tests.support.visit import RESULT, Visit, ask_of
from tests.support.windows import NewVisit


def test_no_answer_chosen_is_said_and_focused(visit: Visit) -> None:
    visit.start()
    visit.mark()
    visit.go_on()
    summary = visit.page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Choose an answer.")
    expect(visit.page).to_have_title(f"Error: {ask_of('revocation')} – Advisor")
    summary.get_by_role("link", name="Choose an answer.").click()
    expect(visit.page.get_by_role("radio").first).to_be_focused()
    assert visit.stayed


def test_an_error_is_gone_once_the_question_is_answered(visit: Visit) -> None:
    visit.start()
    visit.go_on()
    expect(visit.page.get_by_role("alert")).to_be_visible()
    visit.answer({"revocation": "no"})
    visit.asks("services")
    expect(visit.page.get_by_role("alert")).to_have_count(0)
    expect(visit.page).to_have_title(f"{ask_of('services')} – Advisor")


def test_back_to_an_error_shows_it_again(new_visit: NewVisit) -> None:
    # htmx restores no page whose status is an error, and says so before the page is loaded anew.
    visit = new_visit(bears="console error: htmx:historyCacheMissLoadError")
    visit.start()
    visit.go_on()
    expect(visit.page.get_by_role("alert")).to_be_visible()
    visit.answer({"revocation": "no"})
    visit.asks("services")
    visit.page.go_back()
    visit.asks("revocation")
    expect(visit.page.get_by_role("alert")).to_contain_text("Choose an answer.")


def test_an_error_page_opened_anew_is_focused_too(visit: Visit) -> None:
    visit.go("/tokens/ask?asked=revocation")
    expect(visit.page.get_by_role("alert")).to_be_focused()


def test_an_answer_that_the_tree_does_not_know_is_a_page_with_a_way_on(visit: Visit) -> None:
    """The tree was edited while the page stood open."""
    visit.start()
    visit.mark()
    visit.choose("revocation", "no")
    visit.page.locator("input:checked").evaluate("radio => { radio.value = 'perhaps'; }")
    visit.go_on()
    expect(visit.heading).to_have_text("Unknown answer in the address")
    expect(visit.heading).to_be_focused()
    expect(visit.page.get_by_text("No, expiry is enough (no)")).to_be_visible()
    assert visit.state == {"asked": "revocation", "revocation": "perhaps"}
    assert visit.stayed
    visit.page.get_by_role("link", name="Start again").click()
    visit.asks("revocation")


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/tokens/ask?revocation=perhaps", 400, "Unknown answer in the address"),
        ("/tokens/ask?revocation=no&revocation=now", 400, "This address is not valid"),
        ("/tokens/ask?team=" + "x" * 4001, 414, "This address is not valid"),
        ("/wine/ask", 404, "Page not found"),
        ("/r/AAAAAAAAAAAAAAAAAAAAAA/", 404, "Page not found"),
    ],
)
def test_a_hand_edited_address_is_a_page_with_a_way_on(
    visit: Visit, path: str, status: int, title: str
) -> None:
    response = visit.page.goto(path)
    assert response is not None
    assert response.status == status
    expect(visit.heading).to_have_text(title)
    visit.page.get_by_role("link", name="Go to the start page").click()
    expect(visit.page.get_by_role("link", name="Start", exact=True)).to_be_visible()


def test_a_failure_of_the_server_is_said_and_the_answers_stay_at_hand(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit.start()
    visit.mark()
    visit.choose("revocation", "no")
    with monkeypatch.context() as broken:
        broken.delattr(build, "question_page")
        visit.go_on()
        expect(visit.heading).to_have_text("There is a problem with this site")
    expect(visit.heading).to_be_focused()
    assert visit.stayed
    visit.page.go_back()
    visit.asks("revocation")


def test_a_failure_of_the_server_opened_anew_is_said_too(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(build, "result_page")
    visit.go(RESULT)
    expect(visit.heading).to_have_text("There is a problem with this site")
    assert visit.page.get_by_text("Traceback").count() == 0

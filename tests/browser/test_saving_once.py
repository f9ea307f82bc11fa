"""However often Save is pressed, one record is made."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Request, expect

from advisor.models import Recommendation
from advisor.saved import records
from tests.support.visit import SAVE, TITLE, Visit

Save = Callable[..., records.SaveOutcome]


class Counted:
    """Saves as the site does, but slowly, and counts how often it is asked to."""

    def __init__(self, save: Save) -> None:
        self.save = save
        self.asked = 0
        self.answered = 0
        self.lock = threading.Lock()

    def __call__(self, *given: Any, **named: Any) -> records.SaveOutcome:
        with self.lock:
            self.asked += 1
        time.sleep(0.5)
        record = self.save(*given, **named)
        with self.lock:
            self.answered += 1
        return record

    def settle(self) -> None:
        """Until every request that reached the server has made or found its record."""
        while self.answered < self.asked:
            time.sleep(0.05)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Counted:
    counted = Counted(records.save)
    monkeypatch.setattr(records, "save", counted)
    return counted


def test_a_double_click_with_htmx_sends_one_request(visit: Visit, slow: Counted) -> None:
    visit.go(SAVE)
    visit.fill_in()
    visit.page.get_by_role("button", name="Save").dblclick()
    expect(visit.heading).to_have_text(TITLE)
    assert slow.asked == 1
    assert [record.title for record in Recommendation.objects.all()] == [TITLE]


def test_the_button_rests_while_a_save_is_under_way(visit: Visit, slow: Counted) -> None:
    visit.go(SAVE)
    visit.fill_in()
    button = visit.page.get_by_role("button", name="Save")
    button.click()
    expect(button).to_be_disabled()
    expect(visit.heading).to_have_text(TITLE)
    assert slow.asked == 1


def test_two_submits_with_htmx_make_one_record(visit: Visit, slow: Counted) -> None:
    visit.go(SAVE)
    visit.fill_in()
    visit.page.evaluate("""() => {
        const form = document.querySelector("form[method=post]");
        form.requestSubmit();
        form.requestSubmit();
    }""")
    expect(visit.heading).to_have_text(TITLE)
    slow.settle()
    assert [f"/r/{record.id}/" for record in Recommendation.objects.all()] == [visit.path]


def test_a_double_click_without_script_makes_one_record(plain: Visit, slow: Counted) -> None:
    sent: list[str] = []

    def on_request(request: Request) -> None:
        if request.method == "POST":
            sent.append(request.url)

    plain.page.on("request", on_request)
    plain.go(SAVE)
    plain.fill_in()
    plain.page.get_by_role("button", name="Save").dblclick(delay=150)
    expect(plain.heading).to_have_text(TITLE)
    slow.settle()
    # The browser lets the second click take the place of the first; the server has heard both.
    assert len(sent) == 2
    assert slow.asked == 2
    assert [f"/r/{record.id}/" for record in Recommendation.objects.all()] == [plain.path]


def test_the_same_form_sent_again_after_a_lost_answer_makes_one_record(
    visit: Visit, slow: Counted
) -> None:
    """Two copies of one opened form, as a retry of the network would send them."""
    visit.go(SAVE)
    visit.fill_in()
    links = visit.page.evaluate("""() => {
        const form = document.querySelector("form[method=post]");
        const send = () => fetch(form.action, {method: "POST", body: new FormData(form)});
        return Promise.all([send(), send(), send()]).then(all => all.map(one => one.url));
    }""")
    assert slow.asked == 3
    assert len(set(links)) == 1
    assert Recommendation.objects.count() == 1

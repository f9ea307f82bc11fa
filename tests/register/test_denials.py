"""What the register says when it has nothing to list."""

import shutil
from urllib.parse import urlencode

import pytest
from django.test import Client

from advisor import catalogue
from advisor.models import Entry
from tests.support.html import page
from tests.support.policies import BANK
from tests.support.saving import save_titled, titles
from tests.support.site import Editable, results

pytestmark = pytest.mark.django_db


def told(client: Client, path: str) -> str:
    return page(client.get(path)).one("main").text


def test_an_empty_register_says_where_a_decision_is_saved(client: Client) -> None:
    sentence = "No decision has been saved yet. You can save one from the page of a result."
    assert sentence in told(client, "/r/")
    save_titled(client)
    assert "No decision has been saved yet." not in told(client, "/r/")


def test_a_search_without_results_says_how_to_widen_it(client: Client) -> None:
    save_titled(client, "Billing API")
    sentence = "No saved decision matches. Search for other words or remove a filter."
    assert sentence in told(client, "/r/?q=shipping")
    assert "No saved decision matches." not in told(client, "/r/?q=billing")


def test_a_page_past_the_last_says_so(client: Client) -> None:
    save_titled(client)
    assert "There are no older decisions." in told(client, "/r/?before=1")


def test_a_search_without_a_letter_is_refused(client: Client) -> None:
    assert "Enter at least one letter or digit." in told(client, "/r/?q=***")


def test_a_filter_that_is_not_used_says_what_it_lets_pass(
    client: Client, editable: Editable
) -> None:
    shutil.copy(BANK, editable.folder / "policies")
    catalogue.reload()
    save_titled(client)
    selects = page(client.get("/r/")).one("main").all("select")
    offered = {select["name"]: select.all("option")[0].text for select in selects}
    assert offered == {
        "outcome": "anything",
        "policy": "any or none",
        "status": "any status",
        "drift": "anything",
        "departs": "either way",
        "review": "any or none",
    }


@pytest.mark.parametrize(
    ("saved", "summary"),
    [
        (1, "One decision"),
        (2, "2 decisions, the newest first"),
        (3, "3 decisions, the newest first"),
    ],
)
def test_the_list_says_how_many_there_are_on_all_pages(
    client: Client, monkeypatch: pytest.MonkeyPatch, saved: int, summary: str
) -> None:
    monkeypatch.setattr("advisor.register.listing.PAGE", 2)
    for number in range(saved):
        save_titled(client, f"Number {number}")
    told = page(client.get("/r/")).one("main").all("p", class_="aside")[0].text
    assert told == summary


@pytest.mark.usefixtures("both_trees")
def test_the_filters_are_labelled_and_offer_every_status(client: Client) -> None:
    save_titled(client)
    result = next(results("storage"))
    save_titled(client, path=f"/storage/save?{urlencode(result.answers)}")
    main = page(client.get("/r/")).one("main")
    labels = {label["for"]: label.text for label in main.all("label")}
    assert labels == {
        "q": "Words in the title, context or author; a link or an id",
        "tree": "Decided with",
        "outcome": "Chosen",
        "status": "Status",
        "drift": "Compared with today’s tree",
        "departs": "Chosen how",
        "review": "Review",
        "since": "Saved from",
        "until": "Saved until",
    }
    offered = {
        name: [option.text for option in main.one("select", name=name).all("option")]
        for name in ("status", "drift", "departs", "review")
    }
    assert offered == {
        "status": [
            "any status",
            "In force: proposed or accepted",
            "Proposed",
            "Accepted",
            "Deprecated",
            "Rejected",
            "Superseded",
            "Withdrawn",
        ],
        "drift": [
            "anything",
            "Advice unchanged",
            "Code changed",
            "Advice changed",
            "Different recommendation today",
            "No longer allowed",
            "Cannot be evaluated today",
        ],
        "departs": ["either way", "As recommended", "Instead of the recommendation"],
        "review": ["any or none", "Overdue"],
    }
    assert main.one("select", name="tree").all("option")[0].text == "any tree"
    assert main.one("input", id="q")["maxlength"] == "200"


def test_the_addresses_of_older_and_newer_decisions_stay_as_they_are(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("advisor.register.listing.PAGE", 1)
    for title in ("First", "Second"):
        save_titled(client, title)
    first, second = Entry.objects.order_by("number").values_list("number", flat=True)
    newest = page(client.get("/r/"))
    assert f"/r/?before={second}" in {link["href"] for link in newest.all("a")}
    oldest = page(client.get(f"/r/?before={second}"))
    assert f"/r/?after={first}" in {link["href"] for link in oldest.all("a")}
    assert titles(client, f"/r/?after={first}") == ["Second"]

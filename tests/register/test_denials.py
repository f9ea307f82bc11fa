"""What the register says when it has nothing to list."""

import shutil

import pytest
from django.test import Client

from advisor import catalogue
from tests.support.html import page
from tests.support.policies import BANK
from tests.support.saving import save_titled
from tests.support.site import Editable

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
    }

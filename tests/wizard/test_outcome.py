"""The page of one outcome, whatever is answered."""

import pytest
from django.test import Client

from advisor import catalogue
from tests.support.html import page
from tests.support.policies import policy
from tests.support.site import Editable, results

HS256 = "/tokens/outcomes/jwt-hs256/"


def outcomes() -> list[str]:
    return list(catalogue.loaded_trees()["tokens"].tree.document.outcomes)


@pytest.mark.parametrize("outcome", outcomes())
def test_every_outcome_has_a_page_with_its_code(client: Client, outcome: str) -> None:
    main = page(client.get(f"/tokens/outcomes/{outcome}/")).one("main")
    document = catalogue.loaded_trees()["tokens"].tree.document.outcomes[outcome]
    assert main.one("h1").text == document.name
    assert document.verdict in main.text
    assert main.has(id="kit")
    assert main.has(id="measured")


def test_it_says_for_which_answers_the_outcome_is_recommended(client: Client) -> None:
    main = page(client.get(HS256)).one("main")
    leads = main.one(id="leads")
    assert "It is recommended for" in leads.text
    assert "No combination of answers recommends it." not in leads.text


def test_an_outcome_that_is_an_alternative_only_says_so(client: Client) -> None:
    main = page(client.get("/tokens/outcomes/paseto-blocklist/")).one("main")
    leads = main.one(id="leads")
    assert "No combination of answers recommends it." in leads.text
    assert "It is an alternative for" in leads.text


def test_each_framework_has_a_link_to_its_code(client: Client) -> None:
    tabs = page(client.get(HS256)).one("nav", class_="tabs").all("a")
    assert [tab["href"] for tab in tabs] == [
        f"{HS256}#kit",
        *(f"{HS256}?way={way}#kit" for way in ("django", "fastapi", "flask")),
    ]
    for tab in tabs:
        assert page(client.get(tab["href"].partition("#")[0])).has(id="kit")


def test_choosing_leads_to_the_questions_with_the_choice(client: Client) -> None:
    button = page(client.get(HS256)).one("a", class_="button")
    assert button["href"] == "/tokens/ask?choose=jwt-hs256"


@pytest.mark.parametrize(
    "more", ["?revocation=now", "?way=plain", "?way=nowhere", "?way=flask&x=1", "?"]
)
def test_other_parameters_are_dropped_by_a_redirect(client: Client, more: str) -> None:
    response = client.get(f"{HS256}{more}")
    if more == "?":
        assert response.status_code == 200
        return
    assert response.status_code == 303
    assert response["Location"] == (f"{HS256}?way=flask" if "flask" in more else HS256)


def test_an_unknown_outcome_is_not_found(client: Client) -> None:
    assert client.get("/tokens/outcomes/pigeon/").status_code == 404


def test_an_outcome_that_policies_take_out_cannot_be_chosen(
    client: Client, editable: Editable
) -> None:
    rule = {"because": "No library.", "forbid": "paseto-blocklist", "use": "jwt-blocklist"}
    (editable.folder / "policies").mkdir(exist_ok=True)
    (editable.folder / "policies" / "house.yaml").write_text(policy(no_paseto=rule))
    catalogue.reload()

    main = page(client.get("/tokens/outcomes/paseto-blocklist/")).one("main")
    assert "No library." in main.one("section", class_="departure").text
    assert "Choose this" not in main.text


def test_the_start_page_links_to_every_outcome_and_counts_what_is_recommended(
    client: Client,
) -> None:
    main = page(client.get("/tokens/")).one("main")
    hrefs = {link["href"] for link in main.all("a")}
    assert {f"/tokens/outcomes/{outcome}/" for outcome in outcomes()} <= hrefs
    assert main.one(id="outcomes").text == "What it can recommend: 10 tokens"
    assert main.one(id="alternatives").text == "What can only be an alternative: 1 token"


def test_an_outcome_that_no_result_names_beside_its_own_says_so(client: Client) -> None:
    """Exactly the outcomes that no result has as an alternative."""
    beside = {option.outcome for result in results("tokens") for option in result.alternatives}
    sentence = "No result names it as an alternative."
    silent = {
        outcome
        for outcome in outcomes()
        if sentence in page(client.get(f"/tokens/outcomes/{outcome}/")).one("main").text
    }
    assert silent == set(outcomes()) - beside

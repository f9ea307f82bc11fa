"""A team may choose another outcome than the recommended one, on the same result page."""

import io
import json
import zipfile

import pytest
from django.test import Client
from django.urls import reverse

from advisor import catalogue
from advisor.web.addresses import CHOOSE
from tests.support.html import page
from tests.support.policies import policy
from tests.support.site import ANSWERS, RESULT, Editable, results

# For these answers the tree recommends a session, and names Paseto with a blocklist beside it.
NOW = "revocation=now&services=one&confidential=no&team=invest"
CHOSEN = f"/tokens/result?{NOW}&choose=paseto-blocklist"


def names() -> dict[str, str]:
    outcomes = catalogue.loaded_trees()["tokens"].tree.document.outcomes
    return {id: outcome.name for id, outcome in outcomes.items()}


def test_each_alternative_links_to_the_same_page_for_it(client: Client) -> None:
    main = page(client.get(f"/tokens/result?{NOW}")).one("main")
    links = {link.text: link["href"] for link in main.one(id="alternatives").all("a")}

    name = names()["paseto-blocklist"]
    assert links[f"Choose this instead: {name}"] == CHOSEN


def test_the_page_of_a_choice_says_what_is_recommended_and_what_was_chosen(client: Client) -> None:
    main = page(client.get(CHOSEN)).one("main")
    chosen, recommended = names()["paseto-blocklist"], names()["opaque-session"]

    assert main.one("h1").text == chosen
    assert main.one(id="departure-heading").text == (
        f"Recommended: {recommended}. You chose: {chosen}."
    )


def test_a_recommended_result_says_nothing_of_a_choice(client: Client) -> None:
    main = page(client.get(f"/tokens/result?{NOW}")).one("main")
    assert not main.has(id="departure-heading")
    assert "You chose" not in main.text


def test_the_banner_has_the_words_of_the_tree_for_when_the_choice_is_better(
    client: Client,
) -> None:
    banner = page(client.get(CHOSEN)).one("section", class_="departure")
    assert "It is the better choice:" in banner.text
    assert "rules it out" not in banner.text


def test_a_choice_that_the_answers_rule_out_says_why_it_is_a_bad_idea(client: Client) -> None:
    address = f"/tokens/result?{NOW}&choose=jwt-hs256"
    banner = page(client.get(address)).one("section", class_="departure")
    assert "rules it out:" in banner.text
    assert "It is the better choice" not in banner.text


def test_the_banner_links_back_to_the_recommendation(client: Client) -> None:
    banner = page(client.get(CHOSEN)).one("section", class_="departure")
    assert banner.one("a")["href"] == f"/tokens/result?{NOW}"


def test_to_choose_what_is_recommended_redirects_to_the_address_without_it(
    client: Client,
) -> None:
    response = client.get(f"/tokens/result?{NOW}&choose=opaque-session")
    assert (response.status_code, response["Location"]) == (303, f"/tokens/result?{NOW}")


def test_an_unknown_choice_is_dropped_from_the_address(client: Client) -> None:
    response = client.get(f"/tokens/result?{NOW}&choose=pigeon")
    assert (response.status_code, response["Location"]) == (303, f"/tokens/result?{NOW}")


def test_a_choice_has_one_place_in_the_address(client: Client) -> None:
    response = client.get(f"/tokens/result?choose=paseto-blocklist&{NOW}")
    assert (response.status_code, response["Location"]) == (303, CHOSEN)


def test_a_choice_stays_through_the_questions(client: Client) -> None:
    """The page of an outcome leads here, before anything is answered."""
    form = page(client.get("/tokens/ask?choose=paseto-blocklist")).one("form", class_="asking")
    kept = {field["name"]: field["value"] for field in form.all("input", type="hidden")}
    assert kept[CHOOSE] == "paseto-blocklist"


def test_the_code_and_its_download_are_those_of_the_choice(client: Client) -> None:
    download = page(client.get(CHOSEN)).one("div", class_="kit-rail").all("a")[-1]["href"]
    archive = zipfile.ZipFile(io.BytesIO(client.get(download).content))
    assert {name.split("/")[0] for name in archive.namelist()} == {"paseto-blocklist"}


def test_the_json_names_what_was_chosen_and_what_is_recommended(client: Client) -> None:
    exported = json.loads(client.get(CHOSEN.replace("result?", "result.json?")).content)
    assert exported["result"]["outcome"] == "paseto-blocklist"
    assert exported["result"]["departure"]["recommended"]["outcome"] == "opaque-session"


def test_the_markdown_names_what_was_chosen_and_what_is_recommended(client: Client) -> None:
    text = client.get(CHOSEN.replace("result?", "result.md?")).content.decode()
    words = " ".join(text.split())
    assert f"Chosen option: “{names()['paseto-blocklist']}”." in words
    assert f"Recommended: “{names()['opaque-session']}”, because:" in words


def test_a_choice_that_a_policy_forbids_is_refused_with_the_rule_and_its_owner(
    client: Client, editable: Editable
) -> None:
    rule = {"because": "No library.", "forbid": "paseto-blocklist", "use": "opaque-session"}
    (editable.folder / "policies").mkdir(exist_ok=True)
    (editable.folder / "policies" / "house.yaml").write_text(policy(no_paseto=rule))
    catalogue.reload()

    response = client.get(CHOSEN)
    assert response.status_code == 422
    main = page(response).one("main")
    chosen, recommended = names()["paseto-blocklist"], names()["opaque-session"]
    assert main.one("h1").text == f"“{chosen}” cannot be chosen"
    assert f"Policy “House rules”, rule no-paseto, forbids “{chosen}”" in main.text
    assert f"It recommends “{recommended}” instead." in main.text
    assert "Owner: The cook" in main.text
    assert f"/tokens/result?{NOW}" in [link["href"] for link in main.all("a")]


@pytest.mark.parametrize("view", ["result", "result-json", "result-md", "kit", "save"])
def test_all_outcomes_can_be_chosen_from_all_answer_sets(client: Client, view: str) -> None:
    """One view with every pair would take minutes: each view takes every fifth pair."""
    outcomes = list(names())
    pairs = [(result, outcome) for result in results("tokens") for outcome in outcomes]
    start = ["result", "result-json", "result-md", "kit", "save"].index(view)
    for result, outcome in pairs[start::5]:
        if outcome != result.outcome:
            state = "&".join(f"{name}={value}" for name, value in result.answers.items())
            response = client.get(f"{reverse(view, args=['tokens'])}?{state}&choose={outcome}")
            assert response.status_code == 200, (view, result.answers, outcome)


def test_changing_the_settings_keeps_the_choice(client: Client) -> None:
    address = f"{RESULT}&choose=paseto-local"
    form = page(client.get(address)).one("form", class_="values")
    kept = {field["name"]: field["value"] for field in form.all("input", type="hidden")}
    assert kept[CHOOSE] == "paseto-local"
    assert all(kept[name] for name in dict(pair.split("=") for pair in ANSWERS.split("&")))

"""Somebody who does not know an answer goes on with the one that the tree assumes."""

import json

import pytest
from django.test import Client

from advisor import catalogue
from advisor.models import Recommendation
from tests.support.html import page
from tests.support.saving import again, save
from tests.support.site import Editable

KNOWN = "services=one&confidential=no&team=small"
UNSURE = f"revocation=unsure&{KNOWN}"
RESULT = f"/tokens/result?{UNSURE}"
CERTAIN = f"/tokens/result?revocation=now&{KNOWN}"


def assumption(question: str) -> tuple[str, str]:
    """The label of the answer that the tree assumes, and why, as plain text."""
    asked = catalogue.loaded_trees()["tokens"].tree.document.questions[question]
    assert asked.unsure is not None
    return asked.answers[asked.unsure.answer].label, asked.unsure.because.strip()


@pytest.mark.parametrize("question", ["revocation", "services", "confidential", "team"])
def test_every_question_offers_it_as_the_last_choice(client: Client, question: str) -> None:
    answers = {"revocation": "no", "services": "one", "confidential": "no", "team": "small"}
    asked = list(answers).index(question)
    before = "&".join(f"{id}={answers[id]}" for id in list(answers)[:asked])
    *_, last = page(client.get(f"/tokens/ask?{before}")).all("div", class_="choice")

    assert last.text == f"Not sure Assumes “{assumption(question)[0]}” for now."
    assert last.one("input")["value"] == "unsure"


def test_the_form_leads_on_with_it_in_the_address(client: Client) -> None:
    response = client.get("/tokens/ask?asked=revocation&revocation=unsure")
    assert response["Location"] == "/tokens/ask?revocation=unsure"
    assert client.get("/tokens/ask?revocation=unsure").status_code == 200


def test_the_result_is_that_of_the_assumed_answer(client: Client) -> None:
    headings = [page(client.get(path)).one("h1").text for path in (RESULT, CERTAIN)]
    assert headings[0] == headings[1]


def test_the_result_lists_it_as_an_open_point_with_the_reason(client: Client) -> None:
    label, because = assumption("revocation")
    points = page(client.get(RESULT)).one("section", class_="assumptions")

    assert points.one("h2").text == "Open points"
    assert f"Assumed: {label}, because:" in points.text
    assert because in points.text


def test_the_open_point_says_which_other_answer_would_change_the_recommendation(
    client: Client,
) -> None:
    # With JWT already in use, revocation within minutes leads to another token than at once.
    address = "/tokens/result?revocation=unsure&services=many&confidential=no&team=runs-jwt"
    points = page(client.get(address)).one("section", class_="assumptions")
    link = points.link("Yes, within minutes")

    assert "would lead to Short access token with a rotating refresh token" in points.text
    assert link == "/tokens/result?revocation=soon&services=many&confidential=no&team=runs-jwt"


def test_the_open_point_says_where_no_other_answer_changes_anything(client: Client) -> None:
    # A small team with one service gets a session in any case.
    points = page(client.get(RESULT)).one("section", class_="assumptions")
    assert "No other answer changes the recommendation." in points.text
    assert "would lead to" not in points.text


def test_the_open_point_asks_the_question_again(client: Client) -> None:
    points = page(client.get(RESULT)).one("section", class_="assumptions")
    link = points.link("Answer this question: Must a token stop working before it expires?")
    assert link == f"/tokens/ask?{KNOWN}"


def test_the_trail_marks_it(client: Client) -> None:
    label, _ = assumption("revocation")
    answers = page(client.get(RESULT)).one("ol", class_="trail")
    assert f"{label} assumed" in answers.text
    assert answers.text.count("assumed") == 1


def test_other_links_of_the_page_keep_it(client: Client) -> None:
    main = page(client.get(RESULT)).one("main")
    assert main.link("Save as decision") == f"/tokens/save?{UNSURE}"
    # An answer that would change things keeps what is assumed elsewhere.
    assert main.one(id="what-if").link("Several") == RESULT.replace("one", "many")


def test_a_result_that_assumes_nothing_says_nothing_of_it(client: Client) -> None:
    main = page(client.get(CERTAIN)).one("main")
    assert not main.has(id="open-points")
    assert "assumed" not in main.text
    assert "Open Points" not in client.get(CERTAIN.replace("result", "result.md")).text
    told = client.get(CERTAIN.replace("result", "result.json"))
    assert b'"assumed"' not in told.content


def test_markdown_lists_it_as_an_open_point(client: Client) -> None:
    label, because = assumption("revocation")
    text = " ".join(client.get(RESULT.replace("result", "result.md")).text.split())

    assert "### Open Points Nobody was sure of these answers, so they were assumed:" in text
    assert f"**{label},** because: {because}" in text
    assert f"**{label} (assumed).**" in text
    assert "No other answer changes the recommendation." in text


def test_json_names_the_questions_and_gives_the_reason(client: Client) -> None:
    told = json.loads(client.get(RESULT.replace("result", "result.json")).content)
    step = told["result"]["trail"][0]

    assert told["assumed"] == ["revocation"]
    assert told["answers"]["revocation"] == step["answer"] == "now"
    assert step["assumed"].strip() == assumption("revocation")[1]
    assert "assumed" not in told["result"]["trail"][1]


def test_an_answer_that_is_unsure_where_the_question_assumes_nothing_is_unknown(
    client: Client, editable: Editable
) -> None:
    editable.edit("tree.yaml", without_unsure)
    response = client.get("/tokens/ask?revocation=unsure")

    assert response.status_code == 400
    assert "“unsure” is not a valid answer" in page(response).text
    assert "Not sure" not in page(client.get("/tokens/ask")).text


def test_the_error_of_an_unknown_answer_lists_it(client: Client) -> None:
    assert "Not sure (unsure)" in page(client.get("/tokens/ask?revocation=perhaps")).text


@pytest.mark.django_db
def test_a_saved_decision_keeps_the_open_point(client: Client) -> None:
    address = save(client, f"/tokens/save?{UNSURE}")
    record = Recommendation.objects.get()
    points = page(client.get(address)).one("section", class_="assumptions")

    assert record.answers["revocation"] == "now"
    assert f"Assumed: {assumption('revocation')[0]}, because:" in points.text
    assert "### Open Points" in client.get(f"{address}recommendation.md").text
    told = json.loads(client.get(f"{address}recommendation.json").content)
    assert told["assumed"] == ["revocation"]


@pytest.mark.django_db
def test_answering_a_saved_decision_again_begins_with_the_open_point(client: Client) -> None:
    address = save(client, f"/tokens/save?{UNSURE}")
    assert again(client, address).startswith(f"{RESULT}&supersedes=")


@pytest.mark.django_db
def test_a_decision_has_not_drifted_while_the_assumed_answer_gives_the_same(
    client: Client, editable: Editable
) -> None:
    address = save(client, f"/tokens/save?{UNSURE}")
    editable.edit("tree.yaml", without_unsure)
    banner = page(client.get(address)).one("aside", class_="status-banner")

    assert "is-same" in banner["class"]
    assert again(client, address).startswith(f"{CERTAIN}&supersedes=")


def without_unsure(text: str) -> str:
    """The tree without the first assumption, which is that of the first question."""
    before, rest = text.split("    unsure:\n", 1)
    return before + rest[rest.index("  services:\n") :]

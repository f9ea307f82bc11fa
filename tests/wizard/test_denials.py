"""What the pages of the wizard say of an outcome that no answers lead to, or that is closed."""

import shutil
from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from advisor import catalogue
from tests.support.html import Element, page
from tests.support.policies import BANK
from tests.support.site import RESULT, Editable, results
from tests.support.tree_folders import lunch
from tests.support.trees import LUNCH, LUNCH_POLICY


@pytest.fixture
def bank(editable: Editable) -> None:
    """The shipped tree with the bank's policy in force."""
    shutil.copy(BANK, editable.folder / "policies")
    catalogue.reload()


def nearest(client: Client, path: str) -> set[str]:
    shown = page(client.get(path))
    return {
        paragraph.text for paragraph in shown.all("p", class_="nearest") if not paragraph.all("a")
    }


@pytest.mark.usefixtures("bank")
def test_the_result_says_what_the_tree_recommends_without_policies(client: Client) -> None:
    assert page(client.get(RESULT)).one("section", id="policy").all("p")[0].text == (
        "Without policies, the tree would recommend JWT signed with a shared secret (HS256)."
    )


@pytest.mark.usefixtures("bank")
def test_an_outcome_that_a_policy_forbids_everywhere_names_whom_to_ask(client: Client) -> None:
    rows = page(client.get(RESULT)).one(id="ruled-out").one("dl").all("div")
    sentence = (
        "Under the policies, no combination of answers leads to it. Ask the owner of the policy."
    )
    told = {row.one("s").text: row.one("p", class_="nearest").text for row in rows if row.has("s")}
    assert {name for name, text in told.items() if text == sentence} == {
        "JWT signed with a shared secret (HS256)",
        "Paseto v4.local",
        "Encrypted JWT (JWE, direct)",
    }


@pytest.mark.usefixtures("both_trees")
def test_an_outcome_that_is_only_an_alternative_says_so(client: Client) -> None:
    sentences = set[str]()
    for slug in ("tokens", "storage"):
        for result in results(slug):
            query = "&".join(f"{question}={answer}" for question, answer in result.answers.items())
            sentences |= nearest(client, f"/{slug}/result?{query}")
    assert sentences == {"No combination of answers leads to it. It can only be an alternative."}


def test_an_outcome_that_some_answers_lead_to_is_not_said_to_have_none(client: Client) -> None:
    """Exactly the outcomes that no answers lead to are said to be alternatives only."""
    reached = {result.name for result in results("tokens")}
    rows = page(client.get(RESULT)).one(id="ruled-out").one("dl").all("div")
    told = {row.one("s").text: row.text for row in rows if row.has("s")}
    sentence = "No combination of answers leads to it."
    assert {name for name, text in told.items() if sentence in text} == set(told) - reached
    assert set(told) & reached


def test_without_a_policy_that_changes_it_a_result_names_no_other(client: Client) -> None:
    assert not page(client.get(RESULT)).has("section", id="policy")


@pytest.mark.usefixtures("bank")
def test_a_result_that_no_policy_changes_is_also_that_of_the_tree(client: Client) -> None:
    told = page(client.get("/tokens/result?revocation=now&services=one&confidential=no&team=small"))
    assert "Without policies, the tree would recommend" not in told.one("main").text


@pytest.fixture
def one_way(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Iterator[None]:
    """A tree in which a policy makes every answer lead to one outcome."""
    folder = lunch(tmp_path_factory.mktemp("trees") / "lunch", LUNCH)
    (folder / "policies").mkdir()
    (folder / "policies" / "dry.yaml").write_text(LUNCH_POLICY)
    settings.ADVISOR_TREES = [str(folder)]
    yield
    catalogue.reload()


@pytest.mark.usefixtures("one_way")
def test_a_result_that_no_other_answer_would_change_says_so(client: Client) -> None:
    table = page(client.get("/lunch/result?rain=no")).one("table", class_="what-if")
    assert table.one("caption").text == (
        "No possible change of one answer leads to another recommendation."
    )


def closed(client: Client, path: str) -> list[Element]:
    """The branches of the picture that the answers leave no way to."""
    return page(client.get(path)).one(class_="picture").all("li", class_="is-closed")


def test_the_picture_says_which_branches_the_answers_close(client: Client) -> None:
    branches = closed(client, RESULT)
    assert branches
    for branch in branches:
        if not branch.all("button"):
            hidden = branch.all("span", class_="visually-hidden")
            assert ", no longer reachable" in [span.text for span in hidden], branch.text
    assert not closed(client, "/tokens/")

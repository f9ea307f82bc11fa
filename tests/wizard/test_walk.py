"""Every set of answers, walked as a browser without script walks it.

The cases of the tree hold each set to its outcome. The suite walks to every outcome, and with every
pair of answers; `make thorough` walks all.
"""

from itertools import combinations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from advisor import catalogue
from tests.support.html import form, get, page
from tests.support.sampling import representatives, sampled

TEAMS = ("small", "invest", "runs-jwt")
# revocation, services, confidential: the outcomes for the three teams.
EXPECTED = {
    ("now", "one", "no"): ("opaque-session", "opaque-session", "jwt-blocklist"),
    ("now", "one", "yes"): ("opaque-session", "opaque-session", "jwt-blocklist"),
    ("now", "many", "no"): ("opaque-introspection", "opaque-introspection", "jwt-blocklist"),
    ("now", "many", "yes"): ("opaque-introspection", "opaque-introspection", "jwt-blocklist"),
    ("soon", "one", "no"): ("opaque-session", "opaque-session", "access-refresh"),
    ("soon", "one", "yes"): ("opaque-session", "opaque-session", "access-refresh"),
    ("soon", "many", "no"): ("access-refresh", "access-refresh", "access-refresh"),
    ("soon", "many", "yes"): ("access-refresh", "access-refresh", "access-refresh"),
    ("no", "one", "no"): ("opaque-session", "opaque-session", "jwt-hs256"),
    ("no", "one", "yes"): ("opaque-session", "paseto-local", "jwe"),
    ("no", "many", "no"): ("jwt-asymmetric", "paseto-public", "jwt-asymmetric"),
    ("no", "many", "yes"): ("jwt-asymmetric", "jwe-nested", "jwe-nested"),
}
# Before the recommendation holds, sensitive claims have to leave the token, or a secret that
# services share has to be replaced.
DONE_FIRST = {
    ("now", "one", "yes", "runs-jwt"),
    ("now", "many", "yes", "runs-jwt"),
    ("soon", "one", "yes", "runs-jwt"),
    ("soon", "many", "yes", "small"),
    ("soon", "many", "yes", "invest"),
    ("soon", "many", "yes", "runs-jwt"),
    ("no", "many", "yes", "small"),
    ("now", "many", "no", "runs-jwt"),
    ("soon", "many", "no", "runs-jwt"),
    ("no", "many", "no", "runs-jwt"),
}
WALKS = [
    (answers, team, outcome)
    for answers, outcomes in EXPECTED.items()
    for team, outcome in zip(TEAMS, outcomes, strict=True)
]


Walk = tuple[tuple[str, str, str], str, str]


def answers_and_outcome(walk: Walk) -> set[object]:
    """Each pair of answers on a walk, and where it ends."""
    answers, team, outcome = walk
    return {outcome, *combinations(enumerate((*answers, team)), 2)}


ALL_WALKS = pytest.mark.parametrize(
    ("answers", "team", "outcome"), sampled(WALKS, answers_and_outcome)
)


def test_the_table_has_36_rows() -> None:
    assert len(WALKS) == 36


def test_the_suite_walks_to_every_outcome_but_paseto_blocklist() -> None:
    """That is recommended nowhere: it is an alternative."""
    outcomes = set(catalogue.loaded_trees()["tokens"].kits) - {"paseto-blocklist"}
    chosen = representatives(WALKS, answers_and_outcome)
    assert {outcome for _, _, outcome in chosen} == outcomes
    assert len(chosen) < 20


@pytest.mark.django_db  # so that a query would be counted, instead of refused
@ALL_WALKS
def test_it_walks_to_the_expected_recommendation(
    client: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
    answers: tuple[str, str, str],
    team: str,
    outcome: str,
) -> None:
    document = catalogue.loaded_trees()["tokens"].tree.document
    with django_assert_num_queries(0):
        start = get(client, "/")
        asking = get(client, page(start).link("Start"))
        for number, answer in enumerate((*answers, team), start=1):
            assert f"Question {number} of 4" in page(asking).one("main").text
            asked = form(asking)
            name = page(asking).all("input", type="radio")[0]["name"]
            assert "set-cookie" not in asking.headers
            assert "Cookie" not in asking.headers.get("Vary", "")
            asking = get(client, asked.set(name, answer).address)
        result = asking
    assert result.status_code == 200
    assert page(result).one("h1").text == document.outcomes[outcome].name
    assert "set-cookie" not in result.headers
    assert "Cookie" not in result.headers.get("Vary", "")
    assert not client.cookies


@ALL_WALKS
def test_it_says_all_that_a_recommendation_needs(
    client: Client, answers: tuple[str, str, str], team: str, outcome: str
) -> None:
    revocation, services, confidential = answers
    path = (
        f"/tokens/result?revocation={revocation}&services={services}"
        f"&confidential={confidential}&team={team}"
    )
    main = page(client.get(path)).one("main")
    document = catalogue.loaded_trees()["tokens"].tree.document

    reasons = main.one(id="why").one("ol", class_="trail").all("li")
    given = zip(document.questions.values(), (*answers, team), strict=True)
    assert [reason.one("span", class_="answer").text for reason in reasons] == [
        question.answers[answer].label for question, answer in given
    ]
    assert all(reason.one("div", class_="prose").text for reason in reasons)

    alternatives = main.one(id="alternatives").all("article")
    assert alternatives
    assert all(
        alternative.one("h3").text and alternative.one("div", class_="prose").text
        for alternative in alternatives
    )

    ruled_out = main.one(id="ruled-out").one("dl")
    by_answer = {
        f"{question.short}: {answer.label}"
        for question in document.questions.values()
        for answer in question.answers.values()
    }
    assert ruled_out.all("dt")
    assert all(term.one("span", class_="aside").text in by_answer for term in ruled_out.all("dt"))
    assert all(definition.text for definition in ruled_out.all("dd"))
    names = [term.one("s").text for term in ruled_out.all("dt")]
    shown = [alternative.one("h3").text for alternative in alternatives]
    assert len(names) + len(shown) + 1 == 11
    assert {*names, *shown, document.outcomes[outcome].name} == {
        outcome.name for outcome in document.outcomes.values()
    }

    caveats = main.all("article", class_="caveat")
    weights = [
        article.one("p", class_="weight").text for article in main.one(id="caveats").all("article")
    ]
    assert weights == sorted(weights, key=["serious", "important", "note"].index)
    assert all(caveat.one("ul", class_="citations").all("li") for caveat in caveats)
    assert len(caveats) >= 5

    kit = main.one(id="kit")
    opened = [section.one("h3").text for section in kit.all("section", class_="file")]
    aside = [details.one("h3").text for details in kit.all("details", class_="file")]
    assert opened[0] == "tokens.py"
    assert {"requirements.txt", "README.md", "measure/measure.py", "tests/samples.py"} <= set(aside)
    assert {"tests/test_claims.py", "tests/test_sessions.py"} & set(aside), (
        "the attacks, one file for each"
    )
    assert main.has(id="first") == ((*answers, team) in DONE_FIRST)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("revocation=no&services=one&confidential=no&team=small", "tie"),
        ("revocation=no&services=one&confidential=yes&team=small", "departs"),
        ("revocation=now&services=many&confidential=no&team=small", "exclude each other"),
    ],
)
def test_it_is_open_about_ties_departures_and_conflicts(
    client: Client, query: str, words: str
) -> None:
    note = page(client.get(f"/tokens/result?{query}")).one("aside", class_="note")
    assert words in note.text

"""Twelve situations of real teams, each with what an expert would tell them, and why.

The tree either recommends the outcome, or its start page says that it is not for this.
"""

from dataclasses import dataclass

import pytest
from django.test import Client

from advisor import catalogue
from tests.support.html import page
from tests.support.site import Editable


@dataclass(frozen=True)
class Situation:
    """Who asks, what they answer, what they should be told, and the expert's reason.

    `told` are ids of caveats that the result must show; `first` says that something has to be done
    before anything else.
    """

    name: str
    answers: str
    outcome: str
    why: str
    told: tuple[str, ...] = ()
    first: str = ""


@dataclass(frozen=True)
class Refusal:
    """Who asks, which section of the start page sends them elsewhere, and the expert's reason."""

    name: str
    section: str
    why: str
    says: str


SITUATIONS = (
    Situation(
        "a monolith with logout",
        "revocation=now&services=one&confidential=no&team=small",
        "opaque-session",
        "One application issues and checks: a session ends when its record is deleted.",
        ("end-sessions-properly", "what-your-framework-calls-a-session"),
    ),
    Situation(
        "forty services and an app",
        "revocation=soon&services=many&confidential=no&team=invest",
        "access-refresh",
        "Forty services cannot all ask one place on each request; minutes of delay are tolerable.",
        ("rotate-in-one-step", "bind-it-to-its-holder"),
    ),
    Situation(
        "a bank whose partners call its services",
        "revocation=now&services=many&confidential=yes&team=invest",
        "opaque-introspection",
        "A partner must be cut off at once and must not read customers' data in the token.",
        ("ask-for-an-audience", "bind-it-to-its-holder", "no-answer-means-no"),
    ),
    Situation(
        "devices in the field",
        "revocation=soon&services=many&confidential=no&team=small",
        "access-refresh",
        "A lost device keeps working for minutes at most, and stays signed in for months.",
        ("bind-it-to-its-holder", "reuse-ends-the-family"),
    ),
    Situation(
        "a website with two backends behind one gateway",
        "revocation=now&services=one&confidential=no&team=small",
        "opaque-session",
        "The gateway checks for both, so there is one verifier.",
        ("keep-tokens-from-scripts",),
    ),
    Situation(
        "a single-page app with an API of its own",
        "revocation=unsure&services=one&confidential=unsure&team=unsure",
        "opaque-session",
        "A cookie that scripts cannot read; the API of the page's own site keeps the session.",
        ("keep-tokens-from-scripts", "lax-not-strict"),
    ),
    Situation(
        "ten services that share one HS256 secret",
        "revocation=no&services=many&confidential=no&team=runs-jwt",
        "jwt-asymmetric",
        "Each of the ten can issue tokens for all: the secret goes before anything else.",
        ("replace-the-shared-secret",),
        "share one HS256 secret",
    ),
    Situation(
        "medical records",
        "revocation=now&services=many&confidential=yes&team=small",
        "opaque-introspection",
        "Nothing about a patient leaves the server in a token, and access ends at once.",
        ("store-the-hash", "no-answer-means-no"),
    ),
)

REFUSALS = (
    Refusal(
        "programs with keys that customers create",
        "api-keys",
        "A key belongs to no login and lives for months: prefix, scope, expiry, hash.",
        "store only its hash",
    ),
    Refusal(
        "a link that resets a password",
        "one-time-links",
        "It works once and ends with what it changes; no token that expires does that.",
        "works once",
    ),
    Refusal(
        "logging in through an identity provider",
        "identity-provider",
        "The provider issues ID tokens or SAML assertions; they are checked once, at login.",
        "never accept one as an access token",
    ),
    Refusal(
        "webhooks",
        "webhooks",
        "The receiver checks a message, not a caller.",
        "sign the message",
    ),
)


def test_there_are_twelve() -> None:
    assert len(SITUATIONS) + len(REFUSALS) == 12


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_a_situation_gets_what_an_expert_would_recommend(
    client: Client, situation: Situation
) -> None:
    outcomes = catalogue.loaded_trees()["tokens"].tree.document.outcomes
    main = page(client.get(f"/tokens/result?{situation.answers}")).one("main")

    assert main.one("h1").text == outcomes[situation.outcome].name, situation.why


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_a_situation_is_told_what_an_expert_would_warn_of(
    client: Client, situation: Situation
) -> None:
    caveats = catalogue.loaded_trees()["tokens"].tree.document.caveats
    main = page(client.get(f"/tokens/result?{situation.answers}")).one("main")

    assert [id for id in situation.told if caveats[id].title not in main.text] == []
    if situation.first:
        assert situation.first in main.one(id="first").text


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.name)
def test_the_start_page_says_what_the_tree_is_not_for_and_where_it_belongs(
    client: Client, refusal: Refusal
) -> None:
    main = page(client.get("/tokens/")).one("main")
    assert refusal.says in main.one(id=f"not-for-{refusal.section}").text, refusal.why


def test_the_start_page_has_no_such_section_for_a_tree_that_names_nothing(
    client: Client, editable: Editable
) -> None:
    editable.edit("tree.yaml", lambda text: text[: text.index("\nnot-for:")])
    assert "What it is not for" not in page(client.get("/tokens/")).text


def test_the_second_question_says_whether_a_gateway_counts(client: Client) -> None:
    hint = page(client.get("/tokens/ask?revocation=now")).one(id="hint").text
    assert "gateway" in hint
    assert "backend for a frontend" in hint


def test_the_last_question_says_which_of_two_true_answers_wins(client: Client) -> None:
    hint = page(client.get("/tokens/ask?revocation=no&services=one&confidential=no")).one(id="hint")
    assert "choose that answer, whatever the size of the team" in hint.text


def test_the_start_page_says_the_language_of_the_code_and_counts_what_it_recommends(
    client: Client,
) -> None:
    main = page(client.get("/tokens/")).one("main").text
    assert "code in Python" in main
    assert "eleven kinds" not in main

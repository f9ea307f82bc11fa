"""Pairs of rules that cannot both hold, where they meet and where they never do."""

import json
from itertools import combinations_with_replacement
from typing import Any

import pytest

from tests.support.policies import policy, with_policies

# Home is recommended in two places: for who is not hungry when it rains, and in the wind.
PICNIC = """\
format: 1
title: Where to eat
summary: Indoors or outdoors.
questions:
  rain:
    ask: Does it rain?
    short: Rain
    answers: {yes: {label: It does, because: Wet.}, no: {label: It does not, because: Dry.}}
  hungry:
    ask: Are you hungry?
    short: Hunger
    answers: {yes: {label: I am, because: Now.}, no: {label: I am not, because: Later.}}
  wind:
    ask: Is there wind?
    short: Wind
    answers: {yes: {label: There is, because: Cold.}, no: {label: There is none, because: Calm.}}
decide:
  rain:
    yes:
      hungry:
        yes: {recommend: inside, because: It is near.}
        no: {recommend: home, because: There is time.}
    no:
      wind:
        yes: {recommend: home, because: It is warm there.}
        no: {recommend: outside, because: The air is better.}
outcomes:
  inside:
    name: Inside
    verdict: A table under a roof.
    ruled-out: {rain: {no: Stuffy.}, hungry: {no: Not needed.}}
  outside:
    name: Outside
    verdict: A table in the garden.
    ruled-out: {rain: {yes: Wet.}, wind: {yes: Cold.}}
  home:
    name: Home
    verdict: A table at home.
    ruled-out: {hungry: {yes: Too far.}, wind: {no: Too good a day.}}
parameters:
  minutes: {label: Minutes, constant: MINUTES, type: integer, default: 30, minimum: 10, maximum: 60,
            help: How long., unit: min}
caveats:
  wasps: {title: Wasps, weight: note, text: They like jam., sources: [book]}
sources:
  book: {title: A book, kind: guide}
"""

ALWAYS: dict[str, Any] = {}
RAIN: dict[str, Any] = {"answers": {"rain": ["yes"]}}
DRY: dict[str, Any] = {"answers": {"rain": ["no"]}}
ANY: dict[str, Any] = {"answers": {"rain": ["no", "yes"]}}
HUNGRY: dict[str, Any] = {"answers": {"hungry": ["yes"]}}
FED: dict[str, Any] = {"answers": {"hungry": ["no"]}}
WINDY: dict[str, Any] = {"answers": {"wind": ["yes"]}}
DRY_AND_WINDY: dict[str, Any] = {"answers": {"rain": ["no"], "wind": ["yes"]}}
INSIDE: dict[str, Any] = {"outcomes": ["inside"]}
OUTSIDE: dict[str, Any] = {"outcomes": ["outside"]}
HOME: dict[str, Any] = {"outcomes": ["home"]}
HOME_IN_RAIN: dict[str, Any] = {"outcomes": ["home"], **RAIN}
NOT_INSIDE: dict[str, Any] = {"outcomes": ["home", "outside"]}

# Two conditions that some path to home fulfils both.
MEETING = {
    "always, always": (ALWAYS, ALWAYS),
    "always, an answer": (ALWAYS, DRY),
    "always, an outcome": (ALWAYS, HOME),
    "the same answer": (DRY, DRY),
    "one answer of two": (RAIN, ANY),
    "answers on one path": (DRY, WINDY),
    "one question of two": (DRY, DRY_AND_WINDY),
    "the same outcome": (HOME, HOME),
    "one outcome of two": (HOME, NOT_INSIDE),
    "an outcome, an answer that leads to it": (HOME, DRY),
    "an outcome, answers that lead to it": (NOT_INSIDE, DRY_AND_WINDY),
    "an outcome and an answer, an answer": (HOME_IN_RAIN, FED),
}
# Two conditions of which each can be fulfilled, but never both.
APART = {
    "two answers to one question": (RAIN, DRY),
    "answers on two paths": (FED, WINDY),
    "one answer of two questions": (RAIN, DRY_AND_WINDY),
    "two outcomes": (INSIDE, NOT_INSIDE),
    "an outcome, an answer that rules it out": (INSIDE, DRY),
    "an outcome, answers that rule it out": (INSIDE, DRY_AND_WINDY),
    "one outcome, two answers": (HOME_IN_RAIN, DRY),
    "one outcome, two paths": (HOME_IN_RAIN, WINDY),
}

AT_MOST_20 = {"limit": "minutes", "maximum": 20}
AT_MOST_40 = {"limit": "minutes", "maximum": 40}
AT_LEAST_15 = {"limit": "minutes", "minimum": 15}
AT_LEAST_25 = {"limit": "minutes", "minimum": 25}
AT_LEAST_40 = {"limit": "minutes", "minimum": 40}
TO_35 = {"replace": "parameters.minutes.maximum", "with": "35"}
DEFAULT_30 = {"replace": "parameters.minutes.default", "with": "30"}
DEFAULT_50 = {"replace": "parameters.minutes.default", "with": "50"}
TITLE = {"replace": "sources.book.title", "with": "Another book"}
WASPS = {"replace": "caveats.wasps.title", "with": "Hornets"}
NOT_HOME = {"forbid": "home", "use": "inside"}
OUT_INSTEAD = {"forbid": "home", "use": "outside"}
NOT_OUTSIDE = {"forbid": "outside", "use": "inside"}
TOWEL = {"require": "A towel for each guest."}
SOUP = {"caveat": {"title": "Soup only", "weight": "note", "text": "The kitchen is small."}}

# Pairs that contradict each other wherever both hold, with the id of the problem.
CONFLICTS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "two maximums": (AT_MOST_20, AT_MOST_40, "policy-conflict"),
    "two minimums": (AT_LEAST_15, AT_LEAST_25, "policy-conflict"),
    "a minimum above a maximum": (AT_LEAST_25, AT_MOST_20, "limit-empty"),
    "a maximum that is replaced": (AT_MOST_40, TO_35, "policy-conflict"),
    "a maximum below a new default": (AT_MOST_20, DEFAULT_30, "bad-value"),
    "a new maximum below a new default": (TO_35, DEFAULT_50, "bad-value"),
    "a new maximum below a minimum": (TO_35, AT_LEAST_40, "limit-empty"),
    "two titles of a source": (TITLE, TITLE | {"with": "A third"}, "policy-conflict"),
    "two titles of a caveat": (WASPS, WASPS | {"with": "Bees"}, "policy-conflict"),
    "two defaults": (DEFAULT_30, DEFAULT_50, "policy-conflict"),
    "two substitutes": (NOT_HOME, OUT_INSTEAD, "policy-conflict"),
    "a substitute that is forbidden": (OUT_INSTEAD, NOT_OUTSIDE, "substitute-forbidden"),
}
# Pairs that both can hold, of every two kinds: each kind comes with one that it can bear.
PEACEFUL: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "forbid": (NOT_HOME, NOT_OUTSIDE),
    "limit": (AT_MOST_40, AT_LEAST_15),
    "require": (TOWEL, TOWEL | {"require": "A cup."}),
    "advise": (SOUP, SOUP),
    "replace": (TITLE, WASPS),
}


def problems(first: dict[str, Any], second: dict[str, Any]) -> list[str]:
    """The ids of the errors of two policies with one rule each, wherever they are read."""
    reading = with_policies(PICNIC, house=policy(one=first), yard=policy(other=second))
    return [problem.id for problem in reading.errors]


@pytest.mark.parametrize("conditions", MEETING.values(), ids=MEETING)
@pytest.mark.parametrize(("effect", "rival", "id"), CONFLICTS.values(), ids=CONFLICTS)
def test_rules_that_meet_are_a_conflict(
    effect: dict[str, Any], rival: dict[str, Any], id: str, conditions: tuple[Any, Any]
) -> None:
    first, second = conditions
    assert problems({"when": first} | effect, {"when": second} | rival) == [id]
    assert problems({"when": second} | effect, {"when": first} | rival) == [id]


@pytest.mark.parametrize("conditions", APART.values(), ids=APART)
@pytest.mark.parametrize(("effect", "rival", "id"), CONFLICTS.values(), ids=CONFLICTS)
def test_rules_that_never_meet_are_none(
    effect: dict[str, Any], rival: dict[str, Any], id: str, conditions: tuple[Any, Any]
) -> None:
    first, second = conditions
    assert id not in problems({"when": first} | effect, {"when": second} | rival)
    assert id not in problems({"when": second} | effect, {"when": first} | rival)


@pytest.mark.parametrize("conditions", [*MEETING.values(), *APART.values()], ids=[*MEETING, *APART])
@pytest.mark.parametrize(("effect", "rival"), [*combinations_with_replacement(PEACEFUL, 2)])
def test_rules_that_touch_different_things_hold_together(
    effect: str, rival: str, conditions: tuple[Any, Any]
) -> None:
    first, second = conditions
    kept, _ = PEACEFUL[effect]
    _, added = PEACEFUL[rival]
    assert problems({"when": first} | kept, {"when": second} | added) == []


def test_a_conflict_hides_what_follows_from_it() -> None:
    """The cases of a policy are about the tree that all policies make: here there is none."""
    outside = {"answers": {"rain": "no", "wind": "no"}, "expect": "inside"}
    yard = json.dumps(json.loads(policy(other=AT_MOST_40)) | {"cases": [outside]})
    alone = with_policies(PICNIC, yard=yard)
    assert [problem.id for problem in alone.errors] == ["case-fails"]
    combined = with_policies(PICNIC, house=policy(one=AT_MOST_20), yard=yard)
    assert [problem.id for problem in combined.errors] == ["policy-conflict"]
    assert combined.tree is None


def test_a_conflict_hides_pairs_that_may_follow_from_it() -> None:
    low: dict[str, Any] = {"limit": "minutes", "minimum": 35}
    high: dict[str, Any] = {"limit": "minutes", "maximum": 32}
    assert problems(low, high) == ["limit-empty"]
    house = policy(one=TITLE, low=low)
    yard = policy(other=TITLE | {"with": "A third"}, high=high)
    reading = with_policies(PICNIC, house=house, yard=yard)
    assert [problem.id for problem in reading.errors] == ["policy-conflict"]

"""Two results compared."""

from dataclasses import fields, replace
from typing import Any

import pytest

from advisor.engine.comparing.results import FIELDS, Change, changes
from advisor.engine.tree.model import Vocabulary
from advisor.engine.walking.evaluate import (
    Alternative,
    Answered,
    Departure,
    Instead,
    Nearest,
    Option,
    Requirement,
    Result,
    ResultChoice,
    ResultMeasurement,
    RuledOut,
)
from tests.support.results import CAVEAT, RULING, SOURCE, SUNNY, result
from tests.support.trees import changed

# Another value for each field of a result.
OTHER: dict[str, Any] = {
    "tree": "Another title",
    "words": Vocabulary(outcome="token"),
    "outcome": "tent",
    "name": "A tent",
    "verdict": "Canvas.",
    "because": "It is fun.",
    "first": "Buy it.",
    "note": "A tie.",
    "sources": (SOURCE,),
    "gives": ("shade",),
    "costs": ("wind",),
    "trail": (Answered("sun", "Does it shine?", "Sun", "yes", "It does", "Light."),),
    "alternatives": (Alternative("inn", "An inn", "Beds.", "When it snows."),),
    "ruled_out": (RuledOut("boat", "A boat", "rain", "Rain", "yes", "It does", "No lake."),),
    "caveats": (CAVEAT,),
    "measured": ResultMeasurement("2026-01-01", "a machine", {}, (("Bytes", "9"),)),
    "rulings": (RULING,),
    "requirements": (Requirement("bank", "pen-test", "Test it."),),
    "alone": Option("outside", "Outside", "A table in the garden."),
    "nearest": (Nearest("outside", "Outside", (SUNNY,), (), {"rain": "no"}),),
    "sensitivity": (Instead(SUNNY, (), {"rain": "no"}),),
    "choices": (ResultChoice("carrier", "Who carries it", "app", "An app"),),
    "departure": Departure(
        Option("outside", "Outside", "A table in the garden."), "Air.", "alternative", "In August."
    ),
}


def lines(old: Result, new: Result) -> list[str]:
    return [change.line for change in changes(old, new)]


def test_it_finds_nothing_between_equal_results() -> None:
    assert changes(result(), result()) == ()


@pytest.mark.parametrize("name", [field.name for field in fields(Result)])
def test_it_notices_every_field_of_a_result(name: str) -> None:
    """A field that is added to Result fails here until it has a value above."""
    differences = changes(result(), replace(result(), **{name: OTHER[name]}))
    assert differences
    assert {change.kind for change in differences} == {name}


def test_it_has_words_for_every_field_of_a_result() -> None:
    assert FIELDS.keys() == {field.name for field in fields(Result)}


def test_it_names_a_rule_whose_effect_is_another() -> None:
    ruled = replace(result(), rulings=(RULING,))
    stricter = replace(result(), rulings=(replace(RULING, effect="Recommends z, not x."),))
    assert lines(ruled, stricter) == [
        ("Rule of “The bank”: the effect was “Recommends y, not x.” and is “Recommends z, not x.”.")
    ]


def test_it_says_what_became_of_a_caveat() -> None:
    plain, with_caveat = result(), replace(result(), caveats=(CAVEAT,))
    softer = replace(result(), caveats=(replace(CAVEAT, weight="note", text="Hash it."),))
    assert lines(plain, with_caveat) == ["Caveat added: Store a hash"]
    assert lines(with_caveat, plain) == ["Caveat removed: Store a hash"]
    assert lines(with_caveat, softer) == [
        "Caveat “Store a hash”: the weight was “serious” and is “note”.",
        "Caveat “Store a hash”: the text was “Never the token.” and is “Hash it.”.",
    ]


def test_it_keeps_both_texts_of_a_change() -> None:
    new = changed("because: It is dry there.", "because: Rain is wet.")
    assert changes(result(), result(new)) == (
        Change(
            "because", "", "because", "The reason was reworded.", "It is dry there.",
            "Rain is wet.",
        ),
    )  # fmt: skip


def test_it_does_not_take_another_order_for_other_advice() -> None:
    two = replace(result(), gives=("shade", "quiet"))
    [change] = changes(two, replace(two, gives=("quiet", "shade")))
    assert change.what == "order"
    assert change.editorial


def test_it_says_that_another_answer_rules_an_outcome_out() -> None:
    by_rain = replace(result(), ruled_out=OTHER["ruled_out"])
    by_wind = replace(OTHER["ruled_out"][0], question="wind", short="Wind", because="Storm.")
    assert lines(by_rain, replace(by_rain, ruled_out=(by_wind,))) == [
        "“A boat” is ruled out by “It does” (Wind) instead of “It does” (Rain)."
    ]


def test_it_tells_new_words_of_an_answer_once_and_not_for_every_outcome_that_it_rules_out() -> None:
    new = result(changed("label: It does,", "label: It pours,"))
    assert lines(result(), new) == [
        "Question “Does it rain?”: the answer was “It does” and is “It pours”."
    ]


def test_it_tells_another_recommendation_without_policies_from_other_words() -> None:
    before = Option("outside", "Outside", "A table in the garden.")
    after = Option("home", "Home", "A table at home.")
    other, unchanged = replace(result(), alone=before), result()
    assert lines(other, replace(other, alone=after)) == [
        "Without policies the recommendation was “Outside” and is “Home”."
    ]
    assert lines(other, replace(other, alone=replace(before, verdict="Air."))) == [
        "“Outside”, the recommendation without policies, was reworded."
    ]
    assert lines(unchanged, other) == [
        "Policies changed the recommendation: without them it is “Outside”."
    ]
    assert lines(other, unchanged) == [
        "Policies no longer change the recommendation, which was “Outside” without them."
    ]
    assert lines(other, other) == []


def test_it_says_what_became_of_the_recommendation_that_was_not_taken() -> None:
    departure: Departure = OTHER["departure"]
    taken, left = result(), replace(result(), departure=departure)
    home = replace(departure, recommended=Option("home", "Home", "A table at home."))
    ruled_out = replace(departure, kind="ruled-out", words="Rain.")
    assert lines(taken, left) == ["The tree recommends “Outside” instead."]
    assert lines(left, taken) == ["The tree no longer recommends “Outside” instead."]
    assert lines(left, replace(left, departure=home)) == [
        "Instead of the choice, “Outside” was recommended, and “Home” is."
    ]
    assert lines(left, replace(left, departure=ruled_out)) == ["The tree now rules the choice out."]
    assert lines(left, left) == []


def test_no_change_shows_an_id() -> None:
    """The ids of outcomes, rules and options are for the tree's files."""
    for name, other in OTHER.items():
        varied = replace(result(), **{name: other})
        for change in (*changes(result(), varied), *changes(varied, result())):
            if not change.editorial:
                told = f"{change.line} {change.old} {change.new}"
                assert not {"no-secrets", "pen-test", "outcome:", "outside"} & set(told.split())

"""Two results compared, and a kept result against today's tree."""

from dataclasses import fields, replace
from typing import Any

import pytest

from advisor.engine.compare import FIELDS, Change, Drift, changes, drift
from advisor.engine.evaluate import (
    Alternative,
    Answered,
    Caveat,
    Citation,
    Measured,
    Option,
    Requirement,
    Result,
    RuledOut,
    Ruling,
    evaluate,
)
from advisor.engine.model import Words
from tests.engine.trees import LUNCH, changed, read

SOURCE = Citation("rfc", "A standard", "RFC", "§1", "", "")
CAVEAT = Caveat("hash", "Store a hash", "serious", "Never the token.", "", (SOURCE,))
RULING = Ruling("bank", "The bank", "Security", "no-secrets", "Recommends y, not x.", "Because.")
# Another value for each field of a result.
OTHER: dict[str, Any] = {
    "tree": "Another title",
    "words": Words(outcome="token"),
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
    "measured": Measured("2026-01-01", "a machine", {}, (("Bytes", "9"),)),
    "rulings": (RULING,),
    "requirements": (Requirement("bank", "pen-test", "Test it."),),
    "alone": Option("outside", "Outside", "A table in the garden."),
}


def result(text: str = LUNCH, **answers: str) -> Result:
    tree = read(text).tree
    assert tree is not None
    found = evaluate(tree, answers or {"rain": "yes"})
    assert isinstance(found, Result)
    return found


def drifted(text: str, old: str = LUNCH, **answers: str) -> Drift:
    """What an edited tree says to a result of the old one."""
    reading = read(text)
    assert reading.tree is not None, reading.problems
    return drift(result(old, **answers), reading.tree)


def lines(old: Result, new: Result) -> list[str]:
    return [change.line for change in changes(old, new)]


def test_it_finds_nothing_between_equal_results() -> None:
    assert changes(result(), result()) == ()


@pytest.mark.parametrize("name", [field.name for field in fields(Result)])
def test_it_notices_every_field_of_a_result(name: str) -> None:
    """A field that is added to Result fails here until it has a value above."""
    found = changes(result(), replace(result(), **{name: OTHER[name]}))
    assert found
    assert {change.kind for change in found} == {name}


def test_it_has_words_for_every_field_of_a_result() -> None:
    assert FIELDS.keys() == {field.name for field in fields(Result)}


def test_it_says_what_became_of_a_caveat() -> None:
    plain, with_caveat = result(), replace(result(), caveats=(CAVEAT,))
    softer = replace(result(), caveats=(replace(CAVEAT, weight="note", text="Hash it."),))
    assert lines(plain, with_caveat) == ["Caveat added: Store a hash"]
    assert lines(with_caveat, plain) == ["Caveat gone: Store a hash"]
    assert lines(with_caveat, softer) == [
        "Caveat “Store a hash”: the weight was “serious” and is “note”.",
        "Caveat “Store a hash”: the text was “Never the token.” and is “Hash it.”.",
    ]


def test_it_keeps_both_texts_of_a_change() -> None:
    new = changed("because: It is dry there.", "because: Rain is wet.")
    assert changes(result(), result(new)) == (
        Change(
            "because", "", "because", "The reason has other words.", "It is dry there.",
            "Rain is wet.",
        ),
    )  # fmt: skip


def test_it_does_not_take_another_order_for_other_advice() -> None:
    two = replace(result(), gives=("shade", "quiet"))
    [change] = changes(two, replace(two, gives=("quiet", "shade")))
    assert change.what == "order"
    assert change.quiet


def test_it_says_that_another_answer_rules_an_outcome_out() -> None:
    one = replace(result(), ruled_out=OTHER["ruled_out"])
    by_wind = replace(OTHER["ruled_out"][0], question="wind", short="Wind", because="Storm.")
    assert lines(one, replace(one, ruled_out=(by_wind,))) == [
        "“A boat” is ruled out by “It does” (Wind) instead of “It does” (Rain)."
    ]


def test_it_tells_new_words_of_an_answer_once_and_not_for_every_outcome_that_it_rules_out() -> None:
    new = result(changed("label: It does,", "label: It pours,"))
    assert lines(result(), new) == [
        "Question “Does it rain?”: the answer was “It does” and is “It pours”."
    ]


# Drift


def test_it_is_current_where_nothing_changed() -> None:
    assert drifted(LUNCH).status == "current"


def test_it_is_current_where_only_the_tree_got_another_title() -> None:
    found = drifted(changed("title: Where to eat", "title: Where to have lunch"))
    assert found.status == "current"
    assert [change.line for change in found.changes] == [
        "The tree’s title was “Where to eat” and is “Where to have lunch”."
    ]


def test_it_lists_the_changes_of_the_same_recommendation() -> None:
    found = drifted(changed("verdict: A table under a roof.", "verdict: A warm table."))
    assert found.status == "advice"
    assert [(change.kind, change.old, change.new) for change in found.changes] == [
        ("verdict", "A table under a roof.", "A warm table.")
    ]
    assert found.causes == ()


SWAPPED = LUNCH.replace("yes: {recommend: inside", "yes: {recommend: outside", 1).replace(
    "no: {recommend: outside", "no: {recommend: inside", 1
)


def test_it_names_the_answer_that_rules_the_old_recommendation_out_today() -> None:
    text = SWAPPED.replace("rain: {no: Nobody", "rain: {yes: Nobody").replace(
        "rain: {yes: The garden", "rain: {no: The garden"
    )
    found = drifted(text)
    assert found.status == "outcome"
    assert found.today is not None
    assert found.today.outcome == "outside"
    [cause] = found.causes
    assert (cause.kind, cause.question, cause.answer) == ("answer", "rain", "yes")
    assert cause.line == ("“It does” (Rain) now rules “Inside” out: Nobody wants a roof today.")


def test_it_says_that_the_old_recommendation_is_an_alternative_today() -> None:
    text = changed(
        "yes: {recommend: inside, because: It is dry there.}",
        "yes: {recommend: outside, because: Tents., or: {inside: When it is cold.}}",
    )
    found = drifted(text.replace("rain: {yes: The garden is wet.}", "{}"))
    assert found.status == "outcome"
    assert [cause.line for cause in found.causes] == [
        "“Inside” is an alternative to it now: When it is cold."
    ]


def test_it_says_that_the_tree_no_longer_knows_the_recommendation() -> None:
    text = LUNCH.replace("inside", "indoors")
    found = drifted(text)
    assert found.status == "outcome"
    assert found.causes[0].line == "The tree no longer knows “Inside”"


WINDY = changed(
    "    yes: {recommend: inside, because: It is dry there.}\n",
    "    yes:\n      wind:\n        yes, no: {recommend: inside, because: It is dry there.}\n",
).replace(
    "decide:",
    "  wind:\n"
    "    ask: Is it windy?\n"
    "    short: Wind\n"
    "    answers:\n"
    "      yes: {label: It is, because: Hold your hat.}\n"
    "      no: {label: It is not, because: Calm.}\n"
    "decide:",
)


def test_it_cannot_be_evaluated_where_the_tree_asks_for_more() -> None:
    found = drifted(WINDY)
    assert (found.status, found.today, found.changes) == ("unanswerable", None, ())
    [cause] = found.causes
    assert (cause.kind, cause.question) == ("asked", "wind")
    assert cause.line == "The tree now asks “Is it windy?”, which was not asked then."


def test_it_lists_a_question_that_is_no_longer_asked() -> None:
    found = drifted(LUNCH, old=WINDY, rain="yes", wind="no")
    assert found.status == "advice"
    assert [change.line for change in found.changes] == ["Question gone: Is it windy?"]


def test_it_cannot_be_evaluated_where_an_answer_is_gone() -> None:
    found = drifted(LUNCH.replace("yes: ", "pours: "))
    assert found.status == "unanswerable"
    assert [(cause.kind, cause.line) for cause in found.causes] == [
        ("gone", "“It does” is no longer an answer to “Does it rain?”")
    ]


def test_it_says_which_question_is_gone_and_which_one_took_its_place() -> None:
    found = drifted(LUNCH.replace("rain:", "weather:"))
    assert found.status == "unanswerable"
    assert [(cause.kind, cause.question) for cause in found.causes] == [
        ("asked", "weather"), ("gone", "rain"),
    ]  # fmt: skip


def test_it_names_the_policy_that_made_it_another_recommendation() -> None:
    """Policies are in today's result; the engine takes them from there."""
    from advisor.engine.compare import _elsewhere

    tree = read(LUNCH).tree
    assert tree is not None
    today = replace(
        result(rain="no"), rulings=(RULING,), alone=Option("inside", "Inside", "A table.")
    )
    cause = next(_elsewhere(result(), today, tree))
    assert (cause.kind, cause.policy, cause.rule) == ("policy", "bank", "no-secrets")
    assert cause.line == "Policy “The bank”, rule no-secrets: Recommends y, not x."

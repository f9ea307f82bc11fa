"""A kept result against today's tree."""

from dataclasses import replace

from advisor.engine.comparing.drift import Drift, drift, outcome_causes
from advisor.engine.walking.evaluate import Option
from advisor.engine.walking.sensitivity import with_what_if
from tests.support.results import RULING, result
from tests.support.trees import LUNCH, changed, read


def drifted(text: str, old: str = LUNCH, **answers: str) -> Drift:
    """What an edited tree says to a result of the old one."""
    reading = read(text)
    assert reading.tree is not None, reading.problems
    return drift(result(old, **answers), reading.tree)


def test_it_is_current_where_nothing_changed() -> None:
    assert drifted(LUNCH).status == "current"


def test_it_is_current_where_only_the_tree_got_another_title() -> None:
    drift_today = drifted(changed("title: Where to eat", "title: Where to have lunch"))
    assert drift_today.status == "current"
    assert [change.line for change in drift_today.changes] == [
        "The tree’s title was “Where to eat” and is “Where to have lunch”."
    ]


def test_it_is_current_where_only_other_answers_lead_elsewhere() -> None:
    old = read(LUNCH).tree
    new = read(changed("verdict: A table under a roof.", "verdict: A warm table.")).tree
    assert old is not None
    assert new is not None
    kept = with_what_if(old, result(LUNCH, rain="no"))
    assert kept.nearest
    assert drift(kept, new).changes == ()


def test_it_lists_the_changes_of_the_same_recommendation() -> None:
    drift_today = drifted(changed("verdict: A table under a roof.", "verdict: A warm table."))
    assert drift_today.status == "advice"
    assert [(change.kind, change.old, change.new) for change in drift_today.changes] == [
        ("verdict", "A table under a roof.", "A warm table.")
    ]
    assert drift_today.causes == ()


SWAPPED = LUNCH.replace("yes: {recommend: inside", "yes: {recommend: outside", 1).replace(
    "no: {recommend: outside", "no: {recommend: inside", 1
)


def test_it_names_the_answer_that_rules_the_old_recommendation_out_today() -> None:
    text = SWAPPED.replace("rain: {no: Nobody", "rain: {yes: Nobody").replace(
        "rain: {yes: The garden", "rain: {no: The garden"
    )
    drift_today = drifted(text)
    assert drift_today.status == "outcome"
    assert drift_today.today is not None
    assert drift_today.today.outcome == "outside"
    [cause] = drift_today.causes
    assert (cause.kind, cause.question, cause.answer) == ("answer", "rain", "yes")
    assert cause.line == ("“It does” (Rain) now rules “Inside” out: Nobody wants a roof today.")


def test_it_says_that_the_old_recommendation_is_an_alternative_today() -> None:
    text = changed(
        "yes: {recommend: inside, because: It is dry there.}",
        "yes: {recommend: outside, because: Tents., or: {inside: When it is cold.}}",
    )
    drift_today = drifted(text.replace("rain: {yes: The garden is wet.}", "{}"))
    assert drift_today.status == "outcome"
    assert [cause.line for cause in drift_today.causes] == [
        "“Inside” is now an alternative: When it is cold."
    ]


def test_it_says_that_the_tree_no_longer_knows_the_recommendation() -> None:
    text = LUNCH.replace("inside", "indoors")
    drift_today = drifted(text)
    assert drift_today.status == "outcome"
    assert drift_today.causes[0].line == "The tree no longer knows “Inside”"


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
    drift_today = drifted(WINDY)
    assert (drift_today.status, drift_today.today, drift_today.changes) == (
        "unanswerable",
        None,
        (),
    )
    [cause] = drift_today.causes
    assert (cause.kind, cause.question) == ("asked", "wind")
    assert cause.line == "The tree now asks “Is it windy?”, which was not asked then."


def test_it_lists_a_question_that_is_no_longer_asked() -> None:
    drift_today = drifted(LUNCH, old=WINDY, rain="yes", wind="no")
    assert drift_today.status == "advice"
    assert [change.line for change in drift_today.changes] == ["Question removed: Is it windy?"]
    assert drift_today.causes == ()


def test_it_says_which_question_is_no_longer_asked_where_the_recommendation_is_another() -> None:
    drift_today = drifted(LUNCH.replace("inside", "indoors"), old=WINDY, rain="yes", wind="no")
    assert drift_today.status == "outcome"
    asked = [cause for cause in drift_today.causes if cause.kind == "unasked"]
    assert [(cause.line, cause.question, cause.answer) for cause in asked] == [
        ("“Is it windy?” is no longer asked on this path", "wind", "no")
    ]


def test_it_cannot_be_evaluated_where_an_answer_is_gone() -> None:
    drift_today = drifted(LUNCH.replace("yes: ", "pours: ").replace("It does", "It pours"))
    assert drift_today.status == "unanswerable"
    assert [(cause.kind, cause.line) for cause in drift_today.causes] == [
        ("gone", "“It does” is no longer an answer to “Does it rain?”")
    ]


def test_it_says_which_question_is_gone_and_which_one_took_its_place() -> None:
    text = LUNCH.replace("rain:", "weather:").replace("Does it rain?", "Is it wet?")
    drift_today = drifted(text)
    assert drift_today.status == "unanswerable"
    assert [(cause.kind, cause.question) for cause in drift_today.causes] == [
        ("asked", "weather"), ("gone", "rain"),
    ]  # fmt: skip
    assert [cause.line for cause in drift_today.causes] == [
        "The tree now asks “Is it wet?”, which was not asked then.",
        "The tree no longer has the question “Does it rain?”",
    ]


def test_an_answer_with_another_id_and_the_same_words_is_the_same_answer() -> None:
    drift_today = drifted(LUNCH.replace("yes: ", "pours: "))
    assert (drift_today.status, drift_today.changes) == ("current", ())
    assert [(cause.kind, cause.line) for cause in drift_today.renamed] == [
        (
            "renamed",
            (
                "The answer “It does” to “Does it rain?” was renamed in the tree. "
                "Its words are the same."
            ),
        )
    ]
    assert [step.answer for step in drift_today.trail] == ["pours"]


def test_a_question_with_another_id_and_the_same_words_is_the_same_question() -> None:
    drift_today = drifted(LUNCH.replace("rain:", "weather:"))
    assert (drift_today.status, drift_today.changes) == ("current", ())
    assert [cause.line for cause in drift_today.renamed] == [
        "The question “Does it rain?” was renamed in the tree. Its words are the same."
    ]


def test_two_answers_with_the_same_words_are_not_taken_for_the_renamed_one() -> None:
    text = LUNCH.replace("yes: ", "pours: ").replace("It does not", "It does")
    assert drifted(text).status == "unanswerable"


def test_what_was_chosen_is_compared_where_another_outcome_is_recommended_today() -> None:
    text = changed(
        "yes: {recommend: inside, because: It is dry there.}",
        "yes: {recommend: outside, because: Tents., or: {inside: When it is cold.}}",
    ).replace("A table under a roof.", "A warm table.")
    drift_today = drifted(text.replace("rain: {yes: The garden is wet.}", "{}"))
    assert drift_today.status == "outcome"
    assert drift_today.forbidden is None
    assert "The summary of what is recommended was reworded." in [
        change.line for change in drift_today.changes
    ]


def test_it_names_the_policy_that_made_it_another_recommendation() -> None:
    tree = read(LUNCH).tree
    assert tree is not None
    swap = replace(RULING, effect="Recommends “Outside” instead of “Inside”.")
    adds = replace(RULING, rule="pen-test", effect="Adds a requirement.")
    alone = Option("inside", "Inside", "A table under a roof.")
    today = replace(result(rain="no"), rulings=(adds, swap), alone=alone)
    causes = [cause for cause in outcome_causes(result(), today, tree) if cause.kind == "policy"]
    assert [(cause.policy, cause.rule, cause.line) for cause in causes] == [
        (
            "bank", "no-secrets",
            "Policy “The bank”: Recommends “Outside” instead of “Inside”.",
        )
    ]  # fmt: skip


def test_it_names_the_policy_that_no_longer_applies() -> None:
    tree = read(LUNCH).tree
    assert tree is not None
    swap = replace(RULING, effect="Recommends “Inside” instead of “Outside”.")
    then = replace(result(), rulings=(swap,), alone=Option("outside", "Outside", "A table."))
    [cause, *_] = outcome_causes(then, result(rain="no"), tree)
    assert (
        cause.line == "Policy “The bank” no longer says: Recommends “Inside” instead of “Outside”."
    )

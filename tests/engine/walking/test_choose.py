"""A team may take another outcome than the recommended one: the result is of what it chose."""

import json

import pytest

from advisor.engine.reader import read_folder
from advisor.engine.tree.graph import Tree
from advisor.engine.walking.evaluate import (
    ForbiddenOutcome,
    Option,
    Result,
    UnknownOutcome,
    evaluate,
)
from advisor.engine.walking.sensitivity import with_what_if
from advisor.saved.records import serialise
from tests.support.policies import ruled
from tests.support.site import TOKENS, results
from tests.support.trees import LUNCH, MESSAGING, read


@pytest.fixture(scope="module")
def messaging() -> Tree:
    tree = read_folder(MESSAGING).tree
    assert tree is not None
    return tree


@pytest.fixture(scope="module")
def tokens() -> Tree:
    tree = read_folder(TOKENS).tree
    assert tree is not None
    return tree


def chosen(tree: Tree, outcome: str, **answers: str) -> Result:
    result = evaluate(tree, answers, outcome)
    assert isinstance(result, Result)
    return result


def test_a_chosen_alternative_comes_with_the_words_for_when_it_is_better(messaging: Tree) -> None:
    result = chosen(messaging, "queue", wait="yes")

    assert (result.outcome, result.name) == ("queue", "Message queue")
    assert result.gives == ("bursts are absorbed", "retries without the caller")
    assert result.departure is not None
    assert result.departure.kind == "alternative"
    assert (
        result.departure.words == "When the reply may arrive by another way and bursts are large."
    )
    assert (result.departure.short, result.departure.label) == ("", "")


def test_it_keeps_the_recommendation_and_its_reason_beside_the_choice(messaging: Tree) -> None:
    result = chosen(messaging, "queue", wait="yes")

    assert result.departure is not None
    assert result.departure.recommended == Option(
        "request", "Request and response", "One service calls the other and waits."
    )
    assert result.departure.because == "A plain request says at once whether it worked."
    assert result.recommended == "request"
    assert result.because == ""


def test_the_recommendation_is_the_first_alternative_to_a_choice(messaging: Tree) -> None:
    result = chosen(messaging, "log", wait="no", readers="several", replay="no")

    assert [entry.outcome for entry in result.alternatives] == ["queue"]
    assert result.alternatives[0].when == (
        "A queue for each reader, fed by one exchange, is less to run than a log."
    )


def test_a_choice_that_the_answers_rule_out_says_which_answer_and_why(messaging: Tree) -> None:
    result = chosen(messaging, "request", wait="no", readers="one")

    assert result.departure is not None
    assert result.departure.kind == "ruled-out"
    assert result.departure.words == "Nobody waits for the answer, so nobody needs to be held."
    assert (result.departure.short, result.departure.label) == ("Waiting", "No, it goes on")
    assert [entry.outcome for entry in result.ruled_out] == ["log"]


def test_what_must_be_done_first_stays_with_a_choice(messaging: Tree) -> None:
    result = chosen(messaging, "log", wait="no", readers="several", replay="no")
    assert result.first == "Name an owner for the exchange."


def test_to_choose_what_is_recommended_is_no_departure(messaging: Tree) -> None:
    result = chosen(messaging, "request", wait="yes")

    assert result.departure is None
    assert result == evaluate(messaging, {"wait": "yes"})


def test_a_result_without_a_departure_is_written_as_it_always_was(messaging: Tree) -> None:
    recommended = chosen(messaging, "request", wait="yes")
    departing = chosen(messaging, "queue", wait="yes")

    assert "departure" not in json.loads(serialise(recommended))
    assert json.loads(serialise(departing))["departure"]["kind"] == "alternative"


def test_an_outcome_that_the_tree_does_not_have_cannot_be_chosen(messaging: Tree) -> None:
    with pytest.raises(UnknownOutcome) as refused:
        evaluate(messaging, {"wait": "yes"}, "pigeon")
    assert refused.value.outcome == "pigeon"
    assert str(refused.value) == "'pigeon' is not an outcome of the tree"


def test_before_the_last_answer_a_choice_changes_nothing(messaging: Tree) -> None:
    assert evaluate(messaging, {}, "pigeon") == evaluate(messaging, {})


def test_an_outcome_that_a_policy_forbids_cannot_be_chosen() -> None:
    tree = ruled(LUNCH, dry={"because": "Chairs rust.", "forbid": "outside", "use": "inside"})

    with pytest.raises(ForbiddenOutcome) as refused:
        evaluate(tree, {"rain": "no"}, "outside")
    assert str(refused.value.ban) == "Policy “House rules”, rule dry"
    assert refused.value.ban.policy.owner == "The cook"
    assert (refused.value.name, refused.value.substitute) == ("Outside", "Inside")


def test_an_outcome_that_is_forbidden_elsewhere_only_can_be_chosen() -> None:
    when = {"answers": {"rain": ["no"]}}
    rule = {"because": "Wasps.", "when": when, "forbid": "inside", "use": "outside"}
    tree = ruled(LUNCH, wasps=rule)

    with pytest.raises(ForbiddenOutcome):
        evaluate(tree, {"rain": "no"}, "inside")
    assert chosen(tree, "outside", rain="yes").departure is not None


def test_caveats_and_requirements_are_those_of_the_choice() -> None:
    when = {"outcomes": ["outside"]}
    tree = ruled(
        LUNCH,
        towels={"when": when, "require": "A towel for each guest."},
        wasps={"when": when, "caveat": {"title": "Wasps", "weight": "note", "text": "In August."}},
    )
    result = chosen(tree, "outside", rain="yes")

    assert [caveat.title for caveat in result.caveats] == ["Wasps"]
    assert [requirement.text for requirement in result.requirements] == ["A towel for each guest."]
    assert chosen(tree, "inside", rain="yes").caveats == ()


def test_other_answers_are_compared_with_the_recommendation_not_with_the_choice() -> None:
    tree = read(LUNCH).tree
    assert tree is not None
    result = with_what_if(tree, chosen(tree, "outside", rain="yes"))
    assert [nearest.outcome for nearest in result.nearest] == ["outside"]


def test_every_outcome_can_be_chosen_after_every_answer_set(tokens: Tree) -> None:
    for recommended in results("tokens"):
        for outcome in tokens.outcome_ids:
            result = chosen(tokens, outcome, **recommended.answers)
            assert result.outcome == outcome
            assert result.recommended == recommended.outcome
            assert (result.departure is None) == (outcome == recommended.outcome)
            if result.departure:
                assert result.departure.words, (recommended.answers, outcome)
                assert result.alternatives[0].outcome == recommended.outcome
                named = {entry.outcome for entry in result.ruled_out + result.alternatives}
                assert outcome not in named
                assert named | {outcome} == set(tokens.outcome_ids)

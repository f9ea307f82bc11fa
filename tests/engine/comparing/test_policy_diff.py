"""What an edit of a tree or its policies changes, against every path of both, one by one."""

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from advisor.engine.comparing.decision_diagram import Cube
from advisor.engine.comparing.differences import Extent
from advisor.engine.tree.graph import Tree
from tests.support.comparing import (
    Compare,
    assert_both_give_the_same,
    assert_counts,
    assert_foresees_drift,
    assert_shows_every_change,
    both_ways,
    counting_states,
    listing,
)
from tests.support.drawn_policies import Ruled, ruled
from tests.support.drawn_trees import trees
from tests.support.policies import ruled as with_one_policy
from tests.support.trees import document, good, outcome, question


@st.composite
def edits(draw: st.DrawFn) -> tuple[Tree, Tree]:
    """Two trees, one of them with policies; half the time, of the same tree."""
    drawn = draw(ruled())
    with_policies = drawn.read().tree
    assume(with_policies is not None)
    assert with_policies is not None
    made = draw(st.one_of(trees(), st.just(drawn.made)))
    other = good(made.written())
    return (other, with_policies) if draw(st.booleans()) else (with_policies, other)


@given(edits(), st.integers(0, 3))
def test_both_ways_give_the_same(drawn: tuple[Tree, Tree], regions: int) -> None:
    assert_both_give_the_same(*drawn, regions)


@both_ways
@given(edits())
def test_it_counts_what_a_walk_along_every_path_finds(
    compare: Compare, drawn: tuple[Tree, Tree]
) -> None:
    assert_counts(compare, *drawn)


@both_ways
@given(edits())
def test_it_shows_every_change_of_the_advice_and_for_which_answers(
    compare: Compare, drawn: tuple[Tree, Tree]
) -> None:
    assert_shows_every_change(compare, *drawn)


@both_ways
@given(edits())
def test_it_foresees_the_drift_of_every_saved_result(
    compare: Compare, drawn: tuple[Tree, Tree]
) -> None:
    assert_foresees_drift(compare, *drawn)


@both_ways
@given(ruled())
def test_it_finds_no_difference_between_two_readings(compare: Compare, drawn: Ruled) -> None:
    first, second = drawn.read().tree, drawn.read().tree
    assume(first is not None)
    assert first is not None
    assert second is not None
    assert not compare(first, second).differs


@both_ways
def test_it_says_for_which_answers_a_rule_holds_where_all_lead_to_one_leaf(
    compare: Compare,
) -> None:
    end = {"recommend": "x", "because": "So it is"}
    written = document(
        questions={"q": question("one", "two"), "r": question("one", "two")},
        decide={"q": {"one, two": {"r": {"one, two": end}}}},
        outcomes={"x": outcome()},
    )
    rule = {"when": {"answers": {"q": ["two"]}}, "require": "Do it."}
    with_rule = with_one_policy(json.dumps(written), do_it=rule)

    difference = compare(good(written), with_rule)

    two = Extent(2, (Cube((("q", ("two",)),), 2),), 0)
    assert {(shown.change.kind, shown.where) for shown in difference.changes} == {
        ("requirements", two),
        ("rulings", two),
    }


@pytest.mark.parametrize(
    ("replaced", "text"), [("sources.s.title", "Another source"), ("caveats.c.title", "Mind it")]
)
def test_both_ways_see_a_rewording_where_the_caveat_that_shows_it_holds(
    replaced: str, text: str
) -> None:
    written = document(
        questions={"rain": question("yes", "no"), "wind": question("yes", "no")},
        decide={"rain": {answer: {"wind": WINDS} for answer in ("yes", "no")}},
        outcomes={id: outcome(EVERY_REASON) for id in ("x", "y")},
        caveats={
            "c": {"title": "Mind", "weight": "note", "text": "It.", "sources": ["s §1"]}
            | {"when": {"answers": {"rain": ["yes"]}}}
        },
        sources={"s": {"title": "S", "kind": "guide"}},
    )
    old = good(written)
    new = with_one_policy(json.dumps(written), words={"replace": replaced, "with": text})
    assert listing(old, new) == counting_states(old, new)
    counts = counting_states(old, new).counts
    assert counts is not None
    assert (counts.advice, counts.same) == (2, 2)


EVERY_REASON = {id: {"yes": "Out.", "no": "Out."} for id in ("rain", "wind")}
WINDS = {
    "yes": {"recommend": "x", "because": "Still."},
    "no": {"recommend": "y", "because": "Calm."},
}

"""What an edit of a tree or its policies changes, against every path of both, one by one."""

from collections import Counter

from hypothesis import assume, given
from hypothesis import strategies as st

from advisor.engine.comparing.drift import drift
from advisor.engine.comparing.results import Change
from advisor.engine.comparing.tree_diff import diff
from advisor.engine.tree.graph import Tree
from tests.support.answer_sets import AnswerSet, assert_covers, joint, results
from tests.support.drawn_policies import ruled
from tests.support.drawn_trees import trees
from tests.support.trees import good


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


@given(edits())
def test_it_counts_what_a_walk_along_every_path_finds(drawn: tuple[Tree, Tree]) -> None:
    old, new = drawn
    expected = Counter(status for _, status, _ in joint(old, new))
    counts = diff(old, new).counts
    assert counts is not None
    found = {name: getattr(counts, name) for name in ("same", "advice", "outcome", "gone", "added")}
    assert found == {name: expected[name] for name in found}


@given(edits())
def test_it_shows_every_change_of_the_advice_and_for_which_answers(
    drawn: tuple[Tree, Tree],
) -> None:
    old, new = drawn
    expected: dict[Change, set[AnswerSet]] = {}
    every = list(joint(old, new))
    for answers, status, what in every:
        if status in ("same", "advice"):
            assert isinstance(what, tuple)
            for change in what:
                if change.what != "order":
                    expected.setdefault(change, set()).add(answers)
    found = diff(old, new, regions=10_000)
    assert {shown.change for shown in found.changes} == expected.keys()
    for shown in found.changes:
        assert_covers(shown.where, expected[shown.change], [answers for answers, _, _ in every])


@given(edits())
def test_it_foresees_the_drift_of_every_saved_result(drawn: tuple[Tree, Tree]) -> None:
    old, new = drawn
    expected = Counter(drift(result, new).status for result in results(old))
    kept = diff(old, new).kept
    assert kept is not None
    assert expected == Counter(
        current=kept.current, advice=kept.advice, outcome=kept.outcome,
        unanswerable=kept.unanswerable,
    )  # fmt: skip


@given(ruled())
def test_it_finds_no_difference_between_two_readings(drawn: object) -> None:
    first, second = drawn.read().tree, drawn.read().tree  # type: ignore[attr-defined]
    assume(first is not None)
    assert not diff(first, second).differs

"""What an edit changes, against a walk along every path of both trees, one by one."""

from collections import Counter
from math import comb
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from advisor.engine.comparing.decision_diagram import Cube
from advisor.engine.comparing.differences import Extent
from advisor.engine.comparing.drift import drift
from advisor.engine.comparing.results import Change
from advisor.engine.comparing.tree_diff import diff
from advisor.engine.tree.graph import Tree
from tests.support.answer_sets import (
    AnswerSet,
    assert_covers,
    counting,
    joint,
    results,
)
from tests.support.drawn_trees import Made, trees
from tests.support.trees import LUNCH, changed, document, good, outcome, question, read

REWORDINGS = (
    ("outcomes", "w", "verdict"),
    ("outcomes", "x", "name"),
    ("outcomes", "y", "ruled-out", "q0", "one"),
    ("questions", "q0", "ask"),
    ("questions", "q1", "answers", "two", "label"),
    ("caveats", "c0", "text"),
    ("caveats", "c1", "title"),
    ("sources", "s", "title"),
    ("title",),
)


@st.composite
def edits(draw: st.DrawFn) -> tuple[Tree, Tree]:
    """Two trees that share questions, answers, outcomes and caveats by id, and not much else; or
    one and the same; with some texts that only the second one has."""
    before = draw(trees())
    after = draw(st.one_of(trees(), st.just(before)))
    written: Any = after.written()
    for path in draw(st.sets(st.sampled_from(REWORDINGS), max_size=4)):
        reword(written, path)
    return good(before.written()), good(written)


def reword(written: Any, path: tuple[str, ...]) -> None:
    for part in path[:-1]:
        if part not in written:
            return
        written = written[part]
    if path[-1] in written:
        written[path[-1]] += " now"


@given(edits())
def test_it_counts_what_a_walk_along_every_path_finds(drawn: tuple[Tree, Tree]) -> None:
    old, new = drawn
    expected = Counter(status for _, status, _ in joint(old, new))

    counts = diff(old, new).counts

    assert counts is not None
    found = {name: getattr(counts, name) for name in ("same", "advice", "outcome", "gone", "added")}
    assert found == {name: expected[name] for name in found}
    assert counts.total == expected.total()


@given(edits())
def test_it_says_which_answers_lead_where(drawn: tuple[Tree, Tree]) -> None:
    old, new = drawn
    expected: dict[object, set[AnswerSet]] = {}
    every = list(joint(old, new))
    for answers, status, what in every:
        if status in ("outcome", "gone", "added"):
            expected.setdefault((status, what), set()).add(answers)

    found = diff(old, new, regions=10_000)

    shown: dict[object, Extent] = {
        ("outcome", (lead.old, lead.new)): lead.where for lead in found.leads
    }
    shown |= {("gone", (odd.question, odd.answer)): odd.where for odd in found.gone}
    shown |= {("added", (odd.question, odd.answer)): odd.where for odd in found.added}
    assert shown.keys() == expected.keys()
    for key, where in shown.items():
        assert_covers(where, expected[key], [answers for answers, _, _ in every])


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
    assert len(found.changes) == len(expected)
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


@given(trees())
def test_it_finds_no_difference_between_two_readings_of_one_tree(made: Made) -> None:
    found = diff(good(made.written()), good(made.written()))
    assert not found.differs
    assert found.counts is not None
    assert found.counts.total == found.counts.same == len(list(made.paths(made.root, {})))


# Large trees


FORTY = [f"q{at:02}" for at in range(40)]


def test_it_compares_two_to_the_forty_answer_sets() -> None:
    found = diff(counting(FORTY), counting(FORTY, words=" now"))
    assert found.counts is not None
    assert found.counts.total == 2**40
    third = sum(comb(40, yes) for yes in range(0, 41, 3))
    assert (found.counts.advice, found.counts.same) == (third, 2**40 - third)


def test_it_finds_that_two_questions_far_apart_can_change_places_without_an_effect() -> None:
    order = FORTY.copy()
    order[5], order[30] = order[30], order[5]
    found = diff(counting(FORTY), counting(order))
    assert found.counts is not None
    assert found.counts.same == 2**40


def test_it_says_for_which_of_two_to_the_forty_answer_sets_a_caveat_is_new() -> None:
    when = {"answers": {"q03": ["yes"], "q36": ["no"]}}
    caveat = {"title": "C", "weight": "note", "text": "C", "sources": ["s"], "when": when}
    found = diff(counting(FORTY), counting(FORTY, caveats={"c": caveat}))
    [shown] = found.changes
    assert shown.change.line == "Caveat added: C"
    assert shown.where == Extent(2**38, (Cube((("q03", ("yes",)), ("q36", ("no",))), 2**38),), 0)


def test_it_gives_up_where_there_is_too_much_to_remember_and_says_so() -> None:
    found = diff(counting(FORTY), counting(FORTY[::-1]), budget=20_000)
    assert found.counts is None
    assert found.unfinished.startswith("The two trees are too different to be compared")
    assert found.says_otherwise


def test_it_lists_what_was_edited_part_by_part() -> None:
    old, new = read(LUNCH).tree, read(changed("label: It does,", "label: It pours,")).tree
    assert old is not None
    assert new is not None
    [change] = diff(old, new).sections
    assert (change.section, change.id, change.what) == ("questions", "rain", "changed")
    assert [(field.name, field.old, field.new) for field in change.fields] == [
        ("answers.yes.label", "It does", "It pours")
    ]


def test_it_counts_a_new_answer_only_where_the_new_tree_asks_for_it() -> None:
    """The old tree asks q first, the new one after r and s, and only where s is yes."""
    end: dict[str, object] = {"recommend": "x", "because": "So it is"}
    later: dict[str, object] = end
    for id in ("t3", "t2", "t1"):
        later = {id: {"yes, no": later}}
    words: dict[str, object] = {id: question("yes", "no") for id in ("r", "s", "t1", "t2", "t3")}
    outcomes = {"x": outcome()}
    old = good(
        document(
            questions=words | {"q": question("one", "two")},
            decide={"s": {"yes, no": {"q": {"one, two": later}}}},
            outcomes=outcomes,
        )
    )
    now = {"recommend": "x", "because": "So it is now"}
    asked = {"s": {"yes": {"q": {"one, two, three": now}}, "no": now}}
    new = good(
        document(
            questions=words | {"q": question("one", "two", "three")},
            decide={"r": {"yes, no": asked}},
            outcomes=outcomes,
        )
    )

    found = diff(old, new)

    [odd] = found.added
    assert (odd.question, odd.answer) == ("q", "three")
    assert odd.where == Extent(2, (Cube((("s", ("yes",)), ("q", ("three",))), 2),), 0)
    [reason] = [shown for shown in found.changes if shown.change.kind == "because"]
    assert [region.answers for region in reason.where.regions] == [
        (("s", ("yes",)), ("q", ("one", "two"))),
        (("s", ("no",)),),
    ]

"""What an edit changes, against a walk along every path of both trees, one by one.

Both ways to compare are held to it, and to each other: they give the very same data.
"""

from collections.abc import Callable
from math import comb
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from advisor.engine.comparing import enumeration, symbolic, tree_diff
from advisor.engine.comparing.decision_diagram import Cube
from advisor.engine.comparing.differences import Extent
from advisor.engine.comparing.tree_diff import diff
from advisor.engine.reader import read_folder
from advisor.engine.tree.graph import Tree
from advisor.engine.walking.case_coverage import count_paths
from tests.support.comparing import (
    AnswerSet,
    Compare,
    assert_both_give_the_same,
    assert_counts,
    assert_covers,
    assert_foresees_drift,
    assert_shows_every_change,
    both_ways,
    counting,
    counting_states,
    every_answer_set,
    listing,
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
def test_it_says_which_answers_lead_where(compare: Compare, drawn: tuple[Tree, Tree]) -> None:
    old, new = drawn
    expected: dict[object, set[AnswerSet]] = {}
    answer_sets = list(every_answer_set(old, new))
    for answers, status, changes_of_set in answer_sets:
        if status in ("outcome", "gone", "added"):
            expected.setdefault((status, changes_of_set), set()).add(answers)

    difference = compare(old, new)

    shown: dict[object, Extent] = {
        ("outcome", (lead.old, lead.new)): lead.where for lead in difference.leads
    }
    shown |= {("gone", (odd.question, odd.answer)): odd.where for odd in difference.gone}
    shown |= {("added", (odd.question, odd.answer)): odd.where for odd in difference.added}
    assert shown.keys() == expected.keys()
    for key, where in shown.items():
        assert_covers(where, expected[key], [answers for answers, _, _ in answer_sets])


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
@given(trees())
def test_it_finds_no_difference_between_two_readings_of_one_tree(
    compare: Compare, made: Made
) -> None:
    difference = compare(good(made.written()), good(made.written()))
    assert not difference.differs
    assert difference.counts is not None
    assert difference.counts.total == difference.counts.same == len(list(made.paths(made.root, {})))


# The trees of this repository

TREE = Path(__file__).parents[3] / "tree"
POLICIES = sorted((TREE / "examples" / "policies").iterdir())


def written(folder: Path) -> Any:
    """All sections of a tree, as they are written."""
    sections: dict[str, Any] = {}
    for path in sorted(folder.glob("*.yaml")):
        sections |= yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    return sections


def reworded(whole: Any) -> None:
    for item in whole["outcomes"].values():
        item["verdict"] += " now"
        item["gives"].reverse()
    for item in whole["questions"].values():
        item["short"] += " now"
        list(item["answers"].values())[-1]["because"] += " Now."
    for source in list(whole["sources"].values())[::2]:
        source["title"] += " now"


def with_other_caveats(whole: Any) -> None:
    first, second, *_, last = whole["caveats"]
    whole["caveats"][first]["weight"] = "note"
    whole["caveats"][second]["text"] += " now"
    del whole["caveats"][last]


def with_other_reasons(whole: Any) -> None:
    """The first leaf says why in other words, and names no alternative."""
    step = whole["decide"]
    while "recommend" not in step:
        step = whole["branches"][step["branch"]] if "branch" in step else next(iter(step.values()))
    step["because"] += " Now."
    for item in whole["outcomes"].values():
        for answers in item.get("ruled-out", {}).values():
            for answer in answers:
                answers[answer] += " Now."


@pytest.mark.parametrize("edit", [reworded, with_other_caveats, with_other_reasons])
@pytest.mark.parametrize("folder", ["tokens", "examples/storage"])
def test_both_ways_find_the_same_edits_of_the_trees_here(
    folder: str, edit: Callable[[Any], None]
) -> None:
    old, edited = written(TREE / folder), written(TREE / folder)
    edit(edited)

    difference = listing(good(old), good(edited))

    assert difference == counting_states(good(old), good(edited))
    assert difference.counts is not None
    assert difference.counts.advice > 0
    assert difference.counts.total == count_paths(good(old).root)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.stem)
def test_both_ways_find_the_same_changes_by_a_policy(policy: Path) -> None:
    without = read_folder(TREE / "tokens").tree
    ruled = read_folder(TREE / "tokens", policies=[policy]).tree
    other = read_folder(TREE / "tokens", policies=[POLICIES[0]]).tree
    assert without
    assert ruled
    assert other

    difference = listing(without, ruled)

    assert difference == counting_states(without, ruled)
    assert difference.leads
    assert all(lead.policies for lead in difference.leads)
    assert listing(other, ruled) == counting_states(other, ruled)
    assert listing(ruled, without) == counting_states(ruled, without)


# Large trees

FORTY = [f"q{at:02}" for at in range(40)]


def test_it_lists_the_answer_sets_of_small_trees_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_diff, "FEW", 2**4)
    small, large = counting(FORTY[:3]), counting(FORTY[:4])
    with monkeypatch.context() as patch:
        patch.setattr(symbolic, "compare", None)
        counts = diff(small, counting(FORTY[:3], words=" now")).counts
        assert counts
        assert counts.total == 2**3
    monkeypatch.setattr(enumeration, "compare", None)
    counts = diff(large, counting(FORTY[:4], words=" now")).counts
    assert counts
    assert counts.total == 2**4
    # Neither tree has many answer sets by itself, but they ask different questions.
    counts = diff(small, counting(FORTY[3:6])).counts
    assert counts
    assert counts.total == 2**6


def test_it_lists_fewer_answer_sets_where_time_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enumeration, "compare", None)
    counts = diff(counting(FORTY[:10]), counting(FORTY[:10]), budget=50_000).counts
    assert counts
    assert counts.same == 2**10


def test_it_compares_two_to_the_forty_answer_sets() -> None:
    difference = diff(counting(FORTY), counting(FORTY, words=" now"))
    assert difference.counts is not None
    assert difference.counts.total == 2**40
    third = sum(comb(40, yes) for yes in range(0, 41, 3))
    assert (difference.counts.advice, difference.counts.same) == (third, 2**40 - third)


def test_it_finds_that_two_questions_far_apart_can_change_places_without_an_effect() -> None:
    order = FORTY.copy()
    order[5], order[30] = order[30], order[5]
    difference = diff(counting(FORTY), counting(order))
    assert difference.counts is not None
    assert difference.counts.same == 2**40


def test_it_says_for_which_of_two_to_the_forty_answer_sets_a_caveat_is_new() -> None:
    when = {"answers": {"q03": ["yes"], "q36": ["no"]}}
    caveat = {"title": "C", "weight": "note", "text": "C", "sources": ["s"], "when": when}
    difference = diff(counting(FORTY), counting(FORTY, caveats={"c": caveat}))
    [shown] = difference.changes
    assert shown.change.line == "Caveat added: C"
    assert shown.where == Extent(2**38, (Cube((("q03", ("yes",)), ("q36", ("no",))), 2**38),), 0)


def test_it_gives_up_where_there_is_too_much_to_remember_and_says_so() -> None:
    difference = diff(counting(FORTY), counting(FORTY[::-1]), budget=20_000)
    assert difference.counts is None
    assert difference.unfinished == (
        "The two trees are too different to be compared for every set of answers: their questions "
        "come in too different an order. What is listed is not all."
    )
    assert difference.says_otherwise


def test_it_lists_what_was_edited_part_by_part() -> None:
    old, new = read(LUNCH).tree, read(changed("label: It does,", "label: It pours,")).tree
    assert old is not None
    assert new is not None
    [change] = diff(old, new).sections
    assert (change.section, change.id, change.what) == ("questions", "rain", "changed")
    assert [(field.name, field.old, field.new) for field in change.fields] == [
        ("answers.yes.label", "It does", "It pours")
    ]


@both_ways
def test_it_counts_a_new_answer_only_where_the_new_tree_asks_for_it(compare: Compare) -> None:
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

    difference = compare(old, new)

    [odd] = difference.added
    assert (odd.question, odd.answer) == ("q", "three")
    assert odd.where == Extent(2, (Cube((("s", ("yes",)), ("q", ("three",))), 2),), 0)
    [reason] = [shown for shown in difference.changes if shown.change.kind == "because"]
    assert [region.answers for region in reason.where.regions] == [
        (("s", ("yes",)), ("q", ("one", "two"))),
        (("s", ("no",)),),
    ]

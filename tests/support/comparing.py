"""Both ways to compare two trees, and a walk along every path that knows nothing of them."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from advisor.engine.comparing import enumeration, symbolic
from advisor.engine.comparing.decision_diagram import Cube
from advisor.engine.comparing.differences import Extent, TreeDiff
from advisor.engine.comparing.drift import drift
from advisor.engine.comparing.results import Change, changes
from advisor.engine.tree.graph import Leaf, Node, Tree
from advisor.engine.walking.evaluate import Result, evaluate
from tests.support.trees import document, good, outcome, question

Answers = dict[str, str]
AnswerSet = frozenset[tuple[str, str]]
ALL_REGIONS = 10_000


def listing(old: Tree, new: Tree, regions: int = ALL_REGIONS) -> TreeDiff:
    """Compare by a walk along every answer set."""
    sets = tuple(enumeration.answer_sets(old, new))
    return enumeration.compare(old, new, sets, regions).tree_diff()


def counting_states(old: Tree, new: Tree, regions: int = ALL_REGIONS) -> TreeDiff:
    """Compare without listing answer sets."""
    return symbolic.compare(old, new, 1_000_000, regions).tree_diff()


Compare = Callable[[Tree, Tree], TreeDiff]
both_ways = pytest.mark.parametrize("compare", [listing, counting_states])


def every_answer_set(old: Tree, new: Tree) -> Iterator[tuple[AnswerSet, str, object]]:
    """Every set of answers through both trees, what becomes of it, and: the changes, both
    outcomes, or the question and answer that one tree does not have."""
    for answers in ways(old, old.root, {}):
        for more, lost in completions(new, new.root, answers):
            whole = frozenset((answers | more).items())
            if lost:
                yield whole, "gone", lost
                continue
            before, after = result(old, answers), result(new, answers | more)
            if before.outcome != after.outcome:
                yield whole, "outcome", (before.outcome, after.outcome)
                continue
            differences = changes(before, after)
            status = "advice" if any(not change.editorial for change in differences) else "same"
            yield whole, status, differences
    for answers in ways(new, new.root, {}):
        for more, lost in completions(old, old.root, answers):
            if lost:
                yield frozenset((answers | more).items()), "added", lost


def ways(tree: Tree, node: Node, so_far: Answers) -> Iterator[Answers]:
    if isinstance(node, Leaf):
        yield so_far
        return
    for answer, child in node.next.items():
        yield from ways(tree, child, so_far | {node.question: answer})


def completions(
    tree: Tree, node: Node, given: Answers
) -> Iterator[tuple[Answers, tuple[str, str] | None]]:
    """What this tree asks beside the given answers, and the answer at which it is lost."""
    if isinstance(node, Leaf):
        yield {}, None
    elif node.question not in given:
        for answer, child in node.next.items():
            for more, lost in completions(tree, child, given):
                yield {node.question: answer} | more, lost
    elif given[node.question] not in node.next:
        yield {}, (node.question, given[node.question])
    else:
        yield from completions(tree, node.next[given[node.question]], given)


def results(tree: Tree) -> Iterator[Result]:
    for answers in ways(tree, tree.root, {}):
        yield result(tree, answers)


def result(tree: Tree, answers: Answers) -> Result:
    """The result; an answer that the tree does not know stands beside the way here."""
    questions = tree.document.questions
    evaluated = evaluate(
        tree, {q: a for q, a in answers.items() if q in questions and a in questions[q].answers}
    )
    assert isinstance(evaluated, Result)
    return evaluated


def assert_covers(where: Extent, expected: set[AnswerSet], answer_sets: list[AnswerSet]) -> None:
    """The groups hold these answer sets, each once, and are counted right."""
    assert where.more == 0
    assert where.count == len(expected)
    held: list[AnswerSet] = []
    for region in where.regions:
        inside = [answers for answers in answer_sets if holds(region, answers)]
        assert region.count == len(inside)
        held += inside
    assert sorted(map(sorted, held)) == sorted(map(sorted, expected))


def holds(region: Cube, answers: AnswerSet) -> bool:
    return all(
        any((question, answer) in answers for answer in wanted)
        for question, wanted in region.answers
    )


def counting(
    order: list[str], *, words: str = "", caveats: dict[str, object] | None = None
) -> Tree:
    """Questions of two answers; what is recommended is how many were yes, modulo 3."""
    branches: dict[str, object] = {}
    for at, id in enumerate(order):
        for state in range(3):
            following = [
                {"branch": f"b{at + 1}-{then}"}
                if at + 1 < len(order)
                else {"recommend": f"o{then}", "because": f"So many{words if then == 0 else ''}"}
                for then in range(3)
            ]
            branches[f"b{at}-{state}"] = {
                id: {"yes": following[(state + 1) % 3], "no": following[state]}
            }
    reasons = {id: {"yes": "Out.", "no": "Out."} for id in order}
    return good(
        document(
            questions={id: question("yes", "no") for id in sorted(order)},
            decide={"branch": "b0-0"},
            branches=branches,
            outcomes={f"o{state}": outcome(reasons) for state in range(3)},
            caveats=caveats or {},
            sources={"s": {"title": "S", "kind": "guide"}},
        )
    )


def assert_both_give_the_same(old: Tree, new: Tree, regions: int) -> None:
    """Assert that both ways say the same, with all groups and with a few."""
    assert listing(old, new) == counting_states(old, new)
    assert listing(old, new, regions) == counting_states(old, new, regions)


def assert_counts(compare: Compare, old: Tree, new: Tree) -> None:
    """Assert that answer sets are counted as a walk along every path counts them."""
    expected = Counter(status for _, status, _ in every_answer_set(old, new))

    counts = compare(old, new).counts

    assert counts is not None
    counted = {
        name: getattr(counts, name) for name in ("same", "advice", "outcome", "gone", "added")
    }
    assert counted == {name: expected[name] for name in counted}
    assert counts.total == expected.total()


def assert_shows_every_change(compare: Compare, old: Tree, new: Tree) -> None:
    """Assert that each change of the advice is shown once, with its answer sets."""
    expected: dict[Change, set[AnswerSet]] = {}
    answer_sets = list(every_answer_set(old, new))
    for answers, status, changes_of_set in answer_sets:
        if status in ("same", "advice"):
            assert isinstance(changes_of_set, tuple)
            for change in changes_of_set:
                if change.what != "order":
                    expected.setdefault(change, set()).add(answers)

    difference = compare(old, new)

    assert {shown.change for shown in difference.changes} == expected.keys()
    assert len(difference.changes) == len(expected)
    for shown in difference.changes:
        assert_covers(
            shown.where, expected[shown.change], [answers for answers, _, _ in answer_sets]
        )


def assert_foresees_drift(compare: Compare, old: Tree, new: Tree) -> None:
    """Assert that the drift of each result of the old tree is counted."""
    expected = Counter(drift(result, new).status for result in results(old))

    kept = compare(old, new).kept

    assert kept is not None
    assert expected == Counter(
        current=kept.current, advice=kept.advice, outcome=kept.outcome,
        unanswerable=kept.unanswerable,
    )  # fmt: skip

"""What comparing two trees costs, as ratios: `python -m tests.benchmarks.diff`.

Trees of more and more questions with two answers each are compared with an edit of themselves, in
turns with the smallest. Where a tree has few answer sets, `diff` lists them; both ways to compare
are measured there, and a walk along every path that only counts. Nothing is asserted.
"""

import statistics
import time
from collections.abc import Callable

from advisor.engine.comparing.results import changes
from advisor.engine.comparing.tree_diff import REGIONS, diff
from advisor.engine.tree.graph import Ask, Node, Tree
from advisor.engine.walking.evaluate import Result, evaluate
from tests.support.comparing import counting, counting_states

ROUNDS = 15
SMALLEST = 10


def main() -> None:
    smallest = edited(SMALLEST)["one reason"]
    base = f"the symbolic comparison of {SMALLEST} questions"
    print(f"{ROUNDS} rounds in turns; median time as a multiple of {base}\n")
    columns = f"{'diff':>8}{'symbolic':>10}{'every path':>12}"
    print(f"{'questions':>9} {'answer sets':>18} {'edit':<20}{columns}")
    for number in (SMALLEST, 20, 40, 80):
        for edit, (old, new) in edited(number).items():
            acts: list[Callable[[], object]] = [
                lambda: counting_states(*smallest, REGIONS),
                lambda old=old, new=new: diff(old, new),  # type: ignore[misc]
            ]
            if number == SMALLEST:
                acts.append(lambda old=old, new=new: counting_states(old, new, REGIONS))  # type: ignore[misc]
                acts.append(lambda old=old, new=new: every_path(old, new))  # type: ignore[misc]
            first, *others = in_turns(acts)
            ratios = [f"{other / first:.1f}" for other in others] + ["", ""]
            told = f"{ratios[0]:>8}{ratios[1]:>10}{ratios[2]:>12}".rstrip()
            print(f"{number:>9} {2**number:>18.3g} {edit:<20}{told}")


def edited(number: int) -> dict[str, tuple[Tree, Tree]]:
    order = [f"q{at:02}" for at in range(number)]
    swapped = [order[-3], *order[1:-3], order[0], *order[-2:]]
    when = {"answers": {order[1]: ["yes"], order[-2]: ["no"]}}
    caveat = {"title": "C", "weight": "note", "text": "C", "sources": ["s"], "when": when}
    tree = counting(order)
    return {
        "one reason": (tree, counting(order, words=" now")),
        "one caveat": (tree, counting(order, caveats={"c": caveat})),
        "two questions swap": (tree, counting(swapped)),
    }


def every_path(old: Tree, new: Tree) -> int:
    """The same by listing: how many answer sets change."""
    changed = 0
    waiting: list[tuple[Node, dict[str, str]]] = [(old.root, {})]
    while waiting:
        node, answers = waiting.pop()
        if isinstance(node, Ask):
            waiting += (
                (child, answers | {node.question: answer}) for answer, child in node.next.items()
            )
            continue
        before, after = evaluate(old, answers), evaluate(new, answers)
        assert isinstance(before, Result)
        assert isinstance(after, Result)
        changed += any(not change.editorial for change in changes(before, after))
    return changed


def in_turns(acts: list[Callable[[], object]]) -> list[float]:
    times: list[list[float]] = [[] for _ in acts]
    for _ in range(ROUNDS):
        for act, taken in zip(acts, times, strict=True):
            began = time.perf_counter()
            act()
            taken.append(time.perf_counter() - began)
    return [statistics.median(taken) for taken in times]


if __name__ == "__main__":
    main()

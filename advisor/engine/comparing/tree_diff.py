"""Compare what two trees say to every set of answers: listed where there are few, else counted."""

from itertools import islice

from advisor.engine.comparing import enumeration, symbolic
from advisor.engine.comparing.differences import TreeDiff
from advisor.engine.tree.graph import Tree
from advisor.engine.walking.case_coverage import count_paths

# Trees with fewer answer sets than this are compared by listing them; to list one takes as long as
# so many states of the symbolic way.
FEW, STATES_PER_SET = 10_000, 50
# What the symbolic way may take: so many states, and so many more for each node of both trees.
STATES, STATES_PER_NODE = 200_000, 50
REGIONS = 8


def diff(old: Tree, new: Tree, *, budget: int | None = None, regions: int = REGIONS) -> TreeDiff:
    """Return what differs between two trees, as they are written and as they answer.

    `budget` bounds the work, in states of the symbolic way, `regions` the groups of answer sets
    that are listed for a difference.
    """
    few = FEW if budget is None else min(FEW, budget // STATES_PER_SET)
    if (sets := _few_answer_sets(old, new, few)) is not None:
        return enumeration.compare(old, new, sets, regions).tree_diff()
    if budget is None:
        budget = STATES + STATES_PER_NODE * sum(1 for tree in (old, new) for _ in tree.nodes())
    return symbolic.compare(old, new, budget, regions).tree_diff()


def _few_answer_sets(old: Tree, new: Tree, few: int) -> tuple[enumeration.AnswerSet, ...] | None:
    """Return all answer sets, or None where there are not fewer than `few`."""
    # Every way through one tree is part of some answer set.
    if max(count_paths(old.root), count_paths(new.root)) >= few:
        return None
    sets = tuple(islice(enumeration.answer_sets(old, new), few))
    return sets if len(sets) < few else None

"""An aspect of trees with policies: whose words a result reads depends on more of the way.

A rule may hold for some answers only, and what the tree alone would say decides as well. Both are
remembered beside whatever the aspect itself remembers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from advisor.engine.aspects import Aspect, Label, RuledOut
from advisor.engine.compare import Change
from advisor.engine.graph import Ask, Node, Tree
from advisor.engine.joint import Move, Pair, Step


def in_force(tree: Tree) -> Mapping[str, Any]:
    """The policies by id."""
    policies: Mapping[str, Any] = getattr(tree, "policies", {})
    return policies


def alone(tree: Tree) -> Tree:
    """The tree without policies."""
    return getattr(tree, "base", None) or tree


@dataclass(frozen=True, slots=True)
class _Standing:
    """One tree's node without policies, and the answers on which some rule depends."""

    node: Node
    answers: tuple[tuple[str, str], ...] = ()


# What the aspect remembers, where each tree stands, and where they stood when the memory changed.
_Memory = tuple[Any, _Standing, _Standing, tuple[object, ...]]


@dataclass(frozen=True)
class UnderPolicies(Aspect[_Memory]):
    aspect: Aspect[Any]
    old: Tree
    new: Tree

    def start(self) -> _Memory:
        first, second = (_Standing(alone(tree).root) for tree in (self.old, self.new))
        return self.aspect.start(), first, second, ()

    def step(self, memory: _Memory, step: Step) -> _Memory:
        inner, old, new, told = memory
        after = self.aspect.step(inner, step)
        if after != inner and isinstance(self.aspect, RuledOut):
            # The words for it are chosen here, by what was answered so far.
            told = (*told, (old, new, step))
        old, new = _moved(self.old, old, step.old), _moved(self.new, new, step.new)
        return after, old, new, told

    def end(self, memory: _Memory, pair: Pair) -> Label | None:
        inner, *standing = memory
        label = self.aspect.end(inner, pair)
        return None if label is None else (*label, *standing)

    def shows(self, change: Change) -> bool:
        return self.aspect.shows(change)


def _moved(tree: Tree, standing: _Standing, moves: tuple[Move, ...]) -> _Standing:
    conditions = {
        question
        for policy in in_force(tree).values()
        for rule in policy.rules.values()
        for question in rule.when.answers
    }
    node, answers = standing.node, standing.answers
    for asked, answer in moves:
        # Policies change recommendations only, so both graphs ask the same.
        if isinstance(node, Ask) and answer in node.next:
            node = node.next[answer]
        if asked.question in conditions:
            answers = (*answers, (asked.question, answer))
    return _Standing(node, tuple(sorted(answers)))

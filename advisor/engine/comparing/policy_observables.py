"""An aspect of trees with policies: whose words a result reads depends on more of the way.

A rule may hold for some answers only, and what the tree alone would say decides as well. Both are
remembered beside whatever the aspect itself remembers.
"""

from dataclasses import dataclass
from typing import Any

from advisor.engine.comparing.observables import Aspect, Label, RuledOut, gone
from advisor.engine.comparing.product_graph import Move, Pair, Step
from advisor.engine.comparing.results import Change
from advisor.engine.tree.graph import Ask, Node, Tree, cited
from advisor.engine.tree.policy_model import Replace


@dataclass(frozen=True, slots=True)
class Ruled:
    """A tree, and what decides on which of its rules a result shows: the answers to `questions`,
    and whether an answer to a question rules out an outcome, for `reasons`.
    """

    tree: Tree
    questions: frozenset[str]
    reasons: frozenset[tuple[str, str]]


def ruled(tree: Tree) -> Ruled:
    questions: set[str] = set()
    reasons: set[tuple[str, str]] = set()
    for policy in tree.policies.values():
        for rule in policy.rules.values():
            questions |= rule.when.answers.keys()
            match rule.replace.split(".") if isinstance(rule, Replace) else ():
                case ["questions", id, *_]:
                    questions.add(id)
                case ["outcomes", id, "ruled-out", question, *_]:
                    reasons.add((id, question))
                case ["caveats" | "sources" as section, id, *_]:
                    for name, caveat in tree.document.caveats.items():
                        cites = any(cited(citation)[0] == id for citation in caveat.sources)
                        if cites if section == "sources" else name == id:
                            questions |= caveat.when.answers.keys()
    return Ruled(tree, frozenset(questions), frozenset(reasons))


@dataclass(frozen=True, slots=True)
class _Standing:
    """A tree's node without policies, and of the way to it what decides on rules."""

    node: Node
    facts: tuple[tuple[str, ...], ...] = ()


# What the aspect remembers, where each tree stands, and where they stood when the memory changed.
_Memory = tuple[Any, _Standing, _Standing, tuple[object, ...]]


@dataclass(frozen=True)
class UnderPolicies(Aspect[_Memory]):
    aspect: Aspect[Any]
    old: Ruled
    new: Ruled

    def start(self) -> _Memory:
        first, second = (_Standing(its.tree.without_policies.root) for its in (self.old, self.new))
        return self.aspect.start(), first, second, ()

    def step(self, memory: _Memory, step: Step) -> _Memory:
        inner, old, new, told = memory
        after = self.aspect.step(inner, step)
        if after != inner and isinstance(self.aspect, RuledOut):
            # The words for it are chosen here, by what was answered so far.
            told = (*told, (old, new, step))
        return after, _moved(self.old, old, step.old), _moved(self.new, new, step.new), told

    def end(self, memory: _Memory, pair: Pair) -> Label | None:
        inner, *standing = memory
        label = self.aspect.end(inner, pair)
        return None if label is None else (*label, *standing)

    def shows(self, change: Change) -> bool:
        return self.aspect.shows(change)


def _moved(ruled: Ruled, standing: _Standing, moves: tuple[Move, ...]) -> _Standing:
    node, facts = standing.node, set(standing.facts)
    for asked, answer in moves:
        # Policies change recommendations only, so both graphs ask the same.
        if isinstance(node, Ask) and answer in node.next:
            node = node.next[answer]
        if asked.question in ruled.questions:
            facts.add((asked.question, answer))
        for outcome, question in ruled.reasons:
            if question == asked.question and outcome in gone(ruled.tree, asked, answer):
                facts.add((outcome, question, answer))
    return _Standing(node, tuple(sorted(facts)))

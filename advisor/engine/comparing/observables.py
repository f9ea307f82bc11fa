"""The parts of a result that can differ between two trees, each with what it needs of the way.

An observable follows a part in both trees by itself: what the leaf says, one question of the trail,
one caveat, one outcome that is ruled out. All at once would tell every path from every other; one
by one, each needs little memory. Its label is what both trees show: one answer set of each label is
evaluated to say what differs.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from advisor.engine.comparing.findings import ON_THE_WAY
from advisor.engine.comparing.policy_context import Context, all_rules
from advisor.engine.comparing.product_graph import (
    Move,
    Position,
    ProductGraph,
    ProductState,
    Transition,
)
from advisor.engine.comparing.results import Change
from advisor.engine.tree import model
from advisor.engine.tree.graph import Tree, cited
from advisor.engine.tree.policy_model import Replace

# The sections to which what a leaf says refers.
_OF_A_LEAF = ("title", "words", "outcomes", "sources", "figures", "measured")

Memory = tuple[Hashable, Hashable]
Label = tuple[Hashable, ...]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Tracker:
    """A part of one tree's result: what is remembered after a move, and shown at a leaf."""

    start: Hashable = None
    after: Callable[[Any, Move], Hashable] = lambda memory, _: memory
    shown: Callable[[Any, Position], Hashable] = lambda memory, _: memory


# What the leaf and the context there decide by themselves.
LEAF = Tracker(shown=lambda _, end: (end.advice.model_dump_json(), end.context))


def answer_tracker(question: str) -> Tracker:
    """Track the answer to a question, if the tree asks it."""
    return Tracker(after=lambda memory, move: move.answer if move.question == question else memory)


def elimination_tracker(tree: Tree, outcome: str) -> Tracker:
    """Track the answer that rules an outcome out, if policies have not done so from the start."""
    start = outcome in tree.outcomes(tree.without_policies.root.in_play & ~tree.root.in_play)
    return Tracker(start, lambda memory, move: move if outcome in move.ruled_out else memory)


def caveat_tracker(caveat: model.Caveat | None) -> Tracker:
    """Track whether a caveat is shown, if the tree has it.

    Remembered is how many conditions are still to be met: 0 when all are, -1 when one failed. No
    path asks a question twice, so the number suffices.
    """
    if caveat is None:
        return Tracker()
    conditions, outcomes = caveat.when.answers, caveat.when.outcomes

    def after(open_conditions: int, move: Move) -> int:
        if open_conditions < 0 or move.question not in conditions:
            return open_conditions
        return open_conditions - 1 if move.answer in conditions[move.question] else -1

    def shown(open_conditions: int, end: Position) -> Context | None:
        named = not outcomes or end.advice.recommend in outcomes
        return end.context if named and open_conditions == 0 else None

    return Tracker(len(conditions), after, shown)


@dataclass(frozen=True, slots=True)
class Observable:
    """A part of the results of both trees, each with a memory of its own.

    `kind` and `id` are those of its changes, empty for what the leaf decides. Where both trees show
    the same and `same_texts` says that they have the same words for it, nothing differs.
    """

    kind: str
    id: str
    old: Tracker
    new: Tracker
    same_texts: bool

    @property
    def start(self) -> Memory:
        """Return what is remembered before the first answer."""
        return self.old.start, self.new.start

    def after(self, memory: Memory, transition: Transition) -> Memory:
        """Return what is remembered after an answer."""
        old, new = memory
        for move in transition.old:
            old = self.old.after(old, move)
        for move in transition.new:
            new = self.new.after(new, move)
        return old, new

    def label(self, memory: Memory, end: ProductState) -> Label | None:
        """Return what both trees show at an end pair; None where nothing differs."""
        if end.arrival:
            return None if self.kind else (end.arrival, end.old.context, end.new.context)
        old, new = self.old.shown(memory[0], end.old), self.new.shown(memory[1], end.new)
        return None if old == new and (self.same_texts or not old) else (old, new)

    def owns(self, change: Change) -> bool:
        """Return whether a change of a result is one of this part."""
        if not self.kind:
            return change.kind not in ON_THE_WAY
        return (change.kind, change.id) == (self.kind, self.id)


def observables(old: Tree, new: Tree, graph: ProductGraph) -> Iterator[Observable]:
    """Yield the parts of results with the same outcome that can differ.

    A part is left out where both trees meet it on the same ways and have the same texts for it.
    Under policies, texts depend on more than the document.
    """
    before, after = old.document, new.document
    ruled = bool(old.policies or new.policies)
    steps = [step for state in graph.states for step in state.transitions]
    asked_by_one = {id for step in steps for id in (*step.only_old, *step.only_new)}
    unevenly_out = {id for step in steps for _, id in _out(step.old) ^ _out(step.new)}
    same = not ruled and all(getattr(before, name) == getattr(after, name) for name in _OF_A_LEAF)
    yield Observable("", "", LEAF, LEAF, same)
    for id, question, question_now in _paired(before.questions, after.questions):
        same = question == question_now
        if id in asked_by_one or (question and question_now and not same):
            yield Observable("trail", id, answer_tracker(id), answer_tracker(id), same)
    reworded = any(isinstance(rule, Replace) for tree in (old, new) for rule in all_rules(tree))
    for id, caveat, caveat_now in _paired(before.caveats, after.caveats):
        same = not reworded and _with_sources(before, caveat) == _with_sources(after, caveat_now)
        if not same or (caveat and asked_by_one & caveat.when.answers.keys()):
            trackers = caveat_tracker(caveat), caveat_tracker(caveat_now)
            yield Observable("caveats", id, *trackers, same)
    for id, outcome, outcome_now in _paired(before.outcomes, after.outcomes):
        same = not ruled and outcome == outcome_now
        if not same or id in unevenly_out:
            trackers = elimination_tracker(old, id), elimination_tracker(new, id)
            yield Observable("ruled_out", id, *trackers, same)


def _out(moves: Iterable[Move]) -> set[tuple[str, str]]:
    """Return the outcomes that moves rule out, each with the question."""
    return {(move.question, outcome) for move in moves for outcome in move.ruled_out}


def _with_sources(document: model.Document, caveat: model.Caveat | None) -> object:
    """Return all that a caveat's texts depend on; None where the tree does not have it."""
    return caveat and (caveat, [document.sources[cited(line)[0]] for line in caveat.sources])


def _paired(
    old: Mapping[str, Item], new: Mapping[str, Item]
) -> Iterator[tuple[str, Item | None, Item | None]]:
    """Yield the ids of either tree, each with what both trees have there."""
    for id in {**old, **new}:
        yield id, old.get(id), new.get(id)

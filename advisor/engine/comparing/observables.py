"""The parts of a result that can differ between two trees, each with what it needs of the way.

An observable follows a part in both trees by itself: what the leaf says, one question of the trail,
one caveat, one outcome that is ruled out. All at once would tell every path from every other; one
by one, each needs little memory. Its label is what both trees show: one answer set of each label is
evaluated to say what differs.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeVar

from advisor.engine.comparing.differences import ON_THE_WAY, Arrival
from advisor.engine.comparing.policy_context import Context
from advisor.engine.comparing.product_graph import (
    DeadEnd,
    Move,
    ProductGraph,
    ProductState,
    Transition,
)
from advisor.engine.comparing.projection import Observer
from advisor.engine.comparing.results import Change
from advisor.engine.tree import model
from advisor.engine.tree.graph import Leaf, Tree, cited

# The sections to which what a leaf says refers.
_OF_A_LEAF = ("title", "words", "outcomes", "sources", "figures", "measured")

ArrivalLabel = tuple[Arrival, Context, Context]
Label = tuple[Hashable, ...]
Item = TypeVar("Item")


def arrival(end: ProductState) -> Arrival | None:
    """Return where answers lead, if not to the same outcome in both trees."""
    match end.old.node, end.new.node:
        case _, DeadEnd(question, answer):
            return "gone", question, answer
        case DeadEnd(question, answer), _:
            return "added", question, answer
        case Leaf(advice=old), Leaf(advice=new) if old.recommend != new.recommend:
            return "outcome", old.recommend, new.recommend
    return None


class ArrivalObserver(Observer[None, ArrivalLabel]):
    """Sees where answers lead, if not to the same outcome in both trees."""

    start = None

    def label(self, memory: None, end: ProductState) -> ArrivalLabel | None:  # noqa: ARG002 - the end tells it
        arrived = arrival(end)
        return (arrived, end.old.context, end.new.context) if arrived else None


@dataclass(frozen=True, slots=True)
class Tracker:
    """A part of one tree's result: what is remembered after a move, and shown at a leaf."""

    start: Hashable = None
    after: Callable[[Any, Move], Hashable] = lambda memory, _: memory
    shown: Callable[[Any, Leaf], Hashable] = lambda memory, _: memory


def leaf_tracker() -> Tracker:
    """Track what the leaf decides by itself."""
    return Tracker(shown=lambda _, leaf: leaf.advice.model_dump_json())


def answer_tracker(question: str) -> Tracker:
    """Track the answer to a question, if the tree asks it."""
    return Tracker(after=lambda memory, move: move.answer if move.question == question else memory)


def elimination_tracker(outcome: str) -> Tracker:
    """Track the answer that rules an outcome out, and the context in which it does."""

    def after(memory: Hashable, move: Move) -> Hashable:
        if outcome not in move.ruled_out:
            return memory
        return move.question, move.answer, move.context

    return Tracker(after=after)


def caveat_tracker(caveat: model.Caveat | None) -> Tracker:
    """Track whether a caveat is shown, if the tree has it.

    Remembered is how many conditions are still to be met: 0 when all are, -1 when one failed. No
    path asks a question twice, so the number suffices.
    """
    if caveat is None:
        return Tracker(start=-1)
    conditions, outcomes = caveat.when.answers, caveat.when.outcomes

    def after(open_conditions: int, move: Move) -> int:
        if open_conditions < 0 or move.question not in conditions:
            return open_conditions
        return open_conditions - 1 if move.answer in conditions[move.question] else -1

    def shown(open_conditions: int, leaf: Leaf) -> bool:
        return open_conditions == 0 and (not outcomes or leaf.advice.recommend in outcomes)

    return Tracker(len(conditions), after, shown)


@dataclass(frozen=True)
class Observable(Observer[tuple[Any, Any], Label]):
    """A part of the results of both trees.

    `kind` and `id` are those of its changes, empty for what the leaf decides. Where both trees show
    the same and `same_texts` says that they have the same words for it, nothing differs.
    """

    kind: str
    id: str
    old: Tracker
    new: Tracker
    same_texts: bool

    @property
    def start(self) -> tuple[Any, Any]:  # type: ignore[override] # each observable has its own
        return self.old.start, self.new.start

    def read(self, memory: tuple[Any, Any], question: str, step: Transition) -> tuple[Any, Any]:  # noqa: ARG002 - moves have it
        old, new = memory
        return reduce(self.old.after, step.old, old), reduce(self.new.after, step.new, new)

    def label(self, memory: tuple[Any, Any], end: ProductState) -> Label | None:
        old, new = end.old.node, end.new.node
        if arrival(end) or not isinstance(old, Leaf) or not isinstance(new, Leaf):
            return None
        shown = self.old.shown(memory[0], old), self.new.shown(memory[1], new)
        if self.same_texts and shown[0] == shown[1]:
            return None
        return *shown, end.old.context, end.new.context

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
    yield Observable("", "", leaf_tracker(), leaf_tracker(), same)
    for id, question, question_now in _paired(before.questions, after.questions):
        same = question == question_now
        if id in asked_by_one or (question and question_now and not same):
            yield Observable("trail", id, answer_tracker(id), answer_tracker(id), same)
    for id, caveat, caveat_now in _paired(before.caveats, after.caveats):
        same = not ruled and _with_sources(before, caveat) == _with_sources(after, caveat_now)
        if not same or (caveat and asked_by_one & caveat.when.answers.keys()):
            trackers = caveat_tracker(caveat), caveat_tracker(caveat_now)
            yield Observable("caveats", id, *trackers, same)
    for id, outcome, outcome_now in _paired(before.outcomes, after.outcomes):
        same = not ruled and outcome == outcome_now
        if not same or id in unevenly_out:
            yield Observable(
                "ruled_out", id, elimination_tracker(id), elimination_tracker(id), same
            )


def _out(moves: Iterable[Move]) -> set[tuple[str, str]]:
    return {(move.question, outcome) for move in moves for outcome in move.ruled_out}


def _with_sources(document: model.Document, caveat: model.Caveat | None) -> object:
    return caveat and (
        caveat,
        [document.sources[cited(citation)[0]] for citation in caveat.sources],
    )


def _paired(
    old: Mapping[str, Item], new: Mapping[str, Item]
) -> Iterator[tuple[str, Item | None, Item | None]]:
    for id in {**old, **new}:
        yield id, old.get(id), new.get(id)

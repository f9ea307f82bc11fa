"""The ways in which two trees' results can differ, each with the memory of the way that it needs.

`label` names a class of answer sets in which the same changes show; one set of each class is
evaluated to say which.
"""

from abc import abstractmethod
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from advisor.engine.comparing import projection
from advisor.engine.comparing.product_graph import Fork, Lost, Pair, Step
from advisor.engine.comparing.results import Change
from advisor.engine.tree import model
from advisor.engine.tree.graph import Ask, Leaf, Tree, cited

# The sections to which what a leaf says refers.
_OF_A_LEAF = ("title", "words", "outcomes", "sources", "figures", "measured")
# What a result shows by the way to it, not by its leaf alone.
BY_THE_WAY = frozenset({"trail", "ruled_out", "caveats"})


Label = tuple[object, ...]
Memory = TypeVar("Memory", bound=Hashable)


class Aspect(projection.Aspect[Memory, Label]):
    """One way in which results can differ, that also says which changes are its own."""

    @abstractmethod
    def shows(self, change: Change) -> bool: ...

    def final(self, memory: Memory) -> Label | None:  # noqa: ARG002 - some know sooner
        """The label that a memory will come to whatever follows; None where that is open."""
        return None


def aspects(
    old: Tree, new: Tree, states: Sequence[Fork | Pair], *, ruled: bool
) -> Iterator[Aspect[Any]]:
    """All that can differ in results with the same outcome. What cannot is left out: the same
    words, met on the same ways in both trees; but where policies rule, words depend on more.
    """
    steps = [step for fork in states if isinstance(fork, Fork) for step in fork.steps]
    odd = {id for step in steps for id in (*step.only_old, *step.only_new)}
    same_words = not ruled and all(
        getattr(old.document, name) == getattr(new.document, name) for name in _OF_A_LEAF
    )
    yield Leaves(same_words)
    same_sources = old.document.sources == new.document.sources
    questions, theirs = old.document.questions, new.document.questions
    for id in {**questions, **theirs}:
        before, after = questions.get(id), theirs.get(id)
        if id in odd or (before and after and _words(before) != _words(after)):
            yield Questions(id, before, after)
    caveats, their_caveats = old.document.caveats, new.document.caveats
    for id in {**caveats, **their_caveats}:
        one, other = caveats.get(id), their_caveats.get(id)
        on_odd_ways = any(odd & it.when.answers.keys() for it in (one, other) if it)
        if (
            ruled
            or one != other
            or on_odd_ways
            or (one and not same_sources and _cites(one, old, new))
        ):
            yield Caveats(id, one, other)
    same_reasons = (
        not ruled and old.document.outcomes == new.document.outcomes and questions == theirs
    )
    uneven = set(_unevenly_ruled_out(old, new, steps))
    for id in {**old.document.outcomes, **new.document.outcomes}:
        if id in uneven or not same_reasons:
            yield RuledOut(id, old, new, same_reasons)


class Leads(Aspect[None]):
    """Where answers led and lead, if that is not the same; or which answer one tree lacks."""

    def start(self) -> None:
        return None

    def end(self, memory: None, pair: Pair) -> Label | None:  # noqa: ARG002 - as every aspect
        old, new = pair.old, pair.new
        if isinstance(new, Lost):
            return "gone", new.question, new.answer
        if isinstance(old, Lost):
            return "added", old.question, old.answer
        if old.advice.recommend != new.advice.recommend:
            return "leads", old.advice.recommend, new.advice.recommend
        return None

    def shows(self, change: Change) -> bool:  # noqa: ARG002 - where answers lead is told by itself
        return False


@dataclass(frozen=True)
class Leaves(Aspect[None]):
    """Whatever a result says by its leaf alone. Equal advice reads alike in `same_words`."""

    same_words: bool

    def start(self) -> None:
        return None

    def end(self, memory: None, pair: Pair) -> Label | None:  # noqa: ARG002 - as every aspect
        match pair.old, pair.new:
            case Leaf(advice=old), Leaf(advice=new) if _same_outcome(pair):
                return None if old == new and self.same_words else (pair.old, pair.new)
        return None

    def shows(self, change: Change) -> bool:
        return change.kind not in BY_THE_WAY


@dataclass(frozen=True)
class Questions(Aspect[Label | None]):
    """A question of the trail: asked by one tree only, or with other words for the answer."""

    id: str
    old: model.Question | None
    new: model.Question | None

    def start(self) -> Label | None:
        return None

    def step(self, memory: Label | None, step: Step) -> Label | None:
        if self.id in step.only_new:
            return ("asked",)
        if self.id in step.only_old:
            return ("unasked",)
        for question, answer in step.both:
            if question == self.id and self._differs(answer):
                return ("words", answer)
        return memory

    def _differs(self, answer: str) -> bool:
        old, new = self.old, self.new
        return not (old and new) or (old.ask, old.short, _said(old, answer)) != (
            new.ask, new.short, _said(new, answer)
        )  # fmt: skip

    def end(self, memory: Label | None, pair: Pair) -> Label | None:
        return memory if _same_outcome(pair) else None

    def final(self, memory: Label | None) -> Label | None:
        return memory

    def shows(self, change: Change) -> bool:
        return change.kind == "trail" and change.id == self.id


@dataclass(frozen=True)
class Caveats(Aspect[tuple[int, int]]):
    """A caveat that one tree shows, or that reads otherwise.

    Remembered is how many conditions each side's answers have met; a path asks each question once,
    so the number of those met says that all were met. -1 is one that failed.
    """

    id: str
    old: model.Caveat | None
    new: model.Caveat | None

    def start(self) -> tuple[int, int]:
        return 0, 0

    def step(self, memory: tuple[int, int], step: Step) -> tuple[int, int]:
        old, new = memory
        for node, answer in step.old:
            old = _met(self.old, old, node.question, answer)
        for node, answer in step.new:
            new = _met(self.new, new, node.question, answer)
        return old, new

    def end(self, memory: tuple[int, int], pair: Pair) -> Label | None:
        if not _same_outcome(pair):
            return None
        old, new = memory
        shown = (_shown(self.old, old, pair.old), _shown(self.new, new, pair.new))
        return shown if any(shown) else None

    def shows(self, change: Change) -> bool:
        return change.kind == "caveats" and change.id == self.id


_Given = tuple[str, str] | None
_By = tuple[_Given, _Given]


@dataclass(frozen=True)
class RuledOut(Aspect[_By | None]):
    """An outcome that another answer rules out, or with other words.

    Remembered are the question and answer that ruled it out on each side.
    """

    id: str
    old: Tree
    new: Tree
    same_reasons: bool

    def start(self) -> _By | None:
        return None, None

    def step(self, memory: _By | None, step: Step) -> _By | None:
        if memory is None:
            return None
        old, new = memory
        for node, answer in step.old:
            if self.id in gone(self.old, node, answer):
                old = (node.question, answer)
        for node, answer in step.new:
            if self.id in gone(self.new, node, answer):
                new = (node.question, answer)
        if old is not None and old == new and self.same_reasons:
            return None
        return old, new

    def end(self, memory: _By | None, pair: Pair) -> Label | None:
        if not _same_outcome(pair) or (self.same_reasons and memory == self.start()):
            return None
        return memory

    def final(self, memory: _By | None) -> Label | None:
        return memory if memory is not None and None not in memory else None

    def shows(self, change: Change) -> bool:
        return change.kind == "ruled_out" and change.id == self.id


def _words(question: model.Question) -> tuple[object, ...]:
    """What the trail shows of a question."""
    return question.ask, question.short, *(_said(question, answer) for answer in question.answers)


def _said(question: model.Question, answer: str) -> tuple[str, str] | None:
    its = question.answers.get(answer)
    return (its.label, its.because) if its else None


def _cites(caveat: model.Caveat, old: Tree, new: Tree) -> bool:
    """Whether the caveat cites a source that changed."""
    ids = (cited(citation)[0] for citation in caveat.sources)
    return any(old.document.sources.get(id) != new.document.sources.get(id) for id in ids)


def _met(caveat: model.Caveat | None, met: int, question: str, answer: str) -> int:
    if caveat is None or met < 0 or question not in caveat.when.answers:
        return met
    return met + 1 if answer in caveat.when.answers[question] else -1


def _shown(caveat: model.Caveat | None, met: int, leaf: Leaf | Lost) -> bool:
    return (
        caveat is not None
        and isinstance(leaf, Leaf)
        and met == len(caveat.when.answers)
        and (not caveat.when.outcomes or leaf.advice.recommend in caveat.when.outcomes)
    )


def _same_outcome(pair: Pair) -> bool:
    old, new = pair.old, pair.new
    return (
        isinstance(old, Leaf)
        and isinstance(new, Leaf)
        and old.advice.recommend == new.advice.recommend
    )


def gone(tree: Tree, node: Ask, answer: str) -> frozenset[str]:
    """The outcomes that an answer takes out of play here."""
    child = node.next.get(answer)
    return frozenset(tree.outcomes(node.in_play & ~child.in_play) if child else ())


def _unevenly_ruled_out(old: Tree, new: Tree, steps: list[Step]) -> Iterator[str]:
    """Outcomes that some answer rules out in one tree only, or not in the same step."""
    for step in steps:
        before, after = (
            {(node.question, id) for node, answer in moves for id in gone(tree, node, answer)}
            for tree, moves in ((old, step.old), (new, step.new))
        )
        yield from (id for _, id in before ^ after)

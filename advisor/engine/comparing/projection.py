"""The joint graph of two trees under one aspect: the label of each answer set, and how many."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Generic, TypeVar

from advisor.engine.comparing.product_graph import Budget, Joint, Pair, Step

Memory = TypeVar("Memory", bound=Hashable)
Label = TypeVar("Label", bound=Hashable)


class Aspect(ABC, Generic[Memory, Label]):
    """One way to look at a set of answers: what is remembered on the way, and what it comes to.

    The label at the end is None where there is nothing to see.
    """

    @abstractmethod
    def start(self) -> Memory: ...
    @abstractmethod
    def end(self, memory: Memory, pair: Pair) -> Label | None: ...

    def step(self, memory: Memory, step: Step) -> Memory:  # noqa: ARG002 - some remember nothing
        return memory


@dataclass(frozen=True, slots=True)
class Region:
    """A group of answer sets: those with one of the answers of each question; all where empty."""

    answers: tuple[tuple[str, tuple[str, ...]], ...]
    count: int


@dataclass(slots=True)
class _Spot(Generic[Label]):
    """A state of the graph, seen with what is remembered there."""

    rank: int
    question: str = ""
    label: Label | None = None
    children: tuple[tuple[str, int], ...] = ()
    reached_by: tuple[int, str] = (-1, "")
    ways: int = 0


@dataclass(slots=True)
class View(Generic[Label]):
    """A graph under one aspect. `counts` says how many answer sets have each label."""

    spots: list[_Spot[Label]] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    counts: Counter[Label | None] = field(default_factory=Counter)
    samples: dict[Label | None, int] = field(default_factory=dict)

    def sample(self, label: Label) -> dict[str, str]:
        """Answers of one set with this label."""
        answers: list[tuple[str, str]] = []
        at = self.samples[label]
        while (reached := self.spots[at].reached_by) != (-1, ""):
            at = reached[0]
            answers.append((self.spots[at].question, reached[1]))
        return dict(reversed(answers))

    def regions(
        self, wanted: Callable[[Label | None], bool], limit: int
    ) -> tuple[tuple[Region, ...], int]:
        """The answer sets whose label is wanted, as groups that do not overlap, and how many more
        groups there are. A question whose answers make no difference is left out.
        """
        shapes = _Shapes()
        at: dict[int, int] = {}
        for number in self.order:
            spot = self.spots[number]
            if not spot.question:
                at[number] = YES if wanted(spot.label) else NO
            else:
                children = ((answer, at[child]) for answer, child in spot.children)
                at[number] = shapes.of(spot.question, children)
        found = islice(shapes.read(at[0]), limit)
        regions = tuple(Region(answers, self._ways(dict(answers), wanted)) for answers in found)
        return regions, shapes.lines[at[0]] - len(regions)

    def _ways(
        self, answers: dict[str, tuple[str, ...]], wanted: Callable[[Label | None], bool]
    ) -> int:
        """How many wanted answer sets have these answers."""
        ways = [0] * len(self.spots)
        ways[0], total = 1, 0
        for number in reversed(self.order):
            if not (here := ways[number]):
                continue
            spot = self.spots[number]
            if not spot.question:
                total += here if wanted(spot.label) else 0
                continue
            allowed = answers.get(spot.question)
            for answer, child in spot.children:
                if allowed is None or answer in allowed:
                    ways[child] += here
        return total


def seen(joint: Joint, aspect: Aspect[Any, Label], budget: Budget) -> View[Label]:
    """Look at the graph under one aspect. Raises TooLarge."""
    found = View[Label]()
    numbers: dict[tuple[int, Hashable], int] = {}
    waiting: list[tuple[int, Hashable]] = []

    def number(state: int, memory: Hashable, reached_by: tuple[int, str]) -> int:
        key = (state, memory)
        if key not in numbers:
            numbers[key] = len(found.spots)
            found.spots.append(_Spot(joint.states[state].rank, reached_by=reached_by))
            waiting.append(key)
        return numbers[key]

    number(0, aspect.start(), (-1, ""))
    while waiting:
        budget.spend()
        key = waiting.pop()
        at, here = numbers[key], joint.states[key[0]]
        spot = found.spots[at]
        if isinstance(here, Pair):
            spot.label = aspect.end(key[1], here)
            found.samples.setdefault(spot.label, at)
        else:
            spot.question = here.question
            spot.children = tuple(
                (step.answer, number(step.to, aspect.step(key[1], step), (at, step.answer)))
                for step in here.steps
            )
    found.order = sorted(range(len(found.spots)), key=lambda at: found.spots[at].rank)
    found.spots[0].ways = 1
    for at in reversed(found.order):
        spot = found.spots[at]
        for _, child in spot.children:
            found.spots[child].ways += spot.ways
        if not spot.question:
            found.counts[spot.label] += spot.ways
    return found


NO, YES, VOID = 0, 1, 2


class _Shapes:
    """What stands below a state, as a number: equal numbers lead on in the same way."""

    def __init__(self) -> None:
        self.forks: dict[int, tuple[str, tuple[tuple[int, tuple[str, ...]], ...]]] = {}
        self.lines: dict[int, int] = {NO: 0, YES: 1, VOID: 0}
        self._known: dict[tuple[str, tuple[tuple[int, tuple[str, ...]], ...]], int] = {}

    def of(self, question: str, children: Iterator[tuple[str, int]]) -> int:
        groups: dict[int, list[str]] = {}
        for answer, shape in children:
            if shape != VOID:
                groups.setdefault(shape, []).append(answer)
        if len(groups) < 2:
            return next(iter(groups), VOID)
        key = (question, tuple((shape, tuple(answers)) for shape, answers in groups.items()))
        if key not in self._known:
            shape = self._known[key] = len(self._known) + 3
            self.forks[shape] = key
            self.lines[shape] = sum(self.lines[child] for child in groups)
        return self._known[key]

    def read(self, root: int) -> Iterator[tuple[tuple[str, tuple[str, ...]], ...]]:
        """The way to every YES, first things first."""
        waiting: list[tuple[int, tuple[tuple[str, tuple[str, ...]], ...]]] = [(root, ())]
        while waiting:
            shape, so_far = waiting.pop()
            if shape == YES:
                yield so_far
            elif shape in self.forks:
                question, groups = self.forks[shape]
                for child, answers in reversed(groups):
                    if self.lines[child]:
                        waiting.append((child, (*so_far, (question, answers))))

"""Two trees walked at once: every set of answers that leads through both, without listing them.

A state is a pair of nodes and the answers that were given to the old tree and that the new one may
still ask for. States that agree in all three are one, so two trees of 2⁴⁰ paths are as many states
as they have nodes, as long as they ask in about the same order.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Generic, TypeVar

from advisor.engine.graph import Ask, Leaf, Node, Tree


class TooLarge(Exception):
    """The walk needs more states than its budget allows."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Where a tree cannot go on: its question does not have this answer of the other tree's."""

    question: str
    answer: str


Side = Ask | Leaf | Lost
End = Leaf | Lost


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """An answer, and the nodes that it moves on: the old tree's, and those of the new one.

    `only_new` is the question where the old tree does not ask it here; `only_old` are questions of
    the old tree that the new one will not ask any more.
    """

    question: str
    answer: str
    old: Ask | None
    new: tuple[tuple[Ask, str], ...]
    only_new: str
    only_old: tuple[str, ...]
    to: int


@dataclass(frozen=True, slots=True, eq=False)
class Fork:
    question: str
    steps: tuple[Step, ...]
    rank: int


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Where both trees have arrived. At most one of the two is lost."""

    old: End
    new: End
    rank: int = 0


@dataclass(slots=True)
class Budget:
    """How many states may still be visited."""

    left: int

    def spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise TooLarge


# The old node, the new one, the answers that it may still ask for, and the question that it must
# still ask: one of whose answers only the new tree has.
_State = tuple[Side, Side, tuple[tuple[str, str], ...], str]


class Joint:
    """The graph of both trees; its first state is the root. Raises TooLarge."""

    def __init__(self, old: Tree, new: Tree, budget: Budget) -> None:
        self.states: list[Fork | Pair] = []
        self._new = new
        self._bits = {id: 1 << bit for bit, id in enumerate(new.document.questions)}
        self._below = _below(new, self._bits)
        self._budget = budget
        self._walk((old.root, new.root, (), ""))

    def _walk(self, root: _State) -> None:
        numbers: dict[_State, int] = {root: 0}
        waiting = [root]
        made: dict[int, Fork | Pair] = {}

        def number(state: _State) -> int:
            if state not in numbers:
                numbers[state] = len(numbers)
                waiting.append(state)
            return numbers[state]

        while waiting:
            self._budget.spend()
            state = waiting.pop()
            made[numbers[state]] = self._made(state, number)
        self.states = [made[n] for n in range(len(made))]

    def _made(self, state: _State, number: Callable[[_State], int]) -> Fork | Pair:
        old, new, _, _ = state
        if isinstance(old, Ask):
            answers = list(old.next)
            if not isinstance(new, Lost) and self._bits.get(old.question, 0) & self._below[new]:
                theirs = self._new.document.questions[old.question].answers
                answers += (answer for answer in theirs if answer not in old.next)
            asked = old.question
        elif isinstance(new, Ask):
            answers, asked = list(new.next), new.question
        else:
            return Pair(old, new)
        rank = _height(old) + _height(new)
        steps = (self._step(state, asked, answer, number) for answer in answers)
        return Fork(asked, tuple(step for step in steps if step is not None), rank)

    def _step(
        self, state: _State, question: str, answer: str, number: Callable[[_State], int]
    ) -> Step | None:
        """None where neither tree can take these answers, or no tree asks for the odd one."""
        old, new, before, owed = state
        asked = old if isinstance(old, Ask) else None
        if asked is not None:
            old = asked.next.get(answer) or Lost(question, answer)
            owed = owed or (question if isinstance(old, Lost) else "")
        pending = dict(before) | {question: answer}
        moved: list[tuple[Ask, str]] = []
        dropped: tuple[str, ...] = ()
        while isinstance(new, Ask) and new.question in pending:
            given = pending.pop(new.question)
            moved.append((new, given))
            if new.question == owed:
                owed = ""
            new = new.next.get(given) or Lost(new.question, given)
        if isinstance(new, Lost):
            if isinstance(old, Lost):
                return None
            pending = {}
        else:
            below = self._below[new]
            dropped = tuple(id for id in pending if not self._bits.get(id, 0) & below)
            if owed in dropped:
                return None
            for id in dropped:
                del pending[id]
        to = number((old, new, tuple(sorted(pending.items())), owed))
        only_new = "" if asked is not None else question
        return Step(question, answer, asked, tuple(moved), only_new, dropped, to)


def _height(side: Side) -> int:
    return side.longest if isinstance(side, Ask) else 0


def _below(tree: Tree, bits: dict[str, int]) -> dict[Node, int]:
    """The questions that may be asked from each node on, a bit for each."""
    below: dict[Node, int] = {}
    for node in sorted(tree.nodes(), key=lambda node: node.longest):
        below[node] = 0
        if isinstance(node, Ask):
            for child in node.next.values():
                below[node] |= below[child]
            below[node] |= bits[node.question]
    return below


# What is asked of the graph


Memory = TypeVar("Memory", bound=Hashable)
Label = TypeVar("Label", bound=Hashable)


class Aspect(ABC, Generic[Memory, Label]):
    """One way to look at a set of answers: what is remembered on the way, and what it comes to.

    The label at the end is None where there is nothing to see.
    """

    @abstractmethod
    def start(self) -> Memory: ...
    @abstractmethod
    def step(self, memory: Memory, step: Step) -> Memory: ...
    @abstractmethod
    def end(self, memory: Memory, pair: Pair) -> Label | None: ...


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


def view(joint: Joint, aspect: Aspect[Any, Label], budget: Budget) -> View[Label]:
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

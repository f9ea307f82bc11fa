"""Two trees walked at once: every set of answers that leads through both, without listing them.

A state is a pair of nodes and the answers that were given to one tree and that the other may still
ask for. States that agree in all are one, so two trees of 2⁴⁰ paths are about as many states as
they have nodes. Only where the trees ask in quite another order is there much to remember.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from advisor.engine.tree.graph import Ask, Leaf, Node, Tree


class TooLarge(Exception):
    """The walk needs more states than its budget allows."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Where a tree cannot go on: its question does not have this answer of the other tree's."""

    question: str
    answer: str


Side = Ask | Leaf | Lost
End = Leaf | Lost


Move = tuple[Ask, str]
Answer = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """An answer, and the nodes of each tree that it answers, with what was given before.

    `both` are answers that both trees have asked for now, `only_old` and `only_new` questions of
    one tree that the other will not ask any more.
    """

    answer: str
    old: tuple[Move, ...]
    new: tuple[Move, ...]
    both: tuple[Answer, ...]
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]
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
    """How many states may still be visited; what a state remembers counts as well."""

    left: int

    def spend(self, remembered: int = 0) -> None:
        self.left -= 1 + remembered
        if self.left < 0:
            raise TooLarge


@dataclass(slots=True)
class _Walker:
    """One tree on the way: where it is, and the answers of the other that it may still ask for."""

    bits: Mapping[str, int]
    below: Mapping[Node, int]
    at: Side
    given: dict[str, str]
    moves: list[Move] = field(default_factory=list)

    def may_ask(self, question: str) -> bool:
        return not isinstance(self.at, Lost) and bool(
            self.bits.get(question, 0) & self.below[self.at]
        )

    def answer(self, answer: str) -> None:
        if isinstance(self.at, Ask):
            node = self.at
            self.moves.append((node, answer))
            self.at = node.next.get(answer) or Lost(node.question, answer)

    def go_on(self) -> tuple[Answer, ...]:
        """As far as the answers that are given reach; those that were asked for now."""
        used = []
        while isinstance(self.at, Ask) and self.at.question in self.given:
            used.append((self.at.question, self.given.pop(self.at.question)))
            self.answer(used[-1][1])
        return tuple(used)

    def forget(self) -> tuple[str, ...]:
        """Drop what can no longer be asked."""
        dropped = tuple(question for question in self.given if not self.may_ask(question))
        for question in dropped:
            del self.given[question]
        return dropped


_Given = tuple[Answer, ...]
# Both nodes, and what each may still ask for.
_State = tuple[Side, Side, _Given, _Given]


class Joint:
    """The graph of both trees; its first state is the root. Raises TooLarge."""

    def __init__(self, old: Tree, new: Tree, budget: Budget) -> None:
        self.states: list[Fork | Pair] = []
        self._trees = (old, new)
        self._bits = [
            {id: 1 << bit for bit, id in enumerate(tree.document.questions)} for tree in (old, new)
        ]
        self._below = [
            _below(tree, bits) for tree, bits in zip((old, new), self._bits, strict=True)
        ]
        self._walk((old.root, new.root, (), ()), budget)

    def _walk(self, root: _State, budget: Budget) -> None:
        numbers: dict[_State, int] = {root: 0}
        waiting = [root]
        made: dict[int, Fork | Pair] = {}

        def number(state: _State) -> int:
            if state not in numbers:
                numbers[state] = len(numbers)
                waiting.append(state)
            return numbers[state]

        while waiting:
            state = waiting.pop()
            budget.spend(len(state[2]) + len(state[3]))
            made[numbers[state]] = self._made(state, number)
        self.states = [made[n] for n in range(len(made))]

    def _made(self, state: _State, number: Callable[[_State], int]) -> Fork | Pair:
        old, new, *_ = state
        rank = _height(old) + _height(new)
        # The tree that is behind goes first, so that they stay together.
        if isinstance(old, Ask) and _height(old) >= _height(new):
            first, node = 0, old
        elif isinstance(new, Ask):
            first, node = 1, new
        else:
            assert not isinstance(old, Ask)  # noqa: S101 - it is as high as a node without questions
            return Pair(old, new)
        answers = list(node.next)
        if self._walker(state, 1 - first).may_ask(node.question):
            theirs = self._trees[1 - first].document.questions[node.question].answers
            answers += (answer for answer in theirs if answer not in node.next)
        steps = (self._step(state, first, node.question, answer, number) for answer in answers)
        return Fork(node.question, tuple(step for step in steps if step is not None), rank)

    def _step(
        self,
        state: _State,
        first: int,
        question: str,
        answer: str,
        number: Callable[[_State], int],
    ) -> Step | None:
        """None where neither tree can take these answers, or no tree asks for the odd one."""
        walkers = [self._walker(state, side) for side in (0, 1)]
        walkers[first].answer(answer)
        walkers[1 - first].given[question] = answer
        old, new = walkers
        both = old.go_on() + new.go_on()
        if isinstance(old.at, Lost) and isinstance(new.at, Lost):
            return None
        # What the one may no longer ask, the other did.
        only_new, only_old = old.forget(), new.forget()
        for at, other in ((old.at, only_old), (new.at, only_new)):
            # Only the tree that goes on has this answer, so it must ask for it.
            if isinstance(at, Lost) and at.question in other:
                return None
        to = number((old.at, new.at, _fixed(old.given), _fixed(new.given)))
        return Step(answer, tuple(old.moves), tuple(new.moves), both, only_old, only_new, to)

    def _walker(self, state: _State, side: int) -> _Walker:
        at, given = (state[1], state[3]) if side else (state[0], state[2])
        return _Walker(self._bits[side], self._below[side], at, dict(given))


def _fixed(given: dict[str, str]) -> _Given:
    return tuple(sorted(given.items()))


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


def paths(tree: Tree) -> int:
    """How many sets of answers lead through the tree."""
    ways: dict[Node, int] = {}
    for node in sorted(tree.nodes(), key=lambda node: node.longest):
        ways[node] = sum(map(ways.__getitem__, node.next.values())) if isinstance(node, Ask) else 1
    return ways[tree.root]

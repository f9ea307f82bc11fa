"""Two trees as one graph: every set of answers that leads through both, without listing them.

Each tree is a finite automaton that reads answers, in whatever order they come, and keeps those
that it may still ask for. Their product runs both on the same answers: a state is a pair of states
(J. E. Hopcroft and J. D. Ullman, "Introduction to Automata Theory, Languages, and Computation",
1979, where it gives the intersection of two languages). Two trees of 2⁴⁰ paths have about as many
states as they have nodes. Only trees that ask in quite another order have much to keep.
"""

from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from advisor.engine.comparing.findings import Arrival, DeadEnd, answers_of_both, arrival
from advisor.engine.comparing.policy_context import Context, ContextReader
from advisor.engine.tree.graph import Ask, Leaf, Node, Tree
from advisor.engine.tree.model import Recommend


class TooManyStates(Exception):
    """The comparison needs more states than its budget allows."""


@dataclass(slots=True)
class Budget:
    """How many states may still be made; what a state keeps counts as well."""

    left: int

    def spend(self, states: int = 1) -> None:
        """Count states. Raise TooManyStates."""
        self.left -= states
        if self.left < 0:
            raise TooManyStates


class Position(NamedTuple):
    """A state of one tree; `kept` are questions that it may still ask, with their answers."""

    node: Ask | Leaf | DeadEnd
    context: Context
    kept: tuple[tuple[str, str], ...] = ()

    @property
    def advice(self) -> Recommend:
        """Return what the tree recommends, at a leaf."""
        assert isinstance(self.node, Leaf)  # noqa: S101 - asked for at leaves only
        return self.node.advice


class Move(NamedTuple):
    """A question of one tree, the answer, the outcomes that it rules out, and the context then."""

    question: str
    answer: str
    ruled_out: tuple[str, ...]
    context: Context


@dataclass(frozen=True, slots=True, eq=False)
class Transition:
    """An answer, and how far it leads both trees, together with answers that they kept.

    `only_old` and `only_new` are questions of one tree that the other will not ask any more.
    """

    question: str
    answer: str
    old: tuple[Move, ...]
    new: tuple[Move, ...]
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]
    to: "ProductState"


@dataclass(slots=True, eq=False)
class ProductState:
    """A branching; or, without a question, an end pair: two leaves, or a leaf and a dead end."""

    old: Position
    new: Position
    question: str = ""
    transitions: tuple[Transition, ...] = ()

    @property
    def longest(self) -> int:
        """Return how many questions may follow."""
        return self.old.node.longest + self.new.node.longest

    @property
    def arrival(self) -> Arrival | None:
        """Return where answers lead, if not to leaves with the same outcome in both trees."""
        return arrival(self.old.node, self.new.node)


class ProductGraph:
    """The graph of both trees. `states` begin with the root and come before those they lead to.

    Raise TooManyStates where the budget does not suffice.
    """

    def __init__(self, old: Tree, new: Tree, budget: Budget) -> None:
        self.states: list[ProductState] = []
        self._trees = old, new
        self._old, self._new = _Automaton(old), _Automaton(new)
        root = ProductState(self._old.start, self._new.start)
        # States by how many questions may follow: every answer leads to fewer.
        self._waiting: list[dict[tuple[Position, Position], ProductState]] = [
            {} for _ in range(root.longest + 1)
        ]
        self._waiting[-1][root.old, root.new] = root
        while self._waiting:
            for state in self._waiting.pop().values():
                budget.spend(1 + len(state.old.kept) + len(state.new.kept))
                self._expand(state)
                self.states.append(state)

    def _expand(self, state: ProductState) -> None:
        # The tree that is behind asks first, so that there is little to keep.
        asking = max(state.old.node, state.new.node, key=attrgetter("longest"))
        if isinstance(asking, Ask):
            state.question = asking.question
            answers = answers_of_both(asking, *self._trees)
            made = (self._transition(state, answer) for answer in answers)
            state.transitions = tuple(transition for transition in made if transition)

    def _transition(self, state: ProductState, answer: str) -> Transition | None:
        """Return None where no answer set holds this answer."""
        old, old_moves, only_new = self._old.read(state.old, state.question, answer)
        new, new_moves, only_old = self._new.read(state.new, state.question, answer)
        if isinstance(old.node, DeadEnd) and isinstance(new.node, DeadEnd):
            return None
        for position, missed in ((old, only_old), (new, only_new)):
            # Only the tree that goes on has this answer, so it must ask for it.
            if isinstance(position.node, DeadEnd) and position.node.question in missed:
                return None
        to = ProductState(old, new)
        to = self._waiting[to.longest].setdefault((old, new), to)
        return Transition(state.question, answer, old_moves, new_moves, only_old, only_new, to)


class _Automaton:
    """One tree, which reads answers in whatever order they come."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._contexts = ContextReader(tree)
        self.start = Position(tree.root, self._contexts.start)
        self._bits = {id: 1 << bit for bit, id in enumerate(tree.document.questions)}
        # The questions that may be asked from each node on, a bit for each.
        self._below: dict[Node | DeadEnd, int] = {}
        for node in sorted(tree.nodes(), key=lambda node: node.longest):
            self._below[node] = 0
            if isinstance(node, Ask):
                self._below[node] = self._bits[node.question]
                for child in node.next.values():
                    self._below[node] |= self._below[child]

    def read(
        self, position: Position, question: str, answer: str
    ) -> tuple[Position, tuple[Move, ...], tuple[str, ...]]:
        """Go as far as the answer and those that were kept lead.

        Return the new position, the moves, and the questions that this tree will not ask any more.
        """
        node, context = position.node, position.context
        kept = {**dict(position.kept), question: answer}
        moves = []
        while isinstance(node, Ask) and node.question in kept:
            asked, given = node.question, kept.pop(node.question)
            following = node.next.get(given)
            lost = node.in_play & ~following.in_play if following else 0
            ruled_out = tuple(self._tree.outcomes(lost))
            context = self._contexts.after(context, asked, given, ruled_out)
            moves.append(Move(asked, given, ruled_out, context))
            node = following or DeadEnd(asked, given)
        below = self._below.get(node, 0)
        missed = tuple(id for id in kept if not self._bits.get(id, 0) & below)
        still = tuple(sorted((id, kept[id]) for id in kept if id not in missed))
        return Position(node, context, still), tuple(moves), missed

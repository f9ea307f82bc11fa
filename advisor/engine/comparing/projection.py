"""The product graph as one observable sees it: the label of each answer set, and how many.

Projecting an automaton onto what can be observed forgets all else. Here a state of the product
together with what an observable remembers of the way is a state of the projection, so that many
changes in a large tree stay many small graphs.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from advisor.engine.comparing.decision_diagram import NO, YES, Cube, DecisionDiagram
from advisor.engine.comparing.differences import Extent
from advisor.engine.comparing.observables import Label, Memory, Observable
from advisor.engine.comparing.product_graph import Budget, ProductGraph, ProductState

# A state of the product, and what is remembered there.
_State = tuple[ProductState, Memory]


@dataclass(frozen=True, slots=True)
class _Branching:
    question: str
    next: Mapping[str, _State]


class Projection:
    """The states that an observable tells apart, each before those that it leads to.

    Raise TooManyStates where the budget does not suffice.
    """

    def __init__(self, graph: ProductGraph, observable: Observable, budget: Budget) -> None:
        self._states: dict[_State, _Branching | Label | None] = {}
        self._root: _State = graph.states[0], observable.start
        reached: dict[ProductState, dict[Memory, None]] = {state: {} for state in graph.states}
        reached[self._root[0]][self._root[1]] = None
        for state in graph.states:
            for memory in reached[state]:
                budget.spend()
                if not state.question:
                    self._states[state, memory] = observable.label(memory, state)
                    continue
                following = {}
                for transition in state.transitions:
                    after = observable.after(memory, transition)
                    reached[transition.to][after] = None
                    following[transition.answer] = (transition.to, after)
                self._states[state, memory] = _Branching(state.question, following)
        self.counts = self.count({})

    def count(self, choices: Mapping[str, Collection[str]]) -> Counter[Label | None]:
        """Return how many answer sets have each label, of those that hold the given answers."""
        ways = Counter({self._root: 1})
        counts = Counter[Label | None]()
        for key, state in self._states.items():
            if not isinstance(state, _Branching):
                counts[state] += ways[key]
                continue
            wanted = choices.get(state.question, state.next)
            for answer, child in state.next.items():
                if answer in wanted:
                    ways[child] += ways[key]
        return counts

    def samples(self) -> Iterator[tuple[Label, ProductState, dict[str, str]]]:
        """Yield each label but None, with the end pair and the answers of one set that has it."""
        reached_by: dict[_State, tuple[_State, str, str]] = {}
        sampled = set()
        for key, state in self._states.items():
            if isinstance(state, _Branching):
                for answer, child in state.next.items():
                    reached_by.setdefault(child, (key, state.question, answer))
            elif state is not None and state not in sampled:
                sampled.add(state)
                answers, at = {}, key
                while at in reached_by:
                    at, question, answer = reached_by[at]
                    answers[question] = answer
                yield state, key[0], answers

    def root(self, diagram: DecisionDiagram, labels: Collection[Label]) -> int:
        """Return the diagram of the answer sets that have one of the labels."""
        nodes: dict[_State, int] = {}
        for key, state in reversed(self._states.items()):
            if isinstance(state, _Branching):
                children = ((answer, nodes[child]) for answer, child in state.next.items())
                nodes[key] = diagram.node(state.question, children)
            else:
                nodes[key] = YES if state in labels else NO
        return nodes[self._root]

    def extent(self, diagram: DecisionDiagram, labels: Collection[Label], regions: int) -> Extent:
        """Return how many answer sets have one of the labels, and which."""
        wanted = frozenset(labels)
        listed, more = diagram.cubes(self.root(diagram, wanted), regions)
        cubes = []
        for choices in listed:
            counts = self.count(dict(choices))
            cubes.append(Cube(choices, sum(counts[label] for label in wanted)))
        return Extent(sum(self.counts[label] for label in wanted), tuple(cubes), more)

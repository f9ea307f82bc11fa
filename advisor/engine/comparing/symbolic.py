"""Compare two trees without listing their answer sets: the way for large trees.

The product of both trees is projected onto one observable after the other. Answer sets are counted
by label along each projection, and one set of each label is evaluated to say what differs. What
becomes of an answer set in all is read off the decision diagrams of all changes together.
"""

from collections import Counter
from collections.abc import Iterable

from advisor.engine.comparing.decision_diagram import IMPOSSIBLE, NO, YES, DecisionDiagram
from advisor.engine.comparing.findings import Findings, compare_answers
from advisor.engine.comparing.observables import Observable, observables
from advisor.engine.comparing.product_graph import (
    Budget,
    ProductGraph,
    ProductState,
    TooManyStates,
)
from advisor.engine.comparing.projection import Projection
from advisor.engine.tree.graph import Tree

# What it costs to evaluate two trees for one answer set, in states.
EVALUATION = 10


def compare(old: Tree, new: Tree, states: int, regions: int) -> Findings:
    """Compare with at most so many states; list at most `regions` groups for a difference.

    What was found until the states ran out is returned, marked as unfinished.
    """
    findings = Findings(old, new)
    try:
        _Symbolic(findings, Budget(states), regions).compare()
    except TooManyStates:
        findings.unfinished = (
            "The two trees are too different to be compared for every set of answers: their "
            "questions come in too different an order. What is listed is not all."
        )
    return findings


class _Symbolic:
    def __init__(self, findings: Findings, budget: Budget, regions: int) -> None:
        self.findings = findings
        self.old, self.new = findings.old, findings.new
        self.budget, self.regions = budget, regions
        self.graph = ProductGraph(self.old, self.new, budget)
        self.diagram = DecisionDiagram()
        # For each observable, the diagram of the answer sets with a substantive change.
        self.substantive: set[int] = set()

    def compare(self) -> None:
        for observable in observables(self.old, self.new, self.graph):
            self.add(observable)
        self.findings.count(self.statuses())

    def add(self, observable: Observable) -> None:
        """Name what differs under each label by evaluating one answer set that has it."""
        projection = Projection(self.graph, observable, self.budget)
        compared = []
        for label, end, answers in projection.samples():
            self.budget.spend(EVALUATION)
            result = compare_answers(self.old, self.new, answers, end.arrival)
            owned = tuple(filter(observable.owns, result.changes))
            compared.append((label, result._replace(changes=owned)))
        self.findings.add(
            compared, lambda labels: projection.extent(self.diagram, labels, self.regions)
        )
        substantive = {label for label, result in compared if result.status == "advice"}
        if substantive:
            self.substantive.add(projection.root(self.diagram, substantive))

    def statuses(self) -> Counter[tuple[str, bool]]:
        """Count answer sets by what becomes of them, and whether the new tree asks for more.

        Remembered are the nodes of all diagrams that may still come to yes.
        """
        counts = Counter[tuple[str, bool]]()
        ways: dict[ProductState, Counter[tuple[frozenset[int], bool]]]
        ways = {state: Counter() for state in self.graph.states}
        ways[self.graph.states[0]][_undecided(self.substantive), False] = 1
        for state in self.graph.states:
            for (nodes, more), number in ways.pop(state).items():
                self.budget.spend()
                for step in state.transitions:
                    following = (
                        self.diagram.follow(node, step.question, step.answer) for node in nodes
                    )
                    after = _undecided(following), more or bool(step.only_new)
                    ways[step.to][after] += number
                if not state.question:
                    by_changes = "advice" if YES in nodes else "same"
                    status = state.arrival[0] if state.arrival else by_changes
                    counts[status, more] += number
        return counts


def _undecided(nodes: Iterable[int]) -> frozenset[int]:
    """Return the nodes that may still come to yes; only YES where one has."""
    undecided = frozenset(nodes) - {NO, IMPOSSIBLE}
    return frozenset({YES}) if YES in undecided else undecided

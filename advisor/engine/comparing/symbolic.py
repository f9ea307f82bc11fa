"""Compare two trees without listing their answer sets: the way for large trees.

The product of both trees is projected onto one observable after the other. Answer sets are counted
by label along each projection, and one set of each label is evaluated to say what differs. What
becomes of an answer set in all is read off the decision diagrams of all changes together.
"""

from collections.abc import Iterable

from advisor.engine.comparing.decision_diagram import IMPOSSIBLE, NO, YES, DecisionDiagram
from advisor.engine.comparing.differences import (
    Arrival,
    Findings,
    advice_changes,
    both_results,
    deciding_rules,
)
from advisor.engine.comparing.observables import (
    ArrivalLabel,
    ArrivalObserver,
    Label,
    Observable,
    arrival,
    observables,
)
from advisor.engine.comparing.product_graph import (
    Budget,
    ProductGraph,
    ProductState,
    TooManyStates,
    Transition,
)
from advisor.engine.comparing.projection import Observer, Projection
from advisor.engine.comparing.results import Change
from advisor.engine.tree.graph import Tree
from advisor.engine.walking.evaluate import Result

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
        self.add_arrivals()
        for observable in observables(self.old, self.new, self.graph):
            self.add_changes(observable)
        statuses = StatusObserver(self.diagram, self.substantive)
        counts = Projection(self.graph, statuses, self.budget).counts
        self.findings.count({label: count for label, count in counts.items() if label})

    def add_arrivals(self) -> None:
        """Find which answers lead elsewhere, and the rules that lead them there."""
        projection = Projection(self.graph, ArrivalObserver(), self.budget)
        groups: dict[Arrival, set[ArrivalLabel]] = {}
        rules: dict[Arrival, set[str]] = {}
        for label, answers in projection.samples():
            arrived, *_ = label
            groups.setdefault(arrived, set()).add(label)
            if arrived[0] == "outcome" and (self.old.policies or self.new.policies):
                lines = deciding_rules(*self.results(answers), self.new)
                rules.setdefault(arrived, set()).update(lines)
        for arrived, labels in groups.items():
            where = projection.extent(self.diagram, labels, self.regions)
            self.findings.add(arrived, where, rules.get(arrived, ()))

    def add_changes(self, observable: Observable) -> None:
        """Name what changes under each label by evaluating one answer set that has it."""
        projection = Projection(self.graph, observable, self.budget)
        labels: dict[Change, set[Label]] = {}
        for label, answers in projection.samples():
            for change in advice_changes(*self.results(answers)):
                if observable.owns(change):
                    labels.setdefault(change, set()).add(label)
        for change, group in labels.items():
            self.findings.add(change, projection.extent(self.diagram, group, self.regions))
        substantive = [group for change, group in labels.items() if not change.editorial]
        if substantive:
            self.substantive.add(projection.root(self.diagram, set().union(*substantive)))

    def results(self, answers: dict[str, str]) -> tuple[Result, Result]:
        self.budget.spend(EVALUATION)
        return both_results(self.old, self.new, answers)


class StatusObserver(Observer[tuple[frozenset[int], bool], tuple[str, bool]]):
    """What becomes of an answer set, and whether the new tree asks for more.

    Remembered are the nodes of the diagrams that may still come to yes.
    """

    def __init__(self, diagram: DecisionDiagram, substantive: Iterable[int]) -> None:
        self._diagram = diagram
        self.start = _undecided(substantive), False

    def read(
        self, memory: tuple[frozenset[int], bool], question: str, transition: Transition
    ) -> tuple[frozenset[int], bool]:
        nodes, more = memory
        answer = transition.answer
        after = _undecided(self._diagram.follow(node, question, answer) for node in nodes)
        return after, more or bool(transition.only_new)

    def label(self, memory: tuple[frozenset[int], bool], end: ProductState) -> tuple[str, bool]:
        nodes, more = memory
        arrived = arrival(end)
        status = arrived[0] if arrived else "advice" if YES in nodes else "same"
        return status, more


def _undecided(nodes: Iterable[int]) -> frozenset[int]:
    """Return the nodes that may still come to yes; only YES where one has."""
    undecided = frozenset(nodes) - {NO, IMPOSSIBLE}
    return frozenset({YES}) if YES in undecided else undecided

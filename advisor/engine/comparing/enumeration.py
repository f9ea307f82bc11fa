"""Compare two trees by a walk along every set of answers: the plain way, for small trees.

An answer set is what leads through both trees: the answers that the old one asks for, with those
that the new one asks for beside them. Where one tree does not have an answer of the other, the
other is walked to its end.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from advisor.engine.comparing.decision_diagram import NO, YES, Choices, Cube, DecisionDiagram
from advisor.engine.comparing.differences import Extent
from advisor.engine.comparing.findings import (
    Arrival,
    DeadEnd,
    Findings,
    answers_of_both,
    arrival,
    compare_answers,
)
from advisor.engine.tree.graph import Ask, Node, Tree, nodes_below

# The questions and answers that lead to a place, in the order in which they are asked.
Path = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Walked:
    """How far answers lead in one tree, and those of them that it asks for."""

    end: Node | DeadEnd
    answers: dict[str, str]


@dataclass(frozen=True, slots=True)
class AnswerSet:
    """Answers that lead through both trees, or through one up to an answer of the other only."""

    path: Path
    old: Walked
    new: Walked

    @property
    def arrival(self) -> Arrival | None:
        """Return where the answers lead, if not to the same outcome in both trees."""
        return arrival(self.old.end, self.new.end)

    @property
    def asks_for_more(self) -> bool:
        """Return whether the new tree asks a question that the old one does not."""
        return not self.new.answers.keys() <= self.old.answers.keys()


def answer_sets(old: Tree, new: Tree) -> Iterator[AnswerSet]:
    """Yield every set of answers that leads through both trees, each once."""
    waiting: list[Path] = [()]
    while waiting:
        path = waiting.pop()
        first, second = (_walked(tree, dict(path)) for tree in (old, new))
        if not (_possible(first, second) and _possible(second, first)):
            continue
        # The tree that is behind asks first, so that the questions of both stay together.
        asking = max(first.end, second.end, key=attrgetter("longest"))
        if isinstance(asking, Ask):
            answers = reversed(tuple(answers_of_both(asking, old, new)))
            waiting += ((*path, (asking.question, answer)) for answer in answers)
        else:
            yield AnswerSet(path, first, second)


def _walked(tree: Tree, answers: Mapping[str, str]) -> Walked:
    node: Node | DeadEnd = tree.root
    given: dict[str, str] = {}
    while isinstance(node, Ask) and node.question in answers:
        question, answer = node.question, answers[node.question]
        given[question] = answer
        node = node.next.get(answer) or DeadEnd(question, answer)
    return Walked(node, given)


def _possible(walked: Walked, other: Walked) -> bool:
    """Return whether the other tree asks, or may still ask, for an answer that this one lacks."""
    if not isinstance(walked.end, DeadEnd):
        return True
    question = walked.end.question
    return not isinstance(other.end, DeadEnd) and (
        question in other.answers
        or any(getattr(node, "question", "") == question for node in nodes_below(other.end))
    )


def compare(old: Tree, new: Tree, sets: Sequence[AnswerSet], regions: int) -> Findings:
    """Evaluate both trees for every answer set; list at most `regions` groups for a difference."""
    findings = Findings(old, new)
    compared = [
        compare_answers(old, new, dict(answer_set.path), answer_set.arrival) for answer_set in sets
    ]
    paths = (answer_set.path for answer_set in sets)
    findings.add(zip(paths, compared, strict=True), _Description(sets, regions).extent)
    asks_for_more = (answer_set.asks_for_more for answer_set in sets)
    statuses = (result.status for result in compared)
    findings.count(Counter(zip(statuses, asks_for_more, strict=True)))
    return findings


class _Description:
    """Says which answer sets belong to a group, of all that there are."""

    def __init__(self, sets: Iterable[AnswerSet], regions: int) -> None:
        self.regions = regions
        self.diagram = DecisionDiagram()
        # The question after some answers, and the answers that lead on.
        self.asked: dict[Path, tuple[str, dict[str, None]]] = {}
        for answer_set in sets:
            path = answer_set.path
            for at, (question, answer) in enumerate(path):
                self.asked.setdefault(path[:at], (question, {}))[1][answer] = None
        self.extents: dict[tuple[Path, ...], Extent] = {}

    def extent(self, group: Sequence[Path]) -> Extent:
        """Return how many answer sets are in a group, and which; many changes share a group."""
        key = tuple(group)
        if key not in self.extents:
            listed, more = self.diagram.cubes(self.root(group), self.regions)
            cubes = tuple(Cube(choices, _inside(choices, group)) for choices in listed)
            self.extents[key] = Extent(len(group), cubes, more)
        return self.extents[key]

    def root(self, group: Sequence[Path]) -> int:
        """Return the group's diagram, made from the last questions to the first."""
        nodes = dict.fromkeys(group, YES)
        prefixes = {path[:at] for path in group for at in range(len(path))}
        for prefix in sorted(prefixes, key=len, reverse=True):
            question, answers = self.asked[prefix]
            nodes[prefix] = self.diagram.node(
                question,
                ((answer, nodes.get((*prefix, (question, answer)), NO)) for answer in answers),
            )
        return nodes[()]


def _inside(choices: Choices, group: Iterable[Path]) -> int:
    """Return how many answer sets of a group are in a cube."""
    wanted = dict(choices)
    given = (dict(path) for path in group)
    return sum(
        all(answers.get(question) in wanted[question] for question in wanted) for answers in given
    )

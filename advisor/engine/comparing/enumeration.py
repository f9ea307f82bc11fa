"""Compare two trees by a walk along every set of answers: the plain way, for small trees.

An answer set is what leads through both trees: the answers that the old one asks for, with those
that the new one asks for beside them. Where one tree does not have an answer of the other, the
other is walked to its end.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from advisor.engine.comparing.decision_diagram import NO, YES, Choices, Cube, DecisionDiagram
from advisor.engine.comparing.differences import (
    Arrival,
    Extent,
    Findings,
    advice_changes,
    both_results,
    deciding_rules,
)
from advisor.engine.comparing.results import Change
from advisor.engine.tree.graph import Ask, Leaf, Node, Tree, nodes_below

# The questions and answers that lead to a place, in the order in which they are asked.
Path = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Walked:
    """How far answers lead in one tree; `end` is None at an answer that the tree does not have."""

    end: Node | None
    answers: dict[str, str]

    @property
    def longest(self) -> int:
        """Return how many questions may follow."""
        return self.end.longest if self.end else 0

    def may_ask(self, question: str) -> bool:
        """Return whether the tree asked the question or may still do so."""
        return question in self.answers or (
            self.end is not None
            and any(
                isinstance(node, Ask) and node.question == question
                for node in nodes_below(self.end)
            )
        )


@dataclass(frozen=True, slots=True)
class AnswerSet:
    """Answers that lead through both trees, or through one up to an answer of the other only."""

    path: Path
    old: Walked
    new: Walked

    @property
    def arrival(self) -> Arrival | None:
        """Return where the answers lead, if not to the same outcome in both trees."""
        old, new = self.old.end, self.new.end
        if isinstance(old, Leaf) and isinstance(new, Leaf):
            before, after = old.advice.recommend, new.advice.recommend
            return ("outcome", before, after) if before != after else None
        lost = self.new if new is None else self.old
        question, answer = list(lost.answers.items())[-1]
        return "gone" if new is None else "added", question, answer

    @property
    def asks_for_more(self) -> bool:
        """Return whether the new tree asks a question that the old one does not."""
        return not self.new.answers.keys() <= self.old.answers.keys()


def answer_sets(old: Tree, new: Tree) -> Iterator[AnswerSet]:
    """Yield every set of answers that leads through both trees, each once."""
    waiting: list[Path] = [()]
    while waiting:
        path = waiting.pop()
        walks = [_walked(tree, dict(path)) for tree in (old, new)]
        if not _possible(*walks) or not _possible(*reversed(walks)):
            continue
        # The tree that is behind asks first, so that the questions of both stay together.
        asking = max(walks, key=lambda walk: walk.longest).end
        if isinstance(asking, Ask):
            question = asking.question
            answers = dict.fromkeys(asking.next)
            for tree in (old, new):
                if question in tree.document.questions:
                    answers |= dict.fromkeys(tree.document.questions[question].answers)
            waiting += ((*path, (question, answer)) for answer in reversed(answers))
        else:
            yield AnswerSet(path, *walks)


def _walked(tree: Tree, answers: Mapping[str, str]) -> Walked:
    node: Node | None = tree.root
    given: dict[str, str] = {}
    while isinstance(node, Ask) and node.question in answers:
        given[node.question] = answers[node.question]
        node = node.next.get(answers[node.question])
    return Walked(node, given)


def _possible(walked: Walked, other: Walked) -> bool:
    """Return whether an answer that a tree does not have is one that the other asks for."""
    return walked.end is not None or (
        other.end is not None and other.may_ask(list(walked.answers)[-1])
    )


def compare(old: Tree, new: Tree, sets: Sequence[AnswerSet], regions: int) -> Findings:
    """Evaluate both trees for every answer set; list at most `regions` groups for a difference."""
    findings = Findings(old, new)
    statuses = Counter[tuple[str, bool]]()
    groups: dict[Change | Arrival, list[Path]] = {}
    rules: dict[Change | Arrival, set[str]] = {}
    for answer_set in sets:
        status, differences = _compared(answer_set, old, new)
        statuses[status, answer_set.asks_for_more] += 1
        for difference in differences:
            groups.setdefault(difference, []).append(answer_set.path)
        if status == "outcome" and (old.policies or new.policies):
            lines = deciding_rules(*both_results(old, new, dict(answer_set.path)), new)
            rules.setdefault(differences[0], set()).update(lines)
    description = _Description(sets, regions)
    for difference, group in groups.items():
        findings.add(difference, description.extent(tuple(group)), rules.get(difference, ()))
    findings.count(statuses)
    return findings


def _compared(
    answer_set: AnswerSet, old: Tree, new: Tree
) -> tuple[str, tuple[Change | Arrival, ...]]:
    """Return what becomes of an answer set, and what differs."""
    if arrival := answer_set.arrival:
        return arrival[0], (arrival,)
    found = tuple(advice_changes(*both_results(old, new, dict(answer_set.path))))
    return "same" if all(change.editorial for change in found) else "advice", found


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

    def extent(self, group: tuple[Path, ...]) -> Extent:
        """Return how many answer sets are in a group, and which; many changes share one."""
        if group not in self.extents:
            listed, more = self.diagram.cubes(self.root(group), self.regions)
            cubes = tuple(Cube(choices, _inside(choices, group)) for choices in listed)
            self.extents[group] = Extent(len(group), cubes, more)
        return self.extents[group]

    def root(self, group: tuple[Path, ...]) -> int:
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

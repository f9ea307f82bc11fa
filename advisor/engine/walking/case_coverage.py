"""How much of a tree its cases walk.

Paths are counted by a memo over the graph, never listed: forty questions of two answers have 2⁴⁰ of
them.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import islice

from advisor.engine.tree.graph import Ask, Leaf, Node, Tree
from advisor.engine.tree.model import Case


@dataclass(frozen=True, slots=True)
class CaseWalk:
    """What a case comes to: the answers on its way, and the node where they end."""

    case: Case
    answers: Mapping[str, str]
    end: Node

    @property
    def holds(self) -> bool:
        """Tell whether the answers lead to the outcome that the case expects."""
        return isinstance(self.end, Leaf) and self.end.advice.recommend == self.case.expect


@dataclass(frozen=True, slots=True)
class Count:
    reached: int
    total: int

    @property
    def percent(self) -> int:
        """Return the share in percent, rounded down: 100 is all of them."""
        return 100 * self.reached // self.total if self.total else 100


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the cases reach. The lists are cut, the counts are not.

    `paths` are the sets of answers from the first question to a recommendation, `leaves` the
    distinct recommendations, `answers` the answers of every question wherever the tree places it.
    `missed_leaves` are recommendations that no case reaches, each as a case that would.
    `missed_answers` are answers that no case gives although it meets the question: the last of
    each, after those that lead there. `suggested` are cases that would reach all that is listed,
    and whatever else is missed, as far as there is room.
    """

    paths: Count
    leaves: Count
    answers: Count
    missed_leaves: tuple[Case, ...]
    missed_answers: tuple[Mapping[str, str], ...]
    suggested: tuple[Case, ...]


def walk_case(tree: Tree, case: Case) -> CaseWalk:
    """Follow the case's answers as far as they lead."""
    end: Node = tree.root
    trail = {}
    for node, answer in _steps(tree.root, case.answers):
        trail[node.question] = answer
        end = node.next[answer]
    return CaseWalk(case, trail, end)


def coverage(tree: Tree, cases: Iterable[Case], limit: int = 20) -> Coverage:
    """Return what the cases reach that end at a recommendation, and what they miss.

    Of each kind that they miss, at most `limit` are listed.
    """
    walked = _Walked(tree)
    for case in cases:
        walked.add(walk_case(tree, case))
    nodes = tuple(tree.nodes())
    return Coverage(
        Count(len(walked.paths), count_paths(tree.root)),
        Count(len(walked.ends), sum(isinstance(node, Leaf) for node in nodes)),
        Count(len(walked.given), sum(len(node.next) for node in nodes if isinstance(node, Ask))),
        tuple(islice(walked.missed_leaves(), limit)),
        tuple(islice(walked.missed_answers(), limit)),
        tuple(islice(walked.suggested(), limit)),
    )


def count_paths(root: Node) -> int:
    """Return how many sets of answers lead from the node to a recommendation."""
    counts: dict[int, int] = {}

    def count(node: Node) -> int:
        if isinstance(node, Leaf):
            return 1
        if id(node) not in counts:
            counts[id(node)] = sum(map(count, node.next.values()))
        return counts[id(node)]

    return count(root)


_Trail = tuple[tuple[str, str], ...]


class _Walked:
    """What has been reached so far.

    `given` are a node and an answer, `ends` leaves; `first` is the trail on which a question's node
    was met first.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.paths: set[_Trail] = set()
        self.ends: set[int] = set()
        self.given: set[tuple[int, str]] = set()
        self.first: dict[int, _Trail] = {id(tree.root): ()}
        self.ways = _shortest_ways(tree.root)

    def add(self, walk: CaseWalk) -> None:
        """Take in a case; one that ends at a question reaches nothing."""
        if isinstance(walk.end, Leaf):
            trail = tuple(walk.answers.items())
            self.paths.add(trail)
            self.ends.add(id(walk.end))
            for depth, (node, answer) in enumerate(_steps(self.tree.root, walk.answers)):
                self.given.add((id(node), answer))
                self.first.setdefault(id(node), trail[:depth])

    def missed_leaves(self) -> Iterator[Case]:
        """Yield recommendations that no case reaches, each as a case that would."""
        for node, _ in self.ways.values():
            if isinstance(node, Leaf) and id(node) not in self.ends:
                yield self.case(self.way_to(node))

    def missed_answers(self) -> Iterator[Mapping[str, str]]:
        """Yield answers that no case gives although it meets the question, behind their trail."""
        for node, answer in self.steps():
            if id(node) in self.first and (id(node), answer) not in self.given:
                yield dict((*self.first[id(node)], (node.question, answer)))

    def suggested(self) -> Iterator[Case]:
        """Yield one case after the other, each for what those before it left out."""
        given = set(self.given)
        for case in self.missed_leaves():
            given |= self.given_by(case)
            yield case
        for node, answer in self.steps():
            if (id(node), answer) not in given:
                before = self.first.get(id(node)) or self.way_to(node)
                case = self.case((*before, (node.question, answer)), given)
                given |= self.given_by(case)
                yield case

    def steps(self) -> Iterator[tuple[Ask, str]]:
        """Yield every answer wherever it is asked, the nearest first."""
        for node, _ in self.ways.values():
            if isinstance(node, Ask):
                yield from ((node, answer) for answer in node.next)

    def given_by(self, case: Case) -> set[tuple[int, str]]:
        """Return the questions' nodes on the path of a case, each with its answer."""
        return {(id(node), answer) for node, answer in _steps(self.tree.root, case.answers)}

    def way_to(self, node: Node) -> _Trail:
        """Return the shortest trail to a node."""
        trail = []
        came = self.ways[id(node)][1]
        while came:
            above, answer = came
            trail.append((above.question, answer))
            came = self.ways[id(above)][1]
        return tuple(reversed(trail))

    def case(self, trail: _Trail, given: AbstractSet[tuple[int, str]] = frozenset()) -> Case:
        """Return the trail as a case, led on to a recommendation by answers that are new."""
        answers = dict(trail)
        node: Node = self.tree.root
        while isinstance(node, Ask):
            if node.question not in answers:
                new = [answer for answer in node.next if (id(node), answer) not in given]
                answers[node.question] = (new or list(node.next))[0]
            node = node.next[answers[node.question]]
        return Case(answers=answers, expect=node.advice.recommend)


def _shortest_ways(root: Node) -> dict[int, tuple[Node, tuple[Ask, str] | None]]:
    """Return every node, with the question and answer that lead to it soonest.

    The nearest first.
    """
    ways: dict[int, tuple[Node, tuple[Ask, str] | None]] = {id(root): (root, None)}
    waiting = deque([root])
    while waiting:
        node = waiting.popleft()
        if isinstance(node, Ask):
            for answer, below in node.next.items():
                if id(below) not in ways:
                    ways[id(below)] = (below, (node, answer))
                    waiting.append(below)
    return ways


def _steps(root: Node, answers: Mapping[str, str]) -> Iterator[tuple[Ask, str]]:
    """Yield the questions on the way of these answers, each with its answer."""
    node = root
    while isinstance(node, Ask) and (answer := answers.get(node.question, "")) in node.next:
        yield node, answer
        node = node.next[answer]

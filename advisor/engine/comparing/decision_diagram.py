"""Describe which answer sets belong to a group: a reduced decision diagram, read as cubes.

A decision diagram asks one question after the other until it says yes or no. Two rules reduce it:
equal nodes are one node, and a question whose answers all lead to the same node is left out. What
is left is the same for equal groups, and names only questions that matter. These are the reduced
ordered diagrams of R. E. Bryant, "Graph-Based Algorithms for Boolean Function Manipulation" (IEEE
Transactions on Computers C-35, 1986), with as many branches as a question has answers
("multi-valued"). The order of the questions is that in which two trees ask them together, so it may
differ from one path to another.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

# The two ends of a diagram, and what follows an answer that no answer set holds.
NO, YES, IMPOSSIBLE = 0, 1, 2

# Questions, each with those of its answers that lead on.
Choices = tuple[tuple[str, tuple[str, ...]], ...]
# A question, and what follows: a node and the answers that lead to it.
_Branching = tuple[str, tuple[tuple[int, tuple[str, ...]], ...]]


@dataclass(frozen=True, slots=True)
class Cube:
    """The answer sets with one of the listed answers to each listed question; all where empty."""

    answers: Choices
    count: int


class DecisionDiagram:
    """Nodes as numbers, shared by all groups that are described: equal numbers are equal groups."""

    def __init__(self) -> None:
        self._branchings: dict[int, _Branching] = {}
        self._numbers: dict[_Branching, int] = {}
        self._cubes = {NO: 0, YES: 1, IMPOSSIBLE: 0}

    def node(self, question: str, children: Iterable[tuple[str, int]]) -> int:
        """Return the reduced node for a question and the node that follows each answer."""
        grouped: dict[int, list[str]] = {}
        for answer, child in children:
            if child != IMPOSSIBLE:
                grouped.setdefault(child, []).append(answer)
        if len(grouped) < 2:
            return next(iter(grouped), IMPOSSIBLE)
        branching = question, tuple((child, tuple(answers)) for child, answers in grouped.items())
        if branching not in self._numbers:
            number = self._numbers[branching] = len(self._numbers) + 3
            self._branchings[number] = branching
            self._cubes[number] = sum(self._cubes[child] for child in grouped)
        return self._numbers[branching]

    def follow(self, node: int, question: str, answer: str) -> int:
        """Return the node after an answer: the same one where the question does not matter."""
        asked, groups = self._branchings.get(node, ("", ()))
        if asked != question:
            return node
        return next((child for child, answers in groups if answer in answers), IMPOSSIBLE)

    def cubes(self, root: int, limit: int) -> tuple[list[Choices], int]:
        """Return at most `limit` cubes of a group, and how many more there are.

        Cubes do not overlap. Each is a path to yes, the first answers first.
        """
        listed = list(islice(self._paths(root), limit))
        return listed, self._cubes[root] - len(listed)

    def _paths(self, root: int) -> Iterator[Choices]:
        waiting: list[tuple[int, Choices]] = [(root, ())]
        while waiting:
            node, choices = waiting.pop()
            if node == YES:
                yield choices
            elif node in self._branchings:
                question, groups = self._branchings[node]
                waiting += (
                    (child, (*choices, (question, answers)))
                    for child, answers in reversed(groups)
                    if self._cubes[child]
                )

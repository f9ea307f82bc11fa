"""A tree that can be walked: a graph of questions and recommendations.

Equal sub-trees are one node, so that a tree that says the same in many places stays small, and
whatever is asked of a node is answered once. Sets of outcomes are integers, a bit for each outcome
in the order of the file.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from advisor.engine.tree import model
from advisor.engine.tree.policy_model import Policy


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """A recommendation. `in_play` holds its outcome and its alternatives."""

    advice: model.Recommend
    in_play: int
    chosen: int
    shortest: int = 0
    longest: int = 0
    repeatable: int = 0
    leaves: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """A question, and the node that follows each of its answers, in the order of the answers.

    `in_play` are the outcomes that some leaf below names, `chosen` those that one recommends.
    `shortest` and `longest` count the questions to a leaf, this one included. `repeatable` are the
    questions from here on, of those that are placed more than once. `leaves` counts the leaves of
    the tree as drawn, where answers with one continuation share a branch.
    """

    question: str
    next: Mapping[str, "Node"]
    in_play: int
    chosen: int
    shortest: int
    longest: int
    repeatable: int
    leaves: int

    def branches(self) -> list[tuple[tuple[str, ...], "Node"]]:
        """Return what follows, with all the answers that lead there."""
        groups: dict[int, tuple[list[str], Node]] = {}
        for answer, node in self.next.items():
            groups.setdefault(id(node), ([], node))[0].append(answer)
        return [(tuple(answers), node) for answers, node in groups.values()]


Node = Ask | Leaf


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree that holds what `tree/README.md` promises; made by `link`, and by `policies`.

    With policies in force it is the effective tree: they are by id, and `base` is the tree without
    them. `taken` are the parameters that each outcome's kit takes; None where no kit was read.
    `templates` are the texts that quote figures, as they were written, by the texts in `document`.
    """

    document: model.Document
    root: Node
    outcome_ids: tuple[str, ...]
    base: "Tree | None" = None
    policies: Mapping[str, Policy] = field(default_factory=dict)
    taken: Mapping[str, tuple[str, ...]] | None = None
    templates: Mapping[str, str] = field(default_factory=dict)

    @property
    def without_policies(self) -> "Tree":
        """Return the tree without policies."""
        return self.base or self

    def outcomes(self, mask: int) -> Iterator[str]:
        """Yield the ids of the outcomes in a set, in the order of the file."""
        while mask:
            lowest = mask & -mask
            yield self.outcome_ids[lowest.bit_length() - 1]
            mask ^= lowest

    def nodes(self) -> Iterator[Node]:
        """Yield every node once, the root first."""
        yield from nodes_below(self.root)


class Nodes:
    """Makes nodes from the leaves up, one for equal content."""

    def __init__(self, outcomes: Iterable[str]) -> None:
        self.bit = {id: 1 << at for at, id in enumerate(outcomes)}
        self.made: dict[object, Node] = {}

    def leaf(self, advice: model.Recommend) -> Node:
        """Return the node of a recommendation; outcomes that are unknown are in no set."""
        chosen = in_play = self.bit.get(advice.recommend, 0)
        for id in advice.or_:
            in_play |= self.bit.get(id, 0)
        key = (
            advice.recommend, advice.because, *advice.or_.items(), advice.first, advice.note,
            *advice.sources,
        )  # fmt: skip
        return self.made.setdefault(key, Leaf(advice, in_play, chosen))

    def ask(self, question: str, following: Mapping[str, Node], repeatable: int) -> Node:
        """Return the node of a question.

        `repeatable` are those below that stand in the tree repeatedly.
        """
        key = (question, *following.items())
        if key not in self.made:
            nodes = set(following.values())
            in_play = chosen = leaves = 0
            for node in nodes:
                in_play |= node.in_play
                chosen |= node.chosen
                leaves += node.leaves
            shortest = 1 + min([node.shortest for node in nodes])
            longest = 1 + max([node.longest for node in nodes])
            self.made[key] = Ask(
                question, following, in_play, chosen, shortest, longest, repeatable, leaves
            )
        return self.made[key]


def nodes_below(root: Node) -> Iterator[Node]:
    """Yield the node and every node that can follow it, each once, in the order of the answers."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            if isinstance(node, Ask):
                waiting += reversed(tuple(node.next.values()))


def cited(citation: str) -> tuple[str, str]:
    """Return a citation's source id and the place in it, which may be empty."""
    source, _, place = citation.partition(" ")
    return source, place.strip()


def takes(question: model.Question, answer: str) -> bool:
    """Tell whether an address can hold this answer to the question."""
    return answer in question.answers or bool(answer == model.UNSURE and question.unsure)


def applies(when: model.When, outcome: str, answers: Mapping[str, str]) -> bool:
    """Tell whether a condition holds for an outcome and the answers that led to it."""
    return (not when.outcomes or outcome in when.outcomes) and all(
        answers.get(question) in wanted for question, wanted in when.answers.items()
    )

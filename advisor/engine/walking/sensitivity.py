"""What other answers would have led to: how near each other outcome is, and what one answer does.

Computed from the tree by memos over its nodes; paths are never enumerated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from advisor.engine.tree.graph import Ask, Leaf, Node, Tree
from advisor.engine.walking.evaluate import Instead, Nearest, OtherAnswer, Result, option


def with_what_if(tree: Tree, result: Result) -> Result:
    """Return the tree's result for these answers, with what other answers would have led to."""
    around = _Around(tree, result.answers)
    nearest = around.nearest(result.recommended)
    return replace(result, nearest=nearest, sensitivity=around.sensitivity())


@dataclass(frozen=True, slots=True)
class _Way:
    """The cheapest way from a node to an outcome, by its first answer; none at a leaf."""

    changed: int
    added: int
    answer: str = ""

    @property
    def cost(self) -> tuple[int, int]:
        """Return what ways are compared by."""
        return self.changed, self.added


class _Around:
    """The neighbourhood of one set of answers, each node looked at once."""

    def __init__(self, tree: Tree, answers: Mapping[str, str]) -> None:
        self.tree = tree
        self.answers = answers
        self.ways: dict[int, dict[int, _Way]] = {}
        self.reached: dict[int, int] = {}

    def nearest(self, recommended: str) -> tuple[Nearest, ...]:
        """Return the least change that selects each outcome which some answers select.

        In file order.
        """
        ways = self.ways_from(self.tree.root)
        bits = {id: 1 << bit for bit, id in enumerate(self.tree.outcome_ids)}
        return tuple(
            self.followed(id, bit) for id, bit in bits.items() if bit in ways and id != recommended
        )

    def ways_from(self, node: Node) -> dict[int, _Way]:
        """Return the cheapest way to each outcome, by its bit.

        Changed answers count first, then further ones; of equal ways the one that keeps to the
        given answers longest.
        """
        if isinstance(node, Leaf):
            return {node.chosen: _Way(0, 0)}
        if (known := self.ways.get(id(node))) is not None:
            return known
        best: dict[int, _Way] = {}
        given = self.answers.get(node.question)
        for answer in sorted(node.next, key=lambda answer: answer != given):
            changed, added = int(given not in (None, answer)), int(given is None)
            for bit, way in self.ways_from(node.next[answer]).items():
                extended = _Way(way.changed + changed, way.added + added, answer)
                if bit not in best or extended.cost < best[bit].cost:
                    best[bit] = extended
        self.ways[id(node)] = best
        return best

    def followed(self, outcome: str, bit: int) -> Nearest:
        """Return the way to an outcome, written out."""
        changed: list[OtherAnswer] = []
        added: list[OtherAnswer] = []
        answers: dict[str, str] = {}
        node = self.tree.root
        while isinstance(node, Ask):
            answer = answers[node.question] = self.ways_from(node)[bit].answer
            given = self.answers.get(node.question)
            if given != answer:
                (added if given is None else changed).append(self.other(node.question, answer))
            node = node.next[answer]
        name = self.tree.document.outcomes[outcome].name
        return Nearest(outcome, name, tuple(changed), tuple(added), answers)

    def sensitivity(self) -> tuple[Instead, ...]:
        """Return for each answer on the trail, what each other one would have led to."""
        changes = []
        before: dict[str, str] = {}
        node = self.tree.root
        while isinstance(node, Ask):
            given = self.answers[node.question]
            for answer, following in node.next.items():
                if answer != given:
                    outcomes = tuple(
                        option(self.tree, id) for id in self.tree.outcomes(self.reach(following))
                    )
                    answers = before | {node.question: answer} | self.kept(following)
                    changes.append(Instead(self.other(node.question, answer), outcomes, answers))
            before[node.question] = given
            node = node.next[given]
        return tuple(changes)

    def reach(self, node: Node) -> int:
        """Return the outcomes that may come out below, the given answers kept."""
        if isinstance(node, Leaf):
            return node.chosen
        if (known := self.reached.get(id(node))) is not None:
            return known
        given = self.answers.get(node.question)
        following = node.next.values() if given is None else (node.next[given],)
        outcomes = 0
        for child in following:
            outcomes |= self.reach(child)
        self.reached[id(node)] = outcomes
        return outcomes

    def kept(self, node: Node) -> dict[str, str]:
        """Return the given answers that are used below, up to the first question that has none."""
        used: dict[str, str] = {}
        while isinstance(node, Ask) and node.question in self.answers:
            used[node.question] = self.answers[node.question]
            node = node.next[used[node.question]]
        return used

    def other(self, question_id: str, answer_id: str) -> OtherAnswer:
        """Return an answer as one that was not given."""
        question = self.tree.document.questions[question_id]
        return OtherAnswer(
            question_id, question.short, answer_id, question.answers[answer_id].label
        )

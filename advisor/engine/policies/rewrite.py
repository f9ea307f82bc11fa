"""The graph that is left when policies forbid outcomes.

A rule's condition depends on the path, so a node is made anew for each state of the conditions
that differ for what lies below it, and for no other: what no rule can change stays the same node.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from advisor.engine.tree import model
from advisor.engine.tree.graph import Ask, Leaf, Node, Nodes, Tree, applies
from advisor.engine.tree.policy_model import Forbid

# More places than these and four for each of the tree's own no rules tell apart on purpose.
MAX_NEW_NODES = 50_000


class TooTangled(Exception):
    """The conditions of the rules tell apart more places than can be looked at."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} places")
        self.limit = limit


@dataclass(frozen=True, slots=True)
class Ban:
    """A rule that forbids, with its name and how its leaf cites it."""

    rule: Forbid
    name: tuple[str, str]
    citation: str


@dataclass(slots=True)
class Rewritten:
    """The new root, and what was seen on the way.

    Bans are told by their numbers in the list given. `fired` are the bans that changed some leaf.
    `rivals` are pairs with different substitutes for one recommendation, `undone` pairs where the
    second forbids the substitute of the first.
    """

    root: Node
    fired: set[int] = field(default_factory=set)
    rivals: set[tuple[int, int]] = field(default_factory=set)
    undone: set[tuple[int, int]] = field(default_factory=set)


def rewrite(tree: Tree, bans: Sequence[Ban]) -> Rewritten:
    """Return what all bans leave of the graph of a tree without policies. Raise TooTangled."""
    rewriting = _Rewriting(tree, bans)
    undecided = tuple((number, 0) for number in range(len(bans)))
    rewriting.rewritten.root = rewriting.node(tree.root, undecided)
    return rewriting.rewritten


def banned(bans: Sequence[Ban], advice: model.Recommend, answers: Mapping[str, str]) -> list[Ban]:
    """Return the bans that change what the tree without policies says for these answers."""
    named = {advice.recommend, *advice.or_}
    return [
        ban
        for ban in bans
        if ban.rule.forbid in named and applies(ban.rule.when, advice.recommend, answers)
    ]


# For each ban that can still hold: its number, and how many answers that it asks for were given.
Live = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Reach:
    """A ban, and where it can hold, as sets of outcomes and of questions.

    `forbidden` is its outcome, `concerns` that and the outcomes which other bans replace by it:
    there it may forbid a substitute. `outcomes` are those of its condition, empty for any;
    `questions` are those of its condition.
    """

    ban: Ban
    forbidden: int
    concerns: int
    outcomes: int
    questions: int

    def includes(self, node: Node, answered: int, asked_below: int) -> bool:
        """Tell whether the ban can change a leaf below the node, as far as the sets tell.

        `answered` is how many of its questions have an answer that it asks for, `asked_below` the
        questions that can still be asked.
        """
        if not node.in_play & self.concerns:
            return False
        if self.outcomes and not node.chosen & self.outcomes:
            return False
        missing = self.questions.bit_count() - answered
        return not missing or (self.questions & asked_below).bit_count() >= missing


class _Rewriting:
    def __init__(self, tree: Tree, bans: Sequence[Ban]) -> None:
        self.nodes = Nodes(tree.outcome_ids)
        self.rewritten = Rewritten(tree.root)
        self.limit = MAX_NEW_NODES + 4 * sum(1 for _ in tree.nodes())
        self.done: dict[tuple[int, Live], Node] = {}
        questions = dict.fromkeys(id for ban in bans for id in ban.rule.when.answers)
        self.question_bit = {id: 1 << bit for bit, id in enumerate(questions)}
        self.asked: dict[int, int] = {}
        replaced_by = Counter[str]()
        for ban in bans:
            replaced_by[ban.rule.use] |= self.nodes.bit.get(ban.rule.forbid, 0)
        self.reaches = [self.reach(ban, replaced_by[ban.rule.forbid]) for ban in bans]

    def reach(self, ban: Ban, replaced: int) -> _Reach:
        """Return the reach of a ban; `replaced` are the outcomes that other bans replace by its."""
        forbidden = self.nodes.bit.get(ban.rule.forbid, 0)
        when = ban.rule.when
        return _Reach(
            ban,
            forbidden,
            concerns=forbidden | replaced,
            outcomes=sum(self.nodes.bit.get(id, 0) for id in set(when.outcomes)),
            questions=sum(self.question_bit[id] for id in when.answers),
        )

    def node(self, node: Node, live: Live) -> Node:
        """Return the node as the bans leave it: the same where none of them can hold below."""
        asked_below = self.asked_below(node)
        live = tuple(
            (number, answered)
            for number, answered in live
            if self.reaches[number].includes(node, answered, asked_below)
        )
        if not live:
            return node
        key = (id(node), live)
        if key not in self.done:
            if len(self.done) >= self.limit:
                raise TooTangled(self.limit)
            made = self.leaf(node, live) if isinstance(node, Leaf) else self.ask(node, live)
            self.done[key] = made
        return self.done[key]

    def asked_below(self, node: Node) -> int:
        """Return which of the questions that conditions name can still be asked."""
        if isinstance(node, Leaf) or not self.question_bit:
            return 0
        if id(node) not in self.asked:
            mask = self.question_bit.get(node.question, 0)
            for child in node.next.values():
                mask |= self.asked_below(child)
            self.asked[id(node)] = mask
        return self.asked[id(node)]

    def ask(self, node: Ask, live: Live) -> Node:
        """Return the question with what the bans leave below each answer."""
        following = {
            answer: self.node(child, self.after(live, node.question, answer))
            for answer, child in node.next.items()
        }
        if all(child is node.next[answer] for answer, child in following.items()):
            return node
        return self.nodes.ask(node.question, following, node.repeatable)

    def after(self, live: Live, question: str, answer: str) -> Live:
        """Return the bans that an answer leaves alive."""
        left = []
        for number, answered in live:
            wanted = self.reaches[number].ban.rule.when.answers.get(question)
            if wanted is None:
                left.append((number, answered))
            elif answer in wanted:
                left.append((number, answered + 1))
        return tuple(left)

    def leaf(self, leaf: Leaf, live: Live) -> Node:
        """Return what the leaf says under bans that all hold."""
        advice = leaf.advice
        bans = {number: self.reaches[number].ban for number, _ in live}
        holding = [number for number in bans if leaf.in_play & self.reaches[number].forbidden]
        if not holding:
            return leaf
        self.rewritten.fired.update(holding)
        forbidden = {ban.rule.forbid: number for number, ban in bans.items()}
        alternatives = {id: text for id, text in advice.or_.items() if id not in forbidden}
        deciding = [n for n in holding if bans[n].rule.forbid == advice.recommend]
        if not deciding:
            return self.nodes.leaf(advice.model_copy(update={"or_": alternatives}))
        use = bans[deciding[0]].rule.use
        for number in deciding:
            rule = bans[number].rule
            if rule.use != use:
                self.rewritten.rivals.add((deciding[0], number))
            if rule.use in forbidden:
                self.rewritten.undone.add((number, forbidden[rule.use]))
        alternatives.pop(use, None)
        reasons = dict.fromkeys(bans[number].rule.because for number in deciding)
        return self.nodes.leaf(
            advice.model_copy(
                update={
                    "recommend": use,
                    "because": "\n\n".join(reasons),
                    "or_": alternatives,
                    "first": None,
                    "note": None,
                    "sources": tuple(bans[number].citation for number in deciding),
                }
            )
        )

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

    `fired` are the bans that changed some leaf. `rivals` are pairs with different substitutes for
    one recommendation, `undone` pairs where the second forbids the substitute of the first.
    """

    root: Node
    fired: set[tuple[str, str]] = field(default_factory=set)
    rivals: set[tuple[int, int]] = field(default_factory=set)
    undone: set[tuple[int, int]] = field(default_factory=set)


def rewrite(tree: Tree, bans: Sequence[Ban]) -> Rewritten:
    """Apply all bans to the graph of a tree without policies. Raises TooTangled."""
    rewriting = _Rewriting(tree, bans)
    rewriting.seen.root = rewriting.node(tree.root, tuple((at, 0) for at in range(len(bans))))
    return rewriting.seen


def banned(bans: Sequence[Ban], advice: model.Recommend, answers: Mapping[str, str]) -> list[Ban]:
    """The bans that change what the tree alone says for these answers."""
    named = {advice.recommend, *advice.or_}
    return [
        ban
        for ban in bans
        if ban.rule.forbid in named and applies(ban.rule.when, advice.recommend, answers)
    ]


# For each ban that can still hold: its number, and how many answers that it asks for were given.
Live = tuple[tuple[int, int], ...]


class _Rewriting:
    def __init__(self, tree: Tree, bans: Sequence[Ban]) -> None:
        self.bans = bans
        self.nodes = Nodes(tree.outcome_ids)
        self.seen = Rewritten(tree.root)
        self.limit = MAX_NEW_NODES + 4 * sum(1 for _ in tree.nodes())
        self.done: dict[tuple[int, Live], Node] = {}
        self.forbids = [self.nodes.bit.get(ban.rule.forbid, 0) for ban in bans]
        # Where a ban is to be looked at: at its outcome, and at those that it stands in for.
        replaced = Counter[str]()
        for forbids, ban in zip(self.forbids, bans, strict=True):
            replaced[ban.rule.use] |= forbids
        self.concerns = [
            forbids | replaced[ban.rule.forbid]
            for forbids, ban in zip(self.forbids, bans, strict=True)
        ]
        self.outcomes = [
            sum(self.nodes.bit.get(id, 0) for id in set(ban.rule.when.outcomes)) for ban in bans
        ]
        questions = dict.fromkeys(id for ban in bans for id in ban.rule.when.answers)
        self.question_bit = {id: 1 << at for at, id in enumerate(questions)}
        self.wanted = [sum(self.question_bit[id] for id in ban.rule.when.answers) for ban in bans]
        self.asked: dict[int, int] = {}

    def node(self, node: Node, live: Live) -> Node:
        live = tuple(its for its in live if self.can_hold(node, *its))
        if not live:
            return node
        key = (id(node), live)
        if key not in self.done:
            if len(self.done) >= self.limit:
                raise TooTangled(self.limit)
            made = self.leaf(node, live) if isinstance(node, Leaf) else self.ask(node, live)
            self.done[key] = made
        return self.done[key]

    def can_hold(self, node: Node, at: int, met: int) -> bool:
        """Whether the ban can concern some leaf below under its condition, as far as sets of
        outcomes and of questions tell."""
        if not node.in_play & self.concerns[at]:
            return False
        if self.outcomes[at] and not node.chosen & self.outcomes[at]:
            return False
        missing = self.wanted[at].bit_count() - met
        return not missing or (self.wanted[at] & self.asked_below(node)).bit_count() >= missing

    def asked_below(self, node: Node) -> int:
        """Which of the questions that conditions name can still be asked."""
        if isinstance(node, Leaf) or not self.question_bit:
            return 0
        if id(node) not in self.asked:
            mask = self.question_bit.get(node.question, 0)
            for child in node.next.values():
                mask |= self.asked_below(child)
            self.asked[id(node)] = mask
        return self.asked[id(node)]

    def ask(self, node: Ask, live: Live) -> Node:
        following = {
            answer: self.node(child, self.after(live, node.question, answer))
            for answer, child in node.next.items()
        }
        if all(child is node.next[answer] for answer, child in following.items()):
            return node
        return self.nodes.ask(node.question, following, node.repeatable)

    def after(self, live: Live, question: str, answer: str) -> Live:
        """The bans that an answer leaves alive."""
        left = []
        for at, met in live:
            wanted = self.bans[at].rule.when.answers.get(question)
            if wanted is None:
                left.append((at, met))
            elif answer in wanted:
                left.append((at, met + 1))
        return tuple(left)

    def leaf(self, leaf: Leaf, live: Live) -> Node:
        """What the leaf says under bans that all hold."""
        advice = leaf.advice
        forbidden = {self.bans[at].rule.forbid: at for at, _ in live}
        holding = [at for at, _ in live if leaf.in_play & self.forbids[at]]
        if not holding:
            return leaf
        self.seen.fired.update(self.bans[at].name for at in holding)
        deciding = [at for at in holding if self.bans[at].rule.forbid == advice.recommend]
        alternatives = {id: text for id, text in advice.or_.items() if id not in forbidden}
        if not deciding:
            return self.nodes.leaf(advice.model_copy(update={"or_": alternatives}))
        rules = [self.bans[at].rule for at in deciding]
        use = rules[0].use
        for at, rule in zip(deciding, rules, strict=True):
            if rule.use != use:
                self.seen.rivals.add((deciding[0], at))
            if rule.use in forbidden:
                self.seen.undone.add((at, forbidden[rule.use]))
        alternatives.pop(use, None)
        return self.nodes.leaf(
            advice.model_copy(
                update={
                    "recommend": use,
                    "because": "\n\n".join(dict.fromkeys(rule.because for rule in rules)),
                    "or_": alternatives,
                    "first": None,
                    "note": None,
                    "sources": tuple(self.bans[at].citation for at in deciding),
                }
            )
        )

"""What an edit of a tree changes, and for which answers: counted over all of them, never listed.

An answer set here is what leads through both trees: a way through the old one, together with what
the new one asks beside it. Each possible change is looked at by itself, with as little memory of
the way as it needs, so that many changes in a large tree stay many small walks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from advisor.engine.comparing import projection
from advisor.engine.comparing.drift import outcome_causes
from advisor.engine.comparing.observables import Aspect, Label, Leads, aspects
from advisor.engine.comparing.policy_observables import UnderPolicies, ruled
from advisor.engine.comparing.product_graph import Budget, Joint, Pair, Step, TooLarge, paths
from advisor.engine.comparing.projection import Region, View
from advisor.engine.comparing.results import Change, changes
from advisor.engine.comparing.section_diff import SectionChange, section_changes
from advisor.engine.tree.graph import Tree
from advisor.engine.walking.evaluate import Result, evaluate

# States to visit: so many, and so many more for each node of both trees.
BUDGET, BUDGET_PER_NODE = 200_000, 50
REGIONS = 8


@dataclass(frozen=True, slots=True)
class Where:
    """How many answer sets, and which: groups that do not overlap, and how many groups more."""

    count: int
    regions: tuple[Region, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Lead:
    """Answer sets that led to one outcome and now lead to another; `policies` say which rules made
    it, where it was not the tree.
    """

    old: str
    old_name: str
    new: str
    new_name: str
    where: Where
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """A change of the advice, and for which answer sets a reader sees it."""

    change: Change
    where: Where


@dataclass(frozen=True, slots=True)
class OddAnswer:
    """An answer that only one of the trees has, with the answer sets that need it."""

    question: str
    answer: str
    where: Where


@dataclass(frozen=True, slots=True)
class Counts:
    """Answer sets by what becomes of them: `gone` only the old tree takes, `added` only the new."""

    same: int
    advice: int
    outcome: int
    gone: int
    added: int

    @property
    def total(self) -> int:
        return self.same + self.advice + self.outcome + self.gone + self.added


@dataclass(frozen=True, slots=True)
class Kept:
    """The old tree's answer sets, such as saved recommendations hold, by what the new tree says to
    them: the four of `drift.Drift`.
    """

    current: int
    advice: int
    outcome: int
    unanswerable: int


@dataclass(frozen=True, slots=True)
class Diff:
    """What differs between two trees.

    `sections` are changes of what is written, `leads`, `changes`, `gone` and `added` those of what
    is said, the most frequent first. `counts` and `kept` are None, and lists incomplete, where
    `unfinished` says so and why.
    """

    sections: tuple[SectionChange, ...]
    counts: Counts | None
    kept: Kept | None
    leads: tuple[Lead, ...]
    changes: tuple[Shown, ...]
    gone: tuple[OddAnswer, ...]
    added: tuple[OddAnswer, ...]
    unfinished: str = ""

    @property
    def differs(self) -> bool:
        return bool(self.sections or self.says_otherwise)

    @property
    def says_otherwise(self) -> bool:
        """Whether some answers get other advice, or none, or are new."""
        loud = any(not shown.change.editorial for shown in self.changes)
        return bool(self.leads or loud or self.gone or self.added or self.unfinished)


def diff(old: Tree, new: Tree, *, budget: int | None = None, regions: int = REGIONS) -> Diff:
    """Compare what two trees say to every set of answers.

    `budget` bounds the states that are visited, `regions` the groups that are listed for each
    change.
    """
    if budget is None:
        nodes = sum(1 for tree in (old, new) for _ in tree.nodes())
        budget = BUDGET + BUDGET_PER_NODE * nodes
    return _Diffing(old, new, Budget(budget), regions).diff()


class _Diffing:
    def __init__(self, old: Tree, new: Tree, budget: Budget, regions: int) -> None:
        self.old, self.new = old, new
        self.budget = budget
        self.limit = regions
        self.ruled = bool(old.policies or new.policies)
        self.rules = ruled(old), ruled(new)
        self.leads: list[Lead] = []
        self.changes: list[Shown] = []
        self.gone: list[OddAnswer] = []
        self.added: list[OddAnswer] = []
        # Aspects under which something changes, with the labels that say so.
        self.loud: list[_Loud] = []

    def diff(self) -> Diff:
        counts = kept = None
        unfinished = ""
        try:
            counts, kept = self.walk()
        except TooLarge:
            unfinished = (
                "The two trees are too different to be compared for every set of answers: their "
                "questions come in too different an order. What is listed is not all."
            )
        return Diff(
            tuple(section_changes(self.old, self.new)),
            counts,
            kept,
            tuple(sorted(self.leads, key=lambda lead: -lead.where.count)),
            tuple(sorted(self.changes, key=lambda it: (it.change.editorial, -it.where.count))),
            tuple(sorted(self.gone, key=lambda odd: -odd.where.count)),
            tuple(sorted(self.added, key=lambda odd: -odd.where.count)),
            unfinished,
        )

    def walk(self) -> tuple[Counts, Kept]:
        joint = Joint(self.old, self.new, self.budget)
        self.look_at_leads(joint)
        for aspect in self.aspects(joint):
            self.look_at(aspect, projection.seen(joint, aspect, self.budget))
        counted = projection.seen(joint, _Whole(tuple(self.loud)), self.budget).counts
        sums = (counted[status, True] + counted[status, False] for status in STATUSES)
        # Where the new tree asks for more than the old one, what is kept is no longer enough.
        current, advice, outcome = (counted[status, False] for status in STATUSES[:3])
        unanswerable = paths(self.old) - current - advice - outcome
        return Counts(*sums), Kept(current, advice, outcome, unanswerable)

    def aspects(self, joint: Joint) -> Iterator[Aspect[Any]]:
        for aspect in aspects(self.old, self.new, joint.states, ruled=self.ruled):
            yield self.under_policies(aspect)

    def under_policies(self, aspect: Aspect[Any]) -> Aspect[Any]:
        return UnderPolicies(aspect, *self.rules) if self.ruled else aspect

    def look_at_leads(self, joint: Joint) -> None:
        seen = projection.seen(joint, self.under_policies(Leads()), self.budget)
        groups: dict[Label, set[Label]] = {}
        for label in seen.counts:
            if label is not None:
                groups.setdefault(label[:3], set()).add(label)
        for group, labels in groups.items():
            where = self.where(seen, labels)
            match group:
                case ("leads", str(old), str(new)):
                    old_name = self.old.document.outcomes[old].name
                    new_name = self.new.document.outcomes[new].name
                    by = self.policies(seen, labels)
                    self.leads.append(Lead(old, old_name, new, new_name, where, by))
                case ("gone", str(question), str(answer)):
                    self.gone.append(OddAnswer(question, answer, where))
                case ("added", str(question), str(answer)):
                    self.added.append(OddAnswer(question, answer, where))

    def policies(self, seen: View[Label], labels: set[Label]) -> tuple[str, ...]:
        """The rules that lead some of these answers elsewhere, in plain words."""
        lines: dict[str, None] = {}
        for label in labels if self.ruled else ():
            self.budget.spend(_EVALUATIONS)
            old, new = (self.result(tree, seen.sample(label)) for tree in (self.old, self.new))
            causes = outcome_causes(old, new, self.new)
            lines |= {cause.line: None for cause in causes if cause.kind == "policy"}
        return tuple(sorted(lines))

    def look_at(self, aspect: Aspect[Any], seen: View[Label]) -> None:
        """Name what changes under each label by evaluating one set of answers that has it."""
        labels: dict[Change, set[Label]] = {}
        loud = set[Label]()
        for label in seen.counts:
            if label is None:
                continue
            self.budget.spend(_EVALUATIONS)
            old, new = (self.result(tree, seen.sample(label)) for tree in (self.old, self.new))
            for change in changes(old, new):
                if aspect.shows(change):
                    labels.setdefault(change, set()).add(label)
                    if not change.editorial:
                        loud.add(label)
        for change, its in labels.items():
            self.changes.append(Shown(change, self.where(seen, its)))
        if loud:
            self.loud.append((aspect, frozenset(loud)))

    def result(self, tree: Tree, answers: dict[str, str]) -> Result:
        questions = tree.document.questions
        known = {q: a for q, a in answers.items() if q in questions and a in questions[q].answers}
        result = evaluate(tree, known)
        assert isinstance(result, Result)  # noqa: S101 - a sample ends in leaves of both trees
        return result

    def where(self, seen: View[Label], labels: set[Label]) -> Where:
        regions, more = seen.regions(lambda label: label in labels, self.limit)
        return Where(sum(seen.counts[label] for label in labels), regions, more)


# What it costs to evaluate two sets of answers, in states.
_EVALUATIONS = 10
STATUSES = ("same", "advice", "outcome", "gone", "added")

_Loud = tuple[Aspect[Any], frozenset[Label]]
# What each aspect remembers, or None where one has changed for good; and whether the new tree asked
# for more than the old one.
_Memory = tuple[tuple[Any, ...] | None, bool]


@dataclass(frozen=True)
class _Whole(projection.Aspect[_Memory, tuple[str, bool]]):
    """All aspects at once: what becomes of a set of answers in all."""

    aspects: tuple[_Loud, ...]

    def start(self) -> _Memory:
        return tuple(aspect.start() for aspect, _ in self.aspects), False

    def step(self, memory: _Memory, step: Step) -> _Memory:
        inner, asked = memory
        asked = asked or bool(step.only_new)
        if inner is None:
            return None, asked
        after = []
        for (aspect, loud), its in zip(self.aspects, inner, strict=True):
            after.append(aspect.step(its, step))
            if aspect.final(after[-1]) in loud:
                return None, asked
        return tuple(after), asked

    def end(self, memory: _Memory, pair: Pair) -> tuple[str, bool]:
        inner, asked = memory
        arrived = Leads().end(None, pair)
        status = _STATUS[str(arrived[0])] if arrived else "same"
        if status == "same" and (
            inner is None
            or any(
                aspect.end(its, pair) in loud
                for (aspect, loud), its in zip(self.aspects, inner, strict=True)
            )
        ):
            status = "advice"
        return status, asked


# What becomes of answers by the labels of Leads.
_STATUS = {"leads": "outcome", "gone": "gone", "added": "added"}

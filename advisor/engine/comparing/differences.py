"""What differs between two trees, as data; and what the two ways to find it have in common."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, field, fields
from typing import Literal

from advisor.engine.comparing.decision_diagram import Cube
from advisor.engine.comparing.drift import outcome_causes
from advisor.engine.comparing.results import Change, changes
from advisor.engine.comparing.section_diff import SectionChange, section_changes
from advisor.engine.tree.graph import Tree
from advisor.engine.walking.case_coverage import count_paths
from advisor.engine.walking.evaluate import Result, evaluate

# The fields of a result that depend on the way to a leaf, not on the leaf alone.
ON_THE_WAY = frozenset({"trail", "ruled_out", "caveats"})


@dataclass(frozen=True, slots=True)
class Extent:
    """How many answer sets, and which: `regions` do not overlap, `more` counts those not listed."""

    count: int
    regions: tuple[Cube, ...]
    more: int


@dataclass(frozen=True, slots=True)
class OutcomeChange:
    """Answer sets that led to one outcome and now lead to another.

    `policies` are the rules that made it, in words, where it was not the tree.
    """

    old: str
    old_name: str
    new: str
    new_name: str
    where: Extent
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AdviceChange:
    """A change that readers of these answer sets see, though the outcome is the same."""

    change: Change
    where: Extent


@dataclass(frozen=True, slots=True)
class UnmatchedAnswer:
    """An answer that only one of the trees has, and the answer sets that hold it."""

    question: str
    answer: str
    where: Extent


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
        """Return the number of all answer sets."""
        return self.same + self.advice + self.outcome + self.gone + self.added


@dataclass(frozen=True, slots=True)
class Kept:
    """The old tree's answer sets, as saved decisions hold them, by the status of their drift."""

    current: int
    advice: int
    outcome: int
    unanswerable: int


@dataclass(frozen=True, slots=True)
class TreeDiff:
    """What differs between two trees.

    `sections` are changes of what is written, `leads`, `changes`, `gone` and `added` those of what
    is said, the most frequent first. `counts` and `kept` are None, and lists incomplete, where
    `unfinished` says so and why.
    """

    sections: tuple[SectionChange, ...]
    counts: Counts | None
    kept: Kept | None
    leads: tuple[OutcomeChange, ...]
    changes: tuple[AdviceChange, ...]
    gone: tuple[UnmatchedAnswer, ...]
    added: tuple[UnmatchedAnswer, ...]
    unfinished: str = ""

    @property
    def differs(self) -> bool:
        """Return whether anything differs, be it only as it is written."""
        return bool(self.sections or self.says_otherwise)

    @property
    def says_otherwise(self) -> bool:
        """Return whether some answers get other advice, or none, or are new."""
        substantive = any(not shown.change.editorial for shown in self.changes)
        return bool(self.leads or substantive or self.gone or self.added or self.unfinished)


# `outcome` with the old and the new outcome; `gone` or `added` with a question and the answer that
# the new tree, or the old one, does not have.
Arrival = tuple[Literal["outcome", "gone", "added"], str, str]


@dataclass(slots=True)
class Findings:
    """Differences between two trees, as one of the two ways to compare collects them."""

    old: Tree
    new: Tree
    leads: list[OutcomeChange] = field(default_factory=list)
    changes: list[AdviceChange] = field(default_factory=list)
    gone: list[UnmatchedAnswer] = field(default_factory=list)
    added: list[UnmatchedAnswer] = field(default_factory=list)
    counts: Counts | None = None
    kept: Kept | None = None
    unfinished: str = ""

    def add(
        self, difference: Change | Arrival, where: Extent, policies: Iterable[str] = ()
    ) -> None:
        """Note for which answer sets there is a difference, and which rules of policies made it."""
        match difference:
            case Change():
                self.changes.append(AdviceChange(difference, where))
            case "outcome", old, new:
                old_name = self.old.document.outcomes[old].name
                new_name = self.new.document.outcomes[new].name
                rules = tuple(sorted(policies))
                self.leads.append(OutcomeChange(old, old_name, new, new_name, where, rules))
            case "gone", question, answer:
                self.gone.append(UnmatchedAnswer(question, answer, where))
            case "added", question, answer:
                self.added.append(UnmatchedAnswer(question, answer, where))

    def count(self, statuses: Mapping[tuple[str, bool], int]) -> None:
        """Note how many answer sets have a status and whether the new tree asks for more."""

        def kept(status: str) -> int:
            return statuses.get((status, False), 0)

        def all_of(status: str) -> int:
            return kept(status) + statuses.get((status, True), 0)

        self.counts = Counts(*map(all_of, ("same", "advice", "outcome", "gone", "added")))
        current, advice, outcome = map(kept, ("same", "advice", "outcome"))
        # What is saved is no longer enough where the new tree asks for more.
        unanswerable = count_paths(self.old.root) - current - advice - outcome
        self.kept = Kept(current, advice, outcome, unanswerable)

    def tree_diff(self) -> TreeDiff:
        """Return all that was noted, sorted, with the changes of what is written."""
        return TreeDiff(
            tuple(section_changes(self.old, self.new)),
            self.counts,
            self.kept,
            tuple(sorted(self.leads, key=lambda lead: (-lead.where.count, lead.old, lead.new))),
            tuple(sorted(self.changes, key=_weight)),
            tuple(sorted(self.gone, key=_frequency)),
            tuple(sorted(self.added, key=_frequency)),
            self.unfinished,
        )


def _weight(shown: AdviceChange) -> tuple[object, ...]:
    change = shown.change
    return change.editorial, -shown.where.count, _FIELDS[change.kind], astuple(change)


def _frequency(unmatched: UnmatchedAnswer) -> tuple[object, ...]:
    return -unmatched.where.count, unmatched.question, unmatched.answer


_FIELDS = {field.name: number for number, field in enumerate(fields(Result))}


def both_results(old: Tree, new: Tree, answers: Mapping[str, str]) -> tuple[Result, Result]:
    """Return what two trees say to answers that lead through both."""
    first, second = (evaluate(tree, _known(tree, answers)) for tree in (old, new))
    assert isinstance(first, Result)  # noqa: S101 - the answers lead through both trees
    assert isinstance(second, Result)  # noqa: S101 - the answers lead through both trees
    return first, second


def _known(tree: Tree, answers: Mapping[str, str]) -> dict[str, str]:
    """Return the answers that the tree has; the others answer questions that it does not ask."""
    questions = tree.document.questions
    return {
        id: answer
        for id, answer in answers.items()
        if id in questions and answer in questions[id].answers
    }


def advice_changes(old: Result, new: Result) -> Iterator[Change]:
    """Yield what differs between two results with one outcome.

    The order of what was met on the way is left out: it differs wherever trees ask in another.
    """
    for change in changes(old, new):
        if not (change.kind in ON_THE_WAY and change.what == "order"):
            yield change


def deciding_rules(old: Result, new: Result, tree: Tree) -> set[str]:
    """Return the rules of policies, in words, that lead the same answers to another outcome."""
    return {cause.line for cause in outcome_causes(old, new, tree) if cause.kind == "policy"}

"""What the two ways to compare trees have in common: evaluate, group, collect."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, fields
from typing import Literal, NamedTuple, TypeVar

from advisor.engine.comparing.differences import (
    AdviceChange,
    Counts,
    Extent,
    Kept,
    OutcomeChange,
    TreeDiff,
    UnmatchedAnswer,
)
from advisor.engine.comparing.drift import outcome_causes
from advisor.engine.comparing.results import Change, changes
from advisor.engine.comparing.section_diff import section_changes
from advisor.engine.tree.graph import Ask, Leaf, Node, Tree
from advisor.engine.walking.case_coverage import count_paths
from advisor.engine.walking.evaluate import Result, evaluate

# `outcome` with the old and the new outcome; `gone` or `added` with a question and the answer that
# the new tree, or the old one, does not have.
Arrival = tuple[Literal["outcome", "gone", "added"], str, str]
Member = TypeVar("Member")

# The fields of a result that depend on the way to a leaf, not on the leaf alone.
ON_THE_WAY = frozenset({"trail", "ruled_out", "caveats"})


class DeadEnd(NamedTuple):
    """Where a tree cannot go on: its question does not have this answer of the other tree."""

    question: str
    answer: str

    @property
    def longest(self) -> int:
        """Return how many questions may follow, as nodes do."""
        return 0


def answers_of_both(asking: Ask, *trees: Tree) -> Iterator[str]:
    """Yield the answers to a question, then those that another tree has to the same question."""
    yield from asking.next
    for tree in trees:
        if asking.question in tree.document.questions:
            answers = tree.document.questions[asking.question].answers
            yield from (answer for answer in answers if answer not in asking.next)


def arrival(old: Node | DeadEnd, new: Node | DeadEnd) -> Arrival | None:
    """Return where answers lead, if not to leaves with the same outcome in both trees."""
    match old, new:
        case _, DeadEnd(question, answer):
            return "gone", question, answer
        case DeadEnd(question, answer), _:
            return "added", question, answer
        case Leaf(advice=before), Leaf(advice=after) if before.recommend != after.recommend:
            return "outcome", before.recommend, after.recommend
    return None


class Compared(NamedTuple):
    """What differs for one answer set; `rules`, in words, are those that made its arrival."""

    arrival: Arrival | None
    changes: tuple[Change, ...] = ()
    rules: frozenset[str] = frozenset()

    @property
    def status(self) -> str:
        """Return what becomes of the answer set, as a name of Counts."""
        if self.arrival:
            return self.arrival[0]
        return "same" if all(change.editorial for change in self.changes) else "advice"


def compare_answers(
    old: Tree, new: Tree, answers: Mapping[str, str], arrival: Arrival | None
) -> Compared:
    """Evaluate two trees for answers that lead through both, unless the arrival says it all.

    The order of what was met on the way is left out: it differs wherever trees ask in another.
    """
    if arrival and not (arrival[0] == "outcome" and (old.policies or new.policies)):
        return Compared(arrival)
    before, after = (evaluate(tree, _known(tree, answers)) for tree in (old, new))
    assert isinstance(before, Result)  # noqa: S101 - the answers lead through both trees
    assert isinstance(after, Result)  # noqa: S101 - the answers lead through both trees
    if arrival:
        causes = outcome_causes(before, after, new)
        rules = frozenset(cause.editors_line for cause in causes if cause.kind == "policy")
        return Compared(arrival, rules=rules)
    shown = (
        change
        for change in changes(before, after)
        if not (change.kind in ON_THE_WAY and change.what == "order")
    )
    return Compared(None, tuple(shown))


def _known(tree: Tree, answers: Mapping[str, str]) -> dict[str, str]:
    """Return the answers that the tree has; the others answer questions that it does not ask."""
    questions = tree.document.questions
    return {
        id: answer
        for id, answer in answers.items()
        if id in questions and answer in questions[id].answers
    }


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
        self,
        compared: Iterable[tuple[Member, Compared]],
        describe: Callable[[Sequence[Member]], Extent],
    ) -> None:
        """Note each difference once, for all that has it, which `describe` turns into an extent."""
        groups: dict[Arrival | Change, tuple[list[Member], set[str]]] = {}
        for member, (arrival, shown, rules) in compared:
            for difference in (arrival,) if arrival else shown:
                members, made_by = groups.setdefault(difference, ([], set()))
                members.append(member)
                made_by |= rules
        for difference, (members, made_by) in groups.items():
            self._add(difference, describe(members), tuple(sorted(made_by)))

    def _add(self, difference: Arrival | Change, where: Extent, rules: tuple[str, ...]) -> None:
        match difference:
            case Change():
                self.changes.append(AdviceChange(difference, where))
            case "outcome", old, new:
                old_name = self.old.document.outcomes[old].name
                new_name = self.new.document.outcomes[new].name
                self.leads.append(OutcomeChange(old, old_name, new, new_name, where, rules))
            case "gone", question, answer:
                self.gone.append(UnmatchedAnswer(question, answer, where))
            case "added", question, answer:
                self.added.append(UnmatchedAnswer(question, answer, where))

    def count(self, statuses: Mapping[tuple[str, bool], int]) -> None:
        """Note how many answer sets have a status, by whether the new tree asks for more."""
        names = "same", "advice", "outcome", "gone", "added"
        more, enough = (
            [statuses.get((name, asks_for_more), 0) for name in names]
            for asks_for_more in (True, False)
        )
        self.counts = Counts(*map(sum, zip(more, enough, strict=True)))
        # The answers of a saved decision are not enough where the new tree asks for more.
        current, advice, outcome, *_ = enough
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


# The order in which a result shows its fields.
_FIELDS = {part.name: number for number, part in enumerate(fields(Result))}

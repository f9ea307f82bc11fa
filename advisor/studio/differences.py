"""Compare a draft with today's tree: which answers would get other advice."""

from collections.abc import Iterator
from urllib.parse import urlencode

from advisor.engine.comparing.decision_diagram import Cube
from advisor.engine.comparing.differences import Counts, Extent, TreeDiff, UnmatchedAnswer
from advisor.engine.comparing.section_diff import SectionChange
from advisor.engine.comparing.tree_diff import diff
from advisor.engine.tree.graph import Tree
from advisor.exports.report import counted
from advisor.studio.pages import AnswerSetPart, DifferencePart, DifferencesPart

# A draft is checked while it is typed, so the limits are lower than for a review.
BUDGET = 50_000
REGIONS = 4
# The first lines are shown, the next on demand; the others are only counted.
FIRST_LINES, MAX_LINES = 10, 60


def differences(today: Tree | None, draft: Tree) -> DifferencesPart:
    """Build the differences between today's tree and the draft, within BUDGET.

    Where today's tree is None, because it has errors, build a sentence that says so.
    """
    if today is None:
        broken = "The served tree has errors, so the draft cannot be compared with it."
        return DifferencesPart((broken,), (), (), 0, ())
    comparison = diff(today, draft, budget=BUDGET, regions=REGIONS)
    lines = tuple(_Wording(today, draft).lines(comparison))
    summary = [_summary(comparison, draft)] if comparison.counts else []
    if comparison.unfinished:
        summary.append(comparison.unfinished)
    written = tuple(dict.fromkeys(map(_written, comparison.sections)))
    return DifferencesPart(
        tuple(summary),
        lines[:FIRST_LINES],
        lines[FIRST_LINES:MAX_LINES],
        max(0, len(lines) - MAX_LINES),
        written[:MAX_LINES],
    )


class _Wording:
    """The differences in words, with the labels of the draft, or of today for what it removes."""

    def __init__(self, today: Tree, draft: Tree) -> None:
        self.questions = {**today.document.questions, **draft.document.questions}
        self.today = today.document.questions

    def lines(self, comparison: TreeDiff) -> Iterator[DifferencePart]:
        for lead in comparison.leads:
            yield self.line("", lead.where, lead.old_name, lead.new_name)
        for shown in comparison.changes:
            yield self.line(shown.change.line, shown.where)
        for unmatched in comparison.gone:
            yield self.line(f"{self.answer(unmatched)} is no longer an answer.", unmatched.where)
        for unmatched in comparison.added:
            yield self.line(f"{self.answer(unmatched)} is a new answer.", unmatched.where)

    def line(self, text: str, where: Extent, old: str = "", new: str = "") -> DifferencePart:
        answer_sets = tuple(map(self.answer_set, where.regions))
        return DifferencePart(text, old, new, _sets(where.count), answer_sets, where.more)

    def answer(self, unmatched: UnmatchedAnswer) -> str:
        ask = self.questions[unmatched.question].ask
        return f"“{self.label(unmatched.question, unmatched.answer)}” to “{ask}”"

    def answer_set(self, region: Cube) -> AnswerSetPart:
        conditions = [
            f"{self.questions[question].short}: "
            + " or ".join(self.label(question, answer) for answer in answers)
            for question, answers in region.answers
        ]
        walk = {question: answers[0] for question, answers in region.answers}
        return AnswerSetPart("; ".join(conditions) or "All answers", urlencode(walk))

    def label(self, question: str, answer: str) -> str:
        for known in (self.questions.get(question), self.today.get(question)):
            if known is not None and answer in known.answers:
                return known.answers[answer].label
        return answer


def _summary(comparison: TreeDiff, draft: Tree) -> str:
    counts = comparison.counts or Counts(0, 0, 0, 0, 0)
    if counts.same == counts.total:
        return f"No advice changes: all {_sets(counts.total)} get the same advice as today."
    parts = [
        (counts.outcome, "leads", "lead", f"to another {draft.document.words.outcome}"),
        (counts.advice, "gets", "get", "different advice"),
        (counts.gone, "can", "can", "no longer be given"),
        (counts.added, "is", "are", "new"),
        (counts.same, "stays", "stay", "the same"),
    ]
    phrases = [
        f"{n:,} {singular if n == 1 else plural} {rest}" for n, singular, plural, rest in parts if n
    ]
    listed = f"{', '.join(phrases[:-1])} and {phrases[-1]}" if len(phrases) > 1 else phrases[0]
    return f"Of {_sets(counts.total)}, {listed}."


def _sets(count: int) -> str:
    return counted(count, "answer set") if count < 10**12 else f"about {count:.0e} answer sets"


def _written(change: SectionChange) -> str:
    """Return an edit in one line, such as `outcomes: some-id: verdict, gives`."""
    name = ": ".join(filter(None, (change.section, change.id)))
    if change.what != "changed":
        many = f" ({change.count})" if change.count > 1 else ""
        return f"{name}: {change.what}{many}"
    fields = ", ".join(field.name for field in change.fields if field.name)
    return f"{name}: {fields}" if fields else name

"""Two trees compared, as text for a terminal, Markdown for a pull request, or JSON for programs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from pydantic_core import to_json

from advisor.engine.comparing.decision_diagram import Cube
from advisor.engine.comparing.differences import AdviceChange, Extent, TreeDiff
from advisor.engine.comparing.results import Change
from advisor.engine.comparing.section_diff import FieldChange, SectionChange
from advisor.exports.report import Block, Item, counted, markdown, text

MAX_DIFF_LINES = 40
MAX_VALUE = 120


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file of kits, and the kits and frameworks in which it changed; `lines` are a unified diff.

    A whole kit has no name.
    """

    name: str
    what: Literal["added", "gone", "changed"]
    outcomes: tuple[str, ...]
    frameworks: tuple[str, ...]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was compared, as the reader named it, and what differs."""

    old: str
    new: str
    diff: TreeDiff
    files: tuple[FileChange, ...]

    @property
    def differs(self) -> bool:
        """Tell whether anything differs, files of kits included."""
        return self.diff.differs or bool(self.files)


def summary(diff: TreeDiff) -> str:
    """Return one line on what becomes of all sets of answers."""
    counts = diff.counts
    if counts is None:
        return diff.unfinished
    if counts.same == counts.total:
        return f"{_sets(counts.total)}: all get the same advice."
    parts = (
        (counts.same, "unchanged"),
        (counts.advice, "with changed advice"),
        (counts.outcome, "with another recommendation"),
        (counts.gone, "no longer possible"),
        (counts.added, "new"),
    )
    told = ", ".join(f"{number:,} {words}" for number, words in parts if number)
    return f"{_sets(counts.total)}: {told}."


def blocks(comparison: Comparison) -> Iterator[Block]:
    """Yield all that differs, the weightiest first; blocks with nothing in them are left out."""
    diff = comparison.diff
    substantive = [shown for shown in diff.changes if not shown.change.editorial]
    editorial = [shown for shown in diff.changes if shown.change.editorial]
    made = (
        Block(
            "Answers that lead to another recommendation",
            [_placed(f"{lead.old} → {lead.new}", lead.where, lead.policies) for lead in diff.leads],
        ),
        Block(
            "Removed answers",
            [_placed(f"{odd.question} = {odd.answer}", odd.where) for odd in diff.gone],
        ),
        Block(
            "New answers",
            [_placed(f"{odd.question} = {odd.answer}", odd.where) for odd in diff.added],
        ),
        Block(
            "Changed advice",
            [
                _placed(advice.change.line, advice.where, tuple(_texts(advice.change)))
                for advice in substantive
            ],
            long=True,
        ),
        Block(
            "Other changes",
            _editorial(editorial),
            long=True,
        ),
        Block("Code", [_file(change) for change in comparison.files], long=True),
        Block("What was edited", [_section(change) for change in diff.sections], long=True),
    )
    yield from (block for block in made if block.items)


def as_text(comparison: Comparison) -> str:
    """Return the comparison for a terminal."""
    head = [f"{comparison.old} → {comparison.new}", *_told(comparison.diff)]
    return text(head, blocks(comparison))


def as_markdown(comparison: Comparison) -> str:
    """Return the comparison for a comment on GitHub; what is cut off is counted."""
    title = f"{comparison.old} → {comparison.new}"
    return markdown(title, _told(comparison.diff), blocks(comparison))


def as_json(comparison: Comparison) -> bytes:
    """Return UTF-8 JSON: the fields of Comparison, Diff and what they hold, by their names."""
    whole = {"format": 1, "differs": comparison.differs, "summary": summary(comparison.diff)}
    return to_json(whole | asdict(comparison), indent=2) + b"\n"


def region_line(region: Cube) -> str:
    """Return a group of answer sets in one line: `revocation = now or soon, services = one`."""
    if not region.answers:
        return "all answers"
    return ", ".join(f"{question} = {' or '.join(answers)}" for question, answers in region.answers)


def _told(diff: TreeDiff) -> list[str]:
    """Return the summary, and what is to be known beside it."""
    lines = [summary(diff)]
    if diff.kept is not None and diff.kept.unanswerable:
        lines.append(
            f"Of the decisions that the old tree can save, {_sets(diff.kept.unanswerable)} cannot "
            "be evaluated with the new tree: it asks another question, or no longer has an answer."
        )
    if diff.unfinished and diff.counts is not None:
        lines.append(diff.unfinished)
    return lines


def _editorial(shown: Iterable[AdviceChange]) -> list[Item]:
    """Return each line once, with all its answer sets."""
    counts = Counter[str]()
    for difference in shown:
        counts[difference.change.line] += difference.where.count
    return [Item(f"{line} ({_sets(count)})") for line, count in counts.items()]


def _sets(number: int) -> str:
    return counted(number, "answer set")


def _texts(change: Change) -> Iterator[str]:
    """Return both texts of a change, as far as its line does not hold them."""
    return _values(*("" if text in change.line else text for text in (change.old, change.new)))


def _placed(line: str, where: Extent, told: Sequence[str] = ()) -> Item:
    """Return a line, what is to be told of it, and for which answers it holds."""
    below = list(told)
    below += (
        f"{region_line(region)}: {_sets(region.count)}"
        if len(where.regions) > 1 or where.more
        else region_line(region)
        for region in where.regions
    )
    if where.more:
        below.append(f"and {where.more:,} more groups of answers")
    return Item(f"{line} ({_sets(where.count)})", tuple(below))


def _values(old: str, new: str) -> Iterator[str]:
    if old:
        yield f"old: {_short(old)}"
    if new:
        yield f"new: {_short(new)}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_VALUE else line[: MAX_VALUE - 1] + "…"


def _section(change: SectionChange) -> Item:
    name = f"{change.section} {change.id}".strip()
    if change.what != "changed":
        number = f"{change.count} " if change.count > 1 else ""
        return Item(f"{name}: {number}{change.what}")
    if [field.name for field in change.fields] == [""]:
        return Item(f"{name}: changed", tuple(_values(change.fields[0].old, change.fields[0].new)))
    return Item(f"{name}: changed", tuple(map(_field, change.fields)))


def _field(change: FieldChange) -> str:
    if not change.old or not change.new:
        happened = "added" if change.new else "gone"
        return f"{change.name}: {happened}: {_short(change.old or change.new)}"
    return f"{change.name}: “{_short(change.old)}” → “{_short(change.new)}”"


def _file(change: FileChange) -> Item:
    where = ", ".join(change.outcomes)
    if not change.name:
        return Item(f"The kit of {where}: {change.what}")
    if change.frameworks:
        where += f" ({', '.join(change.frameworks)})"
    code = change.lines
    if len(code) > MAX_DIFF_LINES:
        more = len(code) - MAX_DIFF_LINES
        code = (*code[:MAX_DIFF_LINES], f"… {more} more lines")
    return Item(f"{change.name}, {change.what}: {where}", code=code)

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
    """A file of kits, and the kits and ways in which it changed; `lines` are a unified diff.

    A whole kit has no name.
    """

    name: str
    what: Literal["added", "gone", "changed"]
    outcomes: tuple[str, ...]
    ways: tuple[str, ...]
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
            [_placed(it.change.line, it.where, tuple(_texts(it.change))) for it in substantive],
            long=True,
        ),
        Block(
            "Other changes",
            _editorial(editorial),
            long=True,
        ),
        Block("Code", [_file(its) for its in comparison.files], long=True),
        Block("What was edited", [_section(its) for its in diff.sections], long=True),
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
    for its in shown:
        counts[its.change.line] += its.where.count
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


def _section(its: SectionChange) -> Item:
    name = f"{its.section} {its.id}".strip()
    if its.what != "changed":
        number = f"{its.count} " if its.count > 1 else ""
        return Item(f"{name}: {number}{its.what}")
    if [field.name for field in its.fields] == [""]:
        return Item(f"{name}: changed", tuple(_values(its.fields[0].old, its.fields[0].new)))
    return Item(f"{name}: changed", tuple(map(_field, its.fields)))


def _field(its: FieldChange) -> str:
    if not its.old or not its.new:
        return f"{its.name}: {'added' if its.new else 'gone'}: {_short(its.old or its.new)}"
    return f"{its.name}: “{_short(its.old)}” → “{_short(its.new)}”"


def _file(its: FileChange) -> Item:
    where = ", ".join(its.outcomes)
    if not its.name:
        return Item(f"The kit of {where}: {its.what}")
    if its.ways:
        where += f" ({', '.join(its.ways)})"
    code = its.lines
    if len(code) > MAX_DIFF_LINES:
        more = len(code) - MAX_DIFF_LINES
        code = (*code[:MAX_DIFF_LINES], f"… {more} more lines")
    return Item(f"{its.name}, {its.what}: {where}", code=code)

"""`advisor tree impact`: show what an edit changes for saved decisions."""

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.db import DatabaseError
from django.urls import reverse

from advisor import catalogue
from advisor.catalogue import LoadedTree
from advisor.engine.problems import printable
from advisor.exports.report import Block, Item, counted, markdown, text
from advisor.management.printing import whole_number
from advisor.management.tree import sides
from advisor.management.tree.policies import policy_argument, with_policies
from advisor.saved.impact import STATUSES, Group, SavedRecord, impact, records

HELP = "show what an edit changes for saved decisions"
DESCRIPTION = """\
Evaluates the answers of all saved decisions again, each distinct result once, and shows which
results would differ, and why.

NEW is a folder, a git revision of the served tree, or REVISION:PATH. Without NEW, all saved
decisions are compared with the served trees as they are. With --policy, the decisions of one tree
(see --tree) are compared with that tree and the policy.

Exit codes: 0 evaluated, 1 with --exit-code if something differs, 2 wrong usage or a tree that
cannot be read."""

_NO_RECORDS = """\
The saved decisions cannot be read: {}.
If the database is new, run `advisor migrate` first.
"""
COUNTED = {
    "current": "current",
    "advice": "with changed advice",
    "outcome": "with another recommendation",
    "barred": "whose choice is no longer allowed",
    "unanswerable": "that cannot be evaluated",
}
TITLES = {
    "unanswerable": "Cannot be evaluated",
    "outcome": "Another recommendation",
    "barred": "What was chosen is no longer allowed",
    "advice": "The same recommendation, changed advice",
    "current": "Current",
}


@dataclass(frozen=True, slots=True)
class Report:
    """The groups of records, the most serious first.

    `against` names what they are compared with. `limit` is how many records are listed in all.
    """

    against: str
    groups: Sequence[Group]
    limit: int

    @property
    def counts(self) -> dict[str, int]:
        """Return how many records have each status, the best status first."""
        counts = Counter[str]()
        for group in self.groups:
            counts[group.verdict.status] += group.count
        return {status: counts[status] for status in reversed(STATUSES)}

    def config(self, state: str) -> int:
        """Return how many records have this state of their code, such as `changed`."""
        return sum(group.count for group in self.groups if group.config == state)

    @property
    def differing(self) -> list[Group]:
        """Return the groups whose advice or code differs today."""
        return [group for group in self.groups if not group.is_current]

    def listed(self) -> Iterator[tuple[Group, Iterator[SavedRecord]]]:
        """Yield each group that differs, with as many of its records as the limit leaves."""
        left = self.limit
        for group in self.differing:
            shown = min(left, group.count)
            left -= shown
            yield group, islice(records(group), shown) if shown else iter(())


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the action."""
    parser.formatter_class = RawDescriptionHelpFormatter
    parser.add_argument(
        "new", nargs="?", type=sides.side, metavar="NEW", help="default: the served trees"
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    parser.add_argument(
        "--limit",
        type=whole_number,
        default=100,
        metavar="N",
        help="list at most N decisions; all are counted (default: 100)",
    )
    parser.add_argument("--exit-code", action="store_true", help="exit with 1 if something differs")
    sides.served_option(parser)
    policy_argument(parser, "NEW")


def run(options: Mapping[str, Any], out: TextIO) -> int:
    """Write the report; return 1 if a record differs and `exit_code` is set.

    Return 2 where a tree is not valid or the database cannot be read.
    """
    policies: list[Path] = options["policies"]
    name = _named(options["new"], options["tree"], policies)
    with ExitStack() as stack:
        try:
            trees = _trees(name, options["tree"], policies, stack)
            groups = impact(trees, only=options["tree"] if name else "")
        except sides.UnreadableTree as problem:
            sys.stderr.write(f"{problem}\n")
            return 2
        except DatabaseError as problem:
            sys.stderr.write(_NO_RECORDS.format(problem))
            return 2
    against = with_policies(name, policies) or "the served trees"
    report = Report(against, groups, options["limit"])
    out.writelines(FORMATS[options["format"]](report))
    return 1 if options["exit_code"] and report.differing else 0


def _named(new: str | None, slug: str, policies: Sequence[Path]) -> str:
    """Return the name of the tree to compare with, empty for all served trees."""
    loaded = catalogue.shown_as(sides.served_folder(slug)) if policies else ""
    return new or loaded


def _trees(
    name: str, slug: str, policies: Sequence[Path], stack: ExitStack
) -> dict[str, LoadedTree]:
    """Return the trees to compare with, by slug. Raise UnreadableTree."""
    if name:
        folder = stack.enter_context(sides.opened(name, sides.served_folder(slug)))
        return {slug: sides.read(folder, name, policies)}
    folders = [Path(folder) for folder in settings.ADVISOR_TREES]
    return {folder.name: sides.read(folder, folder.as_posix()) for folder in folders}


def _head(report: Report) -> list[str]:
    counts = report.counts
    total = sum(counts.values())
    phrases = ", ".join(
        f"{number:,} {COUNTED[status]}" for status, number in counts.items() if number
    )
    lines = [f"{counted(total, 'saved decision')}{': ' * bool(phrases)}{phrases}."]
    if changed := report.config("changed"):
        lines.append(f"Of those with the same recommendation, {changed:,} would get changed code.")
    if unknown := report.config("unknown"):
        lines.append(f"For {unknown:,} it is not recorded which code they came with.")
    return lines


def _text(report: Report) -> Iterator[str]:
    yield text([f"Saved decisions compared with {report.against}", *_head(report)], ())
    for group, saved in report.listed():
        yield f"\n{_title(group)}\n"
        lines = chain(group.verdict.why, _lines(group, saved))
        yield from (f"  {printable(line)}\n" for line in lines)


def _markdown(report: Report) -> Iterator[str]:
    title = f"Saved decisions compared with {report.against}"
    blocks = (
        Block(
            _title(group), [*map(Item, group.verdict.why), *map(Item, _lines(group, saved))], True
        )
        for group, saved in report.listed()
    )
    yield markdown(title, _head(report), blocks)


def _title(group: Group) -> str:
    config = ", code changed" if group.config == "changed" else ""
    return f"{TITLES[group.verdict.status]}{config}: {group.count:,} of {group.tree}"


def _lines(group: Group, saved: Iterator[SavedRecord]) -> Iterator[str]:
    left = group.count
    for record in saved:
        left -= 1
        yield f"{reverse('saved', args=[record.id])} {record.saved_at:%Y-%m-%d} {record.title}"
    if left:
        yield f"and {left:,} more" if left < group.count else f"{left:,}, not listed"


def _json(report: Report) -> Iterator[str]:
    """Yield the report piece by piece, so that a long list needs little memory."""
    head: dict[str, object] = {
        "format": 1,
        "against": report.against,
        "counts": report.counts,
        "config": {state: report.config(state) for state in ("changed", "unknown")},
    }
    yield json.dumps(head, indent=2)[:-2] + ',\n  "groups": ['
    comma = ""
    for group, saved in report.listed():
        about: dict[str, object] = {
            "tree": group.tree,
            "status": group.verdict.status,
            "config": group.config,
            "count": group.count,
            "today": group.verdict.today,
            "why": group.verdict.why,
        }
        yield f'{comma}\n    {json.dumps(about)[:-1]}, "recommendations": ['
        comma = ","
        between = ""
        for record in saved:
            row = {
                "address": reverse("saved", args=[record.id]),
                "title": record.title,
                "saved_at": record.saved_at.isoformat(),
            }
            yield f"{between}\n      {json.dumps(row)}"
            between = ","
        yield "]}"
    yield "\n  ]\n}\n"


FORMATS: Mapping[str, Callable[[Report], Iterator[str]]] = {
    "text": _text,
    "markdown": _markdown,
    "json": _json,
}

"""`advisor tree diff`: show what an edit changes, and for which answers."""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from advisor import catalogue
from advisor.engine.comparing.tree_diff import diff
from advisor.exports.comparison import Comparison, as_json, as_markdown, as_text
from advisor.kits.comparing import kit_changes
from advisor.management.tree import sides
from advisor.management.tree.policies import policy_argument, with_policies

HELP = "show what an edit changes, and for which answers"
DESCRIPTION = """\
Compares two trees for every set of answers: which sets lead to another recommendation, and for
which sets caveats, reasons, code and policies changed.

OLD and NEW are folders, git revisions of the served tree (`main`, `HEAD~3`), or REVISION:PATH.
`tree diff` compares the last commit with the files as they are; `tree diff main` compares the
branch main. With --policy, the comparison includes what the policy changes.

Exit codes: 0 compared, 1 with --exit-code if something differs, 2 wrong usage or a tree that
cannot be read."""

FORMATS: Mapping[str, Callable[[Comparison], str]] = {
    "text": as_text,
    "markdown": as_markdown,
    "json": lambda comparison: as_json(comparison).decode(),
}


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the action."""
    parser.formatter_class = RawDescriptionHelpFormatter
    parser.add_argument("old", nargs="?", type=sides.side, metavar="OLD", help="default: HEAD")
    parser.add_argument(
        "new", nargs="?", type=sides.side, metavar="NEW", help="default: the served tree's folder"
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    parser.add_argument("--exit-code", action="store_true", help="exit with 1 if something differs")
    sides.served_option(parser)
    policy_argument(parser, "NEW")


def run(options: Mapping[str, Any], out: TextIO) -> int:
    """Write the comparison; return 1 if `exit_code` is set and it differs, 2 without a tree."""
    try:
        loaded = sides.served_folder(options["tree"])
        old_name = options["old"] or "HEAD"
        new_name = options["new"] or catalogue.shown_as(loaded)
        with (
            sides.opened(old_name, sides.home(options["new"], loaded)) as old_folder,
            sides.opened(options["new"] or str(loaded), loaded) as new_folder,
        ):
            old = sides.read(old_folder, old_name)
            new = sides.read(new_folder, new_name, options["policies"])
    except sides.UnreadableTree as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    comparison = Comparison(
        old_name,
        with_policies(new_name, options["policies"]),
        diff(old.tree, new.tree),
        kit_changes(old.kits, new.kits),
    )
    out.write(FORMATS[options["format"]](comparison))
    return 1 if options["exit_code"] and comparison.differs else 0

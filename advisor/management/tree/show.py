"""`advisor tree show`: print a tree in one piece, or its effective tree with origins."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from advisor import catalogue
from advisor.engine.printing.source_listing import source_listing, source_listing_with_origins
from advisor.management.tree import sides
from advisor.management.tree.policies import policy_argument

HELP = "print a tree in one piece, with or without its policies"
DESCRIPTION = (
    "Prints a tree as one YAML text, without its policies. With --effective, prints the tree with "
    "its policies applied, and beside each line the file, line and rule that it comes from. "
    "Exit codes: 0 printed, 1 the tree has errors, which are printed instead."
)


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the action."""
    parser.add_argument(
        "folder", nargs="?", type=Path, metavar="FOLDER", help="default: the served tree"
    )
    parser.add_argument(
        "--effective",
        action="store_true",
        help="apply the policies, and show where each line comes from",
    )
    policy_argument(parser)


def run(options: Mapping[str, Any], out: TextIO) -> int:
    """Write the tree and return 0, or write its problems and return 1."""
    folder = options["folder"] or sides.only_served()
    reading = catalogue.read(folder, options["policies"])
    if reading.tree is None:
        out.writelines(f"{problem}\n\n" for problem in reading.problems)
        return 1
    if options["effective"]:
        name = catalogue.shown_as(folder)
        out.write(source_listing_with_origins(reading.tree, reading, name))
    else:
        out.write(source_listing(reading.tree.without_policies))
    return 0

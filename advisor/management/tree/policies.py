"""The option that adds policies which are not in force."""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path


def policy_argument(parser: ArgumentParser, tree: str = "the tree") -> None:
    """Add the option. `tree` is how its help names the tree."""
    parser.add_argument(
        "--policy", action="append", type=Path, default=[], dest="policies", metavar="FILE",
        help=f"read this file as if it were in the policies/ folder of {tree}, in place of a file "
        "with the same name; may be given several times",
    )  # fmt: skip


def with_policies(tree: str, policies: Sequence[Path]) -> str:
    """Return the name of a tree, followed by the names of the added policies."""
    return f"{tree} with {', '.join(path.name for path in policies)}" if policies else tree

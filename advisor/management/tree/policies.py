"""The option by which actions read policies that are not in force."""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path


def policy_argument(parser: ArgumentParser, tree: str = "the tree") -> None:
    parser.add_argument(
        "--policy", action="append", type=Path, default=[], dest="policies", metavar="FILE",
        help=f"read this file as if it were in the policies/ folder of {tree}, in place of a file "
        "with the same name; may be given several times",
    )  # fmt: skip


def with_policies(tree: str, policies: Sequence[Path]) -> str:
    """A tree by its name, with the files that are read as if they stood in its `policies/`."""
    return f"{tree} with {', '.join(path.name for path in policies)}" if policies else tree

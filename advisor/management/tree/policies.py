"""The option by which actions read policies that are not in force."""

from argparse import ArgumentParser
from pathlib import Path


def policy_argument(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--policy", action="append", type=Path, default=[], dest="policies", metavar="FILE",
        help="read this file as if it stood in the tree's policies/, where it takes the place of "
        "one with the same name; may be given several times",
    )  # fmt: skip

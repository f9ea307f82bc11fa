"""The JSON Schema by which an editor completes and underlines."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any, TextIO

from advisor.engine.tree.json_schema import json_schema, policy_schema

HELP = "print the JSON Schema of a tree's files, or of a policy's"
DESCRIPTION = "Prints the JSON Schema of a tree's files, or of a policy's. Exit code 0."

SCHEMAS = {"tree": json_schema, "policy": policy_schema}


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("of", nargs="?", choices=SCHEMAS, default="tree", help="default: tree")


def run(options: Mapping[str, Any], out: TextIO) -> int:
    out.write(SCHEMAS[options["of"]]())
    return 0

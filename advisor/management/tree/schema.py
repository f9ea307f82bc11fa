"""`advisor tree schema`: print the JSON Schema for editors."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any, TextIO

from advisor.engine.tree.json_schema import json_schema, policy_schema

HELP = "print the JSON Schema of a tree's files, or of a policy's"
DESCRIPTION = "Prints the JSON Schema of a tree's files, or of a policy's. Exit code 0."

SCHEMAS = {"tree": json_schema, "policy": policy_schema}


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the action."""
    parser.add_argument("of", nargs="?", choices=SCHEMAS, default="tree", help="default: tree")


def run(options: Mapping[str, Any], out: TextIO) -> int:
    """Write the schema; return 0."""
    out.write(SCHEMAS[options["of"]]())
    return 0

"""The JSON Schema by which an editor completes and underlines."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any, TextIO

from advisor.engine.json_schema import json_schema

HELP = "print the JSON Schema of a tree's files"
DESCRIPTION = "Prints the JSON Schema of a tree's files. Exit code 0."


def arguments(parser: ArgumentParser) -> None:
    """None."""


def run(options: Mapping[str, Any], out: TextIO) -> int:  # noqa: ARG001 - as every action
    out.write(json_schema())
    return 0

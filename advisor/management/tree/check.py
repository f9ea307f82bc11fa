"""Whether a tree is well written, and if not, where and why."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings

from advisor import catalogue
from advisor.management.tree.policies import policy_argument

HELP = "list every problem of a tree"
DESCRIPTION = "Lists every problem of the trees. Exit code 0: no errors; 1: errors."


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "folders", nargs="*", type=Path, metavar="FOLDER", help="default: the served trees"
    )
    policy_argument(parser)


def run(options: Mapping[str, Any], out: TextIO) -> int:
    failed = False
    for folder in options["folders"] or map(Path, settings.ADVISOR_TREES):
        served, problems = catalogue.check(folder, options["policies"])
        for problem in problems:
            out.write(f"{problem}\n\n")
        errors = sum(problem.severity == "error" for problem in problems)
        warnings = len(problems) - errors
        failed |= served is None
        if served is None:
            verdict = "broken"
        else:
            document = served.tree.document
            verdict = (
                f"{len(document.questions)} questions, {len(document.outcomes)} outcomes, "
                f"{len(document.cases)} cases hold, {len(served.kits)} kits"
            )
        out.write(
            f"{folder}: {verdict}; {_count(errors, 'error')}, {_count(warnings, 'warning')}\n"
        )
    return 1 if failed else 0


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"

"""`manage.py tree`: work on decision trees.

`check` says whether a tree is well written, and if not, where and why. `schema` prints the JSON
Schema by which an editor completes and underlines.
"""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from advisor import catalogue
from advisor.engine.json_schema import json_schema


class Command(BaseCommand):
    help = "Work on decision trees."
    # A broken tree is what this command is for.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        check = actions.add_parser(
            "check",
            help="list every problem of a tree",
            description="Lists every problem of the trees. Exit code 0: no errors; 1: errors.",
        )
        check.add_argument(
            "folders", nargs="*", type=Path, metavar="FOLDER", help="default: the served trees"
        )

        actions.add_parser("schema", help="print the JSON Schema of a tree's files")

    def handle(self, *_: object, **options: Any) -> None:
        if options["action"] == "schema":
            self.stdout.write(json_schema(), ending="")
        else:
            self.check_folders(options["folders"] or [Path(f) for f in settings.ADVISOR_TREES])

    def check_folders(self, folders: list[Path]) -> None:
        failed = False
        for folder in folders:
            served, problems = catalogue.check(folder)
            for problem in problems:
                self.stdout.write(f"{problem}\n\n", ending="")
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
            self.stdout.write(
                f"{folder}: {verdict}; {_count(errors, 'error')}, {_count(warnings, 'warning')}\n"
            )
        if failed:
            sys.exit(1)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"

"""`advisor tree`: work on decision trees. Its actions are the modules of `management.tree`."""

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from advisor.management.tree import check, diff, draw, impact, schema, show, test

ACTIONS = {
    "check": check,
    "test": test,
    "show": show,
    "diff": diff,
    "impact": impact,
    "draw": draw,
    "schema": schema,
}


class Command(BaseCommand):
    help = "Work on decision trees."
    # A broken tree is what this command is for.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        for name, action in ACTIONS.items():
            subparser = actions.add_parser(name, help=action.HELP, description=action.DESCRIPTION)
            action.arguments(subparser)

    def handle(self, *_: object, **options: Any) -> None:
        self.stdout.ending = ""
        try:
            code = ACTIONS[options["action"]].run(options, self.stdout)
            self.stdout.flush()
        except BrokenPipeError:
            # Who reads has seen enough, as `head` has; what Python still wants to write is lost.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 1
        if code:
            sys.exit(code)

"""`advisor tree`: work on decision trees. The actions are the modules of `management.tree`."""

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
    """The command `tree`, with an action per module."""

    help = "Work on decision trees."
    # The checks stop at a broken tree, which this command must be able to read.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add each action with its own arguments."""
        actions = parser.add_subparsers(dest="action", required=True)
        for name, action in ACTIONS.items():
            subparser = actions.add_parser(name, help=action.HELP, description=action.DESCRIPTION)
            action.arguments(subparser)

    def handle(self, *_: object, **options: Any) -> None:
        """Run the action, and exit with its code unless that is 0."""
        self.stdout.ending = ""
        try:
            code = ACTIONS[options["action"]].run(options, self.stdout)
            self.stdout.flush()
        except BrokenPipeError:
            # The reader, such as `head`, has closed the pipe. Discard what Python still writes.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 1
        if code:
            sys.exit(code)

"""`advisor kits measure`: measure the kits of a tree on this machine."""

import subprocess
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from advisor import catalogue
from advisor.kits import measuring


class Command(BaseCommand):
    """The command `kits`, with the action `measure`."""

    help = "Work on the kits of a decision tree."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the action `measure` and its arguments."""
        actions = parser.add_subparsers(dest="action", required=True)
        measure = actions.add_parser(
            "measure",
            help="run every kit and write measured.yaml into the tree",
            description="Measures the sizes and costs of every kit and writes them, with the date, "
            "to measured.yaml in the tree. Kits with a store need a Redis server at REDIS_URL.",
        )
        measure.add_argument("folder", nargs="?", type=Path, help="default: the first served tree")
        measure.add_argument(
            "--rounds",
            type=int,
            default=measuring.ROUNDS,
            metavar="N",
            help=f"how often to measure each figure (default: {measuring.ROUNDS})",
        )
        measure.add_argument(
            "--dry-run", action="store_true", help="print the file instead of writing it"
        )

    def handle(self, *_: object, **options: Any) -> None:
        """Measure the kits, and write or print `measured.yaml`.

        Raise CommandError where the tree is not valid or a kit fails.
        """
        folder = options["folder"] or Path(settings.ADVISOR_TREES[0])
        loaded, problems = catalogue.check(folder)
        if loaded is None:
            raise CommandError("\n\n".join(map(str, problems)))
        try:
            section = measuring.measure(
                loaded.tree.document, loaded.kits, timezone.now().date(), options["rounds"]
            )
        except subprocess.CalledProcessError as error:
            output = error.stderr if isinstance(error.stderr, str) else error.stderr.decode()
            raise CommandError(f"a kit does not run:\n{output}") from error
        text = measuring.as_yaml(section)
        if options["dry_run"]:
            self.stdout.write(text)
        else:
            (folder / "measured.yaml").write_text(text)
            self.stdout.write(f"{folder / 'measured.yaml'} written")

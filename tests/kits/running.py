"""Lays kits out as a user unzips them, and runs their tests, whole or with one check broken."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from django.conf import settings

from advisor import catalogue
from advisor.catalogue import Served
from advisor.kits import MUTANTS, Kit

TREE = Path(settings.BASE_DIR) / "tree" / "tokens"
# Neither the project's own settings nor a cache: what counts is what a user has.
PYTEST = ("-m", "pytest", "-q", "-c", os.devnull, "-p", "no:cacheprovider")
TIMEOUT = 120


@dataclass(frozen=True, slots=True)
class Mutant:
    """One check broken: in the laid-out kit, `replace` becomes `by` in the file."""

    kit: str
    way: str
    breaks: str
    file: str
    replace: str
    by: str

    def __str__(self) -> str:
        return f"{self.kit}, {self.way}: {self.breaks}"


@cache
def served() -> Served:
    tree, problems = catalogue.check(TREE)
    if tree is None:
        raise AssertionError("\n".join(map(str, problems)))
    return tree


def combinations() -> list[tuple[str, str]]:
    """Every kit with every way to run it."""
    return [(outcome, way) for outcome, kit in served().kits.items() for way in kit.ways]


def lay_out(kit: Kit, way: str, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for file in kit.ways[way]:
        (folder / file.name).write_text(file.text)
    return folder


def run_tests(
    folder: Path, *arguments: str, python: str = sys.executable
) -> subprocess.CompletedProcess[str]:
    """The kit's tests as a user runs them, in its folder."""
    return subprocess.run(
        [python, *PYTEST, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


def mutants() -> Iterator[Mutant]:
    """Every mutant of every kit, and of every way under one kit of its family."""
    seen: set[str] = set()
    document = served().tree.document
    for outcome, spec in document.kits.items():
        first = next(iter(document.ways))
        yield from _listed(TREE / "kits" / outcome, outcome, first)
        for way, folder in spec.ways.items():
            if folder not in seen:
                seen.add(folder)
                yield from _listed(TREE / "shared" / folder, outcome, way)


def survivors(wanted: list[Mutant]) -> list[str]:
    """Those mutants that the tests of their kit do not catch, each with what happened."""
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return [
            f"{mutant}: {fate}"
            for mutant, fate in zip(wanted, pool.map(_fate, wanted), strict=True)
            if fate
        ]


def _fate(mutant: Mutant) -> str:
    """Empty for a mutant that is caught."""
    with TemporaryDirectory() as folder:
        home = lay_out(served().kits[mutant.kit], mutant.way, Path(folder) / mutant.kit)
        file = home / mutant.file
        text = file.read_text()
        if (count := text.count(mutant.replace)) != 1:
            return f"what it replaces stands {count} times in {mutant.file}"
        file.write_text(text.replace(mutant.replace, mutant.by))
        done = run_tests(home, "-x")
        # 1: tests ran and failed. Anything else is a broken mutant, not a caught one.
        return "" if done.returncode == 1 else f"pytest exits with {done.returncode}\n{done.stdout}"


def _listed(folder: Path, kit: str, way: str) -> Iterator[Mutant]:
    path = folder / MUTANTS
    entries = yaml.safe_load(path.read_text()) if path.is_file() else []
    for entry in entries:
        yield Mutant(kit, way, entry["breaks"], entry["file"], entry["replace"], entry["with"])

"""Lays kits out as a user unzips them, and runs their tests, whole or with one check broken."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from queue import Queue
from tempfile import TemporaryDirectory

import yaml
from django.conf import settings

from advisor import catalogue
from advisor.catalogue import LoadedTree
from advisor.engine.tree.model import KitParts
from advisor.kits.bundle import FrameworkFiles
from advisor.kits.kit import MUTANTS, Kit, KitFile
from advisor.kits.layout import one_file
from advisor.kits.reading import combinations as selected

# The tests of what comes along with a kit; its mutants meet all others.
OF_OTHERS = {"test_measure.py", "test_confirm.py"}
# Without a cache; the settings are those of the kit, as a user has them.
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
TIMEOUT = 300


def plain_environment() -> dict[str, str]:
    """The environment of a user, who has neither this project's settings nor its plugins."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")
    }
    return environment | {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One check broken: in the laid-out kit, `replace` becomes `by` in the file.

    `path` is the `mutants.yaml` that lists it, `caught_by` the test that it names, as
    `file::test`, or nothing.
    """

    tree: str
    kit: str
    way: str
    path: Path
    breaks: str
    caught_by: str
    file: str
    replace: str
    by: str

    def __str__(self) -> str:
        return f"{self.tree}, {self.kit}, {self.way}: {self.breaks}"


@cache
def folders() -> Mapping[str, Path]:
    """Every tree of the repository that brings kits, by its slug; the shipped one is the first."""
    kits = [path.parent.parent for path in (Path(settings.BASE_DIR) / "tree").rglob("kits/*/")]
    ordered = sorted(set(kits), key=lambda folder: (len(folder.parts), folder))
    return {folder.name: folder for folder in ordered}


@cache
def served(tree: str) -> LoadedTree:
    read, problems = catalogue.check(folders()[tree])
    if read is None:
        raise AssertionError("\n".join(map(str, problems)))
    return read


def every_kit() -> list[tuple[str, str]]:
    """Every tree with every outcome that has a kit."""
    return [(tree, outcome) for tree in folders() for outcome in served(tree).kits]


@cache
def every_variant() -> list[tuple[str, str]]:
    """Every tree with every kit for every combination of options.

    That for the defaults has the name of its outcome, another one its options behind it.
    """
    return [
        (tree, variant_name(variant, variant is not kit))
        for tree in folders()
        for kit in served(tree).kits.values()
        for variant in kit.variants
    ]


def variant_name(kit: Kit, with_options: bool) -> str:
    options = (f"{choice}={option}" for choice, option in kit.choices.items())
    return " ".join((kit.outcome, *options)) if with_options else kit.outcome


@cache
def combinations() -> list[tuple[str, str, str]]:
    """Every kit with every way to run it; the same files once."""
    seen = []
    distinct = []
    for kit in every_variant():
        for way, files in kit_of(*kit).frameworks.items():
            if (kit[0], files) not in seen:
                seen.append((kit[0], files))
                distinct.append((*kit, way))
    return distinct


def joined_kits() -> list[tuple[str, str, str]]:
    """Every kit, in every way to run it, whose code becomes one file."""
    return [kit for kit in combinations() if kit[2] in kit_of(*kit[:2]).joined]


def kit_of(tree: str, name: str) -> Kit:
    """The kit of an outcome, or a variant of it by the name that `every_variant` gives it."""
    outcome, *_ = name.split()
    kit = served(tree).kits[outcome]
    return next(
        variant for variant in kit.variants if name == variant_name(variant, variant is not kit)
    )


def folders_added(tree: str, name: str) -> list[tuple[str, str]]:
    """Each framework of a kit with each folder that it adds, in the order of the tree."""
    return [
        (way, folder)
        for way in kit_of(tree, name).frameworks
        for part in parts_of(tree, name)
        for folder in part.frameworks.get(way, ())
    ]


def folders_shared(tree: str, name: str) -> list[tuple[str, str]]:
    """The first framework with each folder that a kit shares with others in all frameworks."""
    parts = parts_of(tree, name)
    folders = [folder for part in parts for folder in (*part.modules, *part.extras)]
    return [(first_way(tree), folder) for folder in folders]


def parts_of(tree: str, name: str) -> tuple[KitParts, ...]:
    """What the tree lists for a kit: always, and for the options of the variant."""
    kit, spec = kit_of(tree, name), served(tree).tree.document.kits[name.split(maxsplit=1)[0]]
    return next(parts for chosen, parts in selected(spec) if chosen == dict(kit.choices))


def first_way(tree: str) -> str:
    """The way that adds nothing to a kit."""
    return next(iter(served(tree).tree.document.frameworks))


def lay_out(kit: Kit, way: str, folder: Path) -> Path:
    """The kit with its modules as separate files, as a zip of them holds it."""
    return laid_out(kit.frameworks[way], folder)


def lay_out_joined(kit: Kit, way: str, folder: Path) -> Path:
    """The kit with its code in one file, as the zip holds it unless others are asked for."""
    return laid_out(bundled(kit, way).laid_out(), folder)


def bundled(kit: Kit, way: str) -> FrameworkFiles:
    """The kit as a page offers it: as one file, and as separate ones."""
    files = kit.frameworks[way]
    return FrameworkFiles(way, "", files, one_file(kit.joined.get(way, ()), files))


def laid_out(files: Iterable[KitFile], folder: Path) -> Path:
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text)
    return folder


def own_tests(kit: Kit, way: str) -> list[str]:
    """The test files that a way brings; those of the kit itself where its code is other code."""
    plain, files = next(iter(kit.frameworks.values())), kit.frameworks[way]
    names = [file.name for file in files if file.name.startswith("test_")]
    if {file for file in plain if not file.supporting} <= set(files):
        names_of_plain = {file.name for file in plain}
        if added := [name for name in names if name not in names_of_plain]:
            return added
    return [name for name in names if name not in OF_OTHERS]


def in_their_folders(kit: Kit, way: str, names: Iterable[str]) -> list[str]:
    """The paths of test files in the laid-out kit."""
    paths = {file.name: file.path for file in kit.frameworks[way]}
    return [paths.get(name, name) for name in names]


def run_tests(
    folder: Path, *arguments: str, python: str = sys.executable, timeout: int = TIMEOUT
) -> subprocess.CompletedProcess[str]:
    """The kit's tests as a user runs them, in its folder; a test file may be named alone."""
    tests = folder / "tests"
    named = [f"tests/{name}" if (tests / name).is_file() else name for name in arguments]
    return subprocess.run(
        [python, *PYTEST, *named],
        cwd=folder,
        env=plain_environment(),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@cache
def mutants() -> tuple[Mutant, ...]:
    """Every mutant of every kit, and of every shared folder under the first kit that has it."""
    return tuple(_mutants())


def _mutants() -> Iterator[Mutant]:
    for tree, folder in folders().items():
        seen: set[str] = set()
        for kit in (name for slug, name in every_variant() if slug == tree):
            if " " not in kit:
                yield from _listed(folder / "kits" / kit, tree, kit, first_way(tree))
            for way, name in (*folders_shared(tree, kit), *folders_added(tree, kit)):
                if name not in seen:
                    seen.add(name)
                    yield from _listed(folder / "shared" / name, tree, kit, way)


def survivors(wanted: list[Mutant]) -> list[str]:
    """Return what is wrong: mutants that escape, and those whose `caught-by` names another test
    than one that catches them, each with the line that mends it."""
    return [
        f"{mutant}: {fate.problem or line_wanted(mutant, fate.caught_by)}"
        for mutant, fate in fates(wanted, processes=1)
        if fate.problem or fate.caught_by != mutant.caught_by
    ]


def line_wanted(mutant: Mutant, test: str) -> str:
    path = mutant.path.relative_to(settings.BASE_DIR)
    return f"below this line in {path}, put\n  caught-by: {test}"


@dataclass(frozen=True, slots=True)
class Fate:
    """The test that caught a mutant, or why nothing did."""

    caught_by: str = ""
    problem: str = ""


def fates(wanted: Sequence[Mutant], processes: int) -> list[tuple[Mutant, Fate]]:
    """Return what becomes of each mutant. The test that it names comes first; where that does not
    catch it, all tests of its kit do, up to the first that fails."""
    workers: Queue[subprocess.Popen[str]] = Queue()
    with ExitStack() as stack:
        for _ in range(processes):
            workers.put(stack.enter_context(_worker()))

        def meet(mutant: Mutant) -> Fate:
            worker = workers.get()
            try:
                named = _fate(worker, mutant, mutant.caught_by) if mutant.caught_by else Fate()
                return named if named.caught_by else _fate(worker, mutant)
            finally:
                workers.put(worker)

        with ThreadPoolExecutor(max_workers=processes) as pool:
            return list(zip(wanted, pool.map(meet, wanted), strict=True))


@contextmanager
def _worker() -> Iterator["subprocess.Popen[str]"]:
    worker = subprocess.Popen(
        # Warnings of imports are no concern of a run; pytest sets its own filters in each.
        [sys.executable, "-W", "ignore", Path(__file__).with_name("worker.py")],
        env=plain_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield worker
    finally:
        worker.kill()
        worker.communicate()


def _fate(worker: "subprocess.Popen[str]", mutant: Mutant, test: str = "") -> Fate:
    """Return what one test makes of the mutant, or all tests of its kit."""
    kit = kit_of(mutant.tree, mutant.kit)
    names = [test.partition("::")[0]] if test else own_tests(kit, mutant.way)
    files = in_their_folders(kit, mutant.way, names)
    with TemporaryDirectory() as folder:
        home = lay_out(kit, mutant.way, Path(folder) / mutant.kit)
        (path,) = in_their_folders(kit, mutant.way, [mutant.file])
        file = home / path
        text = file.read_text()
        if (count := text.count(mutant.replace)) != 1:
            return Fate(problem=f"what it replaces stands {count} times in {mutant.file}")
        file.write_text(text.replace(mutant.replace, mutant.by))
        if worker.stdin is None or worker.stdout is None:
            raise RuntimeError("the worker has no pipes")
        order = {"folder": str(home), "files": files, "test": test}
        worker.stdin.write(json.dumps(order) + "\n")
        worker.stdin.flush()
        answer = json.loads(worker.stdout.readline())
    # 1: tests ran and failed. Anything else is a broken mutant or a test that is gone.
    if answer["code"] == 1 and answer["failed"]:
        return Fate(caught_by=answer["failed"].partition("[")[0])
    return Fate(problem=f"pytest exits with {answer['code']}\n{answer['printed']}")


def _listed(folder: Path, tree: str, kit: str, way: str) -> Iterator[Mutant]:
    path = folder / MUTANTS
    for entry in yaml.load(path.read_text(), yaml.CSafeLoader) if path.is_file() else []:
        texts = (entry["file"], entry["replace"], entry["with"])
        yield Mutant(tree, kit, way, path, entry["breaks"], entry.get("caught-by", ""), *texts)

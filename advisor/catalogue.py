"""Load the trees that this site serves, each with its kits and its version."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.utils import timezone

from advisor.engine.problems import Problem, in_order
from advisor.engine.reader import Reading, read_folder
from advisor.engine.reading.tree_files import POLICIES
from advisor.engine.tree.graph import Tree
from advisor.kits.kit import Kit
from advisor.kits.reading import read_kits


@dataclass(frozen=True, slots=True)
class LoadedTree:
    """A valid tree with its kits. `slug` is the name of its folder, and its part of addresses."""

    slug: str
    tree: Tree
    kits: Mapping[str, Kit]
    version: str


class BrokenTree(Exception):
    """A folder without a valid tree. `problems` and the message list everything wrong with it."""

    def __init__(self, slug: str, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n\n".join(map(str, problems)))
        self.slug = slug
        self.problems = problems


def folder_of(slug: str) -> Path | None:
    """Return the folder of a configured tree, valid or not; None for an unknown slug."""
    folders = map(Path, settings.ADVISOR_TREES)
    return next((folder for folder in folders if folder.resolve().name == slug), None)


def loaded_trees() -> Mapping[str, LoadedTree]:
    """Return the trees of this site by slug, in the order of the setting. Raise BrokenTree.

    They are read once. With ADVISOR_RELOAD, they are read again whenever one of their files
    changes.
    """
    folders = tuple(map(Path, settings.ADVISOR_TREES))
    return _load(folders, _state(folders) if settings.ADVISOR_RELOAD else ())


def reload() -> None:
    """Forget the trees; the next call of `loaded_trees` reads them again."""
    _load.cache_clear()


def read(folder: Path, policies: Iterable[Path] = (), *, name: str = "") -> Reading:
    """Read the YAML of a folder, without its kits, as of today.

    `policies` are read as if they were in its folder `policies/`. `name` is how problems name the
    folder.
    """
    today = timezone.now().date()
    return read_folder(folder, name or shown_as(folder), today=today, policies=policies)


def check(
    folder: Path, policies: Iterable[Path] = (), *, name: str = ""
) -> tuple[LoadedTree | None, tuple[Problem, ...]]:
    """Read a folder with its kits, and return the tree if it is valid, and all problems.

    `policies` are read as if they were in its folder `policies/`. `name` is how problems name the
    folder. Problems may be mere warnings about a valid tree.
    """
    policies = tuple(policies)
    folder_name = name or shown_as(folder)
    reading = read(folder, policies, name=name)
    if reading.tree is None:
        return None, reading.problems
    # The literals in a kit must equal the defaults of the tree without policies.
    kits, problems = read_kits(folder, reading.tree.without_policies, folder_name)
    all_problems = in_order((*reading.problems, *problems))
    if any(problem.severity == "error" for problem in all_problems):
        return None, all_problems
    taken = {outcome: tuple(kit.takes()) for outcome, kit in kits.items()}
    tree = replace(reading.tree, taken=taken)
    return LoadedTree(folder.resolve().name, tree, kits, version(folder, policies)), all_problems


def version(folder: Path, policies: Iterable[Path] = ()) -> str:
    """Return the sha256, as hex, of the names and bytes of all files, including `policies`."""
    files: dict[PurePosixPath, Path] = {}
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in relative.parts)
        if path.is_file() and not hidden:
            files[PurePosixPath(relative)] = path
    files |= {PurePosixPath(POLICIES, path.name): path for path in policies}
    digest = hashlib.sha256()
    for name, path in sorted(files.items()):
        for part in (str(name).encode(), path.read_bytes()):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def shown_as(folder: Path) -> str:
    """Return the name of a folder in messages: relative to the project if it is inside."""
    try:
        return folder.resolve().relative_to(settings.BASE_DIR).as_posix()
    except ValueError:
        return folder.as_posix()


@lru_cache(maxsize=4)
def _load(
    folders: tuple[Path, ...],
    state: tuple[tuple[str, int, int], ...],  # noqa: ARG001 - a key of the cache
) -> Mapping[str, LoadedTree]:
    trees: dict[str, LoadedTree] = {}
    for folder in folders:
        loaded, problems = check(folder)
        if loaded is None:
            raise BrokenTree(folder.resolve().name, problems)
        trees[loaded.slug] = loaded
    return trees


def _state(folders: tuple[Path, ...]) -> tuple[tuple[str, int, int], ...]:
    """Return names, times and sizes of all files, which change when an editor saves one."""
    files = (path for folder in folders for path in sorted(folder.rglob("*")))
    stats = ((str(path), path.stat()) for path in files if "__pycache__" not in path.parts)
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)

"""The trees that this site serves: each read once, with its kits and its version."""

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
    """A tree that pages are made of. `slug` is its folder's name and its place in addresses."""

    slug: str
    tree: Tree
    kits: Mapping[str, Kit]
    version: str


class BrokenTree(Exception):
    """A folder that holds no usable tree; says all that is wrong with it."""

    def __init__(self, slug: str, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n\n".join(map(str, problems)))
        self.slug = slug
        self.problems = problems


def folder_of(slug: str) -> Path | None:
    """The folder of a tree that the site is to serve, whether or not what it holds is usable."""
    folders = map(Path, settings.ADVISOR_TREES)
    return next((folder for folder in folders if folder.resolve().name == slug), None)


def loaded_trees() -> Mapping[str, LoadedTree]:
    """The served trees by slug, in the order of the setting. Raises BrokenTree.

    Read once; with ADVISOR_RELOAD again whenever a file of theirs changes.
    """
    folders = tuple(map(Path, settings.ADVISOR_TREES))
    return _load(folders, _state(folders) if settings.ADVISOR_RELOAD else ())


def reload() -> None:
    """Forget the trees that were read; the next call of `trees` reads them again."""
    _load.cache_clear()


def read(folder: Path, policies: Iterable[Path] = (), *, name: str = "") -> Reading:
    """The folder's YAML as it is today, with `policies` as if they stood in its `policies/`.

    `name` is what problems call the folder, if not as people know it.
    """
    today = timezone.now().date()
    return read_folder(folder, name or shown_as(folder), today=today, policies=policies)


def check(
    folder: Path, policies: Iterable[Path] = (), *, name: str = ""
) -> tuple[LoadedTree | None, tuple[Problem, ...]]:
    """Read a folder with its kits: the tree if it is usable, and every problem.

    `policies` are files that are read as if they stood in the folder's `policies/`, `name` is what
    problems call the folder.
    """
    policies = tuple(policies)
    shown = name or shown_as(folder)
    reading = read(folder, policies, name=name)
    if reading.tree is None:
        return None, reading.problems
    # A kit's own literals are what the tree alone promises.
    kits, problems = read_kits(folder, reading.tree.without_policies, shown)
    all_problems = in_order((*reading.problems, *problems))
    if any(problem.severity == "error" for problem in all_problems):
        return None, all_problems
    taken = {outcome: tuple(kit.parameters) for outcome, kit in kits.items()}
    tree = replace(reading.tree, taken=taken)
    return LoadedTree(folder.resolve().name, tree, kits, version(folder, policies)), all_problems


def version(folder: Path, policies: Iterable[Path] = ()) -> str:
    """The sha256, as hex, of every file that can change a result: its names and its bytes."""
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


@lru_cache(maxsize=4)
def _load(
    folders: tuple[Path, ...],
    state: tuple[tuple[str, int, int], ...],  # noqa: ARG001 - another state is another result
) -> Mapping[str, LoadedTree]:
    trees: dict[str, LoadedTree] = {}
    for folder in folders:
        loaded, problems = check(folder)
        if loaded is None:
            raise BrokenTree(folder.resolve().name, problems)
        trees[loaded.slug] = loaded
    return trees


def _state(folders: tuple[Path, ...]) -> tuple[tuple[str, int, int], ...]:
    """Names, times and sizes of all files: what changes when an editor saves one."""
    files = (path for folder in folders for path in sorted(folder.rglob("*")))
    stats = ((str(path), path.stat()) for path in files if "__pycache__" not in path.parts)
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)


def shown_as(folder: Path) -> str:
    """The folder as problems name it: short where it lies in the project."""
    try:
        return folder.resolve().relative_to(settings.BASE_DIR).as_posix()
    except ValueError:
        return folder.as_posix()

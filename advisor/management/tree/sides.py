"""Open a tree that a command names: a folder, or a git revision of a served tree."""

import io
import subprocess
import tarfile
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.management import CommandError

from advisor import catalogue
from advisor.catalogue import LoadedTree


class UnreadableTree(Exception):
    """A name that leads to no valid tree. The message is for the user of the command."""


def side(text: str) -> str:
    """Return an argument that names a tree.

    Raise ArgumentTypeError where git would read it as an option.
    """
    if text.startswith("-") or not text:
        raise ArgumentTypeError(f"{text!r} is neither a folder nor a revision")
    return text


def served_option(parser: ArgumentParser) -> None:
    """Add the option that chooses among several served trees; the default is the first."""
    names = [Path(folder).name for folder in settings.ADVISOR_TREES]
    about = f"which served tree, if there are several (default: {names[0]})"
    parser.add_argument("--tree", choices=names, default=names[0], metavar="NAME", help=about)


def only_served() -> Path:
    """Return the folder of the only served tree. Raise CommandError if there are several."""
    if len(settings.ADVISOR_TREES) > 1:
        loaded = ", ".join(settings.ADVISOR_TREES)
        raise CommandError(f"name one of the served trees: {loaded}", returncode=2)
    return Path(settings.ADVISOR_TREES[0])


def served_folder(name: str) -> Path:
    """Return the folder of the served tree with this name, which must exist."""
    return next(path for path in map(Path, settings.ADVISOR_TREES) if path.name == name)


def home(new: str | None, served_folder: Path) -> Path:
    """Return the folder whose history contains the old side of a comparison.

    That is the folder `new` if it is in a git repository, so that comparing a tree with its own
    past needs no setting. Otherwise it is the served folder.
    """
    if new and (folder := Path(new)).is_dir():
        whole = folder.resolve()
        if any((above / ".git").exists() for above in (whole, *whole.parents)):
            return folder
    return served_folder


@contextmanager
def opened(name: str, served_folder: Path) -> Iterator[Path]:
    """Open the folder that a name means. A revision is a copy, deleted after the context.

    A revision without a path means `served_folder` in that revision. Raise UnreadableTree.
    """
    if Path(name).is_dir():
        yield Path(name)
        return
    with TemporaryDirectory(prefix="tree-") as temporary:
        yield _unpacked(name, served_folder, Path(temporary))


def read(folder: Path, name: str, policies: Sequence[Path] = ()) -> LoadedTree:
    """Return the tree in a folder with its kits.

    `policies` are read as if they were in its folder `policies/`. `name` is how problems name the
    folder. Raise UnreadableTree with every problem.
    """
    loaded, problems = catalogue.check(folder, policies, name=name)
    if loaded is None:
        errors = (str(problem) for problem in problems if problem.severity == "error")
        raise UnreadableTree("\n\n".join((*errors, f"{name} cannot be used.")))
    return loaded


def _unpacked(name: str, served_folder: Path, into: Path) -> Path:
    revision, colon, path = name.partition(":")
    if Path(path).is_absolute():
        raise UnreadableTree(f"{name}: give the path from the root of the repository")
    home = next(
        folder for folder in (served_folder, *served_folder.resolve().parents) if folder.is_dir()
    )
    top = Path(_git(home, "rev-parse", "--show-toplevel", name=name).decode().strip())
    commit = _git(
        top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}",
        name=name,
    ).decode().strip()  # fmt: skip
    if not colon:
        try:
            path = served_folder.resolve().relative_to(top.resolve()).as_posix()
        except ValueError:
            message = f"{served_folder} is not in {top}, so it has no revisions"
            raise UnreadableTree(message) from None
    packed = _git(top, "archive", "--format=tar", commit, "--", path, name=name)
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            target = into / member.name
            # Links are not part of a tree, and could lead out of the folder.
            if member.isfile() and target.resolve().is_relative_to(into.resolve()):
                target.parent.mkdir(parents=True, exist_ok=True)
                content = archive.extractfile(member)
                target.write_bytes(content.read() if content else b"")
    return into / path


def _git(at: Path, *arguments: str, name: str) -> bytes:
    """Return what git prints. Raise UnreadableTree where it fails or is not installed."""
    try:
        finished = subprocess.run(  # noqa: S603 - a list, and nothing in it begins with a dash
            ["git", "--literal-pathspecs", "-C", str(at), *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            check=True,
        )
    except FileNotFoundError:
        raise UnreadableTree(f"{name} is not a folder, and git is not installed") from None
    except subprocess.CalledProcessError as error:
        message = error.stderr.decode(errors="replace").strip()
        because = f": {message}" if message else ""
        text = f"{name} is not a folder, and git knows no such tree{because}"
        raise UnreadableTree(text) from None
    return finished.stdout

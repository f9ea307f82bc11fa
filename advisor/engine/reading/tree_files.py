"""The files of a tree and of its policies: which there are, and what is in them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath

from advisor.engine.problems import Place, Problem, quoted
from advisor.engine.reading.yaml_nodes import MAX_MIB

MIB = 1024 * 1024
POLICIES = "policies"
# Folders that are named where another one holds no tree.
MAX_NEAR = 3

_POLICY_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(slots=True)
class TreeFiles:
    """The contents of a tree's files by the names that problems show, and what is wrong already.

    `policies` have a file's name and contents by the policy's id. `hint` names the folders inside
    that hold a tree, where the folder itself holds none.
    """

    name: str
    tree: dict[str, bytes] = field(default_factory=dict)
    policies: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    hint: str = ""

    def add(self, path: Path, shown: str) -> None:
        """Read a file of the tree."""
        if (data := self._read(path, shown)) is not None:
            self.tree[shown] = data

    def add_policy(self, path: Path, shown: str) -> None:
        """Read a policy's file."""
        if (data := self._read(path, shown)) is not None:
            self.put_policy(shown, data)

    def put_policy(self, shown: str, data: bytes) -> None:
        """Take the contents of a policy's file, whose name before the ending is the policy's id."""
        id = PurePosixPath(shown).stem
        if not _POLICY_ID.fullmatch(id):
            actual, expected = f"the name {quoted(id)}", "a policy's id before `.yaml`"
            hint = "an id: lower-case letters, digits and dashes"
            self.problems.append(Problem("bad-id", Place(shown), actual, expected, hint))
        elif id in self.policies:
            actual = f"the policy {quoted(id)} again, first in {self.policies[id][0]}"
            self.problems.append(Problem("policy-twice", Place(shown), actual, "each policy once"))
        else:
            self.policies[id] = shown, data

    def _read(self, path: Path, shown: str) -> bytes | None:
        if path.suffix != ".yaml":
            actual, expected = quoted(path.suffix), "a name that ends in `.yaml`"
            self.problems.append(Problem("wrong-ending", Place(shown), actual, expected))
            return None
        try:
            with path.open("rb") as opened:
                # Python sets aside what it is told to read, so it is told a little at a time.
                chunks = iter(partial(opened.read, MIB), b"")
                return b"".join(islice(chunks, MAX_MIB + 1))
        except OSError as error:
            actual = f"a file that cannot be read ({error.strerror})"
            self.problems.append(Problem("unreadable", Place(shown), actual, "a readable file"))
            return None


def files_in(folder: Path, name: str, policies: Iterable[Path]) -> TreeFiles:
    """Read the folder's own YAML files, and its policies; those given replace their namesakes.

    Problems name files as `name` (or else the folder as given) and the file's own name.
    """
    files = TreeFiles(name or folder.as_posix())
    for path in sorted(folder.glob("[!.]*.y*ml")):
        files.add(path, f"{files.name}/{path.name}")
    for path in sorted((folder / POLICIES).glob("[!.]*.y*ml")):
        files.add_policy(path, f"{files.name}/{POLICIES}/{path.name}")
    if not files.tree:
        inside = sorted(quoted(path.parent.name) for path in folder.glob("*/tree.yaml"))
        if inside:
            files.hint = f"did you mean a folder inside: {' or '.join(inside[:MAX_NEAR])}?"
    replacing = [*policies]
    for path in replacing:
        files.policies.pop(path.stem, None)
    for path in replacing:
        files.add_policy(path, path.as_posix())
    return files


def files_of(contents: Mapping[str, bytes]) -> TreeFiles:
    """Sort contents by the names of their files; those in a folder `policies` are policies."""
    files = TreeFiles("the tree")
    for name, data in contents.items():
        if PurePosixPath(name).parent.name == POLICIES:
            files.put_policy(name, data)
        else:
            files.tree[name] = data
    return files

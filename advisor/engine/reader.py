"""A folder of YAML in, a tree or its problems out. Never raises on content."""

import gc
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path as FilePath
from pathlib import PurePosixPath

from advisor.engine.policies import conflicts
from advisor.engine.problems import MAX_PROBLEMS, Place, Problem, in_order, quoted
from advisor.engine.reading import yaml_nodes
from advisor.engine.reading.linking import Broken, link
from advisor.engine.reading.lint import Complaint, listed_twice
from advisor.engine.reading.schema_errors import SchemaError
from advisor.engine.reading.schema_keys import all_keys
from advisor.engine.reading.schema_messages import problem_of
from advisor.engine.reading.swallowed_lines import swallowed
from advisor.engine.reading.validation import validate
from advisor.engine.tree.graph import Tree
from advisor.engine.tree.model import Case, Document
from advisor.engine.tree.policy_model import Policy

MIB = 1024 * 1024
POLICIES = "policies"
# Folders that are named where another one holds no tree.
MAX_NEAR = 3


@dataclass(frozen=True, slots=True)
class WrittenCase:
    """A case, and where it stands: in the tree's files, or in those of a policy."""

    case: Case
    root: yaml_nodes.Mapping
    index: int
    policy: str = ""

    @property
    def place(self) -> Place:
        return yaml_nodes.place_of(yaml_nodes.find(self.root, ("cases", self.index))[0])


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading: all problems, and the tree if none of them is an error.

    `walkable` is the tree even if its cases fail or reasons are missing; `cases` are then all that
    it has, those of its policies too. `root` is what was written, all files as one, and `policies`
    what was written in each policy's: `source.find` has the place of whatever they say.
    """

    tree: Tree | None
    problems: tuple[Problem, ...]
    walkable: Tree | None = None
    cases: tuple[WrittenCase, ...] = ()
    root: yaml_nodes.Mapping | None = None
    policies: Mapping[str, yaml_nodes.Mapping] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity == "error")


def read_folder(
    folder: FilePath,
    name: str = "",
    *,
    today: date | None = None,
    policies: Iterable[FilePath] = (),
) -> Reading:
    """Read every `.yaml` file that stands directly in the folder, and those in its `policies/`. A
    `.yml` file is a problem: left out without a word, its caveats would be missed.

    Problems name files as `name` (or else the folder as given) and the file's own name. `policies`
    are files read as if they stood in `policies/`, where they take the place of their namesakes.
    Without `today` no review date is checked.
    """
    files = _Files(name or folder.as_posix())
    for path in sorted(folder.glob("[!.]*.y*ml")):
        files.add(path, f"{files.name}/{path.name}")
    for path in sorted((folder / POLICIES).glob("[!.]*.y*ml")):
        files.add_policy(path, f"{files.name}/{POLICIES}/{path.name}")
    if not files.tree:
        inside = (quoted(path.parent.name) for path in folder.glob("*/tree.yaml"))
        found = sorted(inside)[:MAX_NEAR]
        files.instead = f"did you mean a folder inside: {' or '.join(found)}?" if found else ""
    given = [*policies]
    for path in given:
        files.policies.pop(path.stem, None)
    for path in given:
        files.add_policy(path, path.as_posix())
    return _read(files, today)


def read_files(files: Mapping[str, bytes], *, today: date | None = None) -> Reading:
    """Read a tree from its files' contents, by the names that problems are to show. Policies are
    called `policies/<id>.yaml`."""
    sorted_files = _Files("the tree")
    for name, data in files.items():
        if PurePosixPath(name).parent.name == POLICIES:
            sorted_files.put_policy(name, data)
        else:
            sorted_files.tree[name] = data
    return _read(sorted_files, today)


@dataclass(slots=True)
class _Files:
    """The files of a tree: their contents by the names that problems show, and what is wrong with
    them already. `policies` are by id."""

    name: str
    tree: dict[str, bytes] = field(default_factory=dict)
    policies: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    # Where a folder has no tree: the folders in it that have one.
    instead: str = ""

    def add(self, path: FilePath, shown: str) -> None:
        if (data := self.read(path, shown)) is not None:
            self.tree[shown] = data

    def add_policy(self, path: FilePath, shown: str) -> None:
        if (data := self.read(path, shown)) is not None:
            self.put_policy(shown, data)

    def put_policy(self, shown: str, data: bytes) -> None:
        id = PurePosixPath(shown).stem
        if not _ID.fullmatch(id):
            found, expected = f"the name {quoted(id)}", "a policy's id before `.yaml`"
            how = "an id: lower-case letters, digits and dashes"
            self.problems.append(Problem("bad-id", Place(shown), found, expected, how))
        elif id in self.policies:
            found = f"the policy {quoted(id)} again, first in {self.policies[id][0]}"
            self.problems.append(Problem("policy-twice", Place(shown), found, "each policy once"))
        else:
            self.policies[id] = shown, data

    def read(self, path: FilePath, shown: str) -> bytes | None:
        if path.suffix != ".yaml":
            found, expected = quoted(path.suffix), "a name that ends in `.yaml`"
            self.problems.append(Problem("wrong-ending", Place(shown), found, expected))
            return None
        try:
            with path.open("rb") as opened:
                # Python sets aside what it is told to read, so it is told a little at a time.
                chunks = iter(partial(opened.read, MIB), b"")
                return b"".join(islice(chunks, yaml_nodes.MAX_MIB + 1))
        except OSError as error:
            found = f"a file that cannot be read ({error.strerror})"
            self.problems.append(Problem("unreadable", Place(shown), found, "a readable file"))
            return None


_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Reading makes millions of objects that stay and hold no cycles; collection would visit them
    again and again, and take longer than all the rest."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            # What was made is old at once. Else the next allocation would visit all of it.
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()


@_collection_paused()
def _read(files: _Files, today: date | None) -> Reading:
    """Read what could be opened."""
    written = files.problems
    roots = []
    for file, data in files.tree.items():
        root, found = _root(file, data, Document)
        written += found
        roots.append(root)
    if not roots:
        found_none, expected = "no `.yaml` file", "a folder with `tree.yaml`"
        nothing = Problem("no-tree", Place(files.name), found_none, expected, files.instead)
        return Reading(None, in_order(written or [nothing]))
    merged, twice = _merge(roots)
    written += twice
    ids = {problem.id for problem in written}
    unsure = {problem.place.text[: problem.place.length] for problem in twice}
    if _is_cut_short(written):
        unsure |= Document.model_fields.keys() - merged.keys()
    document, broken, meant = validate(merged, frozenset(unsure), Document)
    broken = replace(broken, gaps=bool(ids & _LOSSY))
    meant += (p for complaint in listed_twice(merged) if (p := _problem(merged, complaint)))
    tree = None
    if document is not None:
        tree, complaints = link(document, broken)
        meant += (p for complaint in complaints if (p := _problem(merged, complaint)))
    if not _errors((*written, *meant)) <= _WALKABLE:
        tree = None
    overlay = _Overlay(files.policies)
    written += overlay.written
    whole = overlay.join(tree, document, broken, today)
    # What is wrong as YAML says enough about its place; what follows from it is noise.
    places = {_start(problem.place) for problem in written}
    meant += overlay.problems
    ordered = in_order([*written, *(p for p in meant if _start(p.place) not in places)])
    errors = _errors(ordered)
    if len(ordered) > MAX_PROBLEMS:
        many = f"more than {MAX_PROBLEMS} problems"
        more = Problem("too-many", Place(files.name), many, "those above to be mended first")
        ordered = (*ordered[:MAX_PROBLEMS], more)
    if whole is None or not errors <= _WALKABLE:
        return Reading(None, ordered, root=merged, policies=overlay.roots)
    cases = (*_cases(merged, whole.alone.document.cases), *overlay.cases())
    return Reading(None if errors else whole, ordered, whole, cases, merged, overlay.roots)


def _root(
    name: str, data: bytes, model: type[Document | Policy]
) -> tuple[yaml_nodes.Mapping, list[Problem]]:
    """What stands in a file that is written by this model, and what is wrong with it as text."""
    root, problems = yaml_nodes.read(name, data)
    if not _is_cut_short(problems):
        problems += islice(swallowed(name, data.decode(), all_keys(model)), MAX_PROBLEMS + 1)
    return root, problems


def _errors(problems: Iterable[Problem]) -> set[str]:
    return {problem.id for problem in problems if problem.severity == "error"}


def _cases(
    root: yaml_nodes.Mapping, cases: Iterable[Case], policy: str = ""
) -> Iterator[WrittenCase]:
    for index, case in enumerate(cases):
        yield WrittenCase(case, root, index, policy)


class _Overlay:
    """The policies as they were read: what was written, what the schema makes of it, and what is
    wrong. `refused` is what the schema took out of each."""

    def __init__(self, files: Mapping[str, tuple[str, bytes]]) -> None:
        self.roots: dict[str, yaml_nodes.Mapping] = {}
        self.policies: dict[str, Policy] = {}
        self.refused: dict[str, Broken] = {}
        self.written: list[Problem] = []
        self.problems: list[Problem] = []
        for id, (name, data) in sorted(files.items()):
            self.roots[id], written = _root(name, data, Policy)
            self.written += written
            ids = {problem.id for problem in written}
            unsure = frozenset(_POLICY_KEYS if _is_cut_short(written) else ())
            policy, broken, problems = validate(self.roots[id], unsure, Policy)
            self.problems += problems
            self.note({id: [*listed_twice(self.roots[id])]})
            self.refused[id] = replace(broken, gaps=bool(ids & _LOSSY))
            if policy is not None:
                self.policies[id] = policy

    def join(
        self, tree: Tree | None, document: Document | None, broken: Broken, today: date | None
    ) -> Tree | None:
        """The effective tree. Everything is checked that what is wrong already leaves certain."""
        self.note(conflicts.check_dates(self.policies, today))
        if document is not None:
            self.note(conflicts.check_ids(document, broken, self.policies, self.refused))
        wrong = (problem.severity == "error" for problem in (*self.written, *self.problems))
        if tree is None or not self.policies or any(wrong):
            return tree
        whole, complaints = conflicts.join(tree, self.policies)
        self.note(complaints)
        return whole

    def cases(self) -> Iterator[WrittenCase]:
        for id, policy in self.policies.items():
            yield from _cases(self.roots[id], policy.cases, id)

    def note(self, complaints: conflicts.Complaints) -> None:
        for id, its in complaints.items():
            root = self.roots[id]
            for complaint in its:
                if isinstance(complaint, SchemaError):
                    self.problems.append(problem_of(root, complaint, Policy))
                elif problem := _problem(root, complaint):
                    self.problems.append(problem)


_POLICY_KEYS = frozenset(field.alias or name for name, field in Policy.model_fields.items())


def _is_cut_short(problems: Collection[Problem]) -> bool:
    """Whether these problems ended the reading of a file, each by itself or all by their number."""
    return len(problems) > MAX_PROBLEMS or any(problem.id in _CUT_SHORT for problem in problems)


# A file that is not read to its end hides sections: their absence is not the writer's.
_CUT_SHORT = {
    "wrong-ending", "unreadable", "too-large", "not-utf8", "syntax", "too-deep",
    "several-documents",
}  # fmt: skip
# Something was written and is left out.
_LOSSY = {"duplicate-key", "key-not-text", "alias", "swallowed"}
# What may be wrong with cases where everything else is sound.
OF_CASES = frozenset({"case-fails", "case-incomplete"})
# What may be wrong with a tree that can be walked all the same.
_WALKABLE = OF_CASES | {"missing-reason"}


def _start(place: Place) -> tuple[str, int, int]:
    return place.file, place.line, place.column


def _merge(roots: list[yaml_nodes.Mapping]) -> tuple[yaml_nodes.Mapping, list[Problem]]:
    """All files as one mapping of sections."""
    having: dict[str, yaml_nodes.Mapping] = {}
    problems = []
    for root in roots:
        for section in root:
            first = having.setdefault(section, root)
            if first is not root:
                found = f"the section {quoted(section)} again, first in {first.file.name}"
                place = yaml_nodes.place_of(root.key(section))
                problems.append(Problem("section-twice", place, found, "each section once"))
    first_root = next((r for r in roots if r.file.name.endswith("tree.yaml")), roots[0])
    return yaml_nodes.Sections(first_root.file, having), problems


def _problem(root: yaml_nodes.Mapping, complaint: Complaint) -> Problem | None:
    """The complaint with its place; none about what YAML lost and already reported."""
    node, key = yaml_nodes.find(root, complaint.path)
    if complaint.id == "missing-answer" and isinstance(node, yaml_nodes.Mapping) and node.gaps:
        return None
    marked = key if complaint.at_key and key is not None else node
    place = yaml_nodes.place_of(marked)
    if complaint.within:
        word = re.compile(rf"(?<![a-z0-9-]){re.escape(complaint.within)}(?![a-z0-9-])")
        start = place.column - 1
        if found := [*word.finditer(place.text, start, start + place.length)]:
            # An answer that stands twice in one key is wrong where it comes again.
            at = found[-1 if complaint.at_key else 0].start()
            place = replace(place, column=at + 1, length=len(complaint.within))
    return Problem(complaint.id, place, complaint.actual, complaint.expected, complaint.suggestion)

"""A folder of YAML in, a tree or its problems out. Never raises on content."""

import gc
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import count, islice
from pathlib import Path as FilePath

from advisor.engine import source
from advisor.engine.graph import Tree
from advisor.engine.link import link
from advisor.engine.model import Case, Document
from advisor.engine.problems import MAX_PROBLEMS, Place, Problem, in_order, quoted
from advisor.engine.review import Complaint, listed_twice
from advisor.engine.schema import fields, validate
from advisor.engine.swallowed import swallowed

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class WrittenCase:
    """A case, and where it stands."""

    case: Case
    place: Place


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading: all problems, and the tree if none of them is an error.

    `walkable` is the tree even if its cases fail; `cases` are then all that it has.
    """

    tree: Tree | None
    problems: tuple[Problem, ...]
    walkable: Tree | None = None
    cases: tuple[WrittenCase, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity == "error")


def read_folder(folder: FilePath, name: str = "") -> Reading:
    """Read every `.yaml` file that stands directly in the folder. A `.yml` file is a problem: left
    out without a word, its caveats would be missed.

    Problems name files as `name` (or else the folder as given) and the file's own name.
    """
    name = name or folder.as_posix()
    files: dict[str, bytes] = {}
    unreadable: list[Problem] = []
    for path in sorted(folder.glob("[!.]*.y*ml")):
        shown = f"{name}/{path.name}"
        if path.suffix != ".yaml":
            found, expected = quoted(path.suffix), "a name that ends in `.yaml`"
            unreadable.append(Problem("wrong-ending", Place(shown), found, expected))
            continue
        try:
            with path.open("rb") as opened:
                # Python sets aside what it is told to read, so it is told a little at a time.
                chunks = iter(partial(opened.read, MIB), b"")
                files[shown] = b"".join(islice(chunks, source.MAX_MIB + 1))
        except OSError as error:
            found = f"a file that cannot be read ({error.strerror})"
            unreadable.append(Problem("unreadable", Place(shown), found, "a readable file"))
    return _read(files, unreadable, name)


def read_files(files: Mapping[str, bytes]) -> Reading:
    """Read a tree from its files' contents, by the names that problems are to show."""
    return _read(files, [], "the tree")


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
            gc.enable()


@_collection_paused()
def _read(files: Mapping[str, bytes], written: list[Problem], name: str) -> Reading:
    """Read what could be opened; `written` is what is wrong already."""
    roots = []
    for file, data in files.items():
        root, found = source.read(file, data)
        written += found
        if not {problem.id for problem in found} & _CUT_SHORT:
            written += islice(swallowed(file, data.decode(), fields()), MAX_PROBLEMS + 1)
        roots.append(root)
    if not roots:
        nothing = Problem("no-tree", Place(name), "no `.yaml` file", "a folder with `tree.yaml`")
        return Reading(None, in_order(written or [nothing]))
    merged, twice = _merge(roots)
    written += twice
    ids = {problem.id for problem in written}
    unsure = {problem.place.text[: problem.place.length] for problem in twice}
    if ids & _CUT_SHORT:
        unsure |= Document.model_fields.keys() - merged.keys()
    document, broken, meant = validate(merged, frozenset(unsure))
    complaints = list(listed_twice(source.plain(merged)))
    meant += (p for complaint in complaints if (p := _problem(merged, complaint)))
    tree = None
    if document is not None:
        tree, complaints = link(document, replace(broken, gaps=bool(ids & _LOSSY)))
        meant += (p for complaint in complaints if (p := _problem(merged, complaint)))
    # What is wrong as YAML says enough about its place; what follows from it is noise.
    places = {_start(problem.place) for problem in written}
    ordered = in_order([*written, *(p for p in meant if _start(p.place) not in places)])
    errors = {problem.id for problem in ordered if problem.severity == "error"}
    if len(ordered) > MAX_PROBLEMS:
        many = f"more than {MAX_PROBLEMS} problems"
        more = Problem("too-many", Place(name), many, "those above to be mended first")
        ordered = (*ordered[:MAX_PROBLEMS], more)
    if tree is None or not errors <= _OF_CASES:
        return Reading(None, ordered)
    stand = (source.place_of(source.find(merged, ("cases", index))[0]) for index in count())
    cases = tuple(map(WrittenCase, tree.document.cases, stand))
    return Reading(None if errors else tree, ordered, tree, cases)


# A file that is not read to its end hides sections: their absence is not the writer's.
_CUT_SHORT = {
    "wrong-ending", "unreadable", "too-large", "not-utf8", "syntax", "too-deep",
    "several-documents",
}  # fmt: skip
# Something was written and is left out.
_LOSSY = {"duplicate-key", "key-not-text", "alias", "swallowed"}
# What may be wrong with cases where everything else is sound.
_OF_CASES = {"case-fails", "case-incomplete"}


def _start(place: Place) -> tuple[str, int, int]:
    return place.file, place.line, place.column


def _merge(roots: list[source.Mapping]) -> tuple[source.Mapping, list[Problem]]:
    """All files as one mapping of sections."""
    having: dict[str, source.Mapping] = {}
    problems = []
    for root in roots:
        for section in root:
            first = having.setdefault(section, root)
            if first is not root:
                found = f"the section {quoted(section)} again, first in {first.file.name}"
                place = source.place_of(root.key(section))
                problems.append(Problem("section-twice", place, found, "each section once"))
    first_root = next((r for r in roots if r.file.name.endswith("tree.yaml")), roots[0])
    return source.Sections(first_root.file, having), problems


def _problem(root: source.Mapping, complaint: Complaint) -> Problem | None:
    """The complaint with its place; none about what YAML lost and already reported."""
    node, key = source.find(root, complaint.path)
    if complaint.id == "missing-answer" and isinstance(node, source.Mapping) and node.gaps:
        return None
    marked = key if complaint.at_key and key is not None else node
    place = source.place_of(marked)
    if complaint.within:
        word = re.compile(rf"(?<![a-z0-9-]){re.escape(complaint.within)}(?![a-z0-9-])")
        start = place.column - 1
        if found := [*word.finditer(place.text, start, start + place.length)]:
            # An answer that stands twice in one key is wrong where it comes again.
            at = found[-1 if complaint.at_key else 0].start()
            place = replace(place, column=at + 1, length=len(complaint.within))
    return Problem(complaint.id, place, complaint.found, complaint.expected, complaint.suggestion)

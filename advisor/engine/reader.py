"""A folder of YAML in, a tree or its problems out. Never raises on content."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath

from advisor.engine import source
from advisor.engine.graph import Tree
from advisor.engine.link import link
from advisor.engine.problems import Place, Problem, in_order, quoted
from advisor.engine.review import Complaint
from advisor.engine.schema import validate


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading: all problems, and the tree if none of them is an error."""

    tree: Tree | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity == "error")


def read_folder(folder: FilePath, name: str = "") -> Reading:
    """Read every `.yaml` file that stands directly in the folder.

    Problems name files as `name` (or else the folder as given) and the file's own name.
    """
    name = name or folder.as_posix()
    files: dict[str, bytes] = {}
    unreadable: list[Problem] = []
    for path in sorted(folder.glob("*.yaml")):
        shown = f"{name}/{path.name}"
        try:
            with path.open("rb") as opened:
                files[shown] = opened.read(source.MAX_BYTES + 1)
        except OSError as error:
            found = f"a file that cannot be read ({error.strerror})"
            unreadable.append(Problem("unreadable", Place(shown), found, "a readable file"))
    if not files and not unreadable:
        found = "no `.yaml` file"
        return Reading(None, (Problem("no-tree", Place(name), found, "a folder with `tree.yaml`"),))
    reading = read_files(files)
    if unreadable:
        return Reading(None, in_order((*unreadable, *reading.problems)))
    return reading


def read_files(files: Mapping[str, bytes]) -> Reading:
    """Read a tree from its files' contents, by the names that problems are to show."""
    written: list[Problem] = []
    roots = []
    for name, data in files.items():
        root, found = source.read(name, data)
        written += found
        roots.append(root)
    merged, twice = _merge(roots)
    written += twice
    # A file that cannot be read to its end hides sections: their absence is not the writer's.
    whole = not any(problem.id in _INCOMPLETE for problem in written)
    document, broken, meant = validate(merged, whole)
    tree = None
    if document is not None:
        tree, complaints = link(document, broken)
        meant += (_problem(merged, complaint) for complaint in complaints)
    # What is wrong as YAML says enough about its place; what follows from it is noise.
    places = {problem.place for problem in written}
    ordered = in_order([*written, *(p for p in meant if p.place not in places)])
    if any(problem.severity == "error" for problem in ordered):
        tree = None
    return Reading(tree, ordered)


_INCOMPLETE = {"too-large", "not-utf8", "syntax", "too-deep", "several-documents"}


def _merge(roots: list[source.Mapping]) -> tuple[source.Mapping, list[Problem]]:
    """All files as one mapping of sections."""
    entries: dict[str, tuple[source.Scalar, source.Node]] = {}
    problems = []
    for root in roots:
        for section, (key, value) in root.entries.items():
            if section in entries:
                first = entries[section][0]
                found = f"the section {quoted(section)} again, first in {first.file.name}"
                problems.append(
                    Problem("section-twice", source.place_of(key), found, "each section once")
                )
            else:
                entries[section] = (key, value)
    first_root = next((r for r in roots if r.file.name.endswith("tree.yaml")), roots[0])
    return source.Mapping(entries, first_root.file, 1, 1), problems


def _problem(root: source.Mapping, complaint: Complaint) -> Problem:
    node, key = source.find(root, complaint.path)
    marked = key if complaint.at_key and key is not None else node
    place = source.place_of(marked)
    if complaint.within:
        at = place.text.find(complaint.within, place.column - 1)
        if at >= 0:
            place = marked.file.place(place.line, at + 1, len(complaint.within))
    return Problem(complaint.id, place, complaint.found, complaint.expected, complaint.suggestion)

"""A folder of YAML in, a tree or its problems out. Never raises on content."""

import gc
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from pathlib import Path

from advisor.engine.policies.conflicts import join
from advisor.engine.policies.references import PolicyProblems, check_dates, check_figures, check_ids
from advisor.engine.problems import MAX_PROBLEMS, Place, Problem, in_order, quoted
from advisor.engine.reading import yaml_nodes
from advisor.engine.reading.linking import link
from advisor.engine.reading.lint import UnplacedProblem, listed_twice
from advisor.engine.reading.references import Broken
from advisor.engine.reading.schema_errors import SchemaError
from advisor.engine.reading.schema_keys import all_keys
from advisor.engine.reading.schema_messages import problem_of
from advisor.engine.reading.swallowed_lines import swallowed
from advisor.engine.reading.tree_files import TreeFiles, files_in, files_of
from advisor.engine.reading.validation import validate
from advisor.engine.tree.figures import FigureReference, figures_in, refers, with_figures
from advisor.engine.tree.graph import Tree
from advisor.engine.tree.model import Case, Document
from advisor.engine.tree.policy_model import Policy


@dataclass(frozen=True, slots=True)
class WrittenCase:
    """A case, and where it stands: in the tree's files, or in those of a policy."""

    case: Case
    root: yaml_nodes.Mapping
    index: int
    policy: str = ""

    @property
    def place(self) -> Place:
        """Return where the case begins."""
        return yaml_nodes.place_of(yaml_nodes.find(self.root, ("cases", self.index))[0])


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading: all problems, and the tree if none of them is an error.

    `walkable` is the tree even if its cases fail or reasons are missing; `cases` are then all that
    it has, those of its policies too. `root` is what was written, all files as one, and `policies`
    what was written in each policy's: `yaml_nodes.find` has the place of whatever they say.
    """

    tree: Tree | None
    problems: tuple[Problem, ...]
    walkable: Tree | None = None
    cases: tuple[WrittenCase, ...] = ()
    root: yaml_nodes.Mapping | None = None
    policies: Mapping[str, yaml_nodes.Mapping] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Return the problems that are no mere warnings."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


def read_folder(
    folder: Path,
    name: str = "",
    *,
    today: date | None = None,
    policies: Iterable[Path] = (),
) -> Reading:
    """Read every `.yaml` file that stands directly in the folder, and those in its `policies/`.

    A `.yml` file is a problem: left out without a word, its caveats would be missed. Problems name
    files as `name` (or else the folder as given) and the file's own name. `policies` are files read
    as if they stood in `policies/`, where they take the place of their namesakes. Without `today`
    no review date is checked.
    """
    return _read(files_in(folder, name, policies), today)


def read_files(files: Mapping[str, bytes], *, today: date | None = None) -> Reading:
    """Read a tree from its files' contents, by the names that problems are to show.

    Policies are called `policies/<id>.yaml`. Without `today` no review date is checked.
    """
    return _read(files_of(files), today)


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Pause garbage collection.

    Reading makes millions of objects that stay and hold no cycles; collection would visit them
    again and again, and take longer than all the rest.
    """
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
def _read(files: TreeFiles, today: date | None) -> Reading:
    """Read what could be opened."""
    if not files.tree:
        actual, expected = "no `.yaml` file", "a folder with `tree.yaml`"
        no_tree = Problem("no-tree", Place(files.name), actual, expected, files.hint)
        return Reading(None, in_order(files.problems or [no_tree]))
    base = _WrittenTree(files)
    overlay = _WrittenPolicies(files.policies)
    whole = overlay.join(base, today)
    # What is wrong as YAML says enough about its place; what follows from it is noise.
    malformed = [*base.malformed, *overlay.malformed]
    places = {_start(problem.place) for problem in malformed}
    invalid = (p for p in (*base.invalid, *overlay.invalid) if _start(p.place) not in places)
    problems = in_order([*malformed, *invalid])
    errors = _errors(problems)
    if len(problems) > MAX_PROBLEMS:
        many = f"more than {MAX_PROBLEMS} problems"
        more = Problem("too-many", Place(files.name), many, "those above to be fixed first")
        problems = (*problems[:MAX_PROBLEMS], more)
    if whole is None or not errors <= _WALKABLE:
        return Reading(None, problems, root=base.root, policies=overlay.roots)
    cases = (*_cases(base.root, whole.without_policies.document.cases), *overlay.cases())
    return Reading(None if errors else whole, problems, whole, cases, base.root, overlay.roots)


class _WrittenTree:
    """The tree's files as they were read.

    `root` is what was written, `document` what the models make of it, and `broken` what the schema
    took out. `malformed` is what is wrong as YAML, `invalid` what is wrong as a tree.
    """

    def __init__(self, files: TreeFiles) -> None:
        self.malformed = [*files.problems]
        self.texts = files.tree.values()
        roots = []
        for name, data in files.tree.items():
            root, problems = _root(name, data, Document)
            self.malformed += problems
            roots.append(root)
        self.root, repeated = _merge(roots)
        self.malformed += repeated
        unsure = {problem.place.text[: problem.place.length] for problem in repeated}
        if _is_cut_short(self.malformed):
            unsure |= Document.model_fields.keys() - self.root.keys()
        self.document, broken, self.invalid = validate(self.root, frozenset(unsure), Document)
        self.broken = replace(broken, gaps=_has_gaps(self.malformed))
        self.invalid += _placed(self.root, listed_twice(self.root))
        self.tree = self.link()

    def link(self) -> Tree | None:
        """Return the tree of the document, if nothing is so wrong that none can walk it."""
        if self.document is None:
            return None
        tree, problems = link(self.document, self.broken, _figures(self.root, self.texts))
        self.invalid += _placed(self.root, problems)
        return tree if _errors((*self.malformed, *self.invalid)) <= _WALKABLE else None


class _WrittenPolicies:
    """The policies as they were read, by their ids.

    `roots` are what was written, `policies` what the models make of it, and `broken` what the
    schema took out of each. `malformed` is what is wrong as YAML, `invalid` what is wrong as a
    policy.
    """

    def __init__(self, files: Mapping[str, tuple[str, bytes]]) -> None:
        self.roots: dict[str, yaml_nodes.Mapping] = {}
        self.policies: dict[str, Policy] = {}
        self.broken: dict[str, Broken] = {}
        self.figures: dict[str, tuple[FigureReference, ...]] = {}
        self.malformed: list[Problem] = []
        self.invalid: list[Problem] = []
        for id, (name, data) in sorted(files.items()):
            self.roots[id], malformed = _root(name, data, Policy)
            self.malformed += malformed
            unsure = frozenset(_POLICY_KEYS if _is_cut_short(malformed) else ())
            policy, broken, problems = validate(self.roots[id], unsure, Policy)
            self.invalid += problems
            self.note({id: [*listed_twice(self.roots[id])]})
            if figures := _figures(self.roots[id], [data]):
                self.figures[id] = figures
            self.broken[id] = replace(broken, gaps=_has_gaps(malformed))
            if policy is not None:
                self.policies[id] = policy

    def join(self, base: _WrittenTree, today: date | None) -> Tree | None:
        """Return the effective tree, or the tree itself where policies are wrong or missing.

        Everything is checked that what is wrong already leaves certain.
        """
        self.note(check_dates(self.policies, today))
        if base.document is not None:
            self.note(check_ids(base.document, base.broken, self.policies, self.broken))
            self.note(check_figures(base.document, base.broken, self.figures))
            for id in self.figures.keys() & self.policies.keys():
                self.policies[id], _ = with_figures(self.policies[id], base.document.measured)
        if base.tree is None or not self.policies or _errors((*self.malformed, *self.invalid)):
            return base.tree
        whole, problems = join(base.tree, self.policies)
        self.note(problems)
        return whole

    def cases(self) -> Iterator[WrittenCase]:
        """Yield the cases of all policies."""
        for id, policy in self.policies.items():
            yield from _cases(self.roots[id], policy.cases, id)

    def note(self, policy_problems: PolicyProblems) -> None:
        """Take in what is wrong with each policy, with its place."""
        for id, problems in policy_problems.items():
            root = self.roots[id]
            for problem in problems:
                if isinstance(problem, SchemaError):
                    self.invalid.append(problem_of(root, problem, Policy))
                else:
                    self.invalid += _placed(root, [problem])


def _root(
    name: str, data: bytes, model: type[Document | Policy]
) -> tuple[yaml_nodes.Mapping, list[Problem]]:
    """Return what stands in a file for this model, and what is wrong with it as text."""
    root, problems = yaml_nodes.read(name, data)
    if not _is_cut_short(problems):
        problems += islice(swallowed(name, data.decode(), all_keys(model)), MAX_PROBLEMS + 1)
    return root, problems


def _figures(root: yaml_nodes.Mapping, files: Iterable[bytes]) -> tuple[FigureReference, ...]:
    """Return the figures that texts refer to. Only `files` with a reference are worth a walk."""
    return tuple(figures_in(root)) if any(map(refers, files)) else ()


def _merge(roots: list[yaml_nodes.Mapping]) -> tuple[yaml_nodes.Mapping, list[Problem]]:
    """Return all files as one mapping of sections, and the sections that stand in several."""
    holders: dict[str, yaml_nodes.Mapping] = {}
    problems = []
    for root in roots:
        for section in root:
            first = holders.setdefault(section, root)
            if first is not root:
                actual = f"the section {quoted(section)} again, first in {first.file.name}"
                place = yaml_nodes.place_of(root.key(section))
                problems.append(Problem("section-twice", place, actual, "each section once"))
    first_root = next((r for r in roots if r.file.name.endswith("tree.yaml")), roots[0])
    return yaml_nodes.Sections(first_root.file, holders), problems


def _cases(
    root: yaml_nodes.Mapping, cases: Iterable[Case], policy: str = ""
) -> Iterator[WrittenCase]:
    for index, case in enumerate(cases):
        yield WrittenCase(case, root, index, policy)


def _placed(root: yaml_nodes.Mapping, problems: Iterable[UnplacedProblem]) -> Iterator[Problem]:
    """Yield the problems with their places; none about what YAML lost and already reported."""
    for problem in problems:
        node, key = yaml_nodes.find(root, problem.path)
        lost = isinstance(node, yaml_nodes.Mapping) and node.gaps
        if not (problem.id == "missing-answer" and lost):
            marked = key if problem.at_key and key is not None else node
            yield problem.placed(_place_within(problem, yaml_nodes.place_of(marked)))


def _place_within(problem: UnplacedProblem, place: Place) -> Place:
    """Return the place of the word that the problem is about, if it is about a single one."""
    if not problem.within:
        return place
    word = re.compile(rf"(?<![a-z0-9-]){re.escape(problem.within)}(?![a-z0-9-])")
    start = place.column - 1
    matches = [*word.finditer(place.text, start, start + place.length)]
    if not matches:
        return place
    # An answer that stands twice in one key is wrong where it comes again.
    match = matches[-1 if problem.at_key else 0]
    return replace(place, column=match.start() + 1, length=len(problem.within))


def _errors(problems: Iterable[Problem]) -> set[str]:
    return {problem.id for problem in problems if problem.severity == "error"}


def _is_cut_short(problems: Collection[Problem]) -> bool:
    """Tell whether these problems, or their number, ended the reading of a file."""
    return len(problems) > MAX_PROBLEMS or any(problem.id in _CUT_SHORT for problem in problems)


def _has_gaps(problems: Iterable[Problem]) -> bool:
    """Tell whether something was written and is left out."""
    return any(problem.id in _LOSSY for problem in problems)


def _start(place: Place) -> tuple[str, int, int]:
    return place.file, place.line, place.column


_POLICY_KEYS = frozenset(field.alias or name for name, field in Policy.model_fields.items())
# A file that is not read to its end hides sections: their absence is not the writer's.
_CUT_SHORT = {
    "wrong-ending", "unreadable", "too-large", "not-utf8", "syntax", "too-deep",
    "several-documents",
}  # fmt: skip
_LOSSY = {"duplicate-key", "key-not-text", "alias", "swallowed"}
# What may be wrong with cases where everything else is sound.
OF_CASES = frozenset({"case-fails", "case-incomplete"})
# What may be wrong with a tree that can be walked all the same.
_WALKABLE = OF_CASES | {"missing-reason"}

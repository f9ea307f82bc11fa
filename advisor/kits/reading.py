"""Read the kits of a tree from its folder.

A kit is the folder `kits/<outcome>/`, plus the folders from `shared/` that the tree adds to every
framework or to one of them.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import lru_cache
from itertools import chain, product
from pathlib import Path

from advisor.engine.problems import Place, Problem, did_you_mean, quoted
from advisor.engine.tree import model
from advisor.engine.tree.graph import Tree
from advisor.engine.tree.parameter_values import Value, accept
from advisor.kits.joining.join import apart as stay_apart
from advisor.kits.joining.join import join
from advisor.kits.joining.parts import Module, NameClash, NotJoinable
from advisor.kits.kit import (
    AT_THE_TOP,
    FOR_TESTS,
    MUTANTS,
    README,
    REQUIREMENTS,
    TESTS,
    Kit,
    KitFile,
)
from advisor.kits.layout import joined_readmes, prepared
from advisor.kits.places import NotWritable, filled
from advisor.kits.promises import with_promises
from advisor.kits.syntax import parsed
from advisor.kits.writing import LINE_BREAK, Constant, top_level_constants

MAX_FILE_BYTES = 256 * 1024
PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([0-9.]+)")


def read_kits(folder: Path, tree: Tree, name: str) -> tuple[dict[str, Kit], list[Problem]]:
    """Return the valid kits of the tree in this folder, by outcome, and all problems.

    `name` is how problems name the folder.
    """
    document = tree.document
    reader = _KitReader(folder, name, document)
    kits = {
        outcome: kit
        for outcome, spec in document.kits.items()
        if (kit := reader.kit(outcome, spec)) is not None
    }
    reader.note_unlisted()
    if len(kits) == len(document.kits):
        reader.note_unused(kits.values())
    return with_promises(document, kits), reader.problems


class _KitReader:
    """One pass over the kits of a tree; shared folders are read once."""

    def __init__(self, folder: Path, name: str, document: model.Document) -> None:
        self.folder = folder
        self.name = name
        self.document = document
        self.problems: list[Problem] = []
        self.shared: dict[str, tuple[KitFile, ...]] = {}

    def kit(self, outcome: str, spec: model.KitSpec) -> Kit | None:
        """Return the kit, or None where it has problems; they are noted."""
        before = len(self.problems)
        place = f"kits/{outcome}"
        own = self.files(place)
        module = next((file for file in own if file.name == spec.module), None)
        if module is None:
            self.note("kit-without-module", place, f"no {quoted(spec.module)}", "the kit's module")
            return None
        laid_out = [
            (chosen, parts, self.frameworks(place, own, parts))
            for chosen, parts in combinations(spec)
        ]
        if len(self.problems) > before:
            return None
        self.check_pins(place, own)
        variants = []
        for chosen, parts, frameworks in laid_out:
            apart = frozenset(name for part in parts for name in part.apart)
            ordered = {
                id: _in_order(prepared(files), spec.module) for id, files in frameworks.items()
            }
            options = {id: chosen[id] for id in self.document.parameters if id in chosen}
            code = {
                file.name: file
                for files in ordered.values()
                for file in files
                if not file.supporting
            }
            used = self.parameters_of(spec, code, options)
            pins = _pins(next(iter(ordered.values())))
            kit = Kit(outcome, spec.module, ordered, used, pins, options, places=spec.places)
            variants.append(replace(kit, joined=self.joined(kit, apart)))
        variants.sort(key=self.departures)
        return replace(variants[0], others=tuple(variants[1:]))

    def joined(self, kit: Kit, apart: frozenset[str]) -> dict[str, tuple[KitFile, ...]]:
        """Return the code of each framework in one file, and the files that stay apart.

        Note modules that cannot be joined; their framework is left out.
        """
        joined = {}
        for framework, files in kit.frameworks.items():
            code = [file for file in files if not file.supporting]
            python = [file for file in code if file.name.endswith(".py")]
            modules = [Module(file.name, file.text) for file in python if file.name not in apart]
            if len(modules) < 2 or modules[0].file != kit.module:
                continue
            try:
                whole = KitFile(kit.module, join(modules))
                rest = [
                    replace(file, text=stay_apart(Module(file.name, file.text), modules))
                    for file in python
                    if file.name in apart
                ]
            except NotJoinable as error:
                self.note_not_joinable(error, python)
            else:
                others = [file for file in code if file not in python]
                joined[framework] = (whole, *rest, *others)
        return joined

    def note_not_joinable(self, error: NotJoinable, files: Iterable[KitFile]) -> None:
        by_name = {file.name: file for file in files}
        id = "kit-name-clash" if isinstance(error, NameClash) else "kit-not-joinable"
        line = LINE_BREAK.split(by_name[error.file].text)[2 * (error.line - 1)]
        start = len(line) - len(line.lstrip())
        origin = f"{self.name}/{by_name[error.file].origin}"
        at = Place(origin, error.line, start + 1, len(line) - start, line)
        actual = error.actual
        for name, file in by_name.items():
            actual = actual.replace(f" {name}:", f" {self.name}/{file.origin}:")
        problem = Problem(id, at, actual, error.expected)
        if problem not in self.problems:
            self.problems.append(problem)

    def departures(self, kit: Kit) -> list[bool]:
        """Return for each choice whether the kit is for another option than the default."""
        parameters = self.document.parameters
        return [option != parameters[id].default for id, option in kit.choices.items()]

    def frameworks(
        self, place: str, own: tuple[KitFile, ...], parts: Iterable[model.KitParts]
    ) -> dict[str, tuple[KitFile, ...]]:
        """Return the files for each framework: a kit's own, and those of the folders added."""
        parts = tuple(parts)
        base = own
        for part in parts:
            for folder in part.modules:
                base = self.merged(place, base, self.shared_files(folder))
        for part in parts:
            for folder in part.extras:
                base = self.merged(place, base, self.supporting(folder))
        # The first framework adds nothing; the others come in the order of the tree.
        frameworks = {next(iter(self.document.frameworks), ""): base}
        for framework in self.document.frameworks:
            folders = [part.frameworks[framework] for part in parts if framework in part.frameworks]
            if folders:
                frameworks[framework] = base
            for folder in dict.fromkeys(chain.from_iterable(folders)):
                tests_only = folder.split("/", maxsplit=1)[0] == TESTS
                files = self.supporting(folder) if tests_only else self.shared_files(folder)
                frameworks[framework] = self.merged(place, frameworks[framework], files)
        return frameworks

    def supporting(self, folder: str) -> tuple[KitFile, ...]:
        """Return what comes along, in a folder named like the first part of its own."""
        return tuple(
            replace(
                file,
                supporting=True,
                folder=file.folder
                or ("" if file.name in AT_THE_TOP else folder.split("/", maxsplit=1)[0]),
            )
            for file in self.shared_files(folder)
        )

    def shared_files(self, folder: str) -> tuple[KitFile, ...]:
        if folder not in self.shared:
            place = f"shared/{folder}"
            if not (self.folder / place).is_dir():
                self.note(
                    "kit-without-folder", place, "no such folder", "the folder of a framework"
                )
            self.shared[folder] = self.files(place)
            self.check_pins(place, self.shared[folder])
        return self.shared[folder]

    def files(self, place: str) -> tuple[KitFile, ...]:
        """Return the files in a folder, without its subfolders; note those that are not valid."""
        folder = self.folder / place
        paths = sorted(folder.iterdir()) if folder.is_dir() else []
        files = []
        for path in paths:
            if path.is_file() and not path.name.startswith("."):
                try:
                    text, supporting = _text(path), _is_supporting(path.name)
                    origin = f"{place}/{path.name}"
                    top = TESTS if _is_for_tests(path.name) else ""
                    files.append(KitFile(path.name, text, supporting, top, origin))
                except (SyntaxError, ValueError) as error:
                    line = getattr(error, "lineno", None) or 0
                    message = str(getattr(error, "msg", error))
                    at = Place(f"{self.name}/{place}/{path.name}", line, 1 if line else 0)
                    expected = "a Python file" if path.suffix == ".py" else "text in UTF-8"
                    self.problems.append(Problem("kit-not-python", at, message, expected))
        return tuple(files)

    def merged(
        self, place: str, base: tuple[KitFile, ...], more: tuple[KitFile, ...]
    ) -> tuple[KitFile, ...]:
        """Return the files of two folders as one kit.

        Requirements, READMEs and mutants are joined. Other files of the same name must be equal.
        """
        files = {file.name: file for file in base}
        for file in more:
            before = files.get(file.name)
            if before is None:
                files[file.name] = file
            elif file.name == REQUIREMENTS:
                lines = [*before.text.splitlines(), *file.text.splitlines()]
                files[file.name] = replace(before, text="\n".join(dict.fromkeys(lines)) + "\n")
            elif file.name == README:
                text = joined_readmes(before.text, file.text)
                files[file.name] = replace(before, text=text)
            elif file.name == MUTANTS:
                files[file.name] = replace(before, text=f"{before.text.rstrip()}\n\n{file.text}")
            elif before.text != file.text:
                expected = "another name for one of them"
                self.note("kit-clash", place, f"two files {quoted(file.name)}", expected)
        return tuple(files.values())

    def parameters_of(
        self, spec: model.KitSpec, code: Mapping[str, KitFile], options: Mapping[str, str]
    ) -> dict[str, Value]:
        """Return the parameters that the files of a kit take, with the values that stand there.

        Parameters that are not for these options are left out. Note each value that is not the
        default of its parameter, each place that is not there once, and each constant or default
        that no value reaches.
        """
        taken = {id for file in code.values() for id in self.check_constants(file)}
        for name, places in spec.places.items():
            for id, place in places.items():
                if id in self.document.parameters and self.check_place(name, id, place, code):
                    taken.add(id)
        for file in code.values():
            self.note_unreached(file, taken, spec.places.get(file.name, {}))
        return {
            id: accept(parameter, parameter.default)
            for id, parameter in self.document.parameters.items()
            if id in taken and _is_for(parameter, options)
        }

    def check_constants(self, file: KitFile) -> Iterator[str]:
        """Yield the parameters that a module has constants for."""
        if not file.name.endswith(".py"):
            return
        constants = {constant.name: constant for constant in _constants(file.text)}
        for id, parameter in self.document.parameters.items():
            if (constant := constants.get(parameter.constant or "")) is not None:
                yield id
                default = accept(parameter, parameter.default)
                # True equals 1, and is another literal.
                if (type(constant.value), constant.value) != (type(default), default):
                    at = _place(f"{self.name}/{file.origin}", file.text, constant.node)
                    literal = f"{parameter.constant} = {ast.unparse(constant.node)}"
                    expected = f"the default {quoted(parameter.default)}"
                    self.problems.append(Problem("kit-default", at, literal, expected))

    def check_place(self, name: str, id: str, place: str, code: Mapping[str, KitFile]) -> bool:
        """Tell whether a place with the default stands once in its file."""
        parameter = self.document.parameters[id]
        if name not in code or name.endswith(".py"):
            at = Place(f"{self.name}/kits")
            expected = "a file of the kit that is not Python"
            self.problems.append(Problem("kit-place", at, f"a place in {quoted(name)}", expected))
            return False
        at = Place(f"{self.name}/{code[name].origin}")
        try:
            text = filled(name, place, accept(parameter, parameter.default))
        except NotWritable as error:
            self.problems.append(Problem("kit-place", at, f"{quoted(place)}: {error}", "a place"))
            return False
        count = code[name].text.count(text)
        if count != 1:
            actual = f"{quoted(text)} {count} times"
            self.problems.append(Problem("kit-place", at, actual, "it once, with the default"))
        return count == 1

    def note_unreached(
        self, file: KitFile, taken: AbstractSet[str], places: Mapping[str, str]
    ) -> None:
        """Note constants and defaults in a file that no value of a user would change."""
        for id, parameter in self.document.parameters.items():
            if id in places:
                continue
            unfit = unreached(file, parameter, of_kit=id in taken)
            if unfit is not None:
                line, column, length, text = unfit
                source = LINE_BREAK.split(file.text)[2 * (line - 1)]
                at = Place(f"{self.name}/{file.origin}", line, column, length, source)
                expected = f"a place for the parameter {quoted(id)}, or another text"
                problem = Problem("kit-unreached", at, quoted(text), expected)
                if problem not in self.problems:
                    self.problems.append(problem)

    def check_pins(self, place: str, files: tuple[KitFile, ...]) -> None:
        """Note each library that is older than the minimum of the tree."""
        for name, version in _pins(files).items():
            library = self.document.libraries.get(name)
            if library is not None and _numbers(version) < _numbers(library.minimum):
                expected = f"{library.minimum} or later: {' '.join(library.because.split())}"
                self.note("kit-outdated", place, f"{name} {version}", expected)

    def note_unlisted(self) -> None:
        """Note folders under `kits/` that the tree does not list, such as misspelt ones."""
        folder = self.folder / "kits"
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            hidden = path.name.startswith((".", "_"))
            if path.is_dir() and not hidden and path.name not in self.document.kits:
                near = did_you_mean(path.name, self.document.kits)
                expected = "a folder that the section `kits` lists"
                self.note("kit-unlisted", f"kits/{path.name}", "this folder", expected, near)

    def note_unused(self, kits: Iterable[Kit]) -> None:
        """Note parameters that no kit has a constant for, and choices that select nothing."""
        used = {id for kit in kits for id in kit.takes()}
        used |= {id for caveat in self.document.caveats.values() for id in caveat.when.values}
        for id, parameter in self.document.parameters.items():
            if id not in used:
                why = (
                    f"whose constant `{parameter.constant}` no kit has"
                    if parameter.constant
                    else "which selects no folder of a kit and no caveat"
                )
                expected = "parameters that some kit takes"
                self.note(
                    "unused-parameter", "kits", f"the parameter {quoted(id)}, {why}", expected
                )

    def note(self, id: str, place: str, actual: str, expected: str, suggestion: str = "") -> None:
        at = Place(f"{self.name}/{place}")
        self.problems.append(Problem(id, at, actual, expected, suggestion))


def combinations(
    parts: model.KitParts,
) -> Iterator[tuple[dict[str, str], tuple[model.KitParts, ...]]]:
    """Yield each combination of options, with the parts of a kit that it selects.

    A choice may stand in several places; a combination has one option of it.
    """
    within = [
        [
            ({choice: option, **chosen}, selected)
            for option, inner in options.items()
            for chosen, selected in combinations(inner)
            if chosen.get(choice, option) == option
        ]
        for choice, options in parts.choices.items()
    ]
    for combination in product(*within):
        pairs = {pair for chosen, _ in combination for pair in chosen.items()}
        if len(dict(pairs)) == len(pairs):
            yield dict(pairs), (parts, *(part for _, selected in combination for part in selected))


@lru_cache(maxsize=512)
def _constants(text: str) -> tuple[Constant, ...]:
    return tuple(top_level_constants(parsed(text)))


@lru_cache(maxsize=512)
def _computed_constants(text: str) -> tuple[tuple[str, int, int], ...]:
    """Return the names at the top of a module that are set to no literal, with their places."""
    literals = {constant.name for constant in _constants(text)}
    constants = []
    for node in parsed(text).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                if name not in literals:
                    constants.append((name, node.lineno, node.col_offset))
    return tuple(constants)


def unreached(
    file: KitFile, parameter: model.Parameter, *, of_kit: bool
) -> tuple[int, int, int, str] | None:
    """Return the first constant or default of a parameter in a file that no value would change.

    As line, column, length and text. A module is searched for its constant where that is no
    literal, another file for the constant's name and, where the kit takes it, for the default.
    """
    words: list[str] = [parameter.constant] if parameter.constant else []
    if file.name.endswith(".py"):
        for name, at_line, column in _computed_constants(file.text):
            if name in words:
                return at_line, column + 1, len(name), name
        return None
    if of_kit and not parameter.choices:
        number = parameter.type == "integer"
        # Small numbers stand in every file; with their unit they mean something.
        plain = not number or len(parameter.default.lstrip("-")) > 1
        words.append(parameter.default if plain else f"{parameter.default} {parameter.unit}")
    lines = LINE_BREAK.split(file.text)[::2]
    for word in words:
        pattern = re.compile(rf"(?<![\w.]){re.escape(word)}(?![\w]|\.\d)")
        for row, line in enumerate(lines, 1):
            if match := pattern.search(line):
                return row, match.start() + 1, len(word), match[0]
    return None


def _text(path: Path) -> str:
    """Return the text of a file.

    Raise ValueError where it is too large or not UTF-8, and SyntaxError where it is not Python.
    """
    data = path.read_bytes()
    if len(data) > MAX_FILE_BYTES:
        raise ValueError(f"{len(data)} bytes")
    text = data.decode()
    if path.suffix == ".py":
        parsed(text)
    return text


def _is_for(parameter: model.Parameter, options: Mapping[str, str]) -> bool:
    """Return whether a parameter is for these options, by choice; a kit may lack the choice."""
    wanted = parameter.when.values
    return all(option in wanted.get(choice, (option,)) for choice, option in options.items())


def _is_supporting(name: str) -> bool:
    """Return whether a file is documentation, requirements, a test, or used by tests."""
    return name in AT_THE_TOP or _is_for_tests(name)


def _is_for_tests(name: str) -> bool:
    return name.startswith("test_") or name in FOR_TESTS or name == MUTANTS


def _in_order(files: Iterable[KitFile], module: str) -> tuple[KitFile, ...]:
    """Return the module first, then the other code, then supporting files."""

    def rank(file: KitFile) -> tuple[bool, bool, bool, str]:
        return file.name != module, file.supporting, not file.name.endswith(".py"), file.name

    return tuple(sorted(files, key=rank))


def _place(file: str, text: str, node: ast.expr) -> Place:
    line = LINE_BREAK.split(text)[2 * (node.lineno - 1)]
    start = len(line.encode()[: node.col_offset].decode())
    return Place(file, node.lineno, start + 1, len(ast.get_source_segment(text, node) or ""), line)


def _pins(files: Iterable[KitFile]) -> dict[str, str]:
    """Return the versions of the libraries that the requirements pin, by normalised name."""
    text = next((file.text for file in files if file.name == REQUIREMENTS), "")
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in PIN.findall(text)}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part)

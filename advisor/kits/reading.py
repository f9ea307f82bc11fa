"""Read the kits of a tree.

A kit is the folder `kits/<outcome>/`, with what the tree adds from `shared/` to every framework or
to one of them.
"""

import ast
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from advisor.engine.problems import Place, Problem, did_you_mean, quoted
from advisor.engine.tree import model
from advisor.engine.tree.graph import Tree
from advisor.engine.tree.parameter_values import accept
from advisor.kits.kit import FOR_TESTS, MUTANTS, README, REQUIREMENTS, Kit, KitFile
from advisor.kits.writing import LINE_BREAK, top_level_constants

MAX_FILE_BYTES = 256 * 1024


PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([0-9.]+)")


def read_kits(folder: Path, tree: Tree, name: str) -> tuple[dict[str, Kit], list[Problem]]:
    """Every kit of the tree in this folder, by outcome, and what is wrong with them.

    `name` is what problems call the folder.
    """
    document = tree.document
    reading = _KitReader(folder, name, document)
    kits = {
        outcome: kit
        for outcome, spec in document.kits.items()
        if (kit := reading.kit(outcome, spec)) is not None
    }
    reading.unlisted()
    if len(kits) == len(document.kits):
        reading.unused(kits.values())
    return kits, reading.problems


class _KitReader:
    """One pass over the kits of a tree; shared folders are read once."""

    def __init__(self, folder: Path, name: str, document: model.Document) -> None:
        self.folder = folder
        self.name = name
        self.document = document
        self.problems: list[Problem] = []
        self.shared: dict[str, tuple[KitFile, ...]] = {}

    def kit(self, outcome: str, spec: model.Kit) -> Kit | None:
        """The kit, or None where it cannot be handed out."""
        before = len(self.problems)
        place = f"kits/{outcome}"
        own = self.files(place)
        module = next((file for file in own if file.name == spec.module), None)
        if module is None:
            self.note("kit-without-module", place, f"no {quoted(spec.module)}", "the kit's module")
            return None
        base = own
        for folder in spec.modules:
            base = self.together(place, base, self.added(folder))
        for folder in spec.extras:
            supporting = tuple(replace(file, supporting=True) for file in self.added(folder))
            base = self.together(place, base, supporting)
        # The first framework adds nothing; the others come in the order of the tree.
        frameworks = {next(iter(self.document.frameworks), ""): base}
        for framework in self.document.frameworks:
            if framework in spec.frameworks:
                frameworks[framework] = base
                for folder in spec.frameworks[framework]:
                    frameworks[framework] = self.together(
                        place, frameworks[framework], self.added(folder)
                    )
        if len(self.problems) > before:
            return None
        ordered = {
            framework: _in_order(files, spec.module) for framework, files in frameworks.items()
        }
        used = self.parameters_of(f"{place}/{module.name}", module.text)
        self.check_pins(place, own)
        return Kit(outcome, spec.module, ordered, used, _pins(own))

    def added(self, folder: str) -> tuple[KitFile, ...]:
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
        """The files that stand directly in a folder; none where one of them cannot be read."""
        folder = self.folder / place
        paths = sorted(folder.iterdir()) if folder.is_dir() else []
        files = []
        for path in paths:
            if path.is_file() and not path.name.startswith("."):
                try:
                    files.append(KitFile(path.name, _text(path), _is_supporting(path.name)))
                except (SyntaxError, ValueError) as error:
                    line = getattr(error, "lineno", None) or 0
                    message = str(getattr(error, "msg", error))
                    at = Place(f"{self.name}/{place}/{path.name}", line, 1 if line else 0)
                    expected = "a Python file" if path.suffix == ".py" else "text in UTF-8"
                    self.problems.append(Problem("kit-not-python", at, message, expected))
        return tuple(files)

    def together(
        self, place: str, base: tuple[KitFile, ...], more: tuple[KitFile, ...]
    ) -> tuple[KitFile, ...]:
        """Both folders as one. Requirements, READMEs and mutants are joined; other names differ."""
        files = {file.name: file for file in base}
        for file in more:
            before = files.get(file.name)
            if before is None:
                files[file.name] = file
            elif file.name == REQUIREMENTS:
                lines = [*before.text.splitlines(), *file.text.splitlines()]
                files[file.name] = replace(before, text="\n".join(dict.fromkeys(lines)) + "\n")
            elif file.name in (README, MUTANTS):
                files[file.name] = replace(before, text=f"{before.text.rstrip()}\n\n{file.text}")
            elif before.text != file.text:
                expected = "another name for one of them"
                self.note("kit-clash", place, f"two files {quoted(file.name)}", expected)
        return tuple(files.values())

    def parameters_of(self, place: str, text: str) -> dict[str, str | int]:
        """The parameters that a module takes; its own literals must be their defaults."""
        constants = {constant.name: constant for constant in top_level_constants(ast.parse(text))}
        used: dict[str, str | int] = {}
        for id, parameter in self.document.parameters.items():
            if (constant := constants.get(parameter.constant)) is not None:
                used[id] = constant.value
                if constant.value != accept(parameter, parameter.default):
                    at = _place(f"{self.name}/{place}", text, constant.node)
                    literal = f"{parameter.constant} = {ast.unparse(constant.node)}"
                    expected = f"the default {quoted(parameter.default)}"
                    self.problems.append(Problem("kit-default", at, literal, expected))
        return used

    def check_pins(self, place: str, files: tuple[KitFile, ...]) -> None:
        """No library older than the tree's minimum."""
        for name, version in _pins(files).items():
            library = self.document.libraries.get(name)
            if library is not None and _numbers(version) < _numbers(library.minimum):
                expected = f"{library.minimum} or later: {' '.join(library.because.split())}"
                self.note("kit-outdated", place, f"{name} {version}", expected)

    def unlisted(self) -> None:
        """Folders under `kits/` that the tree does not know: most likely a misspelt one."""
        folder = self.folder / "kits"
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            hidden = path.name.startswith((".", "_"))
            if path.is_dir() and not hidden and path.name not in self.document.kits:
                near = did_you_mean(path.name, self.document.kits)
                expected = "a folder that the section `kits` lists"
                self.note("kit-unlisted", f"kits/{path.name}", "this folder", expected, near)

    def unused(self, kits: Iterable[Kit]) -> None:
        used = {id for kit in kits for id in kit.parameters}
        for id, parameter in self.document.parameters.items():
            if id not in used:
                parameter_found = (
                    f"the parameter {quoted(id)}, whose constant `{parameter.constant}` no kit has"
                )
                self.note(
                    "unused-parameter", "kits", parameter_found, "parameters that some kit takes"
                )

    def note(self, id: str, place: str, found: str, expected: str, suggestion: str = "") -> None:
        at = Place(f"{self.name}/{place}")
        self.problems.append(Problem(id, at, found, expected, suggestion))


def _text(path: Path) -> str:
    """A file's text. Raises ValueError or SyntaxError where nobody should be handed it."""
    data = path.read_bytes()
    if len(data) > MAX_FILE_BYTES:
        raise ValueError(f"{len(data)} bytes")
    text = data.decode()
    if path.suffix == ".py":
        ast.parse(text)
    return text


def _is_supporting(name: str) -> bool:
    """Tests and what they use, requirements and papers."""
    return not name.endswith(".py") or name.startswith("test_") or name in FOR_TESTS


def _in_order(files: Iterable[KitFile], module: str) -> tuple[KitFile, ...]:
    """The module first, then the other code, then what comes along."""

    def rank(file: KitFile) -> tuple[bool, bool, bool, str]:
        return file.name != module, file.supporting, not file.name.endswith(".py"), file.name

    return tuple(sorted(files, key=rank))


def _place(file: str, text: str, node: ast.expr) -> Place:
    line = LINE_BREAK.split(text)[2 * (node.lineno - 1)]
    start = len(line.encode()[: node.col_offset].decode())
    return Place(file, node.lineno, start + 1, len(ast.get_source_segment(text, node) or ""), line)


def _pins(files: Iterable[KitFile]) -> dict[str, str]:
    """The libraries that the requirements pin, by their normalised names."""
    text = next((file.text for file in files if file.name == REQUIREMENTS), "")
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in PIN.findall(text)}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part)

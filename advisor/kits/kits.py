"""Reads the kits of a tree and writes the user's values into them.

A kit is the folder `kits/<outcome>/`, with what the tree adds from `shared/`: to every way of
running it, or to one. Its module begins with constants; a parameter's value replaces the literal
of its constant. The place of the literal comes from the syntax tree, and what was written is
parsed again and compared, so no value can become code.
"""

import ast
import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from advisor.engine.problems import Place, Problem, did_you_mean, quoted
from advisor.engine.tree import model
from advisor.engine.tree.graph import Tree
from advisor.engine.tree.model import Parameter
from advisor.engine.tree.parameter_values import BadValue, accept

MAX_FILE_BYTES = 256 * 1024
# A zip's earliest date; a fixed one makes the same kit the same bytes.
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([0-9.]+)")
README, REQUIREMENTS = "README.md", "requirements.txt"
# Makes good and bad tokens for the tests.
SAMPLES = "samples.py"
# A list of ways to break the kit, each of which its tests notice.
MUTANTS = "mutants.yaml"
# What ends a line for Python's parser. Form feeds and Unicode's own separators do not.
_LINE_BREAK = re.compile("(\r\n|\r|\n)")


@dataclass(frozen=True, slots=True)
class KitFile:
    """A file of a kit. `aside` files come along, but are not the code that one reads first."""

    name: str
    text: str
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Kit:
    """One outcome's files, for each way to run them; `module` is the file with the constants.

    `parameters` are those whose constants the module has, with the values that stand there, `pins`
    the libraries that it needs.
    """

    outcome: str
    module: str
    ways: Mapping[str, tuple[KitFile, ...]]
    parameters: Mapping[str, str | int]
    pins: Mapping[str, str]

    def names(self) -> tuple[str, ...]:
        """The files that every way has."""
        return tuple(file.name for file in next(iter(self.ways.values())))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where files were handed out: the page's address, the tree's version, and when it was saved,
    in words; a result that is not saved has no date."""

    url: str
    version: str
    saved_on: str = ""

    def lines(self) -> tuple[str, str]:
        saved = f", saved on {self.saved_on}" if self.saved_on else ""
        return f"From <{self.url}>{saved}.", f"Version of the tree: {self.version}."


class NotWritable(Exception):
    """The values could not be written so that the module still means what it meant."""


def read_kits(folder: Path, tree: Tree, name: str) -> tuple[dict[str, Kit], list[Problem]]:
    """Every kit of the tree in this folder, by outcome, and what is wrong with them.

    `name` is what problems call the folder.
    """
    document = tree.document
    reading = _Reading(folder, name, document)
    kits = {
        outcome: kit
        for outcome, spec in document.kits.items()
        if (kit := reading.kit(outcome, spec)) is not None
    }
    reading.unlisted()
    if len(kits) == len(document.kits):
        reading.unused(kits.values())
    return kits, reading.problems


def accepted(
    parameters: Mapping[str, Parameter], texts: Mapping[str, str]
) -> tuple[dict[str, str | int], dict[str, str]]:
    """The values that the texts stand for, and a message for each text that is none."""
    values: dict[str, str | int] = {}
    messages: dict[str, str] = {}
    for id, text in texts.items():
        try:
            values[id] = accept(parameters[id], text)
        except BadValue as bad:
            messages[id] = str(bad)
    return values, messages


def write(
    kit: Kit,
    parameters: Mapping[str, Parameter],
    values: Mapping[str, str | int],
) -> dict[str, tuple[KitFile, ...]]:
    """The kit's files for each way, with the values in them; the rest gets its defaults, which a
    policy may have changed."""
    constants = {
        parameters[id].constant: value
        for id, written in kit.parameters.items()
        if (value := values.get(id, accept(parameters[id], parameters[id].default))) != written
    }
    module = next(file for files in kit.ways.values() for file in files if file.name == kit.module)
    written = KitFile(kit.module, write_literals(module.text, constants))
    return {
        way: tuple(written if file.name == kit.module else file for file in files)
        for way, files in kit.ways.items()
    }


def write_literals(text: str, constants: Mapping[str, str | int]) -> str:
    """The module with other literals for its top-level constants. Raises NotWritable."""
    if not constants:
        return text
    wanted = ast.parse(text)
    lines = _LINE_BREAK.split(text)
    for assignment in reversed(_constants(wanted)):
        if assignment.name in constants:
            node, literal = assignment.node, _literal(constants[assignment.name])
            # Every second piece is a line break. The syntax tree counts columns in UTF-8 bytes.
            row = 2 * (node.lineno - 1)
            line = lines[row].encode()
            start, end = node.col_offset, node.end_col_offset
            lines[row] = (line[:start] + literal.encode() + line[end:]).decode()
            assignment.statement.value = ast.parse(literal, mode="eval").body
    written = "".join(lines)
    if ast.dump(ast.parse(written)) != ast.dump(wanted):
        raise NotWritable("a value changes more than its literal")
    return written


def handed_out(files: Iterable[KitFile], origin: Origin) -> tuple[KitFile, ...]:
    """The files as a user takes them home: the README and the code say where they come from."""
    return tuple(replace(file, text=_headed(file, origin)) for file in files)


def _headed(file: KitFile, origin: Origin) -> str:
    lines = origin.lines()
    if file.name == README:
        return "".join(f"> {line}\n" for line in lines) + f"\n{file.text}"
    if file.name.endswith(".py") and not file.aside:
        return "".join(f"# {line}\n" for line in lines) + file.text
    return file.text


def fingerprint(kit: Kit) -> str:
    """The sha256, as hex, of all files of a kit, in every way to run it."""
    digest = hashlib.sha256()
    for way, files in kit.ways.items():
        for part in (way, *(text for file in files for text in (file.name, file.text))):
            data = part.encode()
            digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def as_zip(folder: str, files: Iterable[KitFile]) -> bytes:
    """The files in one folder, as a zip whose bytes depend on nothing else."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(f"{folder}/{file.name}", ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.text)
    return packed.getvalue()


class _Reading:
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
            aside = tuple(replace(file, aside=True) for file in self.added(folder))
            base = self.together(place, base, aside)
        # The first way adds nothing; the others come in the order in which the tree names them.
        ways = {next(iter(self.document.ways), ""): base}
        for way in self.document.ways:
            if way in spec.ways:
                ways[way] = base
                for folder in spec.ways[way]:
                    ways[way] = self.together(place, ways[way], self.added(folder))
        if len(self.problems) > before:
            return None
        ordered = {way: _in_order(files, spec.module) for way, files in ways.items()}
        used = self.parameters_of(f"{place}/{module.name}", module.text)
        self.check_pins(place, own)
        return Kit(outcome, spec.module, ordered, used, _pins(own))

    def added(self, folder: str) -> tuple[KitFile, ...]:
        if folder not in self.shared:
            place = f"shared/{folder}"
            if not (self.folder / place).is_dir():
                self.note("kit-without-folder", place, "no such folder", "the folder of a way")
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
                    files.append(KitFile(path.name, _text(path), _is_aside(path.name)))
                except (SyntaxError, ValueError) as error:
                    line = getattr(error, "lineno", None) or 0
                    found = str(getattr(error, "msg", error))
                    at = Place(f"{self.name}/{place}/{path.name}", line, 1 if line else 0)
                    expected = "a Python file" if path.suffix == ".py" else "text in UTF-8"
                    self.problems.append(Problem("kit-not-python", at, found, expected))
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
        here = {constant.name: constant for constant in _constants(ast.parse(text))}
        used: dict[str, str | int] = {}
        for id, parameter in self.document.parameters.items():
            if (constant := here.get(parameter.constant)) is not None:
                used[id] = constant.value
                if constant.value != accept(parameter, parameter.default):
                    at = _place(f"{self.name}/{place}", text, constant.node)
                    found = f"{parameter.constant} = {ast.unparse(constant.node)}"
                    expected = f"the default {quoted(parameter.default)}"
                    self.problems.append(Problem("kit-default", at, found, expected))
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
                found = (
                    f"the parameter {quoted(id)}, whose constant `{parameter.constant}` no kit has"
                )
                self.note("unused-parameter", "kits", found, "parameters that some kit takes")

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


def _is_aside(name: str) -> bool:
    """Tests and what they use, requirements and papers."""
    return not name.endswith(".py") or name.startswith("test_") or name == SAMPLES


def _in_order(files: Iterable[KitFile], module: str) -> tuple[KitFile, ...]:
    """The module first, then the other code, then what comes along."""

    def rank(file: KitFile) -> tuple[bool, bool, bool, str]:
        return file.name != module, file.aside, not file.name.endswith(".py"), file.name

    return tuple(sorted(files, key=rank))


@dataclass(frozen=True, slots=True)
class _Constant:
    """A top-level assignment of a literal to one name: `node` is the literal."""

    name: str
    value: str | int
    node: ast.expr
    statement: ast.Assign


def _constants(module: ast.Module) -> list[_Constant]:
    """The text and whole-number literals that a module assigns to one name at its top level."""
    found = []
    for statement in module.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=node) if (
                node.lineno == node.end_lineno
            ):
                if (value := _value(node)) is not None:
                    found.append(_Constant(name, value, node, statement))
    return found


def _value(node: ast.expr) -> str | int | None:
    match node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=str(value) | int(value)):
            return value
        case ast.UnaryOp(ast.USub(), ast.Constant(value=int(number))):
            return -number
    return None


def _literal(value: str | int) -> str:
    if isinstance(value, int):
        return repr(value)
    plain = value.isascii() and value.isprintable() and '"' not in value and "\\" not in value
    return f'"{value}"' if plain else ascii(value)


def _place(file: str, text: str, node: ast.expr) -> Place:
    line = _LINE_BREAK.split(text)[2 * (node.lineno - 1)]
    start = len(line.encode()[: node.col_offset].decode())
    return Place(file, node.lineno, start + 1, len(ast.get_source_segment(text, node) or ""), line)


def _pins(files: Iterable[KitFile]) -> dict[str, str]:
    """The libraries that the requirements pin, by their normalised names."""
    text = next((file.text for file in files if file.name == REQUIREMENTS), "")
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in PIN.findall(text)}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part)

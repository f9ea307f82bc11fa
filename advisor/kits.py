"""Reads the kits of a tree and writes the user's values into them.

A kit is the folder `kits/<outcome>/`. Its module, named after the outcome, begins with constants;
a parameter's value replaces the literal of its constant. The place of the literal comes from the
syntax tree, and what was written is parsed again and compared, so no value can become code.
"""

import ast
import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from advisor.engine.graph import Tree
from advisor.engine.model import Parameter
from advisor.engine.problems import Place, Problem, did_you_mean, quoted
from advisor.engine.values import BadValue, accept

MAX_FILE_BYTES = 256 * 1024
# A zip's earliest date; a fixed one makes the same kit the same bytes.
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
# What ends a line for Python's parser. Form feeds and Unicode's own separators do not.
_LINE_BREAK = re.compile("(\r\n|\r|\n)")


@dataclass(frozen=True, slots=True)
class KitFile:
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Kit:
    """The files of one outcome, the module first. `parameters` are those that its module takes."""

    outcome: str
    files: tuple[KitFile, ...]
    parameters: tuple[str, ...]


class NotWritable(Exception):
    """The values could not be written so that the module still means what it meant."""


def read_kits(folder: Path, tree: Tree, name: str = "") -> tuple[dict[str, Kit], list[Problem]]:
    """Every kit under the folder, by outcome, and what is wrong with them."""
    kits: dict[str, Kit] = {}
    problems: list[Problem] = []
    name = name or folder.as_posix()
    outcomes = tree.document.outcomes
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not path.is_dir() or path.name.startswith((".", "_")):
            continue
        place = f"{name}/{path.name}"
        if path.name not in outcomes:
            found = f"a kit for {quoted(path.name)}"
            near = did_you_mean(path.name, outcomes)
            problems.append(
                Problem("kit-without-outcome", Place(place), found, "an outcome's id", near)
            )
            continue
        kit, found_problems = _read_kit(path, place, tree.document.parameters)
        problems += found_problems
        if kit is not None:
            kits[path.name] = kit
    problems += _unused(tree, kits.values(), name)
    return kits, problems


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
    kit: Kit, parameters: Mapping[str, Parameter], values: Mapping[str, str | int]
) -> tuple[KitFile, ...]:
    """The kit's files with the values in them. Parameters without a value keep their default."""
    constants = {parameters[id].constant: value for id, value in values.items()}
    module, *others = kit.files
    return (KitFile(module.name, write_literals(module.text, constants)), *others)


def write_literals(text: str, constants: Mapping[str, str | int]) -> str:
    """The module with other literals for its top-level constants. Raises NotWritable."""
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


def _read_kit(
    path: Path, place: str, parameters: Mapping[str, Parameter]
) -> tuple[Kit | None, list[Problem]]:
    wanted = path.name.replace("-", "_") + ".py"
    if not (path / wanted).is_file():
        found = f"no {quoted(wanted)}"
        return None, [Problem("kit-without-module", Place(place), found, "the kit's module")]
    names = sorted(
        (file.name for file in path.iterdir() if file.is_file() and not file.name.startswith(".")),
        key=lambda name: (name != wanted, not name.endswith(".py"), name),
    )
    files = []
    for name in names:
        data = (path / name).read_bytes()
        try:
            if len(data) > MAX_FILE_BYTES:
                raise ValueError(f"{len(data)} bytes")
            text = data.decode()
            if name.endswith(".py"):
                ast.parse(text)
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 0
            found = str(getattr(error, "msg", error))
            at = Place(f"{place}/{name}", line, 1 if line else 0)
            return None, [Problem("kit-not-python", at, found, "a Python file that can be read")]
        files.append(KitFile(name, text))
    here = {constant.name: constant for constant in _constants(ast.parse(files[0].text))}
    used = tuple(id for id, parameter in parameters.items() if parameter.constant in here)
    problems = [
        _other_default(f"{place}/{wanted}", files[0].text, constant.node, parameters[id])
        for id in used
        if (constant := here[parameters[id].constant]).value != _default(parameters[id])
    ]
    return Kit(path.name, tuple(files), used), problems


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


def _default(parameter: Parameter) -> str | int:
    try:
        return accept(parameter, parameter.default)
    except BadValue:
        return parameter.default


def _other_default(file: str, text: str, node: ast.expr, parameter: Parameter) -> Problem:
    line = _LINE_BREAK.split(text)[2 * (node.lineno - 1)]
    start = len(line.encode()[: node.col_offset].decode())
    length = len(ast.get_source_segment(text, node) or "")
    place = Place(file, node.lineno, start + 1, length, line)
    found = f"{parameter.constant} = {ast.unparse(node)}"
    return Problem("kit-default", place, found, f"the default {quoted(parameter.default)}")


def _unused(tree: Tree, kits: Iterable[Kit], name: str) -> list[Problem]:
    used = {id for kit in kits for id in kit.parameters}
    return [
        Problem(
            "unused-parameter",
            Place(name),
            f"the parameter {quoted(id)}, whose constant `{parameter.constant}` no kit has",
            "parameters that some kit takes",
        )
        for id, parameter in tree.document.parameters.items()
        if id not in used
    ]

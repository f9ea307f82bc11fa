"""Write the values of a user into a kit.

The module of a kit begins with constants. A value replaces the literal of one constant, whose place
comes from the syntax tree. The result is parsed again and compared, so no value can become code.
"""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from advisor.engine.tree.model import Parameter
from advisor.engine.tree.parameter_values import Value, accept
from advisor.kits.kit import Kit, KitFile
from advisor.kits.places import NotWritable, write_places

# What ends a line for Python's parser. Form feeds and Unicode's own separators do not.
LINE_BREAK = re.compile("(\r\n|\r|\n)")


@dataclass(frozen=True, slots=True)
class Constant:
    """A top-level assignment of a literal to one name. `node` is the literal."""

    name: str
    value: Value
    node: ast.expr
    statement: ast.Assign


def write(
    kit: Kit, parameters: Mapping[str, Parameter], values: Mapping[str, Value]
) -> dict[str, tuple[KitFile, ...]]:
    """Return the files of the kit for each framework, with the values written in.

    The kit is the variant that `select` has found for these values. Parameters without a value get
    their defaults, which a policy may have changed. Raise NotWritable as `write_literals` does.
    """
    return _written(kit, kit.frameworks, parameters, values)


def write_joined(
    kit: Kit, parameters: Mapping[str, Parameter], values: Mapping[str, Value]
) -> dict[str, tuple[KitFile, ...]]:
    """Return the code of the kit in one file for each framework, with the values written in.

    Raise NotWritable as `write_literals` does.
    """
    return _written(kit, kit.joined, parameters, values)


def _written(
    kit: Kit,
    frameworks: Mapping[str, tuple[KitFile, ...]],
    parameters: Mapping[str, Parameter],
    values: Mapping[str, Value],
) -> dict[str, tuple[KitFile, ...]]:
    changed = {
        id: value
        for id, written in kit.parameters.items()
        if (value := values.get(id, accept(parameters[id], parameters[id].default))) != written
    }
    constants = {
        constant: value for id, value in changed.items() if (constant := parameters[id].constant)
    }

    def rewritten(file: KitFile) -> str:
        if file.supporting:
            return file.text
        if file.name.endswith(".py"):
            return write_literals(file.text, constants)
        places = kit.places.get(file.name, {})
        return write_places(
            file.name,
            file.text,
            {
                place: (kit.parameters[id], changed[id])
                for id, place in places.items()
                if id in changed
            },
        )

    # Frameworks share most of their files: each is written once.
    done: dict[KitFile, KitFile] = {}
    for file in {file for files in frameworks.values() for file in files}:
        done[file] = replace(file, text=rewritten(file))
    return {
        framework: tuple(done[file] for file in files) for framework, files in frameworks.items()
    }


def write_literals(text: str, constants: Mapping[str, Value]) -> str:
    """Return a module with new literals for its top-level constants, by name.

    All other bytes stay the same. Raise NotWritable if the syntax tree would change elsewhere.
    """
    if not constants:
        return text
    expected = ast.parse(text)
    lines = LINE_BREAK.split(text)
    for assignment in reversed(top_level_constants(expected)):
        value = constants.get(assignment.name)
        if value is not None and isinstance(value, bool) == isinstance(assignment.value, bool):
            node, literal = assignment.node, _literal(value)
            # Every second piece is a line break. The syntax tree counts columns in UTF-8 bytes.
            row = 2 * (node.lineno - 1)
            line = lines[row].encode()
            start, end = node.col_offset, node.end_col_offset
            lines[row] = (line[:start] + literal.encode() + line[end:]).decode()
            assignment.statement.value = ast.parse(literal, mode="eval").body
    written = "".join(lines)
    if ast.dump(ast.parse(written)) != ast.dump(expected):
        raise NotWritable("a value changes more than its literal")
    return written


def top_level_constants(module: ast.Module) -> list[Constant]:
    """Return the assignments of a literal to one name at the top level of a module.

    A literal is a text, a whole number, True or False. Those that span lines are left out.
    """
    constants = []
    for statement in module.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=node) if (
                node.lineno == node.end_lineno
            ):
                if (value := _value(node)) is not None:
                    constants.append(Constant(name, value, node, statement))
    return constants


def _value(node: ast.expr) -> Value | None:
    match node:
        case ast.Constant(value=str(value) | int(value)):
            return value
        case ast.UnaryOp(ast.USub(), ast.Constant(value=int(number))):
            return -number
    return None


def _literal(value: Value) -> str:
    if isinstance(value, int):
        return repr(value)
    plain = value.isascii() and value.isprintable() and '"' not in value and "\\" not in value
    return f'"{value}"' if plain else ascii(value)

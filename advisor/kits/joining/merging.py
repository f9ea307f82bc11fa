"""The parts of a kit in one order, with their imports merged and their names told apart."""

import ast
import builtins
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from advisor.kits.joining.parts import CONSTANT, NameClash, NotJoinable, Part, Statement
from advisor.kits.joining.scopes import loaded_names

WIDTH = 100


def in_order(parts: Sequence[Part]) -> list[Part]:
    """Return the parts with those that others need before them."""
    by_name = {part.module.name: part for part in parts}
    ordered: list[Part] = []
    open_names: list[str] = []

    def place(part: Part) -> None:
        if part in ordered:
            return
        if part.module.name in open_names:
            raise NotJoinable(
                part.module.file, 1, f"a circle of imports: {' → '.join(open_names)}",
                "imports in one direction",
            )  # fmt: skip
        open_names.append(part.module.name)
        for name in part.needs:
            place(by_name[name])
        open_names.pop()
        ordered.append(part)

    for part in parts:
        place(part)
    return ordered


def without_clashes(parts: Sequence[Part]) -> dict[str, frozenset[str]]:
    """Return the names that each module defines. Raise NameClash where two define one.

    The very same statement in two modules is no clash: it stands once.
    """
    seen: dict[str, tuple[Part, Statement]] = {}
    defined: dict[str, frozenset[str]] = {}
    for part in parts:
        for statement in part.statements:
            for name in statement.names:
                first, before = seen.setdefault(name, (part, statement))
                if first is not part and ast.dump(before.node) != ast.dump(statement.node):
                    raise NameClash(
                        part.module.file, statement.node.lineno,
                        f"`{name}`, which {first.module.file}:{before.node.lineno} defines too",
                        "another name for one of them",
                    )  # fmt: skip
        defined[part.module.name] = frozenset(
            name for statement in part.statements for name in statement.names
        )
    for part in parts:
        own = defined[part.module.name] | part.from_kit.keys()
        for name in loaded_names(part.tree) - own - imported_names(part).keys():
            if name in seen and hasattr(builtins, name):
                other, statement = seen[name]
                raise NameClash(
                    other.module.file, statement.node.lineno,
                    f"`{name}`, which {part.module.file} takes for Python's own", "another name",
                )  # fmt: skip
        for name, (source, original) in part.from_kit.items():
            if original not in defined.get(source, frozenset()) and not any(
                original in imported_names(sibling) or original in sibling.from_kit
                for sibling in parts
                if sibling.module.name == source
            ):
                raise NotJoinable(
                    part.module.file, 1, f"`{source}.{name}`, which is not there", "a name of it"
                )
    return defined


def imported_names(part: Part) -> dict[str, tuple[str, str, ast.stmt]]:
    """Return what the imports of a module bind, with where it comes from."""
    origins: dict[str, tuple[str, str, ast.stmt]] = {}
    for node in part.imports:
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                origins[alias.asname or alias.name] = (node.module or "", alias.name, node)
            elif alias.asname:
                origins[alias.asname] = (alias.name, "", node)
            else:
                top = alias.name.partition(".")[0]
                origins[top] = (top, "", node)
    return origins


@dataclass(frozen=True, slots=True)
class Imports:
    text: str
    names: frozenset[str]


def merged_imports(parts: Sequence[Part], defined: set[str]) -> Imports:
    """Return all imports that are not of the kit, once each and sorted as ruff sorts them."""
    bound: dict[str, tuple[Part, tuple[str, str, ast.stmt]]] = {}
    whole: set[tuple[str, str]] = set()
    names: dict[str, set[tuple[str, str]]] = {}
    future: set[str] = set()
    for part in parts:
        for name, origin in imported_names(part).items():
            first, before = bound.setdefault(name, (part, origin))
            if before[:2] != origin[:2]:
                other = f"{first.module.file}:{before[2].lineno}"
                actual = f"`{name}`, which {other} imports from elsewhere"
                expected = "another name for one of them"
                raise NameClash(part.module.file, origin[2].lineno, actual, expected)
            if name in defined:
                owner = next(
                    (sibling, statement)
                    for sibling in parts
                    for statement in sibling.statements
                    if name in statement.names
                )
                raise NameClash(
                    owner[0].module.file, owner[1].node.lineno,
                    f"`{name}`, which {part.module.file}:{origin[2].lineno} imports",
                    "another name",
                )  # fmt: skip
        for node in part.imports:
            if isinstance(node, ast.Import):
                whole |= {(alias.name, alias.asname or "") for alias in node.names}
            elif node.module == "__future__":
                future |= {alias.name for alias in node.names}
            else:
                module = "." * node.level + (node.module or "")
                names.setdefault(module, set()).update(
                    (alias.name, alias.asname or "") for alias in node.names
                )
    blocks = [f"from __future__ import {', '.join(sorted(future))}"] if future else []
    for standard in (True, False):
        lines = [
            f"import {name} as {other}" if other else f"import {name}"
            for name, other in sorted(whole)
            if _is_standard(name) == standard
        ]
        lines += [
            _from_line(module, names[module])
            for module in sorted(names)
            if _is_standard(module) == standard
        ]
        if lines:
            blocks.append("\n".join(lines))
    return Imports("\n\n".join(blocks), frozenset(bound))


def _is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def _from_line(module: str, names: Iterable[tuple[str, str]]) -> str:
    def rank(pair: tuple[str, str]) -> tuple[int, str]:
        name = pair[0]
        return (0 if CONSTANT.fullmatch(name) else 1 if name[:1].isupper() else 2), name

    written = [f"{name} as {other}" if other else name for name, other in sorted(names, key=rank)]
    line = f"from {module} import {', '.join(written)}"
    if len(line) <= WIDTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in written) + ")"


def constants_first(
    parts: Sequence[Part], imports: Imports
) -> tuple[Mapping[str, list[Statement]], Mapping[str, list[Statement]]]:
    """Return the constants that can stand on top, and all other statements, by module.

    A constant can, when all that its value needs is imported, or stands above it.
    """
    known = {*dir(builtins), *imports.names}
    constants: dict[str, list[Statement]] = {part.module.name: [] for part in parts}
    rest: dict[str, list[Statement]] = {part.module.name: [] for part in parts}
    written: set[str] = set()
    # The order in which the constants are printed: that of the first module before all.
    for part in parts:
        for statement in part.statements:
            if statement.names and statement.names <= written:
                continue  # the very same statement stood in another module
            written |= statement.names
            if _is_constant(statement.node) and loaded_names(statement.node) <= known:
                known |= statement.names
                constants[part.module.name].append(statement)
            else:
                rest[part.module.name].append(statement)
    return constants, rest


def _is_constant(node: ast.stmt) -> bool:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return CONSTANT.fullmatch(name) is not None
    return False


def exported_names(parts: Sequence[Part]) -> list[str]:
    """Return the names for `__all__`: those that modules list.

    A module that lists none, and that no other one needs, such as that for a framework, adds its
    public functions and classes.
    """
    if all(part.exported is None for part in parts):
        return []
    needed = {name for part in parts for name in part.needs}
    names = {name for part in parts for name in part.exported or ()}
    for part in parts:
        if part.exported is None and part.module.name not in needed:
            names |= {
                name
                for statement in part.statements
                if isinstance(statement.node, ast.FunctionDef | ast.ClassDef)
                for name in statement.names
                if not name.startswith("_")
            }
    return sorted(names)

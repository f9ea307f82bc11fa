"""A module of a kit taken apart: its docstring, imports, constants and other statements."""

import ast
import re
from dataclasses import dataclass, field
from functools import lru_cache

from advisor.kits.joining.scopes import bound_names, scoped
from advisor.kits.syntax import parsed

CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*")
_IMPORTS = (ast.Import, ast.ImportFrom)


@dataclass(frozen=True, slots=True)
class Module:
    """A file of a kit with Python in it, by its name without folder."""

    file: str
    text: str

    @property
    def name(self) -> str:
        """Return the name by which other modules import it."""
        return self.file.removesuffix(".py")


class NotJoinable(Exception):
    """Modules that cannot become one file.

    `file` and `line` are the place, `actual` and `expected` say what is wrong, as a problem does.
    """

    def __init__(self, file: str, line: int, actual: str, expected: str) -> None:
        super().__init__(f"{file}:{line}: found {actual}; expected {expected}")
        self.file = file
        self.line = line
        self.actual = actual
        self.expected = expected


class NameClash(NotJoinable):
    """Two modules that give one name to different things."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A top-level statement with the comments above it; `blank` counts the empty lines before."""

    node: ast.stmt
    names: frozenset[str]
    text: str
    blank: int


@dataclass(slots=True)
class Part:
    """A module taken apart."""

    module: Module
    tree: ast.Module
    docstring: str = ""
    exported: list[str] | None = None
    imports: list[ast.Import | ast.ImportFrom] = field(default_factory=list)
    guard: Statement | None = None
    statements: list[Statement] = field(default_factory=list)
    # By the name that this module uses: the module of the kit and the name there.
    from_kit: dict[str, tuple[str, str]] = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)


def taken_apart(module: Module, kit: frozenset[str]) -> Part:
    """Return a module taken apart; `kit` names all modules of its kit.

    Many kits share a module, and differ in modules that it does not import: the work is done once.
    """
    return _taken_apart(module, kit & _imported_modules(module.text))


@lru_cache(maxsize=1024)
def _imported_modules(text: str) -> frozenset[str]:
    """Return the modules that a text imports, wherever in it."""
    imports = (node for node in ast.walk(parsed(text)) if isinstance(node, _IMPORTS))
    return frozenset(name for node in imports for name in modules_of(node))


@lru_cache(maxsize=1024)
def _taken_apart(module: Module, kit: frozenset[str]) -> Part:
    """Take a module apart. `kit` names the modules of the kit that it imports."""
    tree = parsed(module.text)
    part = Part(module, tree)
    text = edited(module, tree, kit, part)
    lines = text.splitlines()
    last_line = 0
    above: list[str] = []
    for index, node in enumerate(tree.body):
        start, end = _first_line(node), node.end_lineno or node.lineno
        if start <= last_line:
            raise NotJoinable(
                module.file, node.lineno, "two statements on one line", "a line for each"
            )
        above += lines[last_line : start - 1]
        last_line = end
        own = "\n".join(lines[start - 1 : end])
        if index == 0 and ast.get_docstring(tree, clean=False) is not None:
            part.docstring = own
            above = []
        elif isinstance(node, ast.Import | ast.ImportFrom):
            _note_import(part, node, kit)
        elif (exported := _all_of(node)) is not None:
            part.exported, above = exported, []
        elif _is_guard(node):
            part.guard, above = Statement(node, frozenset(), own, 2), []
        else:
            comments = "\n".join(above).strip("\n")
            blank = len(above) - len("\n".join(above).lstrip("\n").splitlines())
            whole = f"{comments}\n{own}" if comments.strip() else own
            part.statements.append(
                Statement(node, frozenset(bound_names(node)), whole, min(blank, 2))
            )
            above = []
    _check_bare_names(part, kit)
    return part


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _all_of(node: ast.stmt) -> list[str] | None:
    match node:
        case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=elements)):
            return [str(element.value) for element in elements if isinstance(element, ast.Constant)]
    return None


def _is_guard(node: ast.stmt) -> bool:
    match node:
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return True
    return False


def modules_of(node: ast.Import | ast.ImportFrom) -> set[str]:
    if isinstance(node, ast.ImportFrom):
        return {node.module or ""}
    return {alias.name for alias in node.names}


def _note_import(part: Part, node: ast.Import | ast.ImportFrom, kit: frozenset[str]) -> None:
    """Sort an import: one of the kit's own modules disappears, another is merged."""
    own = modules_of(node) & kit
    if not own:
        if any(alias.name == "*" for alias in node.names):
            raise NotJoinable(part.module.file, node.lineno, "`import *`", "the names in full")
        part.imports.append(node)
        return
    if isinstance(node, ast.ImportFrom):
        for alias in node.names:
            if alias.asname not in (None, alias.name) or alias.name == "*":
                raise NotJoinable(
                    part.module.file, node.lineno, f"`{ast.unparse(node)}`",
                    "the name as the kit's module has it",
                )  # fmt: skip
            part.from_kit[alias.name] = (node.module or "", alias.name)
    part.needs += [name for name in sorted(own) if name not in part.needs]


def edited(module: Module, tree: ast.Module, kit: frozenset[str], part: Part | None = None) -> str:
    """Return the text with `module.name` as `name`, for the modules of the kit it imports whole."""
    imported = {
        alias.asname or alias.name: alias.name
        for node in tree.body
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name in kit
    }
    if not imported:
        return module.text
    lines = [line.encode() for line in module.text.splitlines(keepends=True)]
    places = [
        (scope, node)
        for scope, node in scoped(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in imported
        and not any(node.value.id in names for names in scope)
    ]
    for scope, node in sorted(places, key=lambda place: (place[1].lineno, place[1].col_offset))[
        ::-1
    ]:
        owner = node.value
        assert isinstance(owner, ast.Name)  # noqa: S101 - looked at above
        if any(node.attr in names for names in scope):
            raise NameClash(
                module.file, node.lineno,
                f"`{owner.id}.{node.attr}` where `{node.attr}` is a local name",
                "another local name, since one file has both",
            )  # fmt: skip
        line, start = lines[node.lineno - 1], node.col_offset
        written = f"{owner.id}.{node.attr}".encode()
        if not line[start:].startswith(written):
            actual = f"`{owner.id}.{node.attr}` across lines or in an f-string"
            raise NotJoinable(module.file, node.lineno, actual, "it on one line, outside")
        rest = line[start + len(written) :]
        lines[node.lineno - 1] = line[:start] + node.attr.encode() + rest
        if part is not None:
            part.from_kit[node.attr] = (imported[owner.id], node.attr)
    return b"".join(lines).decode()


def _check_bare_names(part: Part, kit: frozenset[str]) -> None:
    """Refuse a module of the kit that is used as a value, or imported inside a function.

    `kit` names the modules of the kit that this one imports.
    """
    file, top = part.module.file, set(map(id, part.tree.body))
    nodes = list(ast.walk(part.tree)) if kit else []
    for node in nodes:
        if isinstance(node, _IMPORTS) and id(node) not in top and modules_of(node) & kit:
            actual = f"`{ast.unparse(node)}` inside"
            raise NotJoinable(file, node.lineno, actual, "it at the top of the module")
    imported = {
        alias.asname or alias.name
        for node in part.tree.body
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name in kit
    }
    if not imported:
        return
    of_attributes = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    for scope, node in scoped(part.tree):
        match node:
            case ast.Name(id=name) if name in imported and id(node) not in of_attributes:
                if not any(name in names for names in scope):
                    actual = f"the module `{name}` as a value"
                    raise NotJoinable(file, node.lineno, actual, "one of its names")

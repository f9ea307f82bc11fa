"""Join the modules of a kit into one file: the one that a user copies.

Imports between the modules disappear, the others are merged on top; constants come first; every
module becomes a part under a comment with its name. The text of each statement stays as it is, with
its comments: places come from the syntax tree.
"""

import ast
import builtins
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from advisor.kits.syntax import parsed

WIDTH = 100
_CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


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
class _Part:
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


def join(modules: Sequence[Module]) -> str:
    """Return the modules as one; the first is the one whose docstring begins the file.

    Raise NotJoinable, with the place.
    """
    kit = frozenset(module.name for module in modules)
    parts = [_taken_apart(module, kit) for module in modules]
    ordered = _in_order(parts)
    statements = _without_clashes(ordered)
    imports = _merged_imports(ordered, {name for names in statements.values() for name in names})
    constants, rest = _constants_first(ordered, imports)
    first = parts[0]
    blocks = [first.docstring] if first.docstring else []
    blocks += [imports.text] if imports.text else []
    if exported := _exported(ordered):
        blocks.append("__all__ = [\n" + "".join(f'    "{name}",\n' for name in exported) + "]")
    # The settings come first: they are what a user changes.
    by_settings = sorted(ordered, key=lambda part: part is not first)
    for part in by_settings:
        if constants[part.module.name]:
            heading = f"# Constants of {part.module.file}"
            blocks.append("\n".join([heading, *(one.text for one in constants[part.module.name])]))
    text = "\n\n".join(blocks)
    for part in ordered:
        if body := rest[part.module.name]:
            about = "" if part is first else _as_comment(part.docstring)
            text += f"\n\n\n{_heading(part.module.file)}\n{about}{_laid_out(body)}"
    guards = [part.guard for part in ordered if part.guard]
    for guard in guards[-1:]:
        text += f"\n\n\n{guard.text}"
    return f"{text.strip()}\n"


def apart(module: Module, modules: Sequence[Module]) -> str:
    """Return a module that stays a file of its own beside the joined one.

    Its imports of the kit become copies of the constants that it needs, so that it can be read
    before the others can, as settings are. A text that names a module of the kit, alone or before a
    dot, names the joined one.
    """
    kit = frozenset(one.name for one in modules)
    part = _taken_apart(module, kit)
    main = modules[0].name
    constants = {
        name: statement.text
        for other in (_taken_apart(one, kit) for one in modules)
        for statement in other.statements
        for name in statement.names
        if _CONSTANT.fullmatch(name)
    }
    wanted = dict.fromkeys(name for _, name in part.from_kit.values())
    for name in wanted:
        if name not in constants:
            raise NotJoinable(module.file, 1, f"`{name}`, which is no constant", "constants alone")
    lines = module.text.splitlines(keepends=True)
    text = _edited(module, part.tree, kit)
    kept = [
        statement
        for statement in part.tree.body
        if isinstance(statement, ast.Import | ast.ImportFrom) and _modules_of(statement) & kit
    ]
    copied = "\n".join(constants[name] for name in wanted)
    data = text.splitlines(keepends=True)
    for number, statement in enumerate(reversed(kept)):
        start, end = statement.lineno - 1, statement.end_lineno or statement.lineno
        last = number == len(kept) - 1
        data[start:end] = [f"# As in {modules[0].file}\n{copied}\n"] if last and copied else []
    assert len(lines) >= len(kept)  # noqa: S101 - each statement has a line
    named = "|".join(sorted(map(re.escape, kit)))
    return re.sub(rf'"(?:{named})(\.\w+)?"', rf'"{main}\1"', "".join(data))


@lru_cache(maxsize=1024)
def _taken_apart(module: Module, kit: frozenset[str]) -> _Part:
    tree = parsed(module.text)
    part = _Part(module, tree)
    text = _edited(module, tree, kit, part)
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
            part.statements.append(Statement(node, frozenset(_bound(node)), whole, min(blank, 2)))
            above = []
    _check_bare_names(part, kit)
    return part


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _all_of(node: ast.stmt) -> list[str] | None:
    match node:
        case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=elements)):
            return [str(one.value) for one in elements if isinstance(one, ast.Constant)]
    return None


def _is_guard(node: ast.stmt) -> bool:
    match node:
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return True
    return False


def _modules_of(node: ast.Import | ast.ImportFrom) -> set[str]:
    if isinstance(node, ast.ImportFrom):
        return {node.module or ""}
    return {alias.name for alias in node.names}


def _note_import(part: _Part, node: ast.Import | ast.ImportFrom, kit: frozenset[str]) -> None:
    """Sort an import: one of the kit's own modules disappears, another is merged."""
    own = _modules_of(node) & kit
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


def _edited(
    module: Module, tree: ast.Module, kit: frozenset[str], part: _Part | None = None
) -> str:
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
        for scope, node in _scoped(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in imported
        and not any(node.value.id in names for names in scope)
    ]
    for scope, node in sorted(places, key=lambda one: (one[1].lineno, one[1].col_offset))[::-1]:
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


def _check_bare_names(part: _Part, kit: frozenset[str]) -> None:
    """Refuse a module of the kit that is used as a value, or imported inside a function."""
    imported = {
        alias.asname or alias.name
        for node in part.tree.body
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name in kit
    }
    of_attributes = {
        id(node.value) for node in ast.walk(part.tree) if isinstance(node, ast.Attribute)
    }
    top = set(map(id, part.tree.body))
    for scope, node in _scoped(part.tree):
        file = part.module.file
        match node:
            case ast.Name(id=name) if name in imported and id(node) not in of_attributes:
                if not any(name in names for names in scope):
                    actual = f"the module `{name}` as a value"
                    raise NotJoinable(file, node.lineno, actual, "one of its names")
            case ast.Import() | ast.ImportFrom() if id(node) not in top:
                if _modules_of(node) & kit:
                    actual = f"`{ast.unparse(node)}` inside"
                    raise NotJoinable(file, node.lineno, actual, "it at the top of the module")


def _scoped(tree: ast.Module) -> Iterator[tuple[tuple[frozenset[str], ...], ast.AST]]:
    """Yield every node with the names that are local where it stands, innermost scope last."""

    def below(
        node: ast.AST, scope: tuple[frozenset[str], ...]
    ) -> Iterator[tuple[tuple[frozenset[str], ...], ast.AST]]:
        inner = scope
        if isinstance(node, _FUNCTIONS):
            inner = (*scope, frozenset(_locals(node)))
        elif isinstance(node, _COMPREHENSIONS):
            names = (one for made in node.generators for one in ast.walk(made.target))
            inner = (*scope, frozenset(one.id for one in names if isinstance(one, ast.Name)))
        # Decorators, defaults and annotations of a function belong to the scope around it.
        outside = set(map(id, _outside(node)))
        for child in ast.iter_child_nodes(node):
            yield (scope if id(child) in outside else inner), child
            yield from below(child, scope if id(child) in outside else inner)

    yield from below(tree, ())


def _outside(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from node.decorator_list
        if node.returns:
            yield node.returns


def _locals(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Iterator[str]:
    """Yield the names that a function binds: its arguments and all that its own body assigns."""
    arguments = function.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        yield argument.arg
    for more in (arguments.vararg, arguments.kwarg):
        if more is not None:
            yield more.arg
    if isinstance(function, ast.Lambda):
        return
    shared = set()
    waiting: list[ast.AST] = list(function.body)
    bound: list[str] = []
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Global):
            shared.update(node.names)
        bound += _bound(node)
        if not isinstance(node, (*_FUNCTIONS, *_COMPREHENSIONS, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)
    yield from (name for name in bound if name not in shared)


def _bound(node: ast.AST) -> list[str]:
    """Return the names that a node binds where it stands."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Name(id=name, ctx=ast.Store()):
            return [name]
        case ast.ExceptHandler(name=str(name)):
            return [name]
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            return [(alias.asname or alias.name).partition(".")[0] for alias in aliases]
        case ast.Assign() | ast.AnnAssign():
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = (one for target in targets for one in ast.walk(target))
            return [one.id for one in names if isinstance(one, ast.Name)]
        case ast.If() | ast.Try() | ast.With() | ast.For():
            inside = (one for child in ast.iter_child_nodes(node) for one in _bound(child))
            return list(inside)
    return []


def _in_order(parts: Sequence[_Part]) -> list[_Part]:
    """Return the parts with those that others need before them."""
    by_name = {part.module.name: part for part in parts}
    ordered: list[_Part] = []
    open_names: list[str] = []

    def place(part: _Part) -> None:
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


def _without_clashes(parts: Sequence[_Part]) -> dict[str, frozenset[str]]:
    """Return the names that each module defines. Raise NameClash where two define one.

    The very same statement in two modules is no clash: it stands once.
    """
    seen: dict[str, tuple[_Part, Statement]] = {}
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
        for name in _loaded(part.tree) - own - _imported(part).keys():
            if name in seen and hasattr(builtins, name):
                other, statement = seen[name]
                raise NameClash(
                    other.module.file, statement.node.lineno,
                    f"`{name}`, which {part.module.file} takes for Python's own", "another name",
                )  # fmt: skip
        for name, (source, original) in part.from_kit.items():
            if original not in defined.get(source, frozenset()) and not any(
                original in _imported(one) or original in one.from_kit
                for one in parts
                if one.module.name == source
            ):
                raise NotJoinable(
                    part.module.file, 1, f"`{source}.{name}`, which is not there", "a name of it"
                )
    return defined


@lru_cache(maxsize=8192)
def _loaded(tree: ast.AST) -> frozenset[str]:
    return frozenset(
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )


def _imported(part: _Part) -> dict[str, tuple[str, str, ast.stmt]]:
    """Return what the imports of a module bind, with where it comes from."""
    found: dict[str, tuple[str, str, ast.stmt]] = {}
    for node in part.imports:
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                found[alias.asname or alias.name] = (node.module or "", alias.name, node)
            elif alias.asname:
                found[alias.asname] = (alias.name, "", node)
            else:
                top = alias.name.partition(".")[0]
                found[top] = (top, "", node)
    return found


@dataclass(frozen=True, slots=True)
class _Imports:
    text: str
    names: frozenset[str]


def _merged_imports(parts: Sequence[_Part], defined: set[str]) -> _Imports:
    """Return all imports that are not of the kit, once each and sorted as ruff sorts them."""
    bound: dict[str, tuple[_Part, tuple[str, str, ast.stmt]]] = {}
    whole: set[tuple[str, str]] = set()
    names: dict[str, set[tuple[str, str]]] = {}
    future: set[str] = set()
    for part in parts:
        for name, found in _imported(part).items():
            first, before = bound.setdefault(name, (part, found))
            if before[:2] != found[:2]:
                other = f"{first.module.file}:{before[2].lineno}"
                actual = f"`{name}`, which {other} imports from elsewhere"
                expected = "another name for one of them"
                raise NameClash(part.module.file, found[2].lineno, actual, expected)
            if name in defined:
                owner = next(
                    (one, statement)
                    for one in parts
                    for statement in one.statements
                    if name in statement.names
                )
                raise NameClash(
                    owner[0].module.file, owner[1].node.lineno,
                    f"`{name}`, which {part.module.file}:{found[2].lineno} imports",
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
    return _Imports("\n\n".join(blocks), frozenset(bound))


def _is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def _from_line(module: str, names: Iterable[tuple[str, str]]) -> str:
    def rank(pair: tuple[str, str]) -> tuple[int, str]:
        name = pair[0]
        return (0 if _CONSTANT.fullmatch(name) else 1 if name[:1].isupper() else 2), name

    written = [f"{name} as {other}" if other else name for name, other in sorted(names, key=rank)]
    line = f"from {module} import {', '.join(written)}"
    if len(line) <= WIDTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in written) + ")"


def _constants_first(
    parts: Sequence[_Part], imports: _Imports
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
            if _is_constant(statement.node) and _loaded(statement.node) <= known:
                known |= statement.names
                constants[part.module.name].append(statement)
            else:
                rest[part.module.name].append(statement)
    return constants, rest


def _is_constant(node: ast.stmt) -> bool:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return _CONSTANT.fullmatch(name) is not None
    return False


def _exported(parts: Sequence[_Part]) -> list[str]:
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


def _heading(file: str) -> str:
    return f"# --- {file} {'-' * max(3, 78 - len(file))}"


def _as_comment(docstring: str) -> str:
    if not docstring:
        return ""
    text = ast.literal_eval(docstring)
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)


def _laid_out(statements: Sequence[Statement]) -> str:
    """Return statements with two empty lines around definitions, and the author's elsewhere."""
    text = ""
    before: Statement | None = None
    for statement in statements:
        big = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        if before is None:
            text += "\n\n" if isinstance(statement.node, big) else "\n"
        elif isinstance(statement.node, big) or isinstance(before.node, big):
            text += "\n\n\n"
        else:
            text += "\n" * (1 + statement.blank)
        text += statement.text
        before = statement
    return text

"""Reads settings from files, as far as that can be done without running them."""

import ast
import json
import operator
import sys
import tomllib
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from confirm_checks import CannotCheck

LONGEST = 16 * 1024 * 1024
# Methods that change a mapping or a list, of Flask's config too.
CHANGING = {"append", "clear", "extend", "insert", "pop", "popitem", "remove", "setdefault"}
CHANGING |= {"update", "from_object", "from_mapping", "from_pyfile", "from_file", "from_envvar"}
CHANGING |= {"from_prefixed_env"}
WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}


class Unknown(Enum):
    """Why a name has no value here: no file sets it, or only the running program could say."""

    ABSENT = "not there"
    COMPUTED = "computed or imported, which cannot be read"


ABSENT, COMPUTED = Unknown.ABSENT, Unknown.COMPUTED
STAR = "*"  # stands among names where there may be more than are listed


def read_settings(paths: list[str]) -> dict[str, Any]:
    """What the files set, the later ones over the earlier. Raises CannotCheck."""
    values: dict[str, Any] = {}
    modules: dict[str, Any] = {}
    for path in map(Path, paths):
        read = _PARSERS.get(_ENV if path.name.startswith(_ENV) else path.suffix)
        if read is None:
            raise CannotCheck(f"{path}: settings are read from .py, .json, .toml and .env files")
        try:
            found = read(read_bytes(str(path)).decode("utf-8-sig"), modules)
        except (ValueError, SyntaxError, RecursionError, MemoryError) as error:
            line = getattr(error, "lineno", None)  # never the line's text: it may hold a key
            place = f", line {line}" if line else ""
            raise CannotCheck(f"{path} is no {path.suffix or _ENV} file{place}") from None
        if not isinstance(found, dict):
            raise CannotCheck(f"{path} holds no names with values")
        modules[path.stem] = found
        values |= found
    return values


def read_bytes(path: str) -> bytes:
    """A file, or standard input where the path is `-`. Raises CannotCheck."""
    try:
        with sys.stdin.buffer if path == "-" else Path(path).open("rb") as opened:
            data = opened.read(LONGEST + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no name of a file"
        # In the wrong place of the command a token is taken for a path.
        name = path if len(Path(path).name) <= 30 else "a file with a long name"
        raise CannotCheck(f"{name} cannot be opened: {why}") from None
    if len(data) > LONGEST:
        raise CannotCheck(f"{path} has more than {LONGEST >> 20} MiB")
    return data


def look_up(values: Any, dotted: str) -> Any:
    """The value of a name such as `HEADER.alg`; ABSENT or COMPUTED where there is none."""
    for part in dotted.split("."):
        if not isinstance(values, dict):
            return COMPUTED if values is COMPUTED else ABSENT
        values = values.get(part, COMPUTED if STAR in values else ABSENT)
    return values


def _env(text: str, _: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for line in text.splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            value = value.strip()
            if value[:1] in ("'", '"'):
                value = value[1:].partition(value[0])[0]
            else:
                value = value.partition(" #")[0].strip()
            number = value.isascii() and value.isdigit() and len(value) < 20
            found[name.strip()] = int(value) if number else WORDS.get(value.lower(), value)
    return found


def _python(text: str, modules: Mapping[str, Any]) -> dict[str, Any]:
    names: dict[str, Any] = {}
    _follow(ast.parse(text).body, names, modules)
    return names


def _follow(body: list[ast.stmt], names: dict[str, Any], outer: Mapping[str, Any]) -> None:
    """Sets the names that the statements set. What only happens under a condition is COMPUTED."""
    for statement in body:
        scope = {**outer, **names}
        match statement:
            case ast.Assign(targets=targets, value=value) if all(map(_path, targets)):
                for target in targets:
                    _put(names, target, _value(value, scope))
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                _put(names, target, _value(value, scope))
            case ast.ClassDef(name=name, bases=bases, body=inner):
                names[name] = {}
                for base in (_value(one, scope) for one in reversed(bases)):
                    names[name] |= base if isinstance(base, dict) else _unlisted(names[name])
                _follow(inner, names[name], scope)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.AnnAssign():
                pass  # sets nothing of the module
            case ast.Import(names=aliases):
                for alias in aliases:
                    bound = alias.asname or alias.name.partition(".")[0]
                    names[bound] = outer.get(alias.name, COMPUTED)
            case ast.ImportFrom(module=module, names=aliases):
                source = outer.get((module or "").rpartition(".")[2], COMPUTED if module else outer)
                for alias in aliases:
                    if alias.name != STAR:
                        known = look_up(source, alias.name)
                        names[alias.asname or alias.name] = COMPUTED if known is ABSENT else known
                    else:
                        names |= source if isinstance(source, dict) else _unlisted(names)
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=base, attr="update" | "from_mapping"),
                    args=[],
                    keywords=given,
                )
            ) if all(one.arg for one in given):
                for one in given:  # app.config.update(NAME=...)
                    path = ast.Subscript(base, ast.Constant(one.arg), ast.Store())
                    _put(names, path, _value(one.value, scope))
            case _:
                for node in ast.walk(statement):
                    if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
                        _put(names, node, COMPUTED)
                    elif isinstance(node, ast.Attribute) and node.attr in CHANGING:
                        _put(names, node.value, COMPUTED)
                    elif isinstance(node, ast.alias) and node.name == STAR:
                        names |= _unlisted(names)


def _unlisted(names: Mapping[str, Any]) -> dict[str, Any]:
    """What names that are not listed may do: set any of these, and others."""
    return dict.fromkeys([*names, STAR], COMPUTED)


def _put(names: dict[str, Any], target: ast.AST, value: Any) -> None:
    while isinstance(target, ast.Subscript) and not _path(target):
        target, value = target.value, COMPUTED  # a key that only the running program knows
    *outer, last = _path(target) or [""]  # what has no path is not asked for either
    for part in outer:
        if not isinstance(names.get(part), dict):
            names[part] = {STAR: COMPUTED} if names.get(part) is COMPUTED else {}
        names = names[part]
    names[last] = value


def _path(node: ast.AST) -> list[str]:
    """`app.config["ISSUER"]` as its three names; empty for what has none."""
    match node:
        case ast.Name(id=name):
            return [name]
        case ast.Attribute(value=inner, attr=name) if path := _path(inner):
            return [*path, name]
        case ast.Subscript(value=inner, slice=ast.Constant(value=str(key))) if path := _path(inner):
            return [*path, key]
    return []


def _value(node: ast.expr, scope: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name() | ast.Attribute() | ast.Subscript() if path := _path(node):
            value = look_up(dict(scope), ".".join(path))
            return COMPUTED if value is ABSENT else value
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            listed = [_value(item, scope) for item in items]
            return COMPUTED if COMPUTED in listed else listed
        case ast.Dict(keys=keys, values=items):
            names = [str(key.value) for key in keys if isinstance(key, ast.Constant)]
            if len(names) == len(keys):  # a `**` may hide what stands before it
                return {name: _value(item, scope) for name, item in zip(names, items, strict=True)}
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _calculated(operator.neg, _value(operand, scope))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return _calculated(OPERATORS[type(op)], _value(left, scope), _value(right, scope))
        case ast.Call(
            func=ast.Name(id="timedelta") | ast.Attribute(attr="timedelta"), args=[], keywords=given
        ) if all(one.arg for one in given):
            parts = {str(one.arg): _value(one.value, scope) for one in given}
            return _calculated(lambda *_: timedelta(**parts), *parts.values())
    return COMPUTED


def _calculated(function: Callable[..., Any], *values: Any) -> Any:
    """Only with numbers and times, whose results stay small."""
    if not all(type(value) in (int, float, timedelta) for value in values):
        return COMPUTED
    try:
        return function(*values)
    except (ArithmeticError, TypeError, ValueError):
        return COMPUTED


_ENV = ".env"
_PARSERS: dict[str, Callable[[str, Mapping[str, Any]], Any]] = {
    ".py": _python,
    ".json": lambda text, _: json.loads(text),
    ".toml": lambda text, _: tomllib.loads(text),
    _ENV: _env,
}

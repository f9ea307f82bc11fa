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
STAR = "*"  # stands among the names of a file that imports names which it does not list


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
        match statement:
            case ast.Assign(targets=targets, value=value) if all(map(_path, targets)):
                for target in targets:
                    _put(names, target, _value(value, {**outer, **names}))
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                _put(names, target, _value(value, {**outer, **names}))
            case ast.ClassDef(name=name, body=inner):
                names[name] = {}
                _follow(inner, names[name], {**outer, **names})
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.AnnAssign():
                pass  # sets nothing of the module
            case ast.ImportFrom(module=str(module), names=[ast.alias(name="*")]) if (
                module.rpartition(".")[2] in outer
            ):
                names |= outer[module.rpartition(".")[2]]
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=base, attr="update"), keywords=given)
            ):
                for one in given:  # app.config.update(NAME=...)
                    path = ast.Subscript(base, ast.Constant(one.arg or STAR), ast.Store())
                    _put(names, path, _value(one.value, {**outer, **names}))
            case _:
                for node in ast.walk(statement):
                    if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
                        _put(names, node, COMPUTED)
                    elif isinstance(node, ast.alias) and node.name == "*":
                        names |= dict.fromkeys([*names, STAR], COMPUTED)


def _put(names: dict[str, Any], target: ast.AST, value: Any) -> None:
    *outer, last = _path(target) or [""]  # what has no path is not asked for either
    for part in outer:
        if not isinstance(names.get(part), dict):
            names[part] = {}
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
            names = [key.value if isinstance(key, ast.Constant) else STAR for key in keys]
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

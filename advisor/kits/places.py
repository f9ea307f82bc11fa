"""Write values into files that are not Python, at the places that a tree declares.

A place is a text that stands once in its file, with `{value}` where the value goes: `INTERVAL
'{value} days'`. The value is quoted as the format asks. Where Python has a parser for the format,
the file is parsed again, and nothing but the value may differ.
"""

import configparser
import json
import re
import shlex
import tomllib
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any

import yaml

from advisor.engine.tree.parameter_values import Value

VALUE = "{value}"
# What a format without rules of its own may hold, in quotes or not.
_PLAIN = re.compile(r"[\w.:/@%+,-]+", re.ASCII)


class NotWritable(Exception):
    """A value that cannot be written without changing more than its literal."""


def filled(file: str, place: str, value: Value) -> str:
    """Return the text of a place with a value in it, quoted for the format of the file.

    Raise NotWritable where the format has no way to write the value there.
    """
    before, _, after = place.partition(VALUE)
    quote = _open_quote(before)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if not quote and isinstance(value, int):
        return f"{before}{text}{after}"
    written = _QUOTING.get(PurePath(file).suffix, _plain)(text, quote)
    return f"{before}{written}{after}"


def write_places(file: str, text: str, places: Mapping[str, tuple[Value, Value]]) -> str:
    """Return the text with new values: each place with the value that stands there and the new one.

    Raise NotWritable where a place does not stand there once, or more than the values would change.
    """
    written = text
    for place, (old, new) in places.items():
        before = filled(file, place, old)
        if written.count(before) != 1:
            raise NotWritable(f"`{before}` does not stand once in {file}")
        written = written.replace(before, filled(file, place, new))
    if (parse := _PARSERS.get(PurePath(file).suffix)) is not None:
        changed = [(str(old), str(new), new) for old, new in places.values()]
        try:
            equal = _same_but_values(parse(text), parse(written), changed)
        except (ValueError, yaml.YAMLError, configparser.Error):
            equal = False
        if not equal:
            raise NotWritable(f"a value changes more than its place in {file}")
    return written


def _open_quote(text: str) -> str:
    """Return the quotation mark that is still open at the end of a text, or an empty string."""
    quote = ""
    for char in text:
        if char in "\"'" and quote in ("", char):
            quote = "" if quote else char
    return quote


def _json(text: str, quote: str) -> str:
    if quote == "'":
        raise NotWritable("JSON has no single quotes")
    quoted = json.dumps(text, ensure_ascii=False)
    return quoted[1:-1] if quote else quoted


def _yaml(text: str, quote: str) -> str:
    return text.replace("'", "''") if quote == "'" else _json(text, quote)


def _toml(text: str, quote: str) -> str:
    if quote == "'" and "'" in text:
        raise NotWritable("a literal string of TOML holds no single quote")
    return text if quote == "'" else _json(text, quote)


def _sql(text: str, quote: str) -> str:
    mark = quote or "'"
    doubled = text.replace(mark, mark * 2)
    return doubled if quote else f"'{doubled}'"


def _shell(text: str, quote: str) -> str:
    special = "'" if quote == "'" else '"$`\\'
    if quote and any(char in special for char in text):
        raise NotWritable("a shell would read this value as more than a text")
    return text if quote else shlex.quote(text)


def _ini(text: str, _: str) -> str:
    return text


def _plain(text: str, _: str) -> str:
    if not _PLAIN.fullmatch(text):
        raise NotWritable("this kind of file has no known quoting")
    return text


_QUOTING: dict[str, Callable[[str, str], str]] = {
    ".json": _json,
    ".yaml": _yaml,
    ".yml": _yaml,
    ".toml": _toml,
    ".ini": _ini,
    ".cfg": _ini,
    ".sql": _sql,
    ".sh": _shell,
    ".env": _shell,
}


def _parse_ini(text: str) -> Any:
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    return {name: dict(section) for name, section in parser.items()}


_PARSERS: dict[str, Callable[[str], Any]] = {
    ".json": json.loads,
    ".yaml": lambda text: list(yaml.safe_load_all(text)),
    ".yml": lambda text: list(yaml.safe_load_all(text)),
    ".toml": tomllib.loads,
    ".ini": _parse_ini,
    ".cfg": _parse_ini,
}


def _same_but_values(before: Any, after: Any, changed: list[tuple[str, str, Value]]) -> bool:
    """Tell whether two documents differ in values alone, and in none that was not changed."""
    match before, after:
        case dict(), dict():
            return before.keys() == after.keys() and all(
                _same_but_values(value, after[key], changed) for key, value in before.items()
            )
        case list(), list():
            return len(before) == len(after) and all(
                _same_but_values(*pair, changed) for pair in zip(before, after, strict=True)
            )
    if type(before) is type(after) and before == after:
        return True
    if isinstance(before, str) and isinstance(after, str):
        return any((old in before and before.replace(old, new, 1) == after) or after == new
                   for old, new, _ in changed)  # fmt: skip
    return any(type(value) is type(after) and value == after for _, _, value in changed)

"""Problems for programs: as JSON, as GitHub's annotations, as SARIF. Plain data in, text out.

Columns count characters from 1, and an end column is the first one behind what is marked. The
JSON is ASCII, so that it survives every terminal, log and encoding on its way.
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from urllib.parse import quote

from advisor.engine.problems import Place, Problem, printable

# Of a source line, so that a file of one line does not come again with each problem.
MAX_TEXT = 1000


def as_json(problems: Sequence[Problem], trees: Sequence[Mapping[str, object]]) -> str:
    """Return `{"format": 1, "summary", "trees", "problems"}`.

    `trees` are what was checked, as plain data with the key `usable`. A problem of a whole file has
    null for its line, columns and text.
    """
    errors = sum(problem.severity == "error" for problem in problems)
    whole = {
        "format": 1,
        "summary": {
            "trees": len(trees),
            "broken": sum(not tree["usable"] for tree in trees),
            "errors": errors,
            "warnings": len(problems) - errors,
        },
        "trees": list(trees),
        "problems": [plain(problem) for problem in problems],
    }
    return json.dumps(whole, indent=2) + "\n"


def as_github(problems: Sequence[Problem]) -> str:
    """Return a workflow command for each problem, which GitHub Actions shows beside the line."""
    return "".join(f"{_command(problem)}\n" for problem in problems)


def as_sarif(problems: Sequence[Problem], manual: Mapping[str, str]) -> str:
    """Return SARIF 2.1.0 with one run.

    `manual` is Markdown on problems by id; some may be absent.
    """
    ids = sorted({problem.id for problem in problems})
    severity = {problem.id: problem.severity for problem in problems}
    driver = {
        "name": "tree check",
        "rules": [_rule(id, severity[id], manual.get(id, "")) for id in ids],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, ids.index(problem.id)) for problem in problems],
    }
    whole = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(whole, indent=2) + "\n"


_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def plain(problem: Problem) -> dict[str, object]:
    """Return one problem as JSON has it."""
    place = problem.place
    return {
        "id": problem.id,
        "severity": problem.severity,
        "file": _text(place.file),
        "line": place.line or None,
        "column": place.column if place.line else None,
        "endColumn": _end(place) if place.line else None,
        "found": _text(problem.actual),
        "expected": _text(problem.expected),
        "suggestion": _text(problem.suggestion),
        "text": _text(place.text[:MAX_TEXT]) if place.line else None,
    }


def _text(text: str) -> str:
    """Return the text without halves of characters, which a file's name can hold, but not JSON."""
    return text.encode("utf-8", "replace").decode()


def _end(place: Place) -> int:
    """Return the column behind the marked characters, which may not go beyond the line's end."""
    end = place.column + max(1, place.length)
    return max(place.column, min(end, len(place.text) + 1))


def _message(problem: Problem) -> str:
    """Return what was found and expected, and below it the suggestion."""
    message = f"found {problem.actual}; expected {problem.expected}"
    return f"{message}\n{problem.suggestion}" if problem.suggestion else message


# GitHub


def _command(problem: Problem) -> str:
    place = problem.place
    properties = {"file": PurePath(place.file).as_posix()}
    if place.line:
        properties |= {
            "line": str(place.line),
            "col": str(place.column),
            "endColumn": str(_end(place)),
        }
    properties["title"] = problem.id
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    lines = _message(problem).split("\n")
    return f"::{problem.severity} {listed}::{_data(chr(10).join(map(printable, lines)))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(_text(text)).replace(":", "%3A").replace(",", "%2C")


# SARIF


def _rule(id: str, severity: str, entry: str) -> dict[str, object]:
    rule: dict[str, object] = {"id": id}
    if entry:
        # The first sentence says what is wrong, the rest what to do about it.
        first = re.split(r"(?<=[.!?])\s", " ".join(entry.split()), maxsplit=1)[0]
        rule["shortDescription"] = {"text": _literal(first)}
        rule["help"] = {"text": _literal(entry), "markdown": entry}
    else:
        rule["shortDescription"] = {"text": id.replace("-", " ").capitalize()}
    return rule | {"defaultConfiguration": {"level": severity}}


def _result(problem: Problem, rule: int) -> dict[str, object]:
    place = problem.place
    physical: dict[str, object] = {"artifactLocation": {"uri": _uri(place.file)}}
    if place.line:
        physical["region"] = {
            "startLine": place.line,
            "startColumn": place.column,
            "endColumn": _end(place),
        }
    return {
        "ruleId": problem.id,
        "ruleIndex": rule,
        "level": problem.severity,
        "message": {"text": _literal(_text(_message(problem)))},
        "locations": [{"physicalLocation": physical}],
    }


def _literal(text: str) -> str:
    """Return the text so that SARIF takes no part of it for a placeholder or a link."""
    return re.sub(r"\{(\d+)\}", r"{{\1}}", text.replace("](", "\\]("))


def _uri(file: str) -> str:
    """Return a reference to the file, relative where its path is, its bytes percent-encoded."""
    path = PurePath(file)
    return ("file://" if path.is_absolute() else "") + quote(os.fsencode(path.as_posix()))

"""Problems for programs: whatever a tree or a file's name holds, each format keeps its form."""

import json
import re
from typing import Any
from urllib.parse import unquote

import pytest
from jsonschema import Draft202012Validator

from advisor.engine.problems import Place, Problem
from advisor.exports.problems import as_github, as_json, as_sarif

PLAIN = Problem(
    "bad-value",
    Place("tree/caveats.yaml", 5, 13, 7, "    weight: seriuos"),
    "`seriuos`",
    "`serious` or `note`",
    "did you mean `serious`?",
)
WHOLE = Problem("no-tree", Place("tree"), "no `.yaml` file", "a folder with `tree.yaml`")
EXTRA = Problem("case-extra", Place("tree/cases.yaml", 2, 4, 99, "  - x"), "this", "that")

# One of each kind of character that some format takes for its own.
HOSTILE = "a\"b'c,d:e%f%0Ag::error ::h\n::warning ::i\r\x1b[31mj\u202ek{0}[l](http://m)é中😀"
HOSTILE_NAME = "a b\n::error ::,%:#?é😀\udcff.yaml"


def hostile() -> Problem:
    return Problem("unknown-key", Place(HOSTILE_NAME, 1, 2, 3, HOSTILE), HOSTILE, HOSTILE, HOSTILE)


# JSON


def test_it_gives_a_program_everything_that_a_person_reads() -> None:
    tree = {"folder": "tree", "usable": False}

    assert json.loads(as_json([PLAIN, EXTRA, WHOLE], [tree])) == {
        "format": 1,
        "summary": {"trees": 1, "broken": 1, "errors": 2, "warnings": 1},
        "trees": [tree],
        "problems": [
            {
                "id": "bad-value",
                "severity": "error",
                "file": "tree/caveats.yaml",
                "line": 5,
                "column": 13,
                "endColumn": 20,
                "found": "`seriuos`",
                "expected": "`serious` or `note`",
                "suggestion": "did you mean `serious`?",
                "text": "    weight: seriuos",
            },
            {
                "id": "case-extra",
                "severity": "warning",
                "file": "tree/cases.yaml",
                "line": 2,
                "column": 4,
                "endColumn": 6,
                "found": "this",
                "expected": "that",
                "suggestion": "",
                "text": "  - x",
            },
            {
                "id": "no-tree",
                "severity": "error",
                "file": "tree",
                "line": None,
                "column": None,
                "endColumn": None,
                "found": "no `.yaml` file",
                "expected": "a folder with `tree.yaml`",
                "suggestion": "",
                "text": None,
            },
        ],
    }


def test_it_writes_json_that_any_terminal_and_any_encoding_bears() -> None:
    written = as_json([hostile()], [])

    assert written.isascii()
    assert "\x1b" not in written
    [problem] = json.loads(written)["problems"]
    assert problem["found"] == problem["text"] == HOSTILE
    assert problem["file"] == HOSTILE_NAME.replace("\udcff", "?")


def test_it_cuts_a_line_that_would_come_with_each_of_its_problems() -> None:
    place = Place("a.yaml", 1, 5000, 10, "x" * 100_000)

    [problem] = json.loads(as_json([Problem("empty", place, "a", "b")], []))["problems"]

    assert problem["text"] == "x" * 1000
    assert (problem["column"], problem["endColumn"]) == (5000, 5010)


@pytest.mark.parametrize(
    ("column", "length", "end"), [(1, 3, 4), (4, 1, 4), (2, 0, 3), (3, 9, 4), (1, 0, 2)]
)
def test_it_ends_what_is_marked_within_the_line(column: int, length: int, end: int) -> None:
    place = Place("a.yaml", 1, column, length, "abc")

    [problem] = json.loads(as_json([Problem("empty", place, "a", "b")], []))["problems"]

    assert problem["endColumn"] == end


# GitHub


def commands(written: str) -> list[tuple[str, dict[str, str], str]]:
    """Name, properties and message of each line, read as GitHub's runner reads them."""
    lines_read = []
    for line in written.splitlines():
        match = re.fullmatch(r"::(\w+) (.*?)::(.*)", line)
        assert match, line
        properties = dict(part.split("=", 1) for part in match[2].split(","))
        for name, value in properties.items():
            lines = value.replace("%0D", "\r").replace("%0A", "\n")
            properties[name] = lines.replace("%3A", ":").replace("%2C", ",").replace("%25", "%")
        message = match[3].replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
        lines_read.append((match[1], properties, message))
    return lines_read


def test_it_writes_a_command_that_github_shows_beside_the_line() -> None:
    assert as_github([PLAIN, EXTRA, WHOLE]) == (
        "::error file=tree/caveats.yaml,line=5,col=13,endColumn=20,title=bad-value::"
        "found `seriuos`; expected `serious` or `note`%0Adid you mean `serious`?\n"
        "::warning file=tree/cases.yaml,line=2,col=4,endColumn=6,title=case-extra::"
        "found this; expected that\n"
        "::error file=tree,title=no-tree::found no `.yaml` file; expected a folder with `tree.yaml`"
        "\n"
    )


def test_it_lets_no_text_begin_a_command_of_its_own() -> None:
    written = as_github([hostile(), PLAIN])

    assert len(written.splitlines()) == 2
    assert "\x1b" not in written
    assert "\u202e" not in written
    severity, properties, message = commands(written)[0]
    assert severity == "error"
    assert properties == {
        "file": HOSTILE_NAME.replace("\udcff", "?"),
        "line": "1",
        "col": "2",
        "endColumn": "5",
        "title": "unknown-key",
    }
    shown = HOSTILE.replace("\r", "\ufffd").replace("\x1b", "\ufffd").replace("\u202e", "\ufffd")
    assert message == f"found {shown}; expected {shown}\n{shown}"


def test_it_names_a_file_in_the_root_as_git_does() -> None:
    written = as_github([Problem("empty", Place("./tree.yaml", 1, 1, 1, "a"), "a", "b")])

    assert commands(written)[0][1]["file"] == "tree.yaml"


# SARIF

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
# The parts of the published schema that are used here, and what its prose asks beyond it.
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"minLength": 1}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
RULE = {
    "type": "object",
    "required": ["id"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string"},
        "shortDescription": TEXT,
        "help": TEXT,
        "defaultConfiguration": {"properties": {"level": LEVEL}, "additionalProperties": False},
    },
}
REGION = {
    "type": "object",
    "required": ["startLine"],
    "additionalProperties": False,
    "properties": {
        name: {"type": "integer", "minimum": 1}
        for name in ("startLine", "startColumn", "endColumn")
    },
}
LOCATION = {
    "type": "object",
    "required": ["physicalLocation"],
    "additionalProperties": False,
    "properties": {
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation"],
            "additionalProperties": False,
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "required": ["uri"],
                    "additionalProperties": False,
                    "properties": {
                        "uri": {"pattern": r"^(file:/)?(%[0-9A-F]{2}|[A-Za-z0-9._~/-])+$"}
                    },
                },
                "region": REGION,
            },
        }
    },
}
RESULT = {
    "type": "object",
    "required": ["ruleId", "ruleIndex", "level", "message", "locations"],
    "additionalProperties": False,
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": LEVEL,
        "message": TEXT,
        "locations": {"type": "array", "minItems": 1, "items": LOCATION},
    },
}
SARIF = {
    "type": "object",
    "required": ["$schema", "version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"const": SCHEMA},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool", "columnKind", "results"],
                "additionalProperties": False,
                "properties": {
                    "tool": {
                        "required": ["driver"],
                        "additionalProperties": False,
                        "properties": {
                            "driver": {
                                "required": ["name"],
                                "additionalProperties": False,
                                "properties": {
                                    "name": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": RULE,
                                    },
                                },
                            }
                        },
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {"type": "array", "items": RESULT},
                },
            },
        },
    },
}


def sarif(*problems: Problem, manual: dict[str, str] | None = None) -> dict[str, Any]:
    """The one run of what is written, which is valid."""
    whole = json.loads(as_sarif(problems, manual or {}))
    Draft202012Validator(SARIF).validate(whole)
    [run] = whole["runs"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert isinstance(run, dict)
    return run


def test_it_writes_sarif_that_points_to_the_marked_characters() -> None:
    run = sarif(PLAIN, EXTRA, WHOLE, PLAIN)

    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [
        "bad-value", "case-extra", "no-tree",
    ]  # fmt: skip
    assert run["results"][0] == run["results"][3]
    assert run["results"][0] == {
        "ruleId": "bad-value",
        "ruleIndex": 0,
        "level": "error",
        "message": {
            "text": "found `seriuos`; expected `serious` or `note`\ndid you mean `serious`?"
        },
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "tree/caveats.yaml"},
                    "region": {"startLine": 5, "startColumn": 13, "endColumn": 20},
                }
            }
        ],
    }
    assert run["results"][1]["level"] == "warning"
    assert "region" not in run["results"][2]["locations"][0]["physicalLocation"]


def test_it_says_of_each_rule_what_the_manual_says() -> None:
    entry = "The key stands\ntwice, see `{0}`. Remove\none, as [here](x) in v1.2."

    run = sarif(PLAIN, WHOLE, manual={"no-tree": entry})

    assert run["tool"]["driver"]["rules"] == [
        {
            "id": "bad-value",
            "shortDescription": {"text": "Bad value"},
            "defaultConfiguration": {"level": "error"},
        },
        {
            "id": "no-tree",
            "shortDescription": {"text": "The key stands twice, see `{{0}}`."},
            "help": {
                "text": "The key stands\ntwice, see `{{0}}`. Remove\none, as [here\\](x) in v1.2.",
                "markdown": entry,
            },
            "defaultConfiguration": {"level": "error"},
        },
    ]


def test_it_writes_valid_sarif_of_hostile_texts_and_names() -> None:
    [result] = sarif(hostile())["results"]

    [location] = result["locations"]
    uri = location["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote(uri, errors="surrogateescape") == HOSTILE_NAME
    text = result["message"]["text"]
    assert "{{0}}[l\\](http://m)é中😀" in text


def test_it_counts_columns_in_characters_as_it_says() -> None:
    text = "😀😀: wrong"
    problem = Problem("empty", Place("a.yaml", 1, text.index("wrong") + 1, 5, text), "a", "b")

    run = sarif(problem)

    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert text[region["startColumn"] - 1 : region["endColumn"] - 1] == "wrong"


def test_it_gives_a_file_elsewhere_its_whole_address() -> None:
    run = sarif(Problem("empty", Place("/elsewhere/a b.yaml", 1, 1, 1, "a"), "a", "b"))

    location = run["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "file:///elsewhere/a%20b.yaml"


def test_it_writes_a_run_without_results_where_nothing_is_wrong() -> None:
    assert sarif()["results"] == []
    assert as_github([]) == ""

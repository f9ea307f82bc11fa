"""Every fixed number of the program: most bound what a page, a file or a request may hold.

Tests beside the code show what happens on both sides of a bound. Where they take the bound from the
code, a slip in the number would move both; so each number stands here once more.
"""

import ast
import operator
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from advisor import catalogue
from advisor.web import access, markup

ROOT = Path(__file__).parents[1]
# The settings are in tests/ops/test_settings.py. Bounds of comparing choose between two ways to
# one result.
ELSEWHERE = ("advisor/settings.py", "advisor/engine/comparing/")
KIB = 1024
NUMBERS = {
    # what people type and paste
    "advisor/models.py": {
        "MAX_TITLE": 120,
        "MAX_AUTHOR": 120,
        "MAX_CONTEXT": 10_000,
        "MAX_BECAUSE": 1000,
        "MAX_REASON": 4000,
        "MAX_PEOPLE": 500,
        "MAX_LINK": 500,
        "MAX_NOTE": 1000,
    },
    "advisor/saved/secret_link.py": {"_COOKIE_SECONDS": 600},
    "advisor/saved/recently_saved.py": {"_SECONDS": 24 * 60 * 60},
    "advisor/web/addresses.py": {"MAX_LENGTH": 4000, "MAX_FIELDS": 100},
    "advisor/web/typed_text.py": {"_TOO_LARGE": 4},
    "advisor/engine/tree/parameter_values.py": {"MAX_LENGTH": 200},
    "advisor/register/query.py": {"MAX_VALUE": 64},
    "advisor/register/listing.py": {"PAGE": 25, "MAX_QUERY": 200},
    "advisor/register/index.py": {"MAX_WORD": 40, "FIRST_YEAR": 2000},
    "advisor/register/search.py": {
        "MAX_TOTAL": 1000,
        "_WINDOW": 2000,
        "_FREQUENT": 26,
        "_CHUNK_SIZE": 400,
    },
    "advisor/studio/draft.py": {"MAX_BYTES": 512 * KIB, "MAX_FORM_BYTES": 1600 * KIB},
    # what a tree may hold
    "advisor/engine/reading/tree_files.py": {"MIB": KIB**2, "MAX_NEAR": 3},
    "advisor/engine/reading/yaml_nodes.py": {
        "MAX_MIB": 64,
        "MAX_BYTES": 64 * KIB**2,
        "MAX_DEPTH": 64,
        "_HALF": 32,
        "_LOWER": 2**32 - 1,
    },
    "advisor/engine/reading/linking.py": {"MAX_QUESTIONS_ON_A_PATH": 200, "MAX_CIRCLES": 20},
    "advisor/engine/policies/rewrite.py": {"MAX_NEW_NODES": 50_000},
    "advisor/engine/walking/outcome_details.py": {"MAX_LEADS": 40},
    "advisor/kits/reading.py": {"MAX_FILE_BYTES": 256 * KIB},
    "advisor/kits/joining/merging.py": {"WIDTH": 100},
    # how much is said of what is wrong
    "advisor/engine/problems.py": {
        "MAX_PROBLEMS": 1000,
        "MAX_SUGGESTIONS": 100,
        "MAX_COMPARED": 200,
        "MAX_QUOTED": 10_000,
    },
    "advisor/engine/reading/indentation.py": {"NEIGHBOURHOOD": 3000},
    "advisor/engine/reading/validation.py": {"MAX_REPAIRS": 50},
    "advisor/studio/findings.py": {"MAX_PROBLEMS": 100},
    "advisor/exports/problems.py": {"MAX_TEXT": 1000},
    # what fits on a page, in a picture or in a file
    "advisor/engine/printing/diagrams.py": {
        "MAX_NODES": 300,
        "MERMAID_EDGES": 500,
        "MERMAID_CHARACTERS": 50_000,
        "_LABEL": 60,
    },
    "advisor/engine/printing/source_listing.py": {"WIDTH": 96},
    "advisor/exports/as_badge.py": {"_HEIGHT": 20, "_PADDING": 6, "_MAX_CHARACTERS": 60},
    "advisor/exports/as_markdown.py": {"_WIDTH": 80},
    "advisor/exports/comparison.py": {"MAX_DIFF_LINES": 40, "MAX_VALUE": 120},
    "advisor/exports/report.py": {"MAX_MARKDOWN": 60_000},
    "advisor/studio/differences.py": {
        "BUDGET": 50_000,
        "REGIONS": 4,
        "FIRST_LINES": 10,
        "MAX_LINES": 60,
    },
    "advisor/wizard/tree_picture.py": {"MAX_LEAVES": 120, "MAX_DEPTH": 24},
    "advisor/saved/impact.py": {"MAX_LINES": 5, "_CHUNK_SIZE": 500},
    # how long the site waits, and how much it keeps
    "advisor/ops/database.py": {"BUSY_SECONDS": 20, "KEPT_OPEN_SECONDS": 600},
    "advisor/saved/drift_today.py": {
        "MAX_DIFFS": 20,
        "MAX_DIFF_LINES": 80,
        "MAX_LINE": 300,
        "MAX_COMPARED_LINES": 2000,
        "_CHUNK_SIZE": 500,
        "_MAX_KNOWN": 100_000,
        "_MAX_VERSIONS": 20,
    },
    "advisor/saved/status_banner.py": {"FIRST_CHANGES": 3},
    "advisor/saved/records.py": {"FORMAT": 2, "_MAX_GENERATIONS": 50},
    "advisor/studio/workbench.py": {
        "START_SECONDS": 30,
        "STRETCH": 4,
        "MAX_ANSWER_BYTES": 8 * KIB**2,
    },
    "advisor/kits/measuring.py": {"ROUNDS": 31, "BATCH_SECONDS": 0.02, "TIMEOUT": 120},
    "advisor/wsgi.py": {"GIVE_UP": 3},
}


OPERATIONS: dict[type[ast.operator], Callable[[Any, Any], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
}


def numbers(source: str) -> dict[str, float]:
    """The constants of a module that are numbers, or sums and products of such constants."""
    known = dict[str, float]()
    for statement in ast.parse(source).body:
        match statement:
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                pairs = zip(names, values, strict=True)
            case ast.Assign(targets=[name], value=value):
                pairs = zip([name], [value], strict=True)
            case _:
                continue
        for name, value in pairs:
            number = evaluated(value, known)
            if isinstance(name, ast.Name) and number is not None:
                known[name.id] = number
    return known


def evaluated(value: ast.expr, known: dict[str, float]) -> float | None:
    match value:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return number
        case ast.Name(id=name):
            return known.get(name)
        case ast.BinOp(left=left, op=operation, right=right):
            first, second = evaluated(left, known), evaluated(right, known)
            if first is not None and second is not None:
                return OPERATIONS[type(operation)](first, second)
    return None


@cache
def program() -> dict[str, dict[str, float]]:
    """The numbers of each file of the program that has some."""
    bounds = {}
    for path in sorted((ROOT / "advisor").rglob("*.py")):
        file = path.relative_to(ROOT).as_posix()
        if "migrations" not in path.parts and not file.startswith(ELSEWHERE):
            bounds[file] = numbers(path.read_text(encoding="utf-8"))
    return {file: constants for file, constants in bounds.items() if constants}


def test_it_sees_numbers_sums_and_pairs() -> None:
    assert numbers("A = 1\nB = 2 * A**2 + 1\nC, D = 0.5, 'd'\nE = True\nF = f()\n") == {
        "A": 1,
        "B": 3,
        "C": 0.5,
    }


def test_these_are_all_files_with_numbers() -> None:
    assert set(program()) == set(NUMBERS)


@pytest.mark.parametrize("file", NUMBERS)
def test_the_numbers_of_a_file_are_these(file: str) -> None:
    assert program().get(file) == NUMBERS[file]


def test_caches_hold_this_much() -> None:
    sizes = {
        function.__name__: function.cache_parameters()["maxsize"]
        for module in (access, catalogue, markup)
        for function in vars(module).values()
        if hasattr(function, "cache_parameters") and function.__module__ == module.__name__
    }
    assert sizes == {"_load": 4, "_networks": 128, "code": 512, "markdown": 4096}

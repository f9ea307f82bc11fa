"""A name can be searched for: no pronoun is bound as one."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRONOUNS = frozenset(
    {
        *("it", "its", "itself", "one", "ones", "this", "that", "these", "those"),
        *("he", "she", "him", "his", "her", "hers", "they", "them", "their", "theirs"),
        *("mine", "ours", "yours", "who", "whom", "whose", "which", "what", "here", "there"),
        *("something", "anything", "everything", "nothing", "everybody", "nobody"),
        *("none", "each", "both", "either", "neither", "every", "found", "said"),
    }
)
# Keys of JSON that is documented, the test for the only element as SQLAlchemy calls it, and a
# constant of a library.
KEPT = {
    ("advisor/engine/comparing/results.py", "what"),
    ("advisor/engine/comparing/section_diff.py", "what"),
    ("advisor/exports/comparison.py", "what"),
    ("advisor/settings.py", "NONE"),
    ("tests/support/html.py", "one"),
}


def bindings(source: str) -> Iterator[str]:
    """Every name that the source binds, wherever in it."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
            case ast.ExceptHandler(name=str(name)) | ast.alias(asname=str(name)):
                yield name
            case ast.alias(name=name):
                yield name.rpartition(".")[2]


def pronouns(source: str) -> list[str]:
    return sorted({name for name in bindings(source) if name.strip("_").lower() in PRONOUNS})


def sources() -> list[str]:
    """Migrations are history, and bad kits are no Python."""
    paths = (
        path.relative_to(ROOT)
        for room in ("advisor", "tests")
        for path in (ROOT / room).rglob("*.py")
    )
    return sorted(
        path.as_posix() for path in paths if not {"migrations", "invalid"} & {*path.parts}
    )


@pytest.mark.parametrize("path", sources())
def test_no_pronoun_is_a_name(path: str) -> None:
    bound = pronouns((ROOT / path).read_text(encoding="utf-8"))

    assert [name for name in bound if (path, name) not in KEPT] == []


@pytest.mark.parametrize(
    "source",
    [
        "one = 1",
        "for its in rows: pass",
        "[it for it in rows]",
        "def found(): ...",
        "def rows(said): ...",
        "lambda one: 1",
        "class Said: ...",
        "import rows as both",
        "from rows import found",
        "with rows as HERE: pass",
        "try: pass\nexcept KeyError as that: pass",
        "match rows:\n    case [_, *others] as what: pass",
        "(one := 1)",
        "self._one = 1",
    ],
)
def test_it_would_notice_a_pronoun(source: str) -> None:
    assert len(pronouns(source)) == 1


def test_it_would_pass_other_names() -> None:
    assert pronouns("rows = one.said\nitem, found_at = it\nshow(one=1)") == []

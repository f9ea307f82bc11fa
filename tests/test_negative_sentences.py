"""Every sentence that says no has a test: what is refused, impossible, gone or not there.

A page shows such a sentence rarely, so that nobody notices when it stands in the wrong place or
nowhere. Each is quoted by some test, whole or by three words with the word that denies.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# The rooms whose texts are read on pages; those of files and commands have tests of their own.
ROOMS = ("web", "wizard", "saved", "register", "studio")
DENYING = re.compile(
    r"\b(no|not|none|nothing|nobody|never|cannot|without|missing|unknown|expired|inactive|longer"
    r"|gone|removed|hidden|broken|withdrawn|revoked|enter|choose|too)\b",
    re.IGNORECASE,
)
WORDS = 3


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text that deny something; what is shorter is a label."""
    for sentence in re.split(r"(?<=[.!?:])\s+", " ".join(text.split())):
        if len(sentence.split()) >= WORDS and DENYING.search(sentence):
            yield sentence


def of_template(source: str) -> Iterator[str]:
    """The denying sentences of a template, without what is put into them."""
    bare = re.sub(r"\{#.*?#\}|<!--.*?-->", "", source, flags=re.DOTALL)
    bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", "\0", bare, flags=re.DOTALL)
    for piece in bare.split("\0"):
        yield from sentences(piece)


def of_module(source: str) -> Iterator[str]:
    """The denying sentences among the texts of a module, docstrings left out."""
    tree = ast.parse(source)
    silent = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str() as text) if id(node) not in silent:
                yield from sentences(text)


def denied() -> list[tuple[str, str]]:
    """Every denying sentence of the pages, with its file."""
    found = dict[tuple[str, str], None]()
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for sentence in of_template(path.read_text(encoding="utf-8")):
            found[path.relative_to(ROOT).as_posix(), sentence] = None
    for room in ROOMS:
        for path in sorted((ROOT / "advisor" / room).rglob("*.py")):
            for sentence in of_module(path.read_text(encoding="utf-8")):
                found[path.relative_to(ROOT).as_posix(), sentence] = None
    return list(found)


def quotations() -> set[str]:
    """Every text in a test."""
    texts = set[str]()
    for path in (ROOT / "tests").rglob("test_*.py"):
        if path != Path(__file__):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    texts.add(" ".join(node.value.split()))
    return texts


def is_quoted(sentence: str, texts: set[str]) -> bool:
    return any(
        sentence in text
        or (len(text.split()) >= WORDS and DENYING.search(text) and text in sentence)
        for text in texts
    )


QUOTATIONS = quotations()


@pytest.mark.parametrize(("path", "sentence"), denied())
def test_a_sentence_that_denies_has_a_test(path: str, sentence: str) -> None:
    assert is_quoted(sentence, QUOTATIONS), f"no test quotes “{sentence}” of {path}"

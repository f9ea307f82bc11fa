"""The sentences of the program that deny something, and the texts of tests that quote them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DENYING = re.compile(
    r"\b(no|not|none|nothing|nobody|never|cannot|without|missing|unknown|expired|inactive|longer"
    r"|gone|removed|hidden|broken|withdrawn|revoked|too)\b|^(enter|choose)\b.*\.$",
    re.IGNORECASE,
)
WORDS = 3
# Migrations never change. The parser's words are read, not written; tests/engine/invalid has an
# example of each. The last is no sentence, and the one before it shows a mistake of ours.
MIGRATIONS = "advisor/migrations/"
OF_THE_PARSER = ("did not find", "could not find", "found character", "mapping values", "block seq")
NO_SENTENCES = ("the worker has no pipes", "Tree | None")
# The rooms whose texts are read on pages.
PAGES = ("web", "wizard", "saved", "register", "studio")
# Tests hold these to what is printed, whole: what `tree check` says of each bad tree, and what the
# commands and the settings are for.
PRINTED = ("tests/**/expected.txt", "docs/commands.md", "README.md")


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
    """Every denying sentence of the program, with its file."""
    sentences = dict[tuple[str, str], None]()
    for folder, read in (("templates", of_template), ("advisor", of_module)):
        for path in sorted((ROOT / folder).rglob("*.*")):
            if path.suffix in (".html", ".py"):
                for sentence in read(path.read_text(encoding="utf-8")):
                    sentences[path.relative_to(ROOT).as_posix(), sentence] = None
    return [
        (path, sentence)
        for path, sentence in sentences
        if not path.startswith(MIGRATIONS)
        and not sentence.startswith(OF_THE_PARSER)
        and sentence not in NO_SENTENCES
    ]


def denied_on_pages() -> set[str]:
    """Every denying sentence that a page may show."""
    folders = ("templates/", *(f"advisor/{room}/" for room in PAGES))
    return {sentence for path, sentence in denied() if path.startswith(folders)}


def quotations() -> set[str]:
    """Every text in a test, and in a file that a test holds to what is printed."""
    texts = {
        " ".join(path.read_text(encoding="utf-8").replace("\\", "").split())
        for pattern in PRINTED
        for path in ROOT.glob(pattern)
    }
    for path in (ROOT / "tests").rglob("test_*.py"):
        if path.parent != ROOT / "tests":
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

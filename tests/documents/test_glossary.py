"""The glossary has each word once, in order, with a room of the code that is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
WORDS = {
    "alternative", "answer", "assumed", "case", "caveat", "chosen", "decision", "drift",
    "framework", "kit", "outcome", "parameter", "policy", "question", "recommended", "result",
    "rule", "scope", "source", "status", "trail", "tree",
    # the engine's own
    "decision cube", "decision diagram", "observable", "product graph", "projection",
}  # fmt: skip
ENTRIES = re.findall(
    r"^## (.+?)\n\n([^#]+?)\sRoom:\s`(.+?)`\.\n", GLOSSARY, re.MULTILINE | re.DOTALL
)


def test_it_explains_every_word_that_one_must_know() -> None:
    assert WORDS - {word for word, *_ in ENTRIES} == set()


def test_it_lists_each_word_once_in_the_order_of_letters() -> None:
    words = [word for word, *_ in ENTRIES]

    assert words == sorted(set(words))
    assert [*words, "Literature"] == re.findall(r"^## (.+)$", GLOSSARY, re.MULTILINE)


def test_it_explains_each_word_in_a_few_sentences() -> None:
    longest = max(len(re.findall(r"[.]\s", f"{text} ")) for _, text, _ in ENTRIES)

    assert longest <= 3


def test_it_names_rooms_that_are_there() -> None:
    assert [room for *_, room in ENTRIES if not (ROOT / room).exists()] == []

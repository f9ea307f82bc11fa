"""Mistakes as people make them in a good tree, each with the lines where its problem belongs.

A mistake is one edit of one file.

**Where a problem belongs**: on a line that the edit wrote or changed. Where the edit took something
away, on the line of the key or item that held it; where that defined an id, also on a line that
still uses it; where only a key's line is gone, also on the line that is now in its place. Nowhere
else.

**What is no mistake** and is not made: an edit after which the file says what it said before, a
misspelling that is another word of the tree, and taking away what may be left out (a caveat, one of
several answers in a condition).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from random import Random

import yaml

from tests.support.entries import ITEM, Entry, Word, entries, words


@dataclass(frozen=True, slots=True)
class Mutation:
    """One mistake: all files with it, and the places, as file and line, where its problem belongs.

    `meant` is what a misspelling should have been, and empty for other mistakes.
    """

    kind: str
    title: str
    files: Mapping[str, bytes]
    belongs: frozenset[tuple[str, int]]
    meant: str


@dataclass(frozen=True, slots=True)
class Edit:
    """The text between two indices is replaced.

    `gap_of` held what is taken away, `defined` is an id whose definition it was; `keeps_below` says
    that only a key's line goes, and what it held stays.
    """

    start: int
    end: int
    text: str
    gap_of: Entry | None = None
    defined: str = ""
    keeps_below: bool = False
    meant: str = ""


def mutation(files: Mapping[str, str], seed: int) -> Mutation:
    """The mistake of this number in the tree that the files hold. The kinds take turns."""
    random = Random(seed)
    kind, make = [*KINDS.items()][seed % len(KINDS)]
    while True:
        file = random.choice(sorted(files))
        text = files[file]
        edit = make(random.choice(_entries(text)), random)
        if edit is None or (edit.meant and edit.text in _words(tuple(files.values()))):
            continue
        edited = text[: edit.start] + edit.text + text[edit.end :]
        if _content(edited) != _content(text):
            return _mutation(kind, {**files, file: edited}, file, text, edit)


def _mutation(kind: str, files: dict[str, str], file: str, text: str, edit: Edit) -> Mutation:
    edited = files[file]
    first = edited.count("\n", 0, edit.start) + 1
    last = edited.count("\n", 0, edit.start + len(edit.text.rstrip("\n"))) + 1
    whole_lines_gone = not edit.text and text[edit.end - 1] == "\n"
    belongs = set() if whole_lines_gone else {(file, line) for line in range(first, last + 1)}
    if edit.gap_of:
        belongs.add((file, edit.gap_of.line))
    if whole_lines_gone and edit.keeps_below:
        belongs.add((file, first))
    if edit.defined:
        belongs |= {
            (name, word.entry.text.count("\n", 0, word.start) + 1)
            for name, content in files.items()
            for entry in _entries(content)
            for word in words(entry)
            if word.names == edit.defined
        }
    before = " ".join(text[edit.start : edit.end].split())
    title = f"{kind}, {file}:{first}: {before[:50]!r} becomes {edit.text[:50]!r}"
    encoded = {name: content.encode() for name, content in files.items()}
    return Mutation(kind, title, encoded, frozenset(belongs), edit.meant)


# The kinds. Each makes its edit of an entry, or none where the entry is not fit for it.


def misspelt(entry: Entry, random: Random) -> Edit | None:
    """A letter of a key, a choice or an id in use is dropped, doubled, swapped or replaced."""
    word = _word(entry, random)
    if word is None or word.defines or len(word.text) < 2:
        return None
    right, at = word.text, random.randrange(len(word.text))
    wrong = random.choice([
        right[:at] + right[at + 1 :],
        right[:at] + right[at] + right[at:],
        right[:at] + right[at : at + 2][::-1] + right[at + 2 :],
        right[:at] + random.choice("abcdefghijklmnopqrstuvwxyz") + right[at + 1 :],
    ])  # fmt: skip
    return Edit(word.start, word.start + len(right), wrong, meant=right) if wrong != right else None


def id_removed(entry: Entry, random: Random) -> Edit | None:
    """The lines that define an id go; or the id where it is used, as a value or a key."""
    word = _word(entry, random)
    if word is None or word.names in ("field", "choice"):
        return None
    if word.defines:
        if word.names.split()[0] not in ("question", "outcome", "source", "branch"):
            return None
        return Edit(entry.line_start, entry.lines_end, "", entry.around, word.names)
    if not word.is_key:
        end = word.start + len(word.text)
        # What is left of `[a, b]` without its last item is a list of one.
        left_out = entry.path[-1] == ITEM and entry.text.startswith("]", end)
        return None if left_out else Edit(word.start, end, "")
    text = entry.text
    below = text.startswith("\n", entry.value_start)
    if below:
        return Edit(
            entry.line_start, text.index("\n", entry.start) + 1, "", entry.around, keeps_below=True
        )
    return Edit(entry.start, entry.value_start + 1, "")


def indent_moved(entry: Entry, random: Random) -> Edit | None:
    """A line, or all lines of an entry, moved by one or two columns or by a tab."""
    if entry.in_brackets or not entry.begins_line:
        return None
    end = entry.lines_end
    if random.random() < 0.7:
        end = entry.text.index("\n", entry.start) + 1
    lines = entry.text[entry.line_start : end].splitlines(keepends=True)
    more, less = random.choice([("\t", 0), (" ", 0), ("  ", 0), ("", 1), ("", 2)])
    moved = [more + line[less:] for line in lines]
    if any(line[:less].strip(" ") for line in lines):
        return None
    return Edit(entry.line_start, end, "".join(moved))


def answer_dropped(entry: Entry, random: Random) -> Edit | None:
    """An answer goes: where it is defined, placed, given as a reason, or given in a case."""
    word = _word(entry, random)
    if word is None or not word.names.startswith("answer "):
        return None
    text = entry.text
    if word.is_key and entry.key and "," in entry.key.value:
        return Edit(*_with_comma(text, word.start, word.start + len(word.text)), "", entry.around)
    if entry.in_brackets:
        if entry.path[-1] == ITEM:
            return None
        return Edit(*_with_comma(text, entry.start, entry.end), "")
    defined = word.names if word.defines else ""
    return Edit(entry.line_start, entry.lines_end, "", entry.around, defined)


def wrong_type(entry: Entry, random: Random) -> Edit | None:
    """A list for a text, a text for a list or for keys and values, a word for a number."""
    match entry.node:
        case yaml.ScalarNode(value=value) if value.isdigit():
            wrong = random.choice(["[1]", "{a: b}", "many"])
        case yaml.ScalarNode():
            wrong = random.choice(["[a, b]", "{a: b}", "[]", "{}"])
        case yaml.SequenceNode():
            wrong = random.choice(["a text", "{a: b}"])
        case _:
            wrong = random.choice(["a text", "[a, b]"])
    return Edit(entry.value_start, entry.end, f" {wrong}" if entry.key else wrong)


def duplicate(entry: Entry, random: Random) -> Edit | None:
    """An entry is there twice, in a row or with others between."""
    text = entry.text
    if entry.in_brackets:
        return Edit(entry.start, entry.start, f"{text[entry.start : entry.end]}, ")
    if not entry.begins_line:
        return None
    last = entry.around.lines_end if entry.around else len(text)
    at = random.choice([entry.lines_end, last])
    return Edit(at, at, text[entry.line_start : entry.lines_end])


KINDS: dict[str, Callable[[Entry, Random], Edit | None]] = {
    "misspelt": misspelt,
    "id removed": id_removed,
    "indent moved": indent_moved,
    "answer dropped": answer_dropped,
    "wrong type": wrong_type,
    "duplicate": duplicate,
}


def _word(entry: Entry, random: Random) -> Word | None:
    candidates = [*words(entry)]
    return random.choice(candidates) if candidates else None


def _with_comma(text: str, start: int, end: int) -> tuple[int, int]:
    """The span with the comma behind it, or else with the one before it."""
    behind = text[end:].lstrip(" ")
    if behind.startswith(","):
        return start, len(text) - len(behind[1:].lstrip(" "))
    before = text[:start].rstrip(" ")
    return (len(before) - 1, end) if before.endswith(",") else (start, end)


@lru_cache(maxsize=64)
def _entries(text: str) -> list[Entry]:
    try:
        return entries(text)
    except yaml.YAMLError:
        return []


@lru_cache(maxsize=8)
def _words(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(
        word.text for text in texts for entry in entries(text) for word in words(entry)
    )


@lru_cache(maxsize=16)
def _content(text: str) -> object:
    """What YAML makes of the text, each key of it; the text itself where that is nothing."""
    try:
        return [
            (type(event), getattr(event, "value", ""))
            for event in yaml.parse(text, Loader=yaml.CLoader)
        ]
    except yaml.YAMLError:
        return text

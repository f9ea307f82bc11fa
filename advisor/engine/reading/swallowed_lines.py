"""Lines meant as YAML that became part of the text above them, without a word from YAML."""

import re
from collections.abc import Iterator

from advisor.engine.problems import Place, Problem, quoted
from advisor.engine.reading.files import LINE_BREAK

# What begins a text that goes on below; the deeper lines are looked for from there.
_FOLDED = re.compile(r"[:-] [>|][0-9+-]*[ \t]*\n")
_KEY = re.compile(r"^ *([a-z][a-z-]*):(?= |$)", re.MULTILINE)
_ITEM = re.compile(r"\n( +)- ")
# A line that is a plain text to its end, which a deeper line would continue.
_PLAIN = re.compile(r"( *)(?:- )?(?:[\w-]+: )?(?![\"'\[{|>#&*!\s])[^\n]*(?<![\s:>|+-])$")
# A comment ends a plain text, so that nothing below continues it.
_COMMENT = re.compile(r"\s#")


def swallowed(name: str, text: str, keys: frozenset[str]) -> Iterator[Problem]:
    """Yield the lines of a text that were meant as YAML.

    Those are lines of a folded text that read as one of the keys, and lines of a plain text that
    read as an item of a list.
    """
    text = text.removeprefix("\ufeff") + "\n"
    if any(sign in text for sign in "\r\x85\u2028\u2029"):
        text = LINE_BREAK.sub("\n", text)
    folded: set[int] = set()
    end = 0
    for begins in _FOLDED.finditer(text):
        if begins.start() < end:
            continue
        end = _end(text, begins)
        for line in _KEY.finditer(text, begins.end(), end):
            if line.group(1) in keys:
                actual = f"the key {quoted(line.group(1))} inside the text above"
                expected = "it in the column of its neighbours"
                yield _problem(name, text, line.start(1), line.end(1), actual, expected)
        folded.update(item.start() for item in _ITEM.finditer(text, begins.end() - 1, end))
    for item in _ITEM.finditer(text):
        line_before = text[text.rfind("\n", 0, item.start()) + 1 : item.start()]
        plain = None if _COMMENT.search(line_before) else _PLAIN.match(line_before.rstrip())
        if plain and len(plain.group(1)) < len(item.group(1)) and item.start() not in folded:
            actual, expected = "an item inside the text above", "`- ` in the column of its list"
            yield _problem(name, text, item.end(1), item.end(1) + 1, actual, expected)


def _end(text: str, begins: re.Match[str]) -> int:
    """Return where the text ends: behind its last line that is deeper, or empty."""
    line = text[text.rfind("\n", 0, begins.start()) + 1 : begins.start()]
    deeper = len(line) - len(line.lstrip(" ")) + 1
    lines = re.compile(rf"(?: {{{deeper}}}[^\n]*\n|[ \t]*\n)*").match(text, begins.end())
    return lines.end() if lines else begins.end()


def _problem(name: str, text: str, start: int, end: int, actual: str, expected: str) -> Problem:
    begins = text.rfind("\n", 0, start) + 1
    line = text[begins : text.index("\n", start)]
    place = Place(name, text.count("\n", 0, start) + 1, start - begins + 1, end - start, line)
    how = "if it is meant as text, break the lines elsewhere"
    return Problem("swallowed", place, actual, expected, how)

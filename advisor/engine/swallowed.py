"""Lines meant as YAML that became part of the text above them, without a word from YAML."""

import re
from collections.abc import Iterator

from advisor.engine.problems import Place, Problem, quoted
from advisor.engine.source import LINE_BREAK

# A text that begins with `>` or `|`, and the deeper lines below it.
_FOLDED = re.compile(
    r"^( *)(?![ \t])(?:- )?[^\n]*[:-] [>|][0-9+-]*[ \t]*\n((?:\1 [^\n]*\n|[ \t]*\n)+)", re.M
)
_KEY = re.compile(r"^ *([a-z][a-z-]*):(?= |$)", re.M)
# An item of a list, deeper than the line before it, which is a plain text to its end.
_ITEM = re.compile(r"^( *)(?! )(- )?[^\n]*[^\s:>|+-][ \t]*\n(\1 +)- ", re.M)
_PLAIN = re.compile(r" *(?:- )?(?:[\w-]+: )?(?![\"'\[{|>#&*!])\S")


def swallowed(name: str, text: str, keys: frozenset[str]) -> Iterator[Problem]:
    """A line that reads as one of the keys, in a folded text; an item of a list, in a plain one."""
    text = LINE_BREAK.sub("\n", text.removeprefix("\ufeff")) + "\n"
    folded = []
    for block in _FOLDED.finditer(text):
        folded.append(block.span(2))
        for line in _KEY.finditer(text, *block.span(2)):
            if line.group(1) in keys:
                found = f"the key {quoted(line.group(1))} inside the text above"
                expected = "it in the column of its neighbours"
                yield _problem(name, text, line.start(1), line.end(1), found, expected)
    for item in _ITEM.finditer(text):
        inside = any(start <= item.start() < end for start, end in folded)
        if not inside and _PLAIN.match(text, item.start()):
            expected = "`- ` in the column of its list"
            at = item.end(3)
            yield _problem(
                name, text, at, at + 1, "an item of a list inside the text above", expected
            )


def _problem(name: str, text: str, start: int, end: int, found: str, expected: str) -> Problem:
    begins = text.rfind("\n", 0, start) + 1
    line = text[begins : text.find("\n", start)]
    place = Place(name, text.count("\n", 0, start) + 1, start - begins + 1, end - start, line)
    return Problem(
        "swallowed", place, found, expected, "if it is meant as text, break the lines elsewhere"
    )

"""A file's text, and places in it by line and column."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from advisor.engine.problems import Place

# What YAML 1.1, and so libyaml's line numbers, take for a line break.
LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(frozen=True, eq=False)
class File:
    """A file's name, as problems show it, and its text. Spans are offsets into the text."""

    name: str
    text: str = ""

    @cached_property
    def starts(self) -> list[int]:
        """Return where each line begins; looked for when the first place is asked for."""
        return [0, *(match.end() for match in LINE_BREAK.finditer(self.text))]

    def place(self, start: int, end: int) -> Place:
        """Return the place of a span; of one that goes on in the next line, its first character."""
        number = bisect_right(self.starts, start)
        length = max(1, end - start) if bisect_right(self.starts, end) == number else 1
        column = start - self.starts[number - 1] + 1
        return Place(self.name, number, column, length, self.line(number))

    def line(self, number: int) -> str:
        """Return the text of a line, counted from 1, without its break.

        One text for all its places.
        """
        if number not in self._lines:
            begin = self.starts[number - 1]
            match = LINE_BREAK.search(self.text, begin)
            self._lines[number] = self.text[begin : match.start() if match else None]
        return self._lines[number]

    @cached_property
    def _lines(self) -> dict[int, str]:
        return {}

"""Why a file is no YAML, in words for someone who has never met a flow mapping."""

import yaml

from advisor.engine.problems import Place, Problem, quoted
from advisor.engine.reading.files import LINE_BREAK, File
from advisor.engine.reading.indentation import indentation_fault


def unreadable(file: File, error: yaml.MarkedYAMLError) -> Problem:
    """Return the problem that the parser could not go on with."""
    place = _place(file, error.problem_mark or error.context_mark)
    opening = _place(file, error.context_mark) if error.context_mark else place
    sign = opening.text[opening.column - 1 :][:1]
    if error.context == "while scanning a simple key":
        place = opening
    expected = _SYNTAX.get(str(error.problem), f"YAML; the parser says: {error.problem}")
    rest = place.text[place.column - 1 :]
    if not rest.strip() and place.line == len(file.starts):
        # The last line shows nothing; what is left open does.
        actual, place, hint = "the end of the file", opening, ""
    elif rest[:1] == "\t":
        actual, expected, hint = "a tab", "spaces", "indent with spaces; a tab is no indent"
    else:
        hint = _hint(place, sign)
        actual = quoted(rest) if rest.strip() else "the end of the line"
    if opening.line < place.line:
        construct = quoted(sign) if sign in _OPENING else "block"
        expected += f", for the {construct} that begins on line {opening.line}"
    if fault := indentation_fault(LINE_BREAK.split(file.text), place.line, str(error.problem)):
        start = file.starts[fault.line - 1] + fault.column - 1
        place, expected, hint = file.place(start, start), fault.expected, ""
        actual = quoted(place.text[place.column - 1 :])
    return Problem("syntax", place, actual, expected, hint)


def unprintable(file: File, error: yaml.reader.ReaderError) -> Problem:
    """Return the problem of the first character that YAML does not allow."""
    bad = yaml.reader.Reader.NON_PRINTABLE.search(file.text)
    actual = f"the control character U+{ord(bad.group()):04X}" if bad else str(error.reason)
    start = bad.start() if bad else 0
    return Problem("syntax", file.place(start, start), actual, "printable text")


def quotes_for(sign: str) -> str:
    """Return a hint at quotes for a text that begins with a sign of YAML's."""
    return f"a text that begins with {sign} needs quotes around it"


def _place(file: File, mark: yaml.Mark | None) -> Place:
    start = mark.index if mark else 0
    return file.place(start, start)


# What libyaml says.
_SYNTAX = {
    "did not find expected ',' or '}'": "`,` or `}`",
    "did not find expected ',' or ']'": "`,` or `]`",
    "did not find expected key": "a key in the same column as its neighbours",
    "did not find expected '-' indicator": "`-` in the same column as its neighbours",
    "did not find expected node content": "a value",
    "could not find expected ':'": "`:` after a key",
    "found unexpected end of stream": "a closing quote",
    "found character that cannot start any token": "a letter, a digit or a quote",
    "mapping values are not allowed in this context": "no second `: ` in a line without quotes",
    "block sequence entries are not allowed in this context": "`- ` at the start of a line only",
    "did not find expected alphabetic or numeric character": "a text in quotes",
    "did not find expected <document start>": "the end of the file, or a key",
}


_OPENING = frozenset("{[\"'")
_MEANINGFUL = frozenset("@`%*&!")


def _hint(place: Place, sign: str) -> str:
    """Return what helps most often; `sign` begins what the parser could not read to its end."""
    before, rest = place.text[: place.column - 1], place.text[place.column - 1 :]
    for begins in (rest[:1], sign):
        if begins in _MEANINGFUL:
            return quotes_for(begins)
    if before.rstrip().endswith(('"', "'")):
        return "quotes go around the whole text, from its first character to its last"
    if sign in ("{", "["):
        return "put commas between entries, and quotes around a text with `: ` or `,` in it"
    if place.text.count(": ") > 1:
        return "a text that contains `: ` needs quotes around it"
    return ""

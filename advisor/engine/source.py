"""YAML as text with places: every key and value knows its file, line and column.

Reads a plain subset of YAML. Scalars stay the text that was written, so that `no` is a word and
`1.10` keeps its zero. Whatever makes a file hard to read for people (anchors, aliases, tags,
duplicate keys) or for machines (depth, size) is a problem with a place.

It reads the parser's events and never composes nodes: libyaml's composer recurses in C and ends
the process on some ten thousand nested brackets.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import yaml

from advisor.engine import layout
from advisor.engine.problems import MAX_PROBLEMS, Place, Problem, quoted

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 64

# What YAML 1.1, and so libyaml's line numbers, take for a line break.
LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class File:
    """A file's name, as problems show it, and its lines."""

    name: str
    lines: tuple[str, ...] = ()

    def place(self, line: int, column: int, length: int = 1) -> Place:
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return Place(self.name, line, column, length, text)


@dataclass(frozen=True, slots=True)
class Scalar:
    text: str
    file: File
    line: int
    column: int
    length: int


@dataclass(frozen=True, slots=True)
class Sequence:
    items: tuple["Node", ...]
    file: File
    line: int
    column: int
    length: int = 1


@dataclass(frozen=True, slots=True)
class Mapping:
    """`gaps` says that something that was written here is not among the entries."""

    entries: dict[str, tuple[Scalar, "Node"]]
    file: File
    line: int
    column: int
    length: int = 1
    gaps: bool = False


Node = Scalar | Sequence | Mapping
Path = tuple[str | int, ...]


def read(name: str, data: bytes) -> tuple[Mapping, list[Problem]]:
    """Read one file: its top-level mapping (empty where nothing could be read) and its problems."""
    file = File(name)
    nothing = Mapping({}, file, 1, 1)
    if len(data) > MAX_BYTES:
        found, expected = f"more than {MAX_BYTES} bytes", "a file of 4 MiB at most"
        return nothing, [Problem("too-large", Place(name), found, expected)]
    data = data.removeprefix(BOM_UTF8)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = LINE_BREAK.split(data[: error.start].decode())
        lines = LINE_BREAK.split(data.decode(errors="replace"))
        place = File(name, tuple(lines)).place(len(before), len(before[-1]) + 1)
        found, how = f"the byte 0x{data[error.start]:02x}", "save the file as UTF-8"
        return nothing, [Problem("not-utf8", place, found, "text in UTF-8", how)]
    reading = _Reading(File(name, tuple(LINE_BREAK.split(text))), text)
    root = reading.document()
    return root if isinstance(root, Mapping) else nothing, reading.problems


def plain(node: Node) -> object:
    """The node as dicts, lists and text, without places."""
    match node:
        case Scalar():
            return node.text
        case Sequence():
            return [plain(item) for item in node.items]
        case Mapping():
            return {key: plain(value) for key, (_, value) in node.entries.items()}


def find(root: Node, path: Path) -> tuple[Node, Scalar | None]:
    """The node at the path, or the deepest one on the way to it, with its key where it has one."""
    node, key = root, None
    for part in path:
        if isinstance(node, Mapping) and isinstance(part, str) and part in node.entries:
            key, node = node.entries[part]
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            key, node = None, node.items[part]
        else:
            break
    return node, key


def place_of(node: Node) -> Place:
    return node.file.place(node.line, node.column, node.length)


class _Abandoned(Exception):
    """The rest of the file cannot be read; its problem is already noted."""


class _Reading:
    """One pass over a file's events, building nodes on the way up."""

    def __init__(self, file: File, text: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.CLoader)

    def document(self) -> Node | None:
        root: Node | None = None
        documents = 0
        try:
            for event in self.events:
                if isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    if documents == 2:
                        self.note("several-documents", event, "a second document", "one in a file")
                        raise _Abandoned
                elif isinstance(event, yaml.NodeEvent):
                    root = self.node(event, depth=1)
                    self.expect_mapping(root, event)
        except _Abandoned:
            pass
        except yaml.MarkedYAMLError as error:
            self.syntax_error(error)
        except yaml.reader.ReaderError as error:
            self.bad_character(error)
        return root

    def node(self, event: yaml.Event, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            found = f"the alias `*{event.anchor}`"
            self.note("alias", event, found, "the value itself", _quotes_for("*"))
            return self.scalar(event, "…")
        if not isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            raise TypeError(f"{event!r} begins no node")
        if depth > MAX_DEPTH:
            self.note("too-deep", event, "one more level", f"at most {MAX_DEPTH} levels of nesting")
            raise _Abandoned
        if event.anchor is not None:
            self.note_property("anchor", event, "&", "no anchors: say it twice or name a branch")
        if event.tag is not None and event.tag != "!":
            self.note_property("tag", event, "!", "no tags: every value is text")
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(event, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(event, depth)
        return self.scalar(event, cast("yaml.ScalarEvent", event).value)

    def mapping(self, start: yaml.Event, depth: int) -> Mapping:
        entries: dict[str, tuple[Scalar, Node]] = {}
        gaps = False
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            value = self.node(next(self.events), depth + 1)
            if isinstance(key, Scalar) and key.text not in entries:
                entries[key.text] = (key, value)
                continue
            gaps = True
            if len(self.problems) > MAX_PROBLEMS:
                continue
            if isinstance(key, Scalar):
                first = entries[key.text][0]
                found = f"the key {quoted(key.text)} again, first on line {first.line}"
                self.note("duplicate-key", event, found, "each key once")
            else:
                self.note("key-not-text", event, "a key that is a list or mapping", "a word")
        return Mapping(entries, self.file, *_start(start), gaps=gaps)

    def sequence(self, start: yaml.Event, depth: int) -> Sequence:
        items: list[Node] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, depth + 1))
        return Sequence(tuple(items), self.file, *_start(start))

    def scalar(self, event: yaml.Event, text: str) -> Scalar:
        return Scalar(text, self.file, *_start(event), _length(event))

    def expect_mapping(self, root: Node, event: yaml.Event) -> None:
        empty = isinstance(root, Scalar) and not root.text
        if not isinstance(root, Mapping) and not empty:
            found = "a list" if isinstance(root, Sequence) else quoted(root.text)
            self.note("wrong-type", event, found, "sections such as `questions:`")

    def note(
        self, id: str, event: yaml.Event, found: str, expected: str, suggestion: str = ""
    ) -> None:
        if len(self.problems) > MAX_PROBLEMS:
            return
        place = self.file.place(*_start(event), _length(event))
        self.problems.append(Problem(id, place, found, expected, suggestion))

    def note_property(self, id: str, event: yaml.Event, sign: str, expected: str) -> None:
        """Note an anchor or a tag as it was written; the event has its meaning only."""
        place = self.file.place(*_start(event))
        if written := re.compile(rf"{sign}[^\s,\[\]{{}}]*").search(place.text, place.column - 1):
            place = self.file.place(place.line, written.start() + 1, len(written.group()))
        shown = place.text[place.column - 1 :][: place.length]
        found = f"the {id} {quoted(shown)}"
        self.problems.append(Problem(id, place, found, expected, _quotes_for(sign)))

    def syntax_error(self, error: yaml.MarkedYAMLError) -> None:
        place = self.place_of(error.problem_mark or error.context_mark)
        opening = self.place_of(error.context_mark) if error.context_mark else place
        sign = opening.text[opening.column - 1 :][:1]
        if error.context == "while scanning a simple key":
            place = opening
        expected = _SYNTAX.get(str(error.problem), f"YAML; the parser says: {error.problem}")
        rest = place.text[place.column - 1 :]
        if not rest.strip() and place.line == len(self.file.lines):
            # The last line shows nothing; what is left open does.
            found, place, hint = "the end of the file", opening, ""
        elif rest[:1] == "\t":
            found, expected, hint = "a tab", "spaces", "indent with spaces; a tab is no indent"
        else:
            hint = _syntax_hint(place, sign)
            found = quoted(rest) if rest.strip() else "the end of the line"
        if opening.line < place.line:
            what = quoted(sign) if sign in _OPENING else "block"
            expected += f", for the {what} that begins on line {opening.line}"
        if slip := layout.slip(self.file.lines, place.line, str(error.problem)):
            place, expected, hint = self.file.place(slip.line, slip.column), slip.expected, ""
            found = quoted(place.text[place.column - 1 :])
        self.problems.append(Problem("syntax", place, found, expected, hint))

    def place_of(self, mark: yaml.Mark | None) -> Place:
        """The mark's place; the parser may notice an end of file one line below the last."""
        if mark and mark.line >= len(self.file.lines):
            return self.file.place(len(self.file.lines), len(self.file.lines[-1]) + 1)
        return self.file.place(mark.line + 1, mark.column + 1) if mark else self.file.place(1, 1)

    def bad_character(self, error: yaml.reader.ReaderError) -> None:
        place, found = self.file.place(1, 1), str(error.reason)
        for line, text in enumerate(self.file.lines, 1):
            if bad := yaml.reader.Reader.NON_PRINTABLE.search(text):
                place = self.file.place(line, bad.start() + 1)
                found = f"the control character U+{ord(bad.group()):04X}"
                break
        self.problems.append(Problem("syntax", place, found, "printable text"))


def _start(event: yaml.Event) -> tuple[int, int]:
    """Line and column of the event, from 1; every event of a parser has its marks."""
    mark = cast("yaml.Mark", event.start_mark)
    return mark.line + 1, mark.column + 1


def _length(event: yaml.Event) -> int:
    """How many characters of its first line the event covers; 1 where it goes on below."""
    start, end = cast("yaml.Mark", event.start_mark), cast("yaml.Mark", event.end_mark)
    return max(1, end.column - start.column) if end.line == start.line else 1


# What libyaml says, in words for someone who has never met a flow mapping.
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


def _quotes_for(sign: str) -> str:
    return f"a text that begins with {sign} needs quotes around it"


_OPENING = frozenset("{[\"'")
_MEANINGFUL = frozenset("@`%*&!")


def _syntax_hint(place: Place, sign: str) -> str:
    """What helps most often; `sign` begins what the parser could not read to its end."""
    before, rest = place.text[: place.column - 1], place.text[place.column - 1 :]
    for begins in (rest[:1], sign):
        if begins in _MEANINGFUL:
            return _quotes_for(begins)
    if before.rstrip().endswith(('"', "'")):
        return "quotes go around the whole text, from its first character to its last"
    if sign in ("{", "["):
        return "put commas between entries, and quotes around a text with `: ` or `,` in it"
    if place.text.count(": ") > 1:
        return "a text that contains `: ` needs quotes around it"
    return ""

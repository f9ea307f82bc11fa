"""YAML as plain data with places: every key and value knows its file, line and column.

Reads a plain subset of YAML. Scalars stay the text that was written, so that `no` is a word and
`1.10` keeps its zero. Whatever makes a file hard to read for people (anchors, aliases, tags,
duplicate keys) or for machines (depth, size) is a problem with a place.

It reads the parser's events and never composes nodes: libyaml's composer recurses in C and ends
the process on some ten thousand nested brackets. What it makes is dicts, lists and text, as the
schema takes them; a place is one number beside each, turned into a line and a column on demand.
"""

import re
from array import array
from codecs import BOM_UTF8
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml

from advisor.engine.problems import MAX_PROBLEMS, Place, Problem, quoted
from advisor.engine.reading.files import File
from advisor.engine.reading.syntax_errors import quotes_for, unprintable, unreadable

MAX_MIB = 64
MAX_BYTES = MAX_MIB * 1024 * 1024
MAX_DEPTH = 64


@dataclass(frozen=True, slots=True)
class Scalar:
    """A key, or a value that is text, with its place; made for who asks `find`."""

    text: str
    file: File
    span: int


class Sequence(list["str | Sequence | Mapping"]):
    """Values, and beside them the span of each."""

    __slots__ = ("file", "span", "spans")

    def __init__(self, file: File, span: int) -> None:
        self.file = file
        self.span = span
        self.spans = array("Q")

    def node(self, index: int) -> "Node":
        value = self[index]
        return Scalar(value, self.file, self.spans[index]) if isinstance(value, str) else value


class Mapping(dict[str, "str | Sequence | Mapping"]):
    """Values by key, and beside them the spans of both in turns.

    `gaps` says that something that was written here is not among the entries.
    """

    __slots__ = ("_index", "file", "gaps", "span", "spans")

    def __init__(self, file: File, span: int) -> None:
        self.file = file
        self.span = span
        self.spans = array("Q")
        self.gaps = False
        self._index: dict[str, int] | None = None

    def key(self, key: str) -> Scalar:
        return Scalar(key, self.file, self.spans[2 * self.index(key)])

    def node(self, key: str) -> "Node":
        value = self[key]
        if not isinstance(value, str):
            return value
        return Scalar(value, self.file, self.spans[2 * self.index(key) + 1])

    def index(self, key: str) -> int:
        """Return how many keys stand before the key; counted once for all."""
        if self._index is None:
            self._index = {key: index for index, key in enumerate(self)}
        return self._index[key]


class Sections(Mapping):
    """The sections of several files as one mapping; each keeps the place in its own file."""

    __slots__ = ("roots",)

    def __init__(self, file: File, roots: dict[str, Mapping]) -> None:
        super().__init__(file, 0)
        self.roots = roots
        self.update((section, root[section]) for section, root in roots.items())

    def key(self, key: str) -> Scalar:
        return self.roots[key].key(key)

    def node(self, key: str) -> "Node":
        return self.roots[key].node(key)


Value = str | Sequence | Mapping
Node = Scalar | Sequence | Mapping
Path = tuple[str | int, ...]


def read(name: str, data: bytes) -> tuple[Mapping, list[Problem]]:
    """Read one file: its top-level mapping (empty where nothing could be read) and its problems."""
    empty = Mapping(File(name), 0)
    if len(data) > MAX_BYTES:
        actual, expected = f"more than {MAX_BYTES} bytes", f"a file of {MAX_MIB} MiB at most"
        return empty, [Problem("too-large", Place(name), actual, expected)]
    data = data.removeprefix(BOM_UTF8)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        at = len(data[: error.start].decode())
        place = File(name, data.decode(errors="replace")).place(at, at + 1)
        actual, how = f"the byte 0x{data[error.start]:02x}", "save the file as UTF-8"
        return empty, [Problem("not-utf8", place, actual, "text in UTF-8", how)]
    reading = _EventReader(File(name, text))
    root = reading.document()
    return root if isinstance(root, Mapping) else empty, reading.problems


def plain(node: Node) -> object:
    """Return the node as dicts, lists and text of its own, without places."""
    return _plain(node.text if isinstance(node, Scalar) else node)


def _plain(value: Value) -> object:
    match value:
        case Mapping():
            return {key: _plain(inner) for key, inner in value.items()}
        case Sequence():
            return [_plain(item) for item in value]
        case _:
            return value


def find(root: Node, path: Path) -> tuple[Node, Scalar | None]:
    """Return the node at the path, or the deepest on the way to it, and its key if it has one."""
    node, key = root, None
    for part in path:
        if isinstance(node, Mapping) and isinstance(part, str) and part in node:
            key, node = node.key(part), node.node(part)
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node):
            key, node = None, node.node(part)
        else:
            break
    return node, key


def place_of(node: Node) -> Place:
    """Return where the node stands.

    Only the first character of a mapping or a sequence is marked.
    """
    start, end = node.span >> _HALF, node.span & _LOWER
    return node.file.place(start, end if isinstance(node, Scalar) else start)


# A span is one number, the offset of its start in the upper half and that of its end in the lower:
# a big tree has millions of them.
_HALF = 32
_LOWER = (1 << _HALF) - 1


def _span(event: Any) -> int:
    span: int = event.start_mark.index << _HALF | event.end_mark.index
    return span


class _Abandoned(Exception):
    """The rest of the file cannot be read; its problem is already noted."""


class _EventReader:
    """One pass over a file's events, building data on the way up."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.problems: list[Problem] = []
        # Noted at the end: a mapping can be asked for places when it is complete.
        self.repeated: list[tuple[Mapping, str, Any]] = []
        # Without the generator around it, which costs two calls more for each event. To a type
        # checker any event may be None and lack its marks.
        self.next_event: Callable[[], Any] = yaml.CLoader(file.text).get_event

    def document(self) -> Value | None:
        """Return what stands in the file, or None where it is empty."""
        root: Value | None = None
        documents = 0
        try:
            while (event := self.next_event()) is not None:
                if isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    if documents == 2:
                        self.note("several-documents", event, "a second document", "one in a file")
                        raise _Abandoned
                elif isinstance(event, yaml.NodeEvent):
                    root = self.value(event, depth=1)
                    self.expect_mapping(root, event)
        except _Abandoned:
            pass
        except yaml.MarkedYAMLError as error:
            self.problems.append(unreadable(self.file, error))
        except yaml.reader.ReaderError as error:
            self.problems.append(unprintable(self.file, error))
        for around, key, event in self.repeated:
            first = place_of(around.key(key))
            actual = f"the key {quoted(key)} again, first on line {first.line}"
            self.note("duplicate-key", event, actual, "each key once")
        return root

    def value(self, event: Any, depth: int) -> Value:
        """Return a value, and note what makes it hard to read."""
        if type(event) is yaml.AliasEvent:
            actual = f"the alias `*{event.anchor}`"
            self.note("alias", event, actual, "the value itself", quotes_for("*"))
            return "…"
        if depth > MAX_DEPTH:
            self.note("too-deep", event, "one more level", f"at most {MAX_DEPTH} levels of nesting")
            raise _Abandoned
        if event.anchor is not None:
            self.note_property("anchor", event, "&", "no anchors: say it twice or name a branch")
        if event.tag is not None and event.tag != "!":
            self.note_property("tag", event, "!", "no tags: every value is text")
        if type(event) is yaml.MappingStartEvent:
            return self.mapping(event, depth)
        if type(event) is yaml.SequenceStartEvent:
            return self.sequence(event, depth)
        text: str = event.value
        return text

    def mapping(self, start: Any, depth: int) -> Mapping:
        """Return a mapping.

        Most of a file's events pass through this loop, so it takes mere text without a call.
        """
        mapping = Mapping(self.file, _span(start))
        next_event, put = self.next_event, mapping.spans.append
        text = yaml.ScalarEvent if depth < MAX_DEPTH else None
        end = yaml.MappingEndEvent
        key: Value
        value: Value
        while (kind := type(event := next_event())) is not end:
            if kind is text and event.tag is None and event.anchor is None:
                key = event.value
            else:
                key = self.value(event, depth + 1)
            after = next_event()
            if type(after) is text and after.tag is None and after.anchor is None:
                value = after.value
            else:
                value = self.value(after, depth + 1)
            if type(key) is str and key not in mapping:
                mapping[key] = value
                put(event.start_mark.index << _HALF | event.end_mark.index)
                put(after.start_mark.index << _HALF | after.end_mark.index)
            else:
                mapping.gaps = True
                self.refuse_key(key, event, mapping)
        return mapping

    def refuse_key(self, key: Value, event: Any, around: Mapping) -> None:
        """Note a key that is no text, or that stands in the mapping already."""
        if isinstance(key, str):
            self.repeated.append((around, key, event))
        else:
            self.note("key-not-text", event, "a key that is a list or mapping", "a word")
        if max(len(self.repeated), len(self.problems)) > MAX_PROBLEMS:
            raise _Abandoned

    def sequence(self, start: Any, depth: int) -> Sequence:
        """Return a sequence."""
        sequence = Sequence(self.file, _span(start))
        next_event, end = self.next_event, yaml.SequenceEndEvent
        while type(event := next_event()) is not end:
            sequence.append(self.value(event, depth + 1))
            sequence.spans.append(_span(event))
        return sequence

    def expect_mapping(self, root: Value, event: Any) -> None:
        """Note a file whose top level is no mapping."""
        if root != "" and not isinstance(root, Mapping):
            actual = "a list" if isinstance(root, Sequence) else quoted(root)
            self.note("wrong-type", event, actual, "sections such as `questions:`")

    def note(self, id: str, event: Any, actual: str, expected: str, suggestion: str = "") -> None:
        """Note a problem in the span of an event."""
        if len(self.problems) > MAX_PROBLEMS:
            return
        span = _span(event)
        place = self.file.place(span >> _HALF, span & _LOWER)
        self.problems.append(Problem(id, place, actual, expected, suggestion))

    def note_property(self, id: str, event: Any, sign: str, expected: str) -> None:
        """Note an anchor or a tag as it was written; the event has its meaning only."""
        start, text = _span(event) >> _HALF, self.file.text
        written = re.compile(rf"{sign}[^\s,\[\]{{}}]*").search(text, start)
        place = self.file.place(*(written.span() if written else (start, start)))
        shown = place.text[place.column - 1 :][: place.length]
        actual = f"the {id} {quoted(shown)}"
        self.problems.append(Problem(id, place, actual, expected, quotes_for(sign)))

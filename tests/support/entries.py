"""Every entry and every word of a file of a tree or of a policy, with its place: where mistakes can
be made.

Written against the format in `tree/README.md` and read with PyYAML, not with the engine's own
reader, so that the two cannot err together. Another kind of file joins with cases of its own in
`_of_key` and `_of_value`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

ITEM = "*"
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A key with its value, or an item of a list, whose last key in the path is `ITEM`.

    `start` and `end` are indices into the text: of its first character and behind its last.
    """

    path: Path
    key: yaml.ScalarNode | None
    node: yaml.Node
    around: "Entry | None"
    in_brackets: bool
    text: str

    @property
    def start(self) -> int:
        return int((self.key or self.node).start_mark.index)

    @property
    def end(self) -> int:
        return _end(self.node, self.text)

    @property
    def line(self) -> int:
        return int((self.key or self.node).start_mark.line) + 1

    @property
    def value_start(self) -> int:
        """Behind the key's colon; of an item, its first character."""
        return self.text.index(":", self.key.end_mark.index) + 1 if self.key else self.start

    @property
    def begins_line(self) -> bool:
        """Whether the entry is the first on its line, behind a dash if it is an item."""
        before = self.text[self.line_start : self.start]
        return not before.strip(" ") if self.key else before.strip(" ") == "-"

    @property
    def line_start(self) -> int:
        return self.text.rfind("\n", 0, self.start) + 1

    @property
    def lines_end(self) -> int:
        """Behind the break of the entry's last line."""
        return self.text.index("\n", max(self.end, self.start)) + 1


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """A word with a meaning: a key of the schema, an id, or one of some choices.

    `names` says what: `field`, `choice`, or the kind of the id and the id itself, such as `outcome
    jwe` or `answer team/small`. `defines` is true where the id is made, not used.
    """

    text: str
    start: int
    names: str
    defines: bool
    is_key: bool
    entry: Entry


def entries(text: str) -> list[Entry]:
    """All entries of the file, from its first line to its last."""
    root = yaml.compose(text, Loader=yaml.CBaseLoader)
    return list(_below(root, (), None, text)) if root else []


def words(entry: Entry) -> Iterator[Word]:
    """The words of an entry's key, and of its value where that is a single one."""
    if entry.key:
        kind, id, defines = _of_key(entry.path)
        # Several answers stand in one key; a name of the user's code is no word of ours.
        for part in re.finditer(r"[^\s,]+", entry.key.value) if kind else ():
            start = entry.key.start_mark.index + part.start()
            names = f"{kind} {id}{part.group()}" if id is not None else kind
            yield Word(part.group(), start, names, defines, True, entry)
    if not isinstance(entry.node, yaml.ScalarNode):
        return
    names = _of_value(entry.path)
    if names and (word := re.match(r"[\w.-]+", entry.node.value)):
        start = entry.node.start_mark.index + (entry.node.style in ("'", '"'))
        full = names if names == "choice" else f"{names}{word.group()}"
        yield Word(word.group(), start, full, False, False, entry)


def _below(node: yaml.Node, path: Path, around: Entry | None, text: str) -> Iterator[Entry]:
    inside: list[tuple[str, yaml.ScalarNode | None, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        inside = [(key.value, key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        inside = [(ITEM, None, value) for value in node.value]
    for name, key, value in inside:
        in_brackets = isinstance(node, yaml.CollectionNode) and bool(node.flow_style)
        entry = Entry((*path, name), key, value, around, in_brackets, text)
        yield entry
        yield from _below(value, entry.path, entry, text)


def _end(node: yaml.Node, text: str) -> int:
    """Behind the node's last character; the marks of a block end where the next one begins."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last, text)
    end = int(node.end_mark.index)
    return int(node.start_mark.index) + len(text[node.start_mark.index : end].rstrip())


_STEP_FIELDS = {"recommend", "because", "or", "first", "note", "sources", "branch"}
_DEFINES = {
    "questions": "question", "outcomes": "outcome", "caveats": "caveat", "sources": "source",
    "branches": "branch", "parameters": "parameter", "frameworks": "way", "figures": "figure",
    "libraries": "library", "rules": "rule",
}  # fmt: skip


def _of_key(path: Path) -> tuple[str, str | None, bool]:
    """What the last key names: its kind, what goes before an id of that kind, whether it defines.

    A key of the schema has no id. A name that only the code of a kit knows has no kind.
    """
    match path:
        case (section, _) if section in _DEFINES:
            return _DEFINES[section], "", True
        case ("questions", question, "answers", _):
            return "answer", f"{question}/", True
        case ("decide", *step) | ("branches", _, *step) if step:
            return _of_step(step)
        case (
            ("outcomes", _, "ruled-out", _)
            | ("caveats" | "rules", _, "when", "answers", _)
            | ("cases", _, "answers", _)
        ):
            return "question", "", False
        case ("outcomes", _, "ruled-out", question, _):
            return "answer", f"{question}/", False
        case ("kits", *inside):
            return _of_kit(inside)
        case ("promises", *inside):
            return _of_promise(inside)
        case _:
            return "field", None, False


def _of_kit(inside: list[str]) -> tuple[str, str | None, bool]:
    match inside:
        case [_]:
            return "outcome", "", False
        case [_, "frameworks", _]:
            return "way", "", False
        case _:
            return "field", None, False


def _of_promise(inside: list[str]) -> tuple[str, str | None, bool]:
    match inside:
        case ["kits", _]:
            return "outcome", "", False
        case ["settings", _]:
            return "parameter", "", False
        case ["kits", _, "constants" | "header", _]:
            return "", None, False
        case _:
            return "field", None, False


def _of_step(step: list[str]) -> tuple[str, str | None, bool]:
    if step[-2:-1] == ["or"]:
        return "outcome", "", False
    if step[-1] in _STEP_FIELDS:
        return "field", None, False
    return ("answer", f"{step[-2]}/", False) if len(step) % 2 == 0 else ("question", "", False)


def _of_value(path: Path) -> str:
    """What the value's first word names, up to the id itself; empty for plain text."""
    match path:
        case ("cases", _, "answers", question) | (
            "caveats" | "rules",
            _,
            "when",
            "answers",
            question,
            _,
        ):
            return f"answer {question}/"
        case (
            (*_, "recommend")
            | ("cases", _, "expect")
            | ("caveats" | "rules", _, "when", "outcomes", _)
            | ("rules", _, "forbid" | "use")
            | ("reference",)
        ):
            return "outcome "
        case ("decide" | "branches", *_, "branch"):
            return "branch "
        case (*_, "sources", "*"):
            return "source "
        case ("rules", _, "limit") | ("promises", "kits", _, "cookie" | "age"):
            return "parameter "
        case (
            ("caveats", _, "weight")
            | ("rules", _, "caveat", "weight")
            | ("sources", _, "kind")
            | ("parameters", _, "type")
        ):
            return "choice"
        # The address of a field, as one word.
        case ("rules", _, "replace"):
            return "choice"
        case _:
            return ""

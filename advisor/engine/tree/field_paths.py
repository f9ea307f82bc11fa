"""A document's text and number fields, addressed by ids and keys: `outcomes.one.verdict`."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from advisor.engine.tree import model
from advisor.engine.tree.model import Document

# What a policy may put other words into. Neither the decision nor what binds the kits is there.
SECTIONS = (
    "title", "summary", "words", "not-for", "questions", "outcomes", "caveats", "sources",
    "parameters", "frameworks", "figures",
)  # fmt: skip
# What is first shown when all answers are known.
SHOWN_LATE = frozenset({"caveats", "sources", "parameters"})
_BINDING = {
    model.Parameter: ("constant", "type", "when"),
    model.Source: ("kind",),
    model.Assumption: ("answer",),
}


class NoField(Exception):
    """No field has this address: `part` is none of the `known` words that could stand there."""

    def __init__(self, part: str, known: tuple[str, ...]) -> None:
        super().__init__(part)
        self.part = part
        self.known = known


def read_field(document: Document, address: str) -> object:
    """Return what stands in the field: text, a number, or None. Raise NoField."""
    return _walk(document, address)[1]


def parse_field(document: Document, address: str, text: str) -> object:
    """Return the text as the field's value. Raise NoField or pydantic's ValidationError."""
    holders, _ = _walk(document, address)
    names = [name for _, name in holders]
    # The innermost model has the field's type; what lies below it is plain dicts.
    depth = max(at for at, (holder, _) in enumerate(holders) if isinstance(holder, model.Model))
    owner = holders[depth][0]
    value: Any = text
    for name in reversed(names[depth + 1 :]):
        value = {name: value}
    field = type(owner).model_fields[names[depth]]  # type: ignore[attr-defined] # a Model by choice
    value = TypeAdapter(field.rebuild_annotation()).validate_python(value)
    for name in names[depth + 1 :]:
        value = value[name]
    return value


def with_field(document: Document, address: str, value: object) -> Document:
    """Return the document with another value in one field; the value has the right type."""
    holders, _ = _walk(document, address)
    for holder, name in reversed(holders):
        if isinstance(holder, model.Model):
            value = holder.model_copy(update={name: value})
        elif isinstance(holder, Mapping):
            value = {**holder, name: value}
    assert isinstance(value, Document)  # noqa: S101 - the first holder is the document
    return value


def _walk(document: Document, address: str) -> tuple[list[tuple[object, str]], object]:
    """Return each holder with the name of what is taken from it, and the field's value."""
    holders: list[tuple[object, str]] = []
    holder: object = document
    for part in address.split("."):
        names = _names(holder)
        if part not in names:
            raise NoField(part, tuple(names))
        name = names[part]
        holders.append((holder, name))
        holder = holder[name] if isinstance(holder, Mapping) else getattr(holder, name)
    if names := _names(holder):
        raise NoField("", tuple(names))
    return holders, holder


def _names(holder: object) -> dict[str, str]:
    """Return what can be named below a holder: as it is written, and as it is called in Python."""
    if isinstance(holder, Mapping):
        return {key: key for key in holder}
    if not isinstance(holder, model.Model):
        return {}
    closed = _BINDING.get(type(holder), ())
    names = {
        field.alias or name: name
        for name, field in type(holder).model_fields.items()
        if name not in closed and not isinstance(getattr(holder, name), tuple | model.When)
    }
    if isinstance(holder, Document):
        return {written: name for written, name in names.items() if written in SECTIONS}
    return names

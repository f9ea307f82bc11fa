"""Compare two documents as they are written, section by section."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from advisor.engine.tree.graph import Tree
from advisor.engine.tree.model import Document

# Where these are written does not matter: what they lead to is compared.
_DECISION = frozenset({"decide", "branches"})


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A part of an item, such as `answers.now.label`; a text is empty where the part is absent."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class SectionChange:
    """An item of a section that was added, is gone or changed.

    `id` is empty where the section is one value, `fields` are the parts that changed, and `count`
    is the number of items, which have no ids, of a list.
    """

    section: str
    id: str
    what: Literal["added", "gone", "changed"]
    fields: tuple[FieldChange, ...] = ()
    count: int = 1


def section_changes(old: Tree, new: Tree) -> Iterator[SectionChange]:
    """Yield the changes of the policies, then of each section of the trees without policies.

    The decision itself is left out.
    """
    if old.policies != new.policies:
        yield from _section("policies", old.policies, new.policies)
    old_document, new_document = old.without_policies.document, new.without_policies.document
    for section in Document.model_fields:
        if section not in _DECISION:
            before, after = getattr(old_document, section), getattr(new_document, section)
            if before != after:
                yield from _section(section, before, after)


def _section(section: str, before: Any, after: Any) -> Iterator[SectionChange]:
    if isinstance(before, tuple):
        gone, added = (
            sum(item not in others for item in items)
            for items, others in ((before, after), (after, before))
        )
        if gone:
            yield SectionChange(section, "", "gone", count=gone)
        if added:
            yield SectionChange(section, "", "added", count=added)
        return
    if before is None or after is None:
        yield SectionChange(section, "", "gone" if after is None else "added")
        return
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        yield SectionChange(section, "", "changed", tuple(_fields(before, after)))
        return
    for id in {**before, **after}:
        if id not in after:
            yield SectionChange(section, id, "gone")
        elif id not in before:
            yield SectionChange(section, id, "added")
        elif before[id] != after[id]:
            yield SectionChange(section, id, "changed", tuple(_fields(before[id], after[id])))


def _fields(before: Any, after: Any, name: str = "") -> Iterator[FieldChange]:
    """Yield the parts that differ, down to ids and keys; never an index."""
    if before == after:
        return
    olds, news = _parts(before), _parts(after)
    if olds is None or news is None:
        yield FieldChange(name, _text(before), _text(after))
        return
    for part in {**olds, **news}:
        inner = f"{name}.{part}" if name else part
        yield from _fields(olds.get(part), news.get(part), inner)


def _text(value: Any) -> str:
    parts = _parts(value)
    if parts is not None:
        return ", ".join(f"{key}: {_text(part)}" for key, part in parts.items() if part is not None)
    if isinstance(value, tuple):
        return ", ".join(map(_text, value))
    return "" if value is None else str(value)


def _parts(value: Any) -> dict[str, Any] | None:
    if isinstance(value, BaseModel):
        names = type(value).model_fields
        return {info.alias or name: getattr(value, name) for name, info in names.items()}
    return dict(value) if isinstance(value, Mapping) else None

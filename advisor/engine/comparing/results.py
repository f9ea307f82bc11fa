"""Compare two results as a reader would."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from operator import attrgetter
from typing import Any

from advisor.engine.walking.evaluate import (
    Departure,
    Option,
    Result,
    ResultCitation,
    RuledOut,
)

# Fields and parts of items that can change while the advice stays the same.
EDITORIAL = frozenset({"tree", "words", "measured", "order", "nearest", "sensitivity"})


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs between two results.

    `kind` is the field of Result, `id` the item in it (empty where there is one only) and `what`
    is `added`, `gone`, `order`, or the part that changed. `line` says it in plain words; `old` and
    `new` are the texts, empty where there was or is none.
    """

    kind: str
    id: str
    what: str
    line: str
    old: str
    new: str

    @property
    def editorial(self) -> bool:
        """Whether the advice stays the same: titles, figures and the order of items changed."""
        return self.kind in EDITORIAL or self.what in EDITORIAL


def changes(old: Result, new: Result) -> tuple[Change, ...]:
    """Return all that differs, in the order of Result's fields; a new field is never left out."""
    differences: list[Change] = []
    for name in (field.name for field in fields(Result)):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            differences += FIELDS.get(name, _plain(name))(name, before, after)
    return tuple(differences)


Compare = Callable[[str, Any, Any], Iterator[Change]]


def _plain(noun: str, *, short: bool = False) -> Compare:
    """Return a comparison of a field with one value; the line quotes a `short` one."""

    def compare(name: str, before: object, after: object) -> Iterator[Change]:
        old, new = _text(before), _text(after)
        if not old:
            yield Change(name, "", "added", f"{noun} was added.", old, new)
        elif not new:
            yield Change(name, "", "gone", f"{noun} was removed.", old, new)
        elif short:
            yield Change(name, "", name, f"{noun} was “{old}” and is “{new}”.", old, new)
        else:
            yield Change(name, "", name, f"{noun} was reworded.", old, new)

    return compare


def _items(
    noun: str,
    key: Callable[[Any], str],
    title: Callable[[Any], str],
    says: Callable[[Any], str],
    parts: Mapping[str, str],
    name_of: Callable[[Any], str] | None = None,
) -> Compare:
    """Return a comparison of a field with several items, known by their `key`.

    `title` is what an item is called, and `says` what it says. `parts` are words for the item's
    fields, and `name_of` names an item of which a part changed.
    """
    name_of = name_of or (lambda item: f"“{title(item)}”")

    def compare(name: str, before: tuple[Any, ...], after: tuple[Any, ...]) -> Iterator[Change]:
        olds, news = ({key(item): item for item in items} for items in (before, after))
        differences = [
            change
            for id in {**olds, **news}
            for change in compare_items(name, id, olds.get(id), news.get(id))
        ]
        yield from differences
        if not differences:
            line = f"{noun}: the order changed."
            yield Change(name, "", "order", line, _titles(before), _titles(after))

    def _titles(items: tuple[Any, ...]) -> str:
        return ", ".join(map(title, items))

    def compare_items(name: str, id: str, old: Any, new: Any) -> Iterator[Change]:
        if old is None:
            yield Change(name, id, "added", f"{noun} added: {title(new)}", "", says(new))
        elif new is None:
            yield Change(name, id, "gone", f"{noun} removed: {title(old)}", says(old), "")
        elif is_dataclass(old):
            for part in (field.name for field in fields(old)):
                before, after = _text(getattr(old, part)), _text(getattr(new, part))
                if before != after and part in _OF_IDS:
                    line = f"{noun} {name_of(new)}: {parts.get(part, part)} changed."
                    yield Change(name, id, part, line, "", "")
                elif before != after:
                    line = f"{noun} {name_of(new)}: {parts.get(part, part)}"
                    yield Change(name, id, part, line + _told(before, after), before, after)

    return compare


def _told(before: str, after: str) -> str:
    """Return the end of a line about a part: both texts where they are short."""
    if not before:
        return " was added."
    if not after:
        return " was removed."
    if max(len(before), len(after)) <= _SHORT:
        return f" was “{before}” and is “{after}”."
    return " changed."


def _alone(name: str, before: Option | None, after: Option | None) -> Iterator[Change]:
    """Compare what the tree recommends without policies: another outcome, or its words."""
    old, new = (option.name if option else "" for option in (before, after))
    if before is None:
        line = f"Policies changed the recommendation: without them it is “{new}”."
        yield Change(name, "", "added", line, "", new)
    elif after is None:
        line = f"Policies no longer change the recommendation, which was “{old}” without them."
        yield Change(name, "", "gone", line, old, "")
    elif before.outcome != after.outcome:
        line = f"Without policies the recommendation was “{old}” and is “{new}”."
        yield Change(name, "", "outcome", line, old, new)
    else:
        line = f"“{new}”, the recommendation without policies, was reworded."
        yield Change(name, "", "words", line, *map(_option, (before, after)))


def _departure(name: str, before: Departure | None, after: Departure | None) -> Iterator[Change]:
    """Compare the recommendation that was not taken, and the tree's words about the choice."""
    old, new = (departure.recommended.name if departure else "" for departure in (before, after))
    if before is None:
        line = f"The tree recommends “{new}” instead."
        yield Change(name, "", "added", line, "", new)
    elif after is None:
        line = f"The tree no longer recommends “{old}” instead."
        yield Change(name, "", "gone", line, old, "")
    elif before.recommended.outcome != after.recommended.outcome:
        line = f"Instead of the choice, “{old}” was recommended, and “{new}” is."
        yield Change(name, "", "outcome", line, old, new)
    else:
        if before.kind != after.kind:
            line = (
                "The tree now names the choice as an alternative."
                if after.kind == "alternative"
                else "The tree now rules the choice out."
            )
            yield Change(name, "", "kind", line, before.words, after.words)
        elif before.words != after.words:
            line = "What the tree says about the choice was reworded."
            yield Change(name, "", "words", line, before.words, after.words)
        if (before.because, before.recommended) != (after.because, after.recommended):
            line = f"What the tree says about “{new}”, which it recommends, was reworded."
            texts = (f"{_option(told.recommended)}\n{told.because}" for told in (before, after))
            yield Change(name, "", "because", line, *texts)
        elif (before.short, before.label) != (after.short, after.label):
            line = "The answer that rules the choice out is another, or was reworded."
            yield Change(name, "", "label", line, before.label, after.label)


def _option(option: Option) -> str:
    return f"{option.name}: {option.verdict}"


def _ruled_out(
    name: str, before: tuple[RuledOut, ...], after: tuple[RuledOut, ...]
) -> Iterator[Change]:
    """Compare by which answer each outcome is ruled out, and why.

    Other words of the question and the answer are left to the trail.
    """
    olds, news = ({entry.outcome: entry for entry in entries} for entries in (before, after))
    for id in {**olds, **news}:
        old, new = olds.get(id), news.get(id)
        was, now = (f"“{entry.label}” ({entry.short})" if entry else "" for entry in (old, new))
        if old is None and new is not None:
            line = f"“{new.name}” is now ruled out by {now}."
            yield Change(name, id, "added", line, "", new.because)
        elif new is None and old is not None:
            line = f"“{old.name}” is no longer ruled out by {was}."
            yield Change(name, id, "gone", line, old.because, "")
        elif old and new and (old.question, old.answer) != (new.question, new.answer):
            line = f"“{new.name}” is ruled out by {now} instead of {was}."
            yield Change(name, id, "answer", line, old.because, new.because)
        elif old and new and old.because != new.because:
            line = f"The reason why {now} rules “{new.name}” out was reworded."
            yield Change(name, id, "because", line, old.because, new.because)
        elif old and new and old.name != new.name:
            line = f"“{old.name}”, which is ruled out, is now called “{new.name}”."
            yield Change(name, id, "name", line, old.name, new.name)


_SHORT = 60
# Parts that hold ids, which no reader knows.
_OF_IDS = frozenset({"values"})
_WORDS = {
    "because": "the reason",
    "ask": "the question",
    "short": "the short name",
    "label": "the answer",
    "when": "when it would be the better choice",
    "text": "the text",
    "weight": "the weight",
    "corrects": "what it corrects",
    "sources": "the sources",
    "name": "the name",
    "verdict": "the summary",
    "title": "the title",
    "url": "the address",
    "values": "for which choices it holds",
    "effect": "the effect",
}


def _text(value: object) -> str:
    """Return a value as a reader sees it; empty where there is nothing to see."""
    match value:
        case None:
            return ""
        case str():
            return value
        case ResultCitation():
            return " ".join(filter(None, (value.short, value.place, value.url, value.note)))
        case tuple():
            return "\n".join(map(_text, value))
        case Mapping():
            return "\n".join(f"{key}: {_text(item)}" for key, item in value.items())
    if is_dataclass(value):
        parts = ((field.name, _text(getattr(value, field.name))) for field in fields(value))
        return "\n".join(f"{name}: {text}" for name, text in parts if text)
    return str(value)


FIELDS: Mapping[str, Compare] = {
    "tree": _plain("The tree’s title", short=True),
    "words": _plain("The vocabulary of the pages"),
    "outcome": _plain("The recommendation", short=True),
    "name": _plain("The name of what is recommended", short=True),
    "verdict": _plain("The summary of what is recommended"),
    "because": _plain("The reason"),
    "first": _plain("What must be done first"),
    "note": _plain("The note"),
    "sources": _items(
        "Source",
        lambda cited: f"{cited.source} {cited.place}".strip(),
        attrgetter("title"),
        _text,
        _WORDS,
    ),
    "gives": _items("Benefit", str, str, str, {}),
    "costs": _items("Cost", str, str, str, {}),
    "trail": _items(
        "Question", attrgetter("question"), attrgetter("ask"), attrgetter("ask"), _WORDS
    ),
    "alternatives": _items(
        "Alternative",
        attrgetter("outcome"),
        attrgetter("name"),
        attrgetter("when"),
        _WORDS,
    ),
    "ruled_out": _ruled_out,
    "caveats": _items(
        "Caveat",
        attrgetter("id"),
        attrgetter("title"),
        attrgetter("text"),
        _WORDS,
    ),
    "measured": _plain("The measurement"),
    "rulings": _items(
        "Rule",
        lambda ruling: f"{ruling.policy} {ruling.rule}",
        lambda ruling: f"“{ruling.title}”: {ruling.effect}",
        attrgetter("because"),
        _WORDS,
        lambda ruling: f"of “{ruling.title}”",
    ),
    "requirements": _items(
        "Requirement",
        lambda required: f"{required.policy} {required.rule}",
        attrgetter("text"),
        attrgetter("text"),
        _WORDS,
    ),
    "alone": _alone,
    "nearest": _items("Smallest change", attrgetter("outcome"), attrgetter("name"), _text, _WORDS),
    "sensitivity": _items(
        "Another answer",
        lambda instead: f"{instead.other.question} {instead.other.answer}",
        lambda instead: f"{instead.other.short}: {instead.other.label}",
        _text,
        _WORDS,
    ),
    "choices": _items(
        "Choice", attrgetter("parameter"), attrgetter("label"), attrgetter("option_label"), _WORDS
    ),
    "departure": _departure,
}

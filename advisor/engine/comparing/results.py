"""Two results compared as a reader would."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from advisor.engine.walking.evaluate import Result, ResultCitation, RuledOut

# What changed without changing the advice.
QUIET = frozenset({"tree", "words", "measured", "order", "nearest", "sensitivity"})


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
    def quiet(self) -> bool:
        """Whether the advice is the same all the same: titles, figures, the order of items."""
        return self.kind in QUIET or self.what in QUIET


def changes(old: Result, new: Result) -> tuple[Change, ...]:
    """All that differs, in the order of Result's fields. No field is left out, known or not."""
    found: list[Change] = []
    for name in (field.name for field in fields(Result)):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            found += FIELDS.get(name, _plain(name))(name, before, after)
    return tuple(found)


Compare = Callable[[str, Any, Any], Iterator[Change]]


def _plain(noun: str, *, short: bool = False) -> Compare:
    """A field with one value; a short one is told within the line."""

    def compare(name: str, before: object, after: object) -> Iterator[Change]:
        old, new = _text(before), _text(after)
        if not old:
            yield Change(name, "", "added", f"{noun} is new.", old, new)
        elif not new:
            yield Change(name, "", "gone", f"{noun} is gone.", old, new)
        elif short:
            yield Change(name, "", name, f"{noun} was “{old}” and is “{new}”.", old, new)
        else:
            yield Change(name, "", name, f"{noun} has other words.", old, new)

    return compare


def _items(
    noun: str,
    key: Callable[[Any], str],
    title: Callable[[Any], str],
    says: Callable[[Any], str],
    parts: Mapping[str, str],
    name_of: Callable[[Any], str] | None = None,
) -> Compare:
    """A field with several items, known by their key: what each is called, and what it says.
    `parts` name their fields to a reader, `name_of` an item of which a part has changed.
    """
    name_of = name_of or (lambda item: f"“{title(item)}”")

    def compare(name: str, before: tuple[Any, ...], after: tuple[Any, ...]) -> Iterator[Change]:
        olds, news = ({key(item): item for item in items} for items in (before, after))
        found = False
        for id in {**olds, **news}:
            for change in one(name, id, olds.get(id), news.get(id)):
                found = True
                yield change
        if not found:
            line = f"{noun}: the same in another order."
            yield Change(name, "", "order", line, ", ".join(olds), ", ".join(news))

    def one(name: str, id: str, old: Any, new: Any) -> Iterator[Change]:
        if old is None:
            yield Change(name, id, "added", f"{noun} added: {title(new)}", "", says(new))
        elif new is None:
            yield Change(name, id, "gone", f"{noun} gone: {title(old)}", says(old), "")
        elif is_dataclass(old):
            for part in (field.name for field in fields(old)):
                before, after = _text(getattr(old, part)), _text(getattr(new, part))
                if before != after:
                    words = parts.get(part, part)
                    line = f"{noun} {name_of(new)}: {words}"
                    if max(len(before), len(after)) <= _SHORT and before and after:
                        line += f" was “{before}” and is “{after}”."
                    else:
                        line += (
                            " is new." if not before else " is gone." if not after else " changed."
                        )
                    yield Change(name, id, part, line, before, after)

    return compare


def _ruled_out(
    name: str, before: tuple[RuledOut, ...], after: tuple[RuledOut, ...]
) -> Iterator[Change]:
    """By which answer, and why. The words of question and answer are the trail's to tell."""
    olds, news = ({it.outcome: it for it in items} for items in (before, after))
    for id in {**olds, **news}:
        old, new = olds.get(id), news.get(id)
        was, now = (f"“{it.label}” ({it.short})" if it else "" for it in (old, new))
        if old is None and new is not None:
            line = f"“{new.name}” is ruled out now, by {now}."
            yield Change(name, id, "added", line, "", new.because)
        elif new is None and old is not None:
            line = f"“{old.name}” is no longer ruled out by {was}."
            yield Change(name, id, "gone", line, old.because, "")
        elif old and new and (old.question, old.answer) != (new.question, new.answer):
            line = f"“{new.name}” is ruled out by {now} instead of {was}."
            yield Change(name, id, "answer", line, old.because, new.because)
        elif old and new and old.because != new.because:
            line = f"Why {now} rules “{new.name}” out has other words."
            yield Change(name, id, "because", line, old.because, new.because)
        elif old and new and old.name != new.name:
            line = f"“{old.name}”, ruled out, is called “{new.name}”."
            yield Change(name, id, "name", line, old.name, new.name)


_SHORT = 60
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
    "effect": "the effect",
}


def _text(value: object) -> str:
    """A value as a reader sees it; empty where there is nothing to see."""
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
            return "\n".join(f"{key}: {_text(its)}" for key, its in value.items())
    if is_dataclass(value):
        parts = ((field.name, _text(getattr(value, field.name))) for field in fields(value))
        return "\n".join(f"{name}: {text}" for name, text in parts if text)
    return str(value)


FIELDS: Mapping[str, Compare] = {
    "tree": _plain("The tree’s title", short=True),
    "words": _plain("What the pages call things"),
    "outcome": _plain("The recommendation", short=True),
    "name": _plain("The name of what is recommended", short=True),
    "verdict": _plain("The summary of what is recommended"),
    "because": _plain("The reason"),
    "first": _plain("What must be done first"),
    "note": _plain("The note"),
    "sources": _items(
        "Source", lambda it: f"{it.source} {it.place}".strip(), lambda it: it.title, _text, _WORDS
    ),
    "gives": _items("What it gives", str, str, str, {}),
    "costs": _items("What it costs", str, str, str, {}),
    "trail": _items(
        "Question", lambda it: it.question, lambda it: it.ask, lambda it: it.ask, _WORDS
    ),
    "alternatives": _items(
        "Alternative", lambda it: it.outcome, lambda it: it.name, lambda it: it.when, _WORDS
    ),
    "ruled_out": _ruled_out,
    "caveats": _items("Caveat", lambda it: it.id, lambda it: it.title, lambda it: it.text, _WORDS),
    "measured": _plain("What was measured"),
    "rulings": _items(
        "Rule",
        lambda it: f"{it.policy} {it.rule}",
        lambda it: f"“{it.title}”, {it.rule}: {it.effect}",
        lambda it: it.because,
        _WORDS,
        lambda it: f"{it.rule} of “{it.title}”",
    ),
    "requirements": _items(
        "Requirement",
        lambda it: f"{it.policy} {it.rule}",
        lambda it: it.text,
        lambda it: it.text,
        _WORDS,
    ),
    "alone": _plain("What the tree without policies says"),
    "nearest": _items("The way to", lambda it: it.outcome, lambda it: it.name, _text, _WORDS),
    "sensitivity": _items(
        "Another answer",
        lambda it: f"{it.other.question} {it.other.answer}",
        lambda it: f"{it.other.short}: {it.other.label}",
        _text,
        _WORDS,
    ),
}

"""Two results compared as a reader would, and a kept result against today's tree."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

from advisor.engine.evaluate import Answered, Asking, Citation, Result, RuledOut, evaluate
from advisor.engine.graph import Tree

# What changed without changing the advice.
QUIET = frozenset({"tree", "words", "measured", "order"})

Status = Literal["current", "advice", "outcome", "unanswerable"]


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


@dataclass(frozen=True, slots=True)
class Cause:
    """What makes today's tree say something else, in plain words.

    `kind` is `answer` (the question and answer that rule the old outcome out), `policy` (the policy
    and rule), `outcome` (what became of the old outcome), `asked` (a question that has no answer),
    `gone` (an answer or question that the tree no longer has) or `unasked` (an answer that it
    no longer needs). Ids that do not apply are empty.
    """

    kind: Literal["answer", "policy", "outcome", "asked", "gone", "unasked"]
    line: str
    question: str = ""
    answer: str = ""
    policy: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Drift:
    """How today's result for the same answers differs; `today` is None where there is none.

    `current` may come with quiet changes. `causes` explain `outcome` and `unanswerable`.
    """

    status: Status
    changes: tuple[Change, ...]
    today: Result | None
    causes: tuple[Cause, ...]


def changes(old: Result, new: Result) -> tuple[Change, ...]:
    """All that differs, in the order of Result's fields. No field is left out, known or not."""
    found: list[Change] = []
    for name in (field.name for field in fields(Result)):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            found += FIELDS.get(name, _plain(name))(name, before, after)
    return tuple(found)


def drift(old: Result, tree: Tree) -> Drift:
    """What the tree says today to the answers of a kept result."""
    questions = tree.document.questions
    known = {
        question: answer
        for question, answer in old.answers.items()
        if question in questions and answer in questions[question].answers
    }
    today = evaluate(tree, known)
    if isinstance(today, Asking):
        return Drift("unanswerable", (), None, _open(old, today, tree))
    differences = changes(old, today)
    if old.outcome != today.outcome:
        return Drift("outcome", differences, today, tuple(_elsewhere(old, today, tree)))
    loud = any(not change.quiet for change in differences)
    return Drift("advice" if loud else "current", differences, today, ())


# Fields

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
    noun: str, key: Callable[[Any], str], title: Callable[[Any], str], parts: Mapping[str, str]
) -> Compare:
    """A field with several items, known by their key. `parts` name their fields to a reader."""

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
            yield Change(name, id, "added", f"{noun} added: {title(new)}", "", _text(new))
        elif new is None:
            yield Change(name, id, "gone", f"{noun} gone: {title(old)}", _text(old), "")
        elif is_dataclass(old):
            for part in (field.name for field in fields(old)):
                before, after = _text(getattr(old, part)), _text(getattr(new, part))
                if before != after:
                    words = parts.get(part, part)
                    line = f"{noun} “{title(new)}”: {words}"
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
        "Source", lambda it: f"{it.source} {it.place}".strip(), lambda it: it.title, _WORDS
    ),
    "gives": _items("What it gives", str, str, {}),
    "costs": _items("What it costs", str, str, {}),
    "trail": _items("Question", lambda it: it.question, lambda it: it.ask, _WORDS),
    "alternatives": _items("Alternative", lambda it: it.outcome, lambda it: it.name, _WORDS),
    "ruled_out": _ruled_out,
    "caveats": _items("Caveat", lambda it: it.id, lambda it: it.title, _WORDS),
    "measured": _plain("What was measured"),
    "rulings": _items(
        "Policy’s rule", lambda it: f"{it.policy} {it.rule}", lambda it: it.effect, _WORDS
    ),
    "requirements": _items(
        "Requirement", lambda it: f"{it.policy} {it.rule}", lambda it: it.text, _WORDS
    ),
    "alone": _plain("What the tree without policies says"),
}


def _text(value: object) -> str:
    """A value as a reader sees it; empty where there is nothing to see."""
    match value:
        case None:
            return ""
        case str():
            return value
        case Citation():
            return " ".join(filter(None, (value.short, value.place, value.url, value.note)))
        case Answered():
            return value.ask
        case tuple():
            return "\n".join(map(_text, value))
        case Mapping():
            return "\n".join(f"{key}: {_text(its)}" for key, its in value.items())
    if is_dataclass(value):
        parts = ((field.name, _text(getattr(value, field.name))) for field in fields(value))
        return "\n".join(f"{name}: {text}" for name, text in parts if text)
    return str(value)


# Causes


def _open(old: Result, today: Asking, tree: Tree) -> tuple[Cause, ...]:
    """Why the answers do not reach a result: the question at which they end."""
    ask = tree.document.questions[today.question].ask
    given = next((step for step in old.trail if step.question == today.question), None)
    if given is not None:
        line = f"“{given.label}” is no longer an answer to “{ask}”"
        return (Cause("gone", line, given.question, given.answer), *_unknown(old, tree, given))
    line = f"The tree now asks “{ask}”, which was not asked then."
    return (Cause("asked", line, today.question), *_unknown(old, tree))


def _unknown(old: Result, tree: Tree, *told: Answered) -> Iterator[Cause]:
    """The other questions and answers that the tree no longer has."""
    for step in old.trail:
        question = tree.document.questions.get(step.question)
        if question is None:
            line = f"The tree no longer has the question “{step.ask}”"
            yield Cause("gone", line, step.question)
        elif step.answer not in question.answers and step not in told:
            line = f"“{step.label}” is no longer an answer to “{question.ask}”"
            yield Cause("gone", line, step.question, step.answer)


def _elsewhere(old: Result, today: Result, tree: Tree) -> Iterator[Cause]:
    """What leads the same answers to another outcome; what decides comes first."""
    before = {(it.policy, it.rule): it for it in old.rulings}
    after = {(it.policy, it.rule): it for it in today.rulings}
    # Where the trees alone agree, it is the policies that differ.
    now_alone = today.alone.outcome if today.alone else today.outcome
    then_alone = old.alone.outcome if old.alone else old.outcome
    policies = now_alone == then_alone
    if policies:
        for key, ruling in after.items():
            if before.get(key) != ruling:
                line = f"Policy “{ruling.title}”, rule {ruling.rule}: {ruling.effect}"
                yield Cause("policy", line, policy=ruling.policy, rule=ruling.rule)
        for key, ruling in before.items():
            if key not in after:
                line = f"Policy “{ruling.title}”, rule {ruling.rule}, no longer applies"
                yield Cause("policy", line, policy=ruling.policy, rule=ruling.rule)
    out = next((it for it in today.ruled_out if it.outcome == old.outcome), None)
    if old.outcome not in tree.document.outcomes:
        yield Cause("outcome", f"The tree no longer knows “{old.name}”")
    elif out is not None:
        line = f"“{out.label}” ({out.short}) now rules “{out.name}” out: {out.because}"
        yield Cause("answer", line, out.question, out.answer)
    elif other := next((it for it in today.alternatives if it.outcome == old.outcome), None):
        line = f"“{other.name}” is an alternative to it now: {other.when}"
        yield Cause("outcome", line)
    elif not policies:
        line = f"The tree now leads these answers to “{today.name}”: {today.because}"
        yield Cause("outcome", line)
    asked = today.answers
    for step in old.trail:
        if step.question not in asked:
            line = f"“{step.ask}” is no longer asked on this way"
            yield Cause("unasked", line, step.question, step.answer)

"""The band on a saved recommendation that says how it stands today, and its badge."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from advisor.catalogue import Served
from advisor.engine.comparing import results
from advisor.engine.walking.evaluate import Result
from advisor.exports.as_badge import Sign, as_badge
from advisor.models import Recommendation
from advisor.saved.drift_today import Config, Standing
from advisor.saved.records import Frozen
from advisor.web.addresses import SUPERSEDES, WAY, address
from advisor.wizard import pages

SIGNS: dict[str, Sign] = {
    "current": "good",
    "advice": "changed",
    "outcome": "other",
    "unanswerable": "gone",
}
UNREADABLE = "cannot be shown"


def band(record: Recommendation, frozen: Frozen, its: Standing) -> pages.Band:
    """The status in words, what made it, what changed, and the way to today's result."""
    old, found = frozen.result, its.drift
    version = its.served.version if its.served else ""
    return pages.Band(
        sign=_sign(its),
        status=_status(old, its),
        summary=_summary(old, its),
        causes=tuple(cause.line for cause in found.causes),
        config=tuple(_config(its.config)) if its.config else (),
        changes=tuple(_change(one) for one in found.changes if not one.editorial),
        minor=tuple(_change(one) for one in found.changes if one.editorial),
        today=_link(record, old, its),
        again=_again(record, old, its),
        version=version,
        edited=version not in ("", record.version),
    )


def badge(record: Recommendation, frozen: Frozen, its: Standing) -> str:
    """An SVG: what the tree calls its outcomes, the one that was recommended, and the status."""
    old = frozen.result
    if record.withdrawn_at:
        return as_badge(old.words.outcome, old.name, "withdrawn", "gone")
    if record.superseded_by.exists():
        return as_badge(old.words.outcome, old.name, "superseded", "gone")
    said = {
        "current": "current, config changed" if _sign(its) == "changed" else "current",
        "advice": "changed advice",
        "outcome": "another one today",
        "unanswerable": "cannot be evaluated today",
    }
    return as_badge(old.words.outcome, old.name, said[its.drift.status], _sign(its))


def unreadable_badge(site: str) -> str:
    return as_badge(site, "recommendation", UNREADABLE, "gone")


def _config_changed(its: Standing) -> bool:
    return its.config is not None and its.config.state != "same"


def _sign(its: Standing) -> Sign:
    if its.drift.status == "current" and _config_changed(its):
        return "changed"
    return SIGNS[its.drift.status]


def _status(old: Result, its: Standing) -> str:
    match its.drift.status:
        case "current":
            return "Current, with changed config" if _config_changed(its) else "Current"
        case "advice":
            return f"Same {old.words.outcome}, changed advice"
        case "outcome":
            return f"A different {old.words.outcome} today"
        case "unanswerable":
            return "Cannot be evaluated today"


def _summary(old: Result, its: Standing) -> str:
    today = its.drift.today
    if today is None:
        return "What was recommended then stands below, unchanged."
    if its.drift.status == "outcome":
        return f"“{old.name}” was recommended. Asked today, the same answers get “{today.name}”."
    if its.drift.status == "advice":
        return "Asked today, the same answers get the same again; some of the advice differs."
    return "Asked today, the same answers get the same recommendation."


_KINDS = {"changed": "Changed", "added": "New", "gone": "Gone"}


def _config(config: Config) -> Iterator[str]:
    match config.state:
        case "changed":
            for kind, word in _KINDS.items():
                if names := [name for name, its in config.files if its == kind]:
                    yield f"{word} in the config: {', '.join(names)}"
        case "unwritable":
            yield "The config cannot be written with these values today:"
            yield from config.messages
        case "gone":
            yield "The tree has no config for it any more."
        case "new":
            yield "The tree has config for it today; then it had none."


def _change(one: results.Change) -> pages.Change:
    """What the line tells already is not told again."""
    told = all(text in one.line for text in (one.old, one.new))
    return pages.Change(one.line, "" if told else one.old, "" if told else one.new)


def _link(record: Recommendation, old: Result, its: Standing) -> pages.Link | None:
    """Where the same answers lead today."""
    if its.served is None:
        return None
    if its.drift.today is None:
        return pages.Link("Answer what is open today", _today(record, old, its.served, "ask"))
    return pages.Link("Ask these answers again today", _today(record, old, its.served, "result"))


def _again(record: Recommendation, old: Result, its: Standing) -> str:
    """The same, on the way to a record that supersedes this one."""
    if its.served is None:
        return ""
    view = "ask" if its.drift.today is None else "result"
    return _today(record, old, its.served, view, {SUPERSEDES: record.id})


def _today(
    record: Recommendation,
    old: Result,
    served: Served,
    view: str,
    more: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Answers that the tree no longer has are left out."""
    document = served.tree.document
    answers = {
        question: answer
        for question, answer in old.answers.items()
        if question in document.questions and answer in document.questions[question].answers
    }
    # In the order of an address: PostgreSQL keeps the values, but not their order.
    values = {id: record.values[id] for id in (*document.parameters, WAY) if id in record.values}
    return address(view, record.tree, {**answers, **values, **more})

"""The band on a saved recommendation that says how it stands today, and its badge."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from advisor.catalogue import LoadedTree
from advisor.engine.comparing import results
from advisor.engine.walking.evaluate import Result
from advisor.exports.as_badge import Sign, as_badge
from advisor.kits.bundle import Bundle
from advisor.models import Recommendation
from advisor.saved import pages
from advisor.saved.drift_today import CodeDrift, DriftToday
from advisor.web.addresses import SUPERSEDES, WAY, address
from advisor.web.pages import Link

SIGNS: dict[str, Sign] = {
    "current": "good",
    "advice": "changed",
    "outcome": "other",
    "unanswerable": "gone",
}


UNREADABLE = "cannot be shown"


def status_banner(
    record: Recommendation, frozen: Bundle, its: DriftToday
) -> pages.StatusBannerPart:
    """The status in words, what made it, what changed, and the way to today's result."""
    old, found = frozen.result, its.drift
    version = its.served.version if its.served else ""
    return pages.StatusBannerPart(
        sign=_sign(its),
        status=_status(old, its),
        summary=_summary(old, its),
        causes=tuple(cause.line for cause in found.causes),
        config=tuple(_code_lines(its.config)) if its.config else (),
        changes=tuple(_change(one) for one in found.changes if not one.quiet),
        minor=tuple(_change(one) for one in found.changes if one.quiet),
        today=_link(record, old, its),
        again=_supersede_address(record, old, its),
        version=version,
        edited=version not in ("", record.version),
    )


def badge_svg(record: Recommendation, frozen: Bundle, its: DriftToday) -> str:
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


def unreadable_badge_svg(site: str) -> str:
    return as_badge(site, "recommendation", UNREADABLE, "gone")


def _code_changed(its: DriftToday) -> bool:
    return its.config is not None and its.config.state != "same"


def _sign(its: DriftToday) -> Sign:
    if its.drift.status == "current" and _code_changed(its):
        return "changed"
    return SIGNS[its.drift.status]


def _status(old: Result, its: DriftToday) -> str:
    match its.drift.status:
        case "current":
            return "Current, with changed config" if _code_changed(its) else "Current"
        case "advice":
            return f"Same {old.words.outcome}, changed advice"
        case "outcome":
            return f"A different {old.words.outcome} today"
        case "unanswerable":
            return "Cannot be evaluated today"


def _summary(old: Result, its: DriftToday) -> str:
    today = its.drift.today
    if today is None:
        return "What was recommended then stands below, unchanged."
    if its.drift.status == "outcome":
        return f"“{old.name}” was recommended. Asked today, the same answers get “{today.name}”."
    if its.drift.status == "advice":
        return "Asked today, the same answers get the same again; some of the advice differs."
    return "Asked today, the same answers get the same recommendation."


_KINDS = {"changed": "Changed", "added": "New", "gone": "Gone"}


def _code_lines(config: CodeDrift) -> Iterator[str]:
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


def _change(one: results.Change) -> pages.ChangePart:
    """What the line tells already is not told again."""
    told = all(text in one.line for text in (one.old, one.new))
    return pages.ChangePart(one.line, "" if told else one.old, "" if told else one.new)


def _link(record: Recommendation, old: Result, its: DriftToday) -> Link | None:
    """Where the same answers lead today."""
    if its.served is None:
        return None
    if its.drift.today is None:
        return Link("Answer what is open today", _today(record, old, its.served, "ask"))
    return Link("Ask these answers again today", _today(record, old, its.served, "result"))


def _supersede_address(record: Recommendation, old: Result, its: DriftToday) -> str:
    """The same, on the way to a record that supersedes this one."""
    if its.served is None:
        return ""
    view = "ask" if its.drift.today is None else "result"
    return _today(record, old, its.served, view, {SUPERSEDES: record.id})


def _today(
    record: Recommendation,
    old: Result,
    served: LoadedTree,
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

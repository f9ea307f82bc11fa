"""Build the banner on a saved decision that compares it with today's tree, and its badge."""

from collections.abc import Mapping
from types import MappingProxyType

from django.template.defaultfilters import date as format_date

from advisor.engine.comparing import results
from advisor.engine.tree.graph import takes
from advisor.engine.tree.model import UNSURE, Question
from advisor.engine.walking.evaluate import Answered, Result
from advisor.exports.as_badge import Sign, as_badge
from advisor.kits.bundle import Bundle
from advisor.models import Recommendation
from advisor.saved import pages
from advisor.saved.drift_today import DriftToday, versions_in_use
from advisor.saved.drift_words import drift_questions, file_changes, since, substantive
from advisor.saved.status import IN_FORCE, Decision
from advisor.saved.status import SIGNS as DECISION_SIGNS
from advisor.web.addresses import CHOOSE, FRAMEWORK, SUPERSEDES, address
from advisor.web.pages import Link

SIGNS: dict[str, Sign] = {
    # Advice that has not changed is no approval.
    "current": "same",
    "advice": "changed",
    "outcome": "other",
    "barred": "other",
    "unanswerable": "gone",
}
UNREADABLE = "cannot be shown"
# How many changes of the advice are shown at once.
FIRST_CHANGES = 3


def status_banner(
    record: Recommendation, bundle: Bundle, today: DriftToday
) -> pages.StatusBannerPart:
    """Build the banner: status, causes, changes, and the links to today's result."""
    old, drift = bundle.result, today.drift
    advice = tuple(map(_change, substantive(drift.changes)))
    version = today.loaded.version if today.loaded else ""
    return pages.StatusBannerPart(
        sign=_sign(today),
        status=_status(old, today, format_date(record.saved_at, "j F Y")),
        questions=drift_questions(old, today),
        changes=advice[:FIRST_CHANGES],
        more=advice[FIRST_CHANGES:],
        minor=tuple(_change(change) for change in drift.changes if change.editorial),
        files=file_changes(today.config) if today.config else (),
        today=_link(record, old, today),
        again=_supersede_address(record, old, today),
        version=version,
        edited=version not in ("", record.version),
        since=since(versions_in_use(record, today.loaded)) if today.loaded else "",
    )


def badge_svg(bundle: Bundle, decision: Decision, today: DriftToday) -> str:
    """Return an SVG with the chosen outcome, the status of the decision, and its drift."""
    old = bundle.result
    name = f"{old.name} instead of {old.recommended_name}" if old.departure else old.name
    status, sign = decision.label.lower(), DECISION_SIGNS[decision.status]
    if decision.state not in IN_FORCE:
        return as_badge(old.words.outcome, name, status, sign)
    if decision.overdue:
        status += ", review overdue"
    if today.drift.status != "current" or _code_changed(today):
        sign = _sign(today)
    return as_badge(old.words.outcome, name, f"{status}, {_drift_words(old, today)}", sign)


def _drift_words(old: Result, today: DriftToday) -> str:
    words: dict[str, str] = {
        "current": "code changed" if _code_changed(today) else "advice unchanged",
        "advice": "advice changed",
        "outcome": f"different {old.words.outcome} today",
        "barred": "no longer allowed",
        "unanswerable": "cannot be evaluated today",
    }
    return words[today.drift.status]


def unreadable_badge_svg(site: str) -> str:
    """Return an SVG for a record that cannot be shown, labelled with the name of the site."""
    return as_badge(site, "recommendation", UNREADABLE, "gone")


def _code_changed(today: DriftToday) -> bool:
    return today.config is not None and today.config.state != "same"


def _sign(today: DriftToday) -> Sign:
    if today.drift.status == "current" and _code_changed(today):
        return "changed"
    return SIGNS[today.drift.status]


def _status(old: Result, today: DriftToday, saved_on: str) -> str:
    match today.drift.status:
        case "current":
            unchanged = f"Advice unchanged since {saved_on}"
            return f"{unchanged}, code changed" if _code_changed(today) else unchanged
        case "advice":
            return f"Same {old.words.outcome}, advice changed"
        case "outcome":
            return f"A different {old.words.outcome} today"
        case "barred":
            return "No longer allowed"
        case "unanswerable":
            return "Cannot be evaluated today"


def _change(change: results.Change) -> pages.ChangePart:
    """Build a change; leave out texts that its line already contains."""
    line_says_it = all(text in change.line for text in (change.old, change.new))
    return pages.ChangePart(
        change.line, "" if line_says_it else change.old, "" if line_says_it else change.new
    )


def _link(record: Recommendation, old: Result, today: DriftToday) -> Link | None:
    """Build the link to today's result for the same answers, or to the next open question."""
    if today.loaded is None:
        return None
    if today.drift.today is None:
        return Link("Answer the open questions", _today(record, old, today, "ask"))
    return Link("See today’s result for these answers", _today(record, old, today, "result"))


def _supersede_address(record: Recommendation, old: Result, today: DriftToday) -> str:
    """Return the same address with the id of this record, which the new one supersedes."""
    if today.loaded is None:
        return ""
    view = "ask" if today.drift.today is None else "result"
    return _today(record, old, today, view, {SUPERSEDES: record.id})


def _today(
    record: Recommendation,
    old: Result,
    today: DriftToday,
    view: str,
    more: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return the address for the same answers, with their ids of today, as far as there are."""
    assert today.loaded is not None  # noqa: S101 - nothing leads to a tree that is gone
    document = today.loaded.tree.document
    # What was assumed is an open point still, if the tree offers that.
    answers = {
        step.question: answer
        for step in today.drift.trail
        if (question := document.questions.get(step.question))
        and takes(question, answer := _again(step, question))
    }
    # What was chosen stays chosen, also where it was the default then and is not today.
    choices = {
        choice.parameter: choice.option
        for choice in old.choices
        if choice.parameter in document.parameters
        and choice.option != document.parameters[choice.parameter].default
    }
    given = {**choices, **record.values}
    choose = {CHOOSE: old.outcome} if old.departure and old.outcome in document.outcomes else {}
    # In the order of an address, because PostgreSQL does not keep the order of keys in JSON.
    values = {id: given[id] for id in (*document.parameters, FRAMEWORK) if id in given}
    return address(view, record.tree, {**answers, **values, **choose, **more})


def _again(step: Answered, question: Question) -> str:
    """Return the answer of a step as an address holds it today."""
    return UNSURE if step.assumed and question.unsure else step.answer

"""Build the register as a page."""

from collections.abc import Iterator, Mapping

from django.template.defaultfilters import date as format_date
from django.urls import reverse

from advisor.models import State
from advisor.register import pages
from advisor.register.listing import (
    DEPARTS,
    DRIFTS,
    MAX_QUERY,
    PAGE,
    REVIEWS,
    STATUSES,
    Filters,
    ListedRecord,
    RecordPage,
    Register,
)
from advisor.register.query import RegisterQuery
from advisor.register.search import Total
from advisor.saved.drift_today import SummaryDrift
from advisor.saved.status import IN_FORCE, LABELS, SIGNS
from advisor.saved.status_banner import SIGNS as DRIFT_SIGNS
from advisor.saved.visible_metadata import record_link, visible_metadata
from advisor.web.addresses import outcome_address
from advisor.web.pages import Link

_FIRST = ("status", "outcome", "drift")


def register_page(
    register: Register, query: RegisterQuery, page: RecordPage, problems: Mapping[str, str]
) -> pages.RegisterPage:
    """Build the page: filters with their `problems`, matching records, and links to other pages."""
    filters = query.filters
    selects = tuple(_selects(register, filters, problems))
    days = tuple(
        pages.DayPart(name, label, getattr(filters, name), problems.get(name, ""))
        for name, label in (("since", "Saved from"), ("until", "Saved until"))
    )
    narrower = tuple(select for select in selects if select.name not in _FIRST)
    shown = {select.name for select in selects} | {day.name for day in days}
    narrowed = bool(filters.given())
    return pages.RegisterPage(
        title="Saved decisions",
        action=reverse("register"),
        q=filters.q,
        q_error=problems.get("q", ""),
        most=MAX_QUERY,
        selects=tuple(select for select in selects if select.name in _FIRST),
        narrower=narrower,
        days=days,
        unfolded=any(select.chosen for select in narrower) or any(day.value for day in days),
        errors=tuple(
            Link(message, f"#{name if name in shown else 'q'}")
            for name, message in problems.items()
        ),
        lines=tuple(_line_part(register, line) for line in page.lines),
        summary=_summary(page),
        empty="" if problems else _empty(query, narrowed=narrowed),
        clear=reverse("register") if narrowed else "",
        newest=query.at("register") if page.newer is not None else "",
        newer="" if page.newer is None else query.at("register", page.newer, after=True),
        older="" if page.older is None else query.at("register", page.older),
        json=query.at("register-json", query.number, after=query.after),
        feed="" if problems else query.at("register-feed"),
    )


def drift_words(drift: SummaryDrift) -> str:
    """Return the drift of a decision in words."""
    if drift.code != "changed":
        return DRIFTS[drift.status]
    return "Code changed" if drift.status == "current" else f"{DRIFTS[drift.status]}, code changed"


def _selects(
    register: Register, filters: Filters, problems: Mapping[str, str]
) -> Iterator[pages.SelectPart]:
    """Yield the filters that can narrow the list, and those in use."""
    offered = {
        "status": ("Status", "any status", STATUSES, 1),
        "outcome": ("Chosen", "anything", _by_name(register.outcomes), 1),
        "drift": ("Compared with today’s tree", "anything", DRIFTS, 1),
        "tree": ("Decided with", "any tree", _by_name(register.trees), 2),
        "policy": ("Changed by policy", "any or none", _by_name(register.policies), 1),
        "departs": ("Chosen how", "either way", DEPARTS, 1),
        "review": ("Review", "any or none", REVIEWS, 1),
    }
    for name, (label, no_choice, choices, fewest) in offered.items():
        chosen = getattr(filters, name)
        if chosen or len(choices) >= fewest:
            yield pages.SelectPart(
                name, label, no_choice, tuple(choices.items()), chosen, problems.get(name, "")
            )


def _by_name(choices: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(choices.items(), key=lambda choice: choice[1].casefold()))


def _line_part(register: Register, line: ListedRecord) -> pages.LinePart:
    record, summary = line.record, line.summary
    metadata = visible_metadata(record)
    in_force = State[line.status.upper()] in IN_FORCE
    return pages.LinePart(
        link=record_link(record),
        outcome=Link(
            summary.name,
            outcome_address(summary.tree, summary.outcome) if register.has_page(summary) else "",
        ),
        instead_of=summary.recommended,
        tree=register.trees[summary.tree] if len(register.trees) > 1 else "",
        author=metadata.author,
        identified=metadata.identified,
        saved_on=format_date(record.saved_at, "j F Y"),
        saved_at=record.saved_at.isoformat(timespec="seconds"),
        status=pages.SignedPart(
            SIGNS[line.status], LABELS[line.status], tuple(map(record_link, line.superseded_by))
        ),
        drift=_drift_part(line.drift) if in_force else None,
        review=f"Review was due by {format_date(record.review_by, 'j F Y')}"
        if line.overdue
        else "",
        policies=tuple(summary.policies.values()),
    )


def _drift_part(drift: SummaryDrift) -> pages.SignedPart:
    changed = drift.status == "current" and drift.code == "changed"
    return pages.SignedPart("changed" if changed else DRIFT_SIGNS[drift.status], drift_words(drift))


def _summary(page: RecordPage) -> str:
    if not page.lines:
        return ""
    if page.total == Total(1, exact=True):
        return "One decision"
    return f"{_count(page.total)} decisions, the newest first"


def _count(total: Total) -> str:
    """Return how many there are; one that is not exact is rounded down."""
    if total.exact:
        return f"{total.count:,}"
    step = 100 if total.count >= 100 else 10
    return f"More than {max(total.count // step * step, PAGE):,}"


def _empty(query: RegisterQuery, *, narrowed: bool) -> str:
    if query.number is not None:
        return "There are no older decisions."
    if narrowed:
        return "No saved decision matches. Search for other words or remove a filter."
    return "No decision has been saved yet. You can save one from the page of a result."

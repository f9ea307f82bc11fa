"""Build the register as a page and as JSON."""

from collections.abc import Callable, Iterator, Mapping

from django.template.defaultfilters import date as format_date
from django.urls import reverse

from advisor.exports.as_badge import Sign
from advisor.models import Recommendation
from advisor.register import pages
from advisor.register.listing import (
    MAX_QUERY,
    STATUSES,
    Filters,
    ListedRecord,
    RecordPage,
    Register,
)
from advisor.register.query import RegisterQuery
from advisor.saved import status
from advisor.saved.status_banner import SIGNS
from advisor.saved.visible_metadata import record_link, visible_metadata
from advisor.web.pages import Link

_SIGNS: dict[str, Sign] = {**SIGNS, **dict(status.SIGNS.items())}


def register_page(
    register: Register, query: RegisterQuery, page: RecordPage, problems: Mapping[str, str]
) -> pages.RegisterPage:
    """Build the page: filters with their `problems`, matching records, and links to other pages."""
    filters = query.filters
    selects = tuple(_selects(register, filters, problems))
    places = {"q": "q", **{select.name: select.name for select in selects}}
    narrowed = bool(filters.given())
    return pages.RegisterPage(
        title="Saved decisions",
        action=reverse("register"),
        q=filters.q,
        q_error=problems.get("q", ""),
        most=MAX_QUERY,
        selects=selects,
        errors=tuple(
            Link(message, f"#{places.get(name, 'q')}") for name, message in problems.items()
        ),
        lines=tuple(_line_part(register, line) for line in page.lines),
        summary=_summary(page),
        empty="" if problems else _empty(query, narrowed=narrowed),
        clear=reverse("register") if narrowed else "",
        newest=query.at("register", None) if page.newer is not None else "",
        newer="" if page.newer is None else query.at("register", page.newer, after=True),
        older="" if page.older is None else query.at("register", page.older),
        json=query.at("register-json", query.number, after=query.after),
    )


def register_list(
    records: RecordPage, query: RegisterQuery, absolute: Callable[[str], str]
) -> dict[str, object]:
    """Return the same records as data for JSON.

    `next` is the address of older records, `previous` of newer ones, or None. `absolute` makes an
    address absolute.
    """

    def link(record: Recommendation) -> str:
        return absolute(reverse("saved", args=[record.id]))

    def page(number: int | None, *, after: bool = False) -> str | None:
        return None if number is None else absolute(query.at("register-json", number, after=after))

    return {
        "recommendations": [_json_record(line, link) for line in records.lines],
        "next": page(records.older),
        "previous": page(records.newer, after=True),
    }


def _json_record(line: ListedRecord, link: Callable[[Recommendation], str]) -> dict[str, object]:
    record, summary = line.record, line.summary
    metadata = visible_metadata(record)
    return {
        "permalink": link(record),
        "title": metadata.title,
        "author": metadata.author,
        "identified": metadata.identified,
        "saved_at": record.saved_at.isoformat(),
        "tree": record.tree,
        "version": record.version,
        "outcome": summary.outcome,
        "name": summary.name,
        "policies": list(summary.policies),
        "status": line.status,
        "supersedes": link(record.supersedes) if record.supersedes else None,
        "superseded_by": [link(successor) for successor in line.superseded_by],
        "withdrawn": {
            "at": record.withdrawn_at.isoformat(),
            "because": record.withdrawn_because,
        }
        if record.withdrawn_at
        else None,
    }


def _selects(
    register: Register, filters: Filters, problems: Mapping[str, str]
) -> Iterator[pages.SelectPart]:
    """Yield the filters that can narrow the list, and those in use."""
    offered = {
        "tree": ("Decided with", "any tree", register.trees, 2),
        "outcome": ("Recommended", "anything", register.outcomes, 1),
        "policy": ("Changed by policy", "any or none", register.policies, 1),
        "status": ("Status today", "any status", STATUSES, 1),
    }
    for name, (label, none, choices, fewest) in offered.items():
        chosen = getattr(filters, name)
        if chosen or len(choices) >= fewest:
            ordered = choices.items() if name == "status" else _by_name(choices)
            yield pages.SelectPart(
                name, label, none, tuple(ordered), chosen, problems.get(name, "")
            )


def _by_name(choices: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(choices.items(), key=lambda choice: choice[1].casefold())


def _line_part(register: Register, line: ListedRecord) -> pages.LinePart:
    record, summary = line.record, line.summary
    metadata = visible_metadata(record)
    return pages.LinePart(
        link=record_link(record),
        outcome=summary.name,
        tree=register.trees[summary.tree] if len(register.trees) > 1 else "",
        author=metadata.author,
        identified=metadata.identified,
        saved_on=format_date(record.saved_at, "j F Y"),
        saved_at=record.saved_at.isoformat(timespec="seconds"),
        sign=_SIGNS[line.status],
        status=STATUSES[line.status],
        superseded_by=tuple(map(record_link, line.superseded_by)),
        policies=tuple(summary.policies.values()),
    )


def _summary(page: RecordPage) -> str:
    if not page.lines:
        return ""
    if page.older is not None or page.newer is not None:
        return "The newest decisions come first. More are on other pages."
    count = len(page.lines)
    return "One decision" if count == 1 else f"{count} decisions, the newest first"


def _empty(query: RegisterQuery, *, narrowed: bool) -> str:
    if query.number is not None:
        return "There are no older decisions."
    if narrowed:
        return "No saved decision matches. Search for other words or remove a filter."
    return "No decision has been saved yet. You can save one from the page of a result."

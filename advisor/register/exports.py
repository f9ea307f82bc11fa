"""Write the register as JSON and as an Atom feed, which hold the same about each decision."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from django.conf import settings
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape

from advisor.models import Recommendation
from advisor.register.build import drift_words
from advisor.register.listing import ListedRecord, RecordPage
from advisor.register.query import RegisterQuery
from advisor.saved.status import LABELS
from advisor.saved.visible_metadata import record_link, visible_metadata

# Makes an address absolute.
Absolute = Callable[[str], str]
# XML cannot hold these in any spelling.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_data(records: RecordPage, query: RegisterQuery, absolute: Absolute) -> dict[str, object]:
    """Return the records as data for JSON.

    `next` is the address of older records, `previous` of newer ones, or None. `total` is exact, or
    the least that there are.
    """

    def page(number: int | None, *, after: bool = False) -> str | None:
        return None if number is None else absolute(query.at("register-json", number, after=after))

    return {
        "total": {"count": records.total.count, "exact": records.total.exact},
        "recommendations": [_record(line, absolute) for line in records.lines],
        "next": page(records.older),
        "previous": page(records.newer, after=True),
    }


def as_atom(records: RecordPage, query: RegisterQuery, absolute: Absolute) -> str:
    """Return the newest of the records as an Atom feed."""
    address = absolute(query.at("register-feed"))
    feed = _Feed(
        title=_xml(f"Saved decisions – {settings.ADVISOR_NAME}"),
        link=absolute(query.at("register")),
        description="",
        feed_url=address,
        feed_guid=address,
        author_name=_xml(settings.ADVISOR_NAME),
    )
    for line in records.lines:
        metadata = visible_metadata(line.record)
        permalink = absolute(record_link(line.record).href)
        feed.add_item(
            title=_xml(metadata.title),
            link=permalink,
            unique_id=permalink,
            description=escape(_xml(_sentences(line))),
            author_name=_xml(metadata.author) or None,
            pubdate=line.record.saved_at,
            updateddate=line.updated_at,
            categories=_categories(line),
        )
    return feed.writeString("utf-8")


class _Feed(Atom1Feed):
    """An Atom feed that is the same whenever it is asked for.

    Without records it has not changed since 1970: Django would take the time of the request.
    """

    def latest_post_date(self) -> datetime:
        return super().latest_post_date() if self.items else datetime.fromtimestamp(0, UTC)


def _record(line: ListedRecord, absolute: Absolute) -> dict[str, object]:
    def link(record: Recommendation) -> str:
        return absolute(record_link(record).href)

    record, summary = line.record, line.summary
    metadata = visible_metadata(record)
    return {
        "permalink": link(record),
        "title": metadata.title,
        "author": metadata.author,
        "identified": metadata.identified,
        "saved_at": record.saved_at.isoformat(),
        "updated_at": line.updated_at.isoformat(),
        "tree": record.tree,
        "version": record.version,
        "outcome": summary.outcome,
        "name": summary.name,
        "recommended": summary.recommended or summary.name,
        "departs": bool(summary.recommended),
        "policies": list(summary.policies),
        "status": line.status,
        "drift": line.drift.status,
        "code": line.drift.code,
        "review_by": record.review_by.isoformat()
        if record.review_by and not record.withdrawn_at
        else None,
        "review_overdue": line.overdue,
        "supersedes": absolute(reverse("saved", args=[record.supersedes_id]))
        if record.supersedes_id
        else None,
        "superseded_by": [link(successor) for successor in line.superseded_by],
        "withdrawn": {
            "at": record.withdrawn_at.isoformat(),
            "because": record.withdrawn_because,
        }
        if record.withdrawn_at
        else None,
    }


def _sentences(line: ListedRecord) -> str:
    """Return the decision in words."""
    summary = line.summary
    instead = f" instead of {summary.recommended}" if summary.recommended else ""
    sentences = [LABELS[line.status], f"Chosen: {summary.name}{instead}", drift_words(line.drift)]
    if line.overdue:
        sentences.append("The review is overdue")
    return "".join(f"{sentence}. " for sentence in sentences).strip()


def _categories(line: ListedRecord) -> list[str]:
    """Return the values by which the register filters, each after the name of its filter."""
    terms = {
        "status": line.status,
        "drift": line.drift.status,
        "outcome": line.summary.outcome,
        "tree": line.summary.tree,
        "departs": "yes" if line.summary.recommended else "no",
    }
    terms |= {f"policy {id}": id for id in line.summary.policies}
    more = ["drift:code"] if line.drift.code == "changed" else []
    more += ["review:overdue"] if line.overdue else []
    return [*(f"{name.partition(' ')[0]}:{_xml(term)}" for name, term in terms.items()), *more]


def _xml(text: str) -> str:
    return _NO_XML.sub("", text)

"""Build the pages of saved decisions."""

from collections.abc import Iterable, Iterator
from urllib.parse import urlencode

from django.conf import settings
from django.template.defaultfilters import date as format_date
from django.urls import reverse

from advisor.catalogue import LoadedTree
from advisor.engine.walking import evaluate as engine
from advisor.exports.as_badge import as_snippets
from advisor.kits.bundle import Bundle, FrameworkFiles
from advisor.kits.download import Provenance, with_provenance
from advisor.models import EventKind, Recommendation
from advisor.saved import pages, records
from advisor.saved.events import possible_kinds
from advisor.saved.exported import AS, COMMENT, Permalink, provenance
from advisor.saved.status import EVENT_SIGNS, SIGNS, Decision
from advisor.saved.visible_metadata import record_link, visible_events, visible_metadata
from advisor.web import access
from advisor.web.addresses import FILES, FRAMEWORK, SEPARATE, Query, address
from advisor.web.markup import markdown
from advisor.web.pages import DownloadFormat, Link, SocialCard
from advisor.wizard.build import LAYOUTS, card_description
from advisor.wizard.build_parts import step, steps, tree_link
from advisor.wizard.build_result import kit_files, recommendation
from advisor.wizard.result_parts import KitPart, TabPart


def save_page(
    query: Query,
    result: engine.Result,
    author: str | None,
    before: Recommendation | None,
    saved_before: Recommendation | None,
) -> pages.SavePage:
    """Build the page around the form that saves a result.

    `author` is None where the form asks for one. `before` is the record to be replaced, if any.
    `saved_before` is what this browser saved from the same address, if anything.
    """
    return pages.SavePage(
        title="Save this decision",
        tree=tree_link(query.loaded),
        name=result.name,
        verdict=result.verdict,
        trail=steps(query, result.trail, result.given),
        back=query.address("result", result.given),
        action=query.address("save", result.given),
        author=author or "",
        supersedes=record_link(before) if before else None,
        recommended=result.recommended_name if result.departure else "",
        audience=tuple(audience(listed=settings.ADVISOR_REGISTER, signed_in=author is not None)),
        saved_before=record_link(saved_before) if saved_before else None,
    )


def audience(*, listed: bool, signed_in: bool) -> Iterator[str]:
    """Yield sentences that say who sees what is saved."""
    readers = "Everybody who can sign in here" if signed_in else "Everybody who can open this site"
    yield "A saved decision gets its own link. What you save never changes."
    if listed:
        yield f"{readers} sees the title and the author in the list of saved decisions."
        yield "A search finds the decision by words of its context, and opens all of it."
    else:
        holders = "who can sign in here and has the link" if signed_in else "who has the link"
        yield f"It is in no list. Everybody {holders} can read all of it."


def saved_page(
    record: Recommendation,
    bundle: Bundle,
    decision: Decision,
    today: pages.StatusBannerPart,
    loaded: LoadedTree | None,
    framework_id: str,
    permalink: Permalink,
    *,
    separate: bool = False,
) -> pages.SavedPage:
    """Build the page of a decision from its record; only the banner depends on a tree of today.

    `loaded` is today's tree, None where the site no longer serves it. An unknown framework means
    the first.
    """
    result = bundle.result
    metadata = visible_metadata(record)
    link = permalink(record.id)
    origin = provenance(record, result, decision, permalink)
    return pages.SavedPage(
        title=metadata.title,
        tree=Link(result.tree, address("tree", record.tree, {}) if loaded else ""),
        decision=decision_part(record, result, decision),
        context=markdown(metadata.context),
        author=metadata.author,
        identified=metadata.identified,
        saved_on=format_date(record.saved_at, "j F Y"),
        saved_at=record.saved_at.isoformat(timespec="seconds"),
        version=record.version,
        permalink=link,
        recommendation=recommendation(
            result,
            saved_kit(record, bundle, framework_id, origin, separate=separate),
            tuple(step(answered, "") for answered in result.trail),
        ),
        formats=(
            DownloadFormat(
                "Markdown",
                reverse("saved-md", args=[record.id]),
                copied=True,
                copied_from=f"{reverse('saved-md', args=[record.id])}?{urlencode({AS: COMMENT})}",
            ),
            DownloadFormat("JSON", reverse("saved-json", args=[record.id])),
        ),
        card=None
        if record.withdrawn_at
        else SocialCard("article", metadata.title, card_description(result), link),
        badge=badge(record, result, link),
        status_banner=today,
        relations=relations(record, decision),
    )


def decision_part(
    record: Recommendation, result: engine.Result, decision: Decision
) -> pages.DecisionPart:
    """Build the decision as its page begins: with what people decided."""
    metadata = visible_metadata(record)
    return pages.DecisionPart(
        status=decision.label,
        sign=SIGNS[decision.status],
        waits_for=waits_for(decision),
        chosen=result.name,
        recommended=result.recommended_name if result.departure else "",
        reason=markdown(metadata.reason),
        decision_makers=metadata.decision_makers or metadata.author,
        consulted=metadata.consulted,
        informed=metadata.informed,
        discussion=metadata.discussion,
        review_by=format_date(decision.review_by, "j F Y") if decision.review_by else "",
        overdue=decision.overdue,
        reviews=tuple(
            pages.ReviewPart(
                kind=event.get_kind_display(),
                sign=EVENT_SIGNS[event.kind],
                by=event.by,
                identified=event.identified,
                on=format_date(event.at, "j F Y"),
                at=event.at.isoformat(timespec="seconds"),
                note=markdown(event.note),
            )
            for event in visible_events(record, decision.events)
        ),
        manage=reverse("saved-manage", args=[record.id]) if can_manage(record, decision) else "",
        needs_secret=settings.ADVISOR_ACCESS == access.OPEN,
    )


def can_manage(record: Recommendation, decision: Decision) -> bool:
    """Return whether somebody could record something about the decision."""
    knows_people = settings.ADVISOR_ACCESS != access.OPEN
    return bool(possible_kinds(decision)) and (knows_people or bool(record.key_hash))


def waits_for(decision: Decision) -> str:
    """Return how many more people must accept the decision, in words."""
    if decision.status != "proposed":
        return ""
    if decision.sign_offs == 1:
        return "Nobody has accepted it yet."
    return f"{decision.accepted_by} of {decision.sign_offs} people have accepted it."


def manage_page(
    record: Recommendation,
    result: engine.Result,
    decision: Decision,
    kinds: Iterable[tuple[EventKind, str]],
    signed_in: str | None,
) -> pages.ManagePage:
    """Build the page around the form that records what becomes of a decision."""
    offered = tuple((kind.value, label) for kind, label in kinds)
    message = ""
    if not possible_kinds(decision):
        message = f"This decision is {decision.status}. Nothing more can be recorded about it."
    elif not offered:
        message = "This decision has no secret link, so nothing can be recorded about it."
    return pages.ManagePage(
        title="Record what was decided",
        action=reverse("saved-manage", args=[record.id]),
        record=record_link(record),
        status=decision.label,
        name=result.name,
        kinds=offered,
        message=message,
        signed_in=signed_in or "",
        waits_for=waits_for(decision),
    )


def relations(record: Recommendation, decision: Decision) -> pages.RelationsPart:
    """Build what a record supersedes, what supersedes it, and its withdrawal."""
    direct = decision.superseded_by
    newest = records.latest_successor(direct)
    return pages.RelationsPart(
        supersedes=dated_link(record.supersedes) if record.supersedes else None,
        superseded_by=tuple(map(dated_link, direct)),
        newest=dated_link(newest) if newest and newest not in direct else None,
        withdrawn_on=format_date(record.withdrawn_at, "j F Y") if record.withdrawn_at else "",
        withdrawn_because=record.withdrawn_because,
    )


def dated_link(record: Recommendation) -> pages.DatedLinkPart:
    """Build a link to a record, with the day on which it was saved."""
    return pages.DatedLinkPart(record_link(record), format_date(record.saved_at, "j F Y"))


def identity(record: Recommendation) -> tuple[str, ...]:
    """Return lines that identify a record which cannot be shown: id, day, version, format."""
    return (
        f"Id: {record.id}",
        f"Saved on {format_date(record.saved_at, 'j F Y')}",
        f"Version of the tree: {record.version or 'not recorded'}",
        f"Format: {record.format}",
    )


def badge(record: Recommendation, result: engine.Result, permalink: str) -> pages.BadgePart:
    """Build the badge and the snippets that embed it.

    The snippets do not contain the status, because they are pasted once and the status can change.
    """
    alt = f"{result.words.outcome}: {result.name}"
    markdown, html = as_snippets(alt, f"{permalink}badge.svg", permalink)
    return pages.BadgePart(
        reverse("saved-badge", args=[record.id]),
        (
            pages.SnippetPart("badge-markdown", "Markdown", markdown),
            pages.SnippetPart("badge-html", "HTML", html),
        ),
    )


def saved_kit(
    record: Recommendation,
    bundle: Bundle,
    framework_id: str,
    origin: Provenance,
    *,
    separate: bool = False,
) -> KitPart | None:
    """Build the kit for one framework, with its `origin`; None without a kit."""
    shown = bundle.framework(framework_id)
    if shown is None:
        return None
    page, archive = (reverse(name, args=[record.id]) for name in ("saved", "saved-kit"))
    first = bundle.frameworks[0]

    def address_of(path: str, framework: FrameworkFiles, *, separate: bool = separate) -> str:
        state = {FRAMEWORK: framework.id} if framework is not first else {}
        query = urlencode({**state, FILES: SEPARATE} if separate else state)
        return f"{path}?{query}" if query else path

    tabs = tuple(
        TabPart(framework.label, f"{address_of(page, framework)}#kit", framework is shown)
        for framework in bundle.frameworks
    )
    layouts = (
        TabPart(label, f"{address_of(page, shown, separate=other)}#kit", other == separate)
        for label, other in LAYOUTS.items()
    )
    return KitPart(
        frameworks=tabs if len(tabs) > 1 else (),
        files=kit_files(with_provenance(shown.laid_out(separate=separate), origin)),
        download=address_of(archive, shown),
        layouts=tuple(layouts) if shown.joined else (),
    )

"""Build the pages of saved decisions."""

from urllib.parse import urlencode

from django.template.defaultfilters import date as format_date
from django.urls import reverse

from advisor.engine.walking import evaluate as engine
from advisor.exports.as_badge import as_snippets
from advisor.kits.bundle import Bundle, FrameworkFiles
from advisor.kits.download import Provenance, with_provenance
from advisor.models import Recommendation
from advisor.saved import pages, records
from advisor.saved.visible_metadata import record_link, visible_metadata
from advisor.web.addresses import FRAMEWORK, Query
from advisor.web.markup import markdown
from advisor.web.pages import DownloadFormat, SocialCard
from advisor.wizard.build import LAYOUTS, card_description, with_layout
from advisor.wizard.build_parts import step, steps, tree_link
from advisor.wizard.build_result import kit_files, recommendation
from advisor.wizard.result_parts import KitPart, TabPart


def save_page(
    query: Query, result: engine.Result, author: str | None, before: Recommendation | None
) -> pages.SavePage:
    """Build the page around the form that saves a result.

    `author` is None where the form asks for one. `before` is the record to be replaced, if any.
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
    )


def saved_page(
    record: Recommendation,
    bundle: Bundle,
    today: pages.StatusBannerPart,
    framework_id: str,
    permalink: str,
    *,
    separate: bool = False,
) -> pages.SavedPage:
    """Build the page of a decision from its record; only the banner depends on a tree of today.

    `permalink` is absolute. An unknown framework means the first.
    """
    result = bundle.result
    metadata = visible_metadata(record)
    return pages.SavedPage(
        title=metadata.title,
        tree_title=result.tree,
        context=markdown(metadata.context),
        author=metadata.author,
        identified=metadata.identified,
        saved_on=format_date(record.saved_at, "j F Y"),
        saved_at=record.saved_at.isoformat(timespec="seconds"),
        version=record.version,
        permalink=permalink,
        recommendation=recommendation(
            result,
            saved_kit(record, bundle, framework_id, permalink, separate=separate),
            tuple(step(answered, "") for answered in result.trail),
        ),
        formats=(
            DownloadFormat("Markdown", reverse("saved-md", args=[record.id]), copied=True),
            DownloadFormat("JSON", reverse("saved-json", args=[record.id])),
        ),
        card=None
        if record.withdrawn_at
        else SocialCard("article", metadata.title, card_description(result), permalink),
        badge=badge(record, result, permalink),
        status_banner=today,
        relations=relations(record),
    )


def relations(record: Recommendation) -> pages.RelationsPart:
    """Build what a record supersedes, what supersedes it, and its withdrawal."""
    direct = list(record.superseded_by.order_by("saved_at", "id"))
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
    permalink: str,
    *,
    separate: bool = False,
) -> KitPart | None:
    """Build the kit for one framework, with its provenance; None without a kit."""
    shown = bundle.framework(framework_id)
    if shown is None:
        return None
    page, archive = (reverse(name, args=[record.id]) for name in ("saved", "saved-kit"))
    first = bundle.frameworks[0]

    def address(path: str, framework: FrameworkFiles, *, separate: bool = separate) -> str:
        state = {FRAMEWORK: framework.id} if framework is not first else {}
        query = urlencode(with_layout(state, separate))
        return f"{path}?{query}" if query else path

    tabs = tuple(
        TabPart(framework.label, f"{address(page, framework)}#kit", framework is shown)
        for framework in bundle.frameworks
    )
    layouts = (
        TabPart(label, f"{address(page, shown, separate=other)}#kit", other == separate)
        for label, other in LAYOUTS.items()
    )
    provenance = Provenance(permalink, record.version, record.saved_at)
    return KitPart(
        frameworks=tabs if len(tabs) > 1 else (),
        files=kit_files(with_provenance(shown.laid_out(separate=separate), provenance)),
        download=address(archive, shown),
        layouts=tuple(layouts) if shown.joined else (),
    )

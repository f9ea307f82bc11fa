"""Builds the pages: from a tree, a trail or a result to everything that a template prints."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.template.defaultfilters import date as format_date
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from advisor.catalogue import Served
from advisor.engine.policies.effective import document_for
from advisor.engine.tree import model
from advisor.engine.tree.graph import Ask
from advisor.engine.walking import evaluate as engine
from advisor.exports.as_badge import as_snippets
from advisor.kits.bundle import Bundle, FrameworkFiles
from advisor.kits.download import Provenance, with_provenance
from advisor.kits.kit import Kit
from advisor.kits.writing import write
from advisor.models import Recommendation
from advisor.saved import records
from advisor.saved.visible_metadata import visible_metadata
from advisor.web.addresses import ASKED, WAY, Query, address
from advisor.web.markup import markdown, text
from advisor.wizard import pages, result_parts
from advisor.wizard.tree_picture import picture

NOTHING: SafeString = mark_safe("")


def site(served: Served | None = None) -> pages.Site:
    """The frame. Only pages of a tree that is served today link to it."""
    links: tuple[pages.Link, ...] = ()
    if settings.ADVISOR_REGISTER:
        links = (pages.Link("Saved", reverse("register")),)
    if served is not None:
        links = (
            pages.Link("The tree", address("tree", served.slug, {})),
            pages.Link("Compare", address("compare", served.slug, {})),
            *links,
        )
    return pages.Site(settings.ADVISOR_NAME, reverse("home"), links)


def trees_page(served: Iterable[Served]) -> pages.TreesPage:
    return pages.TreesPage(
        tuple((result_parts.tree_link(one), markdown(one.tree.document.summary)) for one in served)
    )


def home_page(served: Served, url: str) -> pages.HomePage:
    tree = served.tree
    document = tree.document
    return pages.HomePage(
        title=document.title,
        card=pages.Card("website", document.title, text(document.summary), url),
        summary=markdown(document.summary),
        words=result_parts.words(document.words),
        start=address("ask", served.slug, {}),
        compare=address("compare", served.slug, {}),
        questions=tuple(question.ask for question in document.questions.values()),
        outcomes=tuple(
            result_parts.in_play(engine.option(tree, id)) for id in tree.outcomes(tree.root.in_play)
        ),
        taken_out=tuple(map(result_parts.ruled_out, engine.taken_out_by_policies(tree))),
        policies=result_parts.policies(tree),
        picture=picture(served),
        studio=studio(served.slug),
    )


def studio(slug: str) -> str:
    """Where the tree can be edited, or nothing."""
    return address("studio", slug, {}) if settings.ADVISOR_STUDIO else ""


def question_page(query: Query, asking: engine.Asking, *, unanswered: bool) -> pages.QuestionPage:
    document = query.served.tree.document
    question = document.questions[asking.question]
    number = len(asking.trail) + 1
    total = len(asking.trail) + asking.node.longest
    answers = asking.answers
    return pages.QuestionPage(
        title=question.ask,
        tree=result_parts.tree_link(query.served),
        words=result_parts.words(document.words),
        position=result_parts.position(asking),
        number=number,
        total=total,
        ask=question.ask,
        hint=markdown(question.hint) if question.hint else NOTHING,
        field=asking.question,
        choices=tuple(
            pages.Choice(id, answer.label, answer.hint or "")
            for id, answer in question.answers.items()
        ),
        kept=(*answers.items(), *query.kept.items()),
        asked=ASKED,
        action=address("ask", query.served.slug, {}),
        back=result_parts.change(query, answers, asking.trail[-1].question) if asking.trail else "",
        error="Choose an answer." if unanswered else "",
        trail=result_parts.steps(query, asking.trail, answers),
        in_play=tuple(map(result_parts.in_play, asking.in_play)),
        ruled_out=tuple(map(result_parts.ruled_out, asking.ruled_out)),
        policies=result_parts.policies(query.served.tree),
        picture=picture(
            query.served, {step.question: step.answer for step in asking.trail}, query.kept
        ),
        supersedes=answered_again(query),
    )


def result_page(query: Query, result: engine.Result, url: str) -> pages.ResultPage:
    served, answers = query.served, result.answers
    parameters = document_for(served.tree, result.outcome, answers).parameters
    kit = served.kits.get(result.outcome)
    used = kit.parameters if kit else {}
    settings, messages = query.settings(kit, parameters) if kit else ({}, {})
    # What cannot be used stays in the form and out of every other link.
    kept = {id: text for id, text in query.kept.items() if id not in messages}
    return pages.ResultPage(
        title=result.name,
        tree=result_parts.tree_link(served),
        recommendation=result_parts.recommendation(
            result,
            live_kit(query, kit, result, settings, kept, url) if kit else None,
            result_parts.steps(query, result.trail, answers),
            lambda view, others: address(view, served.slug, {**others, **kept}),
        ),
        fields=tuple(
            result_parts.field(id, parameters[id], query.values.get(id), messages.get(id, ""))
            for id in used
        ),
        kept=(
            *answers.items(),
            *((id, text) for id, text in query.kept.items() if id not in used),
        ),
        action=address("result", served.slug, {}),
        save=address("save", served.slug, {**answers, **kept}),
        restart=replace(query, values={}, way="").address("ask", {}),
        formats=(
            pages.Format("Markdown", address("result-md", served.slug, answers), copied=True),
            pages.Format("JSON", address("result-json", served.slug, {**answers, **kept})),
        ),
        card=pages.Card("website", result.name, recommended(result), url),
        picture=picture(served, answers, query.kept),
        supersedes=answered_again(query),
    )


def answered_again(query: Query) -> str:
    """The link of the record that will be superseded. Whether there is one is asked when saving."""
    return reverse("saved", args=[query.supersedes]) if query.supersedes else ""


def recommended(result: engine.Result) -> str:
    return f"Recommended {result.words.outcome}: {result.name}. {result.verdict}"


def live_kit(
    query: Query,
    kit: Kit,
    result: engine.Result,
    settings: Mapping[str, str | int],
    kept: Mapping[str, str],
    url: str,
) -> pages.Kit:
    served = query.served
    document = document_for(served.tree, result.outcome, result.answers)
    ways = write(kit, document.parameters, settings)
    first = next(iter(ways))
    way = query.way if query.way in ways else first
    state = {**result.answers, **kept}
    tabs = []
    for id in ways:
        its = {name: value for name, value in state.items() if name != WAY}
        href = address("result", served.slug, its if id == first else {**its, WAY: id})
        tabs.append(pages.Tab(document.ways[id].label if id else "", f"{href}#kit", id == way))
    return pages.Kit(
        ways=tuple(tabs) if len(tabs) > 1 else (),
        files=result_parts.kit_files(with_provenance(ways[way], origin(url, served.version))),
        download=address("kit", served.slug, state),
    )


def save_page(
    query: Query, result: engine.Result, author: str | None, before: Recommendation | None
) -> pages.SavePage:
    return pages.SavePage(
        title="Save this recommendation",
        tree=result_parts.tree_link(query.served),
        name=result.name,
        verdict=result.verdict,
        trail=result_parts.steps(query, result.trail, result.answers),
        back=query.address("result", result.answers),
        action=query.address("save", result.answers),
        author=author or "",
        supersedes=result_parts.record_link(before) if before else None,
    )


def saved_page(
    record: Recommendation,
    frozen: Bundle,
    today: pages.Band,
    way_id: str,
    permalink: str,
) -> pages.SavedPage:
    """Built from the record alone, but for the band: no later edit of a tree shows elsewhere."""
    result = frozen.result
    said = visible_metadata(record)
    return pages.SavedPage(
        title=said.title,
        tree_title=result.tree,
        context=markdown(said.context),
        author=said.author,
        identified=said.identified,
        saved_on=format_date(record.saved_at, "j F Y"),
        saved_at=record.saved_at.isoformat(timespec="seconds"),
        version=record.version,
        permalink=permalink,
        recommendation=result_parts.recommendation(
            result,
            saved_kit(record, frozen, way_id, permalink),
            tuple(result_parts.step(answered, "") for answered in result.trail),
        ),
        formats=(
            pages.Format("Markdown", reverse("saved-md", args=[record.id]), copied=True),
            pages.Format("JSON", reverse("saved-json", args=[record.id])),
        ),
        card=None
        if record.withdrawn_at
        else pages.Card("article", said.title, recommended(result), permalink),
        badge=badge(record, result, permalink),
        band=today,
        relations=relations(record),
    )


def relations(record: Recommendation) -> pages.Relations:
    direct = list(record.superseded_by.order_by("saved_at", "id"))
    newest = records.latest_successor(direct)
    return pages.Relations(
        supersedes=dated(record.supersedes) if record.supersedes else None,
        superseded_by=tuple(map(dated, direct)),
        newest=dated(newest) if newest and newest not in direct else None,
        withdrawn_on=format_date(record.withdrawn_at, "j F Y") if record.withdrawn_at else "",
        withdrawn_because=record.withdrawn_because,
    )


def dated(record: Recommendation) -> pages.Dated:
    return pages.Dated(result_parts.record_link(record), format_date(record.saved_at, "j F Y"))


def identity(record: Recommendation) -> tuple[str, ...]:
    """By what a record that cannot be shown is found again."""
    return (
        f"Id: {record.id}",
        f"Saved on {format_date(record.saved_at, 'j F Y')}",
        f"Version of the tree: {record.version or 'not recorded'}",
        f"Format: {record.format}",
    )


def badge(record: Recommendation, result: engine.Result, permalink: str) -> pages.Badge:
    """The texts are to be pasted elsewhere, so the status is in the picture only."""
    alt = f"{result.words.outcome}: {result.name}"
    markdown, html = as_snippets(alt, f"{permalink}badge.svg", permalink)
    return pages.Badge(
        reverse("saved-badge", args=[record.id]),
        (
            pages.Snippet("badge-markdown", "Markdown", markdown),
            pages.Snippet("badge-html", "HTML", html),
        ),
    )


def saved_kit(
    record: Recommendation, frozen: Bundle, way_id: str, permalink: str
) -> pages.Kit | None:
    shown = frozen.way(way_id)
    if shown is None:
        return None
    page, archive = (reverse(name, args=[record.id]) for name in ("saved", "saved-kit"))

    def with_way(path: str, way: FrameworkFiles) -> str:
        return path if way is frozen.ways[0] else f"{path}?{urlencode({WAY: way.id})}"

    tabs = tuple(
        pages.Tab(way.label, f"{with_way(page, way)}#kit", way is shown) for way in frozen.ways
    )
    about = origin(permalink, record.version, record.saved_at)
    return pages.Kit(
        ways=tabs if len(tabs) > 1 else (),
        files=result_parts.kit_files(with_provenance(shown.files, about)),
        download=with_way(archive, shown),
    )


def origin(url: str, version: str, saved_at: datetime | None = None) -> Provenance:
    return Provenance(url, version, format_date(saved_at, "j F Y") if saved_at else "")


def compare_page(served: Served) -> pages.ComparePage:
    tree = served.tree
    document = tree.document
    after: dict[tuple[str, str], tuple[int, int]] = {}
    for node in tree.nodes():
        if isinstance(node, Ask):
            for answer, child in node.next.items():
                chosen, possible = after.get((node.question, answer), (0, 0))
                after[node.question, answer] = chosen | child.chosen, possible | child.in_play
    placed = {question for question, _ in after}
    columns = {id: its for id, its in document.questions.items() if id in placed}
    rows = []
    for bit, id in enumerate(tree.outcome_ids):
        outcome = document.outcomes[id]
        cells = tuple(
            tuple(
                pages.Cell(its.label, _standing(after[question_id, answer], 1 << bit))
                for answer, its in question.answers.items()
            )
            for question_id, question in columns.items()
        )
        if tree.root.in_play >> bit & 1:
            rows.append(
                pages.Row(
                    outcome.name,
                    outcome.verdict,
                    outcome.gives,
                    outcome.costs,
                    cells,
                    _figures(document, id),
                )
            )
    return pages.ComparePage(
        title=f"All {document.words.outcomes} side by side",
        tree=result_parts.tree_link(served),
        words=result_parts.words(document.words),
        columns=tuple(question.short for question in columns.values()),
        rows=tuple(rows),
        taken_out=tuple(map(result_parts.ruled_out, engine.taken_out_by_policies(tree))),
        policies=result_parts.policies(tree),
        figures=tuple(document.figures.values()) if document.measured else (),
        measured_on=result_parts.day(document.measured.on) if document.measured else "",
        machine=document.measured.machine if document.measured else "",
    )


def _figures(document: model.Document, outcome: str) -> tuple[str, ...]:
    kit = document.measured.kits.get(outcome) if document.measured else None
    return tuple(kit.figures.get(id, "") for id in document.figures) if kit else ()


def _standing(masks: tuple[int, int], bit: int) -> pages.Standing:
    chosen, possible = masks
    return "first" if chosen & bit else "alternative" if possible & bit else "no"

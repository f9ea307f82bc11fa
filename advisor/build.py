"""Builds the pages: from a tree, a trail or a result to everything that a template prints."""

from collections.abc import Iterable, Mapping

from django.conf import settings
from django.template.defaultfilters import date as format_date
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from advisor import kits, pages
from advisor.catalogue import Served
from advisor.engine import evaluate as engine
from advisor.engine import model
from advisor.engine.graph import Ask
from advisor.markup import code, markdown
from advisor.models import Recommendation
from advisor.picture import picture
from advisor.query import ASKED, Query, address

NOTHING: SafeString = mark_safe("")


def site(served: Served | None = None) -> pages.Site:
    """The frame. Only pages of a tree that is served today link to it."""
    links: tuple[pages.Link, ...] = ()
    if served is not None:
        links = (
            pages.Link("The tree", address("tree", served.slug, {})),
            pages.Link("Compare", address("compare", served.slug, {})),
        )
    return pages.Site(settings.ADVISOR_NAME, reverse("home"), links)


def trees_page(served: Iterable[Served]) -> pages.TreesPage:
    return pages.TreesPage(
        tuple((tree_link(one), markdown(one.tree.document.summary)) for one in served)
    )


def home_page(served: Served) -> pages.HomePage:
    tree = served.tree
    document = tree.document
    return pages.HomePage(
        title=document.title,
        summary=markdown(document.summary),
        words=words(document.words),
        start=address("ask", served.slug, {}),
        compare=address("compare", served.slug, {}),
        questions=tuple(question.ask for question in document.questions.values()),
        outcomes=tuple(in_play(engine.option(tree, id)) for id in tree.outcomes(tree.root.in_play)),
        picture=picture(served),
    )


def question_page(query: Query, asking: engine.Asking, *, unanswered: bool) -> pages.QuestionPage:
    document = query.served.tree.document
    question = document.questions[asking.question]
    number = len(asking.trail) + 1
    total = len(asking.trail) + asking.node.longest
    exact = asking.node.shortest == asking.node.longest
    answers = asking.answers
    return pages.QuestionPage(
        title=question.ask,
        tree=tree_link(query.served),
        words=words(document.words),
        position=f"Question {number} of {'' if exact else 'up to '}{total}",
        number=number,
        total=total,
        ask=question.ask,
        hint=markdown(question.hint) if question.hint else NOTHING,
        field=asking.question,
        choices=tuple(
            pages.Choice(id, answer.label, answer.hint or "")
            for id, answer in question.answers.items()
        ),
        kept=(*answers.items(), *query.values.items()),
        asked=ASKED,
        action=address("ask", query.served.slug, {}),
        back=change(query, answers, asking.trail[-1].question) if asking.trail else "",
        error="Choose an answer." if unanswered else "",
        trail=steps(query, asking.trail, answers),
        in_play=tuple(map(in_play, asking.in_play)),
        ruled_out=tuple(map(ruled_out, asking.ruled_out)),
        picture=picture(
            query.served, {step.question: step.answer for step in asking.trail}, query.values
        ),
    )


def result_page(query: Query, result: engine.Result) -> pages.ResultPage:
    served, answers = query.served, result.answers
    parameters = served.tree.document.parameters
    kit = served.kits.get(result.outcome)
    used = kit.parameters if kit else ()
    given = {id: text for id, text in query.values.items() if id in used}
    values, messages = kits.accepted(parameters, given)
    files = kits.write(kit, parameters, values) if kit else ()
    kept = {id: text for id, text in given.items() if id in values}
    others = {id: text for id, text in query.values.items() if id not in used}
    return pages.ResultPage(
        title=result.name,
        tree=tree_link(served),
        recommendation=recommendation(
            result,
            files,
            address("kit", served.slug, {**answers, **kept}) if kit else "",
            steps(query, result.trail, answers),
        ),
        fields=tuple(
            field(id, parameters[id], query.values.get(id), messages.get(id, "")) for id in used
        ),
        kept=(*answers.items(), *others.items()),
        action=address("result", served.slug, {}),
        save=address("save", served.slug, {**answers, **kept, **others}),
        restart=address("ask", served.slug, {}),
        formats=(
            pages.Link("Markdown", address("result-md", served.slug, answers)),
            pages.Link("JSON", address("result-json", served.slug, answers)),
        ),
        picture=picture(served, answers, query.values),
    )


def save_page(query: Query, result: engine.Result) -> pages.SavePage:
    return pages.SavePage(
        title="Save this recommendation",
        tree=tree_link(query.served),
        name=result.name,
        verdict=result.verdict,
        trail=steps(query, result.trail, result.answers),
        back=query.address("result", result.answers),
        action=query.address("save", result.answers),
    )


def saved_page(
    record: Recommendation, result: engine.Result, files: tuple[kits.KitFile, ...], permalink: str
) -> pages.SavedPage:
    """Built from the record alone, so that no later edit of a tree shows here."""
    return pages.SavedPage(
        title=record.title,
        tree_title=result.tree,
        context=markdown(record.context),
        author=record.author,
        saved_on=format_date(record.saved_at, "j F Y"),
        saved_at=record.saved_at.isoformat(timespec="seconds"),
        version=record.version,
        permalink=permalink,
        afresh=address("result", record.tree, {**result.answers, **record.values}),
        recommendation=recommendation(
            result,
            files,
            reverse("saved-kit", args=[record.id]) if files else "",
            tuple(step(answered, "") for answered in result.trail),
        ),
        formats=(
            pages.Link("Markdown", reverse("saved-md", args=[record.id])),
            pages.Link("JSON", reverse("saved-json", args=[record.id])),
        ),
    )


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
                pages.Row(outcome.name, outcome.verdict, outcome.gives, outcome.costs, cells)
            )
    return pages.ComparePage(
        title=f"All {document.words.outcomes} side by side",
        tree=tree_link(served),
        words=words(document.words),
        columns=tuple(question.short for question in columns.values()),
        rows=tuple(rows),
    )


def _standing(masks: tuple[int, int], bit: int) -> pages.Standing:
    chosen, possible = masks
    return "first" if chosen & bit else "alternative" if possible & bit else "no"


# Parts that several pages share


def recommendation(
    result: engine.Result,
    files: tuple[kits.KitFile, ...],
    download: str,
    trail: tuple[pages.Step, ...],
) -> pages.Recommendation:
    caveats = tuple(map(caveat, result.caveats))
    return pages.Recommendation(
        words=words(result.words),
        name=result.name,
        verdict=result.verdict,
        because=markdown(result.because),
        first=markdown(result.first),
        note=markdown(result.note),
        sources=citations(result.sources),
        gives=result.gives,
        costs=result.costs,
        trail=trail,
        alternatives=tuple(
            pages.Alternative(one.name, one.verdict, markdown(one.when))
            for one in result.alternatives
        ),
        ruled_out=tuple(map(ruled_out, result.ruled_out)),
        caveats=tuple(one for one in caveats if not one.corrects),
        corrections=tuple(one for one in caveats if one.corrects),
        references=references(result),
        kit=pages.Kit(tuple(map(kit_file, files)), download) if files else None,
    )


def tree_link(served: Served) -> pages.Link:
    return pages.Link(served.tree.document.title, address("tree", served.slug, {}))


def words(its: model.Words) -> pages.Words:
    return pages.Words(its.outcome, its.outcomes, its.corrections)


def change(query: Query, answers: Mapping[str, str], question: str) -> str:
    """Asks one question again and keeps the other answers; those that no longer apply fall away."""
    return query.address("ask", {id: value for id, value in answers.items() if id != question})


def steps(
    query: Query, trail: Iterable[engine.Answered], answers: Mapping[str, str]
) -> tuple[pages.Step, ...]:
    return tuple(step(answered, change(query, answers, answered.question)) for answered in trail)


def step(answered: engine.Answered, change: str) -> pages.Step:
    return pages.Step(
        answered.ask, answered.short, answered.label, markdown(answered.because), change
    )


def in_play(option: engine.Option) -> pages.InPlay:
    return pages.InPlay(option.name, option.verdict)


def ruled_out(one: engine.RuledOut) -> pages.RuledOut:
    return pages.RuledOut(one.name, one.short, one.label, markdown(one.because))


def caveat(one: engine.Caveat) -> pages.Caveat:
    return pages.Caveat(
        one.id,
        one.title,
        one.weight,
        markdown(one.text),
        markdown(one.corrects),
        citations(one.sources),
    )


def citations(cited: Iterable[engine.Citation]) -> tuple[pages.Citation, ...]:
    """Each source once, with all its places."""
    places: dict[str, list[engine.Citation]] = {}
    for one in cited:
        places.setdefault(one.source, []).append(one)
    return tuple(
        pages.Citation(
            first.short, ", ".join(one.place for one in same if one.place), first.url, ""
        )
        for same in places.values()
        for first in same[:1]
    )


def references(result: engine.Result) -> tuple[pages.Citation, ...]:
    """Every source that the page cites, in full, in the order of its title."""
    cited = {one.source: one for one in result.sources}
    for its in result.caveats:
        cited |= {one.source: one for one in its.sources}
    in_order = sorted(cited.values(), key=lambda one: one.title.casefold())
    return tuple(pages.Citation(one.title, "", one.url, one.note) for one in in_order)


def kit_file(file: kits.KitFile) -> pages.KitFile:
    return pages.KitFile(file.name, code(file.name, file.text), file.text, file.text.count("\n"))


def field(id: str, parameter: model.Parameter, text: str | None, message: str) -> pages.Field:
    number = parameter.type == "integer"
    return pages.Field(
        name=id,
        label=parameter.label,
        value=parameter.default if text is None else text,
        help=parameter.help or "",
        unit=parameter.unit or "",
        kind={"integer": "number", "url": "url"}.get(parameter.type, "text"),
        minimum=str(parameter.minimum) if number and parameter.minimum is not None else "",
        maximum="" if parameter.maximum is None else str(parameter.maximum),
        error=message,
    )

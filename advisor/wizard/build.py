"""Build the page models of the wizard from a tree, a question or a result."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from advisor.catalogue import LoadedTree
from advisor.engine.policies.effective import document_for, limiting_policies
from advisor.engine.tree import model
from advisor.engine.tree.graph import Ask, Tree
from advisor.engine.tree.parameter_values import Value
from advisor.engine.walking import evaluate as engine
from advisor.engine.walking.choices import with_choices
from advisor.kits.bundle import frameworks_of
from advisor.kits.download import Provenance, with_provenance
from advisor.kits.kit import Kit
from advisor.web.addresses import (
    ASKED,
    Query,
    address,
    outcome_address,
)
from advisor.web.frame import studio_address
from advisor.web.markup import markdown, text
from advisor.web.pages import DownloadFormat, SocialCard
from advisor.wizard import pages, parts
from advisor.wizard.build_parts import (
    NOT_SURE,
    change_address,
    citations,
    day,
    outcome,
    policies,
    position,
    ruled_out,
    steps,
    tree_link,
    vocabulary,
)
from advisor.wizard.build_result import field, kit_files, recommendation
from advisor.wizard.live_result import selection_of
from advisor.wizard.result_parts import KitPart, TabPart
from advisor.wizard.tree_picture import picture

NO_MARKUP: SafeString = mark_safe("")


def trees_page(loaded: Iterable[LoadedTree]) -> pages.TreesPage:
    """Build the start page of a site with several trees."""
    return pages.TreesPage(
        tuple((tree_link(loaded), markdown(loaded.tree.document.summary)) for loaded in loaded)
    )


def home_page(loaded: LoadedTree, url: str) -> pages.HomePage:
    """Build the start page of a tree. `url` is its absolute address."""
    tree = loaded.tree
    document = tree.document
    return pages.HomePage(
        title=document.title,
        card=SocialCard("website", document.title, text(document.summary), url),
        summary=markdown(document.summary),
        words=vocabulary(document.words),
        start=address("ask", loaded.slug, {}),
        compare=address("compare", loaded.slug, {}),
        questions=tuple(question.ask for question in document.questions.values()),
        outcomes=_outcomes(loaded, tree.root.chosen),
        alternatives=_outcomes(loaded, tree.root.in_play & ~tree.root.chosen),
        not_for=tuple(
            parts.NotForPart(
                id,
                entry.title,
                markdown(entry.text),
                citations(engine.citations(document, entry.sources)),
            )
            for id, entry in document.not_for.items()
        ),
        taken_out=tuple(map(ruled_out, engine.taken_out_by_policies(tree))),
        policies=policies(tree),
        picture=picture(loaded),
        studio=studio_address(loaded.slug),
    )


def _outcomes(loaded: LoadedTree, mask: int) -> tuple[parts.OutcomePart, ...]:
    tree = loaded.tree
    return tuple(
        outcome(engine.option(tree, id), outcome_address(loaded.slug, id))
        for id in tree.outcomes(mask)
    )


def question_page(query: Query, asking: engine.Asking, *, unanswered: bool) -> pages.QuestionPage:
    """Build the page of the next question; `unanswered` adds the error of a missing choice."""
    document = query.loaded.tree.document
    question = document.questions[asking.question]
    number = len(asking.trail) + 1
    total = len(asking.trail) + asking.node.longest
    answers = asking.given
    return pages.QuestionPage(
        title=question.ask,
        tree=tree_link(query.loaded),
        words=vocabulary(document.words),
        position=position(asking),
        number=number,
        total=total,
        ask=question.ask,
        hint=markdown(question.hint) if question.hint else NO_MARKUP,
        field=asking.question,
        choices=tuple(choices(question)),
        kept=(*answers.items(), *query.kept.items()),
        asked=ASKED,
        action=address("ask", query.loaded.slug, {}),
        back=change_address(query, answers, asking.trail[-1].question) if asking.trail else "",
        error="Choose an answer." if unanswered else "",
        trail=steps(query, asking.trail, answers),
        in_play=tuple(map(outcome, asking.in_play)),
        ruled_out=tuple(map(ruled_out, asking.ruled_out)),
        policies=policies(query.loaded.tree),
        picture=picture(
            query.loaded, {step.question: step.answer for step in asking.trail}, query.kept
        ),
        supersedes=superseded_address(query),
    )


def choices(question: model.Question) -> Iterator[pages.ChoicePart]:
    """Yield the answers to choose from, and last the one of somebody who does not know."""
    for id, answer in question.answers.items():
        yield pages.ChoicePart(id, answer.label, answer.hint or "")
    if question.unsure:
        assumed = question.answers[question.unsure.answer].label
        yield pages.ChoicePart(model.UNSURE, NOT_SURE, f"Assumes “{assumed}” for now.")


def result_page(query: Query, result: engine.Result, url: str) -> pages.ResultPage:
    """Build the page of a live result. `url` is its absolute address.

    A value that is not valid stays in its field with a message; links and code use the default.
    """
    loaded, answers = query.loaded, result.given
    parameters = document_for(loaded.tree, result.outcome, result.answers).parameters
    selection = selection_of(query, result)
    kit, used = selection.kit, selection.parameters
    result = with_choices(result, parameters, selection.settings)
    messages = {
        id: _with_limit(loaded.tree, result, id, text) for id, text in selection.messages.items()
    }
    # A value that is not valid stays in its field, and no link carries it.
    valid = {id: text for id, text in query.values.items() if id not in messages}
    linked = replace(query, values=valid)
    recommended = replace(linked, choose="")

    def choose_address(outcome: str) -> str:
        choose = "" if outcome == result.recommended else outcome
        return replace(linked, choose=choose).address("result", answers)

    return pages.ResultPage(
        title=result.name,
        tree=tree_link(loaded),
        recommendation=recommendation(
            result,
            live_kit(linked, kit, result, selection.settings, url) if kit else None,
            steps(query, result.trail, answers),
            recommended.address,
            choose_address,
            lambda id: outcome_address(loaded.slug, id),
        ),
        fields=tuple(
            field(id, parameter, query.values.get(id), messages.get(id, ""))
            for id, parameter in used.items()
        ),
        kept=(
            *answers.items(),
            *((id, text) for id, text in query.kept.items() if id not in used),
        ),
        action=address("result", loaded.slug, {}),
        save=linked.address("save", answers),
        restart=replace(query, values={}, framework="", choose="").address("ask", {}),
        formats=(
            DownloadFormat("Markdown", linked.address("result-md", answers), copied=True),
            DownloadFormat("JSON", linked.address("result-json", answers)),
        ),
        card=SocialCard("website", result.name, card_description(result), url),
        picture=picture(loaded, result.answers, query.kept),
        supersedes=superseded_address(query),
    )


def superseded_address(query: Query) -> str:
    """Return the address of the record that this result may replace, or an empty text.

    The record may not exist: only saving looks it up.
    """
    return reverse("saved", args=[query.supersedes]) if query.supersedes else ""


def card_description(result: engine.Result) -> str:
    """Return the text that other sites show for a link to this result."""
    if result.departure:
        recommended = result.departure.recommended.name
        return f"Chosen {result.words.outcome}: {result.name}. Recommended: {recommended}."
    return f"Recommended {result.words.outcome}: {result.name}. {result.verdict}"


def live_kit(
    query: Query, kit: Kit, result: engine.Result, settings: Mapping[str, Value], url: str
) -> KitPart:
    """Build the kit of a live result for the framework that the query names.

    `query` holds valid values only, `settings` are the values to write into the files, and `url` is
    the address to name as the origin. An unknown framework means the first.
    """
    loaded, answers = query.loaded, result.given
    document = document_for(loaded.tree, result.outcome, result.answers)
    frameworks = {files.id: files for files in frameworks_of(kit, document, settings)}
    first = next(iter(frameworks))
    framework = query.framework if query.framework in frameworks else first

    def tab(label: str, other: Query, *, current: bool) -> TabPart:
        return TabPart(label, f"{other.address('result', answers)}#kit", current)

    tabs = tuple(
        tab(
            document.frameworks[id].label if id else "",
            replace(query, framework="" if id == first else id),
            current=id == framework,
        )
        for id in frameworks
    )
    layouts = tuple(
        tab(label, replace(query, separate=separate), current=separate == query.separate)
        for label, separate in LAYOUTS.items()
    )
    shown = frameworks[framework]
    files = shown.laid_out(separate=query.separate)
    return KitPart(
        frameworks=tabs if len(tabs) > 1 else (),
        files=kit_files(with_provenance(files, Provenance(url, loaded.version))),
        download=query.address("kit", answers),
        layouts=layouts if shown.joined else (),
    )


LAYOUTS = {"One file": False, "Separate files": True}


def compare_page(loaded: LoadedTree) -> pages.ComparePage:
    """Build the comparison: for each outcome and answer, whether the outcome is still possible."""
    tree = loaded.tree
    document = tree.document
    after: dict[tuple[str, str], tuple[int, int]] = {}
    for node in tree.nodes():
        if isinstance(node, Ask):
            for answer, child in node.next.items():
                recommended, possible = after.get((node.question, answer), (0, 0))
                after[node.question, answer] = recommended | child.chosen, possible | child.in_play
    placed = {question for question, _ in after}
    columns = {id: question for id, question in document.questions.items() if id in placed}
    rows = []
    for bit, id in enumerate(tree.outcome_ids):
        outcome = document.outcomes[id]
        cells = tuple(
            tuple(
                pages.CellPart(details.label, _cell_state(after[question_id, answer], 1 << bit))
                for answer, details in question.answers.items()
            )
            for question_id, question in columns.items()
        )
        if tree.root.in_play >> bit & 1:
            rows.append(
                pages.RowPart(
                    outcome.name,
                    outcome_address(loaded.slug, id),
                    outcome.verdict,
                    outcome.gives,
                    outcome.costs,
                    cells,
                    _figures(document, id),
                )
            )
    return pages.ComparePage(
        title=f"All {document.words.outcomes} side by side",
        tree=tree_link(loaded),
        words=vocabulary(document.words),
        columns=tuple(question.short for question in columns.values()),
        rows=tuple(rows),
        taken_out=tuple(map(ruled_out, engine.taken_out_by_policies(tree))),
        policies=policies(tree),
        figures=tuple(document.figures.values()) if document.measured else (),
        measured_on=day(document.measured.on) if document.measured else "",
        machine=document.measured.machine if document.measured else "",
    )


def _with_limit(tree: Tree, result: engine.Result, parameter: str, message: str) -> str:
    """Return a message about a value that also names the policies that set the limit."""
    titles = limiting_policies(tree, result.outcome, result.answers, parameter)
    limit = f" (limit set by {' and '.join(titles)})" if titles else ""
    return f"{message.removesuffix('.')}{limit}." if limit else message


def _figures(document: model.Document, outcome: str) -> tuple[str, ...]:
    kit = document.measured.kits.get(outcome) if document.measured else None
    return tuple(kit.figures.get(id, "") for id in document.figures) if kit else ()


def _cell_state(masks: tuple[int, int], bit: int) -> pages.CellState:
    recommended, possible = masks
    return "first" if recommended & bit else "alternative" if possible & bit else "no"

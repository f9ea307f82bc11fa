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
from advisor.engine.walking.choosing import chosen
from advisor.kits.bundle import frameworks_of
from advisor.kits.download import Provenance, with_provenance
from advisor.kits.kit import Kit
from advisor.web.addresses import (
    ASKED,
    CHOOSE,
    FILES,
    FRAMEWORK,
    SEPARATE,
    SUPERSEDES,
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

NOTHING: SafeString = mark_safe("")


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
        hint=markdown(question.hint) if question.hint else NOTHING,
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
    result = chosen(result, parameters, selection.settings)
    messages = {
        id: _with_limit(loaded.tree, result, id, text) for id, text in selection.messages.items()
    }
    # A value that is not valid stays in its field, and no link carries it.
    kept = {id: text for id, text in query.kept.items() if id not in messages}
    recommended = {name: value for name, value in kept.items() if name != CHOOSE}
    return pages.ResultPage(
        title=result.name,
        tree=tree_link(loaded),
        recommendation=recommendation(
            result,
            live_kit(query, kit, result, selection.settings, kept, url) if kit else None,
            steps(query, result.trail, answers),
            lambda view, others: address(view, loaded.slug, {**others, **recommended}),
            lambda id: _choose_address(query, result, recommended, id),
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
        save=address("save", loaded.slug, {**answers, **kept}),
        restart=replace(query, values={}, framework="", choose="").address("ask", {}),
        formats=(
            DownloadFormat(
                "Markdown", address("result-md", loaded.slug, {**answers, **kept}), copied=True
            ),
            DownloadFormat("JSON", address("result-json", loaded.slug, {**answers, **kept})),
        ),
        card=SocialCard("website", result.name, card_description(result), url),
        picture=picture(loaded, result.answers, query.kept),
        supersedes=superseded_address(query),
    )


def _choose_address(
    query: Query, result: engine.Result, kept: Mapping[str, str], outcome: str
) -> str:
    """Return the address of the same page for an outcome; `kept` has no choice."""
    choose = {} if outcome == result.recommended else {CHOOSE: outcome}
    supersedes = {name: value for name, value in kept.items() if name == SUPERSEDES}
    others = {name: value for name, value in kept.items() if name != SUPERSEDES}
    return address("result", query.loaded.slug, {**result.given, **others, **choose, **supersedes})


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
    query: Query,
    kit: Kit,
    result: engine.Result,
    settings: Mapping[str, Value],
    kept: Mapping[str, str],
    url: str,
) -> KitPart:
    """Build the kit of a live result for the framework that the query names.

    `settings` are the values to write into the files, `kept` the parameters that every link
    carries, and `url` the address to name as the origin. An unknown framework means the first.
    """
    loaded = query.loaded
    document = document_for(loaded.tree, result.outcome, result.answers)
    frameworks = {files.id: files for files in frameworks_of(kit, document, settings)}
    first = next(iter(frameworks))
    framework = query.framework if query.framework in frameworks else first
    state = {**result.given, **kept}
    tabs = []
    for id in frameworks:
        kept_state = {name: value for name, value in state.items() if name != FRAMEWORK}
        layout = {FILES: SEPARATE} if kept_state.pop(FILES, "") else {}
        kept_state |= {**({} if id == first else {FRAMEWORK: id}), **layout}
        href = address("result", loaded.slug, kept_state)
        tabs.append(
            TabPart(document.frameworks[id].label if id else "", f"{href}#kit", id == framework)
        )
    whole = frameworks[framework]
    files = whole.laid_out(separate=query.separate)
    shown = with_provenance(files, Provenance(url, loaded.version))
    layouts = (
        TabPart(
            label,
            f"{address('result', loaded.slug, with_layout(state, is_separate))}#kit",
            is_separate == query.separate,
        )
        for label, is_separate in LAYOUTS.items()
    )
    return KitPart(
        frameworks=tuple(tabs) if len(tabs) > 1 else (),
        files=kit_files(shown),
        download=address("kit", loaded.slug, state),
        layouts=tuple(layouts) if whole.joined else (),
    )


LAYOUTS = {"One file": False, "Separate files": True}


def with_layout(state: Mapping[str, str], separate: bool) -> dict[str, str]:  # noqa: FBT001 - a value from LAYOUTS
    """Return the state of an address that wants separate files or one."""
    rest = {name: value for name, value in state.items() if name != FILES}
    return {**rest, FILES: SEPARATE} if separate else rest


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

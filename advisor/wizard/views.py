"""The pages of a tree. Each parses the address, asks the engine, builds its page and renders it.

Before saving, a page is a pure function of the tree's version and the address: no cookie, no
session, no database. So it can be cached and answered with an ETag.
"""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from advisor import catalogue
from advisor.catalogue import Served
from advisor.engine.policies.effective import document_for
from advisor.engine.walking.evaluate import Asking, Result, evaluate
from advisor.engine.walking.sensitivity import with_what_if
from advisor.exports.as_markdown import as_markdown
from advisor.kits.bundle import Bundle, FrameworkFiles
from advisor.kits.writing import write
from advisor.web.addresses import Query, address
from advisor.web.decorators import Elsewhere, of_tree
from advisor.web.responses import (
    SeeOther,
    json_answer,
    markdown_answer,
    rendered,
    revalidated,
    zip_answer,
)
from advisor.wizard import build


@require_safe
@revalidated
def home(request: HttpRequest) -> HttpResponse:
    trees = catalogue.trees()
    if len(trees) == 1:
        (served,) = trees.values()
        return home_of(request, served)
    return rendered(request, "wizard/trees.html", build.trees_page(trees.values()))


@require_safe
@revalidated
@of_tree
def tree(request: HttpRequest, query: Query) -> HttpResponse:
    expect_no_state(query, "tree")
    return home_of(request, query.served)


@require_safe
@revalidated
@of_tree
def ask(request: HttpRequest, query: Query) -> HttpResponse:
    state = evaluate(query.served.tree, query.answers)
    if isinstance(state, Result):
        return SeeOther(query.address("result", state.answers))
    unanswered = query.asked == state.question
    if not unanswered and not query.is_canonical(state.answers):
        return SeeOther(query.address("ask", state.answers))
    page = build.question_page(query, state, unanswered=unanswered)
    return rendered(request, "wizard/question.html", page, query.served, 422 if unanswered else 200)


@require_safe
@revalidated
@of_tree
def result(request: HttpRequest, query: Query) -> HttpResponse:
    found = result_of(query, "result")
    url = for_others(request, query, found)
    page = build.result_page(query, found, url)
    wrong = any(field.error for field in page.fields)
    return rendered(request, "wizard/result.html", page, query.served, 422 if wrong else 200)


@require_safe
@revalidated
@of_tree
def result_json(request: HttpRequest, query: Query) -> HttpResponse:
    frozen = frozen_of(query, result_of(query, "result-json"))
    served = query.served
    return json_answer(request, frozen, served.slug, served.version)


@require_safe
@revalidated
@of_tree
def result_markdown(request: HttpRequest, query: Query) -> HttpResponse:
    outcome = result_of(query, "result-md")
    kit = query.served.kits.get(outcome.outcome)
    files = kit.names() if kit else ()
    return markdown_answer(as_markdown(outcome, query.served.version, files))


@require_safe
@revalidated
@of_tree
def kit(request: HttpRequest, query: Query) -> HttpResponse:
    frozen = frozen_of(query, result_of(query, "kit"))
    page = for_others(request, query, frozen.result)
    return zip_answer(frozen, query.way, build.origin(page, query.served.version))


@require_safe
@revalidated
@of_tree
def compare(request: HttpRequest, query: Query) -> HttpResponse:
    expect_no_state(query, "compare")
    return rendered(request, "wizard/compare.html", build.compare_page(query.served), query.served)


def home_of(request: HttpRequest, served: Served) -> HttpResponse:
    url = request.build_absolute_uri(address("tree", served.slug, {}))
    return rendered(request, "wizard/home.html", build.home_page(served, url), served)


def expect_no_state(query: Query, view: str) -> None:
    """These pages are the same whatever was answered: one address each."""
    if query.pairs:
        raise Elsewhere(address(view, query.served.slug, {}))


def result_of(query: Query, view: str) -> Result:
    """The result that the query's answers lead to, at its one address; else on to what is open."""
    state = evaluate(query.served.tree, query.answers)
    if isinstance(state, Asking):
        raise Elsewhere(query.address("ask", state.answers))
    if not query.is_canonical(state.answers):
        raise Elsewhere(query.address(view, state.answers))
    return with_what_if(query.served.tree, state)


def frozen_of(query: Query, result: Result) -> Bundle:
    """The result and its kit with the query's values; a value that it cannot take leads back."""
    served = query.served
    kit = served.kits.get(result.outcome)
    if kit is None:
        return Bundle(result, {}, ())
    document = document_for(served.tree, result.outcome, result.answers)
    settings, messages = query.settings(kit, document.parameters)
    if messages:
        raise Elsewhere(query.address("result", result.answers))
    written = write(kit, document.parameters, settings)
    ways = (
        FrameworkFiles(id, document.ways[id].label if id in document.ways else "", files)
        for id, files in written.items()
    )
    return Bundle(result, settings, tuple(ways))


def for_others(request: HttpRequest, query: Query, result: Result) -> str:
    """The link of a live result; what its reader is about to supersede is no part of it."""
    shared = replace(query, supersedes="").address("result", result.answers)
    return request.build_absolute_uri(shared)

"""Answer the pages of a tree: each view parses the address, asks the engine, builds and renders.

Before saving, a page is a pure function of the version of the tree and the address: no cookie,
session or database. So it can be cached and carries an ETag.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from advisor import catalogue
from advisor.catalogue import LoadedTree
from advisor.engine.walking.evaluate import Result, evaluate
from advisor.exports.as_markdown import as_markdown
from advisor.kits.download import Provenance
from advisor.web.addresses import Query, address, outcome_address
from advisor.web.decorators import RedirectTo, with_query
from advisor.web.responses import (
    SeeOther,
    json_response,
    markdown_response,
    rendered,
    revalidated,
    zip_response,
)
from advisor.wizard import build, build_outcome
from advisor.wizard.live_result import bundle_of, result_of, shared_address


@require_safe
@revalidated
def home(request: HttpRequest) -> HttpResponse:
    """Answer the start page of the site: of the only tree, or the list of trees."""
    trees = catalogue.loaded_trees()
    if len(trees) == 1:
        (loaded,) = trees.values()
        return home_of(request, loaded)
    return rendered(request, "wizard/trees.html", build.trees_page(trees.values()))


@require_safe
@revalidated
@with_query
def tree(request: HttpRequest, query: Query) -> HttpResponse:
    """Answer the start page of a tree; redirect an address with parameters."""
    expect_no_state(query, "tree")
    return home_of(request, query.loaded)


@require_safe
@revalidated
@with_query
def ask(request: HttpRequest, query: Query) -> HttpResponse:
    """Answer the next question, or 422 where its form was sent without a choice.

    Redirect to the result where nothing is left to ask, and to the canonical address.
    """
    state = evaluate(query.loaded.tree, query.answers)
    if isinstance(state, Result):
        return SeeOther(query.address("result", state.given))
    unanswered = query.asked == state.question
    if not unanswered and not query.is_canonical(state.given):
        return SeeOther(query.address("ask", state.given))
    page = build.question_page(query, state, unanswered=unanswered)
    return rendered(request, "wizard/question.html", page, query.loaded, 422 if unanswered else 200)


@require_safe
@revalidated
@with_query
def result(request: HttpRequest, query: Query) -> HttpResponse:
    """Answer the result, or 422 where a value is not valid. Redirect where a question is open."""
    recommended = result_of(query, "result")
    url = shared_address(request, query, recommended)
    page = build.result_page(query, recommended, url)
    wrong = any(field.error for field in page.fields)
    return rendered(request, "wizard/result.html", page, query.loaded, 422 if wrong else 200)


@require_safe
@revalidated
@with_query
def result_json(request: HttpRequest, query: Query) -> HttpResponse:
    """Answer the result as JSON with its kit. Redirect as the result page does."""
    bundle = bundle_of(query, result_of(query, "result-json"))
    loaded = query.loaded
    return json_response(request, bundle, loaded.slug, loaded.version)


@require_safe
@revalidated
@with_query
def result_markdown(request: HttpRequest, query: Query) -> HttpResponse:
    """Answer the result as Markdown. Redirect as the result page does."""
    bundle = bundle_of(query, result_of(query, "result-md"))
    return markdown_response(as_markdown(bundle.result, query.loaded.version, bundle.names()))


@require_safe
@revalidated
@with_query
def kit(request: HttpRequest, query: Query) -> HttpResponse:
    """Answer the kit as a zip, or 404 without a kit. Redirect as the result page does."""
    bundle = bundle_of(query, result_of(query, "kit"))
    page = shared_address(request, query, bundle.result)
    provenance = Provenance(page, query.loaded.version)
    return zip_response(bundle, query.framework, provenance, separate=query.separate)


@require_safe
@revalidated
@with_query
def compare(request: HttpRequest, query: Query) -> HttpResponse:
    """Answer the comparison of all outcomes; redirect an address with parameters."""
    expect_no_state(query, "compare")
    return rendered(request, "wizard/compare.html", build.compare_page(query.loaded), query.loaded)


@require_safe
@revalidated
@with_query
def outcome(request: HttpRequest, query: Query, outcome: str) -> HttpResponse:
    """Answer the page of one outcome, or 404 where the tree has none of this id.

    Redirect to the canonical address, which names a framework at most.
    """
    if outcome not in query.loaded.tree.document.outcomes:
        raise Http404
    page_address = outcome_address(query.loaded.slug, outcome, query.framework)
    if request.get_full_path() != page_address:
        raise RedirectTo(page_address)
    page = build_outcome.outcome_page(query, outcome, request.build_absolute_uri(page_address))
    return rendered(request, "wizard/outcome.html", page, query.loaded)


def home_of(request: HttpRequest, loaded: LoadedTree) -> HttpResponse:
    """Render the start page of a tree."""
    url = request.build_absolute_uri(address("tree", loaded.slug, {}))
    return rendered(request, "wizard/home.html", build.home_page(loaded, url), loaded)


def expect_no_state(query: Query, view: str) -> None:
    """Raise RedirectTo to the one address of `view` where the address has parameters."""
    if query.pairs:
        raise RedirectTo(address(view, query.loaded.slug, {}))

"""The pages. A view parses the address, asks the engine, builds the page and renders it.

Before saving, a page is a pure function of the tree's version and the address: no cookie, no
session, no database. So it can be cached and answered with an ETag.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import wraps

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import resolve, reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_safe

from advisor import access, band, build, catalogue, kits, pages, register_page, saving
from advisor.catalogue import Served
from advisor.engine.evaluate import Asking, Result, UnknownAnswer, evaluate
from advisor.engine.policies import document_for
from advisor.engine.what_if import with_what_if
from advisor.exports.as_json import Exported, Saved, Withdrawn, as_json, json_schema
from advisor.exports.as_markdown import About, as_markdown
from advisor.forms import SaveForm, new_submission
from advisor.models import Recommendation
from advisor.query import WAY, BadQuery, Query, address, parse
from advisor.register import Found, Register
from advisor.register_page import Asked, as_list
from advisor.standing import standing

logger = logging.getLogger(__name__)

# Kept by caches, and asked about on every use.
revalidated = cache_control(public=True, no_cache=True)


class SeeOther(HttpResponseRedirect):
    status_code = 303


class Elsewhere(Exception):
    """The address belongs to another page: go there."""

    def __init__(self, to: str) -> None:
        super().__init__(to)
        self.to = to


def of_tree(
    view: Callable[[HttpRequest, Query], HttpResponse],
) -> Callable[[HttpRequest, str], HttpResponse]:
    """Give a view the query of the tree that the address names, and answer for a bad one."""

    @wraps(view)
    def wrapper(request: HttpRequest, slug: str) -> HttpResponse:
        served = catalogue.trees().get(slug)
        if served is None:
            raise Http404
        try:
            return view(request, parse(request, served))
        except Elsewhere as elsewhere:
            return SeeOther(elsewhere.to)
        except BadQuery as bad:
            return _message(
                request, "This address cannot be answered", bad.message, bad.status, served=served
            )
        except UnknownAnswer as unknown:
            return _unknown_answer(request, served, unknown)

    return wrapper


def of_record(
    view: Callable[[HttpRequest, Recommendation, saving.Frozen], HttpResponse],
) -> Callable[[HttpRequest, str], HttpResponse]:
    """Give a view the record that the address names, and answer for one that cannot be shown."""

    @wraps(view)
    def wrapper(request: HttpRequest, id: str) -> HttpResponse:
        record = get_object_or_404(Recommendation, pk=id)
        try:
            return view(request, record, saving.thaw(record))
        except saving.Unreadable as unreadable:
            return _unreadable(request, record, unreadable)

    return wrapper


def of_register(
    view: Callable[[HttpRequest, Asked], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Give a view what its address asks of the register, where there is one. Robots stay out: they
    would carry to everyone what was meant for whoever reaches the site."""

    @wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponse:
        if not settings.ADVISOR_REGISTER:
            raise Http404
        asked = register_page.parse(request.GET)
        if not asked.is_address_of(request.GET):
            name = resolve(request.path_info).view_name
            return SeeOther(asked.at(name, asked.number, after=asked.after))
        response = view(request, asked)
        response["X-Robots-Tag"] = "noindex"
        return response

    return wrapper


def _result(query: Query, view: str) -> Result:
    """The result that the query's answers lead to, at its one address; else on to what is open."""
    state = evaluate(query.served.tree, query.answers)
    if isinstance(state, Asking):
        raise Elsewhere(query.address("ask", state.answers))
    if not query.is_canonical(state.answers):
        raise Elsewhere(query.address(view, state.answers))
    return with_what_if(query.served.tree, state)


def _expect_no_state(query: Query, view: str) -> None:
    """These pages are the same whatever was answered: one address each."""
    if query.pairs:
        raise Elsewhere(address(view, query.served.slug, {}))


def _frozen(query: Query, result: Result) -> saving.Frozen:
    """The result and its kit with the query's values; a value that it cannot take leads back."""
    served = query.served
    kit = served.kits.get(result.outcome)
    if kit is None:
        return saving.Frozen(result, {}, ())
    document = document_for(served.tree, result.outcome, result.answers)
    settings, messages = query.settings(kit, document.parameters)
    if messages:
        raise Elsewhere(query.address("result", result.answers))
    written = kits.write(kit, document.parameters, settings)
    ways = (
        saving.Way(id, document.ways[id].label if id in document.ways else "", files)
        for id, files in written.items()
    )
    return saving.Frozen(result, settings, tuple(ways))


def _answered_again(query: Query, result: Result) -> Recommendation | None:
    """The record that will be superseded. One that there is not, or of another tree, is none."""
    if not query.supersedes:
        return None
    found = Recommendation.objects.filter(pk=query.supersedes, tree=query.served.slug).first()
    if found is None:
        without = replace(query, supersedes="")
        raise Elsewhere(without.address("save", result.answers))
    return found


# The wizard


@require_safe
@revalidated
def home(request: HttpRequest) -> HttpResponse:
    trees = catalogue.trees()
    if len(trees) == 1:
        (served,) = trees.values()
        return _home(request, served)
    return _page(request, "trees.html", build.trees_page(trees.values()))


@require_safe
@revalidated
@of_tree
def tree(request: HttpRequest, query: Query) -> HttpResponse:
    _expect_no_state(query, "tree")
    return _home(request, query.served)


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
    return _page(request, "question.html", page, query.served, 422 if unanswered else 200)


@require_safe
@revalidated
@of_tree
def result(request: HttpRequest, query: Query) -> HttpResponse:
    found = _result(query, "result")
    url = _for_others(request, query, found)
    page = build.result_page(query, found, url)
    wrong = any(field.error for field in page.fields)
    return _page(request, "result.html", page, query.served, 422 if wrong else 200)


@require_safe
@revalidated
@of_tree
def result_json(request: HttpRequest, query: Query) -> HttpResponse:
    frozen = _frozen(query, _result(query, "result-json"))
    served = query.served
    return _json(request, frozen, served.slug, served.version)


@require_safe
@revalidated
@of_tree
def result_markdown(request: HttpRequest, query: Query) -> HttpResponse:
    outcome = _result(query, "result-md")
    kit = query.served.kits.get(outcome.outcome)
    files = kit.names() if kit else ()
    return _markdown(as_markdown(outcome, query.served.version, files))


@require_safe
@revalidated
@of_tree
def kit(request: HttpRequest, query: Query) -> HttpResponse:
    frozen = _frozen(query, _result(query, "kit"))
    page = _for_others(request, query, frozen.result)
    return _zip(frozen, query.way, build.origin(page, query.served.version))


@require_safe
@revalidated
@of_tree
def compare(request: HttpRequest, query: Query) -> HttpResponse:
    _expect_no_state(query, "compare")
    return _page(request, "compare.html", build.compare_page(query.served), query.served)


# Saved recommendations

CHANGED_MEANWHILE = (
    "The tree was edited since you opened this page. Read the recommendation again, then save."
)
INCOMPLETE = "A part of this form did not arrive. Nothing was saved yet; save again."


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_tree
def save(request: HttpRequest, query: Query) -> HttpResponse:
    frozen = _frozen(query, _result(query, "save"))
    before = _answered_again(query, frozen.result)
    version = query.served.version
    opening = {"submission": new_submission(), "version": version}
    identity = access.identity(request)
    sent = request.POST if request.method == "POST" else None
    form = SaveForm(sent, initial=opening, asks_author=identity is None)
    if form.is_valid():
        if form.cleaned_data["version"] == version:
            author = access.author(request)
            texts = form.cleaned_data | ({"author": author} if author else {})
            record = saving.save(
                query, frozen, texts, timezone.now(), identified=bool(author), supersedes=before
            )
            return SeeOther(reverse("saved", args=[record.id]))
        form = form.reopened(opening, CHANGED_MEANWHILE)
    elif form.errors.keys() & opening.keys():
        form = form.reopened(opening, INCOMPLETE)
    page = build.save_page(query, frozen.result, identity, before)
    status = 422 if form.errors else 200
    return _page(request, "save.html", page, query.served, status, form=form)


@require_safe
@revalidated
@of_record
def saved(request: HttpRequest, record: Recommendation, frozen: saving.Frozen) -> HttpResponse:
    way = request.GET.get(WAY, "")
    today = band.band(record, frozen, standing(record, frozen))
    page = build.saved_page(record, frozen, today, way, _permalink(request, record.id))
    return _page(request, "saved.html", page)


@require_safe
@revalidated
@of_record
def saved_json(request: HttpRequest, record: Recommendation, frozen: saving.Frozen) -> HttpResponse:
    said = saving.said(record)
    saved = Saved(
        permalink=_permalink(request, record.id),
        title=said.title,
        context=said.context,
        author=said.author,
        identified=said.identified,
        at=record.saved_at.isoformat(),
        supersedes=_permalink(request, record.supersedes_id) or None,
        withdrawn=Withdrawn(at=record.withdrawn_at.isoformat(), because=record.withdrawn_because)
        if record.withdrawn_at
        else None,
    )
    return _json(request, frozen, record.tree, record.version, saved)


@require_safe
@revalidated
@of_record
def saved_markdown(
    request: HttpRequest, record: Recommendation, frozen: saving.Frozen
) -> HttpResponse:
    said = saving.said(record)
    about = About(
        said.title,
        said.context,
        said.author,
        record.saved_at.isoformat(),
        _permalink(request, record.id),
        _permalink(request, record.supersedes_id),
        record.withdrawn_at.isoformat() if record.withdrawn_at else "",
        record.withdrawn_because,
    )
    return _markdown(as_markdown(frozen.result, record.version, frozen.names(), about))


@require_safe
@revalidated
@of_record
def saved_kit(request: HttpRequest, record: Recommendation, frozen: saving.Frozen) -> HttpResponse:
    origin = build.origin(_permalink(request, record.id), record.version, record.saved_at)
    return _zip(frozen, request.GET.get(WAY, ""), origin)


@require_safe
@revalidated
def saved_badge(request: HttpRequest, id: str) -> HttpResponse:
    """A picture for other sites, which says so too where the record cannot be shown."""
    record = get_object_or_404(Recommendation, pk=id)
    try:
        frozen = saving.thaw(record)
    except saving.Unreadable:
        svg = band.unreadable_badge(settings.ADVISOR_NAME)
    else:
        svg = band.badge(record, frozen, standing(record, frozen))
    response = HttpResponse(svg, content_type="image/svg+xml")
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
@revalidated
def schema(request: HttpRequest) -> HttpResponse:
    """The JSON Schema of a recommendation's JSON."""
    return HttpResponse(json_schema(), content_type="application/schema+json")


# The register


@require_safe
@revalidated
@of_register
def register(request: HttpRequest, asked: Asked) -> HttpResponse:
    its = Register()
    problems = its.problems(asked.filters)
    found = Found() if problems else its.find(asked.filters, asked.number, after=asked.after)
    if asked.after and found.newer is None and not problems:
        return SeeOther(asked.at("register", None))  # the newest have one address
    page = register_page.build(its, asked, found, problems)
    return _page(request, "register.html", page, status=422 if problems else 200)


@require_safe
@revalidated
@of_register
def register_json(request: HttpRequest, asked: Asked) -> HttpResponse:
    its = Register()
    if problems := its.problems(asked.filters):
        return JsonResponse({"problems": problems}, status=422)
    found = its.find(asked.filters, asked.number, after=asked.after)
    listed = as_list(found, asked, request.build_absolute_uri)
    return JsonResponse(listed, json_dumps_params={"indent": 2, "ensure_ascii": False})


# Probes


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    return HttpResponse("live\n", content_type="text/plain")


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """Ready when every tree is read and the database answers."""
    try:
        catalogue.trees()
        connection.ensure_connection()
        Recommendation.objects.exists()
    except (catalogue.BrokenTree, DatabaseError):
        return HttpResponse("not ready\n", status=503, content_type="text/plain")
    return HttpResponse("ready\n", content_type="text/plain")


# Errors


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _message(
        request, "This request cannot be answered", "Something in it is not understood.", 400
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _message(
        request,
        "There is no such page",
        "The address may be mistyped, or cut off where it was copied.",
        404,
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _message(
        request,
        "This form cannot be trusted any more",
        "It was opened too long ago, or cookies are off. Go back, reload the page and send it "
        "again; saving is the one thing here that needs a cookie.",
        403,
    )


def refused(request: HttpRequest, why: access.Refused) -> HttpResponse:
    return _message(request, why.title, why.message, 403)


def broken_tree(request: HttpRequest, broken: catalogue.BrokenTree) -> HttpResponse:
    """Only while a tree is edited: a site does not start on a broken one."""
    page = pages.ProblemsPage(
        "The tree is broken",
        "Mend what is listed here, save the file, and load this page again.",
        tuple(map(str, broken.problems)),
        build.studio(broken.slug),
    )
    return _page(request, "problems.html", page, status=503)


def server_error(request: HttpRequest) -> HttpResponse:
    return _message(
        request,
        "Something broke on our side",
        "Nothing was saved by this request. Your answers are in the address of the page before.",
        500,
    )


# Answers


def _page(
    request: HttpRequest,
    template: str,
    page: object,
    served: Served | None = None,
    status: int = 200,
    **context: object,
) -> HttpResponse:
    context |= {"page": page, "site": build.site(served)}
    return render(request, template, context, status=status)


def _home(request: HttpRequest, served: Served) -> HttpResponse:
    url = request.build_absolute_uri(address("tree", served.slug, {}))
    return _page(request, "home.html", build.home_page(served, url), served)


def _message(
    request: HttpRequest,
    title: str,
    message: str,
    status: int,
    details: tuple[str, ...] = (),
    served: Served | None = None,
) -> HttpResponse:
    ways_on = [pages.Link("Go to the start page", reverse("home"))]
    if served is not None:
        ways_on.insert(0, pages.Link("Start again", address("ask", served.slug, {})))
    page = pages.MessagePage(title, message, details, tuple(ways_on))
    return _page(request, "message.html", page, served, status)


def _unknown_answer(request: HttpRequest, served: Served, unknown: UnknownAnswer) -> HttpResponse:
    question = served.tree.document.questions[unknown.question]
    message = f"“{question.ask}” is answered with something that is none of its answers."
    details = tuple(f"{answer.label} ({id})" for id, answer in question.answers.items())
    return _message(request, "This address holds an unknown answer", message, 400, details, served)


def _unreadable(
    request: HttpRequest, record: Recommendation, why: saving.Unreadable
) -> HttpResponse:
    """Not a failure of this request, nor an answer: another release may well show the record."""
    logger.error("Recommendation %s cannot be shown: %s", record.id, why)
    message = f"This recommendation is kept, but this release cannot show it. {why}"
    return _message(request, "Kept, but not shown", message, 501, build.identity(record))


def _for_others(request: HttpRequest, query: Query, result: Result) -> str:
    """The link of a live result; what its reader is about to supersede is no part of it."""
    shared = replace(query, supersedes="").address("result", result.answers)
    return request.build_absolute_uri(shared)


def _permalink(request: HttpRequest, id: str | None) -> str:
    return request.build_absolute_uri(reverse("saved", args=[id])) if id else ""


def _json(
    request: HttpRequest,
    frozen: saving.Frozen,
    tree: str,
    version: str,
    saved: Saved | None = None,
) -> HttpResponse:
    exported = Exported.model_validate(
        {
            "$schema": request.build_absolute_uri(reverse("schema")),
            "tree": tree,
            "version": version,
            "saved": saved,
            "answers": frozen.result.answers,
            # PostgreSQL keeps the settings, but not their order.
            "settings": dict(sorted(frozen.settings.items())),
            "result": frozen.result,
        }
    )
    return HttpResponse(as_json(exported, frozen.text), content_type="application/json")


def _markdown(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="text/markdown; charset=utf-8")


def _zip(frozen: saving.Frozen, way_id: str, origin: kits.Origin) -> HttpResponse:
    way = frozen.way(way_id)
    if way is None:
        raise Http404
    name = frozen.result.outcome
    packed = kits.as_zip(name, kits.handed_out(way.files, origin))
    headers = {"Content-Disposition": f'attachment; filename="{name}.zip"'}
    return HttpResponse(packed, content_type="application/zip", headers=headers)

"""The studio: a page to edit a tree in, which keeps nothing of what is typed."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from advisor import catalogue
from advisor.studio import build, findings
from advisor.studio import draft as drafts
from advisor.studio.draft import Draft, TooLarge
from advisor.studio.pages import FindingsHtml
from advisor.studio.workbench import Busy, TooMuch, Workbench
from advisor.web.frame import frame

bench = Workbench(f"{findings.__name__}:{findings.find.__name__}")

kept_by_no_cache = cache_control(private=True, no_cache=True)


def of_folder(
    view: Callable[[HttpRequest, str, Path], HttpResponse],
) -> Callable[[HttpRequest, str], HttpResponse]:
    """Give a view the folder of the tree that the address names, and answer for too much text."""

    @wraps(view)
    def wrapper(request: HttpRequest, slug: str) -> HttpResponse:
        folder = catalogue.folder_of(slug)
        if folder is None or not settings.ADVISOR_STUDIO:
            raise Http404
        try:
            return view(request, slug, folder)
        except TooLarge:
            return _too_large(request, slug)

    return wrapper


# None of these views changes anything, so there is nothing to forge a request for: they need no
# form token, and so no cookie.


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@kept_by_no_cache
@of_folder
def studio(request: HttpRequest, slug: str, folder: Path) -> HttpResponse:
    sent = request.method == "POST"
    draft = drafts.of_form(request) if sent else drafts.of_folder(folder)
    # A draft that is looked at as it is typed stays where it is; its findings are exchanged.
    if sent and "HX-Request" in request.headers:
        findings = _found(folder, draft, stale=True)
        return _answer(HttpResponse(findings.problems + findings.rest, status=findings.status))
    return _page(request, slug, folder, draft)


@csrf_exempt
@require_POST
@kept_by_no_cache
@of_folder
def new_policy(request: HttpRequest, slug: str, folder: Path) -> HttpResponse:
    draft = drafts.of_form(request)
    try:
        return _page(request, slug, folder, draft.with_policy(timezone.localdate()))
    except ValueError as error:
        return _page(request, slug, folder, draft, policy_error=str(error))


@csrf_exempt
@require_POST
@kept_by_no_cache
@of_folder
def download(request: HttpRequest, slug: str, folder: Path) -> HttpResponse:  # noqa: ARG001 - the folder is only known to be served
    draft = drafts.of_form(request)
    name = draft.shown.rpartition("/")[2]
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    text = draft.files.get(draft.shown, "")
    return HttpResponse(text, content_type="application/yaml; charset=utf-8", headers=headers)


# Answers


def _found(folder: Path, draft: Draft, *, stale: bool = False) -> FindingsHtml:
    """What the draft shows; `stale` where the page keeps what an earlier one showed."""
    task = findings.Task(
        folder=str(folder.resolve()), files=dict(draft.files), walk=dict(draft.walk), stale=stale
    )
    try:
        problems, rest = bench.run(task)
        # Rendered in the worker, by templates of ours.
        return FindingsHtml(mark_safe(problems), mark_safe(rest))  # noqa: S308
    except Busy:
        return build.error_html(build.BUSY, 503, stale=stale)
    except TooMuch as much:
        return build.error_html(build.too_much(much, bench), 422, stale=stale)


def _page(
    request: HttpRequest, slug: str, folder: Path, draft: Draft, policy_error: str = ""
) -> HttpResponse:
    findings = _found(folder, draft)
    page = build.studio_page(slug, draft, findings, policy_error)
    context = {"page": page, "site": frame(build.loaded_tree(slug))}
    status = 422 if policy_error else findings.status
    return _answer(render(request, "studio/page.html", context, status=status))


def _too_large(request: HttpRequest, slug: str) -> HttpResponse:
    if "HX-Request" in request.headers:
        findings = build.error_html(build.TOO_LARGE, 413, stale=True)
        return HttpResponse(findings.problems, status=findings.status)
    context = {"page": build.too_large_page(slug), "site": frame(build.loaded_tree(slug))}
    return render(request, "web/message.html", context, status=413)


def _answer(response: HttpResponse) -> HttpResponse:
    if response.status_code == 503:
        response["Retry-After"] = "2"
    return response

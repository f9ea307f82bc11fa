"""Answer the studio, a page to try out changes to a tree. It stores nothing."""

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

private_and_revalidated = cache_control(private=True, no_cache=True)


def with_folder(
    view: Callable[[HttpRequest, str, Path], HttpResponse],
) -> Callable[[HttpRequest, str], HttpResponse]:
    """Pass the view the folder of the tree whose slug is in the path.

    Answer 404 for an unknown tree or where the studio is off, and 413 where the view raises
    TooLarge.
    """

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


# These views change nothing, so a forged request does no harm. Without form tokens they need no
# cookie.


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@private_and_revalidated
@with_folder
def studio(request: HttpRequest, slug: str, folder: Path) -> HttpResponse:
    """Answer the page with the tree of the site, or with the draft of the form.

    To htmx, answer the findings alone. Answer 422 where the draft takes too much to check, and 503
    with Retry-After while the worker is busy.
    """
    submitted = request.method == "POST"
    draft = drafts.of_form(request) if submitted else drafts.of_folder(folder)
    # While a draft is typed, only its findings are replaced.
    if submitted and "HX-Request" in request.headers:
        findings = _findings_html(folder, draft, stale=True)
        return _answer(HttpResponse(findings.problems + findings.rest, status=findings.status))
    return _page(request, slug, folder, draft)


@csrf_exempt
@require_POST
@private_and_revalidated
@with_folder
def new_policy(request: HttpRequest, slug: str, folder: Path) -> HttpResponse:
    """Answer the page with a new policy in the draft, or 422 where its id is not valid."""
    draft = drafts.of_form(request)
    try:
        return _page(request, slug, folder, draft.with_policy(timezone.localdate()))
    except ValueError as error:
        return _page(request, slug, folder, draft, policy_error=str(error))


@csrf_exempt
@require_POST
@private_and_revalidated
@with_folder
def download(request: HttpRequest, slug: str, folder: Path) -> HttpResponse:  # noqa: ARG001 - the folder is only known to be served
    """Answer the file of the draft that is shown, to be downloaded."""
    draft = drafts.of_form(request)
    name = draft.shown.rpartition("/")[2]
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    text = draft.files.get(draft.shown, "")
    return HttpResponse(text, content_type="application/yaml; charset=utf-8", headers=headers)


def _findings_html(folder: Path, draft: Draft, *, stale: bool = False) -> FindingsHtml:
    """Return the findings of a draft; `stale` where the page may keep older ones."""
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
    findings = _findings_html(folder, draft)
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

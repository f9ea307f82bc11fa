"""Build responses: a page, a message, a file."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from typing import ParamSpec

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers, patch_cache_control

from advisor.catalogue import LoadedTree
from advisor.engine.tree.model import UNSURE
from advisor.engine.walking.evaluate import ForbiddenOutcome, UnknownAnswer
from advisor.exports.as_json import Decision, Exported, Saved, as_json
from advisor.kits.bundle import Bundle
from advisor.kits.download import Provenance, as_zip, with_provenance
from advisor.web import pages
from advisor.web.addresses import Query, address
from advisor.web.frame import frame
from advisor.web.markup import text
from advisor.web.typed_text import typed_text

logger = logging.getLogger(__name__)
P = ParamSpec("P")


def revalidated(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Let caches keep the page, and revalidate it by its ETag on every use.

    A page that no cache may keep stays so.
    """

    @wraps(view)
    def wrapper(*args: P.args, **named: P.kwargs) -> HttpResponse:
        response = view(*args, **named)
        if "no-store" not in response.get("Cache-Control", ""):
            patch_cache_control(response, public=True, no_cache=True)
        return response

    return wrapper


class SeeOther(HttpResponseRedirect):
    """A redirect with 303, which a browser always follows with GET."""

    status_code = 303


def rendered(
    request: HttpRequest,
    template: str,
    page: object,
    loaded: LoadedTree | None = None,
    status: int = 200,
    **context: object,
) -> HttpResponse:
    """Render a template with `page`, the frame as `site`, and `context`; link to `loaded`."""
    context |= {"page": page, "site": frame(loaded)}
    return render(request, template, context, status=status)


def message_page(
    request: HttpRequest,
    title: str,
    message: str,
    status: int,
    details: tuple[str, ...] = (),
    loaded: LoadedTree | None = None,
    links: Sequence[pages.Link] = (),
    resend: str = "",
) -> HttpResponse:
    """Answer with a title, a message, `links`, and links to start again, in `loaded` if given.

    Where a form was sent, the page holds what was typed; it can be sent again to `resend`, if
    given.
    """
    next_links = [*links]
    if loaded is not None:
        next_links.append(pages.Link("Start again", address("ask", loaded.slug, {})))
    next_links.append(pages.Link("Go to the start page", reverse("home")))
    page = pages.MessagePage(title, message, details, tuple(next_links))
    return rendered_with_typed_text(request, "web/message.html", page, loaded, status, resend)


def rendered_with_typed_text(
    request: HttpRequest,
    template: str,
    page: object,
    loaded: LoadedTree | None,
    status: int,
    resend: str,
) -> HttpResponse:
    """Render a page of an error with what was typed, which no cache may keep."""
    typed = typed_text(request, resend)
    response = rendered(request, template, page, loaded, status, typed=typed)
    if typed:
        add_never_cache_headers(response)
    return response


def unknown_answer_page(
    request: HttpRequest, loaded: LoadedTree, unknown: UnknownAnswer
) -> HttpResponse:
    """Answer 400 and list the valid answers of the question."""
    question = loaded.tree.document.questions[unknown.question]
    message = (
        f"“{unknown.answer}” is not a valid answer to “{question.ask}”. The valid answers are:"
    )
    details = tuple(f"{answer.label} ({id})" for id, answer in question.answers.items())
    if question.unsure:
        details += (f"Not sure ({UNSURE})",)
    return message_page(request, "Unknown answer in the address", message, 400, details, loaded)


def forbidden_outcome_page(
    request: HttpRequest, query: Query, forbidden: ForbiddenOutcome
) -> HttpResponse:
    """Answer 422 with the rule that forbids the chosen outcome, and link to the recommendation."""
    ban = forbidden.ban
    message = (
        f"{ban}, forbids “{forbidden.name}” for these answers. "
        f"It recommends “{forbidden.substitute}” instead."
    )
    details = (f"Reason: {text(ban.rule.because)}", f"Owner: {ban.policy.owner}")
    recommended = replace(query, choose="").address("result", query.answers)
    return message_page(
        request,
        f"“{forbidden.name}” cannot be chosen",
        message,
        422,
        details,
        query.loaded,
        [pages.Link("See what is recommended for these answers", recommended)],
    )


def changed_meanwhile_page(request: HttpRequest, loaded: LoadedTree, to: str) -> HttpResponse:
    """Answer 422 for a form whose address is not valid any more, and lead to the address `to`.

    What was typed can be sent again where the form is still the same.
    """
    is_same_form = to.partition("?")[0] == request.path
    return message_page(
        request,
        "The tree has changed since you opened the form",
        "Nothing was saved yet. Read the recommendation again, then save.",
        422,
        loaded=loaded,
        links=[] if is_same_form else [pages.Link("See what the tree asks today", to)],
        resend=to if is_same_form else "",
    )


def json_response(
    request: HttpRequest,
    bundle: Bundle,
    tree: str,
    version: str,
    saved: Saved | None = None,
    decision: Decision | None = None,
) -> HttpResponse:
    """Answer with the result in the format of the published JSON schema.

    `saved` adds the data of a record, `decision` what has become of it. Where the bundle has the
    text of its result, as records do, that text is used unchanged.
    """
    exported = Exported.model_validate(
        {
            "$schema": request.build_absolute_uri(reverse("schema")),
            "tree": tree,
            "version": version,
            "saved": saved,
            "decision": decision,
            "answers": bundle.result.answers,
            "assumed": tuple(step.question for step in bundle.result.assumptions),
            # PostgreSQL does not keep the order of keys in JSON.
            "settings": dict(sorted(bundle.settings.items())),
            "result": bundle.result,
        }
    )
    return HttpResponse(as_json(exported, bundle.text), content_type="application/json")


def markdown_response(text: str) -> HttpResponse:
    """Answer with Markdown."""
    return HttpResponse(text, content_type="text/markdown; charset=utf-8")


def zip_response(
    bundle: Bundle, framework_id: str, provenance: Provenance, *, separate: bool = False
) -> HttpResponse:
    """Answer with the files of one framework as a zip named after the outcome.

    Write `provenance` into the files. The code is one file, unless it is wanted `separate`. Answer
    404 where the result has no kit; an unknown framework means the first.
    """
    framework = bundle.framework(framework_id)
    if framework is None:
        raise Http404
    name = bundle.result.outcome
    packed = as_zip(name, with_provenance(framework.laid_out(separate=separate), provenance))
    headers = {"Content-Disposition": f'attachment; filename="{name}.zip"'}
    return HttpResponse(packed, content_type="application/zip", headers=headers)

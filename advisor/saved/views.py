"""Save a result, and answer the page and the files of a saved decision."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from advisor.engine.walking.evaluate import Result
from advisor.exports.as_json import Saved, Withdrawn, json_schema
from advisor.exports.as_markdown import as_markdown
from advisor.kits.bundle import Bundle
from advisor.models import EventKind, Recommendation
from advisor.saved import records, secret_link, status_banner
from advisor.saved.build import manage_page, save_page, saved_page
from advisor.saved.decorators import with_record
from advisor.saved.drift_today import drift_today
from advisor.saved.events import NotPossible, SignOff, append_event, possible_kinds
from advisor.saved.exported import AS, COMMENT, about_record, exported_decision, provenance
from advisor.saved.forms import SaveForm, SignOffForm, new_submission
from advisor.saved.recently_saved import recently_saved, remember_saved
from advisor.saved.responses import permalink
from advisor.saved.status import decision_of
from advisor.saved.typed import review_hint, typed_before, typed_of
from advisor.saved.visible_metadata import visible_metadata
from advisor.web import access, errors
from advisor.web.addresses import FILES, FRAMEWORK, SEPARATE, Query
from advisor.web.decorators import RedirectTo, with_query
from advisor.web.responses import (
    SeeOther,
    json_response,
    markdown_response,
    rendered,
    revalidated,
    zip_response,
)
from advisor.web.typed_text import keeps_typed_text
from advisor.wizard.live_result import bundle_of, result_of

CHANGED_MEANWHILE = (
    "The tree has changed since you opened this page. Read the recommendation again, then save."
)
INCOMPLETE = "A part of the form is missing. Nothing was saved yet. Save again."
EXPIRED = (
    "Your form has expired, or your browser blocks cookies. Nothing was saved yet. Save again."
)
OTHER_LINK = "This is not the secret link of this decision."
# Not a name that a request can set.
_EXPIRED = "advisor.form_expired"


@keeps_typed_text(SaveForm, "Save")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@with_query
def save(request: HttpRequest, query: Query) -> HttpResponse:
    """Show the form, or save and redirect to the record.

    Answer 422 with the form where a field is not valid, or where the tree has changed since the
    form was opened. Answer 403 where single sign-on names no active user, and with the form where
    its token is not valid.
    """
    bundle = bundle_of(query, result_of(query, "save"))
    before = answered_again(query, bundle.result)
    version = query.loaded.version
    opening = {"submission": new_submission(), "version": version}
    identity = access.identity(request)
    recent = recently_saved(request, query, bundle.result.outcome)
    now = timezone.now()
    form = SaveForm(
        request.POST if request.method == "POST" else None,
        today=now.date(),
        initial=typed_before(before, now.date()) | opening,
        asks_author=identity is None,
        asks_reason=bundle.result.departure is not None,
        review_hint=review_hint(query, now.date()),
    )
    if is_expired(request):
        form = form.reopened(opening, EXPIRED)
    elif form.is_valid():
        if form.cleaned_data["version"] == version:
            author = access.author(request)
            typed = typed_of(form, author)
            outcome = records.save(
                query,
                bundle,
                typed,
                now,
                supersedes=before,
                saved_before=recent.id if recent else "",
            )
            response = SeeOther(reverse("saved", args=[outcome.record.id]))
            remember_saved(response, query, outcome.record)
            secret_link.hand_out(response, outcome.record, outcome.secret)
            return response
        form = form.reopened(opening, CHANGED_MEANWHILE)
    elif form.errors.keys() & opening.keys():
        form = form.reopened(opening, INCOMPLETE)
    page = save_page(query, bundle.result, identity, before, recent)
    status = 403 if is_expired(request) else 422 if form.errors else 200
    return rendered(request, "saved/save.html", page, query.loaded, status, form=form)


@require_safe
@revalidated
@with_record
def saved(request: HttpRequest, record: Recommendation, bundle: Bundle) -> HttpResponse:
    """Answer the page of a record. An unknown framework in the address means the first.

    Where this browser has just saved it, the page shows the secret link as well, once, and no cache
    may keep it.
    """
    framework = request.GET.get(FRAMEWORK, "")
    drift = drift_today(record, bundle)
    today = status_banner.status_banner(record, bundle, drift)
    decision = decision_of(record)
    page = saved_page(
        record,
        bundle,
        decision,
        today,
        drift.loaded,
        framework,
        partial(permalink, request),
        separate=request.GET.get(FILES) == SEPARATE,
    )
    secret = secret_link.handed_out(request, record)
    if not secret:
        return rendered(request, "saved/saved.html", page)
    link = request.build_absolute_uri(secret_link.secret_address(record, secret))
    response = rendered(request, "saved/saved.html", page, secret_link=link)
    add_never_cache_headers(response)
    secret_link.forget(response, record)
    return response


@keeps_typed_text(SignOffForm, "Record")
@sensitive_variables("form", "typed")
@sensitive_post_parameters("secret")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@with_record
def manage(request: HttpRequest, record: Recommendation, bundle: Bundle) -> HttpResponse:
    """Show the form that records what becomes of a decision, or append an event.

    Behind single sign-on, whoever is signed in may; elsewhere whoever holds the secret. Answer 422
    with the form where a field is not valid or the status has changed meanwhile, and 403 for a
    wrong secret and where single sign-on names no active user.
    """
    identity = access.identity(request)
    decision = decision_of(record)
    kinds = possible_kinds(decision) if identity or record.key_hash else ()
    form = SignOffForm(
        request.POST if request.method == "POST" else None,
        kinds=kinds,
        submission=new_submission(),
        asks_secret=identity is None,
    )
    status = 200
    if is_expired(request):
        form.add_error(None, EXPIRED)
        status = 403
    elif form.is_valid():
        typed = form.cleaned_data
        name = access.author(request)
        if name is None and not secret_link.is_secret_of(record, typed["secret"]):
            form.add_error("secret", OTHER_LINK)
            status = 403
        else:
            sign_off = SignOff(
                EventKind(typed["kind"]),
                name or typed["by"],
                identified=name is not None,
                note=typed["note"],
                submission=typed["submission"],
            )
            try:
                append_event(record, sign_off, timezone.now())
            except NotPossible as why:
                form.add_error(None, str(why))
                status = 422
            else:
                return SeeOther(reverse("saved", args=[record.id]))
    elif form.errors:
        status = 422
    page = manage_page(record, bundle.result, decision, form.offered, identity)
    return rendered(request, "saved/manage.html", page, status=status, form=form)


@require_safe
@revalidated
@with_record
def saved_json(request: HttpRequest, record: Recommendation, bundle: Bundle) -> HttpResponse:
    """Answer the record as JSON; the result is the text that was stored."""
    metadata = visible_metadata(record)
    saved = Saved(
        permalink=permalink(request, record.id),
        title=metadata.title,
        context=metadata.context,
        author=metadata.author,
        identified=metadata.identified,
        at=record.saved_at.isoformat(),
        supersedes=permalink(request, record.supersedes_id) or None,
        withdrawn=Withdrawn(at=record.withdrawn_at.isoformat(), because=record.withdrawn_because)
        if record.withdrawn_at
        else None,
    )
    decision = exported_decision(record, decision_of(record), partial(permalink, request))
    return json_response(request, bundle, record.tree, record.version, saved, decision)


@require_safe
@revalidated
@with_record
def saved_markdown(request: HttpRequest, record: Recommendation, bundle: Bundle) -> HttpResponse:
    """Answer the record as Markdown: as a file, or as text to paste into a comment."""
    about = about_record(record, decision_of(record), partial(permalink, request))
    text = as_markdown(
        bundle.result,
        record.version,
        bundle.names(),
        about,
        is_comment=request.GET.get(AS) == COMMENT,
    )
    return markdown_response(text)


@require_safe
@revalidated
@with_record
def saved_kit(request: HttpRequest, record: Recommendation, bundle: Bundle) -> HttpResponse:
    """Answer the stored kit as a zip, or 404 where the record has none."""
    origin = provenance(record, bundle.result, decision_of(record), partial(permalink, request))
    separate = request.GET.get(FILES) == SEPARATE
    return zip_response(bundle, request.GET.get(FRAMEWORK, ""), origin, separate=separate)


@require_safe
@revalidated
def saved_badge(request: HttpRequest, id: str) -> HttpResponse:
    """Answer the badge, which other sites may embed. It exists for unreadable records too."""
    record = get_object_or_404(Recommendation, pk=id)
    try:
        bundle = records.read_record(record)
    except records.Unreadable:
        svg = status_banner.unreadable_badge_svg(settings.ADVISOR_NAME)
    else:
        svg = status_banner.badge_svg(bundle, decision_of(record), drift_today(record, bundle))
    response = HttpResponse(svg, content_type="image/svg+xml")
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
@revalidated
def schema(request: HttpRequest) -> HttpResponse:
    """Answer the JSON Schema of the JSON of a result."""
    return HttpResponse(json_schema(), content_type="application/schema+json")


def csrf_failure(request: HttpRequest, reason: str) -> HttpResponse:
    """Answer 403 for a form without a valid token, as `CSRF_FAILURE_VIEW` of Django.

    Where the form came from this site, show it again with all that was typed; nothing is saved.
    """
    match = request.resolver_match
    elsewhere = reason.startswith(("Origin checking failed", "Referer checking failed"))
    if elsewhere or match is None or match.view_name not in ("save", "saved-manage"):
        return errors.csrf_failure(request, reason)
    request.META[_EXPIRED] = True
    view: Callable[..., HttpResponse] = save if match.view_name == "save" else manage
    try:
        return view(request, **match.kwargs)
    except errors.DATABASE_FAILURES as failure:
        return errors.database_failure(request, failure)


def is_expired(request: HttpRequest) -> bool:
    """Return whether the form was sent without a valid token, so that nothing may be saved."""
    return bool(request.META.get(_EXPIRED))


def answered_again(query: Query, result: Result) -> Recommendation | None:
    """Return the record that will be superseded, or None.

    Raise RedirectTo to the same page without it where there is no such record of this tree.
    """
    if not query.supersedes:
        return None
    record = Recommendation.objects.filter(pk=query.supersedes, tree=query.loaded.slug).first()
    if record is None:
        without = replace(query, supersedes="")
        raise RedirectTo(without.address("save", result.given))
    return record

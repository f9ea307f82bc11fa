"""Save a result, and answer the page and the files of a saved decision."""

from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from advisor.engine.walking.evaluate import Result
from advisor.exports.as_json import Saved, Withdrawn, json_schema
from advisor.exports.as_markdown import About, as_markdown
from advisor.kits.bundle import Bundle
from advisor.kits.download import Provenance
from advisor.models import Recommendation
from advisor.saved import records, status_banner
from advisor.saved.build import save_page, saved_page
from advisor.saved.decorators import with_record
from advisor.saved.drift_today import drift_today
from advisor.saved.forms import SaveForm, new_submission
from advisor.saved.responses import permalink
from advisor.saved.visible_metadata import visible_metadata
from advisor.web import access
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
from advisor.wizard.live_result import bundle_of, result_of

CHANGED_MEANWHILE = (
    "The tree has changed since you opened this page. Read the recommendation again, then save."
)
INCOMPLETE = "A part of the form is missing. Nothing was saved yet. Save again."


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@with_query
def save(request: HttpRequest, query: Query) -> HttpResponse:
    """Show the form, or save and redirect to the record.

    Answer 422 with the form where a field is not valid, or where the tree has changed since the
    form was opened. Answer 403 where single sign-on names no active user.
    """
    bundle = bundle_of(query, result_of(query, "save"))
    before = answered_again(query, bundle.result)
    version = query.loaded.version
    opening = {"submission": new_submission(), "version": version}
    identity = access.identity(request)
    submitted = request.POST if request.method == "POST" else None
    form = SaveForm(submitted, initial=opening, asks_author=identity is None)
    if form.is_valid():
        if form.cleaned_data["version"] == version:
            author = access.author(request)
            texts = form.cleaned_data | ({"author": author} if author else {})
            record = records.save(
                query, bundle, texts, timezone.now(), identified=bool(author), supersedes=before
            )
            return SeeOther(reverse("saved", args=[record.id]))
        form = form.reopened(opening, CHANGED_MEANWHILE)
    elif form.errors.keys() & opening.keys():
        form = form.reopened(opening, INCOMPLETE)
    page = save_page(query, bundle.result, identity, before)
    status = 422 if form.errors else 200
    return rendered(request, "saved/save.html", page, query.loaded, status, form=form)


@require_safe
@revalidated
@with_record
def saved(request: HttpRequest, record: Recommendation, bundle: Bundle) -> HttpResponse:
    """Answer the page of a record. An unknown framework in the address means the first."""
    framework = request.GET.get(FRAMEWORK, "")
    today = status_banner.status_banner(record, bundle, drift_today(record, bundle))
    separate = request.GET.get(FILES) == SEPARATE
    link = permalink(request, record.id)
    page = saved_page(record, bundle, today, framework, link, separate=separate)
    return rendered(request, "saved/saved.html", page)


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
    return json_response(request, bundle, record.tree, record.version, saved)


@require_safe
@revalidated
@with_record
def saved_markdown(request: HttpRequest, record: Recommendation, bundle: Bundle) -> HttpResponse:
    """Answer the record as Markdown."""
    metadata = visible_metadata(record)
    about = About(
        metadata.title,
        metadata.context,
        metadata.author,
        record.saved_at.isoformat(),
        permalink(request, record.id),
        permalink(request, record.supersedes_id),
        record.withdrawn_at.isoformat() if record.withdrawn_at else "",
        record.withdrawn_because,
    )
    return markdown_response(as_markdown(bundle.result, record.version, bundle.names(), about))


@require_safe
@revalidated
@with_record
def saved_kit(request: HttpRequest, record: Recommendation, bundle: Bundle) -> HttpResponse:
    """Answer the stored kit as a zip, or 404 where the record has none."""
    provenance = Provenance(permalink(request, record.id), record.version, record.saved_at)
    separate = request.GET.get(FILES) == SEPARATE
    return zip_response(bundle, request.GET.get(FRAMEWORK, ""), provenance, separate=separate)


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
        svg = status_banner.badge_svg(record, bundle, drift_today(record, bundle))
    response = HttpResponse(svg, content_type="image/svg+xml")
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
@revalidated
def schema(request: HttpRequest) -> HttpResponse:
    """Answer the JSON Schema of the JSON of a result."""
    return HttpResponse(json_schema(), content_type="application/schema+json")


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

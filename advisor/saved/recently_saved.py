"""Remember what a browser saved last, so that Back and Save again makes no second record.

A browser asks for the form anew when somebody goes back to it, and the form gets a new submission
id. The signed cookie holds the id of the record, and goes to the form's address alone.
"""

from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from advisor.models import Recommendation
from advisor.web.addresses import Query

_SALT = "advisor.saved.recently_saved"
_SECONDS = 24 * 60 * 60


def remember_saved(response: HttpResponse, query: Query, record: Recommendation) -> None:
    """Let the browser remember the record."""
    response.set_signed_cookie(
        _cookie(),
        record.id,
        salt=_SALT,
        max_age=_SECONDS,
        path=reverse("save", args=[query.loaded.slug]),
        secure=settings.CSRF_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def recently_saved(request: HttpRequest, query: Query, outcome: str) -> Recommendation | None:
    """Return the record that this browser saved last, if it was saved from the same address.

    `outcome` is what the address recommends or chooses.
    """
    try:
        id = request.get_signed_cookie(_cookie(), salt=_SALT, max_age=_SECONDS)
    except (KeyError, BadSignature):
        return None
    record = Recommendation.objects.filter(
        pk=id, tree=query.loaded.slug, entry__summary__outcome=outcome
    ).first()
    same = record is not None and (
        (record.answers, record.values, record.supersedes_id or "")
        == (dict(query.answers), query.kit_state, query.supersedes)
    )
    return record if same else None


def _cookie() -> str:
    return "__Secure-saved" if settings.CSRF_COOKIE_SECURE else "saved"

"""The secret with which an author's team records what becomes of a decision, where nobody signs in.

The site hands it out once, after saving, and keeps its hash alone. It travels in the fragment of an
address, which browsers send to no server, in the body of a form, and in a cookie that lives until
the page after saving was seen: never in a path or a query, which logs and referrers hold.
"""

import hashlib
import hmac
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

from advisor.models import Recommendation

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_SALT = "advisor.saved.secret_link"
_COOKIE_SECONDS = 600


def secret_of(submission: str, submitted: str) -> str:
    """Return the secret of what was submitted with one opening of the form.

    Only who holds the form can get it again, by sending it again: where the answer was lost, or
    after a double click. `submission` itself is not kept.
    """
    return salted_hmac(_SALT, f"{submission}\n{submitted}", algorithm="sha256").hexdigest()


def hash_of_secret(secret: str) -> str:
    """Return what a record keeps of its secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_secret_of(record: Recommendation, typed: str) -> bool:
    """Return whether the secret is the record's; a pasted link counts as the secret in it."""
    secret = typed.rpartition("#")[2].strip()
    return bool(record.key_hash) and hmac.compare_digest(hash_of_secret(secret), record.key_hash)


def secret_address(record: Recommendation, secret: str) -> str:
    """Return the path of the page that takes the secret, with the secret in its fragment."""
    return f"{reverse('saved-manage', args=[record.id])}#{secret}"


def hand_out(response: "HttpResponse", record: Recommendation, secret: str) -> None:
    """Let the next page of the record show the secret, to this browser alone."""
    if is_secret_of(record, secret):
        response.set_cookie(
            _cookie(),
            secret,
            max_age=_COOKIE_SECONDS,
            path=reverse("saved", args=[record.id]),
            secure=settings.CSRF_COOKIE_SECURE,
            httponly=True,
            samesite="Strict",
        )


def handed_out(request: "HttpRequest", record: Recommendation) -> str:
    """Return the secret that this browser is to see now, or an empty text."""
    secret = request.COOKIES.get(_cookie(), "") if request.method == "GET" else ""
    return secret if secret and is_secret_of(record, secret) else ""


def forget(response: "HttpResponse", record: Recommendation) -> None:
    """Take the secret from the browser: it was shown."""
    response.delete_cookie(_cookie(), reverse("saved", args=[record.id]), samesite="Strict")


def _cookie() -> str:
    return "__Secure-secret-link" if settings.CSRF_COOKIE_SECURE else "secret-link"

"""Django's own sessions, mended where they fall short of tokens.py: keys are stored as hashes, a
login ends after ABSOLUTE_HOURS however busy it is, a user can be logged out everywhere, and a
session whose row is gone is over, whatever a cache still says.

SESSION_ENGINE is django_session_store; "django_session.SessionLifetimeMiddleware" stands behind
Django's AuthenticationMiddleware; LogOutEverywhere is the first base class of your user model.

A login that is under way when its user is logged out everywhere is over with its first request:

    user = authenticate(request, username=name, password=password)  # reads the row of the user
    # here the password changes, or somebody calls user.log_out_everywhere()
    login(request, user)  # writes what was read into the session, which no longer fits the row
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django.db
from asgiref.sync import sync_to_async
from django.contrib.auth import logout
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models, router
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.deprecation import MiddlewareMixin

import tokens
from django_cookies import refuse_cookies, use_exact_cookies

SIGNED_IN_AT = "_signed_in_at"
FORBID_CACHING = "django_session.forbid_caching"


class HashedSessionStore(db.SessionStore):
    """The cookie has the key; the store knows only its hash, so that no backup is a login."""

    def exists(self, session_key: str) -> bool:
        return self._rows(session_key).exists()

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = super().create_model_instance(data)
        row.session_key = hash_of_key(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            with session_errors():
                self._rows(key).delete()

    def touch(self) -> bool:
        """Starts the idle time anew. False if the row is gone or over: a cache may still hold a
        copy that a request read before the logout and wrote after it."""
        row = self._rows(self.session_key).filter(expire_date__gt=timezone.now())
        return row.update(expire_date=self.get_expiry_date()) == 1

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        row = self._rows(self.session_key).filter(expire_date__gt=timezone.now()).first()
        if row is None:
            self._session_key = None  # a key that we did not make is never taken over
        return row

    def _rows(self, key: str | None) -> models.QuerySet[AbstractBaseSession]:
        # Where sessions are written: a replica knows of a logout too late.
        sessions = self.model._default_manager.using(router.db_for_write(self.model))
        return sessions.filter(session_key=hash_of_key(key or ""))

    # All that asynchronous views use goes the same ways.
    async def aload(self) -> dict[str, Any]:
        return await sync_to_async(self.load)()

    async def asave(self, must_create: bool = False) -> None:
        await sync_to_async(self.save)(must_create)

    async def aexists(self, session_key: str) -> bool:
        return await sync_to_async(self.exists)(session_key)

    async def adelete(self, session_key: str | None = None) -> None:
        await sync_to_async(self.delete)(session_key)


class SessionLifetimeMiddleware(MiddlewareMixin):
    """Asks the database about each session before a view sees it; 503 if there is no answer. Keeps
    what somebody sees who is signed in out of caches."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        try:
            use_exact_cookies(request)  # again, should ExactCookieMiddleware be missing
            with session_errors():
                if request.user.is_authenticated and not _alive(request):
                    logout(request)
                elif request.user.is_authenticated:
                    _forbid_caching(request)
        except tokens.AmbiguousCookie:
            return refuse_cookies()
        except tokens.StoreUnavailable:
            return HttpResponse(status=503)
        return None

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if FORBID_CACHING in request.META:
            del response["Cache-Control"]  # what a view says counts for pages that are for all
            del response["Expires"]
            add_never_cache_headers(response)  # no-store; and private, for Django's own cache
        return response

    def process_exception(self, _: HttpRequest, error: Exception) -> HttpResponse | None:
        """For the logout and the login, which happen in views."""
        return HttpResponse(status=503) if isinstance(error, tokens.StoreUnavailable) else None


class LogOutEverywhere(AbstractBaseUser):
    """Goes first: `class User(LogOutEverywhere, AbstractUser)`. A change of password ends all other
    sessions by itself, because a session holds a hash made with the password; this adds a number to
    that hash, so that sessions can be ended without one."""

    session_version: "models.IntegerField[int, int]" = models.IntegerField(
        default=0, editable=False
    )

    class Meta:
        abstract = True

    def log_out_everywhere(self) -> None:
        """One UPDATE ends every session of this user, for good and whatever a cache says."""
        this = type(self)._base_manager.filter(pk=self.pk)
        this.update(session_version=models.F("session_version") + 1)
        self.refresh_from_db(fields=["session_version"])

    def get_session_auth_hash(self) -> str:
        return f"{super().get_session_auth_hash()}.{self.session_version}"

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for old in super().get_session_auth_fallback_hash():
            yield f"{old}.{self.session_version}"


@receiver(user_logged_in)
def remember_when(request: HttpRequest, **_: object) -> None:
    request.session[SIGNED_IN_AT] = tokens.now()
    _forbid_caching(request)


def _forbid_caching(request: HttpRequest) -> None:
    request.META[FORBID_CACHING] = True


def _alive(request: HttpRequest) -> bool:
    # A session without the mark is from before this module, and nobody knows how old it is.
    since = request.session.get(SIGNED_IN_AT, 0)
    session = request.session
    young = tokens.now() < since + tokens.ABSOLUTE_HOURS * 3600
    return young and isinstance(session, HashedSessionStore) and session.touch()


def hash_of_key(key: str) -> str:
    """160 bits of SHA-256: what fits into the column, and far more than can be searched."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]


@contextmanager
def session_errors() -> Iterator[None]:
    try:
        yield
    except django.db.Error as error:
        raise tokens.StoreUnavailable("the database did not answer as it should") from error

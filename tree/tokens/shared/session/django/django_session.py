"""Django's own sessions, mended where they fall short of tokens.py: keys are stored as hashes, a
login ends after ABSOLUTE_HOURS however busy it is, a user can be logged out everywhere, and a
session whose row is gone is over, whatever a cache still says.

It is SESSION_ENGINE; "django_session.SessionLifetimeMiddleware" stands behind Django's
AuthenticationMiddleware; LogOutEverywhere is the first base class of your user model.

A login that is under way when its user is logged out everywhere is over with its first request:

    user = authenticate(request, username=name, password=password)  # reads the row of the user
    # here the password changes, or somebody calls user.log_out_everywhere()
    login(request, user)  # writes what was read into the session, which no longer fits the row
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django.db
import redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends import cached_db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.cache import caches
from django.db import models
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.deprecation import MiddlewareMixin

import tokens
from django_cookies import refuse_cookies, use_exact_cookies

SIGNED_IN_AT = "_signed_in_at"
FORBID_CACHING = "django_session.forbid_caching"


class SessionStore(cached_db.SessionStore):
    """The cookie has the key; database and Redis know only its hash, so that neither a backup nor a
    look into Redis is a login."""

    @property
    def cache_key(self) -> str:
        key = super().cache_key.removeprefix(self.cache_key_prefix)
        return f"{self.cache_key_prefix}{_stored(key)}"

    def exists(self, session_key: str) -> bool:
        return bool(super().exists(_stored(session_key)))

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = super().create_model_instance(data)
        row.session_key = _stored(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            with _store_errors():
                # Redis first: if it is down, the logout fails as a whole and can be tried again.
                # Django's order loses the row, and Redis comes back with the session alive.
                copies = caches[settings.SESSION_CACHE_ALIAS]
                copies.delete(f"{self.cache_key_prefix}{_stored(key)}")
                super().delete(_stored(key))

    def touch(self) -> bool:
        """Starts the idle time anew. False if the row is gone or over: Redis may still hold a copy
        that a request read before the logout and wrote after it."""
        row = self._rows().filter(expire_date__gt=timezone.now())
        return row.update(expire_date=self.get_expiry_date()) == 1

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        row = self._rows().filter(expire_date__gt=timezone.now()).first()
        if row is None:
            self._session_key = None  # a key that we did not make is never taken over
        return row

    def _rows(self) -> models.QuerySet[AbstractBaseSession]:
        return self.model._default_manager.filter(session_key=_stored(self.session_key or ""))

    # All that asynchronous views use goes the same ways.
    async def aload(self) -> dict[str, Any]:
        return await sync_to_async(self.load)()

    async def asave(self, must_create: bool = False) -> None:
        await sync_to_async(self.save)(must_create)

    async def aexists(self, session_key: str) -> bool:
        return await sync_to_async(self.exists)(session_key)

    async def adelete(self, session_key: str | None = None) -> None:
        await sync_to_async(self.delete)(session_key)


class JsonSerializer:
    """For RedisCache, which pickles: whoever can write to Redis could run code here."""

    def dumps(self, value: object) -> bytes:
        return json.dumps(value).encode()

    def loads(self, data: bytes) -> Any:
        value = json.loads(data)
        if not isinstance(value, dict):  # then Django asks the database
            raise ValueError("no session")
        return value


class SessionLifetimeMiddleware(MiddlewareMixin):
    """Asks the database about each session before a view sees it; 503 if there is no answer. Keeps
    what somebody sees who is signed in out of caches."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        try:
            use_exact_cookies(request)  # again, should ExactCookieMiddleware be missing
            with _store_errors():
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
    return young and isinstance(session, SessionStore) and session.touch()


def _stored(key: str) -> str:
    """160 bits of SHA-256: what fits into the column, and far more than can be searched."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except (redis.RedisError, django.db.Error) as error:
        raise tokens.StoreUnavailable("database or Redis did not answer as it should") from error

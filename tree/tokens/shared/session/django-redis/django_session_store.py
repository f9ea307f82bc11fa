"""SESSION_ENGINE: sessions in the database, which decides, with a copy in Redis, which is quick."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
from django.conf import settings
from django.contrib.sessions.backends import cached_db
from django.core.cache import caches

from django_session import HashedSessionStore, hash_of_key
from store import StoreUnavailable


class SessionStore(HashedSessionStore, cached_db.SessionStore):
    """Redis knows the keys by their hashes, too."""

    @property
    def cache_key(self) -> str:
        key = super().cache_key.removeprefix(self.cache_key_prefix)
        return f"{self.cache_key_prefix}{hash_of_key(key)}"

    def load(self) -> dict[str, Any]:
        with redis_errors():
            return super().load()

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            # Redis first: if it is down, the logout fails as a whole and can be tried again.
            # Django's order loses the row, and Redis comes back with the session alive.
            with redis_errors():
                copies = caches[settings.SESSION_CACHE_ALIAS]
                copies.delete(f"{self.cache_key_prefix}{hash_of_key(key)}")
                super().delete(key)


class JsonSerializer:
    """For RedisCache, which pickles: whoever can write to Redis could run code here."""

    def dumps(self, value: object) -> bytes:
        return json.dumps(value).encode()

    def loads(self, data: bytes) -> Any:
        value = json.loads(data)
        if not isinstance(value, dict):  # then Django asks the database
            raise ValueError("no session")
        return value


@contextmanager
def redis_errors() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise StoreUnavailable("Redis did not answer as it should") from error

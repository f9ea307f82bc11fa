"""The logins of one test in the tables of a Django project, and a look into them."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from django.db import connections

import django_project
from django_databases import DATABASE
from login_records import user_key
from refresh_tokens import token_hashes
from store import Families, open_store

VARIABLE, NOWHERE = DATABASE, "nowhere"
COLUMNS = {"current": "current_hash", "previous": "previous_hash", "used": "used", "began": "began"}
SOMEBODY = "0" * 64
__all__ = ["NOWHERE", "VARIABLE", "Corner", "corner", "django_project", "look", "ready", "silent"]


@dataclass(frozen=True)
class Corner:
    families: Families

    def dump(self) -> str:
        """Return all that stands in the tables."""
        users = self.families.users.order_by("name").values_list("name", "generation", "cut_off")
        logins = self.families.logins.order_by("login").values_list()
        return "\n".join(map(str, [*logins, *users]))

    def set_clock(self, moment: int) -> None:
        """Let the store have given that moment, as if the clock of its machine had been there."""
        self.families.users.create(name=SOMEBODY, generation=SOMEBODY, cut_off=0, latest=moment)

    def reset_clock(self) -> None:
        """Let the store go by the clock of its machine again."""
        self.families.users.filter(name=SOMEBODY).delete()

    def forget_user(self, subject: str) -> None:
        self.families.users.filter(name=user_key(subject)).delete()

    def logins(self) -> int:
        """Return how many records of logins there are."""
        return self.families.logins.count()

    def has_login(self, token: str) -> bool:
        return self.families.logins.filter(login=token_hashes(token)[0]).exists()

    def get(self, token: str, field: str) -> str:
        """Return `current`, `previous`, `used` or `began` of a login."""
        row = self.families.logins.filter(login=token_hashes(token)[0])
        return str(row.values_list(COLUMNS[field], flat=True).get())

    def put(self, token: str, field: str, value: int) -> None:
        row = self.families.logins.filter(login=token_hashes(token)[0])
        row.update(**{COLUMNS[field]: value})

    def nonce(self, token: str) -> str | None:
        """Return what a retry needs, which the store has until the grace ends."""
        row = self.families.logins.filter(login=token_hashes(token)[0])
        nonce = row.values_list("nonce", flat=True).first()
        return str(nonce) if nonce else None


def look() -> Corner:
    return Corner(open_store(0, 0, 0))


@contextmanager
def ready(_: pytest.MonkeyPatch) -> Iterator[None]:
    """The tables are there, and empty."""
    families = open_store(0, 0, 0)
    families.logins.all().delete()
    families.users.all().delete()
    yield


corner = ready


@contextmanager
def silent() -> Iterator[str]:
    """Yield the name of a database that takes connections and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = {"PORT": str(server.getsockname()[1])}
        connections.settings["silent"] = connections.settings["nowhere"] | port
        yield "silent"
        del connections.settings["silent"]

"""Several processes at one database, as behind gunicorn: the same on SQLite and on PostgreSQL."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.test import Client

from advisor.models import Content, Recommendation
from tests.support import patience
from tests.support.html import Form, form, page
from tests.support.racing import FILES, race
from tests.support.site import SAVE

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 10
# A transaction that sees the database as it was, however long it reads.
READ_AS_OF_NOW = {
    "sqlite": "BEGIN DEFERRED",
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ",
}


def test_a_form_sent_to_several_processes_at_once_makes_one_record() -> None:
    titles = [f"System {number}" for number in range(ROUNDS)]
    answers = race(titles, titles, titles)
    saved = {record.title: record.id for record in Recommendation.objects.all()}
    assert Recommendation.objects.count() == ROUNDS
    assert answers == [[saved[title] for title in titles]] * 3


def test_many_that_save_at_once_are_all_kept_and_share_their_texts() -> None:
    by_process = [
        [f"System {process}.{number}" for number in range(ROUNDS)] for process in range(3)
    ]
    ids = [id for raced in race(*by_process) for id in raced]
    titles = [title for of_process in by_process for title in of_process]
    kept = Recommendation.objects.in_bulk(ids)
    assert [kept[id].title for id in ids] == titles
    assert Content.objects.count() == 1 + ROUNDS * FILES


@pytest.fixture
def other() -> Iterator[BaseDatabaseWrapper]:
    """A second connection to the database, as another process would have it."""
    other = connections.create_connection("default")
    yield other
    other.close()


@pytest.fixture
def impatient() -> Iterator[None]:
    """Whoever has to wait for a lock fails at once."""
    at_once = {
        "sqlite": ("PRAGMA busy_timeout = 0", "PRAGMA busy_timeout = 20000"),
        "postgresql": ("SET lock_timeout = 1", "RESET lock_timeout"),
    }
    begin, end = at_once[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(begin)
    yield
    with connection.cursor() as cursor:
        cursor.execute(end)


def test_two_that_save_the_same_texts_never_wait_for_each_other(
    client: Client, other: BaseDatabaseWrapper
) -> None:
    """The other writes the texts of this record in the order that all keep, and pauses between."""
    ready = form(client.get(SAVE)).fill(title="Billing API", author="Team Blue")
    ready.post(client)
    first, *others = Content.objects.order_by("sha256").values_list("sha256", flat=True)
    Recommendation.objects.all().delete()
    Content.objects.all().delete()
    insert = "INSERT INTO advisor_content (sha256, text) VALUES (%s, '')"
    with ThreadPoolExecutor(1) as pool, other.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "BEGIN")
        cursor.execute(insert, [first])
        status = pool.submit(in_thread, ready, client)
        if connection.vendor == "postgresql":  # SQLite lets nobody else begin
            until_somebody_waits(cursor)
        for sha256 in others:
            cursor.execute(insert, [sha256])
        cursor.execute("COMMIT")
        assert status.result(timeout=patience.SECONDS) == 303


def in_thread(ready: Form, client: Client) -> int:
    """Send the form; a thread has a connection of its own, and nobody else would close it."""
    try:
        return ready.post(client).status_code
    finally:
        connections.close_all()


def until_somebody_waits(cursor: CursorWrapper) -> None:
    for _ in range(20 * patience.SECONDS):
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        if cursor.fetchone() != (0,):
            return
        time.sleep(0.05)
    raise AssertionError("nobody waits for the lock")


@pytest.mark.usefixtures("impatient")
def test_a_reader_does_not_wait_for_a_writer(client: Client, other: BaseDatabaseWrapper) -> None:
    saved = form(client.get(SAVE)).fill(title="Billing API", author="Team Blue").post(client)
    with other.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "BEGIN")
        cursor.execute("UPDATE advisor_recommendation SET title = 'Another'")
        assert page(client.get(saved["Location"])).one("h1").text == "Billing API"
        cursor.execute("ROLLBACK")


@pytest.mark.usefixtures("impatient")
def test_a_writer_does_not_wait_for_a_reader(client: Client, other: BaseDatabaseWrapper) -> None:
    ready = form(client.get(SAVE)).fill(title="Billing API", author="Team Blue")
    with other.cursor() as cursor:
        cursor.execute(READ_AS_OF_NOW[connection.vendor])
        cursor.execute("SELECT count(*) FROM advisor_recommendation")
        assert cursor.fetchone() == (0,)
        assert ready.post(client).status_code == 303
        cursor.execute("SELECT count(*) FROM advisor_recommendation")
        assert cursor.fetchone() == (0,)  # its reading began before
        cursor.execute("ROLLBACK")
    assert Recommendation.objects.count() == 1

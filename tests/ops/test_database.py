"""DATABASE_URL, and an SQLite file that is held to what the settings ask of it."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.checks import CheckMessage
from django.core.management import call_command
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.db.utils import ConnectionHandler
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.views.debug import get_exception_reporter_filter

from advisor.models import Content, Recommendation
from advisor.ops.checks import sqlite_problems
from advisor.ops.database import BadURL, configured
from tests.support.deployed import environment, gunicorn, run
from tests.support.html import form
from tests.support.saving import forget
from tests.support.servers import free_port
from tests.support.site import SAVE

# For connections of their own too.
pytestmark = pytest.mark.django_db

SECRET = "s3cr3t"

# Where DATABASE_URL is wrong, and what is said. A secret stands wherever one could end up.
BAD = {
    f"mysql://advisor:{SECRET}@db/advisor": "does not begin with postgresql://",
    f"advisor:{SECRET}@db/advisor": "does not begin with postgresql://",
    SECRET: "does not begin with postgresql://",
    f"postgresql://advisor:{SECRET}@db": "names no database after the host",
    f"postgresql://advisor:{SECRET}@db/": "names no database after the host",
    f"postgresql://advisor:{SECRET}@db:port/advisor": "has an invalid host or port",
    f"postgresql://advisor:1/{SECRET}@db/advisor": "has a character that is not percent-encoded",
    f"postgresql://advisor:1?{SECRET}@db/advisor": "has a character that is not percent-encoded",
    f"postgresql://advisor:1#{SECRET}@db/advisor": "has a character that is not percent-encoded",
    f"postgresql://[{SECRET}@db/advisor": "is not a URL",
}


# PostgreSQL


def test_the_url_says_where_and_as_whom_and_how(tmp_path: Path) -> None:
    url = "postgresql://advisor:p%40ss%2Fword@db.example:5433/decisions?sslmode=verify-full"
    database = configured(url, tmp_path / "unused")
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["HOST"], database["PORT"], database["NAME"]) == (
        "db.example",
        5433,
        "decisions",
    )
    assert (database["USER"], database["PASSWORD"]) == ("advisor", "p@ss/word")
    assert database["OPTIONS"]["sslmode"] == "verify-full"


def test_the_url_may_name_a_folder_of_sockets(tmp_path: Path) -> None:
    database = configured("postgresql:///decisions?host=/run/Postgres", tmp_path / "unused")
    assert (database["HOST"], database["NAME"]) == ("", "decisions")
    assert database["OPTIONS"]["host"] == "/run/Postgres"


def test_a_connection_is_kept_and_tried_before_it_is_used_again(tmp_path: Path) -> None:
    database = configured("postgresql://db/decisions", tmp_path / "unused")
    assert database["CONN_MAX_AGE"] == 600
    assert database["CONN_HEALTH_CHECKS"] is True
    assert database["OPTIONS"] == {"connect_timeout": 5}


@pytest.mark.parametrize(("url", "why"), BAD.items(), ids=range(len(BAD)))
def test_it_says_what_is_wrong_with_a_url_and_repeats_nothing_of_it(
    url: str, why: str, tmp_path: Path
) -> None:
    with pytest.raises(BadURL) as bad:
        configured(url, tmp_path / "unused")
    assert str(bad.value) == why
    assert bad.value.__cause__ is None
    assert bad.value.__suppress_context__ or bad.value.__context__ is None


@pytest.mark.parametrize("command", ["check", "migrate"])
def test_no_command_goes_on_with_a_bad_url(command: str, tmp_path: Path) -> None:
    url = f"mysql://advisor:{SECRET}@db/advisor"
    env = environment(DATABASE_URL=url, ADVISOR_VAR=str(tmp_path))
    done = run("manage.py", command, env=env)
    printed = done.stdout + done.stderr
    assert done.returncode == 1
    assert "DATABASE_URL does not begin with postgresql://." in printed
    assert "Use postgresql://user:password@host:5432/name" in printed
    assert "Traceback" not in printed
    assert SECRET not in printed
    assert not list(tmp_path.glob("*.sqlite3"))


def test_it_does_not_start_on_a_bad_url(tmp_path: Path) -> None:
    url = f"postgresql://advisor:1/{SECRET}@db/advisor"
    env = environment(DATABASE_URL=url, ADVISOR_VAR=str(tmp_path))
    done = run(*gunicorn(free_port(), "--preload"), env=env)
    assert done.returncode == 3
    assert "DATABASE_URL has a character that is not percent-encoded." in done.stderr
    assert "The site does not start." in done.stderr
    assert SECRET not in done.stdout + done.stderr


def test_a_database_that_is_away_is_named_without_the_password(tmp_path: Path) -> None:
    url = f"postgresql://advisor:{SECRET}@127.0.0.1:{free_port()}/advisor"
    env = environment(DATABASE_URL=url, ADVISOR_VAR=str(tmp_path))
    done = run("manage.py", "migrate", env=env)
    assert done.returncode == 1
    assert 'connection to server at "127.0.0.1"' in done.stderr
    assert SECRET not in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["DATABASE_URL", "ADVISOR_SECRET_KEY"])
def test_a_page_about_an_error_shows_no_secret_of_the_environment(
    name: str, rf: RequestFactory
) -> None:
    request: HttpRequest = rf.get("/")
    request.META[name] = f"postgresql://advisor:{SECRET}@db/advisor"
    shown = get_exception_reporter_filter(request).get_safe_request_meta(request)
    assert SECRET not in repr(shown)


def test_the_suite_runs_on_the_database_that_it_was_given() -> None:
    assert connection.vendor == ("postgresql" if os.environ.get("DATABASE_URL") else "sqlite")


def test_records_show_the_same_after_a_move(client: Client, tmp_path: Path) -> None:
    filled = form(client.get(SAVE)).fill(title="Billing API", author="Team Blue")
    saved = filled.post(client)["Location"]
    forget(client)
    parts = [saved + part for part in ("", "recommendation.md", "recommendation.json", "kit.zip")]
    before = [client.get(part).content for part in parts]
    file = str(tmp_path / "records.json")
    call_command("dumpdata", "advisor", output=file)
    Recommendation.objects.all().delete()
    Content.objects.all().delete()
    call_command("loaddata", file, verbosity=0)
    assert [client.get(part).content for part in parts] == before


# SQLite

Change = Callable[[dict[str, Any]], object]


def opened(file: Path, change: Change = lambda _: None) -> BaseDatabaseWrapper:
    """A new connection to the file, as the settings have it but for the change."""
    database = configured("", file)
    change(database)
    connection: BaseDatabaseWrapper = ConnectionHandler({"default": database})["default"]
    return connection


def problems(file: Path, change: Change = lambda _: None) -> list[CheckMessage]:
    connection = opened(file, change)
    problems_found = list(sqlite_problems(connection))
    connection.close()
    return problems_found


def test_a_file_on_a_local_disk_is_as_promised(tmp_path: Path) -> None:
    assert problems(tmp_path / "advisor.sqlite3") == []


def test_it_refuses_a_disk_that_cannot_share_memory(tmp_path: Path) -> None:
    """SQLite itself, with the locks that it uses on network drives."""

    def on_network_drive(database: dict[str, Any]) -> None:
        database["NAME"] = f"file:{tmp_path}/advisor.sqlite3?vfs=unix-dotfile"
        database["OPTIONS"]["uri"] = True

    (problem,) = problems(tmp_path / "advisor.sqlite3", on_network_drive)
    assert problem.id == "advisor.sqlite-journal-mode"
    assert problem.msg == (
        f"The database file:{tmp_path}/advisor.sqlite3?vfs=unix-dotfile has journal_mode delete, "
        "not wal. Readers would wait for writers, and writers for readers."
    )
    assert problem.hint == HINTS["journal-mode"]


OVERRIDES = {
    "synchronous": {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"},
    "busy-timeout": {"timeout": 5},
    "journal-mode": {"init_command": "PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=FULL;"},
    "transaction-mode": {"transaction_mode": "DEFERRED"},
}
SENTENCES = {
    "synchronous": "has synchronous 1, not 2. A power cut could lose a recommendation after its "
    "link was shown.",
    "busy-timeout": "has busy_timeout 5000, not 20000. Of two who save at once one would fail.",
    "journal-mode": "has journal_mode truncate, not wal. Readers would wait for writers, and "
    "writers for readers.",
    "transaction-mode": "begins a transaction with BEGIN DEFERRED, not BEGIN IMMEDIATE. "
    "One that reads before it writes would fail when another writes meanwhile.",
}
OVERRIDDEN = "The settings of advisor/ops/database.py must reach the database unchanged."
HINTS = {
    "journal-mode": "Write-ahead logging needs a file on a local disk: set ADVISOR_VAR to a folder "
    "that is no network drive, or use PostgreSQL by DATABASE_URL.",
}
UNUSABLE = "The file and its folder must exist and be writable for the user of the site."


@pytest.mark.parametrize("overridden", OVERRIDES)
def test_it_refuses_an_override_and_says_what_it_would_cost(
    tmp_path: Path, overridden: str
) -> None:
    file = tmp_path / "advisor.sqlite3"
    (problem,) = problems(file, lambda database: database["OPTIONS"].update(OVERRIDES[overridden]))
    assert problem.id == f"advisor.sqlite-{overridden}"
    assert problem.msg == f"The database {file} {SENTENCES[overridden]}"
    assert problem.hint == HINTS.get(overridden, OVERRIDDEN)
    assert problem.is_serious()


def test_it_refuses_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "advisor.sqlite3"
    file.write_text("SQLite? No. " * 100)
    (problem,) = problems(file)
    assert problem.id == "advisor.sqlite"
    assert problem.msg == f"The database {file} cannot be used: file is not a database."
    assert problem.hint == UNUSABLE


def test_it_refuses_a_folder_that_is_not_there(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path / "missing" / "advisor.sqlite3")
    assert problem.id == "advisor.sqlite"
    assert "unable to open database file" in problem.msg


def test_the_check_leaves_no_transaction_open(tmp_path: Path) -> None:
    file = tmp_path / "advisor.sqlite3"
    connection = opened(file)
    assert list(sqlite_problems(connection)) == []
    other = sqlite3.connect(file, timeout=0)
    other.execute("BEGIN IMMEDIATE")
    other.close()
    assert connection.get_autocommit()
    connection.close()


def test_the_check_lets_another_process_write_meanwhile(tmp_path: Path) -> None:
    file = tmp_path / "advisor.sqlite3"
    assert problems(file) == []
    other = sqlite3.connect(file)
    other.execute("BEGIN IMMEDIATE")
    problems_found = problems(file, lambda database: database["OPTIONS"].update(timeout=0))
    other.close()
    assert [problem.id for problem in problems_found] == ["advisor.sqlite-busy-timeout"]


def test_it_does_not_start_on_a_database_that_cannot_be_used(tmp_path: Path) -> None:
    file = tmp_path / "advisor.sqlite3"
    file.write_text("SQLite? No. " * 100)
    done = run(
        *gunicorn(free_port(), "--preload"),
        env=environment(ADVISOR_VAR=str(tmp_path), DATABASE_URL=None),
    )
    assert done.returncode == 3
    assert f"The database {file} cannot be used: file is not a database." in done.stderr
    assert "The site does not start." in done.stderr


def test_no_connection_is_handed_down_to_the_workers(tmp_path: Path) -> None:
    env = environment(ADVISOR_VAR=str(tmp_path), DATABASE_URL=None)
    code = "import advisor.wsgi; from django.db import connection; print(connection.connection)"
    done = run("-c", code, env=env)
    assert done.stdout == "None\n"
    assert (tmp_path / "advisor.sqlite3").exists()


def test_the_check_of_databases_says_it_too(tmp_path: Path) -> None:
    (tmp_path / "advisor.sqlite3").write_text("SQLite? No. " * 100)
    done = run(
        *("manage.py", "check", "--tag", "database", "--database", "default"),
        env=environment(ADVISOR_VAR=str(tmp_path), DATABASE_URL=None),
    )
    assert done.returncode == 1
    assert "(advisor.sqlite)" in done.stderr


@pytest.mark.parametrize("model", [*apps.get_app_config("advisor").get_models()])
def test_the_migrations_leave_every_index_of_a_model(model: type[Model]) -> None:
    """SQLite may lose one where it makes a table anew, and no check of Django notices."""
    with connection.cursor() as cursor:
        existing = connection.introspection.get_constraints(cursor, model._meta.db_table)
    declared = [*model._meta.indexes, *model._meta.constraints]
    assert {entry.name for entry in declared} <= existing.keys()

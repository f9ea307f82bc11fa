"""The databases of the tests' Django project, and its apps.

The one to write to is a file of SQLite, or a schema of its own in the PostgreSQL that DATABASE_URL
names.
"""

import atexit
import os
import secrets
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

# Models need an app, and an app is a folder: it is made here and gone after the tests.
APP = tempfile.TemporaryDirectory()
MODELS = Path(__file__).resolve().parent.parent / "django_models.py"
DATABASE = "KIT_DATABASE"  # in the environment: which of DATABASES a test writes to
SQLITE = {"timeout": 2, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"}


class Router:
    """Sends reading to where nobody answers, as to a replica: who asks there notices."""

    def db_for_read(self, model: Any, **_: object) -> str | None:
        return "nowhere" if model._meta.app_label in {"token_store", "sessions"} else None

    def db_for_write(self, model: Any, **_: object) -> str | None:
        return os.environ.get(DATABASE) if model._meta.app_label == "token_store" else None


def sqlite(path: str) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": path, "OPTIONS": SQLITE}


def postgresql(url: str, options: str = "") -> dict[str, Any]:
    parts = conninfo_to_dict(url)
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host"}
    entry = {name: parts.get(each) or "" for name, each in names.items()}
    limits = {"connect_timeout": 2, "options": f"-c statement_timeout=3000 {options}"}
    return entry | {
        "ENGINE": "django.db.backends.postgresql",
        "PORT": str(parts.get("port") or ""),
        "OPTIONS": limits,
    }


def databases() -> dict[str, dict[str, Any]]:
    return {
        "default": empty_database(),
        "nowhere": postgresql("postgresql://nobody@127.0.0.1:1/nowhere"),
        "absent": sqlite("/nowhere/at/all/tokens.sqlite3"),
    }


def make_app(name: str, models: str) -> str:
    """Make an app with these models, as a user does, and return its name."""
    folder = Path(APP.name, name)
    folder.mkdir()
    folder.joinpath("__init__.py").touch()
    folder.joinpath("models.py").write_text(models)
    if APP.name not in sys.path:
        sys.path.insert(0, APP.name)
    return name


def token_store() -> str:
    """Make the app of the kit's own models, and return its name."""
    return make_app("token_store", MODELS.read_text())


def empty_database() -> dict[str, Any]:
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        return sqlite(f"{APP.name}/tokens.sqlite3")
    schema = f"test_{secrets.token_hex(8)}"
    run(url, f"CREATE SCHEMA {schema}")
    atexit.register(run, url, f"DROP SCHEMA {schema} CASCADE")
    return postgresql(url, f"-c search_path={schema}")


def run(url: str, sql: str) -> None:
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(sql)  # type: ignore[call-overload, unused-ignore]

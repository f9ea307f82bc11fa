"""What every test may need: a real Redis, how hard Hypothesis tries, and the site on other trees.

`HYPOTHESIS_PROFILE=long` tries hard before a release; every other run tries little.
"""

import os
import shutil
from collections.abc import Iterator
from importlib import reload
from pathlib import Path

import pytest
from django.db import connection
from django.urls import clear_url_caches
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis
from pytest_django import DjangoDbBlocker, Settings

from advisor import catalogue, urls
from advisor import settings as shipped
from advisor.studio import views as studio
from advisor.studio import workbench
from tests.support import patience
from tests.support.servers import redis_server
from tests.support.site import MESSAGING, STORAGE, TOKENS, Editable

hypothesis.register_profile(
    "short", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis.register_profile("long", hypothesis.get_profile("short"), max_examples=3000)
hypothesis.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))


@pytest.fixture(scope="session", autouse=True)
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a Redis for the whole run; the kits look for it in REDIS_URL."""
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def patient_studio() -> Iterator[None]:
    """Bound drafts by processor time alone, which a busy machine does not take from them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workbench, "STRETCH", 60)
        patch.setattr(workbench, "START_SECONDS", patience.SECONDS)
        patch.setattr(studio.bench, "patience", patience.SECONDS)
        yield


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None,  # noqa: ARG001 - it drops the database after this
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """End the connections that are left, before the database of the tests is dropped.

    The thread of a server may outlive the last test for a moment, with a connection of its own.
    PostgreSQL drops no database that somebody uses.
    """
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture
def editable(tmp_path: Path, settings: Settings) -> Iterator[Editable]:
    """The site on a copy of the shipped tree."""
    folder = tmp_path / "tokens"
    shutil.copytree(TOKENS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    settings.ADVISOR_TREES = [str(folder)]
    yield Editable(folder)
    catalogue.reload()


@pytest.fixture
def messaging(settings: Settings) -> None:
    """The site on a small tree of another subject, without kits."""
    settings.ADVISOR_TREES = [str(MESSAGING)]


@pytest.fixture
def storage(settings: Settings) -> None:
    """The site on the second tree that comes with it."""
    settings.ADVISOR_TREES = [str(STORAGE)]


@pytest.fixture
def both_trees(settings: Settings) -> None:
    settings.ADVISOR_TREES = [str(TOKENS), str(STORAGE)]


@pytest.fixture
def moderated(settings: Settings) -> Iterator[None]:
    """What ADVISOR_MODERATION=1 makes of the settings."""
    settings.ADVISOR_MODERATION = True
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, *shipped.ADMIN_MIDDLEWARE]
    settings.AUTHENTICATION_BACKENDS = [
        *settings.AUTHENTICATION_BACKENDS,
        *shipped.ADMIN_BACKENDS,
    ]
    (engine,) = settings.TEMPLATES
    processors = [*engine["OPTIONS"]["context_processors"], *shipped.ADMIN_CONTEXT]
    settings.TEMPLATES = [
        {**engine, "APP_DIRS": True, "OPTIONS": {"context_processors": processors}}
    ]
    reload(urls)
    clear_url_caches()
    yield
    settings.ADVISOR_MODERATION = False
    reload(urls)
    clear_url_caches()

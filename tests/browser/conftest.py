"""A real Chromium before a real server, and a watch over everything that the pages do in it."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings
from playwright.sync_api import Browser, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.support.chromium import arguments
from tests.support.parts import CHROMIUM, path_of
from tests.support.visit import Visit
from tests.support.windows import PATIENCE, NewVisit, Windows

# Playwright's synchronous interface keeps an event loop running in the thread of the tests, from
# the first browser test to the end of the run. Django takes that for asynchronous code and would
# refuse every query there. No coroutine of ours runs, so nothing can interleave.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session", autouse=True)
def chromium_path() -> str:
    """Looked up before Playwright starts: the search may start a Playwright of its own."""
    return path_of(CHROMIUM)


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], chromium_path: str
) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": chromium_path, "args": arguments()}


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """pytest-django's own, but with a folder for collected files: WhiteNoise warns without one."""
    with override_settings(STATIC_ROOT=str(tmp_path_factory.mktemp("static"))):
        server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture
def site(transactional_db: None, live_server: LiveServer) -> str:  # noqa: ARG001 - its effect
    """The address of the site, with an empty database of its own behind it."""
    return str(live_server.url)


@pytest.fixture(scope="session")
def windows(browser: Browser, live_server: LiveServer) -> Iterator[Windows]:
    windows = Windows(browser, str(live_server.url))
    yield windows
    windows.close()


@pytest.fixture
def new_visit(site: str, windows: Windows) -> Iterator[NewVisit]:
    """Opens a page as another visitor: without cookies, in a tab without a history.

    When the test ends, nothing may have been said in any console, no policy violated, no exception
    left unhandled, no part of a page missing, and no other host asked for anything. `bears` is the
    one thing that a test expects to be said.
    """
    borne: set[str] = set()

    def open_visit(bears: str = "", **options: Any) -> Visit:
        borne.add(bears)
        return Visit(windows.open(options), site)

    yield open_visit
    heard = windows.leave()
    assert [message for message in heard if message not in borne] == []


@pytest.fixture
def visit(new_visit: NewVisit) -> Visit:
    return new_visit()


@pytest.fixture
def plain(new_visit: NewVisit) -> Visit:
    """A visitor whose browser runs no script."""
    return new_visit(java_script_enabled=False)


@pytest.fixture
def two_trees(settings: Settings) -> None:
    folders = ("tree/tokens", "tree/examples/storage")
    settings.ADVISOR_TREES = [str(settings.BASE_DIR / folder) for folder in folders]

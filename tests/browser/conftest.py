"""A real Chromium before a real server, and a watch over everything that the pages do in it."""

import os
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import override_settings
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
)
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.support.parts import CHROMIUM, found
from tests.support.visit import Visit

# Playwright's synchronous interface keeps an event loop running in the thread of the tests, from
# the first browser test to the end of the run. Django takes that for asynchronous code and would
# refuse every query there. No coroutine of ours runs, so nothing can interleave.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

# The browser's own note on a status; the watch looks at the responses themselves.
STATUS_NOTE = re.compile(r"Failed to load resource: the server responded with a status of \d+")
# Says each violation of the policy aloud, with the directive, in whatever frame it happens.
TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error("refused by the policy:", event.effectiveDirective, event.blockedURI));
"""

NewVisit = Callable[..., Visit]


class Windows:
    """Browser contexts that are kept for the next test that wants one alike: opening one costs
    more than most tests do. Cookies go when a test ends, and with its tab the tab's own store."""

    def __init__(self, browser: Browser, site: str) -> None:
        self.browser = browser
        self.site = site
        self.heard: list[str] = []
        self.kept: list[tuple[dict[str, Any], BrowserContext]] = []
        self.used: list[tuple[dict[str, Any], BrowserContext]] = []

    def open(self, options: dict[str, Any]) -> Page:
        alike = [one for one in self.kept if one[0] == options]
        window = alike[0] if alike else (options, self.new(options))
        self.kept = [one for one in self.kept if one is not window]
        self.used.append(window)
        return window[1].new_page()

    def new(self, options: dict[str, Any]) -> BrowserContext:
        context = self.browser.new_context(base_url=self.site, **options)
        context.set_default_timeout(PATIENCE)
        watch(context, self.site, self.heard)
        return context

    def leave(self) -> list[str]:
        """Close what is open, and tell what was heard meanwhile."""
        for _, context in self.used:
            for page in context.pages:
                page.close()
            context.clear_cookies()
        self.kept += self.used
        self.used = []
        heard = self.heard.copy()
        self.heard.clear()
        return heard

    def close(self) -> None:
        for _, context in self.kept:
            context.close()


def watch(context: BrowserContext, site: str, heard: list[str]) -> None:
    """Writes down what no page of this site may do."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not STATUS_NOTE.match(message.text):
            heard.append(f"console {message.type}: {message.text}")

    def on_request(request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(site).netloc:
            heard.append(f"request to another host: {request.url}")

    def on_response(response: Response) -> None:
        # Pages may well be errors; what a page is made of may not.
        if response.status >= 400 and response.request.resource_type not in ("document", "xhr"):
            heard.append(f"{response.status} for {response.url}")

    def on_page_error(page: Page) -> None:
        page.on("pageerror", lambda error: heard.append(f"unhandled: {error}"))

    context.add_init_script(TELL_VIOLATIONS)
    context.on("console", on_console)
    context.on("request", on_request)
    context.on("response", on_response)
    context.on("page", on_page_error)


# Milliseconds. Waiting ends as soon as what is waited for is there, so much of it costs nothing,
# and a machine with other work to do fails no test.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session", autouse=True)
def chromium_path() -> str:
    """Looked up before Playwright starts: the search may start a Playwright of its own."""
    return found(CHROMIUM)


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], chromium_path: str
) -> dict[str, Any]:
    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    quiet += ["--disable-background-networking", "--disable-component-update"]
    # Chromium's sandbox refuses to start as root, as in most containers.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": chromium_path, "args": quiet + sandbox}


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
    assert [one for one in heard if one not in borne] == []


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

"""Browser windows that are kept from test to test, and a watch over what pages do in them."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
)

from tests.support.visit import Visit

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
        alike = [window for window in self.kept if window[0] == options]
        window = alike[0] if alike else (options, self.new(options))
        self.kept = [kept_window for kept_window in self.kept if kept_window is not window]
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
PATIENCE = 120_000

"""A sibling host plants cookies in a real Chromium, on two hosts of one domain with real servers.

`evil.example.test` may set cookies for `example.test`, so for `app.example.test` too. The browser
refuses names with the prefix `__Host-`, but takes names that parsers read as such.
"""

import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlsplit

import pytest
from django.conf import settings
from django.http.cookie import parse_cookie
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page
from starlette.requests import cookie_parser

from advisor import catalogue
from tests.support import cookie_applications as applications
from tests.support.certificates import make_certificate
from tests.support.servers import free_port, wait_for

SESSION, CSRF = "__Host-Http-session", "__Host-Http-csrf"
# What a script can put in front of a name, and what a server can as a byte of its own.
RAW = ["\u00a0", "\u0085"]
BLANKS = ["\u2000", "\u2003", "\u3000", "\u1680", "\u2028", "\u205f", "\u200b", "\ufeff", "\xad"]
ATTRIBUTES = "; Domain=example.test; Path=/; Secure"
PLANT = "([pairs]) => { for (const pair of pairs) document.cookie = pair; }"
POST = """async ([url, body, headers]) => {
  const response = await fetch(url, {method: "POST", credentials: "include", body, headers});
  return [response.status, await response.text()]; }"""
FORM = """([url, token]) => { const form = document.createElement("form");
  form.method = "post"; form.action = url;
  const field = document.createElement("input");
  field.name = "csrfmiddlewaretoken"; field.value = token;
  form.append(field); document.body.append(form); form.submit(); }"""


@dataclass(frozen=True)
class Hosts:
    framework: str
    app: str
    sibling: str


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a certificate that nobody signed but its own key, and that key."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def sibling(certificate: tuple[Path, Path]) -> Iterator[int]:
    """Serve a page on another host of the domain, which sets the cookie that its query names and
    shows what cookies it gets, and yield its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            if pair := unquote_to_bytes(urlsplit(self.path).query).decode("latin-1"):
                self.send_header("Set-Cookie", pair)
            self.end_headers()
            # The bytes that the browser sends to the application, too.
            self.wfile.write(self.headers.get("Cookie", "").encode("latin-1").hex().encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module", params=["django", "fastapi", "flask"])
def hosts(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    certificate: tuple[Path, Path],
    sibling: int,
) -> Iterator[Hosts]:
    folder = tmp_path_factory.mktemp(request.param)
    with serve(request.param, folder, certificate, sibling) as port:
        app, evil = (f"https://{host}.example.test" for host in ("app", "evil"))
        yield Hosts(request.param, f"{app}:{port}", f"{evil}:{sibling}")


@contextmanager
def serve(
    framework: str, folder: Path, certificate: tuple[Path, Path], sibling: int
) -> Iterator[int]:
    """Run an application on the kit behind gunicorn, and yield its port."""
    loaded, problems = catalogue.check(Path(settings.BASE_DIR) / "tree" / "tokens")
    assert loaded is not None, problems
    for file in loaded.kits["opaque-session"].frameworks[framework]:
        (folder / file.name).write_text(file.text)
    (folder / "application.py").write_text(getattr(applications, framework.upper()))
    (folder / "accounts").mkdir()
    (folder / "accounts" / "__init__.py").touch()
    (folder / "accounts" / "models.py").write_text(applications.DJANGO_USER)
    port, (chain, key) = free_port(), certificate
    worker = "asgi" if framework == "fastapi" else "sync"
    command = [sys.executable, "-m", "gunicorn", "application", "--workers", "1", "-k", worker]
    command += ["--bind", f"127.0.0.1:{port}", "--certfile", str(chain), "--keyfile", str(key)]
    command += ["--log-level", "critical", "--no-control-socket"]
    environment = {name: value for name, value in os.environ.items() if "DJANGO" not in name}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "SIBLING_PORT": str(sibling)}
    server = subprocess.Popen(command, cwd=folder, env=environment)
    try:
        wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=60)


@pytest.fixture(scope="module")
def chromium(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any]
) -> Iterator[Browser]:
    """Start a browser for which all hosts of example.test are this machine."""
    options = browser_type_launch_args
    mapped = [*options["args"], "--host-resolver-rules=MAP *.example.test 127.0.0.1"]
    browser = browser_type.launch(**{**options, "args": mapped})
    yield browser
    browser.close()


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(ignore_https_errors=True)
    yield context
    context.close()


def log_in(page: Page, hosts: Hosts, name: str) -> str:
    """Log in as a page of the application does, and return the token of the session."""
    page.goto(f"{hosts.app}/")
    headers, body = {"Content-Type": "application/x-www-form-urlencoded"}, ""
    if hosts.framework == "fastapi":
        headers, body = {"Content-Type": "application/json"}, f'{{"name": "{name}"'
        body += ', "password": "right"}'
    else:
        body = f"name={name}&password=right"
    if hosts.framework == "django":
        headers["X-CSRFToken"] = page.evaluate(
            "async () => (await (await fetch('/login')).json()).csrf"
        )
    status, _ = page.evaluate(POST, ["/login", body, headers])
    assert status == 200
    tokens = [cookie["value"] for cookie in page.context.cookies() if cookie.get("name") == SESSION]
    assert len(tokens) == 1, "the browser knows the prefix and keeps the cookie"
    return str(tokens[0])


@pytest.fixture(scope="module")
def evil_token(chromium: Browser, hosts: Hosts) -> str:
    """The token of a session of the attacker, from a browser of their own."""
    context = chromium.new_context(ignore_https_errors=True)
    token = log_in(context.new_page(), hosts, "mallory")
    context.close()
    return token


def plant(page: Page, hosts: Hosts, pairs: list[str], more: str = "") -> int:
    """Set the cookies by a script of the sibling host, and return how many the domain has."""
    page.goto(hosts.sibling)
    page.evaluate(PLANT, [[f"{pair}{ATTRIBUTES}{more}" for pair in pairs]])
    return planted(page, hosts)


def plant_raw(page: Page, hosts: Hosts, pairs: list[str], more: str = "") -> int:
    """Set them by headers of the sibling host, in which a character is a byte."""
    for pair in pairs:
        page.goto(f"{hosts.sibling}/?{quote((pair + ATTRIBUTES + more).encode('latin-1'))}")
    return planted(page, hosts)


def planted(page: Page, hosts: Hosts) -> int:
    """Return how many cookies the browser sends to every host of the domain."""
    return len([cookie for cookie in sent_to_the_domain(page, hosts).split(b"; ") if cookie])


def sent_to_the_domain(page: Page, hosts: Hosts) -> bytes:
    page.evaluate("document.cookie")  # waits until what a script set is stored
    page.goto(hosts.sibling)
    return bytes.fromhex(page.inner_text("body"))


def answer(page: Page, hosts: Hosts) -> tuple[int, str]:
    """Return status and body of a visit to the page that says who one is."""
    response = page.goto(f"{hosts.app}/me")
    assert response is not None
    return response.status, response.text()


def test_the_browser_itself_keeps_the_exact_name_to_one_host(
    visitor: BrowserContext, hosts: Hosts
) -> None:
    page = visitor.new_page()
    for name in (SESSION, CSRF, SESSION.lower(), "__Host-session"):
        assert plant(page, hosts, [f"{name}=planted"]) == 0


@pytest.mark.parametrize("signed_in", [False, True])
def test_a_planted_session_is_never_taken_for_the_visitors(
    visitor: BrowserContext, hosts: Hosts, evil_token: str, signed_in: bool
) -> None:
    page, counts = visitor.new_page(), list[int]()
    if signed_in:
        log_in(page, hosts, "ada")
    for blank in (*BLANKS, *RAW):
        by = plant_raw if blank in RAW else plant
        pairs = [f"{blank}{SESSION}={evil_token}", f"{SESSION}{blank}={evil_token}"]
        counts.append(by(page, hosts, pairs))
        status, body = answer(page, hosts)
        assert "mallory" not in body, ascii(blank)
        assert status == (400 if counts[-1] else 200 if signed_in else 401), ascii(blank)
        assert by(page, hosts, pairs, "; Max-Age=0") == 0
    assert sum(map(bool, counts)) > 8, "the browser takes nearly all of them"
    status, body = answer(page, hosts)
    assert (status, "ada" in body) == ((200, True) if signed_in else (401, False))


def test_what_chromium_sends_would_deceive_the_parsers_of_the_frameworks(
    visitor: BrowserContext, hosts: Hosts
) -> None:
    """Otherwise the refusals above would prove nothing."""
    page = visitor.new_page()
    assert plant(page, hosts, [f"\u2000{SESSION}=planted"]) == 1
    assert answer(page, hosts)[0] == 400
    assert parse_cookie(sent_to_the_domain(page, hosts).decode())[SESSION] == "planted"
    visitor.clear_cookies()
    assert plant_raw(page, hosts, [f"\u00a0{SESSION}=planted"]) == 1
    assert answer(page, hosts)[0] == 400
    assert cookie_parser(sent_to_the_domain(page, hosts).decode("latin-1"))[SESSION] == "planted"


def test_a_visitor_with_planted_cookies_cannot_be_signed_in_by_them(
    visitor: BrowserContext, hosts: Hosts
) -> None:
    """The answer to a login is 400 too, until the cookies are gone; then all is well."""
    page = visitor.new_page()
    assert plant(page, hosts, [f"\u2000{SESSION}=planted"]) == 1
    page.goto(hosts.app)
    status, _ = page.evaluate(POST, ["/login", "name=ada&password=right", {}])
    assert status in (400, 422)
    visitor.clear_cookies()
    log_in(page, hosts, "ada")
    assert answer(page, hosts)[0] == 200


def test_a_planted_csrf_cookie_lets_no_form_of_a_sibling_through(
    visitor: BrowserContext, hosts: Hosts
) -> None:
    """Django trusts the sibling's origin here, so that its cookie alone would stand in the way."""
    page, token = visitor.new_page(), "a" * 32
    log_in(page, hosts, "ada")
    planted = [f"{blank}{CSRF}={token}" for blank in ("\u2000", "\u00a0", "\u3000")]
    assert plant(page, hosts, planted) == 3
    with page.expect_navigation() as navigation:
        page.evaluate(FORM, [f"{hosts.app}/change", token])
    response = navigation.value
    assert response is not None
    assert response.status in (400, 403)
    assert "changed" not in response.text()


def test_a_logout_takes_the_cookie_out_of_the_browser(
    visitor: BrowserContext, hosts: Hosts
) -> None:
    page = visitor.new_page()
    log_in(page, hosts, "ada")
    page.goto(f"{hosts.app}/me")
    csrf = page.evaluate("async () => (await (await fetch('/me')).json()).csrf")
    headers = {"X-CSRF-Token": csrf, "X-CSRFToken": csrf}
    status, _ = page.evaluate(POST, ["/logout", "", headers])
    assert status in (200, 204)
    assert SESSION not in [cookie.get("name") for cookie in visitor.cookies()]

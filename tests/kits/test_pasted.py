"""Each kit, pasted as one file into a small real application, does its work for a real client.

A browser carries cookies, and an HTTP client carries headers. `make kits` tries all combinations,
the suite one for each framework.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from advisor.kits.kit import Kit
from tests.kits.pasted import (
    new_keys,
    paste,
    redis_url,
    run_client,
    running,
    write_application,
    write_two_applications,
)
from tests.kits.running import combinations, kit_of
from tests.support.certificates import make_certificate
from tests.support.chromium import arguments
from tests.support.parts import CHROMIUM, path_of

IN_THE_SUITE = {
    ("jwt-blocklist store=database", "plain"),
    ("opaque-session", "django"),
    ("access-refresh", "fastapi"),
    ("jwt-blocklist", "flask"),
}
# What comes along with every answer to a browser is in its cookies.
FETCH = """async ([method, path, body, headers]) => {
  const response = await fetch(path, {method, headers, body: body ?? undefined});
  return [response.status, await response.text()]; }"""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


def pasted_kits() -> Iterator[Any]:
    for tree, outcome, way in combinations():
        if tree == "tokens":
            thorough = [] if (outcome, way) in IN_THE_SUITE else [pytest.mark.thorough]
            yield pytest.param(outcome, way, marks=thorough)


def in_a_cookie(kit: Kit) -> bool:
    return kit.choices.get("carrier") == "browser"


KITS = list(pasted_kits())
IN_COOKIES = [
    pasted_kit for pasted_kit in KITS if in_a_cookie(kit_of("tokens", pasted_kit.values[0]))
]
IN_HEADERS = [pasted_kit for pasted_kit in KITS if pasted_kit not in IN_COOKIES]


@pytest.fixture(scope="session")
def chromium(request: pytest.FixtureRequest) -> Iterator[Browser]:
    path = path_of(CHROMIUM)  # before Playwright starts: the search may start one of its own
    # Playwright keeps an event loop running, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    browser_type = request.getfixturevalue("browser_type")
    browser = browser_type.launch(executable_path=path, args=arguments())
    yield browser
    browser.close()


@pytest.fixture
def visitors(chromium: Browser) -> Iterator[list[BrowserContext]]:
    contexts = [chromium.new_context(ignore_https_errors=True) for _ in range(2)]
    yield contexts
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("outcome", "way"), IN_HEADERS)
def test_a_client_works_with_a_kit_that_was_pasted(outcome: str, way: str, tmp_path: Path) -> None:
    kit = kit_of("tokens", outcome)
    pasted = paste(kit, way, tmp_path)
    module = write_application(kit, way, tmp_path, pasted)
    environment = redis_url() | new_keys(tmp_path, pasted.module)
    worker = "asgi" if way == "fastapi" else "gthread"
    with (
        running(tmp_path, module, environment, worker) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        if kit.outcome == "access-refresh":
            refresh_as_an_app(client, "/auth" if way == "django" else "")
        else:
            carry_a_token(client, way, revocable="log_out" in "".join(pasted.blocks.values()))
        if asking := pasted.blocks.get("client.py"):
            keys = environment | {"INTROSPECTION_URL": f"{address}/introspect"}
            code = f"token = {log_in(client, way)[0]!r}\n{asking}\nprint(claims['sub'])"
            assert run_client(tmp_path, code, keys) == "ada\n", "another service asks the issuer"


def log_in(
    client: httpx.Client, way: str, password: str = "right", name: str = "ada"
) -> tuple[str, int]:
    """Return the token of a login, and the status of the answer."""
    given = {"name": name, "password": password}
    how: Any = {"json": given} if way in ("plain", "fastapi") else {"data": given}
    response = client.post("/login", **how)
    assert password not in response.text, "no answer repeats a password"
    token = response.json()["token"] if response.status_code == 200 else ""
    return token, response.status_code


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def status_of_me(client: httpx.Client, token: str) -> int:
    response = client.get("/me", headers=bearer(token))
    assert ("ada" in response.text) == (response.status_code == 200)
    return response.status_code


def carry_a_token(client: httpx.Client, way: str, *, revocable: bool) -> None:
    assert client.get("/me").status_code == 401
    assert log_in(client, way, "wrong") == ("", 401)
    first, second, third = (log_in(client, way)[0] for _ in range(3))
    assert status_of_me(client, first) == 200
    assert status_of_me(client, first[:-4] + "AAAA") == 401
    if revocable:
        assert log_in(client, way, name="raced") == ("", 401), "it began before the logout"
        assert client.post("/logout", headers=bearer(first)).is_success
        assert [status_of_me(client, token) for token in (first, second)] == [401, 200]
        assert client.post("/logout-everywhere", headers=bearer(second)).is_success
        assert [status_of_me(client, token) for token in (second, third)] == [401, 401]
        assert status_of_me(client, log_in(client, way)[0]) == 200, "the next login works at once"


def refresh_as_an_app(client: httpx.Client, prefix: str) -> None:
    def post(path: str, **body: str) -> httpx.Response:
        return client.post(prefix + path, json=body)

    assert client.get("/me").status_code == 401
    assert post("/login", name="ada", password="wrong").status_code == 401
    raced = post("/login", name="raced", password="right")
    assert raced.status_code == 401, "the login began before the user was logged out everywhere"
    pair = post("/login", name="ada", password="right").json()
    assert status_of_me(client, pair["access_token"]) == 200
    assert status_of_me(client, pair["refresh_token"]) == 401
    renewed = post("/refresh", refresh_token=pair["refresh_token"]).json()
    assert renewed["refresh_token"] != pair["refresh_token"]
    assert status_of_me(client, renewed["access_token"]) == 200
    retried = post("/refresh", refresh_token=pair["refresh_token"]).json()
    assert retried["refresh_token"] == renewed["refresh_token"], "a lost answer comes again"
    assert post("/logout", refresh_token=renewed["refresh_token"]).is_success
    assert post("/refresh", refresh_token=renewed["refresh_token"]).status_code == 401
    others = [post("/login", name="ada", password="right").json() for _ in range(2)]
    ending = client.post("/logout-everywhere", headers=bearer(others[0]["access_token"]))
    assert ending.is_success
    for other in others:
        assert post("/refresh", refresh_token=other["refresh_token"]).status_code == 401


@pytest.mark.parametrize(("outcome", "way"), IN_COOKIES)
def test_a_browser_works_with_a_kit_that_was_pasted(
    outcome: str, way: str, tmp_path: Path, visitors: list[BrowserContext]
) -> None:
    kit = kit_of("tokens", outcome)
    pasted = paste(kit, way, tmp_path)
    module = write_application(kit, way, tmp_path, pasted)
    environment = redis_url() | new_keys(tmp_path, pasted.module)
    worker = "asgi" if way == "fastapi" else "gthread"
    certificate = make_certificate(tmp_path)
    with running(tmp_path, module, environment, worker, certificate) as address:
        pages = [context.new_page() for context in visitors]
        for page in pages:
            page.goto(address)
        if kit.outcome == "access-refresh":
            visit_with_refresh(pages, way)
        else:
            by_django = way == "django" and kit.outcome == "opaque-session"
            visit_with_a_session(pages, way, address, by_django=by_django)
        if asking := pasted.blocks.get("client.py"):
            keys = environment | {"INTROSPECTION_URL": f"{address}/introspect"}
            trusted = {"SSL_CERT_FILE": str(certificate[0])}
            code = f"token = {token_in_a_cookie(address)!r}\n{asking}\nprint(claims['sub'])"
            asked = run_client(tmp_path, code, keys | trusted)
            assert asked == "ada\n", "another service asks about the token of the cookie"


def token_in_a_cookie(address: str) -> str:
    """Return the token of a login, as the backend of a page takes it out of the cookie."""
    with httpx.Client(base_url=address, verify=False) as client:
        response = client.post("/login", json={"name": "ada", "password": "right"})
    return response.headers["Set-Cookie"].partition("=")[2].partition(";")[0]


def test_two_kits_live_in_one_program(tmp_path: Path) -> None:
    """Sessions for the pages and tokens for the API, each of them the one file of its kit."""
    sessions, api = (kit_of("tokens", outcome) for outcome in ("opaque-session", "jwt-blocklist"))
    pages = paste(sessions, "flask", tmp_path, "page_sessions")
    tokens = paste(api, "flask", tmp_path, "api_tokens")
    module = write_two_applications(tmp_path, pages, tokens)
    environment = redis_url() | new_keys(tmp_path, tokens.module)
    with running(tmp_path, module, environment) as address:
        given = {"name": "ada", "password": "right"}
        with (
            httpx.Client(base_url=f"{address}/api", timeout=30) as client,
            httpx.Client(base_url=address, timeout=30) as visitor,
        ):
            carry_a_token(client, "flask", revocable=True)
            assert visitor.get("/me").status_code == 401
            cookie = visitor.post("/login", data=given).headers["Set-Cookie"].partition(";")[0]
            signed_in = visitor.get("/me", headers={"Cookie": cookie}).json()
            assert signed_in["user"] == "ada"
            assert status_of_me(client, cookie.partition("=")[2]) == 401, "each knows its own"
            answer = visitor.post(
                "/logout", headers={"Cookie": cookie, "X-CSRF-Token": signed_in["csrf_token"]}
            )
            assert answer.status_code == 303
            assert visitor.get("/me", headers={"Cookie": cookie}).status_code == 401


@pytest.mark.parametrize("way", ["flask", "fastapi"])
def test_a_login_of_the_readers_own_works(way: str, tmp_path: Path) -> None:
    pasted = paste(kit_of("tokens", "opaque-session"), way, tmp_path)
    (snippet,) = pasted.snippets
    before = f"""
from {pasted.module} import Sessions

check_password = lambda name, password: name
sessions, name, password, old_token = Sessions(check_password), "ada", "right", None
"""
    code = f"{before}{snippet}print(sessions.verify(token)['sub'])"
    assert run_client(tmp_path, code, redis_url()) == "ada\n"


def fetch(
    page: Page, method: str, path: str, body: str | None = None, **headers: str
) -> tuple[int, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    status, text = page.evaluate(FETCH, [method, path, body, named])
    return int(status), str(text)


def visit_with_a_session(pages: list[Page], way: str, address: str, *, by_django: bool) -> None:
    """`by_django`: Django keeps the session and checks the CSRF token, not a module of the kit."""

    def csrf(page: Page) -> dict[str, str]:
        """Return the header that this framework asks for, where a page would have a field."""
        if by_django:
            return {"X-CSRFToken": fetch(page, "GET", "/")[1]}
        if way == "plain":
            return {}
        text = fetch(page, "GET", "/session" if way == "fastapi" else "/me")[1]
        return {"X-CSRF-Token": httpx.Response(200, text=text).json().get("csrf_token", "")}

    def submit(page: Page, path: str, **headers: str) -> int:
        return fetch(page, "POST", path, None, **headers)[0]

    def log_in(page: Page, password: str, name: str = "ada") -> int:
        if way in ("plain", "fastapi"):
            body, headers = f'{{"name": "{name}", "password": "{password}"}}', dict(JSON)
        else:
            body, headers = f"name={name}&password={password}", dict(FORM)
        if by_django:
            headers |= csrf(page)
        return fetch(page, "POST", "/login", body, **headers)[0]

    def signed_in(page: Page) -> bool:
        """Open a page as a visitor does, by its address."""
        response = page.goto(f"{address}/me")
        assert response is not None
        shows_ada = response.status == 200 and "ada" in page.content()
        page.goto(address)
        return shows_ada

    first = pages[0]
    assert not signed_in(first)
    assert log_in(first, "wrong") == 401
    # To Django's sessions nobody of that name exists; the kit's own tests have that race.
    assert log_in(first, "right", "raced") == 401, "it began before the logout"
    assert not signed_in(first)
    for page in pages:
        assert log_in(page, "right") in (200, 204)
    assert all(map(signed_in, pages))
    (cookie,) = (sent for sent in first.context.cookies() if "-session" in str(sent.get("name")))
    assert cookie["httpOnly"]
    assert cookie["secure"]
    stolen = {"Cookie": f"{cookie['name']}={cookie['value']}"}
    with httpx.Client(base_url=address, verify=False) as thief:
        assert thief.get("/me", headers=stolen).status_code == 200
        assert submit(first, "/logout", **csrf(first)) in (200, 204)
        assert thief.get("/me", headers=stolen).status_code != 200, "a copy ends with it"
    assert [signed_in(page) for page in pages] == [False, True]
    assert log_in(first, "right") in (200, 204)
    assert submit(first, "/logout-everywhere", **csrf(first)) in (200, 204)
    assert not any(map(signed_in, pages))


def visit_with_refresh(pages: list[Page], way: str) -> None:
    prefix = "/auth" if way == "django" else ""
    headers = JSON | {"X-Requested-With": "fetch"}

    def post(page: Page, path: str, password: str = "", name: str = "ada") -> tuple[int, str]:
        body = f'{{"name": "{name}", "password": "{password}"}}' if password else None
        status, text = fetch(page, "POST", prefix + path, body, **headers)
        given = httpx.Response(200, text=text).json() if status == 200 and text else {}
        return status, str(given.get("access_token", ""))

    def me(page: Page, access: str) -> int:
        return fetch(page, "GET", "/me", None, **bearer(access))[0]

    def refresh_cookie(page: Page) -> str:
        names = [
            cookie for cookie in page.context.cookies() if "refresh" in str(cookie.get("name"))
        ]
        assert all(cookie["httpOnly"] and cookie["secure"] for cookie in names)
        return "".join(str(cookie["value"]) for cookie in names)

    first, other = pages
    assert me(first, "") == 401
    assert post(first, "/login", "wrong")[0] == 401
    assert post(first, "/login", "right", "raced")[0] == 401, "it began before the logout"
    status, access = post(first, "/login", "right")
    assert (status, me(first, access)) == (200, 200)
    before = refresh_cookie(first)
    status, access = post(first, "/refresh")
    assert (status, me(first, access)) == (200, 200)
    assert refresh_cookie(first) not in ("", before), "the refresh token rotates"
    assert post(first, "/logout")[0] in (200, 204)
    assert post(first, "/refresh")[0] == 401
    for page in pages:
        status, access = post(page, "/login", "right")
        assert status == 200
    everywhere = fetch(other, "POST", "/logout-everywhere", None, **bearer(access))
    assert everywhere[0] in (200, 204)
    assert [post(page, "/refresh")[0] for page in pages] == [401, 401]

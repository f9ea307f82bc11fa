"""Real requests to a Flask application with a login, through its cookies."""

import os
import re
import socket
from typing import Any

import pytest
import redis
from flask import Blueprint, Flask, g, render_template_string

import samples
import tokens
from flask_session_cookie import check_session, csrf_token, init_sessions, session_required

ADA = {"name": "ada", "password": "correct horse"}
SET = re.compile(
    rf"{tokens.COOKIE_NAME}=([A-Za-z0-9_-]{{43}}); Path=/; Secure; HttpOnly; SameSite=Lax"
)
CLEARED = f"{tokens.COOKIE_NAME}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"
FORM = '<form method="post"><input type="hidden" name="csrf_token" value="{{ g.csrf_token }}">'


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in samples.environment().items():
        monkeypatch.setenv(name, value)
    url = os.environ.get("REDIS_URL", tokens.STORE_URL)
    try:
        redis.Redis.from_url(url, socket_connect_timeout=1).ping()
    except redis.RedisError:
        pytest.fail(
            f"No Redis at {url}. Start one: redis-server --port 6379 --save '' --appendonly no"
        )


def check_password(name: str, password: str) -> str | None:
    return f"user-{name}" if {"name": name, "password": password} == ADA else None


class Browser:
    """Speaks HTTPS. With a token it sends that one; without, what it was given by Set-Cookie."""

    def __init__(self, token: str | None = None) -> None:
        app = Flask(__name__)
        init_sessions(app, check_password)
        methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        app.route("/me", methods=methods)(session_required(me))
        app.get("/users/<name>")(session_required(user))
        app.get("/form")(session_required(form))
        closed = Blueprint("closed", __name__)
        closed.before_request(check_session)
        closed.get("/closed")(me)
        app.register_blueprint(closed)
        self.client = app.test_client(use_cookies=token is None)
        self.cookie = {} if token is None else {"Cookie": f"{tokens.COOKIE_NAME}={token}"}

    def ask(self, method: str, url: str, headers: dict[str, str] | None = None, **body: Any) -> Any:
        return self.client.open(
            url,
            method=method,
            headers=self.cookie | (headers or {}),
            base_url="https://localhost",
            **body,
        )

    def log_in(self, headers: dict[str, str] | None = None) -> Any:
        return self.ask("POST", "/login", headers, data=ADA)


def me() -> str:
    return str(g.user)


def user(name: str) -> str:
    return f"{name} for {g.user}"


def form() -> str:
    return render_template_string(FORM)


def token_of(response: Any) -> str:
    """The token that was set, in a cookie that has exactly the attributes that it must have."""
    match = SET.fullmatch(response.headers["Set-Cookie"])
    assert match is not None
    return match[1]


def test_a_login_sets_the_cookie_and_the_cookie_lets_in() -> None:
    browser = Browser()
    response = browser.log_in()
    token = token_of(response)
    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert response.headers["Cache-Control"] == "no-store"
    assert browser.ask("GET", "/me").text == "user-ada"
    assert browser.ask("GET", "/me").headers["Cache-Control"] == "no-store"
    assert Browser(token).ask("GET", "/users/grace").text == "grace for user-ada"


@pytest.mark.parametrize(
    "changed",
    [
        *({"password": "wrong"}, {"name": "grace"}, {"password": ""}),
        *({"name": "x" * 255}, {"password": "x" * 1025}),
    ],
)
def test_wrong_credentials_set_no_cookie(changed: dict[str, str]) -> None:
    response = Browser().ask("POST", "/login", data=ADA | changed)
    assert response.status_code == 401
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize(("field", "longest"), [("name", 254), ("password", 1024)])
def test_overlong_credentials_are_not_even_hashed(field: str, longest: int) -> None:
    seen: list[tuple[str, str]] = []
    app = Flask(__name__)
    init_sessions(app, lambda *credentials: seen.append(credentials))
    for length in (longest, longest + 1):
        response = app.test_client().post("/login", data=ADA | {field: "x" * length})
        assert response.status_code == 401
    assert len(seen) == 1


def test_a_login_leads_nowhere_that_the_request_names() -> None:
    url = "/login?next=https://evil.example"
    response = Browser().ask("POST", url, data=ADA | {"next": "//evil.example"})
    assert response.headers["Location"] == "/"


def test_without_a_cookie_nobody_is_let_in() -> None:
    for method, url in (("GET", "/me"), ("POST", "/me"), ("GET", "/closed")):
        assert Browser().ask(method, url).status_code == 401


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "A" * 44, "A" * 10_000, "é", '"', "a b"])
def test_a_cookie_that_is_no_session_is_refused(token: str) -> None:
    assert Browser(token).ask("GET", "/me").status_code == 401


def test_an_expired_session_is_refused() -> None:
    assert Browser(samples.good()).ask("GET", "/me").status_code == 200
    assert Browser(samples.expired()).ask("GET", "/me").status_code == 401


def test_a_forged_session_is_refused() -> None:
    assert Browser(samples.forged()).ask("GET", "/me").status_code == 401


def test_only_the_cookie_counts() -> None:
    token = samples.good()
    headers = {"Authorization": f"Bearer {token}", "Cookie": f"session={token}"}
    assert Browser("").ask("GET", f"/me?session={token}", headers).status_code == 401


def test_a_whole_blueprint_can_be_closed() -> None:
    assert Browser(samples.good("ada")).ask("GET", "/closed").text == "ada"
    assert Browser(samples.forged()).ask("GET", "/closed").status_code == 401


def test_a_logout_ends_the_session_and_clears_the_cookie() -> None:
    token = samples.good()
    response = Browser(token).ask("POST", "/logout", data={"csrf_token": csrf_token(token)})
    assert (response.status_code, response.headers["Set-Cookie"]) == (303, CLEARED)
    assert response.headers["Location"] == "/"
    assert Browser(token).ask("GET", "/me").status_code == 401


def test_a_logout_without_a_living_session_clears_the_cookie() -> None:
    token = samples.forged()
    for browser in (Browser(), Browser(token)):
        response = browser.ask("POST", "/logout", {"X-CSRF-Token": csrf_token(token)})
        assert (response.status_code, response.headers["Set-Cookie"]) == (303, CLEARED)


def test_a_logout_everywhere_ends_all_sessions_of_this_user_alone() -> None:
    one, two, other = samples.good("a"), samples.good("a"), samples.good("b")
    csrf = {"X-CSRF-Token": csrf_token(one)}
    response = Browser(one).ask("POST", "/logout-everywhere", csrf)
    assert (response.status_code, response.headers["Set-Cookie"]) == (303, CLEARED)
    statuses = [Browser(token).ask("GET", "/me").status_code for token in (one, two, other)]
    assert statuses == [401, 401, 200]


def test_a_login_ends_the_session_that_was_there() -> None:
    """Also one that somebody planted: it is neither taken over nor left alive."""
    planted = samples.good("mallory")
    token = token_of(Browser(planted).log_in())
    assert token != planted
    assert Browser(planted).ask("GET", "/me").status_code == 401
    assert Browser(token).ask("GET", "/me").text == "user-ada"
    token_of(Browser("no session at all").log_in())


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_change_needs_the_csrf_token_of_this_very_session(method: str) -> None:
    token, other = samples.good("a"), samples.good("a")
    browser = Browser(token)
    right = csrf_token(token)
    for sent in ("", "x", right[:-1], right.upper(), token, csrf_token(other), "é"):
        assert browser.ask(method, "/me", {"X-CSRF-Token": sent}).status_code == 403
        assert browser.ask(method, "/me", data={"csrf_token": sent}).status_code == 403
    assert browser.ask(method, "/me").status_code == 403
    assert browser.ask(method, f"/me?csrf_token={right}").status_code == 403
    assert browser.ask(method, "/me", {"X-CSRF-Token": right}).status_code == 200
    assert browser.ask(method, "/me", data={"csrf_token": right}).status_code == 200


def test_a_form_carries_the_csrf_token() -> None:
    token = samples.good()
    assert f'value="{csrf_token(token)}"' in Browser(token).ask("GET", "/form").text


@pytest.mark.parametrize("url", ["/logout", "/logout-everywhere"])
def test_nobody_is_logged_out_by_another_site(url: str) -> None:
    token = samples.good()
    assert Browser(token).ask("POST", url).status_code == 403
    assert Browser(token).ask("GET", url).status_code == 405
    assert Browser(token).ask("GET", "/me").status_code == 200


def test_a_csrf_token_alone_lets_nobody_in() -> None:
    token = samples.forged()
    csrf = {"X-CSRF-Token": csrf_token(token)}
    assert Browser(token).ask("POST", "/me", csrf).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://localhost"}, 303),
        ({"Origin": "https://localhost"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://localhost"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "https://localhost.evil.example"}, 403),
        ({"Origin": "https://localhost:8443"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_nobody_is_logged_in_by_another_site(headers: dict[str, str], status: int) -> None:
    response = Browser().log_in(headers)
    assert (response.status_code, "Set-Cookie" in response.headers) == (status, status == 303)


def test_with_the_store_down_nobody_is_let_in_or_told_that_he_is_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = samples.good()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{port}/0")
    browser = Browser(token)
    csrf = {"X-CSRF-Token": csrf_token(token)}
    responses = [
        browser.ask("GET", "/me"),
        browser.log_in(),
        browser.ask("POST", "/logout", csrf),
        browser.ask("POST", "/logout-everywhere", csrf),
    ]
    assert [each.status_code for each in responses] == [503] * 4
    assert not any("Set-Cookie" in each.headers for each in responses)


def test_a_logout_everywhere_that_fails_halfway_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def revoke_all(self, subject: str) -> int:
            raise tokens.StoreUnavailable(subject)

    monkeypatch.setattr(tokens, "revoker", Broken)
    token = samples.good()
    csrf = {"X-CSRF-Token": csrf_token(token)}
    assert Browser(token).ask("POST", "/logout-everywhere", csrf).status_code == 503

"""Real requests to a FastAPI application with a login, through its cookies."""

import os
import re
import socket
from typing import Annotated, Any

import pytest
import redis
from fastapi import APIRouter, Depends, FastAPI
from fastapi.testclient import TestClient

import samples
import tokens
from fastapi_session import Session, Sessions, csrf_token

ADA = {"name": "ada", "password": "correct horse"}
SET = re.compile(
    rf"{tokens.COOKIE_NAME}=([A-Za-z0-9_-]{{43}}); Path=/; Secure; HttpOnly; SameSite=Lax"
)
CLEARED = f"{tokens.COOKIE_NAME}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"


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


def client(token: str | None = None) -> TestClient:
    sessions = Sessions(check_password)
    closed = APIRouter(dependencies=[Depends(sessions.current)])

    def me(session: Annotated[Session, Depends(sessions.current)]) -> str:
        return session.user

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        closed.add_api_route("/me", me, methods=[method])
    app = FastAPI()
    app.include_router(sessions.router)
    app.include_router(closed)
    browser = TestClient(app, base_url="https://testserver")
    if token is not None:
        browser.headers["Cookie"] = f"{tokens.COOKIE_NAME}={token}"
    return browser


def token_of(response: Any) -> str:
    """The token that was set, in a cookie that has exactly the attributes that it must have."""
    match = SET.fullmatch(response.headers["Set-Cookie"])
    assert match is not None
    return match[1]


def test_a_login_sets_the_cookie_and_the_cookie_lets_in() -> None:
    browser = client()
    response = browser.post("/login", json=ADA)
    token = token_of(response)
    assert response.json() == {"user": "user-ada", "csrf_token": csrf_token(token)}
    assert response.headers["Cache-Control"] == "no-store"
    assert browser.get("/me").json() == "user-ada"
    assert browser.get("/me").headers["Cache-Control"] == "no-store"
    assert browser.get("/session").json() == response.json()
    assert client(token).get("/me").json() == "user-ada"


@pytest.mark.parametrize(
    "credentials", [ADA | {"password": "wrong"}, ADA | {"name": "grace"}, ADA | {"password": ""}]
)
def test_wrong_credentials_set_no_cookie(credentials: dict[str, str]) -> None:
    response = client().post("/login", json=credentials)
    assert response.status_code == 401
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("field", ["name", "password"])
def test_overlong_credentials_are_not_even_hashed(field: str) -> None:
    assert client().post("/login", json=ADA | {field: "x" * 1025}).status_code == 422


def test_without_a_cookie_nobody_is_let_in() -> None:
    for method in ("GET", "POST"):
        response = client().request(method, "/me")
        assert (response.status_code, response.json()) == (401, {"detail": "Unauthorized"})
    assert client().get("/session").status_code == 401


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "A" * 44, "A" * 10_000, "é", '"', "a b"])
def test_a_cookie_that_is_no_session_is_refused(token: str) -> None:
    headers = {"Cookie": f"{tokens.COOKIE_NAME}={token}".encode()}
    assert client().get("/me", headers=headers).status_code == 401


def test_an_expired_session_is_refused() -> None:
    assert client(samples.good()).get("/me").status_code == 200
    assert client(samples.expired()).get("/me").status_code == 401


def test_a_forged_session_is_refused() -> None:
    assert client(samples.forged()).get("/me").status_code == 401


def test_only_the_cookie_counts() -> None:
    token = samples.good()
    headers = {"Authorization": f"Bearer {token}", "Cookie": f"session={token}"}
    assert client().get(f"/me?session={token}", headers=headers).status_code == 401


def test_a_logout_ends_the_session_and_clears_the_cookie() -> None:
    token = samples.good()
    response = client(token).post("/logout", headers={"X-CSRF-Token": csrf_token(token)})
    assert (response.status_code, response.headers["Set-Cookie"]) == (204, CLEARED)
    assert client(token).get("/me").status_code == 401


def test_a_logout_without_a_living_session_clears_the_cookie() -> None:
    token = samples.forged()
    for browser in (client(), client(token)):
        response = browser.post("/logout", headers={"X-CSRF-Token": csrf_token(token)})
        assert (response.status_code, response.headers["Set-Cookie"]) == (204, CLEARED)


def test_a_logout_everywhere_ends_all_sessions_of_this_user_alone() -> None:
    one, two, other = samples.good("a"), samples.good("a"), samples.good("b")
    response = client(one).post("/logout-everywhere", headers={"X-CSRF-Token": csrf_token(one)})
    assert (response.status_code, response.headers["Set-Cookie"]) == (204, CLEARED)
    assert [client(token).get("/me").status_code for token in (one, two, other)] == [401, 401, 200]


def test_a_login_ends_the_session_that_was_there() -> None:
    """Also one that somebody planted: it is neither taken over nor left alive."""
    planted = samples.good("mallory")
    token = token_of(client(planted).post("/login", json=ADA))
    assert token != planted
    assert client(planted).get("/me").status_code == 401
    assert client(token).get("/me").json() == "user-ada"
    token_of(client("no session at all").post("/login", json=ADA))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_change_needs_the_csrf_token_of_this_very_session(method: str) -> None:
    token, other = samples.good("a"), samples.good("a")
    browser = client(token)
    right = csrf_token(token)
    for sent in ("", "x", right[:-1], right.upper(), token, csrf_token(other), "é"):
        headers = {"X-CSRF-Token": sent.encode()}
        assert browser.request(method, "/me", headers=headers).status_code == 403
    assert browser.request(method, "/me").status_code == 403
    assert browser.request(method, f"/me?csrf_token={right}").status_code == 403
    assert browser.request(method, "/me", headers={"X-CSRF-Token": right}).status_code == 200


@pytest.mark.parametrize("url", ["/logout", "/logout-everywhere"])
def test_nobody_is_logged_out_by_another_site(url: str) -> None:
    token = samples.good()
    assert client(token).post(url).status_code == 403
    assert client(token).get(url).status_code == 405
    assert client(token).get("/me").status_code == 200


def test_a_csrf_token_alone_lets_nobody_in() -> None:
    token = samples.forged()
    headers = {"X-CSRF-Token": csrf_token(token)}
    assert client(token).post("/me", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://testserver"}, 200),
        ({"Origin": "https://testserver"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://testserver"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "https://testserver.evil.example"}, 403),
        ({"Origin": "https://testserver:8443"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_nobody_is_logged_in_by_another_site(headers: dict[str, str], status: int) -> None:
    response = client().post("/login", json=ADA, headers=headers)
    assert (response.status_code, "Set-Cookie" in response.headers) == (status, status == 200)


def test_with_the_store_down_nobody_is_let_in_or_told_that_he_is_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = samples.good()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{port}/0")
    browser = client(token)
    csrf = {"X-CSRF-Token": csrf_token(token)}
    responses = [
        browser.get("/me"),
        browser.get("/session"),
        browser.post("/login", json=ADA),
        browser.post("/logout", headers=csrf),
        browser.post("/logout-everywhere", headers=csrf),
    ]
    assert [each.status_code for each in responses] == [503] * 5
    assert not any("Set-Cookie" in each.headers for each in responses)


def test_a_logout_everywhere_that_fails_halfway_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def revoke_all(self, subject: str) -> int:
            raise tokens.StoreUnavailable(subject)

    monkeypatch.setattr(tokens, "revoker", Broken)
    token = samples.good()
    csrf = {"X-CSRF-Token": csrf_token(token)}
    assert client(token).post("/logout-everywhere", headers=csrf).status_code == 503


def test_openapi_says_which_cookie_is_needed() -> None:
    document = client().get("/openapi.json").json()
    assert document["components"]["securitySchemes"] == {
        "Session": {"type": "apiKey", "in": "cookie", "name": tokens.COOKIE_NAME}
    }
    assert document["paths"]["/me"]["get"]["security"] == [{"Session": []}]

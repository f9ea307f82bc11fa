"""Real requests to an issuer: login, refresh and logout, through its cookies."""

import json
import os
import re
import socket
from typing import Any

import pytest
import redis

import samples
import tokens
from browser import INVALID, check_password, send, start, text

ADA = {"name": "ada", "password": "correct horse"}
PAGE = {"X-Requested-With": "fetch"}
AGE = tokens.REFRESH_IDLE_DAYS * 86400
SET = re.compile(
    rf"{tokens.REFRESH_COOKIE_NAME}=([A-Za-z0-9._-]{{20,}}); Path=/; Secure; HttpOnly; "
    rf"SameSite=Lax; Max-Age={AGE}"
)
CLEARED = f"{tokens.REFRESH_COOKIE_NAME}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"


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


def post(
    endpoint: str,
    token: str | None = None,
    *,
    content: Any = ...,
    headers: dict[str, str] = PAGE,
    method: str = "POST",
) -> Any:
    """Send a request of a browser whose refresh cookie is `token`; the content becomes JSON."""
    if content is ...:
        return send(method, endpoint, token, headers, b"")
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return send(method, endpoint, token, headers | {"Content-Type": "application/json"}, body)


def read(response: Any) -> dict[str, Any]:
    return dict(json.loads(text(response)))


def token_of(response: Any) -> str:
    """The refresh token that was set, in a cookie with exactly the attributes that it must have."""
    match = SET.fullmatch(response.headers["Set-Cookie"])
    assert match is not None
    return match[1]


def log_in() -> str:
    """A refresh token."""
    return token_of(post("login", content=ADA))


def no_cookie(response: Any, status: int) -> bool:
    return (response.status_code, "Set-Cookie" in response.headers) == (status, False)


def test_a_login_gives_an_access_token_and_sets_the_refresh_cookie() -> None:
    response = post("login", content=ADA)
    body = read(response)
    assert tokens.verifier()(body.pop("access_token"))["sub"] == "user-ada"
    assert body == {"token_type": "Bearer", "expires_in": tokens.ACCESS_MINUTES * 60}
    assert response.headers["Cache-Control"] == "no-store"
    assert token_of(response) not in str(body)


@pytest.mark.parametrize(
    "credentials", [ADA | {"password": "wrong"}, ADA | {"name": "grace"}, ADA | {"password": ""}]
)
def test_wrong_credentials_get_nothing(credentials: dict[str, str]) -> None:
    assert no_cookie(post("login", content=credentials), 401)


@pytest.mark.parametrize(
    "body",
    [
        *({}, [], None, "ada", {"name": "ada"}, ADA | {"name": 7}, ADA | {"password": None}),
        *(ADA | {"name": "x" * 255}, ADA | {"password": "x" * 1025}),
    ],
)
def test_odd_credentials_are_not_even_looked_at(body: Any) -> None:
    assert no_cookie(post("login", content=body), INVALID)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[" * 100_000, b"name=ada"])
def test_a_body_that_is_no_json_is_refused(raw: bytes) -> None:
    response = post("login", content=raw)
    assert response.status_code in (400, 422)
    assert "Set-Cookie" not in response.headers


def test_a_refresh_gives_new_tokens() -> None:
    first = log_in()
    response = post("refresh", first)
    body = read(response)
    assert tokens.verifier()(body.pop("access_token"))["sub"] == "user-ada"
    assert body == {"token_type": "Bearer", "expires_in": tokens.ACCESS_MINUTES * 60}
    assert response.headers["Cache-Control"] == "no-store"
    second = token_of(response)
    assert second != first
    assert post("refresh", second).status_code == 200


def test_the_slower_of_two_tabs_gets_an_access_token_alone() -> None:
    first = log_in()
    second = token_of(post("refresh", first))
    response = post("refresh", first)
    assert no_cookie(response, 200)
    assert tokens.verifier()(read(response)["access_token"])["sub"] == "user-ada"
    assert post("refresh", second).status_code == 200


def test_a_copy_that_is_used_late_ends_the_login(monkeypatch: pytest.MonkeyPatch) -> None:
    first = log_in()
    second = token_of(post("refresh", first))
    late = tokens.now() + tokens.GRACE_SECONDS + 1
    monkeypatch.setattr(tokens, "now", lambda: late)
    assert no_cookie(post("refresh", first), 401)
    assert no_cookie(post("refresh", second), 401)


@pytest.mark.parametrize("past", ["idle", "absolute"])
def test_a_login_whose_time_is_over_is_not_refreshed(
    monkeypatch: pytest.MonkeyPatch, past: str
) -> None:
    token, start = log_in(), tokens.now()
    idle, absolute = tokens.REFRESH_IDLE_DAYS * 86400, tokens.REFRESH_ABSOLUTE_DAYS * 86400
    passed = idle - 1
    while past == "absolute" and passed < absolute:
        monkeypatch.setattr(tokens, "now", lambda: start + passed)  # noqa: B023 - used at once
        token = token_of(post("refresh", token))
        passed += idle - 1
    late = start + (absolute if past == "absolute" else idle)
    monkeypatch.setattr(tokens, "now", lambda: late)
    assert no_cookie(post("refresh", token), 401)


def test_no_other_token_is_refreshed() -> None:
    genuine = log_in()
    access = read(post("login", content=ADA))["access_token"]
    forged = genuine[:-1] + ("A" if genuine[-1] != "A" else "B")
    others = ["", "x", genuine[:-1], access, samples.expired(), samples.forged(), "A" * 10_000]
    for token in [None, *others, forged, "A" * 43 + "." + "A" * 43]:
        assert no_cookie(post("refresh", token), 401)


def test_a_refresh_token_is_taken_from_the_cookie_alone() -> None:
    token = log_in()
    headers = PAGE | {"Authorization": f"Bearer {token}"}
    assert post(f"refresh?refresh_token={token}", headers=headers).status_code == 401
    assert post("refresh", content={"refresh_token": token}).status_code == 401
    assert post("refresh", token).status_code == 200


def test_a_refresh_token_is_no_access_token_nor_is_a_bad_one() -> None:
    for token in (log_in(), samples.expired(), samples.forged()):
        with pytest.raises(tokens.InvalidToken):
            tokens.verifier()(token)


def test_a_logout_ends_the_login_and_clears_the_cookie() -> None:
    token = log_in()
    response = post("logout", token)
    assert (response.status_code, response.headers["Set-Cookie"]) == (204, CLEARED)
    assert no_cookie(post("refresh", token), 401)


def test_a_logout_without_a_login_clears_the_cookie() -> None:
    for token in (None, "no token"):
        response = post("logout", token)
        assert (response.status_code, response.headers["Set-Cookie"]) == (204, CLEARED)


def test_a_second_login_ends_the_first_of_this_browser() -> None:
    first, elsewhere = log_in(), log_in()
    token_of(post("login", first, content=ADA))
    assert no_cookie(post("refresh", first), 401)
    assert post("refresh", elsewhere).status_code == 200


@pytest.mark.parametrize("endpoint", ["login", "refresh", "logout"])
def test_another_site_changes_nothing(endpoint: str) -> None:
    """No form can add the header, whatever else it sends."""
    token = log_in()
    for headers in ({}, {"X-Requested-With": ""}, {"Origin": "https://evil.example"}):
        assert no_cookie(post(endpoint, token, content=ADA, headers=headers), 403)
    assert post("refresh", token).status_code == 200


@pytest.mark.parametrize("endpoint", ["login", "refresh", "logout"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post_counts(endpoint: str, method: str) -> None:
    token = log_in()
    assert no_cookie(post(endpoint, token, method=method), 405)
    assert post("refresh", token).status_code == 200


def test_with_the_store_down_nothing_is_given_or_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    token = log_in()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with monkeypatch.context() as down:
        down.setenv("REDIS_URL", f"redis://127.0.0.1:{port}/0")
        for endpoint in ("login", "refresh", "logout"):
            response = post(endpoint, token, content=ADA)
            assert no_cookie(response, 503)
            assert "access_token" not in text(response)
    assert post("refresh", token).status_code == 200


def test_an_issuer_whose_keys_are_unfit_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    start(check_password)
    for name in samples.environment():
        monkeypatch.setenv(name, "unfit")
    with pytest.raises(tokens.ConfigurationError):
        start(check_password)

"""Real requests to an issuer of an app: login, refresh and logout, with both tokens in JSON."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import browser
import samples
import tokens
from browser import INVALID, PREFLIGHT, SERVERS, application, check_password, send, start, text
from login_corner import NOWHERE, VARIABLE, ready

ADA = {"name": "ada", "password": "correct horse"}
JSON = {"Content-Type": "application/json"}
ENDPOINTS = ["login", "refresh", "logout"]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in samples.environment().items():
        monkeypatch.setenv(name, value)
    with ready(monkeypatch):
        yield


def post(
    endpoint: str,
    content: Any = ...,
    *,
    headers: dict[str, str] = JSON,
    method: str = "POST",
    cookie: str | None = None,
) -> Any:
    """Send a request without any header but its type; the content becomes JSON."""
    if content is ...:
        return send(method, endpoint, cookie, headers, b"")
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return send(method, endpoint, cookie, headers, body)


def renew(token: Any, **more: Any) -> Any:
    return post("refresh", {"refresh_token": token}, **more)


def read(response: Any) -> dict[str, Any]:
    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers
    return dict(json.loads(text(response)))


def token_of(response: Any) -> str:
    return str(read(response)["refresh_token"])


def log_in() -> str:
    """Return a refresh token."""
    return token_of(post("login", ADA))


def refused(response: Any, status: int) -> bool:
    """Return whether this is the status, and no token and no cookie comes with it."""
    got = response.status_code == status and "Set-Cookie" not in response.headers
    return got and "_token" not in text(response)


def give_both_tokens(response: Any) -> str:
    body = read(response)
    assert tokens.verifier()(body.pop("access_token"))["sub"] == "user-ada"
    token = str(body.pop("refresh_token"))
    assert body == {"token_type": "Bearer", "expires_in": tokens.ACCESS_MINUTES * 60}
    assert response.headers["Cache-Control"] == "no-store"
    assert token not in str(response.headers)
    return token


def test_a_login_gives_both_tokens_in_the_body_and_sets_no_cookie() -> None:
    give_both_tokens(post("login", ADA))


def test_a_refresh_gives_new_tokens() -> None:
    first = log_in()
    second = give_both_tokens(renew(first))
    assert second != first
    assert give_both_tokens(renew(second)) != second


@pytest.mark.parametrize(
    "credentials", [ADA | {"password": "wrong"}, ADA | {"name": "grace"}, ADA | {"password": ""}]
)
def test_wrong_credentials_get_nothing(credentials: dict[str, str]) -> None:
    assert refused(post("login", credentials), 401)


@pytest.mark.parametrize("body", [{}, [], None, "ada", ADA | {"name": 7}, b"{", b"name=ada"])
def test_odd_credentials_get_nothing(body: Any) -> None:
    assert refused(post("login", body), INVALID)


@pytest.mark.parametrize("field", ["name", "password"])
def test_half_a_character_is_a_wrong_name_or_password(
    monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    def never(*_: Any) -> str:
        raise AssertionError("looked up")

    monkeypatch.setattr(browser, "check_password", never)
    assert refused(post("login", ADA | {field: "ada\ud800"}), 401)


@pytest.mark.parametrize("endpoint", ["refresh", "logout"])
@pytest.mark.parametrize("odd", ["\ud800", "ada\udfff", "ada\0"])
def test_half_a_character_is_no_token(endpoint: str, odd: str) -> None:
    assert refused(post(endpoint, {"refresh_token": odd}), 401)


@pytest.mark.parametrize("endpoint", ["refresh", "logout"])
@pytest.mark.parametrize(
    "body",
    [
        *({}, [], None, "text", {"refresh_token": None}, {"refresh_token": 7}, {"token": "x"}),
        *({"refresh_token": ["x"]}, b"", b"{", b"\xff", b"[" * 100_000, b"refresh_token=x"),
        *(b'{"refresh_token": "x", "refresh_token": "y"}', b'\xef\xbb\xbf{"refresh_token": "x"}'),
        b'{"refresh_token": "x", "y": NaN}',
    ],
)
def test_a_body_without_a_token_is_refused(endpoint: str, body: Any) -> None:
    assert refused(post(endpoint, body), INVALID)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "x/json"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_body_that_a_form_of_a_page_could_send_is_refused(endpoint: str, kind: str) -> None:
    token = log_in()
    content = ADA | {"refresh_token": token}
    assert refused(post(endpoint, content, headers={"Content-Type": kind}), INVALID)
    assert token_of(renew(token))


SECRET = "hunter-two-of-ada"  # somebody's password or token, in a request that is refused


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    "content",
    [
        {"name": "ada", "password": SECRET, "refresh_token": [SECRET]},
        {"password": SECRET, "refresh_token": f"{SECRET}\ud800"},
        {"name": 7, "password": SECRET, "refresh_token": {SECRET: 1}},
        {"name": "ada", "password": [SECRET]},
        {"name": "ada", "password": SECRET * 100, "refresh_token": None},
        [SECRET],
        SECRET,
        f'{{"refresh_token": "{SECRET}", "password": "{SECRET}"'.encode(),
    ],
)
def test_no_answer_repeats_what_was_sent(endpoint: str, content: Any) -> None:
    response = post(endpoint, content)
    assert response.status_code in (401, INVALID)
    assert SECRET not in text(response)
    assert SECRET not in str(response.headers)


def test_no_answer_is_kept_by_a_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    token = log_in()
    answers = [
        post("login", ADA),
        post("login", ADA | {"password": "wrong"}),
        post("login", []),
        renew(token),
        renew("x"),
        renew(7),
        post("logout", {"refresh_token": token}),
        post("logout", {}),
    ]
    monkeypatch.setenv(VARIABLE, NOWHERE)
    answers.append(renew(token))
    statuses = [200, 401, INVALID, 200, 401, INVALID, 204, INVALID, 503]
    assert [answer.status_code for answer in answers] == statuses
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}


def test_a_login_that_is_under_way_does_not_survive_a_log_out_everywhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The old password was right a moment ago; now it has been changed."""

    def slow(*given: Any) -> str | None:
        user = check_password(*given)
        tokens.revoker().revoke_all(str(user))
        return user

    with monkeypatch.context() as patch:
        patch.setattr(browser, "check_password", slow)
        assert refused(post("login", ADA), 401)
    assert token_of(renew(log_in()))


def test_an_app_that_lost_an_answer_stays_logged_in() -> None:
    token = log_in()
    for _ in range(3):
        renew(token)  # lost
        token = token_of(renew(token))
    assert token_of(renew(token))


def test_calls_at_the_same_time_get_the_same_token() -> None:
    first = log_in()
    with ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(renew, first) for _ in range(8)]
    (second,) = {token_of(answer.result()) for answer in answers}
    assert token_of(renew(second))


def test_a_copy_ends_the_login_when_its_successor_was_used() -> None:
    first = log_in()
    third = token_of(renew(token_of(renew(first))))
    assert refused(renew(first), 401)
    assert refused(renew(third), 401)


def test_no_other_token_is_refreshed() -> None:
    genuine = log_in()
    access = read(post("login", ADA))["access_token"]
    forged = genuine[:-1] + ("A" if genuine[-1] != "A" else "B")
    others = ["", "x", genuine[:-1], genuine + "\n", access, samples.expired(), samples.forged()]
    for token in [*others, forged, "A" * 10_000, "A" * 43 + "." + "A" * 43]:
        assert refused(renew(token), 401)


def test_a_token_that_a_browser_got_is_not_refreshed_here() -> None:
    """Each kind of client has a name of its own."""
    token = tokens.issuer().log_in("user-ada", "browser").refresh
    assert refused(renew(token), 401)
    assert tokens.issuer().refresh(token, "browser").refresh


def test_a_refresh_token_is_taken_from_the_body_alone() -> None:
    token = log_in()
    headers = JSON | {"Authorization": f"Bearer {token}"}
    for endpoint, status in (("refresh", 401), ("logout", 204)):
        address = f"{endpoint}?refresh_token={token}"
        assert refused(post(address, {}, headers=headers, cookie=token), INVALID)
        other = {"refresh_token": "x"}
        assert refused(post(address, other, headers=headers, cookie=token), status)
    assert token_of(renew(token))


def test_a_logout_ends_the_login_and_says_nothing() -> None:
    token, elsewhere = log_in(), log_in()
    for _ in range(2):
        assert refused(response := post("logout", {"refresh_token": token}), 204)
        assert text(response) == ""
    assert refused(renew(token), 401)
    assert token_of(renew(elsewhere))


def test_a_logout_of_a_token_that_is_none_ends_nothing() -> None:
    token = log_in()
    for other in ("", "x", samples.forged(), token[::-1]):
        assert refused(post("logout", {"refresh_token": other}), 204)
    assert token_of(renew(token))


@pytest.mark.parametrize("server", SERVERS)
def test_a_cookie_is_neither_read_nor_set(server: str) -> None:
    """Whatever a browser or another host puts there, so that there is no CSRF to ward off."""
    token = log_in()
    name = tokens.REFRESH_COOKIE_NAME.encode()
    cookies = [name + b"=" + token.encode(), b"\xa0" + name + b"=x; " + name + b"=y"]
    ask = SERVERS[server]
    for body, endpoint, status in (
        (json.dumps(ADA), "login", 200),
        ("{}", "refresh", INVALID),
        ('{"refresh_token": "x"}', "refresh", 401),
        ('{"refresh_token": "x"}', "logout", 204),
    ):
        answer, headers = ask(application(), f"/{endpoint}", cookies, body.encode())
        assert (answer, "Set-Cookie" in headers) == (status, False)
        assert headers["Cache-Control"] == "no-store"
    assert token_of(renew(token))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_the_question_of_a_browser_before_it_calls_is_answered(endpoint: str) -> None:
    """Your CORS answer may allow any origin, without credentials: a page acts with no token but
    those that it got itself."""
    response = post(endpoint, method="OPTIONS", headers={"Origin": "https://app.example"})
    assert refused(response, PREFLIGHT)
    assert text(response) in ("", '{"detail":"Method Not Allowed"}')
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_a_page_of_another_origin_may_call_without_a_header_of_its_own() -> None:
    headers = JSON | {"Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"}
    response = post("login", ADA, headers=headers)
    token = token_of(response)
    assert token_of(renew(token, headers=headers))
    assert "Access-Control-Allow-Origin" not in response.headers, "what may call is your choice"


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post_counts(endpoint: str, method: str) -> None:
    token = log_in()
    content = ADA | {"refresh_token": token}
    assert refused(post(endpoint, content, method=method), 405)
    assert token_of(renew(token))


def test_with_the_store_down_nothing_is_given_or_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    token = log_in()
    with monkeypatch.context() as down:
        down.setenv(VARIABLE, NOWHERE)
        for endpoint in ENDPOINTS:
            assert refused(post(endpoint, ADA | {"refresh_token": token}), 503)
    assert token_of(renew(token))


def test_an_issuer_whose_keys_are_unfit_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    start(check_password)
    for name in samples.environment():
        monkeypatch.setenv(name, "unfit")
    with pytest.raises(tokens.ConfigurationError):
        start(check_password)

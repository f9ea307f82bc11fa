"""Real requests to an issuer: login, refresh and logout, through its cookies."""

import json
import re
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
PAGE = {"X-Requested-With": "fetch"}
AGE = tokens.REFRESH_IDLE_DAYS * 86400
SET = re.compile(
    rf"{tokens.REFRESH_COOKIE_NAME}=([A-Za-z0-9._-]{{20,}}); Path=/; Secure; HttpOnly; "
    rf"SameSite=Strict; Max-Age={AGE}"
)
CLEARED = f"{tokens.REFRESH_COOKIE_NAME}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in samples.environment().items():
        monkeypatch.setenv(name, value)
    with ready(monkeypatch):
        yield


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
    return send(method, endpoint, token, {"Content-Type": "application/json"} | headers, body)


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


TWICE = b'{"name": "eve", "name": "ada", "password": "correct horse"}'
GOOD = json.dumps(ADA)


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"{", b"\xff", b"[" * 100_000, b"name=ada", TWICE, b"\xef\xbb\xbf" + GOOD.encode()),
        *(GOOD.encode("utf-16"), GOOD.encode("utf-32"), GOOD.encode()[:-1] + b', "x": NaN}'),
    ],
)
def test_a_body_that_is_no_json_is_refused(raw: bytes) -> None:
    assert no_cookie(post("login", content=raw), INVALID)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "x/json"])
def test_a_body_that_another_site_could_send_is_refused(kind: str) -> None:
    assert no_cookie(post("login", content=ADA, headers=PAGE | {"Content-Type": kind}), INVALID)


@pytest.mark.parametrize("odd", ["\ud800", "ada\udfff", "ada\0"])
@pytest.mark.parametrize("field", ["name", "password"])
def test_half_a_character_is_a_wrong_name_or_password(
    monkeypatch: pytest.MonkeyPatch, field: str, odd: str
) -> None:
    """A database or a hash would stumble over it."""

    def never(*_: Any) -> str:
        raise AssertionError("looked up")

    monkeypatch.setattr(browser, "check_password", never)
    assert no_cookie(post("login", content=ADA | {field: odd}), 401)


SECRET = "hunter-two-of-ada"  # somebody's password, in a request that is refused


@pytest.mark.parametrize(
    "content",
    [
        {"name": "ada", "password": SECRET},
        {"password": SECRET},
        {"name": 7, "password": SECRET},
        {"name": "ada", "password": [SECRET]},
        {"name": "x" * 255, "password": SECRET},
        {"name": "ada", "password": SECRET * 100},
        {"name": "ada", "password": f"{SECRET}\ud800"},
        [SECRET],
        SECRET,
        f'{{"name": "ada", "password": "{SECRET}"'.encode(),
        f'{{"password": "{SECRET}", "password": "{SECRET}"}}'.encode(),
    ],
)
def test_no_answer_repeats_a_password(content: Any) -> None:
    response = post("login", content=content)
    assert response.status_code in (401, INVALID)
    assert SECRET not in text(response)
    assert SECRET not in str(response.headers)


def test_no_answer_is_kept_by_a_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    token = log_in()
    answers = [
        post("login", content=ADA),
        post("login", content=ADA | {"password": "wrong"}),
        post("login", content=[]),
        post("login", content=ADA, headers={}),
        post("refresh", token),
        post("refresh"),
        post("logout", token),
    ]
    monkeypatch.setenv(VARIABLE, NOWHERE)
    answers.append(post("refresh", token))
    statuses = [200, 401, INVALID, 403, 200, 401, 204, 503]
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
        assert no_cookie(post("login", content=ADA), 401)
    assert post("refresh", log_in()).status_code == 200


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


def test_two_tabs_get_the_same_cookie() -> None:
    first = log_in()
    quick, slow = post("refresh", first), post("refresh", first)
    assert token_of(quick) == token_of(slow)
    assert tokens.verifier()(read(slow)["access_token"])["sub"] == "user-ada"
    assert post("refresh", token_of(slow)).status_code == 200


def test_tabs_that_refresh_at_the_same_time_get_the_same_cookie() -> None:
    first = log_in()
    with ThreadPoolExecutor(4) as tabs:
        answers = [tabs.submit(post, "refresh", first) for _ in range(8)]
    (second,) = {token_of(answer.result()) for answer in answers}
    assert post("refresh", second).status_code == 200


def test_a_browser_that_lost_an_answer_stays_logged_in() -> None:
    token = log_in()
    for _ in range(3):
        post("refresh", token)  # lost
        token = token_of(post("refresh", token))
    assert post("refresh", token).status_code == 200


def test_a_copy_ends_the_login_at_once_when_its_successor_was_used() -> None:
    first = log_in()
    second = token_of(post("refresh", first))
    third = token_of(post("refresh", second))
    assert no_cookie(post("refresh", first), 401)
    assert no_cookie(post("refresh", third), 401)


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
    start = tokens.now()
    monkeypatch.setattr(tokens, "now", lambda: start)
    token = log_in()
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
def test_the_question_of_a_browser_before_it_calls_is_answered(endpoint: str) -> None:
    """It comes without headers of the page's. What it may then do, your CORS answer says."""
    response = post(endpoint, method="OPTIONS", headers={"Origin": "https://app.example"})
    assert no_cookie(response, PREFLIGHT)
    assert text(response) in ("", '{"detail":"Method Not Allowed"}')


@pytest.mark.parametrize("endpoint", ["login", "refresh", "logout"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post_counts(endpoint: str, method: str) -> None:
    token = log_in()
    assert no_cookie(post(endpoint, token, method=method), 405)
    assert post("refresh", token).status_code == 200


def test_with_the_store_down_nothing_is_given_or_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    token = log_in()
    with monkeypatch.context() as down:
        down.setenv(VARIABLE, NOWHERE)
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


NAME = tokens.REFRESH_COOKIE_NAME.encode()
# What another host of the domain can have a browser send, and parsers take for the name.
NEARLY = {
    "a wide blank in front": "\u2000".encode() + NAME,
    "a wide blank behind": NAME + "\u3000".encode(),
    "a blank in front": b"  " + NAME,
    "a blank behind": NAME + b" ",
    "a tab": b"\t" + NAME,
    "a raw blank that does not break": b"\xa0" + NAME,
    "one in UTF-8": "\xa0".encode() + NAME,
    "a raw next line": b"\x85" + NAME,
    "a unit separator": b"\x1f" + NAME,
    "a mark without width": "\u200b".encode() + NAME,
    "a byte order mark": "\ufeff".encode() + NAME,
    "capitals": NAME.upper(),
    "quotes": b'"' + NAME + b'"',
    "a letter like another": NAME + b"\xcd\x8f",
}


def ask(server: str, endpoint: str, cookies: list[bytes]) -> tuple[int, dict[str, str]]:
    """Send a request with the right name and password, which only a login looks at."""
    return SERVERS[server](application(), f"/{endpoint}", cookies, GOOD.encode())


@pytest.mark.parametrize("server", SERVERS)
def test_a_cookie_counts_under_exactly_one_name(server: str) -> None:
    """Other cookies around it do no harm, in one header or, with HTTP/2, in several."""
    token = log_in().encode()
    around = b"a=1; " + NAME + b"=" + token + b"; " + NAME + b"2=x"
    assert ask(server, "refresh", [around])[0] == 200
    if server == "asgi":
        split = [b"a=1", NAME + b"=" + log_in().encode(), b"b=2"]
        assert ask(server, "refresh", split)[0] == 200


@pytest.mark.parametrize("nearly", NEARLY)
@pytest.mark.parametrize("endpoint", ["login", "refresh", "logout"])
@pytest.mark.parametrize("server", SERVERS)
def test_a_cookie_that_another_host_planted_is_refused(
    caplog: pytest.LogCaptureFixture, server: str, endpoint: str, nearly: str
) -> None:
    """Nobody acts as the attacker, and the log says why."""
    planted, own = log_in(), log_in()
    theirs, ours = NEARLY[nearly] + b"=" + planted.encode(), NAME + b"=" + own.encode()
    for cookies in ([theirs], [theirs + b"; " + ours], [ours + b"; " + theirs], [theirs, ours]):
        caplog.clear()
        status, headers = ask(server, endpoint, cookies)
        assert (status, "Set-Cookie" in headers) == (400, False)
        assert headers["Cache-Control"] == "no-store"
        (told,) = [record for record in caplog.records if record.name == "tokens"]
        assert tokens.REFRESH_COOKIE_NAME in told.getMessage()
        assert planted not in told.getMessage()
    assert post("refresh", planted).status_code == 200
    assert post("refresh", own).status_code == 200


@pytest.mark.parametrize("endpoint", ["login", "refresh", "logout"])
@pytest.mark.parametrize("server", SERVERS)
def test_a_cookie_that_comes_twice_is_refused(server: str, endpoint: str) -> None:
    both = [NAME + b"=" + log_in().encode() for _ in range(2)]
    for cookies in (both, [b"; ".join(both)], [both[0], both[0]]):
        status, headers = ask(server, endpoint, cookies)
        assert (status, "Set-Cookie" in headers) == (400, False)

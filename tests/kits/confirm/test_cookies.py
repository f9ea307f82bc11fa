"""What confirm.py says of cookies that keep to a decision or leave it."""

import pytest

from tests.kits.confirm.samples import COOKIE, RANDOM, VALUES, Confirm, jwt


def test_a_cookie_that_keeps_to_the_decision_agrees(run: Confirm) -> None:
    response = f"HTTP/2 303\r\nset-cookie: other=1\r\nSet-Cookie: {COOKIE}\r\n\r\n<p>"
    for text in (COOKIE, response, COOKIE.replace("Lax", "strict").lower().replace("host", "Host")):
        assert run.cookie("opaque-session", text) == 0
        assert RANDOM not in run.printed
        assert run.lines("ok").keys() == {
            "cookie", "HttpOnly", "Secure", "SameSite", "Path", "Domain", "value"
        }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("; Secure", "", "Secure"),
        ("; HttpOnly", "", "HttpOnly"),
        ("; SameSite=Lax", "", "SameSite"),
        ("SameSite=Lax", "SameSite=None", "SameSite"),
        ("SameSite=Lax", "SameSite=Lax; SameSite=None", "SameSite"),
        ("Path=/", "Path=/app", "Path"),
        ("; Path=/", "", "Path"),
        ("Path=/", "Path=/; Domain=example.com", "Domain"),
        ("Path=/", "Path=/; Max-Age=43201", "Max-Age"),
        ("__Host-session", "sessionid", "cookie"),
        ("__Host-session", "__Host-Session", "cookie"),
        (RANDOM, "eyJ1c2VyIjoxfQ.ZxY.abc", "value"),
    ],
)
def test_a_weaker_cookie_fails(run: Confirm, old: str, new: str, name: str) -> None:
    assert old in COOKIE
    assert run.cookie("opaque-session", COOKIE.replace(old, new)) == 1
    assert run.lines("FAIL").keys() == {name}


def test_a_cookie_may_be_kept_as_long_as_was_decided(run: Confirm) -> None:
    assert run.cookie("opaque-session", f"{COOKIE}; Max-Age=43200") == 0
    assert run.lines("ok")["Max-Age"] == "12 hours, at most 12"
    assert run.cookie("opaque-session", f"{COOKIE}; Expires=Thu, 01 Jan 2099 00:00:00 GMT") == 0
    assert "Expires" in run.lines("skip")


def test_an_access_token_is_no_value_of_the_refresh_cookie(run: Confirm) -> None:
    cookie = "__Host-refresh={}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=604800"
    assert run.cookie("access-refresh", cookie.format(f"{RANDOM}.{RANDOM}")) == 0
    assert run.cookie("access-refresh", cookie.format(jwt())) == 1
    assert run.lines("FAIL").keys() == {"value"}


def test_a_decision_without_a_cookie_has_none_to_check(run: Confirm) -> None:
    assert run.cookie("jwt-hs256", COOKIE) == 2
    for_an_app = {id: value for id, value in VALUES.items() if "cookie" not in id}
    assert run.cookie("opaque-session", COOKIE, settings=for_an_app) == 2
    assert "sets no cookie here" in run.printed


def test_a_prefix_that_scripts_cannot_set_demands_http_only(run: Confirm) -> None:
    named = {**VALUES, "cookie-name": "__Host-Http-session"}
    good = COOKIE.replace("__Host-session", "__Host-Http-session")
    assert run.cookie("opaque-session", good, settings=named) == 0
    assert run.cookie("opaque-session", good.replace("; HttpOnly", ""), settings=named) == 1
    assert run.lines("FAIL") == {
        "HttpOnly": ("missing: the decision says set, and browsers refuse __Host-Http- without it")
    }
    assert run.cookie("opaque-session", good.replace("Path=/", "Path=/a"), settings=named) == 1
    assert run.cookie("opaque-session", COOKIE, settings=named) == 1
    assert "__Host-session; the decision says __Host-Http-session" in run.printed

"""Real requests to a Flask application with a login, through its cookies."""

import re
from typing import Any

import pytest
from flask import Blueprint, Flask, Response, g, render_template_string, request
from werkzeug.test import EnvironBuilder, run_wsgi_app

import samples
import tokens
from flask_session_cookie import check_session, csrf_token, init_sessions, session_required
from lookalikes import lookalikes
from session_corner import NOWHERE, VARIABLE

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
        closed.get("/stream")(stream)
        closed.get("/cached")(cached)
        closed.route("/options", methods=["GET", "OPTIONS"], endpoint="options")(me)
        app.register_blueprint(closed)
        both = ["GET", "OPTIONS"]
        app.route("/own-options", methods=both, endpoint="own-options")(session_required(me))
        app.after_request(allow_origin)
        self.app = app
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


def stream() -> Response:
    return Response(iter(["a", "b"]))


def cached() -> Response:
    headers = {"Cache-Control": "public, max-age=600", "Expires": "Fri, 01 Jan 2100 00:00:00 GMT"}
    return Response("cached", headers=headers)


def allow_origin(response: Response) -> Response:
    """Add what an extension for CORS adds."""
    response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "")
    return response


def status_of(app: Flask, method: str, path: str, cookie: str) -> tuple[int, str]:
    """Return status and body of a request with this HTTP_COOKIE, as a server hands it over."""
    builder = EnvironBuilder(path, "https://localhost", method=method)
    if method == "POST":
        builder.form.update(ADA)
    environ = builder.get_environ() | {"HTTP_COOKIE": cookie}
    pieces, status, _ = run_wsgi_app(app, environ)
    return int(status.split()[0]), b"".join(pieces).decode()


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


@pytest.mark.parametrize("body", [b"name=ada%00&password=x", b"name=ada&password=correct%00horse"])
def test_a_zero_byte_is_nobodys_name_or_password(body: bytes) -> None:
    seen: list[tuple[str, str]] = []
    app = Flask(__name__)
    init_sessions(app, lambda *credentials: seen.append(credentials))
    kind = "application/x-www-form-urlencoded"
    assert app.test_client().post("/login", data=body, content_type=kind).status_code == 401
    assert seen == []


@pytest.mark.parametrize("half", [b"%ED%A0%80", b"\xed\xa0\x80", b"%ED%BF%BF"])
def test_half_a_character_is_nobodys_name(half: bytes) -> None:
    kind = "application/x-www-form-urlencoded"
    body = b"name=" + half + b"&password=correct+horse"
    assert Browser().client.post("/login", data=body, content_type=kind).status_code == 401


def test_a_user_whose_id_is_no_text_is_not_let_in() -> None:
    app = Flask(__name__)
    init_sessions(app, lambda *_: "\ud800")
    assert app.test_client().post("/login", data=ADA).status_code == 401


def test_a_login_that_was_under_way_does_not_survive_a_log_out_everywhere() -> None:
    """The password is right, and changed before the session is opened."""

    def check(name: str, _: str) -> str:
        tokens.revoker().revoke_all(name)
        return name

    app = Flask(__name__)
    init_sessions(app, check)
    response = app.test_client().post("/login", data=ADA)
    assert (response.status_code, "Set-Cookie" in response.headers) == (401, False)


def test_the_refusal_of_a_login_is_not_kept_and_repeats_nothing() -> None:
    response = Browser().ask("POST", "/login", data=ADA | {"name": "grace"})
    assert (response.status_code, response.headers["Cache-Control"]) == (401, "no-store")
    assert ADA["password"] not in response.text
    assert "grace" not in response.text


@pytest.mark.parametrize("url", ["/closed", "/me", "/stream", "/cached", "/own-options"])
def test_no_answer_to_who_is_signed_in_may_be_kept(url: str) -> None:
    response = Browser(samples.good()).ask("GET", url)
    assert response.status_code == 200
    assert response.headers.getlist("Cache-Control") == ["no-store"]
    assert "Expires" not in response.headers
    assert Browser().ask("GET", url).headers.getlist("Cache-Control") == ["no-store"]


@pytest.mark.parametrize("url", ["/closed", "/me", "/stream", "/options", "/own-options"])
def test_a_preflight_passes_and_learns_nothing(url: str) -> None:
    asked = {"Origin": "https://page.example.com", "Access-Control-Request-Method": "POST"}
    for browser in (Browser(), Browser(samples.forged()), Browser(samples.good("ada"))):
        response = browser.ask("OPTIONS", url, asked)
        assert response.status_code in (200, 204)
        assert response.data == b""
        assert response.headers["Access-Control-Allow-Origin"] == "https://page.example.com"
    assert Browser().ask("GET", url).status_code == 401


def test_a_preflight_does_not_tell_which_paths_there_are() -> None:
    app = Flask(__name__)
    init_sessions(app, check_password)
    app.before_request(check_session)
    app.get("/there")(lambda: "there")
    there, nowhere = (app.test_client().options(url) for url in ("/there", "/nowhere"))
    assert (there.status_code, there.data) == (nowhere.status_code, nowhere.data) == (204, b"")
    assert dict(there.headers) == dict(nowhere.headers)


@pytest.mark.parametrize("lookalike", lookalikes(tokens.COOKIE_NAME), ids=ascii)
def test_a_cookie_that_is_named_almost_alike_is_refused(lookalike: str) -> None:
    """Whatever the parser of the framework makes of it, alone and beside the real one."""
    app, planted = Browser().app, f"{lookalike}={samples.good('mallory')}"
    real = f"{tokens.COOKIE_NAME}={samples.good('ada')}"
    for cookie in (planted, f"{planted}; {real}", f"{real}; {planted}", f"{real},{planted}"):
        for method, path in (("GET", "/me"), ("POST", "/login"), ("POST", "/logout")):
            status, body = status_of(app, method, path, cookie)
            assert status == 400, (cookie, path)
            assert "mallory" not in body
    assert status_of(app, "GET", "/me", real) == (200, "ada")


def test_a_cookie_that_occurs_twice_is_refused() -> None:
    app = Browser().app
    first, second = (f"{tokens.COOKIE_NAME}={samples.good()}" for _ in range(2))
    for cookie in (f"{first}; {second}", f"{first};{first}", f"{first},{second}"):
        assert status_of(app, "GET", "/me", cookie)[0] == 400


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
    monkeypatch.setenv(VARIABLE, NOWHERE)
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

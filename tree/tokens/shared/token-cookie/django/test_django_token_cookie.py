"""Real requests to a Django project with a login, through its cookies."""

import asyncio
import re
from collections.abc import Callable, Iterator
from typing import Any

import django
import pytest
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template import Context, Engine
from django.test import Client, override_settings
from django.urls import URLPattern, clear_url_caches, path
from django.utils.decorators import method_decorator
from django.views import View

import samples
import tokens
from django_token_cookie import SignedInRequest, csrf_token, token_cookie_urls
from lookalikes import lookalikes
from session_corner import NOWHERE, VARIABLE

if not settings.configured:
    settings.configure(SECRET_KEY="only for these tests", ALLOWED_HOSTS=["*"])
    django.setup()

ADA = {"name": "ada", "password": "correct horse"}
FORM = "application/x-www-form-urlencoded"
SET = re.compile(
    rf"{tokens.COOKIE_NAME}=([A-Za-z0-9_-]{{43}}); Path=/; Secure; HttpOnly; SameSite=Lax"
)
CLEARED = f"{tokens.COOKIE_NAME}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"
INPUT = '<input type="hidden" name="csrf_token" value="{{ request.csrf_token }}">'
NO_STORE = {"no-store", "private"}


def check_password(_: HttpRequest, name: str, password: str) -> str | None:
    return f"user-{name}" if {"name": name, "password": password} == ADA else None


def me(request: SignedInRequest) -> HttpResponse:
    return HttpResponse(request.subject)


async def asynchronous(request: SignedInRequest) -> HttpResponse:
    return HttpResponse(request.subject)


def form(request: SignedInRequest) -> HttpResponse:
    return HttpResponse(Engine().from_string(INPUT).render(Context({"request": request})))


def stream(_: SignedInRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse([b"a", b"b"])


def cached(_: SignedInRequest) -> HttpResponse:
    headers = {"Cache-Control": "public, max-age=600", "Expires": "Fri, 01 Jan 2100 00:00:00 GMT"}
    return HttpResponse("cached", headers=headers)


@login_not_required
def health(request: HttpRequest) -> HttpResponse:
    assert not hasattr(request, "subject")
    return HttpResponse("alive", headers={"Cache-Control": "public"})


@method_decorator(login_not_required, name="dispatch")
class About(View):
    def get(self, _: HttpRequest) -> HttpResponse:
        return HttpResponse("open")


CLOSED: list[Callable[..., Any]] = [me, asynchronous, form, stream, cached]
VIEWS = [path(view.__name__, view) for view in CLOSED]
VIEWS += [path("health", health), path("about", About.as_view())]


class Urls:
    """Stands for the project's urls.py."""

    urlpatterns: list[URLPattern]


URLS = Urls()


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in samples.environment().items():
        monkeypatch.setenv(name, value)
    middleware = [
        "django.middleware.csrf.CsrfViewMiddleware",  # which the three endpoints do not depend on
        "django_token_cookie.TokenCookieMiddleware",
    ]
    with override_settings(ROOT_URLCONF=URLS, MIDDLEWARE=middleware):
        serve()
        yield


def serve(check: Callable[..., str | None] = check_password) -> None:
    """Make the URLs anew; each client makes the middleware anew."""
    URLS.urlpatterns = [*token_cookie_urls(check), *VIEWS]
    clear_url_caches()


class Browser:
    """Speaks HTTPS. With a token it sends that one; without, what it was given by Set-Cookie."""

    def __init__(self, token: str | None = None) -> None:
        self.client = Client()
        self.cookie = {} if token is None else {"Cookie": f"{tokens.COOKIE_NAME}={token}"}

    def ask(
        self,
        method: str,
        url: str,
        headers: dict[str, str] | None = None,
        form: dict[str, str] | None = None,
    ) -> Any:
        body = "&".join(f"{name}={value}" for name, value in (form or {}).items()).encode()
        given = self.cookie | (headers or {})
        response: Any = self.client.generic(method, url, body, FORM, secure=True, headers=given)
        if "Set-Cookie" in response.headers and not self.cookie:
            self.cookie = {"Cookie": response.headers["Set-Cookie"].partition(";")[0]}
        return response

    def log_in(self, headers: dict[str, str] | None = None) -> Any:
        return self.ask("POST", "/login", headers, ADA)


def over_wsgi(method: str, url: str, cookie: str) -> tuple[int, bytes]:
    """Return status and body of a request with this HTTP_COOKIE, as a server hands it over."""
    body = "&".join(f"{name}={value}" for name, value in ADA.items()).encode()
    response: Any = Client().generic(method, url, body, FORM, secure=True, HTTP_COOKIE=cookie)
    return response.status_code, response.content


def over_asgi(method: str, url: str, *cookies: bytes) -> tuple[int, bytes]:
    """Return status and body of a request whose `Cookie` headers are exactly these bytes."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "2",
        "scheme": "https",
        "method": method,
        "path": url,
        "raw_path": url.encode(),
        "query_string": b"",
        "headers": [(b"host", b"testserver"), *((b"cookie", each) for each in cookies)],
    }
    sent: list[Any] = []
    received = [{"type": "http.request", "body": b""}]

    async def receive() -> Any:
        if not received:
            await asyncio.sleep(60)  # until Django no longer waits for the end
        return received.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    application: Any = get_asgi_application()
    asyncio.run(application(scope, receive, send))
    return sent[0]["status"], b"".join(each.get("body", b"") for each in sent)


def token_of(response: Any) -> str:
    """The token that was set, in a cookie that has exactly the attributes that it must have."""
    match = SET.fullmatch(response.headers["Set-Cookie"])
    assert match is not None
    return match[1]


def not_kept(response: Any) -> bool:
    directives = set(response.headers["Cache-Control"].split(", "))
    return directives >= NO_STORE and "public" not in directives


def test_a_login_sets_the_cookie_and_the_cookie_lets_in() -> None:
    browser = Browser()
    response = browser.log_in()
    token = token_of(response)
    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert not_kept(response)
    assert browser.ask("GET", "/me").content == b"user-ada"
    assert Browser(token).ask("GET", "/asynchronous").content == b"user-ada"


@pytest.mark.parametrize(
    "changed",
    [
        *({"password": "wrong"}, {"name": "grace"}, {"password": ""}, {"name": ""}),
        *({"name": "%ED%A0%80"}, {"name": "%ED%BF%BF"}),
    ],
)
def test_wrong_credentials_set_no_cookie(changed: dict[str, str]) -> None:
    response = Browser().ask("POST", "/login", form=ADA | changed)
    assert (response.status_code, response.content) == (401, b"Unauthorized")
    assert "Set-Cookie" not in response.headers
    assert not_kept(response)


def test_credentials_that_are_overlong_or_hold_a_zero_byte_are_not_even_hashed() -> None:
    seen: list[str] = []
    serve(lambda *credentials: seen.append(credentials[1]))
    for changed in ({"name": "x" * 254}, {"password": "x" * 1024}):
        assert Browser().ask("POST", "/login", form=ADA | changed).status_code == 401
    assert len(seen) == 2
    for changed in ({"name": "x" * 255}, {"password": "x" * 1025}, {"name": "a%00"}):
        assert Browser().ask("POST", "/login", form=ADA | changed).status_code == 401
    assert Browser().ask("POST", "/login", form=ADA | {"password": "a%00"}).status_code == 401
    assert len(seen) == 2


def test_a_user_whose_id_is_no_text_is_not_let_in() -> None:
    serve(lambda *_: "\ud800")
    assert Browser().log_in().status_code == 401


def test_a_login_that_was_under_way_does_not_survive_a_log_out_everywhere() -> None:
    """The password is right, and changed before the token is made."""

    def check(_: HttpRequest, name: str, __: str) -> str:
        tokens.revoker().revoke_all(name)
        return name

    serve(check)
    response = Browser().log_in()
    assert (response.status_code, "Set-Cookie" in response.headers) == (401, False)


def test_a_login_leads_nowhere_that_the_request_names() -> None:
    form = ADA | {"next": "//evil.example"}
    response = Browser().ask("POST", "/login?next=https://evil.example", form=form)
    assert response.headers["Location"] == "/"


@pytest.mark.parametrize("view", CLOSED)
def test_no_answer_to_who_is_signed_in_may_be_kept(view: Callable[..., Any]) -> None:
    response = Browser(samples.good()).ask("GET", f"/{view.__name__}")
    assert response.status_code == 200
    assert not_kept(response)
    assert "2100" not in response.headers["Expires"]
    assert not_kept(Browser().ask("GET", f"/{view.__name__}"))


def test_open_views_are_open_and_ignore_the_cookie() -> None:
    for browser in (Browser(), Browser(samples.forged()), Browser(samples.good())):
        assert browser.ask("GET", "/about").status_code == 200
        assert browser.ask("GET", "/health").headers["Cache-Control"] == "public"


@pytest.mark.parametrize("lookalike", lookalikes(tokens.COOKIE_NAME), ids=ascii)
def test_a_cookie_that_is_named_almost_alike_is_refused(lookalike: str) -> None:
    """Whatever the parser of the framework makes of it, alone and beside the real one."""
    planted = f"{lookalike}={samples.good('mallory')}"
    real = f"{tokens.COOKIE_NAME}={samples.good('ada')}"
    for cookie in (planted, f"{planted}; {real}", f"{real}; {planted}", f"{real},{planted}"):
        for method, url in (("GET", "/me"), ("POST", "/login"), ("POST", "/logout")):
            assert over_wsgi(method, url, cookie) == (400, b"Bad Request"), (cookie, url)
    assert over_asgi("GET", "/me", planted.encode("latin-1"), real.encode()) == (
        400,
        b"Bad Request",
    )
    assert over_wsgi("GET", "/me", real) == (200, b"ada")


def test_a_cookie_that_occurs_twice_is_refused() -> None:
    first, second = (f"{tokens.COOKIE_NAME}={samples.good()}" for _ in range(2))
    for cookie in (f"{first}; {second}", f"{first};{first}", f"{first},{second}"):
        assert over_wsgi("GET", "/me", cookie)[0] == 400
        assert over_asgi("GET", "/me", cookie.encode())[0] == 400
    assert over_asgi("GET", "/me", first.encode(), second.encode())[0] == 400


def test_headers_that_http_2_splits_are_read_as_one() -> None:
    real = f"{tokens.COOKIE_NAME}={samples.good('ada')}".encode()
    for cookies in ([real], [b"a=1", real], [real, b"b=2"]):
        assert over_asgi("GET", "/me", *cookies) == (200, b"ada")
    assert over_asgi("GET", "/me") == (401, b"Unauthorized")


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "A" * 44, "A" * 10_000, "é", '"', "a b"])
def test_a_cookie_that_is_no_token_is_refused(token: str) -> None:
    assert over_wsgi("GET", "/me", f"{tokens.COOKIE_NAME}={token}") == (401, b"Unauthorized")


def test_without_a_token_that_counts_nobody_is_let_in() -> None:
    for view in CLOSED:
        for method in ("GET", "POST", "HEAD", "OPTIONS"):
            assert Browser().ask(method, f"/{view.__name__}").status_code == 401
    assert Browser(samples.good()).ask("GET", "/me").status_code == 200
    for token in (samples.expired(), samples.forged()):
        assert Browser(token).ask("GET", "/me").status_code == 401


def test_only_the_cookie_counts() -> None:
    token = samples.good()
    headers = {"Authorization": f"Bearer {token}", "Cookie": f"session={token}"}
    assert Browser().ask("GET", f"/me?session={token}", headers).status_code == 401


def test_a_logout_ends_the_token_and_clears_the_cookie() -> None:
    token = samples.good()
    response = Browser(token).ask("POST", "/logout", form={"csrf_token": csrf_token(token)})
    assert (response.status_code, response.headers["Set-Cookie"]) == (303, CLEARED)
    assert (response.headers["Location"], not_kept(response)) == ("/", True)
    assert Browser(token).ask("GET", "/me").status_code == 401


def test_a_logout_without_a_token_that_counts_clears_the_cookie() -> None:
    token = samples.forged()
    for browser in (Browser(), Browser(token)):
        response = browser.ask("POST", "/logout", {"X-CSRF-Token": csrf_token(token)})
        assert (response.status_code, response.headers["Set-Cookie"]) == (303, CLEARED)


def test_a_logout_everywhere_ends_all_tokens_of_this_user_alone() -> None:
    one, two, other = samples.good("a"), samples.good("a"), samples.good("b")
    csrf = {"X-CSRF-Token": csrf_token(one)}
    response = Browser(one).ask("POST", "/logout-everywhere", csrf)
    assert (response.status_code, response.headers["Set-Cookie"]) == (303, CLEARED)
    statuses = [Browser(token).ask("GET", "/me").status_code for token in (one, two, other)]
    assert statuses == [401, 401, 200]


def test_a_login_ends_the_token_that_was_there() -> None:
    """Also one that somebody planted: it is neither taken over nor left alive."""
    planted = samples.good("mallory")
    token = token_of(Browser(planted).log_in())
    assert token != planted
    assert Browser(planted).ask("GET", "/me").status_code == 401
    assert Browser(token).ask("GET", "/me").content == b"user-ada"
    token_of(Browser("no token at all").log_in())


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_change_needs_the_csrf_token_of_this_very_token(method: str) -> None:
    token, other = samples.good("a"), samples.good("a")
    browser = Browser(token)
    right = csrf_token(token)
    for sent in ("", "x", right[:-1], right.upper(), token, csrf_token(other), "é"):
        assert browser.ask(method, "/me", {"X-CSRF-Token": sent}).status_code == 403
        assert browser.ask(method, "/me", form={"csrf_token": sent}).status_code == 403
    assert browser.ask(method, "/me").status_code == 403
    assert browser.ask(method, f"/me?csrf_token={right}").status_code == 403
    assert browser.ask(method, "/me", {"X-CSRF-Token": right}).status_code == 200


def test_a_form_carries_the_csrf_token() -> None:
    token = samples.good()
    browser = Browser(token)
    assert f'value="{csrf_token(token)}"' in browser.ask("GET", "/form").content.decode()
    assert browser.ask("POST", "/me", form={"csrf_token": csrf_token(token)}).status_code == 200


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
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://testserver"}, 303),
        ({"Origin": "https://testserver"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://testserver"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "https://testserver.evil.example"}, 403),
        ({"Origin": "https://testserver:8443"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_nobody_is_logged_in_by_another_site(headers: dict[str, str], status: int) -> None:
    response = Browser().log_in(headers)
    assert (response.status_code, "Set-Cookie" in response.headers) == (status, status == 303)


def test_nobody_is_logged_in_by_a_link() -> None:
    assert Browser().ask("GET", "/login?name=ada&password=correct+horse").status_code == 405


def test_the_endpoints_do_without_the_csrf_cookie_of_django() -> None:
    for url in ("/login", "/logout", "/logout-everywhere"):
        token = samples.good()
        browser = Browser(token)
        browser.client = Client(enforce_csrf_checks=True)
        csrf = {"X-CSRF-Token": csrf_token(token)}
        assert browser.ask("POST", url, csrf, ADA).status_code == 303


def test_with_the_store_down_nobody_is_let_in_or_told_to_be_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = samples.good()
    monkeypatch.setenv(VARIABLE, NOWHERE)
    serve()
    csrf = {"X-CSRF-Token": csrf_token(token)}
    responses = [
        Browser(token).ask("GET", "/me"),
        Browser(token).log_in(),
        Browser(token).ask("POST", "/logout", csrf),
        Browser(token).ask("POST", "/logout-everywhere", csrf),
    ]
    assert [each.status_code for each in responses] == [503] * 4
    assert not any("Set-Cookie" in each.headers for each in responses)
    assert all(map(not_kept, responses))


def test_a_logout_everywhere_that_fails_halfway_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def revoke_all(self, subject: str) -> None:
            raise tokens.StoreUnavailable(subject)

    monkeypatch.setattr(tokens, "revoker", Broken)
    serve()
    token = samples.good()
    csrf = {"X-CSRF-Token": csrf_token(token)}
    assert Browser(token).ask("POST", "/logout-everywhere", csrf).status_code == 503


def test_an_issuer_with_an_unfit_store_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def unfit() -> None:
        raise tokens.UnfitStore("a replica")

    monkeypatch.setattr(tokens, "verifier", unfit)
    with pytest.raises(tokens.UnfitStore):
        get_wsgi_application()


def test_the_reason_is_in_the_log_and_the_token_is_not(caplog: pytest.LogCaptureFixture) -> None:
    token = samples.forged()
    with caplog.at_level("INFO", logger="tokens"):
        Browser(token).ask("GET", "/me")
    (record,) = [each for each in caplog.records if each.name == "tokens"]
    assert record.getMessage().startswith("refused: ")
    assert token not in caplog.text

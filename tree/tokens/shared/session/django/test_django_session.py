"""Real requests to a Django project with a login, through its cookies."""

import asyncio
import json
from contextlib import suppress
from typing import Any
from unittest.mock import patch

import django
import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import aauthenticate, alogin, authenticate, get_user_model, login
from django.core.management import call_command
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import clear_url_caches, path

import browser as views
import samples
from browser import (
    ABSOLUTE,
    CLEARED,
    COOKIE,
    CSRF,
    IDLE,
    SET,
    asgi,
    browser,
    key_of,
    later,
    new_user,
    post,
    rows,
    signed_in,
    wsgi,
)
from django_project import forget_copies
from django_session_store import SessionStore
from lookalikes import lookalikes


@pytest.fixture(scope="module", autouse=True)
def tables() -> None:
    call_command("migrate", run_syncdb=True, verbosity=0)


@pytest.fixture(autouse=True)
def ada(tables: None) -> Any:  # noqa: ARG001 - they come first
    """A user of this name, in tables that are empty otherwise."""
    SessionStore.get_model_class()._base_manager.all().delete()
    get_user_model()._base_manager.all().delete()
    return new_user("ada", "correct horse")


def test_a_login_sets_the_cookie_and_the_cookie_lets_in() -> None:
    client = browser()
    response = post(client, "/login", name="ada", password="correct horse")
    match = SET.fullmatch(response.cookies[COOKIE].output())
    assert match is not None
    assert client.get("/me").content == b"ada"
    assert browser(match[1]).get("/me").content == b"ada"


def test_wrong_credentials_set_no_cookie() -> None:
    for name, password in (("ada", "wrong"), ("grace", "correct horse")):
        response = post(browser(), "/login", name=name, password=password)
        assert (response.status_code, COOKIE in response.cookies) == (401, False)


def test_nobody_gets_a_session_for_only_looking() -> None:
    client = browser()
    assert client.get("/me").status_code == 401
    client.get("/login")
    assert COOKIE not in client.cookies
    assert rows() == []


def test_the_csrf_cookie_has_its_attributes_too() -> None:
    assert CSRF.fullmatch(browser().get("/login").cookies["__Host-Http-csrf"].output())


def test_a_change_needs_the_csrf_token() -> None:
    client = signed_in()
    for url in ("/me", "/logout", "/password", "/login"):
        assert client.post(url, {"password": "x"}).status_code == 403
        assert client.post(url, {"csrfmiddlewaretoken": "A" * 64}).status_code == 403
    csrf = client.get("/login").content.decode()
    data = {"csrfmiddlewaretoken": csrf}
    assert client.post("/me", data, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.post("/me", data, headers={"Referer": ""}).status_code == 403
    assert client.post("/me", data).content == b"ada"


def test_a_logout_ends_the_session_and_clears_the_cookie() -> None:
    client = signed_in()
    key = key_of(client)
    response = post(client, "/logout")
    assert CLEARED.fullmatch(response.cookies[COOKIE].output())
    assert browser(key).get("/me").status_code == 401
    assert rows() == []


def test_only_hashes_of_keys_are_stored() -> None:
    client = signed_in()
    key = key_of(client)
    ((stored, _),) = rows()
    assert key not in json.dumps(rows())
    assert browser(stored).get("/me").status_code == 401


@pytest.mark.parametrize("where", ["as it is", "without copies"])
def test_an_idle_session_is_over(where: str) -> None:
    client = signed_in()
    if where == "without copies":
        forget_copies()
    with later(IDLE - 5):
        assert browser(key_of(client)).get("/me").status_code == 200
    with later(2 * IDLE - 10):
        assert browser(key_of(client)).get("/me").status_code == 200
    if where == "without copies":
        forget_copies()
    with later(3 * IDLE):
        assert browser(key_of(client)).get("/me").status_code == 401


def test_what_an_idle_session_remembered_is_forgotten() -> None:
    """Without a login, too, where nobody asks the database but to load the session."""
    client = browser()
    assert client.get("/count").content == b"1"
    forget_copies()
    with later(IDLE - 5):
        assert client.get("/count").content == b"2"
    forget_copies()
    with later(2 * IDLE):
        assert client.get("/count").content == b"1"


def test_a_busy_session_is_over_after_the_absolute_time() -> None:
    client = signed_in()
    for at in range(0, ABSOLUTE - 10, IDLE - 10):
        with later(at):
            assert browser(key_of(client)).get("/me").status_code == 200
    with later(ABSOLUTE - 5):
        assert browser(key_of(client)).get("/me").status_code == 200
    with later(ABSOLUTE):
        response = browser(key_of(client)).get("/me")
    assert response.status_code == 401
    assert CLEARED.fullmatch(response.cookies[COOKIE].output())
    assert rows() == []


def test_the_absolute_time_starts_with_the_login_and_not_before() -> None:
    client = browser()
    client.get("/count")
    with later(IDLE - 60):
        assert post(client, "/login", name="ada", password="correct horse").status_code == 204
    with later(2 * IDLE - 120):
        assert client.get("/me").status_code == 200


def test_a_session_of_unknown_age_is_over() -> None:
    client = signed_in()
    session = client.session
    del session["_signed_in_at"]
    session.save()
    assert client.get("/me").status_code == 401


@pytest.mark.parametrize("key", ["", "x", "a" * 32, "A" * 43, "a" * 10_000, "'", "ä" * 32])
def test_a_cookie_that_is_no_session_is_refused(key: str) -> None:
    client = browser(key)
    assert client.get("/me").status_code == 401
    assert rows() == []


NAMES = [COOKIE, "__Host-Http-csrf"]
REFUSED = (400, b"Delete the cookies of this site in your browser, and try again.")


@pytest.mark.parametrize(
    ("name", "lookalike"),
    [(name, lookalike) for name in NAMES for lookalike in lookalikes(name)],
    ids=ascii,
)
def test_a_cookie_that_is_named_almost_alike_is_refused(name: str, lookalike: str) -> None:
    """Whatever Django's parser makes of it, alone and beside the real one."""
    planted, real = f"{lookalike}=planted", f"{name}={'a' * 32}"
    for cookie in (planted, f"{planted}; {real}", f"{real}; {planted}", f"a=1; {planted}; b=2"):
        for method, url in (("GET", "/me"), ("POST", "/login"), ("POST", "/me")):
            assert wsgi(method, url, cookie) == REFUSED, cookie


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "blank", ["\u2000", "\u2003", "\u3000", "\x85", "\xa0", "\x1c", "\x1f", "\v"]
)
def test_a_lookalike_is_refused_under_asgi_too(name: str, blank: str) -> None:
    real = f"{name}={'a' * 32}".encode()
    for encoding in ("utf-8", "latin-1"):
        planted = f"{blank}{name}=planted".encode(encoding, "ignore")
        for headers in ([planted + b"; " + real], [planted, real], [real, planted], [real, real]):
            assert asgi("GET", "/me", *headers) == REFUSED


def test_without_its_first_middleware_a_lookalike_is_refused_too() -> None:
    without = [each for each in settings.MIDDLEWARE if "ExactCookie" not in each]
    key = key_of(signed_in())
    with override_settings(MIDDLEWARE=without):
        for cookie in (f"\xa0{COOKIE}={key}", f"{COOKIE}={key}; {COOKIE}={key}"):
            assert wsgi("GET", "/me", cookie) == REFUSED
        assert wsgi("GET", "/me", f"{COOKIE}={key}") == (200, b"ada")


def test_a_cookie_that_occurs_twice_is_refused() -> None:
    keys = [key_of(signed_in()), key_of(signed_in())]
    first, second = (f"{COOKIE}={key}" for key in keys)
    for cookie in (f"{first}; {second}", f"{first};{first}", f"{first},{second}"):
        assert wsgi("GET", "/me", cookie) == REFUSED


def test_headers_that_were_split_are_read_as_one() -> None:
    """Django joins them by a comma, and then sees no session."""
    real = f"{COOKIE}={key_of(signed_in())}".encode()
    for headers in ([real], [b"a=1", real], [real, b"a=1"], [b"a=1; " + real + b"; b=2"]):
        assert asgi("GET", "/me", *headers) == (200, b"ada")


@pytest.mark.parametrize("url", ["/me", "/cached", "/stream", "/async"])
def test_no_page_of_who_is_signed_in_may_be_kept(url: str) -> None:
    response = signed_in().get(url)
    kept = set(response["Cache-Control"].split(", "))
    assert {"no-store", "private"} <= kept
    assert "public" not in kept
    assert "max-age=600" not in kept
    assert not response.get("Expires", "").endswith("2100 00:00:00 GMT")


def test_neither_a_login_nor_a_logout_may_be_kept() -> None:
    client = browser()
    for url, data in (("/login", {"name": "ada", "password": "correct horse"}), ("/logout", {})):
        assert "no-store" in post(client, url, **data)["Cache-Control"]


def test_pages_for_everybody_may_be_kept() -> None:
    assert browser().get("/cached")["Cache-Control"] == "public, max-age=600"


@pytest.mark.parametrize("name", ["\ud800", "ad\udfffa"])
def test_half_a_character_is_nobodys_name(name: str) -> None:
    for given in ({"username": name, "password": "x"}, {"username": "ada", "password": name}):
        assert authenticate(None, **given) is None
        assert asyncio.run(aauthenticate(None, **given)) is None


def test_a_zero_byte_is_in_nobodys_name_or_password() -> None:
    """Some databases and hashes stop at it, and others fail."""
    with suppress(django.db.DataError):  # PostgreSQL keeps no such name
        new_user("grace\0", "battery staple")
    new_user("grace", "battery\0staple")
    for name, password in (("grace\0", "battery staple"), ("grace", "battery\0staple")):
        assert authenticate(None, username=name, password=password) is None


@pytest.mark.parametrize("change", ["password", "log out everywhere", "deactivated"])
def test_a_login_that_was_under_way_does_not_survive(change: str) -> None:
    """The password is right; then it changes, or the user is logged out; then comes the login."""

    def change_it() -> None:
        row: Any = get_user_model()._base_manager.get(username="ada")
        if change == "password":
            row.set_password("battery staple")
        row.is_active = change != "deactivated"
        row.save()
        if change == "log out everywhere":
            row.log_out_everywhere()

    def slow_sign_in(request: HttpRequest) -> HttpResponse:
        user = authenticate(request, username="ada", password="correct horse")
        change_it()
        login(request, user)
        return HttpResponse(status=204)

    async def slow_asynchronous_sign_in(request: Any) -> HttpResponse:
        user = await aauthenticate(request, username="ada", password="correct horse")
        await sync_to_async(change_it)()
        await alogin(request, user)
        return HttpResponse(status=204)

    for view in (slow_sign_in, slow_asynchronous_sign_in):
        get_user_model()._base_manager.all().delete()
        new_user("ada", "correct horse")
        client = Client()
        with patch.object(views, "urlpatterns", [*views.urlpatterns, path("slow", view)]):
            clear_url_caches()
            assert client.get("/slow", secure=True).status_code == 204
        clear_url_caches()
        assert client.get("/me", secure=True).status_code == 401


def test_a_forged_session_is_refused() -> None:
    assert browser(samples.forged()).get("/me").status_code == 401


def test_a_planted_key_is_not_taken_over() -> None:
    """Neither one that was made up nor one of a real session from before the login."""
    for planted in ("p" * 32, _anonymous()):
        client = browser(planted)
        assert post(client, "/login", name="ada", password="correct horse").status_code == 204
        assert key_of(client) != planted
        assert browser(planted).get("/me").status_code == 401


def _anonymous() -> str:
    client = browser()
    client.get("/count")
    return key_of(client)


def test_what_a_session_remembers_survives_the_login() -> None:
    client = browser()
    assert client.get("/count").content == b"1"
    post(client, "/login", name="ada", password="correct horse")
    assert client.get("/count").content == b"2"
    assert browser(key_of(client)).get("/count").content == b"3"


def test_a_logout_everywhere_ends_all_sessions_of_this_user_alone(ada: Any) -> None:
    clients = [signed_in(), signed_in()]
    grace = browser()
    grace.force_login(new_user("grace", "battery staple"))
    ada.log_out_everywhere()
    assert [client.get("/me").status_code for client in clients] == [401, 401]
    assert grace.get("/me").content == b"grace"
    assert signed_in().get("/me").content == b"ada"


def test_a_change_of_password_ends_all_sessions_but_this_one_which_gets_a_new_key() -> None:
    one, two = signed_in(), signed_in()
    old = key_of(one)
    assert post(one, "/password", password="battery staple").status_code == 204
    assert one.get("/me").content == b"ada"
    assert two.get("/me").status_code == 401
    assert key_of(one) != old
    assert browser(old).get("/me").status_code == 401


def test_a_deactivated_user_is_out_at_once(ada: Any) -> None:
    client = signed_in()
    ada.is_active = False
    ada.save()
    assert client.get("/me").status_code == 401


def test_a_change_of_the_secret_key_ends_no_session_while_the_old_one_is_known(ada: Any) -> None:
    client, dead = signed_in(), signed_in()
    ada.log_out_everywhere()
    client = signed_in()
    with override_settings(SECRET_KEY="a new one", SECRET_KEY_FALLBACKS=["only for these tests"]):
        assert client.get("/me").content == b"ada"
        assert dead.get("/me").status_code == 401
    with override_settings(SECRET_KEY="another"):
        assert client.get("/me").status_code == 401


def test_with_the_database_down_nobody_is_let_in() -> None:
    """Whatever a cache still says."""
    client = signed_in()
    failure = django.db.OperationalError("gone")
    with patch.object(connection, "cursor", side_effect=failure):
        response = client.get("/me")
    assert (response.status_code, response.content) == (503, b"")


def test_asynchronous_views_see_the_same_session() -> None:
    client = signed_in()

    async def ask(key: str) -> bytes:
        asynchronous = AsyncClient()
        asynchronous.cookies[COOKIE] = key
        response: Any = await asynchronous.get("/async")
        return bytes(response.content)

    assert asyncio.run(ask(key_of(client))) == b"ada"
    assert asyncio.run(ask("f" * 32)) == b"nobody"
    assert key_of(client) not in json.dumps(rows())
    assert SessionStore(key_of(client)).get("seen") is True


def test_the_asynchronous_functions_of_a_store_do_the_same() -> None:
    async def use() -> None:
        store = SessionStore()
        await store.aset("a", 1)
        await store.asave()
        key = store.session_key
        assert key is not None
        assert await SessionStore(key).aget("a") == 1
        assert await store.aexists(key)
        await store.acycle_key()
        assert not await store.aexists(key)
        await store.aflush()

    asyncio.run(use())
    assert rows() == []

"""Who may: ADVISOR_ACCESS is open, or proxy."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from advisor.models import Recommendation
from tests.support.html import Form, form, page
from tests.support.site import BEFORE_SAVING, PROXY, RESULT, SAVE, Editable, has_a_way_on

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sso")]

ELSEWHERE = "10.0.0.6"

each_page = pytest.mark.parametrize("path", BEFORE_SAVING.values(), ids=BEFORE_SAVING)


@pytest.fixture
def sso(settings: Settings) -> None:
    """The site behind single sign-on."""
    settings.ADVISOR_ACCESS = "proxy"
    settings.ADVISOR_PROXY_ADDRESSES = [PROXY, "10.1.0.0/28", "2001:db8::/64"]


def visitor(name: str = "jane", address: str = PROXY, header: str = "X-Forwarded-User") -> Client:
    """Somebody whom the proxy calls by that name. WSGI hands on bytes as Latin-1."""
    headers = {header: name.encode().decode("latin-1")} if name else {}
    return Client(headers=headers, REMOTE_ADDR=address)


def filled(client: Client, **texts: str) -> Form:
    return form(client.get(SAVE)).fill(**({"title": "Billing API"} | texts))


def named(client: Client) -> str:
    """The author as the form to save shows it."""
    return page(client.get(SAVE)).one("dl", class_="field").one("dd").text


# Open


@pytest.fixture
def is_open(sso: None, settings: Settings) -> None:  # noqa: ARG001 - undoes it
    settings.ADVISOR_ACCESS = "open"


@pytest.mark.usefixtures("is_open")
def test_where_it_is_open_a_header_names_nobody() -> None:
    client = visitor(address="192.0.2.1")
    filled(client, author="Team Blue").post(client)
    record = Recommendation.objects.get()
    assert (record.author, record.identified) == ("Team Blue", False)
    assert not User.objects.exists()


@pytest.mark.usefixtures("is_open")
def test_where_it_is_open_an_author_is_typed_and_shown_as_typed(client: Client) -> None:
    saved = filled(client, author="Team Blue").post(client)["Location"]
    facts = page(client.get(saved)).one("dl", class_="facts")
    assert "Team Blue" in facts.text
    assert "signed in" not in facts.text
    assert client.get(f"{saved}recommendation.json").json()["saved"]["identified"] is False


# Reading behind single sign-on


@each_page
def test_a_page_is_the_same_for_all_and_asks_no_database(
    django_assert_num_queries: DjangoAssertNumQueries, path: str
) -> None:
    with django_assert_num_queries(0):
        responses = [visitor(name).get(path) for name in ("jane", "joe")]
    assert responses[0].content == responses[1].content
    assert not responses[0].cookies


@each_page
def test_no_cache_on_the_way_may_keep_a_page(path: str) -> None:
    response = visitor().get(path)
    assert response.status_code in (200, 400, 422)
    assert sorted(response["Cache-Control"].split(", ")) == ["no-cache", "private"]


def test_a_page_that_is_not_there_is_private_too() -> None:
    response = visitor().get("/r/unknown/")
    assert response.status_code == 404
    assert response["Cache-Control"] == "private"


def test_a_page_still_answers_304() -> None:
    tag = visitor().get(RESULT)["ETag"]
    assert visitor("joe").get(RESULT, headers={"If-None-Match": tag}).status_code == 304


@each_page
@pytest.mark.parametrize("name", ["", "jane"])
def test_past_the_proxy_nobody_reads(path: str, name: str) -> None:
    response = visitor(name, ELSEWHERE).get(path)
    assert response.status_code == 403
    assert response["Cache-Control"] == "private"
    shown = page(response)
    assert shown.one("h1").text == "This site needs single sign-on"
    assert has_a_way_on(shown)


@each_page
def test_whom_the_proxy_does_not_name_reads_nothing(path: str) -> None:
    response = visitor("").get(path)
    assert response.status_code == 403
    assert page(response).one("h1").text == "Sign in first"
    assert response["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in response["Content-Security-Policy"]


def test_a_saved_link_is_for_those_who_are_named() -> None:
    jane = visitor()
    saved = filled(jane).post(jane)["Location"]
    for part in ("", "recommendation.md", "recommendation.json", "kit.zip"):
        assert visitor("joe").get(saved + part).status_code == 200
        assert visitor("").get(saved + part).status_code == 403
        assert visitor("joe", ELSEWHERE).get(saved + part).status_code == 403


@pytest.mark.parametrize("path", ["/healthz/live", "/healthz/ready"])
def test_probes_need_no_name(path: str) -> None:
    assert visitor("", ELSEWHERE).get(path).status_code == 200


# Whose requests are the proxy's


@pytest.mark.parametrize(
    "address",
    [PROXY, f"::ffff:{PROXY}", "10.1.0.0", "10.1.0.15", "2001:db8::1", "2001:DB8:0:0:ffff::1"],
)
def test_it_believes_an_address_that_is_listed(address: str) -> None:
    assert visitor(address=address).get("/").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        ELSEWHERE,
        f"::ffff:{ELSEWHERE}",
        "10.1.0.16",
        "2001:db8:0:1::1",
        f"::{PROXY}",
        "127.0.0.1",
        "::1",
        "",
        "unix",
        f"{PROXY},{PROXY}",
        f" {PROXY}",
        "010.0.0.5",
        "localhost",
    ],
)
def test_it_believes_no_other(address: str) -> None:
    assert visitor(address=address).get("/").status_code == 403


def test_it_believes_no_address_that_a_header_claims() -> None:
    client = visitor(address=ELSEWHERE)
    claims = {"X-Forwarded-For": PROXY, "X-Real-IP": PROXY, "Forwarded": f"for={PROXY}"}
    assert client.get("/", headers=claims).status_code == 403


def test_it_believes_a_socket_file_only_where_one_is_listed(settings: Settings) -> None:
    settings.ADVISOR_PROXY_ADDRESSES = ["unix"]
    assert visitor(address="").get("/").status_code == 200
    assert visitor(address="127.0.0.1").get("/").status_code == 403
    assert visitor(address="unix").get("/").status_code == 403


@pytest.mark.parametrize("access", ["", "Open", "off"])
def test_where_nobody_said_who_may_nobody_may(settings: Settings, access: str) -> None:
    settings.ADVISOR_ACCESS = access
    assert visitor(address="127.0.0.1").get("/").status_code == 403


# What may be a name


@pytest.mark.parametrize(
    "name",
    ["jane", "Jane Doe", "jane@example.org", "CORP\\jane", "José Ñandú", "李雷", "x" * 120],
)
def test_it_takes_the_name_as_the_proxy_gives_it(name: str) -> None:
    jane = visitor(name)
    assert named(jane) == f"{name} (signed in)"
    filled(jane).post(jane)
    record = Recommendation.objects.get()
    assert (record.author, record.identified) == (name, True)


@pytest.mark.parametrize(
    "name",
    [
        " ",
        " jane",
        "jane,mallory",
        "jane, mallory",
        ",",
        "jane\tdoe",
        "jane\x00",
        "jane\x7f",
        "jane\u202edoe",
        "jane\u200b",
        "jane\u2028doe",
        "jane\xa0",
        "x" * 121,
    ],
)
def test_it_takes_no_name_that_could_be_another(name: str) -> None:
    response = visitor(name).get(SAVE)
    assert response.status_code == 403
    assert page(response).one("h1").text == "Your name cannot be used here"


def test_it_takes_no_name_that_is_no_text() -> None:
    client = Client(headers={"X-Forwarded-User": "jos\xe9"}, REMOTE_ADDR=PROXY)
    assert client.get("/").status_code == 403


def test_the_name_stands_in_the_header_that_was_chosen(settings: Settings) -> None:
    settings.ADVISOR_PROXY_HEADER = "Remote-User"
    assert visitor(header="Remote-User").get("/").status_code == 200
    assert visitor(header="X-Forwarded-User").get("/").status_code == 403
    # What a server found out by itself is not what the proxy says.
    assert Client(REMOTE_ADDR=PROXY, REMOTE_USER="jane").get("/").status_code == 403


def test_a_name_is_text_on_the_page() -> None:
    name = '<script>alert("1")</script>'
    assert named(visitor(name)) == f"{name} (signed in)"


# Saving behind single sign-on


def test_the_form_shows_the_author_and_does_not_ask(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        shown = page(visitor().get(SAVE))
    assert [label.text for label in shown.one("form").all("label")] == [
        "Title",
        "Context (optional)",
        "Decision makers (optional)",
        "Consulted (optional)",
        "Informed (optional)",
        "Link to the discussion (optional)",
        "Review again by (optional)",
    ]
    assert shown.one("dl", class_="field").text.split() == ["Author", "jane", "(signed", "in)"]


def test_an_author_that_is_sent_is_dropped() -> None:
    jane = visitor()
    sent = {**dict(filled(jane).fields), "author": "mallory", "identified": "", "who": "mallory"}
    jane.post(SAVE, sent)
    assert Recommendation.objects.get().author == "jane"


def test_the_page_says_that_the_author_was_signed_in() -> None:
    jane = visitor()
    saved = filled(jane).post(jane)["Location"]
    assert "jane (signed in)" in page(jane.get(saved)).one("dl", class_="facts").text
    about = jane.get(f"{saved}recommendation.json").json()
    assert (about["saved"]["author"], about["saved"]["identified"]) == ("jane", True)


def test_a_form_that_another_opened_is_saved_by_who_sends_it() -> None:
    jane, joe = visitor("jane"), visitor("joe")
    opened = filled(jane)
    first, second = opened.post(jane)["Location"], opened.post(joe)["Location"]
    assert first != second
    assert {record.author for record in Recommendation.objects.all()} == {"jane", "joe"}
    assert opened.post(jane)["Location"] == first


def test_a_form_that_comes_back_does_not_ask_either(editable: Editable) -> None:
    jane = visitor()
    opened = filled(jane)
    editable.replace("cases.yaml", "cases:", "cases: ")
    again = opened.post(jane)
    assert again.status_code == 422
    assert "author" not in dict(form(again).fields)
    form(again).post(jane)
    assert Recommendation.objects.get().author == "jane"


def test_django_gets_to_know_who_saves_and_nobody_else() -> None:
    jane = visitor()
    jane.get("/")
    jane.get(SAVE)
    assert not User.objects.exists()
    for title in ("One", "Two"):
        filled(jane, title=title).post(jane)
    user = User.objects.get()
    assert user.username == "jane"
    assert not user.check_password("")
    assert not user.is_staff


def test_whose_user_is_inactive_reads_but_saves_nothing() -> None:
    User.objects.create_user("jane", is_active=False)
    jane = visitor()
    assert jane.get(RESULT).status_code == 200
    response = filled(jane).post(jane)
    assert response.status_code == 403
    assert response["Cache-Control"].count("private") == 1
    assert page(response).one("h1").text == "You may read, but not save"
    assert not Recommendation.objects.exists()

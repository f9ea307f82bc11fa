"""A form that the site cannot take comes back with every character that was typed."""

import logging
from urllib.parse import urlencode

import pytest
from django.db import InterfaceError, InternalError, OperationalError
from django.test import Client
from pytest_django import Settings

from advisor.models import Event, Recommendation
from tests.support.deciding import person, save_with_secret, sign_off
from tests.support.html import Form, form, page
from tests.support.saving import save
from tests.support.site import SAVE, Editable

pytestmark = pytest.mark.django_db

HOSTILE = "</textarea><script>alert(1)</script> & \"quotes\" 'ticks'  \u202e𝒳 \r\nnext line\r\n"
TEXTS = {
    "title": "Billing <b>API</b>",
    "context": HOSTILE * 20,
    "author": "Team “Blue” & Co",
    "reason": HOSTILE,
    "decision_makers": "Ann, Bob",
    "consulted": "Security",
    "informed": "Support",
    "discussion": "https://git.example.org/pulls/7?a=b&c=d",
    "review_by": "2999-12-31",
}
CHOSEN = f"{SAVE}&choose=opaque-session"
LOCKED = OperationalError("database is locked")


def visitor() -> Client:
    """A browser: it sees pages of failures, and its forms need a token."""
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


def filled(client: Client, path: str = CHOSEN) -> Form:
    return form(client.get(path)).fill(**TEXTS)


def kept(opened: Form) -> dict[str, str]:
    """What is in the fields, with the line ends that a browser sends."""
    values = dict(opened.fields)
    return {name: values[name].replace("\r\n", "\n") for name in TEXTS}


TYPED = {name: text.replace("\r\n", "\n") for name, text in TEXTS.items()}


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> "Failing":
    return Failing(monkeypatch)


class Failing:
    """Lets a function fail, until it works again."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def at(self, name: str, error: Exception) -> None:
        def fail(*_: object, **__: object) -> None:
            raise error

        self.monkeypatch.setattr(name, fail)

    def no_more(self) -> None:
        self.monkeypatch.undo()


FAILURES = [
    (LOCKED, 503),
    (OperationalError("database or disk is full"), 503),
    (OperationalError("attempt to write a readonly database"), 503),
    (InternalError("cannot execute INSERT in a read-only transaction"), 503),
    (InterfaceError("connection already closed"), 503),
    (RuntimeError("the secret of the house"), 500),
]
each_failure = pytest.mark.parametrize(
    ("error", "status"), FAILURES, ids=[str(error) for error, _ in FAILURES]
)


@each_failure
def test_a_save_that_fails_gives_the_form_again_and_saves_it_once(
    failing: Failing, error: Exception, status: int
) -> None:
    client = visitor()
    opened = filled(client)
    failing.at("advisor.saved.records.Recommendation.objects.get_or_create", error)
    failed = opened.post(client)
    failing.no_more()

    assert failed.status_code == status
    assert str(error).encode() not in failed.content
    assert "no-store" in failed["Cache-Control"]
    assert kept(form(failed)) == TYPED
    assert not page(failed).one("main").all("script")
    again = form(failed)
    addresses = {again.post(client)["Location"] for _ in range(2)}
    assert addresses == {f"/r/{Recommendation.objects.get().id}/"}
    assert Recommendation.objects.get().context == TYPED["context"].strip()


def test_a_failure_after_the_save_makes_no_second_record(failing: Failing) -> None:
    client = visitor()
    opened = filled(client)
    failing.at("advisor.saved.views.remember_saved", RuntimeError())
    failed = opened.post(client)
    failing.no_more()
    assert failed.status_code == 500
    assert form(failed).post(client).status_code == 303
    assert Recommendation.objects.count() == 1


@pytest.mark.parametrize("name", ["result_of", "recently_saved", "save_page", "SaveForm"], ids=str)
def test_text_survives_wherever_a_save_fails(failing: Failing, name: str) -> None:
    client = visitor()
    opened = filled(client)
    if name == "save_page":
        opened.set("title", "")
    failing.at(f"advisor.saved.views.{name}", RuntimeError())
    failed = opened.post(client)
    assert failed.status_code == 500
    title = "" if name == "save_page" else TYPED["title"]
    assert kept(form(failed)) == TYPED | {"title": title}


def test_an_expired_form_whose_database_fails_as_well_keeps_its_text(failing: Failing) -> None:
    client = visitor()
    save(Client())
    opened = filled(client)
    client.cookies.clear()
    failing.at("advisor.saved.views.recently_saved", LOCKED)
    failed = opened.post(client)
    failing.no_more()
    assert failed.status_code == 503
    assert kept(form(failed)) == TYPED
    assert form(failed).post(client).status_code == 303


def test_text_that_is_too_long_for_the_site_comes_back_whole() -> None:
    client = visitor()
    opened = filled(client).fill(context="ä€𝒳\n" * 20_000)
    refused = opened.post(client)
    assert refused.status_code == 400
    told = page(refused).one("main").text
    assert "The text is too long. Nothing was saved." in told
    assert "What you typed is below. You can send it again: nothing is saved twice." in told
    assert kept(form(refused)) == TYPED | {"context": "ä€𝒳\n" * 20_000}
    shorter = form(refused).fill(context="Short")
    assert shorter.post(client).status_code == 303
    assert Recommendation.objects.get().context == "Short"


def test_a_form_without_bounds_is_not_read() -> None:
    client = visitor()
    refused = filled(client).fill(context="a" * 2_000_000).post(client)
    assert refused.status_code == 400
    assert not page(refused).all("form")
    assert len(refused.content) < 10_000


def test_text_survives_a_form_with_too_many_fields() -> None:
    client = visitor()
    opened = filled(client)
    body = urlencode([*opened.fields, *((f"x{number}", "y") for number in range(200))])
    refused = client.post(
        opened.element["action"], body, content_type="application/x-www-form-urlencoded"
    )
    assert refused.status_code == 400
    assert kept(form(refused)) == TYPED
    assert form(refused).post(client).status_code == 303


# What an installation may have changed since the form was opened


def test_text_survives_an_answer_that_the_tree_has_no_more(client: Client) -> None:
    opened = filled(client)
    refused = client.post(
        opened.element["action"].replace("=runs-jwt", "=gone"), dict(opened.fields)
    )
    assert refused.status_code == 400
    assert page(refused).one("h1").text == "Unknown answer in the address"
    assert page(refused).one(id="id_context").raw.replace("\r\n", "\n").strip() == (
        TYPED["context"].strip()
    )
    # It could not be saved there, so nothing offers to.
    assert not page(refused).all("button", class_="button")


def test_text_survives_a_question_that_is_new(client: Client) -> None:
    opened = filled(client)
    refused = client.post(
        opened.element["action"].replace("&team=runs-jwt", ""), dict(opened.fields)
    )
    assert refused.status_code == 422
    main = page(refused).one("main")
    assert main.one("h1").text == "The tree has changed since you opened the form"
    assert main.link("See what the tree asks today").startswith("/tokens/ask?revocation=no")
    assert main.one(id="id_title")["value"] == TEXTS["title"]
    assert not Recommendation.objects.exists()


def test_text_survives_a_choice_that_is_recommended_by_now(client: Client) -> None:
    opened = filled(client)
    recommended = opened.element["action"].replace("opaque-session", "jwt-hs256")
    refused = client.post(recommended, dict(opened.fields))
    assert refused.status_code == 422
    assert kept(form(refused)) == TYPED
    assert form(refused).post(client)["Location"].startswith("/r/")


def test_text_survives_a_policy_that_forbids_the_choice(client: Client, editable: Editable) -> None:
    opened = filled(client, f"{SAVE}&choose=paseto-local")
    policies = editable.folder / "policies"
    policies.mkdir(exist_ok=True)
    (policies / "house.yaml").write_text(
        "format: 1\ntitle: House rules\nowner: A\nreason: B\nreview-by: 2099-06-30\n"
        "rules:\n  a: {because: C, forbid: paseto-local, use: jwe}\n"
    )
    editable.edit("cases.yaml", lambda text: f"# checked\n{text}")
    refused = opened.post(client)
    assert refused.status_code == 422
    assert "House rules" in page(refused).one("main").text
    assert page(refused).one(id="id_title")["value"] == TEXTS["title"]


@pytest.mark.parametrize("tree_is_edited", [True, False])
def test_text_survives_a_broken_tree(
    settings: Settings, editable: Editable, *, tree_is_edited: bool
) -> None:
    client = visitor()
    opened = filled(client)
    settings.ADVISOR_RELOAD = tree_is_edited
    editable.replace("tree.yaml", "format: 1", "format: 2")
    refused = opened.post(client)
    assert refused.status_code == (503 if tree_is_edited else 500)
    assert kept(form(refused)) == TYPED


# Who may see it


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil"])
def test_a_failure_shows_nothing_that_another_site_typed(failing: Failing, origin: str) -> None:
    client = Client(raise_request_exception=False)
    opened = filled(client)
    failing.at("advisor.saved.views.result_of", RuntimeError())
    failed = opened.post(client, {"Origin": origin})
    assert failed.status_code == 500
    assert not page(failed).all("form")
    assert b"Billing" not in failed.content


def test_text_survives_a_sign_on_that_has_ended(settings: Settings) -> None:
    settings.ADVISOR_ACCESS, settings.ADVISOR_PROXY_ADDRESSES = "proxy", ["10.0.0.5"]
    ann = person("ann", hides_errors=True)
    opened = form(ann.get(CHOSEN)).fill(**{name: TEXTS[name] for name in TEXTS if name != "author"})
    refused = opened.post(person(""))
    assert refused.status_code == 403
    assert page(refused).one("h1").text == "Sign in first"
    again = form(refused)
    assert dict(again.fields)["context"].replace("\r\n", "\n") == TYPED["context"]
    assert again.post(ann).status_code == 303


def test_what_was_typed_is_not_logged(failing: Failing, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = visitor()
    opened = filled(client)
    failing.at("advisor.saved.records.Recommendation.objects.get_or_create", LOCKED)
    opened.post(client)
    assert "The database failed: database is locked" in caplog.text
    assert "Billing" not in caplog.text


# Sign-offs


@each_failure
def test_a_sign_off_that_fails_gives_the_form_again_and_records_it_once(
    failing: Failing, error: Exception, status: int
) -> None:
    client = visitor()
    address, secret = save_with_secret(client)
    opened = sign_off(client, address, by="The “board”", note=HOSTILE, secret=secret)
    failing.at("advisor.saved.events.Event.objects.create", error)
    failed = opened.post(client)
    failing.no_more()

    assert failed.status_code == status
    again = form(failed)
    values = dict(again.fields)
    assert values["note"].replace("\r\n", "\n") == HOSTILE.replace("\r\n", "\n")
    # The secret alone is not repeated.
    assert (values["by"], values["secret"]) == ("The “board”", "")
    assert secret not in failed.text
    again.fill(secret=secret)
    assert {again.post(client).status_code for _ in range(2)} == {303}
    assert Event.objects.count() == 1


def test_a_sign_off_keeps_its_text_where_the_record_cannot_be_read(failing: Failing) -> None:
    client = visitor()
    address, secret = save_with_secret(client)
    opened = sign_off(client, address, by="Board", note="Fine.", secret=secret)
    failing.at("advisor.saved.records.read_record", LOCKED)
    failed = opened.post(client)
    assert failed.status_code == 503
    assert failed["Retry-After"] == "60"
    assert dict(form(failed).fields)["note"] == "Fine."


def test_a_page_that_reads_a_failing_database_is_a_503_that_leads_on(failing: Failing) -> None:
    client = visitor()
    address = save(Client())
    failing.at("advisor.saved.records.read_record", LOCKED)
    failed = client.get(address)
    assert failed.status_code == 503
    assert page(failed).one("h1").text == "The site cannot use its database"
    assert page(failed).one("main").link("Go to the start page") == "/"

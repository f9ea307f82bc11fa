"""Where nobody signs in, the author's team signs off with a secret link, which is shown once."""

import hashlib
import json
import logging
import re
from pathlib import Path

import pytest
from django.core import serializers
from django.test import Client
from pytest_django import Settings

from advisor.models import Event, Recommendation
from tests.support.deciding import save_with_secret, sign_off, status
from tests.support.html import form, page
from tests.support.saving import FORMATS, save, save_again
from tests.support.site import SAVE

pytestmark = pytest.mark.django_db


@pytest.fixture
def saved(client: Client) -> tuple[str, str]:
    """The address of a decision, and its secret link."""
    return save_with_secret(client)


def secret_in(link: str) -> str:
    return link.partition("#")[2]


def test_it_is_shown_once_after_saving(client: Client) -> None:
    filled = form(client.get(SAVE)).fill(title="Billing API", author="Team Blue")
    address = str(filled.post(client)["Location"])
    first = client.get(address)
    link = page(first).one(id="secret-link")["href"]
    assert re.fullmatch(rf"http://testserver{address}manage#[0-9a-f]{{64}}", link)
    assert {"no-store", "private"} <= set(first["Cache-Control"].split(", "))
    assert not page(client.get(address)).has(id="secret-link")


def test_without_a_name_or_the_secret_nothing_is_recorded(
    client: Client, saved: tuple[str, str]
) -> None:
    address, _ = saved
    refused = (
        form(client.get(f"{address}manage")).fill(kind="accepted", by="", secret="").post(client)
    )
    assert refused.status_code == 422
    messages = [link.text for link in page(refused).one(class_="error-summary").all("a")]
    assert messages == ["Enter who decided.", "Enter the secret link."]
    assert not Event.objects.exists()


def test_nobody_else_is_shown_it(client: Client) -> None:
    filled = form(client.get(SAVE)).fill(title="Billing API", author="Team Blue")
    address = str(filled.post(client)["Location"])
    assert not page(Client().get(address)).has(id="secret-link")
    assert page(client.get(address)).has(id="secret-link")


def test_its_cookie_goes_to_the_decision_alone_and_no_script_reads_it(client: Client) -> None:
    sent = form(client.get(SAVE)).fill(title="Billing API", author="Team Blue").post(client)
    cookie = sent.cookies["secret-link"]
    assert cookie["path"] == sent["Location"]
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Strict"
    assert int(cookie["max-age"]) <= 600
    assert client.get(sent["Location"]).cookies["secret-link"]["max-age"] == 0


def test_a_lost_answer_shows_it_again_to_whoever_sends_the_same_form(client: Client) -> None:
    filled = form(client.get(SAVE)).fill(title="Billing API", author="Team Blue")
    links = []
    for _ in range(2):
        address = str(filled.post(client)["Location"])
        links.append(page(client.get(address)).one(id="secret-link")["href"])
    assert links[0] == links[1]
    assert Recommendation.objects.count() == 1


def test_another_opening_of_the_form_does_not_show_the_secret_of_the_first(
    client: Client, saved: tuple[str, str]
) -> None:
    address, _ = saved
    again = form(client.get(SAVE)).fill(title="Billing API", author="Team Blue").post(client)
    assert again["Location"] == address
    assert not page(client.get(address)).has(id="secret-link")


def test_only_its_hash_is_kept(saved: tuple[str, str]) -> None:
    secret = secret_in(saved[1])
    record = Recommendation.objects.get()
    assert record.key_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in serializers.serialize("json", [record])


@pytest.mark.parametrize("whole_link", [True, False])
def test_with_it_the_team_records_who_decided(
    client: Client, saved: tuple[str, str], *, whole_link: bool
) -> None:
    address, link = saved
    typed = link if whole_link else secret_in(link)
    sent = sign_off(client, address, by="The board", note="Fine.", secret=typed).post(client)
    assert (sent.status_code, sent["Location"]) == (303, address)
    assert status(client, address) == "Accepted"
    event = Event.objects.get()
    assert (event.by, event.note, event.identified) == ("The board", "Fine.", False)


@pytest.mark.parametrize("wrong", ["x", "0" * 64, " ", "https://evil.example/#", "é" * 64])
def test_without_it_nobody_records_anything(
    client: Client, saved: tuple[str, str], wrong: str
) -> None:
    refused = sign_off(client, saved[0], by="Mallory", note="Much", secret=wrong).post(client)
    assert refused.status_code in (403, 422)
    assert not Event.objects.exists()
    kept = dict(form(refused).fields)
    assert (kept["by"], kept["note"], kept["kind"]) == ("Mallory", "Much", "accepted")


def test_the_secret_of_one_decision_opens_no_other(client: Client, saved: tuple[str, str]) -> None:
    other = save(client, title="Other API")
    refused = sign_off(client, other, by="Mallory", secret=saved[1]).post(client)
    assert refused.status_code == 403
    assert "This is not the secret link of this decision." in page(refused).one("main").text


def test_the_hash_is_no_secret(client: Client, saved: tuple[str, str]) -> None:
    hashed = Recommendation.objects.get().key_hash
    assert sign_off(client, saved[0], by="Mallory", secret=hashed).post(client).status_code == 403


def test_a_decision_of_an_earlier_release_has_none(client: Client) -> None:
    address = save(client)
    Recommendation.objects.update(key_hash="")
    assert not page(client.get(address)).one(class_="decision").all("a")
    shown = page(client.get(f"{address}manage"))
    assert "This decision has no secret link" in shown.one("p", class_="lede").text
    sent = client.post(f"{address}manage", {"kind": "accepted", "by": "M", "secret": "x"})
    assert sent.status_code in (403, 422)
    assert not Event.objects.exists()


def test_an_expired_form_records_nothing_and_keeps_what_was_typed() -> None:
    strict = Client(enforce_csrf_checks=True)
    address, link = save_with_secret(strict)
    opened = sign_off(strict, address, by="The board", note="Much typing", secret=link)
    strict.cookies.clear()
    refused = opened.post(strict)
    assert refused.status_code == 403
    assert not Event.objects.exists()
    again = form(refused)
    assert dict(again.fields)["note"] == "Much typing"
    assert again.post(strict).status_code == 303
    assert Event.objects.count() == 1


# Nowhere else


def test_it_stands_in_no_page_export_or_register(client: Client, saved: tuple[str, str]) -> None:
    address, link = saved
    sign_off(client, address, by="The board", secret=link).post(client)
    later = save_again(client, address)
    paths = [
        *(f"{place}{kind}" for place in (address, later) for kind in (*FORMATS, "badge.svg")),
        f"{address}recommendation.md?as=comment",
        f"{address}manage",
        "/r/",
        "/r/register.json",
    ]
    for path in paths:
        for visitor in (client, Client()):
            response = visitor.get(path)
            assert secret_in(link).encode() not in response.content, path
            assert Recommendation.objects.get(pk=address.split("/")[2]).key_hash.encode() not in (
                response.content
            )


def test_it_stands_in_no_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    address, link = save_with_secret(client)
    sign_off(client, address, by="The board", secret=link).post(client)
    sign_off(client, address, "deprecated", by="The board", secret=f"{link}x").post(client)
    client.get(f"{address}nothing-here")
    assert secret_in(link) not in caplog.text


def test_it_stands_in_no_error_report(
    client: Client, saved: tuple[str, str], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, link = saved

    def fail(*_: object) -> None:
        raise RuntimeError("the database is away")

    opened = sign_off(client, address, by="The board", secret=link)
    monkeypatch.setattr("advisor.saved.views.append_event", fail)
    client.raise_request_exception = False
    response = opened.post(client)
    assert response.status_code == 500
    assert secret_in(link) not in response.content.decode()
    settings.DEBUG = True
    response = opened.post(client)
    assert response.status_code == 500
    assert "the database is away" in response.content.decode()


def test_it_stands_in_no_address_that_a_server_or_a_referrer_sees(
    client: Client, saved: tuple[str, str]
) -> None:
    address, link = saved
    path, _, secret = link.partition("#")
    assert secret not in path
    shown = client.get(f"{address}manage")
    assert shown["Referrer-Policy"] == "same-origin"
    assert "no-store" in shown["Cache-Control"]
    sent = sign_off(client, address, by="The board", secret=link).post(client)
    assert secret not in json.dumps(dict(sent.headers))


def test_the_sources_name_the_secret_in_no_template_of_an_export() -> None:
    exports = Path("advisor/exports")
    assert not [path for path in exports.glob("*.py") if "key_hash" in path.read_text()]

"""What every part of the site says when it refuses a request, whole sentences."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from advisor.web.addresses import MAX_FIELDS, MAX_LENGTH
from tests.support.html import form, page
from tests.support.site import PROXY, RESULT, SAVE


def told(client: Client, path: str, **headers: str) -> str:
    """All that the page says below the frame."""
    return page(client.get(path, headers=headers)).one("main").text


def test_an_address_has_a_longest_length(client: Client) -> None:
    longest = "x=" + "y" * (MAX_LENGTH - len("x="))
    assert client.get(f"/tokens/ask?{longest}").status_code == 303
    assert "This address is too long." in told(client, f"/tokens/ask?{longest}y")


def test_an_address_has_a_greatest_number_of_parameters(client: Client) -> None:
    most = "&".join(f"x{number}=y" for number in range(MAX_FIELDS))
    assert client.get(f"/tokens/ask?{most}").status_code == 303
    assert "This address has too many parameters." in told(client, f"/tokens/ask?{most}&z=y")


def test_the_bounds_of_an_address_are_these() -> None:
    assert (MAX_LENGTH, MAX_FIELDS) == (4000, 100)


def test_a_request_that_is_none_of_http_is_not_understood(client: Client) -> None:
    text = told(client, "/", Host="evil.example")
    assert text.startswith("This request is not valid")
    assert "The site does not understand a part of it." in text


def test_a_failure_says_that_nothing_was_saved_and_where_the_answers_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("advisor.wizard.views.build.result_page", fail)
    text = told(Client(raise_request_exception=False), RESULT)
    assert "This request saved nothing. Your answers are still in the address" in text


def test_a_form_that_has_expired_says_why_and_what_to_do() -> None:
    strict = Client(enforce_csrf_checks=True)
    elsewhere = {"Origin": "https://evil.example"}
    text = page(strict.post(SAVE, {"title": "x"}, headers=elsewhere)).one("main").text
    assert text.startswith("Your form has expired")
    assert "Nothing was saved yet." in text
    assert "You opened the form too long ago, or your browser blocks cookies." in text


@pytest.mark.usefixtures("proxied")
@pytest.mark.parametrize(
    ("address", "name", "sentence"),
    [
        ("10.0.0.6", "jane", "Your request did not come through it. Open the site at its public"),
        (PROXY, "", "Single sign-on did not tell this site who you are."),
        (PROXY, "a,b", "gave this site a name that is too long, or that contains a comma"),
    ],
)
def test_single_sign_on_says_why_it_lets_nobody_in(address: str, name: str, sentence: str) -> None:
    headers = {"X-Forwarded-User": name} if name else {}
    visitor = Client(headers=headers, REMOTE_ADDR=address)
    assert sentence in told(visitor, "/")


@pytest.mark.django_db
@pytest.mark.usefixtures("proxied")
def test_an_inactive_user_reads_why_nothing_is_saved() -> None:
    User.objects.create_user("jane", is_active=False)
    jane = Client(headers={"X-Forwarded-User": "jane"}, REMOTE_ADDR=PROXY)
    refused = form(jane.get(SAVE)).fill(title="Billing API").post(jane)
    assert "Your account on this site is inactive." in page(refused).one("main").text

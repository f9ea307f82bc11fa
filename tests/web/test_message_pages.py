"""Every page that only says what is wrong: its status, all its words, and where it leads."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from tests.support.html import Element, form, page
from tests.support.site import PROXY, SAVE, Editable

START = [("Go to the start page", "/")]
AGAIN = [("Start again", "/tokens/ask"), *START]
# By address: status, heading, message, links.
MESSAGES = {
    "/nothing/": (
        404,
        "Page not found",
        (
            "If you typed the address, check that it is correct. If you pasted it, check that you "
            "copied all of it."
        ),
        START,
    ),
    f"/tokens/ask?x={'y' * 5000}": (
        414,
        "This address is not valid",
        "This address is too long.",
        AGAIN,
    ),
    f"/tokens/ask?{'&'.join(f'x{number}=y' for number in range(101))}": (
        400,
        "This address is not valid",
        "This address has too many parameters.",
        AGAIN,
    ),
    "/tokens/ask?revocation=perhaps": (
        400,
        "Unknown answer in the address",
        (
            "“perhaps” is not a valid answer to “Must a token stop working before it expires?”. "
            "The valid answers are: Yes, at once (now) Yes, within minutes (soon) "
            "No, expiry is enough (no) Not sure (unsure)"
        ),
        AGAIN,
    ),
}


def shown(main: Element) -> tuple[str, str, list[tuple[str, str]]]:
    """The heading, the message and the links of a page."""
    links = [(link.text, link["href"]) for link in main.all("a")]
    heading = main.one("h1").text
    message = main.text.removeprefix(heading)
    for text, _ in links:
        message = message.replace(text, "")
    return heading, message.strip(), links


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path[:20])
def test_it_says_what_is_wrong_with_an_address(client: Client, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, *shown(page(response).one("main"))) == MESSAGES[path]


def test_it_says_that_it_does_not_understand_a_request(client: Client) -> None:
    response = client.get("/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert shown(page(response).one("main")) == (
        "This request is not valid",
        "The site does not understand a part of it.",
        START,
    )


def test_it_says_that_a_form_has_expired() -> None:
    elsewhere = {"Origin": "https://evil.example"}
    response = Client(enforce_csrf_checks=True).post(SAVE, {"title": "x"}, headers=elsewhere)
    assert response.status_code == 403
    assert shown(page(response).one("main")) == (
        "Your form has expired",
        (
            "Nothing was saved yet. You opened the form too long ago, or your browser blocks "
            "cookies. Go back, reload the page and send the form again. Only saving needs a "
            "cookie here."
        ),
        START,
    )


def test_it_says_that_something_is_wrong_with_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("advisor.wizard.views.build.home_page", fail)
    response = Client(raise_request_exception=False).get("/")
    assert response.status_code == 500
    assert shown(page(response).one("main")) == (
        "There is a problem with this site",
        "This request saved nothing. Your answers are still in the address of the previous page.",
        START,
    )


def test_it_shows_the_problems_of_a_tree_that_is_edited(
    client: Client, settings: Settings, editable: Editable
) -> None:
    settings.ADVISOR_RELOAD = True
    editable.replace("tree.yaml", "format: 1", "format: 2")
    response = client.get("/tokens/ask")
    assert response.status_code == 503
    heading, message, links = shown(page(response).one("main"))
    assert heading == "The tree has errors"
    assert message.startswith("Fix the problems below, save the file and reload this page. ")
    assert "tree.yaml:2:9: error[bad-value]: found `2`; expected `1`" in message
    assert links == [("Fix it in a draft", "/tokens/studio")]


@pytest.mark.usefixtures("proxied")
@pytest.mark.parametrize(
    ("address", "name", "heading", "message"),
    [
        (
            "10.0.0.6",
            "jane",
            "This site needs single sign-on",
            "Your request did not come through it. Open the site at its public address.",
        ),
        ("", "jane", "This site needs single sign-on", ""),
        (PROXY, "", "Sign in first", "Single sign-on did not tell this site who you are."),
        (
            PROXY,
            "a,b",
            "Your name cannot be used here",
            (
                "Single sign-on gave this site a name that is too long, or that contains a comma "
                "or another character that is not allowed."
            ),
        ),
    ],
)
def test_single_sign_on_says_whom_it_refuses_and_logs_from_where(
    address: str, name: str, heading: str, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"X-Forwarded-User": name} if name else {}
    response = Client(headers=headers, REMOTE_ADDR=address).get("/")
    assert response.status_code == 403
    told = shown(page(response).one("main"))
    assert told == (heading, message or told[1], START)
    assert f"{heading}: refused a request from {address or 'a unix socket'}" in caplog.messages


@pytest.mark.django_db
@pytest.mark.usefixtures("proxied")
@pytest.mark.parametrize("is_active", [True, False])
def test_an_inactive_user_alone_may_not_save(is_active: bool) -> None:
    User.objects.create_user("jane", is_active=is_active)
    jane = Client(headers={"X-Forwarded-User": "jane"}, REMOTE_ADDR=PROXY)
    answer = form(jane.get(SAVE)).fill(title="Billing API").post(jane)
    assert answer.status_code == (303 if is_active else 403)
    if not is_active:
        heading, message, links = shown(page(answer).one("main"))
        assert heading == "You may read, but not save"
        # What was typed follows.
        assert message.startswith("Your account on this site is inactive. What you typed is below.")
        assert dict(form(answer).fields)["title"] == "Billing API"
        assert links == START


# Probes


@pytest.mark.django_db
@pytest.mark.parametrize("probe", ["live", "ready"])
def test_a_probe_answers_in_a_word_that_nobody_keeps(client: Client, probe: str) -> None:
    response = client.get(f"/healthz/{probe}")
    assert (response.status_code, response.content) == (200, f"{probe}\n".encode())
    assert response["Content-Type"] == "text/plain"
    assert "no-store" in response["Cache-Control"]
    assert client.post(f"/healthz/{probe}").status_code == 405


@pytest.mark.django_db
def test_a_site_with_a_broken_tree_is_alive_and_not_ready(
    client: Client, editable: Editable
) -> None:
    editable.replace("tree.yaml", "format: 1", "format: 2")
    response = client.get("/healthz/ready")
    assert (response.status_code, response.content) == (503, b"not ready\n")
    assert response["Content-Type"] == "text/plain"
    assert client.get("/healthz/live").status_code == 200

"""A choice beside the code selects files and caveats; the address and the record keep it."""

import json

import pytest
from django.test import Client

from advisor import catalogue
from advisor.kits.selecting import _narrowed
from tests.support.html import Element, form, page
from tests.support.kit_files import constants, shown_files
from tests.support.saving import save
from tests.support.site import Editable

ANSWERS = "revocation=now&services=one&confidential=no&team=small"
RESULT = f"/tokens/result?{ANSWERS}"
IN_COOKIES = "lax-not-strict"


def options(result: Element) -> dict[str, bool]:
    """The options of the carrier, and whether each is chosen."""
    radios = result.all("input", type="radio", name="carrier")
    return {radio["value"]: "checked" in radio.attributes for radio in radios}


def caveats(result: Element) -> set[str]:
    return {
        article["id"].removeprefix("caveat-") for article in result.all("article", class_="caveat")
    }


def files(client: Client, address: str, framework: str) -> set[str]:
    return set(shown_files(page(client.get(f"{address}&way={framework}&files=separate"))))


def test_the_default_is_chosen_and_stands_in_no_address(client: Client) -> None:
    assert options(page(client.get(RESULT))) == {"browser": True, "app": False}
    assert client.get(f"{RESULT}&carrier=browser")["Location"] == RESULT


def test_another_option_gets_other_files(client: Client) -> None:
    sent = form(client.get(RESULT)).set("carrier", "app").address
    app = f"{RESULT}&carrier=app"
    assert client.get(sent)["Location"] == app
    assert options(page(client.get(app))) == {"browser": False, "app": True}
    assert "fastapi_session.py" in files(client, RESULT, "fastapi")
    assert "fastapi_session.py" not in files(client, app, "fastapi")
    assert "fastapi_bearer.py" in files(client, app, "fastapi")


# Answers that lead to each outcome with a choice of carrier, and what its cookie is called.
CARRIED = {
    "revocation=now&services=one&confidential=no&team=small": "cookie-name",
    "revocation=soon&services=many&confidential=no&team=small": "refresh-cookie-name",
    "revocation=now&services=many&confidential=no&team=small": "cookie-name",
}


@pytest.mark.parametrize("answers", CARRIED)
def test_an_app_reads_nothing_about_cookies_and_is_asked_for_none(
    client: Client, answers: str
) -> None:
    browser, app = (
        page(client.get(f"/tokens/result?{answers}{more}")) for more in ("", "&carrier=app")
    )
    asked = {field["name"] for field in browser.all("input")}
    assert CARRIED[answers] in asked
    assert not [field["name"] for field in app.all("input") if "cookie" in field["name"]]
    about_cookies = {"keep-tokens-from-scripts", IN_COOKIES} & caveats(browser)
    assert about_cookies
    assert not about_cookies & caveats(app)
    assert not [
        caveat for caveat in app.all("article", class_="caveat") if "HttpOnly" in caveat.text
    ]


def test_a_name_for_a_cookie_is_written_into_code_for_browsers_alone(client: Client) -> None:
    named = "&cookie-name=__Host-ours"
    browser, app = (
        json.loads(client.get(f"/tokens/result.json?{ANSWERS}{more}{named}").content)["settings"]
        for more in ("", "&carrier=app")
    )
    assert browser["cookie-name"] == "__Host-ours"
    assert "cookie-name" not in app
    code = shown_files(page(client.get(f"{RESULT}&carrier=app{named}")))
    assert constants(code["tokens.py"])["COOKIE_NAME"] == "__Host-Http-session"


def test_a_caveat_about_cookies_is_for_browsers_alone(client: Client) -> None:
    shown, hidden = (caveats(page(client.get(f"{RESULT}{more}"))) for more in ("", "&carrier=app"))
    assert IN_COOKIES in shown
    assert IN_COOKIES not in hidden
    for ending in ("json", "md"):
        address = f"/tokens/result.{ending}?{ANSWERS}"
        browser, app = (client.get(f"{address}{more}").content for more in ("", "&carrier=app"))
        assert b"SameSite=Strict" in browser
        assert b"SameSite=Strict" not in app


def test_the_json_says_what_was_chosen(client: Client) -> None:
    held = json.loads(client.get(f"/tokens/result.json?{ANSWERS}&carrier=app").content)
    assert held["settings"]["carrier"] == "app"
    options = {choice["parameter"]: choice["option"] for choice in held["result"]["choices"]}
    assert options["carrier"] == "app"


def test_a_choice_is_carried_to_another_answer_and_to_each_file(client: Client) -> None:
    result = page(client.get(f"{RESULT}&carrier=app"))
    for link in ("Download all files", "Save as decision", "JSON", "Markdown"):
        assert result.link(link).endswith("&carrier=app"), link
    change = result.one("main").link("Change the answer to: What can the team take on?")
    assert change.endswith("&carrier=app")


def test_an_option_that_there_is_not_is_an_error_beside_the_options(client: Client) -> None:
    response = client.get(f"{RESULT}&carrier=pigeon")
    assert response.status_code == 422
    assert "Choose “A browser” or “An app or another program”." in page(response).text
    assert not any(options(page(response)).values())
    archive = client.get(f"/tokens/kit.zip?{ANSWERS}&carrier=pigeon")
    assert archive["Location"] == f"{RESULT}&carrier=pigeon"


@pytest.mark.django_db
def test_a_record_keeps_what_was_chosen(client: Client) -> None:
    record = save(client, f"/tokens/save?{ANSWERS}&carrier=app")
    shown = page(client.get(record))
    assert IN_COOKIES not in caveats(shown)
    assert "Who carries the token: An app or another program" in shown.text
    assert shown.one(id="today").text.startswith("Today: Advice unchanged since ")
    markdown = client.get(f"{record}recommendation.md").content.decode()
    assert "Who carries the token: An app or another program." in markdown


@pytest.mark.django_db
def test_a_record_stays_current_when_the_default_becomes_another(
    client: Client, editable: Editable
) -> None:
    """What was chosen stays chosen."""
    record = save(client, f"/tokens/save?{ANSWERS}")
    editable.replace("parameters.yaml", "default: browser", "default: app")
    shown = page(client.get(record))
    assert shown.one(id="today").text.startswith("Today: Advice unchanged since ")
    assert shown.link("See today’s result for these answers") == f"{RESULT}&carrier=browser"
    assert options(page(client.get(f"{RESULT}&carrier=browser")))["browser"]


def test_a_policy_fixes_a_choice(client: Client, editable: Editable) -> None:
    policy = """
format: 1
title: Programs only
owner: Security
reason: No browser talks to us.
review-by: 2099-01-01
rules:
  programs: {because: There is no browser., limit: carrier, options: [app]}
"""
    (editable.folder / "policies").mkdir(exist_ok=True)
    (editable.folder / "policies" / "programs.yaml").write_text(policy)
    catalogue.reload()
    result = page(client.get(RESULT))
    assert options(result) == {"app": True}
    assert IN_COOKIES not in caveats(result)
    assert "Who carries the token: only “An app or another program”." in result.text
    refused = client.get(f"{RESULT}&carrier=browser")
    assert refused.status_code == 422


def test_where_policies_leave_no_option_that_the_code_has_it_says_so() -> None:
    parameter = catalogue.loaded_trees()["tokens"].tree.document.parameters["carrier"]
    left, message = _narrowed(parameter, set())
    assert (left, message) == (parameter, "The policies leave no option that this code has.")
    *_, last = parameter.choices
    left, message = _narrowed(parameter, {last})
    assert (list(left.choices), left.default, message) == ([last], last, "")

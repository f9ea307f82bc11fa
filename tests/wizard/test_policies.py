"""The pages under policies: what is in force, what it changed, and that a saved page keeps it."""

import re
import shutil

import pytest
from django.test import Client

from advisor import catalogue
from tests.support.html import Element, form, get, page
from tests.support.kit_files import constants, shown_files, unpacked
from tests.support.policies import BANK, TITLE
from tests.support.site import ANSWERS, RESULT, SAVE, Editable


@pytest.fixture
def bank(editable: Editable) -> Editable:
    """The site on a copy of the shipped tree, with the bank's policy in force."""
    shutil.copy(BANK, editable.folder / "policies")
    catalogue.reload()
    return editable


@pytest.fixture
def conditional(bank: Editable) -> Editable:
    """A limit that holds for some answers only."""
    bank.replace(
        "policies/bank.yaml",
        "    limit: access-minutes\n",
        "    when: {answers: {services: [one]}}\n    limit: access-minutes\n",
    )
    return bank


def section(shown: Element, id: str) -> Element:
    return shown.one("section", id=id)


@pytest.mark.usefixtures("bank")
@pytest.mark.parametrize("path", ["/tokens/", "/tokens/ask", "/tokens/compare"])
def test_it_says_which_policies_are_in_force(client: Client, path: str) -> None:
    shown = page(client.get(path))
    [policy] = shown.one("section", class_="in-force").all("li")
    assert policy.one("summary").text == (
        f"{TITLE} Security architecture; review due by 30 June 2027"
    )
    assert policy.one("div", class_="prose").text.startswith("Tokens of the bank open accounts.")


@pytest.mark.parametrize("path", ["/tokens/", "/tokens/ask", "/tokens/compare", RESULT])
def test_it_says_nothing_of_policies_where_there_are_none(client: Client, path: str) -> None:
    shown = page(client.get(path))
    assert "olicy" not in " ".join(heading.text for heading in shown.all("h2"))
    assert not shown.has("section", class_="in-force")
    assert not shown.has("section", class_="rulings")


@pytest.mark.usefixtures("bank")
@pytest.mark.parametrize("path", ["/tokens/", "/tokens/compare"])
def test_it_lists_what_policies_took_out(client: Client, path: str) -> None:
    shown = page(client.get(path))
    [taken] = [
        section
        for section in shown.all("section")
        if section.attributes.get("aria-labelledby") == "excluded-by-policy"
    ]
    assert [struck.text for struck in taken.all("s")] == [
        "JWT signed with a shared secret (HS256)",
        "Paseto v4.local",
        "Encrypted JWT (JWE, direct)",
    ]
    assert f"Policy “{TITLE}”, rule no-hs256: A service that verifies" in taken.text


@pytest.mark.usefixtures("bank")
def test_it_counts_nothing_as_in_play_that_is_forbidden_everywhere(client: Client) -> None:
    in_play, ruled_out = page(client.get("/tokens/ask")).all("section", class_="possible")
    assert in_play.one("h2").text == "Still possible: 8 tokens"
    assert "HS256" not in in_play.text
    assert ruled_out.one("h2").text == "Ruled out: 3 tokens"
    assert [span.text for span in ruled_out.all("span", class_="aside")] == [f"Policy: {TITLE}"] * 3


@pytest.mark.usefixtures("bank")
def test_it_draws_the_effective_tree(client: Client) -> None:
    drawn = page(client.get("/tokens/")).one("div", class_="picture")
    assert "HS256" not in drawn.text
    assert "JWT signed with a private key" in drawn.text


@pytest.mark.usefixtures("bank")
def test_it_says_first_what_the_policy_changed_and_what_the_tree_alone_says(client: Client) -> None:
    shown = page(client.get(RESULT))
    rulings = section(shown, "policy")
    body = shown.one("div", class_="report-body")
    assert shown.one("h1").text == "JWT signed with a private key"
    assert body.all("section")[0] is rulings
    assert rulings.all("p")[0].text == (
        "Without policies, the tree would recommend JWT signed with a shared secret (HS256)."
    )
    assert [term.text for term in rulings.all("dt")] == [
        (
            "Recommends “JWT signed with a private key” instead of"
            " “JWT signed with a shared secret (HS256)”."
        ),
        "Adds the caveat “Sign inside the bank's security module”.",
        "Access token lifetime: at most 10 minutes.",
    ]
    first = rulings.all("dd")[0].text
    assert first.startswith("A service that verifies with a shared secret can also issue tokens")
    assert first.endswith(f"{TITLE}, rule no-hs256 (Security architecture)")


@pytest.mark.usefixtures("bank")
def test_it_shows_the_checklist_and_where_a_caveat_comes_from(client: Client) -> None:
    shown = page(client.get(RESULT))
    items = section(shown, "requirements").all("li")
    assert [item.all("p")[-1].text for item in items] == [
        f"{TITLE}, rule attack-test",
        f"{TITLE}, rule key-register",
    ]
    assert items[0].text.startswith("Have another team attack login, logout and renewal")
    caveat = shown.one("article", id="caveat-bank:keys-in-hardware")
    assert f"Added by {TITLE}" in caveat.text
    assert shown.one("nav", class_="contents").has("a", href="#requirements")


@pytest.mark.usefixtures("bank")
def test_it_writes_the_capped_default_into_the_kit(client: Client) -> None:
    shown = page(client.get(RESULT))
    field = shown.one("input", name="access-minutes")
    assert (field["value"], field["max"]) == ("10", "10")
    assert shown.one("p", id="value-access-minutes-help").text.endswith(
        f"At most 10 minutes ({TITLE})."
    )
    assert constants(shown_files(shown)["tokens.py"])["ACCESS_MINUTES"] == 10
    archive = unpacked(client.get(f"/tokens/kit.zip?{ANSWERS}").content)
    [module] = [text for name, text in archive.items() if name.endswith("/tokens.py")]
    assert constants(module)["ACCESS_MINUTES"] == 10
    assert constants(module)["LEEWAY_SECONDS"] == 30


@pytest.mark.usefixtures("bank")
def test_it_refuses_a_value_that_only_the_tree_would_take(client: Client) -> None:
    answer = client.get(f"{RESULT}&access-minutes=15")
    assert answer.status_code == 422
    error = page(answer).one("p", id="value-access-minutes-error").text
    assert error == f"Error: Enter a whole number from 1 to 10 (limit set by {TITLE})."


@pytest.mark.usefixtures("conditional")
def test_it_limits_only_where_the_condition_holds(client: Client) -> None:
    many = RESULT.replace("services=one", "services=many")
    field = page(client.get(many)).one("input", name="access-minutes")
    assert (field["value"], field["max"]) == ("15", "1440")
    assert page(client.get(RESULT)).one("input", name="access-minutes")["max"] == "10"
    assert client.get(f"{many}&access-minutes=60").status_code == 200
    assert client.get(f"{RESULT}&access-minutes=60").status_code == 422


@pytest.mark.usefixtures("conditional")
def test_it_does_not_drop_the_trees_default_where_a_policy_refuses_it(client: Client) -> None:
    assert client.get(f"{RESULT}&access-minutes=15").status_code == 422
    limited = page(client.get(f"{RESULT}&access-minutes=7"))
    assert limited.one("input", name="access-minutes")["value"] == "7"


@pytest.mark.usefixtures("bank")
def test_it_tells_the_same_in_markdown_and_json(client: Client) -> None:
    written = client.get(f"/tokens/result.md?{ANSWERS}").content.decode()
    markdown = re.sub(r"\n +", " ", written).replace("\n", " ")
    assert "Without policies, the tree would recommend “JWT signed with a shared secret" in markdown
    assert "### Changed by Policy  - **Recommends “JWT signed with a private key” inst" in markdown
    assert f"{TITLE} (Security architecture), rule no-hs256: A service that verifies" in markdown
    assert "### Confirmation  The code for “JWT signed with a private key” comes with" in markdown
    assert " - [ ] Have another team attack login, logout and renewal" in markdown
    assert (
        f" {TITLE} (Security architecture), rule attack-test: People who did not build it"
        in markdown
    )
    result = client.get(f"/tokens/result.json?{ANSWERS}").json()["result"]
    assert result["alone"]["outcome"] == "jwt-hs256"
    assert [requirement["rule"] for requirement in result["requirements"]] == [
        "attack-test",
        "key-register",
    ]
    assert result["rulings"][0]["rule"] == "no-hs256"


@pytest.mark.django_db
def test_a_saved_page_keeps_what_the_policy_said_when_it_is_gone(
    bank: Editable, client: Client
) -> None:
    sent = form(client.get(SAVE)).set("title", "Orders").set("author", "Ann").post(client)
    before = page(get(client, sent["Location"]))
    assert section(before, "policy").all("dt")

    (bank.folder / "policies" / "bank.yaml").unlink()
    catalogue.reload()

    assert page(client.get(RESULT)).one("h1").text == "JWT signed with a shared secret (HS256)"
    after = page(get(client, sent["Location"]))
    for id in ("policy", "requirements", "caveats"):
        assert section(after, id).text == section(before, id).text


def test_a_policy_changes_the_version(bank: Editable, client: Client) -> None:
    before = client.get(f"/tokens/result.json?{ANSWERS}").json()["version"]
    bank.replace("policies/bank.yaml", "maximum: 10", "maximum: 9")
    assert client.get(f"/tokens/result.json?{ANSWERS}").json()["version"] != before

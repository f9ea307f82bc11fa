"""GET /<tree>/result, result.json, result.md and kit.zip"""

import ast
import json
from urllib.parse import urlencode

import pytest
from django.test import Client

from advisor import catalogue
from advisor.kits.bundle import FrameworkFiles
from advisor.kits.kit import KitFile
from advisor.kits.layout import one_file
from tests.support.html import Form, form, get, page, pairs
from tests.support.kit_files import constants, shown_files, tabs, unpacked
from tests.support.site import ANSWERS, RESULT, has_a_way_on

KIT = f"/tokens/kit.zip?{ANSWERS}"
MODULE = "tokens.py"


def with_values(path: str, **values: str) -> str:
    return f"{path}&{urlencode({name.replace('_', '-'): text for name, text in values.items()})}"


def test_it_shows_the_kit_with_its_defaults(client: Client) -> None:
    """The code is one file, unless separate ones are asked for."""
    kit = catalogue.loaded_trees()["tokens"].kits["jwt-hs256"]
    separate = kit.frameworks["plain"]
    joined = FrameworkFiles("plain", "", separate, one_file(kit.joined["plain"], separate))
    holds_the_kit(client, RESULT, joined.laid_out())
    holds_the_kit(client, f"{RESULT}&files=separate", separate)
    assert [file.name for file in joined.laid_out() if _is_code(file)] == [MODULE]
    assert {MODULE, "keys.py"} < {file.name for file in separate if _is_code(file)}


def holds_the_kit(client: Client, address: str, kit: tuple[KitFile, ...]) -> None:
    shown = shown_files(page(client.get(address)))
    readme = shown.pop("README.md")
    files = {file.path: file.text for file in kit}
    assert readme.endswith(f"\n{files.pop('README.md')}")
    code = [file.path for file in kit if _is_code(file)]
    for name in code:
        origin, version, shown[name] = shown[name].split("\n", 2)
        assert origin == f"# From <http://testserver{address}>."
        assert version == f"# Version of the tree: {catalogue.loaded_trees()['tokens'].version}."
    # JSON has no comments.
    for name in (name for name in files if not name.endswith(".json")):
        licence, shown[name] = shown[name].split("\n", 1)
        assert licence == "# SPDX-License-Identifier: 0BSD"
    assert MODULE in code
    assert shown == files
    assert next(iter(shown)) == MODULE


def _is_code(file: KitFile) -> bool:
    return file.name.endswith(".py") and not file.supporting


def test_one_file_and_separate_files_are_a_click_apart(client: Client) -> None:
    result = page(client.get(f"{RESULT}&issuer=https%3A%2F%2Fid.example.org&way=flask"))
    layouts = result.one("nav", **{"aria-label": "Files"})
    assert [link.text for link in layouts.all("a") if "aria-current" in link.attributes] == [
        "One file"
    ]
    assert next(iter(shown_files(result))) == MODULE
    separate = get(client, layouts.link("Separate files").partition("#")[0])
    assert {"flask_bearer.py", "keys.py"} <= shown_files(page(separate)).keys()
    archive = page(separate).link("Download all files")
    assert archive.endswith("&way=flask&files=separate")
    assert "jwt-hs256/keys.py" in unpacked(client.get(archive).content)
    assert page(separate).link("One file").endswith("&way=flask#kit")


def test_a_zip_has_the_code_beside_folders_for_all_else(client: Client) -> None:
    names = {name.removeprefix("jwt-hs256/") for name in unpacked(client.get(KIT).content)}
    assert {name for name in names if "/" not in name} == {
        "README.md", "pytest.ini", "requirements.txt", MODULE,
    }  # fmt: skip
    assert {name.split("/")[0] for name in names if "/" in name} == {"confirm", "measure", "tests"}
    assert {"tests/test_hs256.py", "confirm/confirm.py", "measure/measure.py"} <= names


def test_it_highlights_code_by_classes(client: Client) -> None:
    code = page(client.get(RESULT)).all("section", class_="file")[0].one("pre")
    assert {"kn", "k", "s2"} <= {span.attributes.get("class") for span in code.all("span")}


def test_it_offers_a_copy_of_each_file(client: Client) -> None:
    for file in page(client.get(RESULT)).all("section", class_="file"):
        source = file.one("button", class_="copy")["data-copy"]
        assert file.one(id=source).one("pre").raw


def test_it_asks_for_the_values_that_the_kit_takes(client: Client) -> None:
    values = Form(page(client.get(RESULT)).one("form"))
    assert [name for name, _ in values.fields] == [
        *("revocation", "services", "confidential", "team"),
        *("issuer", "audience", "access-minutes", "leeway-seconds"),
    ]
    minutes = values.element.one("input", name="access-minutes")
    assert minutes["type"] == "number"
    assert (minutes["min"], minutes["max"], minutes["value"]) == ("1", "1440", "15")
    assert values.element.one("label", **{"for": minutes["id"]}).text.endswith("(minutes)")


def test_it_writes_the_values_into_the_code_and_the_zip(client: Client) -> None:
    filled = form(client.get(RESULT)).fill(
        issuer="https://id.example.org/realm", access_minutes="5", leeway_seconds="0"
    )
    result = get(client, filled.address)
    shown = shown_files(page(result))
    assert result.status_code == 200
    assert constants(shown[MODULE])["ISSUER"] == "https://id.example.org/realm"
    assert constants(shown[MODULE])["ACCESS_MINUTES"] == 5
    assert constants(shown[MODULE])["LEEWAY_SECONDS"] == 0
    assert constants(shown[MODULE])["AUDIENCE"] == "https://api.example.com"
    archive = client.get(page(result).link("Download all files"))
    assert unpacked(archive.content) == {f"jwt-hs256/{name}": text for name, text in shown.items()}


def test_it_drops_defaults_and_empty_values_from_the_address(client: Client) -> None:
    filled = form(client.get(RESULT)).fill(issuer=" ", access_minutes=" 5 ")
    response = client.get(filled.address)
    assert response.status_code == 303
    assert response["Location"] == f"{RESULT}&access-minutes=5"


def test_it_puts_values_in_the_order_of_the_tree(client: Client) -> None:
    response = client.get(f"{RESULT}&access-minutes=5&audience=https%3A%2F%2Fa.example")
    assert response["Location"] == f"{RESULT}&audience=https%3A%2F%2Fa.example&access-minutes=5"


WRONG = [
    ("access-minutes", "1441", "Enter a whole number from 1 to 1440."),
    ("access-minutes", "0", "Enter a whole number from 1 to 1440."),
    ("access-minutes", "5.0", "Enter a whole number from 1 to 1440."),
    ("access-minutes", "५", "Enter a whole number from 1 to 1440."),
    ("issuer", "auth.example.org", "Enter a full address, such as https://auth.example.com."),
    ("issuer", "javascript:alert(1)", "Enter a full address, such as https://auth.example.com."),
    (
        "issuer",
        'https://a.example/"+x+"',
        "Enter a full address, such as https://auth.example.com.",
    ),
    ("issuer", "https://a.example/" + 183 * "x", "Enter at most 200 characters; this has 201."),
    ("audience", "https://a.example/\0", "Enter a full address, such as https://auth.example.com."),
]


@pytest.mark.parametrize(("name", "text", "message"), WRONG)
def test_it_keeps_a_wrong_value_and_says_what_is_wrong(
    client: Client, name: str, text: str, message: str
) -> None:
    response = client.get(f"{RESULT}&{urlencode({name: text})}")
    result = page(response)
    field = result.one("input", name=name)
    assert response.status_code == 422
    assert field["value"] == text
    assert field["aria-invalid"] == "true"
    described = field["aria-describedby"].split()
    assert result.one(id=described[-1]).text == f"Error: {message}"


def test_it_shows_the_default_in_the_code_while_a_value_is_wrong(client: Client) -> None:
    result = page(client.get(with_values(RESULT, access_minutes="9000", leeway_seconds="5")))
    written = constants(shown_files(result)[MODULE])
    assert written["ACCESS_MINUTES"] == 15
    assert written["LEEWAY_SECONDS"] == 5
    assert pairs(result.link("Download all files"))[4:] == [("leeway-seconds", "5")]
    assert pairs(result.link("Save as decision"))[4:] == [("leeway-seconds", "5")]


@pytest.mark.parametrize("target", ["kit.zip", "save"])
def test_a_wrong_value_leads_from_the_file_to_its_field(client: Client, target: str) -> None:
    response = client.get(f"/tokens/{target}?{ANSWERS}&access-minutes=9000")
    assert response.status_code == 303
    assert response["Location"] == f"{RESULT}&access-minutes=9000"
    assert client.get(response["Location"]).status_code == 422


@pytest.mark.parametrize(
    "text",
    [
        '"',
        "'",
        "\\",
        '\\"',
        '"""',
        "'''",
        "\\N{BULLET}",
        "\\x22",
        "{ISSUER}",
        "%s",
        "#",
        '"; import os; os.abort() #',
        "é ü",
        "日本語",
        "🙂",
        "</script><script>alert(1)</script>",
        "&quot;",
    ],
)
def test_no_value_breaks_out_of_its_literal(client: Client, text: str) -> None:
    answers = "revocation=now&services=one&confidential=no&team=small"
    kit = catalogue.loaded_trees()["tokens"].kits["opaque-session"]
    response = client.get(f"/tokens/result?{answers}&{urlencode({'store-url': text})}")
    shown = shown_files(page(response))[MODULE]
    before, after = ast.parse(kit.joined["plain"][0].text), ast.parse(shown)
    assert response.status_code == 200
    assert constants(shown)["STORE_URL"] == text
    changed = [
        (old, new)
        for old, new in zip(before.body, after.body, strict=True)
        if ast.dump(old) != ast.dump(new)
    ]
    assert [ast.unparse(new) for _, new in changed] == [f"STORE_URL = {text!r}"]


def test_values_survive_a_change_of_answers(client: Client) -> None:
    result = page(client.get(with_values(RESULT, audience="https://a.example", access_minutes="5")))
    change = result.one("main").link("Change the answer to: What can the team take on?")
    assert pairs(change)[-2:] == [("audience", "https://a.example"), ("access-minutes", "5")]
    again = get(client, form(client.get(change)).set("team", "runs-jwt").address)
    written = constants(shown_files(page(again))[MODULE])
    assert written["AUDIENCE"] == "https://a.example"
    assert written["ACCESS_MINUTES"] == 5


def test_values_that_this_kit_does_not_take_are_carried_along(client: Client) -> None:
    result = page(client.get(with_values(RESULT, cookie_name="sid")))
    assert ("cookie-name", "sid") in Form(result.one("form")).fields
    assert ("cookie-name", "sid") in pairs(
        result.link("Change the answer to: What can the team take on?")
    )


def test_it_draws_where_the_result_stands(client: Client) -> None:
    drawn = page(client.get(RESULT)).one("ul", class_="tree")
    assert (
        drawn.one("strong", **{"aria-current": "step"}).text
        == page(client.get(RESULT)).one("h1").text
    )


def test_every_step_of_the_result_can_be_changed(client: Client) -> None:
    main = page(client.get(RESULT)).one(id="why")
    changes = [link["href"] for link in main.all("a") if link.text.startswith("Change")]
    assert [len(pairs(change)) for change in changes] == [3, 3, 3, 3]
    for change, question in zip(
        changes, ("revocation", "services", "confidential", "team"), strict=True
    ):
        asked = page(client.get(change))
        assert {field["name"] for field in asked.all("input", type="radio")} == {question}


@pytest.mark.parametrize("view", ["result", "result.json", "result.md", "kit.zip", "save"])
@pytest.mark.parametrize(
    ("query", "to"),
    [
        ("", "/tokens/ask"),
        ("?revocation=no", "/tokens/ask?revocation=no"),
        ("?team=small&x=1", "/tokens/ask?team=small"),
    ],
)
def test_it_asks_what_is_still_open(client: Client, view: str, query: str, to: str) -> None:
    response = client.get(f"/tokens/{view}{query}")
    assert response.status_code == 303
    assert response["Location"] == to


@pytest.mark.parametrize("view", ["result", "result.json", "result.md", "kit.zip", "save"])
def test_it_has_one_address(client: Client, view: str) -> None:
    names = "team=runs-jwt&x=1&confidential=no&services=one&revocation=no&asked=team"
    response = client.get(f"/tokens/{view}?{names}")
    assert response.status_code == 303
    assert response["Location"] == f"/tokens/{view}?{ANSWERS}"


@pytest.mark.parametrize("view", ["result", "result.json", "result.md", "kit.zip", "save"])
def test_it_refuses_an_unknown_answer(client: Client, view: str) -> None:
    response = client.get(f"/tokens/{view}?{ANSWERS.replace('runs-jwt', 'nobody')}")
    assert response.status_code == 400
    assert has_a_way_on(page(response))


@pytest.mark.parametrize("view", ["result", "result.json", "result.md", "kit.zip"])
def test_it_rejects_post(client: Client, view: str) -> None:
    assert client.post(f"/tokens/{view}?{ANSWERS}").status_code == 405


def test_it_links_to_its_other_formats(client: Client) -> None:
    main = page(client.get(RESULT)).one("main")
    assert main.link("JSON") == f"/tokens/result.json?{ANSWERS}"
    assert main.link("Markdown") == f"/tokens/result.md?{ANSWERS}"


def test_its_json_holds_the_recommendation(client: Client) -> None:
    response = client.get(f"/tokens/result.json?{ANSWERS}")
    held = json.loads(response.content)
    assert response["Content-Type"] == "application/json"
    assert held["tree"] == "tokens"
    assert held["version"] == catalogue.loaded_trees()["tokens"].version
    assert held["answers"] == dict(pairs(f"?{ANSWERS}"))
    assert held["result"]["outcome"] == "jwt-hs256"
    assert {near["outcome"] for near in held["result"]["nearest"]} >= {"opaque-session"}


def test_its_markdown_is_a_decision_record(client: Client) -> None:
    response = client.get(f"/tokens/result.md?{ANSWERS}")
    lines = response.content.decode().splitlines()
    assert response["Content-Type"] == "text/markdown; charset=utf-8"
    assert lines[0] == "# Which token should this system use?"
    name = page(client.get(RESULT)).one("h1").text
    assert f"Chosen option: “{name}”, because:" in lines
    assert "If you changed one answer, the tree would recommend:" in lines


def test_its_zip_is_a_download_of_the_same_bytes_each_time(client: Client) -> None:
    response = client.get(KIT)
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"] == 'attachment; filename="jwt-hs256.zip"'
    assert client.get(KIT).content == response.content
    assert next(iter(unpacked(response.content))) == f"jwt-hs256/{MODULE}"


# Ways to run the kit


def test_it_shows_each_way_to_run_the_kit_at_an_address_of_its_own(client: Client) -> None:
    frameworks = tabs(page(client.get(RESULT)))
    assert [(label, shown) for label, _, shown in frameworks] == [
        ("Plain Python", True),
        ("Django", False),
        ("FastAPI", False),
        ("Flask", False),
    ]
    for label, href, _ in frameworks:
        again = page(client.get(href.partition("#")[0]))
        assert [tab for tab, _, shown in tabs(again) if shown] == [label]
        part = f"# --- {label.lower()}_bearer.py"
        assert (part in shown_files(again)[MODULE]) == (label != "Plain Python")


def test_it_keeps_the_values_when_another_way_is_chosen(client: Client) -> None:
    result = page(client.get(with_values(RESULT, issuer="https://id.example.org")))
    href = tabs(result)[1][1].partition("#")[0]
    again = page(client.get(href))
    assert constants(shown_files(again)[MODULE])["ISSUER"] == "https://id.example.org"


def test_it_drops_a_way_that_it_does_not_know(client: Client) -> None:
    response = client.get(f"{RESULT}&way=cobol")
    assert (response.status_code, response["Location"]) == (303, RESULT)


def test_a_zip_holds_the_files_of_the_chosen_way_and_says_where_it_is_from(
    client: Client,
) -> None:
    files = unpacked(client.get(RESULT.replace("/result?", "/kit.zip?") + "&way=flask").content)
    readme = files["jwt-hs256/README.md"]
    version = catalogue.loaded_trees()["tokens"].version
    assert "flask==" in files["jwt-hs256/requirements.txt"]
    assert readme.startswith(f"> From <http://testserver{RESULT.replace('&', '&')}&way=flask>.\n")
    assert f"\n> Version of the tree: {version}.\n" in readme


# Cautions and figures


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"access_minutes": "61"}, "A stolen token works for longer than an hour"),
        (
            {"issuer": "http://id.example.org"},
            "Over plain HTTP an attacker on the network can impersonate the issuer",
        ),
        ({"leeway_seconds": "90"}, "Clocks synchronised by NTP"),
    ],
)
def test_a_risky_value_earns_a_caution_beside_its_field(
    client: Client, values: dict[str, str], expected: str
) -> None:
    response = client.get(with_values(RESULT, **values))
    (caution,) = page(response).all("div", class_="caution")
    assert response.status_code == 200
    assert caution.text.startswith(expected)


def test_a_usual_value_earns_no_caution(client: Client) -> None:
    response = client.get(with_values(RESULT, access_minutes="60"))
    assert page(response).all("div", class_="caution") == []


def test_it_shows_what_was_measured_and_when(client: Client) -> None:
    measured = page(client.get(RESULT)).one("section", id="measured")
    assert "Bytes, with typical claims" in measured.text
    assert "pyjwt 2.15.1" in measured.text

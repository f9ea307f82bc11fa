"""GET /r/<id>/, recommendation.md, recommendation.json and kit.zip"""

import ast
import json
import re
from collections.abc import Callable

import pytest
import yaml
from django.test import Client
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from advisor import catalogue
from advisor.engine.walking.evaluate import Result
from advisor.models import Recommendation
from tests.support.html import page
from tests.support.kit_files import shown_files, tabs, unpacked
from tests.support.saving import FORMATS, HOSTILE, frozen, save
from tests.support.site import RESULT, SAVE, Editable, has_a_way_on, swap

pytestmark = pytest.mark.django_db


def all_bytes(client: Client, address: str) -> dict[str, bytes]:
    """All that is frozen."""
    responses = {ending: client.get(address + ending) for ending in FORMATS}
    assert {response.status_code for response in responses.values()} == {200}
    held = {ending: response.content for ending, response in responses.items()}
    return held | {"": frozen(held[""])}


def test_it_shows_what_was_saved(client: Client) -> None:
    address = save(client, context="We *must* decide.")
    record = Recommendation.objects.get()
    saved = page(client.get(address))
    assert saved.one("h1").text == "Billing API"
    assert saved.one("em").text == "must"
    facts = saved.one("dl", class_="facts")
    assert "Team Blue" in facts.text
    assert facts.one("time")["datetime"] == record.saved_at.isoformat(timespec="seconds")
    assert facts.one("code")["title"] == catalogue.loaded_trees()["tokens"].version
    assert facts.one(id="permalink")["href"] == f"http://testserver{address}"


def test_it_shows_the_recommendation_as_the_result_page_did(client: Client) -> None:
    """Only the links that lead to other results are not there."""

    def body(path: str) -> list[str]:
        main = page(client.get(path)).one("main")
        parts = ("why", "caveats", "alternatives", "ruled-out", "corrections")
        texts = [main.one(id=part).text for part in parts if main.has(id=part)]
        for choose in main.all("p", class_="choose"):
            texts = [text.replace(f" {choose.text}", "") for text in texts]
        return [re.sub(r" Change the answer to: [^?]*\?", "", text) for text in texts]

    assert body(save(client)) == body(RESULT)


def test_it_shows_and_packs_the_files_with_the_values_of_then(client: Client) -> None:
    address = save(client, f"{SAVE}&issuer=https%3A%2F%2Fid.example.org&access-minutes=5")
    shown = shown_files(page(client.get(address)))
    assert 'ISSUER = "https://id.example.org"' in shown["tokens.py"]
    assert "ACCESS_MINUTES = 5" in shown["tokens.py"]
    packed = unpacked(client.get(f"{address}kit.zip").content)
    assert packed == {f"jwt-hs256/{name}": text for name, text in shown.items()}


def test_it_offers_no_change_of_what_is_saved(client: Client) -> None:
    main = page(client.get(save(client))).one("main")
    assert not main.all("form")
    assert not [link for link in main.all("a") if link.text.startswith("Change")]


def test_it_asks_the_same_answers_again_on_the_tree_of_today(client: Client) -> None:
    address = save(client, f"{SAVE}&access-minutes=5")
    afresh = page(client.get(address)).link("See today’s result for these answers")
    assert afresh == f"{RESULT}&access-minutes=5"


def edit_texts(tree: Editable) -> None:
    tree.edit("outcomes.yaml", lambda text: text.replace("name: ", "name: Changed "))
    tree.replace("caveats.yaml", "    text: >\n", "    text: >\n      Changed.\n")
    tree.replace("sources.yaml", "title: ", "title:  ")
    tree.replace("tree.yaml", "title: Which token", "title: Which other token")
    tree.replace("tree.yaml", "label: One", "label: Exactly one")


def edit_kit(tree: Editable) -> None:
    tree.replace("kits/jwt-hs256/tokens.py", "import base64\n", "# changed\nimport base64\n")
    tree.replace("kits/jwt-hs256/requirements.txt", "pyjwt", "# changed\npyjwt")


@pytest.mark.parametrize("edit", [edit_texts, swap, edit_kit])
def test_it_never_changes(
    client: Client, editable: Editable, edit: Callable[[Editable], None]
) -> None:
    address = save(client, f"{SAVE}&access-minutes=5", context="Because.")
    before = all_bytes(client, address)
    live = client.get(RESULT).content
    edit(editable)
    # The edit counts: only what was saved is still the same.
    assert client.get(RESULT).content != live
    assert all_bytes(client, address) == before


def test_it_outlives_its_tree(client: Client, editable: Editable) -> None:
    address = save(client, context="Because.")
    before = all_bytes(client, address)
    editable.delete()
    assert Client(raise_request_exception=False).get(RESULT).status_code == 500
    assert all_bytes(client, address) == before


@pytest.mark.parametrize("kind", FORMATS)
def test_it_answers_304_to_its_own_etag(client: Client, kind: str) -> None:
    address = save(client) + kind
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("kind", FORMATS)
def test_it_sets_no_cookie(client: Client, kind: str) -> None:
    address = save(client)
    response = Client().get(address + kind)
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


@pytest.mark.parametrize("kind", FORMATS)
def test_it_keeps_its_link_from_other_sites(client: Client, kind: str) -> None:
    assert client.get(save(client) + kind)["Referrer-Policy"] == "same-origin"


def test_its_id_is_long_and_safe_in_an_address(client: Client) -> None:
    addresses = {save(client) for _ in range(20)}
    assert len(addresses) == 20
    assert all(re.fullmatch(r"/r/[A-Za-z0-9_-]{22}/", address) for address in addresses)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    "id", ["AAAAAAAAAAAAAAAAAAAAAA", "x", "x" * 300, "%00", "%ED%A0%80", "%FF", "' OR 1=1 --", "★"]
)
def test_it_knows_no_other_id(client: Client, id: str, kind: str) -> None:
    save(client)
    response = client.get(f"/r/{id}/{kind}")
    assert response.status_code == 404
    assert has_a_way_on(page(response))


def test_it_does_not_know_an_id_in_other_letters(client: Client) -> None:
    address = save(client)
    id = address.split("/")[2]
    assert client.get(f"/r/{id.swapcase()}/").status_code == 404


@pytest.mark.parametrize("kind", FORMATS)
def test_it_rejects_post(client: Client, kind: str) -> None:
    assert client.post(save(client) + kind).status_code == 405


@pytest.mark.parametrize("text", HOSTILE)
def test_what_users_typed_is_shown_as_text(client: Client, text: str) -> None:
    saved = page(client.get(save(client, title=text, author=text)))
    typed = " ".join(text.split())
    assert saved.one("h1").text == typed
    assert saved.one("title").text.startswith(typed)
    assert typed in [fact.text for fact in saved.one("dl", class_="facts").all("dd")]
    assert not saved.one("main").all("script")
    assert len(saved.all("img")) == 1  # the site's own sign


@pytest.mark.parametrize("text", HOSTILE)
def test_what_users_typed_stays_data_in_the_other_formats(client: Client, text: str) -> None:
    address = save(client, title=text, author=text)
    held = json.loads(client.get(f"{address}recommendation.json").content)
    record = client.get(f"{address}recommendation.md").content.decode()
    front = yaml.safe_load(record.split("---\n")[1])
    assert held["saved"]["title"] == held["saved"]["author"] == text
    assert front["decision-makers"] == " ".join(text.split())


def test_its_json_holds_everything(client: Client) -> None:
    address = save(client, f"{SAVE}&access-minutes=5", context="Why")
    held = json.loads(client.get(f"{address}recommendation.json").content)
    record = Recommendation.objects.get()
    assert held["saved"] == {
        "permalink": f"http://testserver{address}",
        "title": "Billing API",
        "context": "Why",
        "author": "Team Blue",
        "identified": False,
        "at": record.saved_at.isoformat(),
    }
    assert held["tree"] == "tokens"
    assert held["version"] == catalogue.loaded_trees()["tokens"].version
    assert held["settings"]["access-minutes"] == 5
    assert held["settings"]["issuer"] == "https://auth.example.com"
    schema = json.loads(client.get(held["$schema"]).content)
    assert list(Draft202012Validator(schema).iter_errors(held)) == []
    assert TypeAdapter(Result).validate_python(held["result"]).outcome == "jwt-hs256"


def test_its_json_has_one_order_whatever_database_keeps_it(client: Client) -> None:
    address = save(client, f"{SAVE}&issuer=https%3A%2F%2Fid.example.org&access-minutes=5")
    held = json.loads(client.get(f"{address}recommendation.json").content)
    assert list(held["settings"]) == sorted(held["settings"])
    assert held["settings"]["issuer"] == "https://id.example.org"


@pytest.mark.usefixtures("messaging")
def test_a_recommendation_without_a_kit_has_no_zip(client: Client) -> None:
    address = save(client, "/messaging/save?wait=yes")
    assert client.get(f"{address}kit.zip").status_code == 404
    assert "Download all files" not in page(client.get(address)).text


def context(client: Client, text: str) -> str:
    """The context as the page shows it, as HTML."""
    html = client.get(save(client, context=text)).content.decode()
    return html.partition('<div class="prose">')[2].partition("</div>")[0].strip()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**now**", "<p><strong>now</strong></p>"),
        ("* a\n* b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("`x < y`", "<p><code>x &lt; y</code></p>"),
        (
            "[x](https://a.example)",
            '<p><a href="https://a.example" rel="nofollow noopener noreferrer">x</a></p>',
        ),
        (
            "![x](https://a.example)",
            '<p>!<a href="https://a.example" rel="nofollow noopener noreferrer">x</a></p>',
        ),
        ("[x](ftp://a.example)", '<p><a rel="nofollow noopener noreferrer">x</a></p>'),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("<b onclick=x>b</b>", "<p>&lt;b onclick=x&gt;b&lt;/b&gt;</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("[x](data:text/html,hi)", "<p>[x](data:text/html,hi)</p>"),
        ("<javascript:alert(1)>", "<p>&lt;javascript:alert(1)&gt;</p>"),
        ("# Not a heading", "<p># Not a heading</p>"),
        ("Not a heading\n===", "<p>Not a heading\n===</p>"),
    ],
)
def test_the_context_is_markdown_and_nothing_more(client: Client, text: str, shown: str) -> None:
    assert context(client, text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "![x](https://evil.example/pixel.png)",
        "[![x](https://evil.example/pixel.png)](https://evil.example)",
        "![x][1]\n\n[1]: https://evil.example/pixel.png",
        '<img src="https://evil.example/pixel.png">',
        "<style>@import 'https://evil.example'</style>",
        "<iframe src=https://evil.example></iframe>",
        '<a href="x" style="position:fixed">x</a>',
        '[x](https://a.example "\\" onmouseover=alert(1) x=\\"")',
        "[x](ja\tvascript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "> " * 200 + "deep",
        "*" * 5000,
        "[" * 5000,
        "`" * 4999,
    ],
)
def test_the_context_fetches_nothing_and_runs_nothing(client: Client, text: str) -> None:
    shown = page(client.get(save(client, context=text))).one("main")
    assert not [element for element in shown if element.tag in ("img", "script", "style", "iframe")]
    assert not [
        element for element in shown if {"style", "onmouseover"} & element.attributes.keys()
    ]
    assert all(
        link["href"].startswith(("http://", "https://", "/", "#", "mailto:"))
        for link in shown.all("a")
    )


# Ways to run the kit


def test_it_keeps_every_way_to_run_the_kit(client: Client, editable: Editable) -> None:
    address = save(client)
    ways = tabs(page(client.get(address)))
    assert [label for label, _, _ in ways] == ["Plain Python", "Django", "FastAPI", "Flask"]

    def shown() -> dict[str, bytes]:
        return {href: frozen(client.get(href.partition("#")[0]).content) for _, href, _ in ways}

    before = shown()
    editable.replace("kits.yaml", "label: Flask", "label: Flask 3")
    editable.replace("shared/bearer/flask/flask_bearer.py", "import logging", "import logging  # !")
    assert shown() == before


def test_it_packs_the_way_that_is_shown_and_says_where_it_is_from(client: Client) -> None:
    address = save(client)
    version = catalogue.loaded_trees()["tokens"].version
    shown = page(client.get(f"{address}?way=django"))
    link = next(
        link for link in shown.all("a") if link.attributes["href"].startswith(f"{address}kit")
    )
    packed = unpacked(client.get(link["href"]).content)
    assert "--- django_bearer.py" in packed["jwt-hs256/tokens.py"]
    readme = packed["jwt-hs256/README.md"]
    assert readme.startswith(f"> From <http://testserver{address}>, saved on ")
    assert f"\n> Version of the tree: {version}.\n" in readme
    for name in ("tokens.py",):
        origin, its_version, rest = packed[f"jwt-hs256/{name}"].split("\n", 2)
        assert origin.startswith(f"# From <http://testserver{address}>, saved on ")
        assert its_version == f"# Version of the tree: {version}."
        assert ast.get_docstring(ast.parse(rest))


def test_it_shows_the_first_way_where_the_address_names_none_that_it_has(client: Client) -> None:
    address = save(client)
    assert tabs(page(client.get(f"{address}?way=cobol"))) == tabs(page(client.get(address)))

"""The second tree that comes with the site: on every one of its paths, and beside the first."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

import pytest
from django.test import Client

from advisor import catalogue
from advisor.engine.tree.graph import Ask, Node, Tree
from tests.support.html import Element, form, get, page
from tests.support.saving import save
from tests.support.site import STORAGE

TITLES = {
    "tokens": "Which token should this system use?",
    "storage": "Where should this service keep its data?",
}
WITH_A_KIT = "rebuild=no&stored=records&writers=one&lookup=key"


def read() -> Tree:
    served, problems = catalogue.check(STORAGE)
    assert served is not None
    assert problems == ()
    return served.tree


def paths(node: Node, answers: Mapping[str, str]) -> Iterator[tuple[dict[str, str], str]]:
    """Every path of a small tree: its answers, and the outcome that is recommended."""
    if not isinstance(node, Ask):
        yield dict(answers), node.advice.recommend
        return
    for answer, child in node.next.items():
        yield from paths(child, {**answers, node.question: answer})


TREE = read()
DOCUMENT = TREE.document
PATHS = list(paths(TREE.root, {}))
IDS = [".".join(answers.values()) for answers, _ in PATHS]
# Words of the first tree that no page of the second may show.
FOREIGN = ("token", "jwt", "paseto", "revocation", "the article")


def foreign(html: Element) -> list[str]:
    """Words of the other tree. The program that confirms comes with the kits of every tree."""
    text = html.raw.casefold()
    attributes = " ".join(
        element.attributes.get(name) or ""
        for element in html.all()
        for name in ("aria-label", "title", "alt", "content")
        if "confirm/" not in (element.attributes.get(name) or "")
    )
    for file in html.all("details", class_="file"):
        if "confirm/" in file.one("summary").text:
            text = text.replace(file.raw.casefold(), "")
    return [word for word in FOREIGN if word in f"{text} {attributes.casefold()}"]


# Every path


def test_its_cases_are_all_of_its_paths() -> None:
    cases = [(dict(case.answers), case.expect) for case in DOCUMENT.cases]
    assert cases == PATHS


def test_each_of_its_stores_is_recommended_somewhere() -> None:
    assert {outcome for _, outcome in PATHS} == set(DOCUMENT.outcomes)


@pytest.mark.usefixtures("storage")
@pytest.mark.parametrize(("answers", "outcome"), PATHS, ids=IDS)
def test_every_path_is_walked_to_its_store(
    client: Client, answers: dict[str, str], outcome: str
) -> None:
    current = get(client, page(client.get("/")).link("Start"))
    for question, answer in answers.items():
        assert page(current).one("h1").text == DOCUMENT.questions[question].ask
        assert foreign(page(current)) == []
        current = get(client, form(current).set(question, answer).address)
    result = page(current)
    assert current.status_code == 200
    assert result.one("main").one("h1").text == DOCUMENT.outcomes[outcome].name
    assert result.one("p", class_="kicker").text == "Recommended store"
    assert result.one(id="caveats").all("article")
    assert foreign(result) == []


@pytest.mark.usefixtures("storage")
@pytest.mark.parametrize(("answers", "outcome"), PATHS, ids=IDS)
def test_every_result_can_be_taken_along(
    client: Client, answers: dict[str, str], outcome: str
) -> None:
    query = urlencode(answers)
    name = DOCUMENT.outcomes[outcome].name
    markdown = client.get(f"/storage/result.md?{query}").content.decode()
    assert f"Chosen option: “{name}”, because:" in markdown
    held = client.get(f"/storage/result.json?{query}").content
    assert json.loads(held)["tree"] == "storage"
    assert [word for word in FOREIGN if word in (markdown + held.decode()).casefold()] == []
    kit = client.get(f"/storage/kit.zip?{query}")
    assert kit.status_code == (200 if outcome in DOCUMENT.kits else 404)
    assert foreign(page(client.get(f"/storage/save?{query}"))) == []


# Its other pages


@pytest.mark.usefixtures("storage")
@pytest.mark.parametrize("path", ["/", "/storage/compare", "/storage/ask?rebuild=perhaps", "/x"])
def test_no_page_speaks_of_the_first_tree(client: Client, path: str) -> None:
    assert foreign(page(get(client, path))) == []


@pytest.mark.usefixtures("storage")
def test_its_values_are_written_into_its_kit(client: Client) -> None:
    response = client.get(f"/storage/kit.zip?{WITH_A_KIT}&database-path=data%2Fshop.db")
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        module = archive.read("embedded-database/database.py").decode()
    assert 'PATH = "data/shop.db"' in module
    assert "BUSY_SECONDS = 10" in module


@pytest.mark.usefixtures("storage")
def test_a_value_earns_its_caution(client: Client) -> None:
    result = page(client.get(f"/storage/result?{WITH_A_KIT}&database-path=%2Ftmp%2Fshop.db"))
    caution = result.one("form", class_="values").one("div", class_="caution").text
    assert caution.startswith("Many systems empty /tmp when they start")


@pytest.mark.usefixtures("storage")
def test_beliefs_that_do_not_hold_stand_under_words_of_the_tree(client: Client) -> None:
    part = page(client.get(f"/storage/result?{WITH_A_KIT}")).one(id="corrections")
    assert part.one("h2").text == "Common beliefs that are wrong"
    claims = [block.text for block in part.all("div", class_="claim")]
    assert "On a shared folder, one SQLite file serves several machines." in claims


@pytest.mark.usefixtures("storage")
def test_all_of_its_stores_are_compared(client: Client) -> None:
    compared = page(client.get("/storage/compare"))
    rows = compared.one("table", class_="matrix").one("tbody").all("tr")
    assert compared.one("h1").text == "All stores side by side"
    assert [row.one("th").text for row in rows] == [
        outcome.name for outcome in DOCUMENT.outcomes.values()
    ]


# Beside the first


@pytest.mark.usefixtures("both_trees")
def test_the_trees_are_listed_in_the_order_of_the_setting(client: Client) -> None:
    listed = page(client.get("/")).one("main")
    assert listed.one("h1").text == "What do you need to decide?"
    links = [(link["href"], link.text) for link in listed.all("a")]
    assert links == [(f"/{slug}/", title) for slug, title in TITLES.items()]
    assert listed.all("div", class_="prose")[1].text.startswith("Two to five questions")


@pytest.mark.usefixtures("both_trees")
@pytest.mark.parametrize("slug", TITLES)
def test_each_tree_has_its_own_pages(client: Client, slug: str) -> None:
    tree = page(client.get(f"/{slug}/"))
    assert tree.one("h1").text == TITLES[slug]
    assert tree.link("Start") == f"/{slug}/ask"
    links = [link["href"] for link in tree.one("nav").all("a")]
    assert links == [f"/{slug}/", f"/{slug}/compare", "/r/"]
    assert client.get(tree.link("Start")).status_code == 200


@pytest.mark.usefixtures("both_trees")
def test_an_answer_of_one_tree_is_none_of_the_other(client: Client) -> None:
    response = client.get("/tokens/ask?rebuild=no")
    assert (response.status_code, response["Location"]) == (303, "/tokens/ask")


@pytest.mark.usefixtures("both_trees")
@pytest.mark.django_db
def test_a_saved_recommendation_is_that_of_its_tree(client: Client) -> None:
    first = save(client, title="Tokens of the shop")
    second = save(client, f"/storage/save?{WITH_A_KIT}&busy-seconds=20", title="Data of the shop")
    saved = page(client.get(second))
    assert saved.one("h1").text == "Data of the shop"
    assert saved.one("h2", id="outcome").text == "Embedded database in one file"
    assert TITLES["storage"] in saved.one("dl", class_="facts").text
    assert "BUSY_SECONDS = 20" in saved.raw
    assert TITLES["tokens"] in page(client.get(first)).one("dl", class_="facts").text
    for kind in ("recommendation.md", "recommendation.json", "kit.zip"):
        assert client.get(f"{second}{kind}").status_code == 200

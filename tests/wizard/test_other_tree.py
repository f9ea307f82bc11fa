"""The same program on a tree of another subject: one file, paths of different length, no kits."""

import pytest
from django.test import Client

from tests.support.html import form, get, page
from tests.support.site import has_a_way_on

# Words of the shipped tree that no page of another tree may show.
FOREIGN = ("token", "jwt", "paseto", "article", "revocation")


@pytest.mark.usefixtures("messaging")
def test_it_walks_to_the_end_of_a_long_path(client: Client) -> None:
    asking = get(client, page(client.get("/")).link("Start"))
    asked = []
    for name, answer in (("wait", "no"), ("readers", "several"), ("replay", "yes")):
        asked.append(page(asking).one("h1").text)
        asking = get(client, form(asking).set(name, answer).address)
    assert asked == [
        "Does the caller need the answer before it goes on?",
        "How many services need each message?",
        "Must old messages be readable again?",
    ]
    assert asking.status_code == 200
    assert page(asking).one("h1").text == "Event log"


@pytest.mark.usefixtures("messaging")
def test_it_walks_to_the_end_of_a_short_path(client: Client) -> None:
    asking = client.get("/messaging/ask")
    result = page(get(client, form(asking).set("wait", "yes").address))
    assert result.one("h1").text == "Request and response"


@pytest.mark.usefixtures("messaging")
@pytest.mark.parametrize(
    ("query", "position"),
    [
        ("", "Question 1 of up to 3"),
        ("?wait=no", "Question 2 of up to 3"),
        ("?wait=no&readers=several", "Question 3 of 3"),
    ],
)
def test_it_says_up_to_where_paths_differ_in_length(
    client: Client, query: str, position: str
) -> None:
    words = page(client.get(f"/messaging/ask{query}")).one("div", class_="position").text
    assert words == position


@pytest.mark.usefixtures("messaging")
def test_it_drops_answers_that_a_change_makes_idle(client: Client) -> None:
    change = client.get("/messaging/ask?readers=several&replay=no")
    response = client.get(form(change).set("wait", "yes").address)
    assert response["Location"] == "/messaging/result?wait=yes"


@pytest.mark.usefixtures("messaging")
def test_its_result_reads_in_its_own_words(client: Client) -> None:
    result = page(client.get("/messaging/result?wait=no&readers=several&replay=no"))
    main = result.one("main")
    assert main.one("p", class_="kicker").text == "Recommended style"
    assert main.one("h1").text == "Message queue"
    assert main.one(id="first").one("div", class_="prose").text == "Name an owner for the exchange."
    assert [heading.text for heading in main.one(id="alternatives").all("h3")] == ["Event log"]
    assert main.one(id="ruled-out").one("dt").text == "Request and response Waiting: No, it goes on"
    assert main.one(id="corrections").one("h2").text == "Corrections"
    assert [item.text for item in main.one(id="trade-offs").all("li")] == [
        "bursts are absorbed",
        "retries without the caller",
        "a broker to run",
    ]


@pytest.mark.usefixtures("messaging")
def test_its_result_leaves_out_what_it_does_not_have(client: Client) -> None:
    main = page(client.get("/messaging/result?wait=no&readers=several&replay=yes")).one("main")
    assert not main.has(id="kit")
    assert not main.has(id="alternatives")
    assert not main.has(id="trade-offs")
    assert not main.has(id="first")
    assert not main.all("form")
    contents = main.one("nav", class_="contents")
    assert all(main.has(id=link["href"].removeprefix("#")) for link in contents.all("a"))


@pytest.mark.usefixtures("messaging")
def test_it_has_no_kit_to_download(client: Client) -> None:
    response = client.get("/messaging/kit.zip?wait=yes")
    assert response.status_code == 404
    assert has_a_way_on(page(response))


@pytest.mark.usefixtures("messaging")
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/messaging/",
        "/messaging/ask",
        "/messaging/ask?wait=no&readers=one&asked=replay",
        "/messaging/ask?wait=maybe",
        "/messaging/result?wait=yes",
        "/messaging/result.md?wait=yes",
        "/messaging/result.json?wait=yes",
        "/messaging/compare",
        "/messaging/save?wait=yes",
    ],
)
def test_it_says_nothing_about_another_subject(client: Client, path: str) -> None:
    response = get(client, path)
    html = response["Content-Type"].startswith("text/html")
    text = (page(response).raw if html else response.content.decode()).casefold()
    assert [word for word in FOREIGN if word in text] == []


@pytest.mark.usefixtures("messaging")
@pytest.mark.django_db
def test_it_is_saved_like_any_other(client: Client) -> None:
    filled = form(client.get("/messaging/save?wait=no&readers=one"))
    saved = page(
        get(client, str(filled.fill(title="Orders", author="Ann").post(client)["Location"]))
    )
    assert saved.one("h1").text == "Orders"
    assert saved.one("h2", id="outcome").text == "Message queue"
    assert "How should these two services talk?" in saved.one("dl", class_="facts").text


@pytest.mark.usefixtures("messaging")
def test_it_compares_its_outcomes(client: Client) -> None:
    table = page(client.get("/messaging/compare")).one("table", class_="matrix")
    assert [cell.text for cell in table.one("thead").all("th")][1:] == [
        "Waiting",
        "Readers",
        "Replay",
    ]
    assert [row.one("th").text for row in table.one("tbody").all("tr")] == [
        "Request and response",
        "Message queue",
        "Event log",
    ]
    marks = [
        [mark["aria-label"] for mark in row.all(role="img")] for row in table.one("tbody").all("tr")
    ]
    assert marks == [
        ["First choice", *(["Ruled out"] * 5)],
        ["Alternative", *(["First choice"] * 3), "Ruled out", "First choice"],
        ["Ruled out", "First choice", "Ruled out", *(["First choice"] * 2), "Alternative"],
    ]

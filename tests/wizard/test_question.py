"""GET /<tree>/ask"""

import pytest
from django.test import Client

from tests.support.html import form, page, pairs
from tests.support.site import ANSWERS, has_a_way_on

ASK = "/tokens/ask"


def test_it_asks_the_first_question(client: Client) -> None:
    response = client.get(ASK)
    asked = page(response)
    assert response.status_code == 200
    assert asked.one("legend").one("h1").text == "Must a token stop working before it expires?"
    assert "Question 1 of 4" in asked.one("main").text
    assert "stolen laptop" in asked.one(id="hint").text
    assert "hint" in asked.one("fieldset")["aria-describedby"].split()
    assert not asked.has("a", class_="back")


def test_it_asks_one_question_at_a_time(client: Client) -> None:
    asked = page(client.get(f"{ASK}?revocation=no"))
    assert {field["name"] for field in asked.all("input", type="radio")} == {"services"}
    assert len(asked.all("h1")) == 1


@pytest.mark.parametrize(
    ("query", "position"),
    [
        ("", "Question 1 of 4"),
        ("?revocation=now", "Question 2 of 4"),
        ("?revocation=now&services=one", "Question 3 of 4"),
        ("?revocation=now&services=one&confidential=no", "Question 4 of 4"),
        ("?services=one&confidential=no&team=small", "Question 1 of 4"),
    ],
)
def test_it_tells_the_position(client: Client, query: str, position: str) -> None:
    assert position in page(client.get(ASK + query)).one("main").text


@pytest.mark.parametrize("query", ["", "?revocation=now", "?services=one&confidential=no"])
def test_it_selects_nothing_beforehand(client: Client, query: str) -> None:
    radios = page(client.get(ASK + query)).all("input", type="radio")
    assert radios
    assert not [radio for radio in radios if "checked" in radio.attributes]


def test_it_labels_every_choice(client: Client) -> None:
    asked = page(client.get(ASK))
    labels = {label["for"]: label.text for label in asked.all("label")}
    assert [labels[field["id"]] for field in asked.all("input", type="radio")] == [
        "Yes, at once",
        "Yes, within minutes",
        "No, expiry is enough",
        "Not sure",
    ]


def test_it_moves_an_answer_into_the_address(client: Client) -> None:
    sent = form(client.get(ASK)).set("revocation", "soon").address
    response = client.get(sent)
    assert sent == "/tokens/ask?asked=revocation&revocation=soon"
    assert response.status_code == 303
    assert response["Location"] == "/tokens/ask?revocation=soon"


def test_it_goes_to_the_result_after_the_last_answer(client: Client) -> None:
    last = client.get(f"{ASK}?revocation=no&services=one&confidential=no")
    response = client.get(form(last).set("team", "runs-jwt").address)
    assert response.status_code == 303
    assert response["Location"] == f"/tokens/result?{ANSWERS}"


def test_it_says_that_no_answer_was_chosen(client: Client) -> None:
    first = client.get(f"{ASK}?revocation=no")
    response = client.get(form(first).address)
    asked = page(response)
    assert response.status_code == 422
    assert asked.one(class_="error-summary").one("a").text == "Choose an answer."
    target = asked.one(class_="error-summary").one("a")["href"].removeprefix("#")
    assert asked.one(id=target)["type"] == "radio"
    assert "error" in asked.one("fieldset")["aria-describedby"].split()
    assert asked.one("title").text.startswith("Error: ")
    assert asked.one("h1").text == "How many services must verify the token?"


def test_it_lets_one_choose_after_the_error(client: Client) -> None:
    missed = client.get(f"{ASK}?revocation=no&asked=services")
    response = client.get(form(missed).set("services", "many").address)
    assert response["Location"] == "/tokens/ask?revocation=no&services=many"


@pytest.mark.parametrize("asked", ["team", "colour", "", "asked"])
def test_it_drops_the_name_of_a_question_that_is_not_open(client: Client, asked: str) -> None:
    response = client.get(f"{ASK}?revocation=no&asked={asked}")
    assert response.status_code == 303
    assert response["Location"] == "/tokens/ask?revocation=no"


@pytest.mark.parametrize(
    "query",
    ["revocation=perhaps", "revocation=", "revocation=NO", "revocation=no%20", "team=nobody"],
)
def test_it_refuses_an_unknown_answer_and_shows_the_known_ones(client: Client, query: str) -> None:
    response = client.get(f"{ASK}?{query}")
    refused = page(response)
    assert response.status_code == 400
    assert refused.one("h1").text == "Unknown answer in the address"
    known = {"revocation": "Yes, within minutes (soon)", "team": "Time to learn (invest)"}
    assert known[query.partition("=")[0]] in [item.text for item in refused.one("main").all("li")]
    assert refused.one("main").link("Start again") == ASK


@pytest.mark.parametrize(
    "query", ["utm_source=mail", "revocation=no&x=", "x=1&x=1&revocation=no", "Revocation=no"]
)
def test_it_drops_what_it_does_not_know(client: Client, query: str) -> None:
    response = client.get(f"{ASK}?{query}")
    assert response.status_code == 303
    kept = [("revocation", "no")] if "revocation=no" in query else []
    assert pairs(response["Location"]) == kept
    assert client.get(response["Location"]).status_code == 200


def test_it_puts_answers_in_the_order_of_the_tree(client: Client) -> None:
    response = client.get(f"{ASK}?confidential=no&services=one&revocation=no")
    assert response.status_code == 303
    assert response["Location"] == "/tokens/ask?revocation=no&services=one&confidential=no"


def test_it_takes_the_same_answer_twice_as_one(client: Client) -> None:
    response = client.get(f"{ASK}?revocation=no&revocation=no")
    assert response.status_code == 303
    assert response["Location"] == "/tokens/ask?revocation=no"


def test_it_refuses_two_answers_to_one_question(client: Client) -> None:
    response = client.get(f"{ASK}?revocation=no&revocation=now")
    refused = page(response).one("main")
    assert response.status_code == 400
    question = "“Must a token stop working before it expires?”"
    assert f"This address gives two answers to one question: {question}" in refused.text
    assert has_a_way_on(page(response))


def test_it_refuses_two_values_for_one_parameter(client: Client) -> None:
    response = client.get(f"{ASK}?issuer=https://a.example&issuer=https://b.example")
    assert response.status_code == 400
    assert "This address gives two values for one setting." in page(response).one("main").text


def test_it_takes_an_address_of_4000_characters_and_no_longer(client: Client) -> None:
    longest = "x=" + 3998 * "y"
    assert client.get(f"{ASK}?{longest}").status_code == 303
    response = client.get(f"{ASK}?{longest}y")
    assert response.status_code == 414
    assert has_a_way_on(page(response))


def test_it_takes_100_names_and_no_more(client: Client) -> None:
    names = [f"x{number}=1" for number in range(101)]
    assert client.get(f"{ASK}?{'&'.join(names[:100])}").status_code == 303
    response = client.get(f"{ASK}?{'&'.join(names)}")
    assert response.status_code == 400
    assert has_a_way_on(page(response))


@pytest.mark.parametrize(
    "query",
    [
        "revocation=%00",
        "revocation=no%00",
        "revocation=%ED%A0%80",
        "revocation=%FF%FE",
        "revocation=%zz",
        "revocation=%",
    ],
)
def test_it_refuses_answers_that_are_no_text(client: Client, query: str) -> None:
    response = client.get(f"{ASK}?{query}")
    assert response.status_code == 400
    assert has_a_way_on(page(response))


@pytest.mark.parametrize("name", ["%00", "%ED%A0%80", "%FF", "%zz", "%", "", "&&&", "=", ";", "+"])
def test_it_drops_names_that_are_no_text(client: Client, name: str) -> None:
    response = client.get(f"{ASK}?revocation=no&{name}=1")
    assert response.status_code == 303
    assert response["Location"] == "/tokens/ask?revocation=no"


def test_it_goes_back_one_question_and_keeps_the_rest(client: Client) -> None:
    address = f"{ASK}?revocation=no&services=one&team=small"
    asked = page(client.get(address))
    assert asked.one("h1").text == "Will the token carry data that its holder must not read?"
    assert asked.one("main").link("Back") == "/tokens/ask?revocation=no&team=small"


def test_it_has_no_back_on_the_first_question(client: Client) -> None:
    assert "Back" not in [link.text for link in page(client.get(ASK)).one("main").all("a")]


def test_it_shows_the_answers_so_far(client: Client) -> None:
    answers = page(client.get(f"{ASK}?revocation=no&services=many")).one("dl", class_="answers")
    assert [term.text for term in answers.all("dt")] == ["Revocation", "Services"]
    assert "No, expiry is enough" in answers.text
    assert "Several" in answers.text


def test_it_changes_one_answer_and_keeps_the_later_ones(client: Client) -> None:
    asked = page(client.get(f"{ASK}?revocation=no&services=many&confidential=no"))
    change = asked.one("main").link(
        "Change the answer to: Must a token stop working before it expires?"
    )
    assert change == "/tokens/ask?services=many&confidential=no"
    again = client.get(change)
    assert page(again).one("h1").text == "Must a token stop working before it expires?"
    response = client.get(form(again).set("revocation", "now").address)
    assert response["Location"] == "/tokens/ask?revocation=now&services=many&confidential=no"


def test_it_shows_the_options_in_play_shrinking(client: Client) -> None:
    def names(query: str, kind: str) -> list[str]:
        asked = page(client.get(ASK + query))
        return [item.text for section in asked.all("ul", class_=kind) for item in section.all("li")]

    assert len(names("", "in-play")) == 11
    assert names("", "ruled-out") == []
    assert len(names("?revocation=no", "in-play")) == 8
    out = names("?revocation=no", "ruled-out")
    assert len(out) == 3
    assert "JWT with a blocklist Revocation: No, expiry is enough The list is state on" in out[1]


@pytest.mark.parametrize("query", ["", "?revocation=no", "?revocation=no&asked=services"])
def test_it_shows_where_one_stands_in_the_tree(client: Client, query: str) -> None:
    drawn = page(client.get(ASK + query)).one("ul", class_="tree")
    current = drawn.one("strong", **{"aria-current": "step"})
    assert current.text == ("Services" if query else "Revocation")


def test_it_carries_values_along(client: Client) -> None:
    asked = client.get(f"{ASK}?revocation=no&audience=https%3A%2F%2Fa.example")
    sent = client.get(form(asked).set("services", "one").address)
    assert sent["Location"] == (
        "/tokens/ask?revocation=no&services=one&audience=https%3A%2F%2Fa.example"
    )


def test_it_knows_no_other_tree(client: Client) -> None:
    response = client.get("/colours/ask")
    assert response.status_code == 404
    assert has_a_way_on(page(response))


def test_it_rejects_post(client: Client) -> None:
    response = client.post(ASK, {"revocation": "no"})
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"


def test_it_answers_head_without_a_body(client: Client) -> None:
    response = client.head(ASK)
    assert response.status_code == 200
    assert response.content == b""
    assert response["Content-Type"] == "text/html; charset=utf-8"

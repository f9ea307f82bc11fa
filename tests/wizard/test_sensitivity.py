"""What other answers would lead to, on the result and on the saved page."""

from dataclasses import replace

import pytest
from django.test import Client

from advisor.models import Content, Recommendation
from advisor.saved import records
from advisor.web.addresses import address
from tests.support.html import Element, get, page
from tests.support.saving import save
from tests.support.site import RESULT, results


def heading(client: Client, path: str) -> str:
    return page(get(client, path)).one("h1").text


def others(shown: Element) -> dict[str, Element]:
    """What the page says of each outcome that is not recommended, by its name."""
    cards = shown.one(id="alternatives").all("article") if shown.has(id="alternatives") else []
    rows = shown.one(id="ruled-out").one("dl").all("div") if shown.has(id="ruled-out") else []
    told = {card.one("h3").text: card for card in cards}
    return told | {row.one("s").text: row for row in rows if row.has("s")}


@pytest.mark.usefixtures("both_trees")
@pytest.mark.parametrize("slug", ["tokens", "storage"])
def test_every_outcome_not_chosen_tells_the_answers_that_get_it(client: Client, slug: str) -> None:
    first = next(results(slug))
    shown = others(page(client.get(address("result", slug, first.answers))))
    told = {ruled_out.name for ruled_out in first.alternatives} | {
        ruled_out.name for ruled_out in first.ruled_out
    }
    assert shown.keys() == told
    for name, card in shown.items():
        ways = [path for path in first.nearest if path.name == name]
        if ways:
            assert heading(client, card.one("p", class_="nearest").one("a")["href"]) == name
        else:
            assert card.one("p", class_="nearest").text == (
                "No combination of answers leads to it. It can only be an alternative."
            )


def test_it_names_the_answers_to_change_and_to_add(client: Client) -> None:
    shown = others(page(client.get(RESULT)))
    assert shown["JWT signed with a private key"].one("p", class_="nearest").text == (
        "It would be recommended if the answer were “Services: Several”."
    )
    assert shown["Opaque token with introspection"].one("p", class_="nearest").text == (
        "It would be recommended if the answers were “Revocation: Yes, at once”, "
        "“Services: Several” and “Team: As little as possible”."
    )


def test_the_table_says_what_each_other_answer_leads_to(client: Client) -> None:
    table = page(client.get(RESULT)).one("table", class_="what-if")
    assert (
        table.one("caption").text
        == "Every possible change of one answer leads to another recommendation."
    )
    first, *_ = table.all("tbody")
    group, *rows = first.all("tr")
    assert (
        group.text == "Must a token stop working before it expires? Answered: No, expiry is enough"
    )
    assert [
        " → ".join(cell.text for cell in row.all() if cell.tag in ("th", "td")) for row in rows
    ] == [
        "Yes, at once → JWT with a blocklist",
        "Yes, within minutes → Short access token with a rotating refresh token",
    ]


def test_each_other_answer_links_to_what_it_leads_to(client: Client) -> None:
    table = page(client.get(RESULT)).one("table", class_="what-if")
    for row in table.all("tr"):
        if row.has("td"):
            assert heading(client, row.one("a")["href"]) == row.one("td").text


@pytest.mark.usefixtures("both_trees")
def test_an_answer_that_changes_nothing_or_asks_further_says_so(client: Client) -> None:
    kept = asking = 0
    for slug in ("tokens", "storage"):
        for result in results(slug):
            same = [
                [outcome.outcome for outcome in change.outcomes] == [result.outcome]
                for change in result.sensitivity
            ]
            further = [len(change.outcomes) > 1 for change in result.sensitivity]
            if not any((*same, *further)) or (kept and asking):
                continue
            shown = page(client.get(address("result", slug, result.answers)))
            table = shown.one("table", class_="what-if")
            cells = [row.one("td").text for row in table.all("tr") if row.has("td")]
            assert [cell == "no change" for cell in cells] == same
            assert [cell.startswith("more questions, then ") for cell in cells] == further
            links = [row.one("a")["href"] for row in table.all("tr") if row.has("td")]
            for href in (href for href, open_ in zip(links, further, strict=True) if open_):
                assert page(client.get(href)).has("fieldset")
            kept, asking = kept + any(same), asking + any(further)
    assert kept
    assert asking


def test_the_links_keep_the_values_of_the_user(client: Client) -> None:
    shown = page(client.get(f"{RESULT}&access-minutes=5"))
    links = [link["href"] for link in shown.one("table", class_="what-if").all("a")]
    links += [link["href"] for near in shown.all("p", class_="nearest") for link in near.all("a")]
    assert links
    assert all(href.endswith("&access-minutes=5") for href in links)


@pytest.mark.django_db
def test_a_saved_page_says_the_same_without_links(client: Client) -> None:
    saved = page(client.get(save(client)))
    live = page(client.get(RESULT))
    assert saved.one(id="what-if").text == live.one(id="what-if").text
    assert [paragraph.text for paragraph in saved.all("p", class_="nearest")] == [
        paragraph.text for paragraph in live.all("p", class_="nearest")
    ]
    assert not saved.one(id="what-if").all("a")
    assert not [link for near in saved.all("p", class_="nearest") for link in near.all("a")]


@pytest.mark.django_db
def test_a_record_from_before_it_was_computed_claims_nothing(client: Client) -> None:
    path = save(client)
    record = Recommendation.objects.get()
    old = replace(records.read_record(record).result, nearest=(), sensitivity=())
    text = records.serialise(old)
    Content.objects.filter(pk=record.result).update(text=text)
    shown = page(client.get(path))
    assert not shown.all("p", class_="nearest")
    assert not shown.has(id="what-if")

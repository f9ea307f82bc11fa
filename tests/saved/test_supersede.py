"""A saved recommendation is answered again, and what is saved then supersedes it."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from advisor.models import Recommendation
from tests.support.html import Element, form, get, page, pairs
from tests.support.kit_files import unpacked
from tests.support.saving import AGAIN, again, relations, save_again, save_titled, titles
from tests.support.site import ANSWERS, RESULT, SAVE, Editable

pytestmark = pytest.mark.django_db

NO_RECORD = "A" * 22


def notice(shown: Element) -> Element:
    return shown.one("p", class_="supersedes")


def test_it_begins_with_the_answers_and_values_of_the_record(client: Client) -> None:
    path = f"{SAVE}&issuer=https%3A%2F%2Fid.example.org&way=django"
    address = save_titled(client, path=path)
    id = address.split("/")[2]
    link = again(client, address)
    assert link == (f"{RESULT}&issuer=https%3A%2F%2Fid.example.org&way=django&supersedes={id}")
    response = client.get(link)
    assert response.status_code == 200
    assert notice(page(response)).one("a")["href"] == address


def test_every_step_keeps_in_mind_what_is_answered_again(client: Client) -> None:
    address = save_titled(client)
    result = page(client.get(again(client, address)))
    change = next(link["href"] for link in result.all("a") if link.text.startswith("Change the"))
    asked = get(client, change)
    assert notice(page(asked)).one("a")["href"] == address
    answered = get(client, form(asked).set("revocation", "no").address)
    assert notice(page(answered)).one("a")["href"] == address
    with_value = get(client, form(answered).fill(issuer="https://id.example.org").address)
    saving = page(get(client, page(with_value).link("Save as decision")))
    assert notice(saving).one("a")["href"] == address
    afresh = get(client, result.link("Start again"))
    assert notice(page(afresh)).one("a")["href"] == address


def test_pages_before_saving_ask_the_database_nothing(client: Client) -> None:
    address = save_titled(client)
    link = again(client, address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(link).status_code == 200
        assert (
            client.get(link.replace("result", "ask").replace("&team=runs-jwt", "")).status_code
            == 200
        )
    assert len(asked) == 0


def test_the_form_says_what_will_be_superseded(client: Client) -> None:
    address = save_titled(client, "Billing API")
    result = page(client.get(again(client, address)))
    shown = page(client.get(result.link("Save as decision")))
    assert notice(shown).link("Billing API") == address


def test_both_pages_show_the_relation(client: Client) -> None:
    first = save_titled(client, "First")
    second = save_again(client, first, "Second")
    old, new = Recommendation.objects.order_by("saved_at")
    assert new.supersedes == old
    today = f"{new.saved_at.day} {new.saved_at:%B %Y}"
    assert relations(client, first) == [f"Superseded by Second, saved on {today}"]
    assert relations(client, second) == [f"Supersedes First, saved on {today}"]
    assert page(client.get(first)).one("main").link("Second") == second
    assert page(client.get(second)).one("main").link("First") == first


def test_a_record_without_relations_shows_none(client: Client) -> None:
    assert relations(client, save_titled(client)) == []


def test_a_chain_leads_to_its_end(client: Client) -> None:
    first = save_titled(client, "First")
    second = save_again(client, first, "Second")
    third = save_again(client, second, "Third")
    fourth = save_again(client, third, "Fourth")
    shown = page(client.get(first)).one("main")
    assert shown.one("a", rel="successor-version")["href"] == second
    assert shown.one("a", rel="latest-version")["href"] == fourth
    assert not page(client.get(third)).has("a", rel="latest-version")


def test_two_may_supersede_the_same(client: Client) -> None:
    first = save_titled(client, "First")
    first_successor, second_successor = (
        save_again(client, first, title) for title in ("One", "Other")
    )
    links = page(client.get(first)).one("main").all("a", rel="successor-version")
    assert [link["href"] for link in links] == [first_successor, second_successor]


def test_the_exports_of_a_superseded_record_name_the_later(client: Client) -> None:
    first = save_titled(client)
    before = client.get(f"{first}recommendation.json").json()
    second = f"http://testserver{save_again(client, first)}"
    exported = client.get(f"{first}recommendation.json").json()
    assert exported["decision"]["status"] == "superseded"
    assert exported["decision"]["superseded_by"] == [second]
    assert exported | {"decision": None} == before | {"decision": None}
    markdown = client.get(f"{first}recommendation.md").content.decode()
    assert f"\nstatus: superseded by {second}\n" in markdown
    assert f"It is superseded by <{second}>." in markdown
    readme = unpacked(client.get(f"{first}kit.zip").content)["jwt-hs256/README.md"]
    assert f"\n> Status when downloaded: superseded by <{second}>.\n" in readme


def test_the_exports_of_the_later_record_name_the_earlier(client: Client) -> None:
    first = save_titled(client)
    second = save_again(client, first)
    saved = json.loads(client.get(f"{second}recommendation.json").content)["saved"]
    assert saved["supersedes"] == f"http://testserver{first}"
    markdown = client.get(f"{second}recommendation.md").content.decode()
    assert f"It supersedes <http://testserver{first}>." in markdown
    assert "supersedes" not in client.get(f"{first}recommendation.json").json()["saved"]


def test_the_badge_says_that_a_record_is_superseded(client: Client) -> None:
    first = save_titled(client)
    second = save_again(client, first)
    assert ">superseded</text>" in client.get(f"{first}badge.svg").content.decode()
    assert ">proposed, advice unchanged</text>" in client.get(f"{second}badge.svg").content.decode()


def test_the_register_tells_them_apart(client: Client) -> None:
    first = save_titled(client, "First")
    second = save_again(client, first, "Second")
    assert titles(client, "/r/?status=superseded") == ["First"]
    assert titles(client, "/r/?status=current") == ["Second"]
    line = page(client.get("/r/?q=first")).one("li", class_="line")
    assert line.one(class_="status").text == "Superseded by Second"
    assert line.link("Second") == second
    later, earlier = client.get("/r/register.json").json()["recommendations"]
    assert earlier["superseded_by"] == [later["permalink"]]
    assert later["supersedes"] == earlier["permalink"]


def test_saved_twice_it_supersedes_once(client: Client) -> None:
    first = save_titled(client)
    result = page(client.get(again(client, first)))
    opened = form(client.get(result.link("Save as decision")))
    opened.fill(title="Again", author="Team Blue")
    assert opened.post(client)["Location"] == opened.post(client)["Location"]
    assert len(relations(client, first)) == 1


@pytest.mark.parametrize("id", ["x", "../../etc", "<script>", "A" * 23, "é" * 22, ""])
def test_what_cannot_be_an_id_falls_out_of_the_address(client: Client, id: str) -> None:
    response = client.get(RESULT, {**dict(pairs(RESULT)), "supersedes": id})
    assert response.status_code == 303
    assert response["Location"] == RESULT


def test_what_nobody_saved_cannot_be_superseded(client: Client) -> None:
    response = client.get(f"{SAVE}&supersedes={NO_RECORD}")
    assert response.status_code == 303
    assert response["Location"] == SAVE


def test_a_record_of_another_tree_cannot_be_superseded(client: Client) -> None:
    id = save_titled(client).split("/")[2]
    Recommendation.objects.filter(pk=id).update(tree="storage")
    response = client.get(f"{SAVE}&supersedes={id}")
    assert response["Location"] == SAVE


def test_an_answer_that_is_gone_is_asked_again(client: Client, editable: Editable) -> None:
    address = save_titled(client)
    for file in ("tree.yaml", "cases.yaml", "outcomes.yaml"):
        editable.replace(file, "runs-jwt", "knows-jwt")
    editable.edit("caveats.yaml", lambda text: text.replace("runs-jwt", "knows-jwt") + "\n")
    # Under its old words, the answer would count as renamed.
    editable.replace("tree.yaml", "label: Already runs JWT well", "label: Knows JWT")
    response = client.get(again(client, address))
    assert response.status_code == 200
    assert notice(page(response)).one("a")["href"] == address
    assert dict(pairs(again(client, address))).keys() == {
        *(name for name, _ in pairs(f"?{ANSWERS}") if name != "team"),
        "supersedes",
    }


def test_without_its_tree_a_record_cannot_be_answered_again(
    client: Client, settings: Settings
) -> None:
    address = save_titled(client)
    settings.ADVISOR_TREES = [str(settings.BASE_DIR / "tree" / "examples" / "storage")]
    assert AGAIN not in client.get(address).content.decode()

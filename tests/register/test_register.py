"""GET /r/ and /r/register.json"""

import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps.registry import Apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from advisor import catalogue
from advisor.models import Content, Entry, Recommendation, ResultSummary, State
from advisor.register import search
from advisor.register.index import words_of
from advisor.register.search import Span, Within
from tests.support.html import Form, form, get, page
from tests.support.policies import BANK, TITLE
from tests.support.saving import save_titled, titles
from tests.support.site import SAVE, Editable, has_a_way_on

pytestmark = pytest.mark.django_db

NOW = "/tokens/save?revocation=now&services=one&confidential=no&team=small"


def listed(client: Client, address: str = "/r/register.json") -> list[dict[str, Any]]:
    response = get(client, address)
    assert response.status_code == 200
    items: list[dict[str, Any]] = response.json()["recommendations"]
    return items


def finder(client: Client) -> Form:
    return form(client.get("/r/"))


def test_it_lists_what_was_saved_the_newest_first(client: Client) -> None:
    save_titled(client, "First")
    address = save_titled(client, "Second")
    assert titles(client) == ["Second", "First"]
    line = page(client.get("/r/")).one("main").all("li", class_="line")[0]
    assert line.link("Second") == address
    record = Recommendation.objects.get(title="Second")
    assert line.one(class_="outcome").text == record.entry.summary.name
    summary = record.entry.summary
    assert line.link(summary.name) == f"/tokens/outcomes/{summary.outcome}/"
    assert client.get(line.link(summary.name)).status_code == 200
    assert "Team Blue" in line.text
    assert line.one("time")["datetime"] == record.saved_at.isoformat(timespec="seconds")
    assert line.one(class_="status").text == "Proposed"
    assert line.one(class_="drift").text == "Advice unchanged"


def test_it_does_not_show_the_context(client: Client) -> None:
    save_titled(client, context="Only for those who have the link")
    for address in ("/r/", "/r/register.json", "/r/?q=link"):
        response = client.get(address)
        assert b"Billing API" in response.content
        assert b"Only for those" not in response.content


def test_it_says_where_nothing_was_saved(client: Client) -> None:
    shown = page(client.get("/r/")).one("main")
    assert "No decision has been saved yet." in shown.text
    assert not shown.has(class_="lines")


def test_other_pages_lead_to_it(client: Client) -> None:
    for path in ("/", "/tokens/ask", save_titled(client)):
        assert page(client.get(path)).one("header", id="masthead").link("Saved decisions") == "/r/"


def test_switched_off_it_is_nowhere(client: Client, settings: Settings) -> None:
    address = save_titled(client)
    settings.ADVISOR_REGISTER = False
    for path in ("/r/", "/r/?q=billing", "/r/register.json"):
        assert client.get(path).status_code == 404
    for path in ("/", "/tokens/ask", address):
        response = client.get(path)
        assert response.status_code == 200
        assert 'href="/r/"' not in response.content.decode()


def test_behind_single_sign_on_it_is_for_those_who_are_named(
    client: Client, settings: Settings
) -> None:
    save_titled(client)
    settings.ADVISOR_ACCESS = "proxy"
    settings.ADVISOR_PROXY_ADDRESSES = ["10.0.0.5"]
    for path in ("/r/", "/r/register.json"):
        assert Client(REMOTE_ADDR="10.0.0.5").get(path).status_code == 403
        named = Client(REMOTE_ADDR="10.0.0.5", headers={"X-Forwarded-User": "jane"}).get(path)
        assert named.status_code == 200
        assert "private" in named["Cache-Control"]


def test_robots_are_kept_out(client: Client) -> None:
    save_titled(client)
    for path in ("/r/", "/r/register.json"):
        assert client.get(path)["X-Robots-Tag"] == "noindex"


def test_it_carries_an_etag_that_changes_with_a_save(client: Client) -> None:
    save_titled(client)
    etag = client.get("/r/")["ETag"]
    assert client.get("/r/", headers={"If-None-Match": etag}).status_code == 304
    save_titled(client)
    assert client.get("/r/", headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("path", ["/r/", "/r/register.json"])
def test_it_rejects_post(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


# Search


@pytest.mark.parametrize(
    "q",
    [
        "billing",
        "BILLING",
        "bill",
        "billi",
        "api billing",
        "Café",
        "cafe",
        "CAFÉ",
        "handler",
        "strasse",
        "Straße",
        "pci-dss",
        "dss, (pci)",
        "  billing\tapi ",
        "müller's",
        "日本",
        "x509",
    ],
)
def test_it_finds_words_by_their_beginnings(client: Client, q: str) -> None:
    text = "Café for Händler, Lange Straße; PCI-DSS. Müller's 日本語 X509"
    save_titled(client, "Billing API", context=text)
    save_titled(client, "Something else")
    response = get(client, "/r/" + as_query(q=q))
    (line,) = page(response).one("main").all("li", class_="line")
    assert line.one("h2").text == "Billing API"


@pytest.mark.parametrize("q", ["illing", "billings", "billing paypal", "api2", "something billing"])
def test_every_word_has_to_begin_a_word(client: Client, q: str) -> None:
    save_titled(client, "Billing API")
    save_titled(client, "Something else")
    shown = page(get(client, "/r/" + as_query(q=q))).one("main")
    assert not shown.has(class_="lines")
    assert "No saved decision matches" in shown.text
    assert shown.link("Show all") == "/r/"


HOSTILE = [
    '"',
    "'",
    "billing*",
    "billing AND",
    'NEAR("billing" api)',
    "billing OR NOT",
    "^billing - + : {words}",
    "words:billing",
    "billing') ; DROP TABLE advisor_entry; --",
    "billing & | ! <-> :*",
    "\\ billing \\'",
    "%_ billing",
    "billing\0api",
    "\ud83d\ude00 billing".encode("utf-16", "surrogatepass").decode("utf-16"),
    "()" * 40,
    "a " * 5_000,
    "billing" * 1_500,
    "\ufdfa" * 200,
    "_1",
    "_in0",
    "\u0301\u0301",
    "\u202ebilling",
]


@pytest.mark.parametrize("q", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_breaks_the_search(client: Client, q: str) -> None:
    save_titled(client, "Billing API")
    for path in ("/r/", "/r/register.json"):
        response = get(client, path + as_query(q=q))
        assert response.status_code in (200, 422)
    assert Entry.objects.count() == 1


def test_a_search_without_a_word_is_an_error_that_leads_to_its_field(client: Client) -> None:
    save_titled(client)
    response = client.get("/r/" + as_query(q="*** ?"))
    shown = page(response)
    assert response.status_code == 422
    (link,) = shown.one(class_="error-summary").all("a")
    assert link.text == "Enter at least one letter or digit."
    field = shown.one("input", id=link["href"].removeprefix("#"))
    assert field["aria-invalid"] == "true"
    assert field["value"] == "*** ?"
    assert not shown.has(class_="lines")


def test_typed_markup_comes_back_as_text(client: Client) -> None:
    q = '"><script>alert(1)</script>'
    shown = page(client.get("/r/" + as_query(q=q)))
    assert shown.one("input", name="q")["value"] == q
    assert not shown.one("main").all("script")


def test_a_title_with_markup_is_text(client: Client) -> None:
    save_titled(client, "<b>Billing</b>")
    assert titles(client) == ["<b>Billing</b>"]


# Filters


def test_the_form_offers_what_there_is_and_keeps_what_was_chosen(client: Client) -> None:
    save_titled(client)
    save_titled(client, path=NOW)
    shown = page(client.get("/r/"))
    names = {summary.name for summary in ResultSummary.objects.all()}
    offered = shown.one("select", name="outcome").all("option")
    assert [option.text for option in offered] == ["anything", *sorted(names, key=str.casefold)]
    assert not shown.has("select", name="tree")
    assert not shown.has("select", name="policy")
    chosen = page(client.get(f"/r/?outcome={offered[1]['value']}"))
    (selected,) = [
        option
        for option in chosen.one("select", name="outcome").all("option")
        if "selected" in option.attributes
    ]
    assert selected["value"] == offered[1]["value"]


def test_the_form_leads_to_the_one_address_of_what_it_asks(client: Client) -> None:
    response = client.get("/r/?q=+billing++api+&outcome=&status=accepted")
    assert response.status_code == 303
    assert response["Location"] == "/r/?q=billing+api&status=accepted"


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("?page=2", "/r/"),
        ("?status=accepted&q=billing", "/r/?q=billing&status=accepted"),
        # as earlier releases wrote them
        ("?status=current&q=billing", "/r/?q=billing&status=in-force&drift=current"),
        ("?status=advice", "/r/?status=in-force&drift=advice"),
        ("?status=outcome", "/r/?status=in-force&drift=outcome"),
        ("?status=barred", "/r/?status=in-force&drift=barred"),
        ("?status=unanswerable", "/r/?status=in-force&drift=unanswerable"),
        ("?before=abc", "/r/"),
        ("?before=-1", "/r/"),
        ("?before=" + "9" * 19, "/r/"),
        ("?before=5&after=7", "/r/?before=5"),
        ("?q=a&q=b", "/r/?q=b"),
        ("?q=" + "x" * 300, "/r/?q=" + "x" * 200),
    ],
)
def test_other_spellings_of_an_address_redirect(client: Client, given: str, address: str) -> None:
    response = client.get("/r/" + given)
    assert response.status_code == 303
    assert response["Location"] == address
    assert client.get(address).status_code == 200


def test_an_outcome_that_is_gone_is_named_and_leads_nowhere(client: Client) -> None:
    save_titled(client, "First")
    ResultSummary.objects.update(outcome="gone", name="A former token")
    outcome = page(client.get("/r/")).one("p", class_="outcome")
    assert outcome.text == "A former token"
    assert not outcome.all("a")


def test_it_filters_by_outcome(client: Client) -> None:
    save_titled(client, "First")
    save_titled(client, "Second", NOW)
    for record in Recommendation.objects.all():
        outcome = record.entry.summary.outcome
        assert titles(client, f"/r/?outcome={outcome}") == [record.title]


@pytest.mark.usefixtures("both_trees")
def test_it_filters_by_tree(client: Client) -> None:
    save_titled(client, "Billing tokens")
    place = get(client, "/storage/result?" + storage_answers(client))
    save_titled(client, "Billing data", page(place).link("Save as decision"))
    assert titles(client, "/r/?tree=storage") == ["Billing data"]
    assert titles(client, "/r/?q=billing&tree=tokens") == ["Billing tokens"]
    options = page(client.get("/r/")).one("select", name="tree").all("option")
    assert [option["value"] for option in options] == ["", "storage", "tokens"]


def test_it_filters_by_policy(client: Client, editable: Editable) -> None:
    save_titled(client, "Free")
    shutil.copy(BANK, editable.folder / "policies")
    catalogue.reload()
    save_titled(client, "Ruled")
    assert titles(client, "/r/?policy=bank") == ["Ruled"]
    shown = page(client.get("/r/"))
    assert TITLE in shown.one("select", name="policy").text
    ruled, free = shown.one("main").all("li", class_="line")
    assert TITLE in ruled.text
    assert TITLE not in free.text
    assert client.get("/r/register.json?policy=bank").json()["recommendations"][0]["policies"] == [
        "bank"
    ]


def test_it_filters_by_how_a_record_stands_today(client: Client, editable: Editable) -> None:
    save_titled(client, "Changes", NOW)
    save_titled(client, "Stays")
    assert titles(client, "/r/?drift=current") == ["Stays", "Changes"]
    editable.replace("tree.yaml", "every request checks", "every request does check")
    assert titles(client, "/r/?drift=current") == ["Stays"]
    assert titles(client, "/r/?drift=advice") == ["Changes"]
    assert titles(client, "/r/?drift=outcome") == []


def test_a_tree_that_is_gone_leaves_its_records_in_the_register(
    client: Client, settings: Settings
) -> None:
    save_titled(client)
    settings.ADVISOR_TREES = [str(settings.BASE_DIR / "tree" / "examples" / "storage")]
    assert titles(client, "/r/?status=unanswerable") == ["Billing API"]


def test_filters_and_words_all_have_to_hold(client: Client) -> None:
    save_titled(client, "Billing one", context="shop")
    save_titled(client, "Billing two", NOW, context="shop")
    save_titled(client, "Other", NOW)
    outcome = Recommendation.objects.get(title="Billing two").entry.summary.outcome
    address = f"/r/?q=shop&tree=tokens&outcome={outcome}&status=current"
    assert titles(client, address) == ["Billing two"]


@pytest.mark.parametrize("name", ["tree", "outcome", "policy", "status"])
def test_an_unknown_value_is_an_error_that_leads_to_its_field(client: Client, name: str) -> None:
    save_titled(client)
    response = client.get(f"/r/?{name}=no%22such")
    shown = page(response)
    (link,) = shown.one(class_="error-summary").all("a")
    assert response.status_code == 422
    assert link.text == f'Unknown {name} “no"such”.'
    assert shown.one("select", id=link["href"].removeprefix("#"))["aria-invalid"] == "true"
    assert not shown.has(class_="lines")
    assert has_a_way_on(shown)
    answer = client.get(f"/r/register.json?{name}=no%22such")
    assert answer.status_code == 422
    assert answer.json() == {"problems": {name: link.text}}


# Pages


@pytest.fixture
def many(client: Client) -> list[str]:
    """Titles of 60 records of two results, the newest first."""
    for path in (SAVE, NOW):
        save_titled(client, "Title 00", path)
    first, second = Recommendation.objects.order_by("entry__number")
    for number in range(2, 60):
        copy = second if number % 3 else first
        summary = copy.entry.summary
        copied = Recommendation.objects.get(pk=copy.pk)
        copied.pk = f"copy-{number:017}"
        copied.submission_hash, copied.title = f"copy {number}", f"Title {number:02}"
        copied.save(force_insert=True)
        Entry.objects.create(record=copied, summary=summary)
    records = Entry.objects.order_by("-number").select_related("record")
    return [entry.record.title for entry in records]


@pytest.mark.parametrize("filters", ["", "?q=title", "?status=current", "?q=ti&status=current"])
def test_older_and_newer_walk_over_all_of_it(client: Client, many: list[str], filters: str) -> None:
    seen: list[str] = []
    address = f"/r/{filters}"
    while True:
        shown = page(get(client, address)).one("main")
        seen += [line.one("h2").text for line in shown.all("li", class_="line")]
        if not shown.has("a", rel="next"):
            break
        address = shown.link("Older")
    assert seen == many
    back = page(get(client, shown.link("Newer"))).one("main")
    assert [line.one("h2").text for line in back.all("li", class_="line")] == many[25:50]
    newest = get(client, back.link("Newer"))
    assert [line.one("h2").text for line in page(newest).all("li", class_="line")] == many[:25]
    assert not page(newest).has("a", rel="prev")


@pytest.mark.usefixtures("many")
def test_the_newest_have_one_address(client: Client) -> None:
    second = page(client.get("/r/")).link("Older")
    response = client.get(page(client.get(second)).link("Newer"))
    assert response.status_code == 303
    assert response["Location"] == "/r/"


def test_a_page_stays_while_others_save(client: Client, many: list[str]) -> None:
    older = page(client.get("/r/")).link("Older")
    before = titles(client, older)
    save_titled(client, "Saved meanwhile")
    assert titles(client, older) == before == many[25:50]


@pytest.mark.usefixtures("many")
def test_beyond_the_oldest_there_is_a_way_back(client: Client) -> None:
    shown = page(client.get("/r/?before=1")).one("main")
    assert "There are no older decisions" in shown.text
    assert shown.link("Newest") == "/r/"


@pytest.mark.usefixtures("many")
def test_a_page_asks_no_more_of_the_database_with_more_records(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/r/")
    with django_assert_max_num_queries(7):
        client.get("/r/?q=title&status=current")


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("state", [None, State.PROPOSED, State.SUPERSEDED])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("words", [[], ["title"], ["title", "0"], ["nothing"]])
def test_every_way_to_search_finds_the_same(
    monkeypatch: pytest.MonkeyPatch, words: list[str], after: bool, state: State | None
) -> None:
    """Against a plain reading of all entries, in windows smaller than the register."""
    monkeypatch.setattr(search, "_WINDOW", 9)
    monkeypatch.setattr(search, "_CHUNK_SIZE", 1)
    for entry in Entry.objects.filter(number__in=[e.number for e in Entry.objects.all()][::4]):
        entry.state = State.SUPERSEDED
        entry.save()
    entries = list(Entry.objects.order_by("number").select_related("record"))
    only_first = frozenset({entries[0].summary_id})
    middle = entries[len(entries) // 2].number
    for summaries in (None, only_first, frozenset(e.summary_id for e in entries)):
        for number in (None, middle):
            wanted = [
                entry.number
                for entry in entries
                if (summaries is None or entry.summary_id in summaries)
                and (state is None or entry.state == state)
                and (number is None or (entry.number > number if after else entry.number < number))
                and all(
                    any(known.startswith(word) for known in words_of(entry.record.title))
                    for word in words
                )
            ]
            nearest = wanted[:7] if after else wanted[-7:]
            numbers = search.find(
                words,
                Within(summaries, None if state is None else (state,)),
                Span(7, number, after),
            )
            assert numbers == nearest[::-1]


def test_a_deleted_record_is_found_no_more(client: Client) -> None:
    """Nothing in the program deletes one; somebody with a shell may."""
    save_titled(client)
    Recommendation.objects.all().delete()
    assert titles(client, "/r/?q=billing") == []


# JSON


def test_it_is_the_same_as_json(client: Client) -> None:
    address = save_titled(client)
    record = Recommendation.objects.get()
    assert client.get("/r/register.json").json()["total"] == {"count": 1, "exact": True}
    assert listed(client) == [
        {
            "permalink": f"http://testserver{address}",
            "title": "Billing API",
            "author": "Team Blue",
            "identified": False,
            "saved_at": record.saved_at.isoformat(),
            "updated_at": record.saved_at.isoformat(),
            "tree": "tokens",
            "version": record.version,
            "outcome": record.entry.summary.outcome,
            "name": record.entry.summary.name,
            "recommended": record.entry.summary.name,
            "departs": False,
            "policies": [],
            "status": "proposed",
            "drift": "current",
            "code": "same",
            "review_by": None,
            "review_overdue": False,
            "supersedes": None,
            "superseded_by": [],
            "withdrawn": None,
        }
    ]


def test_the_page_links_to_its_json(client: Client, many: list[str]) -> None:
    older = page(client.get("/r/?q=title")).link("Older")
    response = client.get(page(client.get(older)).link("This page as JSON"))
    assert [entry["title"] for entry in response.json()["recommendations"]] == many[25:50]


def test_a_program_walks_over_all_of_it(client: Client, many: list[str]) -> None:
    seen: list[str] = []
    address: str | None = "/r/register.json?q=title"
    while address:
        answer = client.get(address).json()
        seen += [entry["title"] for entry in answer["recommendations"]]
        address = answer["next"]
    assert seen == many
    previous = client.get(answer["previous"]).json()
    assert [entry["title"] for entry in previous["recommendations"]] == many[25:50]


# Records that were there before, or come from elsewhere


def test_loaded_records_are_found(client: Client, tmp_path: Path) -> None:
    address = save_titled(client, context="A needle")
    file = tmp_path / "records.json"
    call_command("dumpdata", "advisor", output=str(file), verbosity=0)
    for model in (Entry, ResultSummary, Recommendation, Content):
        model.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM advisor_search")
    assert titles(client, "/r/?q=needle") == []
    call_command("loaddata", str(file), verbosity=0)
    assert titles(client, "/r/?q=needle") == ["Billing API"]
    assert client.get(address).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_records_from_before_the_register_get_their_lines(client: Client) -> None:
    save_titled(client, "First", context="A needle")
    save_titled(client, "Second", NOW)
    summaries = sorted(ResultSummary.objects.values_list("tree", "result", "outcome", "name"))
    earlier = migrated("0005_register")
    earlier.get_model("advisor", "Content").objects.create(sha256="d" * 64, text="damaged")
    lost: Any = earlier.get_model("advisor", "Recommendation").objects.get(title="Second")
    lost.pk, lost.once, lost.title, lost.result = "x" * 22, "x", "Damaged", "d" * 64
    lost.save(force_insert=True)
    for name in ("Entry", "Finding"):
        earlier.get_model("advisor", name).objects.all().delete()
    migrated(MigrationExecutor(connection).loader.graph.leaf_nodes("advisor")[0][1])
    assert titles(client, "/r/?q=needle") == ["First"]
    assert set(titles(client)) == {"First", "Second", "Damaged"}
    assert titles(client, "/r/?status=unanswerable") == ["Damaged"]
    again = ResultSummary.objects.exclude(outcome="").values_list(
        "tree", "result", "outcome", "name"
    )
    assert sorted(again) == summaries


def migrated(name: str) -> Apps:
    """Bring the database to a migration, and return the models as it knows them."""
    executor = MigrationExecutor(connection)
    executor.migrate([("advisor", name)])
    return executor.loader.project_state(("advisor", name)).apps


def as_query(**fields: str) -> str:
    return f"?{urlencode(fields)}"


def storage_answers(client: Client) -> str:
    """Answers that lead to a result of the second tree: always the first."""
    address = "/storage/ask"
    while "result" not in address:
        asked = form(get(client, address))
        radios = [element for element in asked.element if element.attributes.get("type") == "radio"]
        asked.set(radios[0]["name"], radios[0]["value"])
        address = asked.address
        response = client.get(address)
        address = response.headers.get("Location", address)
    return address.partition("?")[2]

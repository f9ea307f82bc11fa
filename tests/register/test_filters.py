"""What finds decisions in the register, on its page, in its JSON and in its feed."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from advisor.models import Entry, Event, Recommendation, ResultSummary, State
from advisor.register import search
from advisor.register.index import marks_of, words_of
from advisor.register.search import Span, Total, Within
from advisor.saved.status import update_register
from advisor.saved.withdrawal import withdraw
from tests.support.html import get, page
from tests.support.saving import save, save_titled, titles
from tests.support.site import NAME, SAVE, Editable

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"


def record_of(address: str) -> Recommendation:
    return Recommendation.objects.get(pk=address.split("/")[2])


def drift(client: Client) -> str:
    return page(client.get("/r/")).one("main").one(class_="drift").text


def review_by(address: str, day: date) -> None:
    """Give a record the day of a review, as if it had been saved with it."""
    Recommendation.objects.filter(pk=address.split("/")[2]).update(review_by=day)
    record_of(address).entry.save()


# Words, author, link and id


def test_it_finds_an_author(client: Client) -> None:
    save(client, title="First", author="Grace Hopper")
    save(client, title="Second", author="Team Blue")
    assert titles(client, "/r/?q=hopp") == ["First"]
    assert titles(client, "/r/?q=first+hopper") == ["First"]


def test_it_does_not_find_the_author_of_a_withdrawn_decision(client: Client) -> None:
    address = save(client, title="First", author="Grace Hopper")
    withdraw(record_of(address), "Salaries", "Mo", timezone.now())
    assert titles(client, "/r/?q=hopper") == []


@pytest.mark.parametrize("q", ["token", "rotation", "api", "oauth", "2", "accesstoken"])
def test_it_finds_the_beginning_of_a_part_of_a_compound_word(client: Client, q: str) -> None:
    save_titled(client, "accessTokenRotation of the ShopAPI with OAuth2")
    assert len(titles(client, f"/r/?q={q}")) == 1


@pytest.mark.parametrize("q", ["oken", "otation", "pi", "auth3"])
def test_it_does_not_find_the_middle_of_a_word(client: Client, q: str) -> None:
    save_titled(client, "accessTokenRotation of the ShopAPI with OAuth2")
    assert titles(client, f"/r/?q={q}") == []


@pytest.mark.parametrize(
    "pasted",
    [
        "{id}",
        "/r/{id}/",
        "https://advisor.example.org/r/{id}/",
        "https://advisor.example.org/r/{id}/recommendation.md",
        "See https://advisor.example.org/r/{id}.",
    ],
)
def test_it_finds_a_pasted_link_or_id(client: Client, pasted: str) -> None:
    address = save_titled(client, "First")
    save_titled(client, "Second")
    shown = get(client, "/r/?" + query(q=pasted.format(id=record_of(address).id)))
    assert [line.one("h2").text for line in page(shown).all("li", class_="line")] == ["First"]


def test_a_link_to_nothing_finds_nothing(client: Client) -> None:
    save_titled(client, "First")
    assert titles(client, "/r/?q=%2Fr%2FAAAAAAAAAAAAAAAAAAAAAA%2F") == []


def test_a_word_as_long_as_an_id_is_still_a_word(client: Client) -> None:
    save_titled(client, "Internationalisierungen")
    assert titles(client, "/r/?q=internationalisierunge") == ["Internationalisierungen"]


def test_a_link_and_a_filter_both_have_to_hold(client: Client) -> None:
    id = record_of(save_titled(client, "First")).id
    assert titles(client, f"/r/?q={id}&status=proposed") == ["First"]
    assert titles(client, f"/r/?q={id}&status=accepted") == []


# Status


def accept(record: Recommendation, by: str = "Ada") -> None:
    Event.objects.create(
        record=record, kind="accepted", by=by, at=timezone.now(), submission_hash=by
    )
    update_register(record)


def test_it_filters_by_status_as_soon_as_somebody_signed_off(client: Client) -> None:
    address = save_titled(client, "First")
    save_titled(client, "Second")
    accept(record_of(address))
    assert titles(client, "/r/?status=accepted") == ["First"]
    assert titles(client, "/r/?status=proposed") == ["Second"]
    assert titles(client, "/r/?status=in-force") == ["Second", "First"]
    assert titles(client, "/r/?q=first&status=accepted") == ["First"]
    assert titles(client, "/r/?q=first&status=proposed") == []


def test_a_sign_off_that_is_rolled_back_leaves_the_register_as_it_was(client: Client) -> None:
    address = save_titled(client, "First")

    def sign_off_and_fail() -> None:
        with transaction.atomic():
            accept(record_of(address))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        sign_off_and_fail()
    assert titles(client, "/r/?status=accepted") == []
    assert titles(client, "/r/?q=first&status=proposed") == ["First"]


def test_a_status_and_a_drift_both_have_to_hold(client: Client, editable: Editable) -> None:
    address = save_titled(client, "First")
    save_titled(client, "Second")
    accept(record_of(address))
    editable.replace("outcomes.yaml", f"name: {NAME}", "name: A signed token")
    assert titles(client, "/r/?status=accepted&drift=advice") == ["First"]
    assert titles(client, "/r/?status=accepted&drift=current") == []


# Drift


def test_it_shows_and_filters_changed_code(client: Client, editable: Editable) -> None:
    save_titled(client, "First")
    assert drift(client) == "Advice unchanged"
    assert titles(client, "/r/?drift=code") == []
    editable.replace("kits/jwt-hs256/tokens.py", "import base64\n", "# changed\nimport base64\n")
    assert drift(client) == "Code changed"
    assert titles(client, "/r/?drift=code") == ["First"]
    assert titles(client, "/r/?drift=current") == ["First"]
    save_titled(client, "Second")
    assert titles(client, "/r/?drift=code") == ["First"]


def test_changed_advice_and_changed_code_show_together(client: Client, editable: Editable) -> None:
    save_titled(client, "First")
    editable.replace("kits/jwt-hs256/tokens.py", "import base64\n", "# changed\nimport base64\n")
    editable.replace("outcomes.yaml", f"name: {NAME}", "name: A signed token")
    assert drift(client) == "Advice changed, code changed"
    assert titles(client, "/r/?drift=advice") == titles(client, "/r/?drift=code") == ["First"]


def test_a_record_without_a_fingerprint_is_not_said_to_have_changed(client: Client) -> None:
    address = save_titled(client, "First")
    ResultSummary.objects.filter(entry__record=record_of(address)).update(kit="")
    assert drift(client) == "Advice unchanged"
    assert titles(client, "/r/?drift=code") == []
    assert client.get("/r/register.json").json()["recommendations"][0]["code"] == "unknown"


# Departures


CHOICE = f"{SAVE.replace('no&', 'now&', 1)}&choose=paseto-blocklist"


def test_it_filters_by_departing_from_the_recommendation(client: Client) -> None:
    save_titled(client, "Follows")
    save(client, CHOICE, title="Departs", reason="Every hop speaks it.")
    assert titles(client, "/r/?departs=yes") == ["Departs"]
    assert titles(client, "/r/?departs=no") == ["Follows"]
    assert titles(client, "/r/?outcome=paseto-blocklist") == ["Departs"]
    line = page(client.get("/r/?departs=yes")).one("main").one("li", class_="line")
    summary = record_of(line.one("h2").one("a")["href"]).entry.summary
    assert line.one(class_="outcome").text == f"{summary.name} instead of {summary.recommended}"
    item = client.get("/r/register.json?departs=yes").json()["recommendations"][0]
    assert (item["outcome"], item["departs"]) == ("paseto-blocklist", True)
    assert item["recommended"] == summary.recommended


# Reviews and days


def test_it_filters_by_overdue_reviews_of_what_is_in_force(client: Client) -> None:
    today = timezone.localdate()
    days = {
        "Long ago": date(2019, 5, 5),
        "Yesterday": today - timedelta(days=1),
        "Today": today,
        "Next year": today + timedelta(days=365),
    }
    for title, day in days.items():
        review_by(save_titled(client, title), day)
    gone = save_titled(client, "Withdrawn")
    review_by(gone, date(2019, 5, 5))
    withdraw(record_of(gone), "Salaries", "Mo", timezone.now())
    save_titled(client, "Never")
    for path in ("/r/?review=overdue", "/r/?q=team&review=overdue"):
        assert titles(client, path) == ["Yesterday", "Long ago"]
    assert titles(client, "/r/?review=overdue&status=withdrawn") == []
    assert titles(client, "/r/?review=overdue&status=proposed") == ["Yesterday", "Long ago"]
    first = page(client.get("/r/?review=overdue")).one("main").all("li", class_="line")[1]
    assert first.one(class_="review").text == "Review was due by 5 May 2019"
    assert not page(client.get("/r/?q=never")).one("main").has(class_="review")


def test_it_filters_by_the_days_of_saving_both_included(client: Client) -> None:
    moments = {
        "Before": datetime(2026, 2, 28, 23, 59, 59, 999_000, UTC),
        "First": datetime(2026, 3, 1, 0, 0, 0, 0, UTC),
        "Last": datetime(2026, 3, 31, 23, 59, 59, 999_000, UTC),
        "After": datetime(2026, 4, 1, 0, 0, 0, 0, UTC),
    }
    for title, moment in moments.items():
        address = save_titled(client, title)
        Recommendation.objects.filter(pk=address.split("/")[2]).update(saved_at=moment)
    days = "since=2026-03-01&until=2026-03-31"
    assert titles(client, f"/r/?{days}") == ["Last", "First"]
    assert titles(client, f"/r/?q=team&{days}") == ["Last", "First"]
    assert titles(client, "/r/?since=2026-03-31") == ["After", "Last"]
    assert titles(client, "/r/?until=2026-02-28") == ["Before"]
    assert titles(client, "/r/?since=2027-01-01") == []
    assert titles(client, "/r/?until=9999-12-31") == ["After", "Last", "First", "Before"]


@pytest.mark.parametrize(
    ("given", "name", "message"),
    [
        ("since=2026-02-30", "since", "Enter a date as year, month and day, such as 2026-11-28."),
        ("until=tomorrow", "until", "Enter a date as year, month and day, such as 2026-11-28."),
        ("since=2026-03-02&until=2026-03-01", "until", "The last day is before the first."),
    ],
)
def test_a_day_that_is_none_is_an_error_at_its_field(
    client: Client, given: str, name: str, message: str
) -> None:
    save_titled(client)
    response = client.get(f"/r/?{given}")
    shown = page(response)
    assert response.status_code == 422
    [link] = shown.one(class_="error-summary").all("a")
    assert (link["href"], link.text) == (f"#{name}", message)
    assert shown.one("input", id=name)["aria-invalid"] == "true"
    assert "open" in shown.one("details", class_="narrower").attributes
    assert client.get(f"/r/register.json?{given}").json() == {"problems": {name: message}}
    feed = client.get(f"/r/feed.atom?{given}")
    assert (feed.status_code, feed.content.decode()) == (422, message)


# Both databases, against a plain reading of all entries


@pytest.fixture
def many(client: Client) -> list[Entry]:
    """60 entries of two months, many at the same time, with reviews and all states."""
    record = record_of(save_titled(client, "Title 0"))
    began = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(1, 60):
        copied = Recommendation.objects.get(pk=record.pk)
        copied.pk = f"copy-{number:017}"
        copied.submission_hash, copied.title = f"copy {number}", f"Title {number % 7}"
        # Some got their number before an earlier one was written.
        copied.saved_at = began + timedelta(days=number, seconds=-20 * (number % 3))
        copied.review_by = date(2026, 1, 1) + timedelta(days=number * 11) if number % 2 else None
        copied.save(force_insert=True)
        state = list(State)[number % 6]
        Entry.objects.create(record=copied, summary=record.entry.summary, state=state)
    Recommendation.objects.filter(pk=record.pk).update(saved_at=began)
    return list(Entry.objects.order_by("number").select_related("record"))


MIDDLE = datetime(2026, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "states", "days", "due"),
    list(
        product(
            ([], ["title"], ["title", "3"]),
            (None, (State.PROPOSED, State.ACCEPTED)),
            ((None, None), (MIDDLE, None), (None, MIDDLE), (MIDDLE, MIDDLE + timedelta(days=9))),
            (None, date(2026, 3, 15)),
        )
    ),
)
def test_every_filter_finds_what_a_plain_reading_finds(
    monkeypatch: pytest.MonkeyPatch,
    many: list[Entry],
    words: list[str],
    states: tuple[State, ...] | None,
    days: tuple[datetime | None, datetime | None],
    due: date | None,
) -> None:
    monkeypatch.setattr(search, "_WINDOW", 9)
    since, until = days

    def fits(entry: Entry) -> bool:
        record = entry.record
        words_of_record = words_of(f"{record.title} {record.author}")
        return (
            all(any(known.startswith(word) for known in words_of_record) for word in words)
            and (entry.state != State.WITHDRAWN or not words)
            and (states is None or entry.state in states)
            and (since is None or record.saved_at >= since)
            and (until is None or record.saved_at < until)
            and (due is None or (record.review_by is not None and record.review_by < due))
        )

    wanted = [entry.number for entry in many if fits(entry)]
    within = Within(None, states, since=since, until=until, due_before=due)
    assert search.find(words, within, Span(100)) == wanted[::-1]
    middle = many[30].number
    assert (
        search.find(words, within, Span(3, middle))
        == [number for number in wanted[::-1] if number < middle][:3]
    )
    total = search.total(words, within)
    assert total.count <= len(wanted)
    if total.exact:
        assert total.count == len(wanted)


def test_a_total_counts_all_pages_and_stops_at_a_bound(
    client: Client, many: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    def summary(address: str) -> str:
        return page(client.get(address)).one("main").all("p", class_="aside")[0].text

    assert summary("/r/") == "60 decisions, the newest first"
    older = page(client.get("/r/")).link("Older")
    assert summary(older) == "60 decisions, the newest first"
    assert search.total([], Within()) == Total(len(many), exact=True)
    monkeypatch.setattr(search, "MAX_TOTAL", 50)
    assert summary("/r/") == "More than 50 decisions, the newest first"
    total = client.get("/r/register.json").json()["total"]
    assert total == {"count": 50, "exact": False}


def test_the_marks_of_a_review_are_those_of_its_year_and_month() -> None:
    assert marks_of(7, 0, date(2026, 3, 9)) == ["_7", "_in0", "_due2026", "_due202603"]
    assert marks_of(7, 0, date(1990, 3, 9)) == ["_7", "_in0", "_due2000", "_due199003"]
    assert marks_of(7, 0) == ["_7", "_in0"]


# The feed


def entries(client: Client, address: str = "/r/feed.atom") -> list[ElementTree.Element]:
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(response.content)
    for name in ("id", "title", "updated", "author"):
        assert len(feed.findall(f"{ATOM}{name}")) == 1
    return feed.findall(f"{ATOM}entry")


def texts(entry: ElementTree.Element, name: str) -> list[str]:
    return [element.text or "" for element in entry.iter(f"{ATOM}{name}")]


def test_the_feed_lists_the_newest_decisions_with_what_the_json_says(client: Client) -> None:
    save_titled(client, "First")
    address = save(client, title="<b>Second</b> & more", author="Grace Hopper")
    newest, _ = entries(client)
    item = client.get("/r/register.json").json()["recommendations"][0]
    assert texts(newest, "id") == [item["permalink"]] == [f"http://testserver{address}"]
    assert texts(newest, "title") == [item["title"]]
    assert texts(newest, "name") == ["Grace Hopper"]
    [published], [updated] = texts(newest, "published"), texts(newest, "updated")
    saved_at = record_of(address).saved_at
    assert published == updated == saved_at.isoformat()
    assert texts(newest, "summary") == [f"Proposed. Chosen: {NAME}. Advice unchanged."]
    terms = {element.attrib["term"] for element in newest.iter(f"{ATOM}category")}
    assert terms == {
        "status:proposed",
        "drift:current",
        f"outcome:{item['outcome']}",
        "tree:tokens",
        "departs:no",
    }


def test_the_feed_takes_the_same_filters(client: Client) -> None:
    save_titled(client, "First")
    save_titled(client, "Second")
    assert [texts(entry, "title") for entry in entries(client, "/r/feed.atom?q=first")] == [
        ["First"]
    ]
    assert entries(client, "/r/feed.atom?status=accepted") == []
    moved = client.get("/r/feed.atom?before=7&q=first")
    assert (moved.status_code, moved["Location"]) == (303, "/r/feed.atom?q=first")
    head = page(client.get("/r/?q=first")).one("link", rel="alternate")
    assert head["href"] == "/r/feed.atom?q=first"


def test_the_feed_is_bounded(client: Client, many: list[Entry]) -> None:
    assert len(entries(client)) == 25 < len(many)


def test_the_feed_says_nothing_of_what_was_typed_about_a_withdrawn_decision(
    client: Client,
) -> None:
    address = save(client, title="Salaries", author="Grace Hopper", context="Everybody's")
    withdraw(record_of(address), "Not for all", "Mo", timezone.now())
    [entry] = entries(client)
    assert texts(entry, "title") == ["Withdrawn decision"]
    assert texts(entry, "name") == []
    content = client.get("/r/feed.atom").content.decode()
    assert not any(word in content for word in ("Salaries", "Hopper", "Everybody"))


def test_the_feed_stays_the_same_until_something_happens(client: Client) -> None:
    empty = client.get("/r/feed.atom")
    assert client.get("/r/feed.atom")["ETag"] == empty["ETag"]
    address = save_titled(client, "First")
    before = client.get("/r/feed.atom")["ETag"]
    assert client.get("/r/feed.atom", headers={"If-None-Match": before}).status_code == 304
    accept(record_of(address))
    assert client.get("/r/feed.atom", headers={"If-None-Match": before}).status_code == 200
    [entry] = entries(client)
    assert texts(entry, "updated") != texts(entry, "published") or (
        timezone.now() - record_of(address).saved_at < timedelta(seconds=2)
    )


def test_a_character_that_xml_cannot_hold_is_left_out_of_the_feed(client: Client) -> None:
    address = save_titled(client, "First")
    Recommendation.objects.filter(pk=address.split("/")[2]).update(title="Fir\x0bst \uffff")
    [entry] = entries(client)
    assert texts(entry, "title") == ["First "]


def test_switched_off_there_is_no_feed(client: Client, settings: Settings) -> None:
    settings.ADVISOR_REGISTER = False
    assert client.get("/r/feed.atom").status_code == 404


def query(**given: str) -> str:
    return urlencode(given)

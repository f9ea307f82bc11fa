"""One truth about the status of a decision: page, badge, register, Markdown, JSON and zip."""

import re
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
import yaml
from django.test import Client
from django.utils import timezone

from advisor.models import Event, EventKind, Recommendation
from advisor.saved.status import LABELS, PRECEDENCE, Status, decision_of, update_register
from advisor.saved.withdrawal import restore, withdraw
from tests.support.deciding import save_with_secret, sign_off, status
from tests.support.html import page
from tests.support.kit_files import unpacked
from tests.support.saving import again, relations, save, save_again, titles
from tests.support.site import SAVE

pytestmark = pytest.mark.django_db

TODAY = timezone.now().date()


def record(address: str) -> Recommendation:
    return Recommendation.objects.get(pk=address.split("/")[2])


def add(address: str, kind: EventKind, by: str = "Ann") -> None:
    """An event as it was recorded, whatever its status was then."""
    Event.objects.create(
        record=record(address),
        kind=kind,
        by=by,
        at=timezone.now(),
        note="In *these* words.",
        submission_hash=f"{address} {kind} {by}",
    )
    update_register(record(address))


def make(client: Client, address: str, wanted: Status) -> None:
    match wanted:
        case "withdrawn":
            withdraw(record(address), "It is wrong.", "mia", timezone.now())
        case "superseded":
            save_again(client, address)
        case "rejected" | "deprecated" | "accepted":
            add(address, EventKind(wanted))


def everywhere(client: Client, address: str) -> dict[str, str]:
    """The status in the words of each place that tells it."""
    badge = ElementTree.fromstring(client.get(f"{address}badge.svg").content)
    markdown = client.get(f"{address}recommendation.md").content.decode()
    comment = client.get(f"{address}recommendation.md?as=comment").content.decode()
    readme = unpacked(client.get(f"{address}kit.zip").content)["jwt-hs256/README.md"]
    in_zip = re.search(r"^> Status when downloaded: (\w+)", readme, re.MULTILINE)
    in_comment = re.search(r"^Status: (\w+)", comment, re.MULTILINE)
    assert in_comment
    return {
        "page": status(client, address).lower(),
        "badge": badge.attrib["aria-label"].split(", ")[1],
        "JSON": client.get(f"{address}recommendation.json").json()["decision"]["status"],
        "Markdown": yaml.safe_load(markdown.split("---\n")[1])["status"].split(" ")[0],
        "comment": in_comment[1],
        "zip": in_zip[1] if in_zip else "proposed",
        "register": decision_of(record(address)).label.lower(),
        "entry": record(address).entry.get_state_display().lower(),
    }


@pytest.mark.parametrize("wanted", PRECEDENCE)
def test_every_place_tells_the_same_status(client: Client, wanted: Status) -> None:
    address = save(client)
    make(client, address, wanted)
    assert set(everywhere(client, address).values()) == {wanted}
    assert LABELS[wanted].lower() == wanted


@pytest.mark.parametrize("position", range(len(PRECEDENCE) - 1))
def test_the_first_that_holds_counts(client: Client, position: int) -> None:
    address = save(client)
    # From the weakest to the strongest, each on top of what holds already.
    for weaker in reversed(PRECEDENCE[position:]):
        make(client, address, weaker)
    assert set(everywhere(client, address).values()) == {PRECEDENCE[position]}


@pytest.mark.parametrize("wanted", PRECEDENCE)
def test_only_what_people_accepted_looks_like_approval(client: Client, wanted: Status) -> None:
    address = save(client)
    make(client, address, wanted)
    shown = page(client.get(address))
    assert ("is-good" in shown.one(class_="decision")["class"]) == (wanted == "accepted")
    banner = shown.one("aside", class_="status-banner")
    assert "is-good" not in banner["class"]
    assert "current" not in banner.text.lower()


def test_the_page_begins_with_the_decision_and_goes_on_to_drift(client: Client) -> None:
    address = save(client, f"{SAVE}&choose=opaque-session", reason="We run sessions.")
    main = client.get(address).content.decode().partition("<main")[2]
    places = [
        main.index(text)
        for text in (
            'class="decision-status"',
            "<dt>Chosen</dt>",
            "<dt>Recommended</dt>",
            "We run sessions.",
            "Advice unchanged since",
            'id="outcome"',
        )
    ]
    assert places == sorted(places)


# Reviews


def test_an_overdue_review_says_so_everywhere(client: Client) -> None:
    address = save(client)
    Recommendation.objects.update(review_by=TODAY)
    assert "overdue" not in page(client.get(address)).one(class_="decision").text
    Recommendation.objects.update(review_by=TODAY - timedelta(days=1))
    assert "This review is overdue." in page(client.get(address)).one(class_="decision").text
    assert "proposed, review overdue, " in client.get(f"{address}badge.svg").content.decode()
    markdown = client.get(f"{address}recommendation.md").content.decode()
    assert f"A review was due by {TODAY - timedelta(days=1)}." in markdown
    readme = unpacked(client.get(f"{address}kit.zip").content)["jwt-hs256/README.md"]
    assert "> Its review was due by " in readme


@pytest.mark.parametrize("ended", ["withdrawn", "superseded", "rejected", "deprecated"])
def test_a_decision_that_has_ended_needs_no_review(client: Client, ended: Status) -> None:
    address = save(client)
    Recommendation.objects.update(review_by=date(2020, 1, 1))
    make(client, address, ended)
    assert not decision_of(record(address)).overdue


# Successors


def test_a_withdrawn_successor_replaces_nothing(client: Client) -> None:
    first = save(client)
    second = save_again(client, first)
    withdraw(record(second), "It is wrong.", "mia", timezone.now())
    assert status(client, first) == "Proposed"
    assert relations(client, first) == []
    assert titles(client, "/r/?status=superseded") == []
    restore(record(second))
    assert status(client, first) == "Superseded"
    assert titles(client, "/r/?status=superseded") == ["Billing API"]


def test_a_rejected_successor_replaces_nothing(client: Client) -> None:
    first, _ = save_with_secret(client)
    result = page(client.get(again(client, first)))
    second, link = save_with_secret(client, result.link("Save as decision"), title="Second")
    assert status(client, first) == "Superseded"
    sign_off(client, second, "rejected", by="The board", secret=link).post(client)
    assert status(client, first) == "Proposed"
    assert titles(client, "/r/?status=superseded") == []


# What a withdrawn decision hides


def test_a_withdrawn_decision_hides_all_that_people_typed(client: Client) -> None:
    typed = {
        "reason": "Reason of Ann",
        "decision_makers": "Makers of Ann",
        "consulted": "Consulted Ann",
        "informed": "Informed Ann",
        "discussion": "https://git.example.org/ann",
    }
    address = save(client, f"{SAVE}&choose=opaque-session", **typed, review_by="2999-12-31")
    add(address, EventKind.ACCEPTED, "Accepting Ann")
    secrets = [*typed.values(), "Accepting Ann", "In *these* words.", "2999", "these"]
    paths = ["", "recommendation.md", "recommendation.md?as=comment", "recommendation.json"]
    before = "".join(client.get(address + path).content.decode() for path in paths)
    assert all(secret in before for secret in secrets)
    withdraw(record(address), "It names a person.", "mia", timezone.now())
    for path in (*paths, "kit.zip", "badge.svg"):
        text = client.get(address + path).content.decode("utf-8", "replace")
        assert not [secret for secret in secrets[:-1] if secret in text], path
    assert "2999" not in client.get("/r/register.json").text


# Records of an earlier release


def test_a_record_of_an_earlier_release_is_exported_as_before_until_something_is_decided(
    client: Client,
) -> None:
    address = save(client)
    Recommendation.objects.update(format=1)
    assert "decision" not in client.get(f"{address}recommendation.json").json()
    add(address, EventKind.REJECTED)
    decision = client.get(f"{address}recommendation.json").json()["decision"]
    assert decision["status"] == "rejected"
    assert decision["events"][0]["by"] == "Ann"


# Markdown


def test_the_file_has_madr_s_front_matter_and_a_comment_has_none(client: Client) -> None:
    address = save(
        client,
        f"{SAVE}&choose=opaque-session",
        reason="We run *sessions*.",
        decision_makers="Ann: chair, Bob",
        consulted="Security",
        informed="Support",
    )
    text = client.get(f"{address}recommendation.md").content.decode()
    head = yaml.safe_load(text.split("---\n")[1])
    assert list(head) == ["status", "date", "decision-makers", "consulted", "informed"]
    assert head["status"] == "proposed"
    assert (head["decision-makers"], head["consulted"]) == ("Ann: chair, Bob", "Security")
    assert "Chosen option: “Opaque session token”, because:\n\n> We run *sessions*.\n" in text
    main = page(client.get(address))
    button = main.one(
        "button", class_="copy", **{"data-copy-from": f"{address}recommendation.md?as=comment"}
    )
    comment = client.get(button["data-copy-from"]).content.decode()
    assert comment.startswith("# Billing API\n\nStatus: proposed. Last updated on ")
    assert not [line for line in comment.splitlines() if line.startswith("---")]


def test_a_comment_says_who_decided(client: Client) -> None:
    texts = {"decision_makers": "Ann, *Bob*", "consulted": "Security", "informed": "Support"}
    address = save(client, **texts)
    comment = client.get(f"{address}recommendation.md?as=comment").text
    people = comment[: comment.index("## Context")]
    for line in (
        "- Decision makers: Ann, \\*Bob\\*",
        "- Consulted: Security",
        "- Informed: Support",
    ):
        assert line in people
    alone = client.get(f"{save(client, title='Other')}recommendation.md?as=comment").text
    assert "- Decision makers: Team Blue\n" in alone
    assert "Consulted" not in alone


def test_a_withdrawn_comment_names_nobody(client: Client) -> None:
    address = save(client, consulted="Security")
    withdraw(Recommendation.objects.get(), "It names a person.", "mia", timezone.now())
    comment = client.get(f"{address}recommendation.md?as=comment").text
    for words in ("Decision makers", "Consulted", "Team Blue", "Security"):
        assert words not in comment


def test_a_comment_breaks_no_paragraph(client: Client) -> None:
    address = save(client)
    text, comment = (
        client.get(f"{address}recommendation.md{query}").content.decode()
        for query in ("", "?as=comment")
    )
    assert max(map(len, text.splitlines())) <= 400
    paragraphs = [block for block in comment.split("\n\n") if "```" not in block]
    prose = [block for block in paragraphs if not block.startswith(("- ", "#", ">", "  "))]
    assert prose
    assert all("\n" not in block.strip() for block in prose)


# The tree


def test_decided_with_leads_to_the_tree(client: Client) -> None:
    shown = page(client.get(save(client)))
    assert shown.one("a", class_="decided-with")["href"] == "/tokens/"

"""What the pages of a saved decision say of what is gone, cannot be, or never changes."""

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from advisor import catalogue
from advisor.models import Content, Recommendation, new_id
from advisor.saved.forms import SaveForm, new_submission
from advisor.saved.records import read_result
from advisor.saved.withdrawal import withdraw
from tests.support.html import Form, form, page
from tests.support.saving import save
from tests.support.site import SAVE, Editable
from tests.support.tree_folders import with_kit
from tests.support.trees import LUNCH

pytestmark = pytest.mark.django_db


def banner(client: Client, path: str) -> str:
    return page(client.get(path)).one("aside", class_="status-banner").text


def test_the_form_says_that_what_is_saved_never_changes(client: Client) -> None:
    text = page(client.get(SAVE)).one("main").text
    assert "A saved decision gets its own link. What you save never changes." in text


def test_a_saved_page_says_that_its_status_may_change(client: Client) -> None:
    colophon = page(client.get(save(client))).one("footer").text
    assert "A saved decision never changes. Its status can." in colophon
    assert "page address" not in colophon


def test_a_form_without_an_author_is_refused(client: Client) -> None:
    response = form(client.get(SAVE)).fill(title="Billing API", author="").post(client)
    assert response.status_code == 422
    assert page(response).one(class_="error-summary").one("ul").text == "Enter an author."


def test_a_form_without_a_title_is_refused_and_its_author_is_not(client: Client) -> None:
    response = form(client.get(SAVE)).fill(title=" ", author="Team Blue").post(client)
    assert response.status_code == 422
    assert page(response).one(class_="error-summary").one("ul").text == "Enter a title."


@pytest.mark.parametrize("part", ["submission", "version"])
def test_a_form_without_a_hidden_part_says_that_nothing_was_saved(
    client: Client, part: str
) -> None:
    opened = form(client.get(SAVE)).fill(title="Billing API", author="Team Blue")
    opened.fields = [field for field in opened.fields if field[0] != part]
    summary = page(opened.post(client)).one(class_="error-summary").text
    assert "A part of the form is missing. Nothing was saved yet. Save again." in summary
    assert not Recommendation.objects.exists()


def test_a_decision_that_cannot_be_evaluated_today_stands_unchanged(
    client: Client, editable: Editable
) -> None:
    path = save(client)
    for file in ("tree.yaml", "cases.yaml", "outcomes.yaml"):
        editable.replace(file, "runs-jwt", "knows-jwt")
    editable.edit("caveats.yaml", lambda text: text.replace("runs-jwt", "knows-jwt") + "\n")
    # Under its old words, the answer would count as renamed.
    editable.replace("tree.yaml", "label: Already runs JWT well", "label: Knows JWT")
    shown = page(client.get(path)).one("aside", class_="status-banner")
    assert shown.one("h2").text.endswith("Cannot be evaluated today")
    assert "Nobody can tell." in shown.text


@pytest.fixture
def dining(tmp_path: Path, settings: Settings) -> Iterator[Editable]:
    """A small tree that has code for one of its outcomes."""
    folder = with_kit(tmp_path / "lunch")
    settings.ADVISOR_TREES = [str(folder)]
    yield Editable(folder)
    catalogue.reload()


def without_kit(tree: Editable) -> None:
    shutil.rmtree(tree.folder / "kits")
    tree.edit("tree.yaml", lambda _: LUNCH)


def test_a_decision_whose_code_is_gone_says_so(client: Client, dining: Editable) -> None:
    path = save(client, "/lunch/save?rain=yes")
    assert "There is no code any more." not in banner(client, path)
    without_kit(dining)
    assert "There is no code any more." in banner(client, path)


def test_a_decision_that_was_saved_without_code_says_that_there_is_some_today(
    client: Client, dining: Editable, tmp_path: Path
) -> None:
    without_kit(dining)
    path = save(client, "/lunch/save?rain=yes")
    sentence = "There is code today."
    assert sentence not in banner(client, path)
    shutil.copytree(with_kit(tmp_path / "again"), dining.folder, dirs_exist_ok=True)
    catalogue.reload()
    assert sentence in banner(client, path)


def test_a_tree_that_is_the_same_has_not_changed_since(client: Client, editable: Editable) -> None:
    path = save(client)
    assert "The tree has not changed since. Version:" in banner(client, path)
    editable.edit("cases.yaml", lambda text: f"# checked\n{text}")
    assert "The tree has not changed since." not in banner(client, path)


def test_a_withdrawn_decision_says_what_is_hidden(client: Client) -> None:
    path = save(client)
    withdraw(Recommendation.objects.get(), "It names a person.", "mia", timezone.now())
    text = page(client.get(path)).one("aside", class_="withdrawn").text
    assert text.endswith(
        "Do not use this decision. The answers and the result below are unchanged. "
        "Everything that people typed is hidden."
    )


def test_a_decision_that_this_release_cannot_show_is_stored_all_the_same(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    path = save(client)
    Content.objects.all().delete()
    text = page(client.get(path)).one("main").text
    assert "The decision is stored, but this release cannot show it." in text
    assert "A part of it is missing from the database." in text
    record = Recommendation.objects.get()
    logged = caplog.messages[0].replace(record.id, "%s")
    assert logged == "Recommendation %s cannot be shown: A part of it is missing from the database."


# What is asked: label, hint, and how much fits.
FIELDS = {
    "title": ("Title", "What you are deciding, for example the name of the system.", 120),
    "context": (
        "Context (optional)",
        (
            "What a reader needs to know in a year: the system and its constraints. "
            "You can use Markdown."
        ),
        10_000,
    ),
    "author": ("Author", "The person or team responsible.", 120),
    "decision_makers": (
        "Decision makers (optional)",
        "Who decides. Without a name here, it is the author.",
        500,
    ),
    "consulted": ("Consulted (optional)", "Whose opinion was asked.", 500),
    "informed": ("Informed (optional)", "Who is kept up to date.", 500),
    "discussion": (
        "Link to the discussion (optional)",
        "For example a pull request or a page of minutes. It begins with https://.",
        500,
    ),
    "review_by": (
        "Review again by (optional)",
        "From the next day on, the page says that a review is due.",
        0,
    ),
}
CALLED = {"title": "title", "context": "context", "author": "author", "discussion": "link"}


def test_the_form_says_what_each_field_is_for(client: Client) -> None:
    shown = page(client.get(SAVE)).one("form")
    told = {}
    for label in shown.all("label"):
        control = shown.one(id=label["for"])
        hint = shown.one(id=control["aria-describedby"]).text
        told[control["name"]] = (label.text, hint)
    assert told == {name: (label, hint) for name, (label, hint, _) in FIELDS.items()}
    assert shown.one("textarea")["rows"] == "8"
    assert not any("required" in element.attributes for element in shown)


@pytest.mark.parametrize("name", [name for name in FIELDS if name != "review_by"])
def test_a_field_is_refused_where_it_is_too_long_and_says_by_how_much(
    client: Client, name: str
) -> None:
    *_, longest = FIELDS[name]
    typed = {"title": "Billing API", "author": "Team Blue"}
    start = "https://git.example/" if name == "discussion" else ""

    def filled(length: int) -> Form:
        return form(client.get(SAVE)).fill(**typed | {name: start.ljust(length, "x")})

    assert filled(longest).post(client).status_code == 303
    refused = filled(longest + 1).post(client)
    assert refused.status_code == 422
    (link,) = page(refused).one(class_="error-summary").all("a")
    field = FIELDS[name][0].removesuffix(" (optional)")
    called = CALLED.get(name, f"field “{field}”")
    sentence = f"The {called} must be {longest} characters or fewer; it has {longest + 1}."
    assert (link.text, link["href"]) == (sentence, f"#id_{name}")


def test_no_browser_cuts_off_what_is_too_long(client: Client) -> None:
    fields = page(client.get(SAVE)).one("form").all("input", type="text")
    assert fields
    assert not any("maxlength" in field.attributes for field in fields)
    assert "maxlength" not in page(client.get(SAVE)).one("textarea").attributes


def test_a_line_end_counts_as_one_character(client: Client) -> None:
    # Browsers send two for each.
    text = "x\r\n" * 4_999 + "xx"
    typed = {"title": "Billing API", "author": "Team Blue", "context": text}
    assert form(client.get(SAVE)).fill(**typed).post(client).status_code == 303
    assert Recommendation.objects.get().context == text.replace("\r\n", "\n")


def test_a_tree_that_changed_meanwhile_is_read_again_before_saving(
    client: Client, editable: Editable
) -> None:
    opened = form(client.get(SAVE)).fill(title="Billing API", author="Team Blue")
    editable.edit("cases.yaml", lambda text: f"# checked\n{text}")
    refused = opened.post(client)
    assert refused.status_code == 422
    assert (
        page(refused)
        .one(class_="error-summary")
        .text.endswith(
            "The tree has changed since you opened this page. "
            "Read the recommendation again, then save."
        )
    )
    again = form(refused)
    assert {"title": "Billing API", "author": "Team Blue"}.items() <= dict(again.fields).items()
    assert again.post(client).status_code == 303


def test_a_result_with_a_part_that_this_release_would_lose_is_not_read(client: Client) -> None:
    save(client)
    text = Content.objects.get(sha256=Recommendation.objects.get().result).text
    assert read_result(text).outcome == "jwt-hs256"
    more = json.dumps(json.loads(text) | {"later": "A part of a later release."})
    with pytest.raises(ValueError, match=r"^it holds more than a result of this release$"):
        read_result(more)


def test_the_form_asks_for_the_author_unless_single_sign_on_names_one() -> None:
    today = date(2026, 11, 28)
    assert list(SaveForm(today=today).fields) == [*FIELDS, "submission", "version"]
    assert "author" not in SaveForm(today=today, asks_author=False).fields


def test_a_record_of_another_format_says_which_one_this_release_reads(client: Client) -> None:
    path = save(client)
    Recommendation.objects.update(format=3)
    response = client.get(path)
    assert response.status_code == 501
    main = page(response).one("main")
    assert main.text.startswith(
        "This decision cannot be shown The decision is stored, but this release cannot show it. "
        "It is stored in format 3. This release reads formats 1 and 2."
    )
    record = Recommendation.objects.get()
    assert [line.text for line in main.all("li")][:4] == [
        f"Id: {record.id}",
        f"Saved on {record.saved_at.day} {record.saved_at:%B %Y}",
        f"Version of the tree: {record.version}",
        "Format: 3",
    ]


def test_a_page_says_when_a_decision_was_saved(client: Client) -> None:
    path = save(client)
    record = Recommendation.objects.get()
    for address in (path, "/r/"):
        (shown,) = page(client.get(address)).one("main").all("time")
        assert shown.text == f"{record.saved_at.day} {record.saved_at:%B %Y}"
        assert shown["datetime"] == record.saved_at.isoformat(timespec="seconds")


def test_ids_cannot_be_guessed_and_fit_their_columns(client: Client) -> None:
    ids = {new_id() for _ in range(20)} | {new_submission() for _ in range(20)}
    assert len(ids) == 40
    assert {len(id) for id in ids} == {22}
    save(client)
    assert Recommendation.objects.get().saved_at.microsecond % 1000 == 0

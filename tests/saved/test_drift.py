"""How a saved recommendation stands today, on its page."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from advisor import catalogue
from advisor.engine.walking.evaluate import Result, evaluate
from advisor.models import Content, Recommendation
from advisor.saved import drift_today, records
from advisor.saved.drift_words import drift_questions
from tests.support.html import Element, get, page
from tests.support.policies import policy
from tests.support.saving import FORMATS, save
from tests.support.site import NAME, RESULT, SAVE, STORAGE, TOKENS, Editable, has_a_way_on, swap

pytestmark = pytest.mark.django_db


def status_banner(client: Client, path: str) -> Element:
    return page(client.get(path)).one("aside", class_="status-banner")


def status(client: Client, path: str) -> str:
    return status_banner(client, path).one("h2").text.removeprefix("Today: ")


def saved_on() -> str:
    day = Recommendation.objects.order_by("saved_at")[0].saved_at
    return f"{day.day} {day:%B %Y}"


def points(banner: Element) -> list[str]:
    return [
        bullet.text
        for bullets in banner.all("ul", class_="bullets")
        for bullet in bullets.all("li")
    ]


RECOMMENDED, ALLOWED, CHANGED = (
    "Would the same answers get the same recommendation?",
    "Is the chosen token still allowed?",
    "Have its advice or code changed?",
)


def answered(banner: Element, question: str) -> str:
    """What the banner answers to one of its questions."""
    asked = banner.one("dl", class_="drift-questions").all("div")
    [answer] = [part.one("dd").text for part in asked if part.one("dt").text == question]
    return answer


def kept(change: Callable[[Result], Result]) -> None:
    """The saved result as if it had been another one."""
    record = Recommendation.objects.get()
    text = records.serialise(change(records.read_record(record).result))
    Content.objects.create(sha256=records.sha256_of(text), text=text)
    Recommendation.objects.update(result=records.sha256_of(text))


def test_it_is_current_right_after_saving(client: Client) -> None:
    shown = status_banner(client, save(client))
    assert "is-same" in shown["class"]
    assert shown.one("h2").text == f"Today: Advice unchanged since {saved_on()}"
    assert answered(shown, RECOMMENDED) == f"Yes: “{NAME}”."
    assert answered(shown, ALLOWED) == f"Yes: “{NAME}” can be chosen."
    assert answered(shown, CHANGED) == "No."
    assert "The tree has not changed since" in shown.text
    assert not shown.all("li")
    assert not shown.has(class_="since")


def test_it_stays_current_where_an_edit_does_not_touch_it(
    client: Client, editable: Editable
) -> None:
    path = save(client)
    editable.replace("tree.yaml", "title: Which token", "title: Which kind of token")
    shown = status_banner(client, path)
    assert "is-same" in shown["class"]
    assert "The tree has changed since" in shown.text
    assert shown.one("details").one("summary").text == "Other changes (1)"


def test_it_lists_changed_advice_with_the_words_of_then_and_of_today(
    client: Client, editable: Editable
) -> None:
    path = save(client)
    name = catalogue.loaded_trees()["tokens"].tree.document.outcomes["jwt-hs256"].name
    editable.replace("outcomes.yaml", f"name: {name}", "name: A signed token")
    shown = status_banner(client, path)
    assert "is-changed" in shown["class"]
    assert shown.one("h2").text == "Today: Same token, advice changed"
    told = "The advice has changed in 1 place. The code has not changed."
    assert answered(shown, CHANGED) == told
    [change] = shown.one("ul", class_="changes").all("li")
    assert change.text == (f"The name of what is recommended was “{name}” and is “A signed token”.")


def test_it_shows_a_long_text_of_then_beside_that_of_today(
    client: Client, editable: Editable
) -> None:
    path = save(client)
    before = catalogue.loaded_trees()["tokens"].tree.document.outcomes["jwt-hs256"].verdict
    editable.replace("outcomes.yaml", f"verdict: {before[:20]}", f"verdict: Now {before[:20]}")
    [change] = status_banner(client, path).one("ul", class_="changes").all("li")
    assert change.one("del").text == " ".join(before.split())
    assert change.one("ins").text == "Now " + " ".join(before.split())


def test_it_names_a_different_outcome_of_today_and_what_made_it(
    client: Client, editable: Editable
) -> None:
    path = save(client)
    swap(editable)
    shown = status_banner(client, path)
    assert "is-other" in shown["class"]
    assert shown.one("h2").text == "Today: A different token today"
    assert answered(shown, RECOMMENDED).startswith(
        f"No: “{NAME}” then, “Opaque session token” today."
    )
    assert answered(shown, ALLOWED) == f"Yes: “{NAME}” can be chosen."
    [cause, *_] = points(shown)
    assert cause.startswith(f"“{NAME}” is now an alternative:")
    assert page(client.get(shown.link("See today’s result for these answers"))).one("h1").text == (
        "Opaque session token"
    )


def test_it_names_the_answer_that_rules_out_what_was_recommended(client: Client) -> None:
    path = save(client)
    name = "JWT signed with a private key"
    kept(lambda result: replace(result, outcome="jwt-asymmetric", name=name))
    [cause, *_] = points(status_banner(client, path))
    assert cause.startswith(f"“One” (Services) now rules “{name}” out: A key pair")


def adopt(editable: Editable, policy: str) -> None:
    """Put an example policy in force."""
    shutil.copy(
        TOKENS.parent / "examples/policies" / f"{policy}.yaml", editable.folder / "policies"
    )
    catalogue.reload()


def test_it_names_the_policy_that_made_it_another(client: Client, editable: Editable) -> None:
    path = save(client)
    adopt(editable, "bank")
    shown = status_banner(client, path)
    assert "is-other" in shown["class"]
    [cause, *_] = points(shown)
    title = catalogue.loaded_trees()["tokens"].tree.policies["bank"].title
    assert cause.startswith(f"Policy “{title}”: ")
    assert f"instead of “{NAME}”." in cause


def test_it_says_which_value_a_policy_does_not_allow(client: Client, editable: Editable) -> None:
    answers = "revocation=no&services=many&confidential=no&team=runs-jwt"
    path = save(client, f"/tokens/save?{answers}&access-minutes=600")
    adopt(editable, "bank")
    shown = status_banner(client, path)
    assert shown.one("h2").text == "Today: Same token, advice changed"
    assert any("“600”: Enter a whole number from 1 to " in point for point in points(shown))


def test_it_says_which_question_is_open_and_leads_there(client: Client) -> None:
    path = save(client, f"{SAVE}&access-minutes=5")
    kept(lambda result: replace(result, trail=result.trail[:-1]))
    shown = status_banner(client, path)
    assert "is-gone" in shown["class"]
    assert shown.one("h2").text == "Today: Cannot be evaluated today"
    assert points(shown) == [
        "The tree now asks “What can the team take on?”, which was not asked then."
    ]
    response = get(client, shown.link("Answer the open questions"))
    assert response.status_code == 200
    assert page(response).one("h1").text == "What can the team take on?"


def test_it_leaves_out_an_answer_that_is_gone(client: Client) -> None:
    path = save(client)
    other = {"answer": "ours", "label": "We wrote our own"}
    kept(
        lambda result: replace(
            result, trail=(*result.trail[:-1], replace(result.trail[-1], **other))
        )
    )
    shown = status_banner(client, path)
    assert points(shown)[0].endswith("is no longer an answer to “What can the team take on?”")
    assert get(client, shown.link("Answer the open questions")).status_code == 200


def test_a_renamed_answer_with_the_same_words_is_the_same_answer(
    client: Client,
) -> None:
    path = save(client)
    kept(
        lambda result: replace(
            result, trail=(*result.trail[:-1], replace(result.trail[-1], answer="ours"))
        )
    )
    shown = status_banner(client, path)
    assert shown.one("h2").text == f"Today: Advice unchanged since {saved_on()}"
    label, ask = "Already runs JWT well", "What can the team take on?"
    renamed = f"The answer “{label}” to “{ask}” was renamed in the tree. Its words are the same."
    assert points(shown) == [renamed]
    assert "ours" not in shown.text
    assert "team=runs-jwt" in shown.link("See today’s result for these answers")


def test_it_says_that_its_tree_is_not_served_any_more(client: Client, settings: Settings) -> None:
    path = save(client)
    settings.ADVISOR_TREES = [str(STORAGE)]
    shown = status_banner(client, path)
    assert shown.one("h2").text == "Today: Cannot be evaluated today"
    title = records.read_record(Recommendation.objects.get()).result.tree
    assert points(shown) == [f"This site no longer serves the tree “{title}”."]
    assert answered(shown, RECOMMENDED).startswith("Nobody can tell.")
    told = "Nobody can tell, because these answers lead to no result today."
    assert answered(shown, ALLOWED) == answered(shown, CHANGED) == told
    assert not shown.all("a")


def test_it_goes_on_while_its_tree_is_broken(client: Client, editable: Editable) -> None:
    path = save(client)
    editable.replace("tree.yaml", "questions:", "question:")
    shown = status_banner(client, path)
    assert points(shown) == ["Somebody is editing the tree, and it has errors at the moment."]


# The config


def test_it_names_the_files_that_differ_today(client: Client, editable: Editable) -> None:
    path = save(client, f"{SAVE}&access-minutes=5")
    editable.replace("kits/jwt-hs256/tokens.py", "import base64\n", "# changed\nimport base64\n")
    (editable.folder / "kits/jwt-hs256/notes.md").write_text("New.\n")
    shown = status_banner(client, path)
    assert "is-changed" in shown["class"]
    assert shown.one("h2").text == f"Today: Advice unchanged since {saved_on()}, code changed"
    assert points(shown) == ["Changed files: tokens.py, README.md", "New files: notes.md"]
    again = save(client, f"{SAVE}&access-minutes=5")
    (editable.folder / "kits/jwt-hs256/notes.md").unlink()
    catalogue.reload()
    assert points(status_banner(client, again)) == [
        "Changed files: README.md",
        "Removed files: notes.md",
    ]


def test_it_shows_what_changed_in_a_file_then_and_today(client: Client, editable: Editable) -> None:
    path = save(client, f"{SAVE}&access-minutes=5")
    hostile = "# <b>&amp;</b>"
    editable.replace("kits/jwt-hs256/tokens.py", "import base64\n", f"{hostile}\nimport base64\n")
    first = status_banner(client, path).all("details", class_="diff")[0]
    assert first.one("summary").text.startswith("tokens.py (changed, ")
    assert "open" in first.attributes
    assert [line.text for line in first.all("span", class_="diff-added")] == [f"+{hostile}"]
    assert not first.all("span", class_="diff-removed")
    assert "import base64" in first.one("pre").text


def test_it_says_that_there_is_no_code_any_more(client: Client) -> None:
    save(client)
    loaded = catalogue.loaded_trees()["tokens"]
    record = Recommendation.objects.get()
    bundle = records.read_record(record)
    without = replace(loaded, kits={})
    assert drift_today.drift_of(record, bundle, loaded).config == drift_today.CodeDrift("same")
    gone = drift_today.drift_of(record, bundle, without)
    told = drift_questions(bundle.result, gone)[2].answer
    assert told == "The advice has not changed. There is no code any more."


def test_a_long_difference_is_cut_and_says_so(
    client: Client, editable: Editable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drift_today, "MAX_DIFF_LINES", 3)
    path = save(client)
    editable.replace("kits/jwt-hs256/tokens.py", "import base64\n", "# one\nimport base64\n")
    sentence = "The difference goes on. Compare the downloaded files to see all of it."
    first = status_banner(client, path).all("details", class_="diff")[0]
    assert sentence in first.text
    assert len(first.one("pre").all("span")) == 3
    monkeypatch.setattr(drift_today, "MAX_DIFF_LINES", 80)
    assert sentence not in status_banner(client, path).all("details", class_="diff")[0].text


def test_it_says_when_the_tree_changed_as_far_as_decisions_tell(
    client: Client, editable: Editable
) -> None:
    path = save(client)
    Recommendation.objects.update(saved_at=datetime(2026, 3, 2, tzinfo=UTC))
    editable.edit("cases.yaml", lambda text: f"# checked\n{text}")
    since = status_banner(client, path).one(class_="since").text
    assert since == "The version of then was last used for a decision on 2 March 2026."
    save(client)
    Recommendation.objects.exclude(pk=path.split("/")[2]).update(
        saved_at=datetime(2026, 4, 1, tzinfo=UTC)
    )
    assert status_banner(client, path).one(class_="since").text == (
        "The tree changed between 2 March 2026 and 1 April 2026: "
        "decisions were saved with both versions."
    )
    # A site that went back to an older version says nothing that it does not know.
    Recommendation.objects.filter(pk=path.split("/")[2]).update(
        saved_at=datetime(2026, 5, 1, tzinfo=UTC)
    )
    assert not status_banner(client, path).has(class_="since")


def test_it_says_which_value_the_config_does_not_take_today(
    client: Client, editable: Editable
) -> None:
    path = save(client, f"{SAVE}&access-minutes=600")
    editable.replace("parameters.yaml", "maximum: 1440", "maximum: 60")
    shown = status_banner(client, path)
    assert "is-changed" in shown["class"]
    [value] = points(shown)
    assert answered(shown, CHANGED).startswith(
        "The advice has not changed. The code cannot be written with these settings today."
    )
    assert value.endswith(", “600”: Enter a whole number from 1 to 60.")


# What a cache sees


def test_its_etag_changes_with_the_version_of_today(client: Client, editable: Editable) -> None:
    path = save(client)
    before = client.get(path)
    editable.edit("cases.yaml", lambda text: f"# checked\n{text}")
    after = client.get(path, headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert after["ETag"] != before["ETag"]


# All records at once


def test_each_result_is_evaluated_once(
    client: Client,
    editable: Editable,
    django_assert_num_queries: DjangoAssertNumQueries,
    tmp_path: Path,
) -> None:
    # A version of the tree that no other test has asked about.
    editable.edit("cases.yaml", lambda text: f"# {tmp_path}\n{text}")
    for _ in range(3):
        save(client)
    wanted = list(Recommendation.objects.values_list("tree", "result"))
    trees = catalogue.loaded_trees()
    with django_assert_num_queries(1):
        assert drift_today.drift_statuses(wanted, trees) == {wanted[0]: "current"}
    with django_assert_num_queries(0):
        assert drift_today.drift_statuses(wanted, trees) == {wanted[0]: "current"}


def test_all_statuses_are_those_of_the_pages(client: Client, editable: Editable) -> None:
    path = save(client)
    wanted = list(Recommendation.objects.values_list("tree", "result"))
    assert drift_today.drift_statuses(wanted, catalogue.loaded_trees()) == {wanted[0]: "current"}
    swap(editable)
    assert drift_today.drift_statuses(wanted, catalogue.loaded_trees()) == {wanted[0]: "outcome"}
    assert status(client, path) == "A different token today"
    assert drift_today.drift_statuses(wanted, {}) == {wanted[0]: "unanswerable"}


# Records that this release cannot show


def damage(change: str) -> str:
    """What the page says of a record that is no longer what was saved."""
    record = Recommendation.objects.get()
    match change:
        case "format":
            Recommendation.objects.update(format=3)
            return "It is stored in format 3. This release reads formats 1 and 2."
        case "no version":
            Recommendation.objects.update(version="")
            return "It does not record the version of its tree."
        case "missing":
            Content.objects.filter(pk=record.result).delete()
            return "A part of it is missing from the database."
        case "missing file":
            Content.objects.filter(pk=record.frameworks[0]["files"][0][1]).delete()
            return "A part of it is missing from the database."
        case "damaged":
            Content.objects.filter(pk=record.result).update(text="{}")
            return "A part of it is damaged in the database."
        case "ways":
            Recommendation.objects.update(frameworks=[{"id": "plain"}])
        case text:
            Content.objects.create(sha256=records.sha256_of(text), text=text)
            Recommendation.objects.update(result=records.sha256_of(text))
    return "It is stored in a form that this release cannot read."


DAMAGES = ["format", "no version", "missing", "missing file", "damaged", "ways", "{", "{}", "[]"]


@pytest.mark.parametrize("change", DAMAGES)
def test_a_record_that_cannot_be_shown_says_so(client: Client, change: str) -> None:
    path = save(client)
    why = damage(change)
    record = Recommendation.objects.get()
    for ending in FORMATS:
        response = client.get(path + ending)
        assert response.status_code == 501
        shown = page(response)
        assert shown.one("h1").text == "This decision cannot be shown"
        assert why in shown.text
        assert record.id in shown.text
        assert f"Version of the tree: {record.version or 'not recorded'}" in shown.text
        assert re.search(r"Saved on \d+ \w+ \d{4}", shown.text)
        assert has_a_way_on(shown)


def test_a_result_with_more_than_this_release_knows_is_not_shown_in_part(client: Client) -> None:
    path = save(client)
    record = Recommendation.objects.get()
    text = Content.objects.get(pk=record.result).text
    text = text[:-1] + ',"more":"of a later release"}'
    Content.objects.create(sha256=records.sha256_of(text), text=text)
    Recommendation.objects.update(result=records.sha256_of(text))
    assert client.get(path).status_code == 501


def test_other_records_are_shown_all_the_same(client: Client) -> None:
    broken, path = save(client), save(client)
    Recommendation.objects.filter(pk=broken.split("/")[2]).update(format=3)
    assert client.get(path).status_code == 200
    assert page(client.get(RESULT)).has("h1")


# A choice that is no longer allowed

CHOICE = "paseto-blocklist"
NOW = {"revocation": "now", "services": "one", "confidential": "no", "team": "invest"}


def save_choice(client: Client) -> str:
    """A decision for another outcome than the recommended one."""
    path = save(client, f"/tokens/save?{urlencode(NOW)}")
    chosen = evaluate(catalogue.loaded_trees()["tokens"].tree, NOW, CHOICE)
    assert isinstance(chosen, Result)
    kept(lambda _: chosen)
    return path


def forbid_choice(editable: Editable) -> None:
    rule = {"because": "No library.", "forbid": CHOICE, "use": "opaque-session"}
    (editable.folder / "policies").mkdir(exist_ok=True)
    (editable.folder / "policies" / "house.yaml").write_text(policy(no_paseto=rule))
    catalogue.reload()


def badge(client: Client, path: str) -> str:
    return client.get(f"{path}badge.svg").content.decode()


def test_a_choice_that_a_policy_forbids_today_is_no_longer_allowed(
    client: Client, editable: Editable
) -> None:
    path = save_choice(client)
    sentence = "cannot be chosen for these answers."
    assert sentence not in status_banner(client, path).text
    assert ">proposed, no longer allowed</text>" not in badge(client, path)
    forbid_choice(editable)
    shown = status_banner(client, path)
    name = catalogue.loaded_trees()["tokens"].tree.document.outcomes[CHOICE].name
    assert shown.one("h2").text == "Today: No longer allowed"
    assert answered(shown, ALLOWED).startswith(f"No: “{name}” {sentence} Policy “")
    told = "There is no advice and no code to compare, because it cannot be chosen."
    assert answered(shown, CHANGED) == told
    assert ">proposed, no longer allowed</text>" in badge(client, path)


def test_the_report_on_an_edit_counts_the_choices_that_it_forbids(
    client: Client, editable: Editable
) -> None:
    def report() -> str:
        out = StringIO()
        call_command("tree", "impact", stdout=out)
        return out.getvalue()

    save_choice(client)
    assert "no longer allowed" not in report()
    forbid_choice(editable)
    assert "1 saved decision: 1 whose choice is no longer allowed." in report()
    assert "What was chosen is no longer allowed: 1 of tokens" in report()

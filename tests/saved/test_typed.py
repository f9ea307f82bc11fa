"""What an author types beside title, context and author, and who is told that they see it."""

import io
import json
import zipfile
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from advisor import catalogue
from advisor.models import Recommendation
from advisor.saved.withdrawal import withdraw
from tests.support.deciding import PROXY, person
from tests.support.html import Form, form, page, pairs
from tests.support.saving import again, forget, save
from tests.support.site import SAVE, Editable, results

pytestmark = pytest.mark.django_db

CHOSEN = f"{SAVE}&choose=opaque-session"
TODAY = timezone.now().date()
NEXT_YEAR = (TODAY + timedelta(days=365)).isoformat()
TEXTS = {
    "title": "Billing API",
    "context": "We *must* decide.",
    "author": "Team Blue",
    "reason": "We run sessions already.",
    "decision_makers": "Ann, Bob",
    "consulted": "Security",
    "informed": "Support",
    "discussion": "https://git.example.org/pulls/7?a=b#c",
    "review_by": NEXT_YEAR,
}


def filled(client: Client, path: str = CHOSEN, **texts: str) -> Form:
    opened = form(client.get(path))
    for name, text in (TEXTS | texts).items():
        opened.set(name, text)
    return opened


def errors(client: Client, **texts: str) -> list[str]:
    """What the form says is wrong; then it must hold all that was typed."""
    refused = filled(client, **texts).post(client)
    assert refused.status_code == 422
    assert not Recommendation.objects.exists()
    kept = dict(form(refused).fields)
    assert {name: kept[name] for name in TEXTS} == TEXTS | texts
    return [link.text for link in page(refused).one(class_="error-summary").all("a")]


def test_everything_typed_is_kept_and_shown(client: Client) -> None:
    address = str(filled(client).post(client)["Location"])
    record = Recommendation.objects.get()
    assert {name: str(getattr(record, name)) for name in TEXTS} == TEXTS
    shown = page(client.get(address)).one("header", class_="record")
    for text in TEXTS.values():
        if text != NEXT_YEAR:
            assert text.replace("*", "") in shown.text
    link = shown.one("a", class_="discussion")
    assert (link["href"], link["rel"]) == (
        TEXTS["discussion"],
        "nofollow noopener noreferrer",
    )


def test_a_choice_other_than_the_recommendation_needs_a_reason(client: Client) -> None:
    assert errors(client, reason="") == ["Enter the reason for your choice."]


def test_every_outcome_can_be_chosen_saved_and_exported(client: Client) -> None:
    """Each from answers of its own; all pairs would take minutes."""
    outcomes = catalogue.loaded_trees()["tokens"].tree.document.outcomes
    others = list(results("tokens"))
    for number, (id, outcome) in enumerate(outcomes.items()):
        result = next(entry for entry in others[3 * number :] if entry.outcome != id)
        path = f"/tokens/save?{urlencode({**result.answers, 'choose': id})}"
        address = str(filled(client, path).post(client)["Location"])
        markdown = client.get(f"{address}recommendation.md").text
        assert f"Chosen option: “{outcome.name}”" in markdown
        assert f"Recommended: “{result.name}”" in markdown
        told = json.loads(client.get(f"{address}recommendation.json").content)["result"]
        assert (told["outcome"], told["departure"]["recommended"]["outcome"]) == (
            id,
            result.outcome,
        )
        badge = client.get(f"{address}badge.svg").content.decode()
        assert f"{outcome.name} instead of {result.name}" in badge
        with zipfile.ZipFile(io.BytesIO(client.get(f"{address}kit.zip").content)) as kit:
            readme = kit.read(f"{id}/README.md").decode()
        assert f"Chosen: {outcome.name}. Recommended: {result.name}." in " ".join(readme.split())


def test_the_recommendation_needs_no_reason(client: Client) -> None:
    assert not page(client.get(SAVE)).has("textarea", name="reason")
    client.post(SAVE, dict(form(client.get(SAVE)).fields) | {"title": "A", "author": "B"})
    assert Recommendation.objects.get().reason == ""


@pytest.mark.parametrize(
    "link",
    [
        "http://git.example.org/pulls/7",
        "javascript:alert(1)",
        "git.example.org/pulls/7",
        "//git.example.org",
        "https://",
        "https://ann:secret@git.example.org/",
        "https://ann@git.example.org/",
        "https://git.example.org/ pulls",
        "https://[::1",
        "data:text/html,hi",
    ],
)
def test_a_link_to_the_discussion_is_an_https_link(client: Client, link: str) -> None:
    assert errors(client, discussion=link) == [
        "Enter a link that begins with https://, without a user name or password."
    ]


@pytest.mark.parametrize(
    ("day", "message"),
    [
        (TODAY.isoformat(), "Enter a date in the future."),
        ("1999-12-31", "Enter a date in the future."),
        ("31.12.2099", "Enter a date such as 2027-06-30."),
        ("2099-02-30", "Enter a date such as 2027-06-30."),
        ("soon", "Enter a date such as 2027-06-30."),
    ],
)
def test_a_review_is_a_day_in_the_future(client: Client, day: str, message: str) -> None:
    assert errors(client, review_by=day) == [message]


def test_every_field_survives_an_error_in_another(client: Client) -> None:
    assert errors(client, title="") == ["Enter a title."]


def test_everything_typed_survives_an_edit_of_the_tree(client: Client, editable: Editable) -> None:
    opened = filled(client)
    editable.edit("cases.yaml", lambda text: f"# checked\n{text}")
    refused = opened.post(client)
    assert refused.status_code == 422
    kept = dict(form(refused).fields)
    assert {name: kept[name] for name in TEXTS} == TEXTS
    assert form(refused).post(client).status_code == 303


def test_everything_typed_survives_a_form_that_has_expired() -> None:
    strict = Client(enforce_csrf_checks=True)
    opened = filled(strict)
    strict.cookies.clear()
    refused = opened.post(strict)
    assert refused.status_code == 403
    assert not Recommendation.objects.exists()
    assert "Your form has expired" in page(refused).one(class_="error-summary").text
    kept = dict(form(refused).fields)
    assert {name: kept[name] for name in TEXTS} == TEXTS
    assert form(refused).post(strict).status_code == 303


def test_nothing_that_another_site_typed_is_shown() -> None:
    strict = Client(enforce_csrf_checks=True)
    refused = filled(strict).post(strict, {"Origin": "https://evil.example"})
    assert refused.status_code == 403
    assert not page(refused).all("form")


def test_optional_fields_are_open_where_they_hold_something(client: Client) -> None:
    closed = page(client.get(SAVE)).one("details", class_="more-fields")
    assert "open" not in closed.attributes
    refused = filled(client, title="").post(client)
    assert "open" in page(refused).one("details", class_="more-fields").attributes


def test_a_policy_suggests_when_to_review(client: Client, editable: Editable) -> None:
    policies = editable.folder / "policies"
    policies.mkdir(exist_ok=True)
    (policies / "house.yaml").write_text(
        "format: 1\ntitle: House rules\nowner: A\nreason: B\nreview-by: 2099-06-30\n"
        "sign-offs: 2\nrules:\n  a: {because: C, require: D}\n"
    )
    editable.edit("cases.yaml", lambda text: f"# checked\n{text}")
    hint = page(client.get(SAVE)).one(id="id_review_by_helptext").text
    assert "The policy “House rules” is reviewed by 2099-06-30." in hint
    save(client)
    assert Recommendation.objects.get().sign_offs == 2


# Who sees it


def audience(client: Client) -> str:
    return page(client.get(SAVE)).one("form").all("p", class_="aside")[0].text


LISTED = (
    "sees the title and the author in the list of saved decisions. "
    "A search finds the decision by words of its context, and opens all of it."
)


@pytest.mark.parametrize(
    ("access", "register", "told"),
    [
        (
            "open",
            True,
            f"Everybody who can open this site {LISTED}",
        ),
        ("open", False, "It is in no list. Everybody who has the link can read all of it."),
        (
            "proxy",
            True,
            f"Everybody who can sign in here {LISTED}",
        ),
        (
            "proxy",
            False,
            "It is in no list. Everybody who can sign in here and has the link can read all of it.",
        ),
    ],
)
def test_saving_says_who_sees_it(
    settings: Settings, access: str, told: str, *, register: bool
) -> None:
    settings.ADVISOR_ACCESS = access
    settings.ADVISOR_PROXY_ADDRESSES = [PROXY]
    settings.ADVISOR_REGISTER = register
    assert audience(person("ann")).endswith(told)


# Superseding


def test_a_decision_that_replaces_another_starts_from_its_texts(client: Client) -> None:
    address = str(filled(client).post(client)["Location"])
    forget(client)
    result = page(client.get(again(client, address)))
    opened = dict(form(client.get(result.link("Save as decision"))).fields)
    assert {name: opened[name] for name in TEXTS} == TEXTS


def test_a_review_that_is_over_is_not_taken_on(client: Client) -> None:
    address = save(client)
    Recommendation.objects.update(review_by=TODAY)
    result = page(client.get(again(client, address)))
    assert dict(form(client.get(result.link("Save as decision"))).fields)["review_by"] == ""


def test_nothing_of_a_withdrawn_decision_is_taken_on(client: Client) -> None:
    address = str(filled(client).post(client)["Location"])
    link = page(client.get(again(client, address))).link("Save as decision")
    withdraw(Recommendation.objects.get(), "It names a person.", "mia", timezone.now())
    opened = dict(form(client.get(link)).fields)
    assert {name: opened[name] for name in TEXTS} == dict.fromkeys(TEXTS, "")


# Back and Save again


def test_saving_the_same_again_from_a_form_opened_again_makes_no_second_record(
    client: Client,
) -> None:
    first = filled(client).post(client)
    opened = client.get(CHOSEN)
    notice = page(opened).one("p", class_="supersedes")
    assert notice.text.startswith("You have saved this already: Billing API.")
    assert notice.one("a")["href"] == first["Location"]
    assert filled(client).post(client)["Location"] == first["Location"]
    assert Recommendation.objects.count() == 1


@pytest.mark.parametrize("name", sorted(TEXTS.keys() - {"review_by", "discussion"}))
def test_other_texts_make_another_record_all_the_same(client: Client, name: str) -> None:
    first = filled(client).post(client)
    assert filled(client, **{name: "Other words"}).post(client)["Location"] != first["Location"]


def test_another_choice_with_the_same_texts_is_another_decision(client: Client) -> None:
    first = filled(client).post(client)
    path = f"{SAVE}&choose=paseto-public"
    assert not page(client.get(path)).has("p", class_="supersedes")
    assert filled(client, path).post(client)["Location"] != first["Location"]


def test_what_a_browser_remembers_goes_to_the_form_alone(client: Client) -> None:
    cookie = filled(client).post(client).cookies["saved"]
    assert cookie["path"] == "/tokens/save"
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Strict"


def test_a_forged_memory_is_forgotten(client: Client) -> None:
    filled(client).post(client)
    client.cookies["saved"] = Recommendation.objects.get().id
    assert not page(client.get(CHOSEN)).has("p", class_="supersedes")
    assert dict(pairs(CHOSEN))["choose"] == "opaque-session"


def test_the_form_asks_why_only_where_the_choice_departs(client: Client) -> None:
    why = "Why you do not take what is recommended. You can use Markdown."
    assert why in page(client.get(f"{SAVE}&choose=paseto-local")).one("form").text
    assert why not in page(client.get(SAVE)).one("form").text


def test_the_form_says_that_this_was_saved_already(client: Client) -> None:
    again = "If you save the same texts again, no second decision is made."
    assert again not in page(client.get(SAVE)).one("main").text
    form(client.get(SAVE)).fill(title="Billing API", author="Team Blue").post(client)
    assert again in page(client.get(SAVE)).one("main").text

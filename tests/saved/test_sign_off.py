"""A decision is accepted, rejected or deprecated behind single sign-on: /r/<id>/manage"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from pytest_django import Settings

from advisor.models import Event, Recommendation
from tests.support.deciding import PROXY, person, sign_off, status
from tests.support.html import form, page
from tests.support.saving import titles
from tests.support.site import SAVE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sso")]


@pytest.fixture
def sso(settings: Settings) -> None:
    """The site behind single sign-on."""
    settings.ADVISOR_ACCESS = "proxy"
    settings.ADVISOR_PROXY_ADDRESSES = [PROXY]


@pytest.fixture
def address(sso: None) -> str:  # noqa: ARG001 - its effect
    """A decision that Ann has saved."""
    ann = person("ann")
    return str(form(ann.get(SAVE)).fill(title="Billing API").post(ann)["Location"])


def reviews(client: Client, address: str) -> list[str]:
    shown = page(client.get(address)).all("ul", class_="reviews")
    return [item.text for part in shown for item in part.all("li")]


def told(client: Client, address: str) -> str:
    """What the page says instead of recording it."""
    return page(client.get(f"{address}manage")).one("p", class_="lede").text


def test_whoever_is_signed_in_accepts_it_in_their_own_words(address: str) -> None:
    bob = person("bob")
    assert status(bob, address) == "Proposed"
    sent = sign_off(bob, address, note="Fine, *revisit* in a year.").post(bob)
    assert (sent.status_code, sent["Location"]) == (303, address)
    assert status(bob, address) == "Accepted"
    event = Event.objects.get()
    day = f"{event.at.day} {event.at:%B %Y}"
    assert reviews(bob, address) == [
        f"Accepted by bob (signed in) on {day} Fine, revisit in a year."
    ]


def test_the_frozen_part_never_changes(address: str) -> None:
    before = Recommendation.objects.values().get()
    for name, kind in (("bob", "accepted"), ("carla", "deprecated")):
        signer = person(name)
        assert sign_off(signer, address, kind).post(signer).status_code == 303
    assert Recommendation.objects.values().get() == before


def test_the_author_cannot_accept_their_own_decision(address: str) -> None:
    ann = person("ann")
    refused = sign_off(ann, address, note="Looks good to me.").post(ann)
    assert refused.status_code == 422
    summary = page(refused).one(class_="error-summary").text
    assert "You are the author. Somebody else has to accept this decision." in summary
    assert dict(form(refused).fields)["note"] == "Looks good to me."
    assert not Event.objects.exists()


@pytest.mark.parametrize("name", ["ANN", "Ann", "ａｎｎ"])
def test_the_author_is_the_author_in_any_spelling(address: str, name: str) -> None:
    again = person(name.encode().decode("latin-1"))
    assert sign_off(again, address).post(again).status_code == 422
    assert not Event.objects.exists()


def test_the_author_may_reject_it(address: str) -> None:
    ann = person("ann")
    assert sign_off(ann, address, "rejected").post(ann).status_code == 303
    assert status(ann, address) == "Rejected"


def test_a_decision_that_has_ended_takes_no_more(address: str) -> None:
    bob = person("bob")
    sign_off(bob, address, "rejected").post(bob)
    assert told(bob, address) == (
        "This decision is rejected. Nothing more can be recorded about it."
    )
    assert "manage" not in page(bob.get(address)).one(class_="decision").text
    assert not page(bob.get(f"{address}manage")).all("form")


def test_only_an_accepted_decision_can_be_deprecated(address: str) -> None:
    bob = person("bob")
    form_ = sign_off(bob, address)
    assert [radio["value"] for radio in form_.element.all("input", type="radio")] == [
        "accepted",
        "rejected",
    ]
    form_.fields = [(name, "deprecated" if name == "kind" else v) for name, v in form_.fields]
    refused = form_.post(bob)
    assert refused.status_code == 422
    assert "This decision is proposed by now." in page(refused).one(class_="error-summary").text
    assert not Event.objects.exists()


def test_a_form_that_came_too_late_says_what_has_become_of_the_decision(address: str) -> None:
    bob, carla = person("bob"), person("carla")
    late = sign_off(carla, address, note="Much typing")
    sign_off(bob, address, "rejected").post(bob)
    refused = late.post(carla)
    assert refused.status_code == 422
    assert Event.objects.count() == 1


def test_what_nobody_offered_cannot_be_recorded(address: str) -> None:
    bob = person("bob")
    opened = sign_off(bob, address)
    opened.fields = [
        (name, "withdrawn" if name == "kind" else value) for name, value in opened.fields
    ]
    refused = opened.post(bob)
    assert refused.status_code == 422
    summary = page(refused).one(class_="error-summary").text
    assert "This can no longer be recorded." in summary
    assert not Event.objects.exists()


def test_the_form_says_who_has_accepted_and_that_it_is_for_ever(address: str) -> None:
    bob = person("bob")
    shown = page(bob.get(f"{address}manage")).one("form", class_="sign-off").text
    assert "Nobody has accepted it yet." in shown
    assert "It cannot be changed or deleted." in shown
    assert "Deprecate this decision: it is no longer recommended" not in shown

    sign_off(bob, address).post(bob)
    carla = person("carla")
    shown = page(carla.get(f"{address}manage")).one("form", class_="sign-off").text
    assert "Nobody has accepted it yet." not in shown
    assert "Deprecate this decision: it is no longer recommended" in shown


def test_nothing_chosen_is_an_error_and_keeps_the_note(address: str) -> None:
    bob = person("bob")
    refused = form(bob.get(f"{address}manage")).fill(note="Much typing").post(bob)
    assert refused.status_code == 422
    (link,) = page(refused).one(class_="error-summary").all("a")
    assert link.text == "Choose what was decided."
    assert page(refused).has(id=link["href"].removeprefix("#"))
    assert dict(form(refused).fields)["note"] == "Much typing"


# One event


def test_a_double_click_makes_one_event(address: str) -> None:
    bob = person("bob")
    opened = sign_off(bob, address)
    assert [opened.post(bob).status_code for _ in range(2)] == [303, 303]
    assert Event.objects.count() == 1


def test_a_lost_answer_is_repeated_after_the_status_has_moved_on(address: str) -> None:
    bob, carla = person("bob"), person("carla")
    opened = sign_off(bob, address)
    opened.post(bob)
    sign_off(carla, address, "deprecated").post(carla)
    assert opened.post(bob).status_code == 303
    assert Event.objects.count() == 2
    assert status(bob, address) == "Deprecated"


def test_one_person_accepts_once(address: str) -> None:
    bob = person("bob")
    Recommendation.objects.update(sign_offs=2)
    sign_off(bob, address).post(bob)
    refused = sign_off(bob, address, note="Again").post(bob)
    assert refused.status_code == 422
    assert "bob has accepted this decision already." in page(refused).one("main").text
    assert Event.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("names", [["bob"] * 6, ["bob", "carla", "dan", "eve", "fred", "gina"]])
def test_sign_offs_at_the_same_moment_make_one_event(address: str, names: list[str]) -> None:
    people = [person(name, hides_errors=True) for name in names]
    for signer in people:
        signer.get(f"{address}manage")
        User.objects.get_or_create(username=signer.defaults["HTTP_X_FORWARDED_USER"])
    opened = [sign_off(signer, address) for signer in people]
    gate = threading.Barrier(len(people))

    def send(number: int) -> int:
        gate.wait()
        try:
            return opened[number].post(people[number]).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(people)) as pool:
        answers = list(pool.map(send, range(len(people))))
    assert sorted(answers) == [303, *[422] * (len(people) - 1)]
    assert Event.objects.count() == 1
    assert status(people[0], address) == "Accepted"


def test_an_event_is_never_changed_or_deleted(address: str) -> None:
    bob = person("bob")
    sign_off(bob, address).post(bob)
    event = Event.objects.get()
    event.note = "Other words"
    for change in (event.save, lambda: Event.objects.update(note="x")):
        with pytest.raises(TypeError) as refused:
            change()
        assert str(refused.value) == "An event never changes."
    for change in (event.delete, Event.objects.all().delete):
        with pytest.raises(TypeError) as refused:
            change()
        assert str(refused.value) == "An event is never deleted."
    assert Event.objects.get().note == ""


# Spoofed


def test_past_the_proxy_nobody_signs_off(address: str) -> None:
    bob = person("bob")
    opened = sign_off(bob, address)
    for stranger in (person("bob", "10.0.0.6"), person("bob", "127.0.0.1"), person("")):
        assert opened.post(stranger).status_code == 403
        assert stranger.get(f"{address}manage").status_code == 403
    assert not Event.objects.exists()


def test_a_name_in_the_form_is_not_believed(address: str) -> None:
    bob = person("bob")
    opened = sign_off(bob, address)
    opened.fields += [("by", "carla"), ("identified", "on")]
    opened.post(bob)
    assert Event.objects.get().by == "bob"


def test_a_secret_signs_nothing_off_where_people_are_known(address: str) -> None:
    stranger = person("bob", "10.0.0.6")
    sent = stranger.post(f"{address}manage", {"kind": "accepted", "secret": "x", "by": "bob"})
    assert sent.status_code == 403


def test_another_site_cannot_sign_off_for_somebody(address: str) -> None:
    bob = person("bob", checks_tokens=True)
    assert sign_off(bob, address).post(bob, {"Origin": "https://evil.example"}).status_code == 403
    without = sign_off(bob, address)
    without.fields = [field for field in without.fields if field[0] != "csrfmiddlewaretoken"]
    assert without.post(bob).status_code == 403
    assert not Event.objects.exists()
    assert sign_off(bob, address).post(bob).status_code == 303


def test_an_inactive_account_signs_nothing_off(address: str) -> None:
    User.objects.create_user("bob", is_active=False)
    bob = person("bob")
    assert sign_off(bob, address).post(bob).status_code == 403
    assert not Event.objects.exists()


def test_a_form_of_one_decision_does_not_sign_off_another(address: str) -> None:
    ann, bob = person("ann"), person("bob")
    other = str(form(ann.get(SAVE)).fill(title="Other API").post(ann)["Location"])
    opened = sign_off(bob, address)
    opened.post(bob)
    opened.element.attributes["action"] = f"{other}manage"
    opened.post(bob)
    assert sorted(Event.objects.values_list("record_id", flat=True)) == sorted(
        path.split("/")[2] for path in (address, other)
    )


# How many


def test_as_many_must_accept_as_the_record_says(address: str) -> None:
    Recommendation.objects.update(sign_offs=2)
    bob, carla = person("bob"), person("carla")
    sign_off(bob, address).post(bob)
    assert status(bob, address) == "Proposed"
    assert "1 of 2 people have accepted it." in page(bob.get(address)).one(class_="decision").text
    sign_off(carla, address).post(carla)
    assert status(bob, address) == "Accepted"


def test_the_register_follows_the_status(address: str) -> None:
    bob = person("bob")
    sign_off(bob, address, "rejected").post(bob)
    assert titles(bob, "/r/?status=rejected") == ["Billing API"]
    assert titles(bob, "/r/?status=current") == []


def test_an_author_who_was_typed_binds_nobody(settings: Settings) -> None:
    settings.ADVISOR_ACCESS = "open"
    visitor = Client()
    filled = form(visitor.get(SAVE)).fill(title="Billing API", author="bob")
    path = str(filled.post(visitor)["Location"])
    settings.ADVISOR_ACCESS = "proxy"
    bob = person("bob")
    assert sign_off(bob, path).post(bob).status_code == 303

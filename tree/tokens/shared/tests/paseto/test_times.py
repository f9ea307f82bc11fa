"""Attacks on the times in a token, which are texts."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import tokens as kit
from by_hand import Issue, Verify, refuse
from forging import forge, good_claims
from times import claim, iso


@pytest.mark.parametrize(
    ("shift", "reason"), [(-kit.ACCESS_MINUTES * 60 - 31, "^expired$"), (60, "^not valid yet$")]
)
def test_it_refuses_a_token_outside_its_time(
    issue: Issue,
    verify: Verify,
    monkeypatch: pytest.MonkeyPatch,
    shift: int,
    reason: str,
) -> None:
    token = issue("user-1")
    at = datetime.now(UTC) - timedelta(seconds=shift)
    monkeypatch.setattr(kit, "now", lambda: at)
    refuse(token, verify, reason)


def test_it_knows_the_time_by_itself(verify: Verify) -> None:
    refuse(forge(payload=good_claims() | {"exp": iso(-31)}), verify, "expired")
    assert verify(forge(payload=good_claims() | {"exp": iso(-20)}))
    refuse(forge(payload=good_claims() | {"nbf": iso(60)}), verify, "not valid yet")


@pytest.mark.parametrize("opening", ["iat", "nbf"])
def test_a_token_opens_and_ends_to_the_second(
    verify: Verify, monkeypatch: pytest.MonkeyPatch, opening: str
) -> None:
    claims = good_claims() | {"exp": iso(300), opening: iso(100)}
    leeway, second = timedelta(seconds=kit.LEEWAY_SECONDS), timedelta(seconds=1)
    opens = datetime.fromisoformat(claims[opening]) - leeway
    ends = datetime.fromisoformat(claims["exp"]) + leeway
    for at in (opens, ends - second):
        monkeypatch.setattr(kit, "now", lambda at=at: at)
        assert verify(forge(payload=claims))
    for at, reason in ((opens - second, "^not valid yet$"), (ends, "^expired$")):
        monkeypatch.setattr(kit, "now", lambda at=at: at)
        refuse(forge(payload=claims), verify, reason)


def test_it_refuses_a_token_that_lives_longer_than_ours(verify: Verify) -> None:
    at, life = time.time(), kit.ACCESS_MINUTES * 60
    claims = good_claims() | {"iat": claim(at - 9)}
    assert verify(forge(payload=claims | {"exp": claim(at - 9 + life)}))
    refuse(forge(payload=claims | {"exp": claim(at - 8 + life)}), verify, "longer life")
    refuse(forge(payload=claims | {"exp": claim(at + 30 * 86400)}), verify, "longer life")


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_it_refuses_a_token_from_the_future(verify: Verify, name: str) -> None:
    refuse(forge(payload=good_claims() | {name: iso(60)}), verify, "not valid yet")
    assert verify(forge(payload=good_claims() | {name: iso(20)}))


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize(
    "value",
    [
        1999999999,
        1999999999.5,
        True,
        None,
        [],
        "",
        "1999999999",
        "tomorrow",
        "2030-01-01",
        "2030-01-01T00:00:00",
        "2030-01-01 00:00:00+00:00",
        "2030-13-01T00:00:00+00:00",
        "2030-01-01T00:00:00+00:00\n",
        "99999-01-01T00:00:00+00:00",
        "２０３０-01-01T00:00:00+00:00",
    ],
)
def test_it_refuses_a_time_that_is_not_iso_8601_in_utc(
    verify: Verify, name: str, value: Any
) -> None:
    refuse(forge(payload=good_claims() | {name: value}), verify, "a time that")


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
def test_it_refuses_the_right_time_as_a_number(verify: Verify, name: str) -> None:
    claims = good_claims()
    moment = datetime.fromisoformat(claims[name]).timestamp()
    for value in (int(moment), moment, str(int(moment))):
        refuse(forge(payload=claims | {name: value}), verify, "not ISO 8601")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("exp", "9999-12-31T23:59:59+00:00"),
        ("iat", "9999-12-31T23:59:59+00:00"),
        ("iat", "0001-01-01T00:00:00+00:00"),
    ],
)
def test_it_survives_a_time_at_the_end_of_the_calendar(
    verify: Verify, name: str, value: str
) -> None:
    refuse(forge(payload=good_claims() | {name: value}), verify)

"""Attacks on the JSON in a payload: what has two readings is refused.

What the issuer is given meets the same rules: a token that no service reads is not issued.
"""

import json
import time
from collections import OrderedDict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

import forging
from by_hand import Issue, Verify, refuse
from forging import forge, good_claims
from strict_json import read_object
from two_readings import WAYS, spoil


@pytest.mark.parametrize("way", WAYS)
def test_it_refuses_a_payload_with(verify: Verify, way: str) -> None:
    text = json.dumps(good_claims())
    assert verify(forge(payload=text.encode()))
    refuse(forge(payload=spoil(text)[way]), verify)


@pytest.mark.parametrize("name", sorted(good_claims()))
@pytest.mark.parametrize("last", [True, False])
def test_it_refuses_a_payload_that_names_twice(verify: Verify, name: str, last: bool) -> None:
    """The very same value, too: a payload has one reading only if each name stands once."""
    claims = good_claims()
    text, again = json.dumps(claims), json.dumps({name: claims[name]})
    refuse(
        forge(
            payload=(f"{text[:-1]}, {again[1:]}" if last else f"{again[:-1]}, {text[1:]}").encode()
        ),
        verify,
    )


@pytest.mark.parametrize("text", [b"[]", b"[1]", b'"a"', b"1", b"null", b"true", b"", b" "])
def test_it_reads_objects_alone(text: bytes) -> None:
    assert read_object(b'{"a": 1}') == {"a": 1}
    with pytest.raises(ValueError, match=r"object|value"):
        read_object(text)


REFUSED: dict[str, Any] = {
    "NaN": {"a": float("nan")},
    "Infinity": {"a": [float("inf")]},
    "half a character": {"a": "\ud800"},
    "half a character in a list": {"a": ["x", "\udc00x"]},
    "half a character in a name": {"\ud800": 1},
    "a number as name": {1: "a"},
    "None as name": {None: "a"},
    "True as name": {"a": {True: 1}},
    "a number beside the same text": {1: "a", "1": "b"},
    "bytes": {"a": b"x"},
    "a set": {"a": {1}},
    "a moment": {"a": datetime.now(UTC)},
    "a decimal": {"a": Decimal(1)},
    "a complex number": {"a": 1j},
    "an object": {"a": object()},
    "a number that no parser reads": {"a": 10**5000},
    "deep": {"a": [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]},
}


@pytest.mark.parametrize("which", REFUSED)
def test_it_issues_no_token_with(issue: Issue, which: str) -> None:
    with pytest.raises(ValueError, match=r"name|number|character|deep|JSON|digits"):
        issue("user-1", REFUSED[which])


def test_it_issues_no_token_with_a_list_in_itself(issue: Issue) -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(ValueError, match="deep"):
        issue("user-1", {"a": circle})


@pytest.mark.parametrize("claims", [["a"], "a", 7, [("a", 1, 2)]])
def test_it_issues_no_token_with_claims_that_are_no_mapping(issue: Issue, claims: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        issue("user-1", claims)


@pytest.mark.parametrize("subject", ["\ud800", "user-\udfff"])
def test_it_issues_no_token_for_half_a_character(issue: Issue, subject: str) -> None:
    with pytest.raises(ValueError, match="subject"):
        issue(subject)


def test_it_refuses_a_subject_with_half_a_character(verify: Verify) -> None:
    for name in forging.IDS:
        refuse(forge(payload=good_claims() | {name: "\ud800"}), verify)


@pytest.mark.parametrize(
    "nbf", [*(int(time.time()) + ahead for ahead in (60, 3600, 10**9)), "0", 1.5, True, None, [0]]
)
def test_it_issues_no_token_that_is_not_valid_yet(issue: Issue, verify: Verify, nbf: Any) -> None:
    """Either it refuses the claim, or it sets the time itself."""
    try:
        token = issue("user-1", {"nbf": nbf})
    except ValueError:
        return
    assert verify(token)


@pytest.mark.parametrize("claims", [None, {}, OrderedDict(a=1), {"a": [1, 2.5, None, True, "é𝄞"]}])
def test_it_issues_what_it_reads(issue: Issue, verify: Verify, claims: Any) -> None:
    read = verify(issue("user-1", claims))
    for name, value in (claims or {}).items():
        assert read[name] == value


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "jti", "iat", "exp"])
@pytest.mark.parametrize("value", ["x", 0, None, [], {}])
def test_it_sets_its_own_claims_whatever_it_is_given(
    issue: Issue, verify: Verify, name: str, value: Any
) -> None:
    assert verify(issue("user-1", {name: value}))[name] != value

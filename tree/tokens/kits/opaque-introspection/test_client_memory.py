"""Attacks on the memory of a service: it asks the issuer each time, unless it is told otherwise."""

import time
from collections.abc import Callable
from typing import Any

import pytest

import introspection_client as client
from samples import CALLERS

Counted = Callable[[int], client.Verify]
GOOD = {"active": True, "sub": "alice", "aud": ["x"]}


class Issuer:
    """Stands for the issuer: counts questions and says what it is told to say."""

    def __init__(self) -> None:
        self.count = 0
        self.answer: Any = GOOD | {"exp": int(time.time()) + 3600}

    def __call__(self, _: object) -> Any:
        self.count += 1
        return self.answer


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Issuer:
    issuer = Issuer()
    monkeypatch.setattr(client, "_ask", issuer)
    monkeypatch.setenv("INTROSPECTION_URL", "https://auth.example.com/introspect")
    monkeypatch.setenv("INTROSPECTION_SECRET", next(iter(CALLERS.values())))
    return issuer


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be moved."""
    passed = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: passed[0])
    return passed


def verifier(monkeypatch: pytest.MonkeyPatch, seconds: int) -> client.Verify:
    monkeypatch.setattr(client, "CACHE_SECONDS", seconds)
    return client.verifier()


def test_a_service_asks_each_time_as_the_kit_comes(issuer: Issuer) -> None:
    assert client.CACHE_SECONDS == 0
    verify = client.verifier()
    for _ in range(3):
        verify("A" * 43)
    assert issuer.count == 3


def test_a_service_remembers_for_as_long_as_it_is_told(
    monkeypatch: pytest.MonkeyPatch, issuer: Issuer, passed: list[float]
) -> None:
    verify = verifier(monkeypatch, 5)
    verify("A" * 43)
    issuer.answer = {"active": False}
    passed[0] += 4.9
    assert verify("A" * 43)["sub"] == "alice"
    with pytest.raises(client.InvalidToken):
        verify("B" * 43)
    passed[0] += 0.1
    with pytest.raises(client.InvalidToken):
        verify("A" * 43)


def test_the_time_counts_from_before_the_question(
    monkeypatch: pytest.MonkeyPatch, issuer: Issuer, passed: list[float]
) -> None:
    verify = verifier(monkeypatch, 5)

    def slow(_: object) -> Any:
        passed[0] += 3
        return issuer(_)

    monkeypatch.setattr(client, "_ask", slow)
    verify("A" * 43)
    passed[0] += 2
    verify("A" * 43)
    assert issuer.count == 2


def test_an_answer_is_not_remembered_past_the_end_of_its_token(
    monkeypatch: pytest.MonkeyPatch, issuer: Issuer
) -> None:
    verify = verifier(monkeypatch, 60)
    verify("A" * 43)
    later = issuer.answer["exp"]
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(client.StoreUnavailable):
        verify("A" * 43)


@pytest.mark.parametrize("seconds", [-1, 61, 3600])
def test_a_service_does_not_start_with_a_longer_time(
    monkeypatch: pytest.MonkeyPatch, issuer: Issuer, seconds: int
) -> None:
    with pytest.raises(client.ConfigurationError, match="0 to 60"):
        verifier(monkeypatch, seconds)
    assert issuer.count == 0


def test_a_service_remembers_only_so_many_and_forgets_the_oldest(
    monkeypatch: pytest.MonkeyPatch, issuer: Issuer, passed: list[float]
) -> None:
    monkeypatch.setattr(client, "MOST_ANSWERS", 3)
    verify = verifier(monkeypatch, 10)
    for letter in "ABC":
        verify(letter * 43)
    passed[0] += 10
    verify("A" * 43)  # anew, so that it is the latest
    verify("D" * 43)
    issuer.count = 0
    verify("A" * 43)
    verify("D" * 43)
    assert issuer.count == 0
    verify("E" * 43)
    verify("F" * 43)
    verify("A" * 43)
    assert issuer.count == 3


@pytest.mark.parametrize("answer", [{"active": False}, None, {}])
def test_a_service_remembers_no_refusal(
    monkeypatch: pytest.MonkeyPatch, issuer: Issuer, answer: Any
) -> None:
    verify, issuer.answer = verifier(monkeypatch, 10), answer
    for _ in range(2):
        with pytest.raises((client.InvalidToken, client.StoreUnavailable)):
            verify("A" * 43)
    assert issuer.count == 2


def test_what_a_caller_changes_is_not_remembered(
    monkeypatch: pytest.MonkeyPatch, issuer: Issuer
) -> None:
    verify = verifier(monkeypatch, 10)
    for _ in range(3):
        answer = verify("A" * 43)
        assert (answer["sub"], answer["aud"]) == ("alice", ["x"])
        issuer.answer = None
        answer["sub"] = "mallory"
        answer["aud"].append("admin")


def test_the_memory_holds_no_token(monkeypatch: pytest.MonkeyPatch, issuer: Issuer) -> None:
    verify = verifier(monkeypatch, 10)
    verify("A" * 43)
    held = [cell.cell_contents for cell in verify.__closure__ or ()]
    assert "A" * 43 not in str(held)
    assert "alice" in str(held)
    assert issuer.count == 1


@pytest.mark.parametrize("token", [None, 17, b"A" * 43, "A" * 44, "\ud800" * 43])
def test_what_is_no_token_is_refused_with_a_memory_too(
    monkeypatch: pytest.MonkeyPatch, issuer: Issuer, token: Any
) -> None:
    with pytest.raises(client.InvalidToken, match="shape"):
        verifier(monkeypatch, 10)(token)
    assert issuer.count == 0

"""Attacks on the memory of good answers: how long, how many, and what is never remembered."""

import secrets
from typing import Any

import pytest

import answer_memory
import tokens as kit
from sessions import ACTS, App


class Asked:
    """Stands for the store: counts questions, and knows all tokens but those that are revoked."""

    def __init__(self) -> None:
        self.count = 0
        self.revoked: set[object] = set()

    def __call__(self, token: str) -> dict[str, Any]:
        self.count += 1
        if token in self.revoked:
            raise kit.InvalidToken("revoked")
        return {"sub": token, "list": []}


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be moved."""
    passed = [1000.0]
    monkeypatch.setattr(answer_memory, "steady_seconds", lambda: passed[0])
    return passed


def test_without_a_memory_every_request_asks(app: App) -> None:
    """This is how the kit comes."""
    assert kit.CACHE_SECONDS == 0
    ask = Asked()
    assert answer_memory.remember(ask, 0) is ask
    token = app.issue("alice")
    assert app.verify(token)["sub"] == "alice"
    app.revoke(token)
    with pytest.raises(kit.InvalidToken):
        app.verify(token)


def test_a_verifier_remembers_for_as_long_as_the_constant_says(
    app: App, monkeypatch: pytest.MonkeyPatch, passed: list[float]
) -> None:
    monkeypatch.setattr(kit, "CACHE_SECONDS", 5)
    verify, token = kit.verifier(), app.issue("alice")
    answer = verify(token)
    app.revoke_all("alice")
    passed[0] += 4.9
    assert verify(token) == answer
    passed[0] += 0.1
    for _ in range(2):
        with pytest.raises(kit.InvalidToken):
            verify(token)


@pytest.mark.parametrize("seconds", [1, 60])
def test_an_answer_is_remembered_so_long_and_no_longer(passed: list[float], seconds: int) -> None:
    ask = Asked()
    verify = answer_memory.remember(ask, seconds)
    for part in (0, 0.5, 0.99):
        passed[0] = 1000 + part * seconds
        verify("a")
    assert ask.count == 1
    ask.revoked.add("a")
    passed[0] = 1000 + seconds
    with pytest.raises(kit.InvalidToken):
        verify("a")


def test_being_used_does_not_prolong_it(passed: list[float]) -> None:
    ask = Asked()
    verify = answer_memory.remember(ask, 10)
    for _ in range(40):
        verify("a")
        passed[0] += 1
    assert ask.count == 4


def test_the_time_counts_from_before_the_question(passed: list[float]) -> None:
    """A token may be revoked while the answer is on its way."""
    count = []

    def slow(_: str) -> dict[str, Any]:
        count.append(passed[0])
        passed[0] += 3
        return {"sub": "a"}

    verify = answer_memory.remember(slow, 5)
    verify("a")
    passed[0] += 2
    verify("a")
    assert len(count) == 2


@pytest.mark.parametrize("seconds", [-1, 61, 3600])
def test_it_takes_no_longer_time(app: App, monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    with pytest.raises(ValueError, match="0 to 60"):
        answer_memory.remember(app.verify, seconds)
    monkeypatch.setattr(kit, "CACHE_SECONDS", seconds)
    with pytest.raises(ValueError, match="0 to 60"):
        kit.verifier()


def test_it_remembers_only_so_many_and_forgets_the_oldest(
    monkeypatch: pytest.MonkeyPatch, passed: list[float]
) -> None:
    monkeypatch.setattr(answer_memory, "MOST_ANSWERS", 3)
    ask = Asked()
    verify = answer_memory.remember(ask, 10)
    for token in "abca":
        verify(token)
    assert ask.count == 3
    passed[0] += 10
    verify("a")  # anew, so that it is the latest
    verify("d")
    passed[0] += 1
    ask.count = 0
    verify("a")
    verify("d")
    assert ask.count == 0
    verify("e")
    verify("f")
    ask.count = 0
    verify("a")
    assert ask.count == 1


def test_a_refusal_is_not_remembered(passed: list[float]) -> None:
    ask = Asked()
    verify = answer_memory.remember(ask, 10)
    ask.revoked.add("a")
    for _ in range(3):
        with pytest.raises(kit.InvalidToken):
            verify("a")
    assert (ask.count, passed) == (3, [1000.0])
    ask.revoked.clear()
    assert verify("a")["sub"] == "a"


def test_no_answer_is_another_tokens(passed: list[float]) -> None:
    verify = answer_memory.remember(Asked(), 10)
    for token in ("a", "A", "a ", "", "é", "\N{FULLWIDTH LATIN SMALL LETTER A}", "a"):
        assert verify(token)["sub"] == token
    assert passed == [1000.0]


@pytest.mark.parametrize("token", [None, 17, b"a", ["a"], "a" * 101])
def test_what_is_no_token_is_asked_about_each_time(token: Any) -> None:
    count: list[object] = []

    def refuse(token: object) -> dict[str, Any]:
        count.append(token)
        raise kit.InvalidToken("no token")

    verify = answer_memory.remember(refuse, 10)
    for _ in range(2):
        with pytest.raises(kit.InvalidToken):
            verify(token)
    assert count == [token, token]


def test_what_a_caller_changes_is_not_remembered(passed: list[float]) -> None:
    verify = answer_memory.remember(Asked(), 10)
    for _ in range(3):
        answer = verify("a")
        assert answer == {"sub": "a", "list": []}
        answer["sub"] = "mallory"
        answer["list"].append("admin")
    assert passed == [1000.0]


def test_the_memory_holds_no_token() -> None:
    token = secrets.token_urlsafe(32)
    verify = answer_memory.remember(lambda _: {"sub": "a"}, 10)
    verify(token)
    held = [cell.cell_contents for cell in verify.__closure__ or ()]
    assert token not in str(held)
    assert "'sub': 'a'" in str(held)


def test_a_store_that_is_down_is_an_error_with_a_memory_too(
    nowhere: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit, "CACHE_SECONDS", 5)
    verify = answer_memory.remember(nowhere.verify, kit.CACHE_SECONDS)
    for _ in range(2):
        with pytest.raises(kit.StoreUnavailable):
            verify("A" * 43)
    assert "verify" in ACTS

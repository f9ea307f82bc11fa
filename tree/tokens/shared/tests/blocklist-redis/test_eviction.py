"""A Redis under memory pressure, with each of its policies: no revoked token comes back."""

import pytest

import forging
import tokens as kit
from redis_server import EVICTING, POLICIES, fill, redis_server

COUNT = 300


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in forging.environment().items():
        monkeypatch.setenv(name, value)


def outcomes(verify: object, tokens: list[str]) -> list[str]:
    """Return what becomes of each token."""
    assert callable(verify)
    found = []
    for token in tokens:
        try:
            verify(token)
            found.append("accepted")
        except (kit.InvalidToken, kit.StoreUnavailable) as error:
            found.append(type(error).__name__)
    return found


@pytest.mark.parametrize("policy", POLICIES)
def test_no_revoked_token_is_accepted_under_memory_pressure(
    monkeypatch: pytest.MonkeyPatch, policy: str
) -> None:
    """The policy changes while the kit runs, because none but `noeviction` lets it start."""
    with redis_server(monkeypatch) as server:
        issue, verify, revoker = kit.issuer(), kit.verifier(), kit.revoker()
        revoked = [issue("alice") for _ in range(COUNT)]
        live, ended = ([issue(user) for _ in range(20)] for user in ("alice", "bob"))
        for token in revoked:
            revoker.revoke(token)
        revoker.revoke_all("bob")
        server.config_set("maxmemory-policy", policy)
        fill(server)
        answers = outcomes(verify, [*revoked, *ended])
        assert answers.count("accepted") == 0
        if policy == "noeviction":
            assert set(answers) == {"InvalidToken"}
            assert set(outcomes(verify, live)) == {"accepted"}, "a full store is read"
        else:
            assert set(answers) == set(outcomes(verify, live)) == {"StoreUnavailable"}


@pytest.mark.parametrize("policy", EVICTING)
@pytest.mark.parametrize("start", [kit.issuer, kit.verifier, kit.revoker])
def test_nothing_starts_on_a_redis_that_evicts(
    monkeypatch: pytest.MonkeyPatch, start: object, policy: str
) -> None:
    assert callable(start)
    evicting = redis_server(monkeypatch, "--maxmemory-policy", policy)
    with evicting, pytest.raises(kit.UnfitStore, match=policy):
        start()


def test_a_full_store_lets_users_log_in_and_says_that_it_cannot_log_them_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with redis_server(monkeypatch) as server:
        issue, verify, revoker = kit.issuer(), kit.verifier(), kit.revoker()
        token = issue("alice")
        server.config_set("maxmemory", 1)
        with pytest.raises(kit.StoreUnavailable):
            revoker.revoke(token)
        with pytest.raises(kit.StoreUnavailable):
            revoker.revoke_all("alice")
        assert verify(token)
        assert verify(issue("alice", begun=issue.begin()))

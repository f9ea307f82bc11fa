"""Attacks on refresh tokens: used twice, stolen, raced, and kept after a logout."""

import contextlib
import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
import redis

import families
import tokens as kit
from by_hand import LIFE, Clock, Verify, b64, refuse
from forging import OURS, STRANGER
from pem import pem
from redis_corner import NOWHERE, corner, dump, reached, silent


@dataclass(frozen=True)
class App:
    """The issuer's side, with a look into its store."""

    server: redis.Redis
    issuer: kit.Issuer
    revoke: Callable[[str], None]
    revoke_all: Callable[[str], int]

    def log_in(self, subject: str = "alice") -> str:
        return str(self.issuer.log_in(subject, "web").refresh)


def start() -> App:
    revoker = kit.revoker()
    server = families.connect(kit.STORE_URL)
    return App(server, kit.issuer(), revoker.revoke, revoker.revoke_all)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """With the times that the tests expect."""
    monkeypatch.setattr(kit, "REFRESH_IDLE_DAYS", 7)
    monkeypatch.setattr(kit, "REFRESH_ABSOLUTE_DAYS", 30)
    monkeypatch.setattr(kit, "GRACE_SECONDS", 10)
    with corner(families, kit.STORE_URL, monkeypatch):
        yield start()


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> App:
    """With a store that refuses connections."""
    with monkeypatch.context() as patch:
        patch.setenv("REDIS_URL", NOWHERE)
        return start()


def refresh(app: App, token: str, client: str = "web") -> str:
    pair = app.issuer.refresh(token, client)
    assert kit.verifier()(pair.access)["sub"] == "alice"
    assert pair.refresh is not None
    return pair.refresh


def cannot_refresh(app: App, token: Any, why: str = ".", client: str = "web") -> None:
    with pytest.raises(kit.InvalidToken, match=why) as refusal:
        app.issuer.refresh(token, client)
    assert not token or str(token) not in str(refusal.value)


def family_of(token: str) -> str:
    handle = token.partition(".")[0]
    return f"{families.PREFIX}family:{hashlib.sha256(handle.encode()).hexdigest()}"


def test_the_claims_name_the_login(app: App) -> None:
    first, other = (app.issuer.log_in("alice", "web") for _ in range(2))
    renewed = app.issuer.refresh(str(first.refresh), "web")
    sids = [kit.verifier()(tokens.access)["sid"] for tokens in (first, renewed, other)]
    assert sids[0] == sids[1] != sids[2]


def test_a_pair_of_tokens_does_not_print_itself(app: App) -> None:
    pair = app.issuer.log_in("alice", "web")
    assert pair.access not in f"{pair} {pair!r}"
    assert str(pair.refresh) not in f"{pair} {pair!r}"


@pytest.mark.parametrize(("subject", "client"), [("", "web"), ("alice", ""), (7, "web"), ("a", 7)])
def test_nobody_logs_in_without_a_subject_and_a_client(app: App, subject: Any, client: Any) -> None:
    with pytest.raises(ValueError, match="subject and a client"):
        app.issuer.log_in(subject, client)
    assert dump(families, app.server) == ""


def test_a_token_without_a_login_is_an_access_token_like_others(app: App, verify: Verify) -> None:
    """Nothing is kept of it, so nothing can renew it; no two of them share a sid."""
    tokens = [app.issuer("alice", {"sid": "chosen"}) for _ in range(2)]
    assert len({verify(token)["sid"] for token in tokens} - {"chosen"}) == 2
    assert dump(families, app.server) == ""


def test_each_refresh_gives_a_new_pair(app: App) -> None:
    tokens = [app.log_in()]
    for _ in range(5):
        tokens.append(refresh(app, tokens[-1]))
    assert len(set(tokens)) == 6


def test_the_store_holds_no_refresh_token(app: App) -> None:
    token = app.log_in()
    for secret in [*token.split("."), *refresh(app, token).split(".")]:
        assert secret not in dump(families, app.server)
        assert hashlib.sha256(secret.encode()).hexdigest() in dump(families, app.server)


def test_it_refuses_what_stands_in_the_store(app: App) -> None:
    token = app.log_in()
    digests = [hashlib.sha256(part.encode()).digest() for part in token.split(".")]
    cannot_refresh(app, ".".join(digest.hex() for digest in digests), "shape")
    cannot_refresh(app, ".".join(digest.hex()[:43] for digest in digests), "unknown")
    cannot_refresh(app, ".".join(map(b64, digests)), "unknown")
    refresh(app, token)


def test_it_refuses_an_unknown_token_and_harms_nobody(app: App) -> None:
    token = app.log_in()
    stranger = f"{secrets.token_urlsafe(32)}.{token.partition('.')[2]}"
    cannot_refresh(app, stranger, "unknown")
    refresh(app, token)


def test_nobody_can_end_a_login_with_what_its_access_token_says(app: App) -> None:
    tokens = app.issuer.log_in("alice", "web")
    sid = kit.verifier()(tokens.access)["sid"]
    for handle in (sid[:43], b64(bytes.fromhex(sid))):
        cannot_refresh(app, f"{handle}.{secrets.token_urlsafe(32)}", "unknown")
        app.revoke(f"{handle}.{secrets.token_urlsafe(32)}")
    refresh(app, str(tokens.refresh))


def test_within_the_grace_the_previous_token_gives_an_access_token_alone(
    app: App, clock: Clock
) -> None:
    first = app.log_in()
    second = refresh(app, first)
    clock.at += kit.GRACE_SECONDS - 1
    for _ in range(2):
        tokens = app.issuer.refresh(first, "web")
        assert kit.verifier()(tokens.access)["sub"] == "alice"
        assert tokens.refresh is None
    refresh(app, second)


def test_using_the_grace_does_not_prolong_it(app: App, clock: Clock) -> None:
    first = app.log_in()
    refresh(app, first)
    clock.at += kit.GRACE_SECONDS - 1
    app.issuer.refresh(first, "web")
    clock.at += 1
    cannot_refresh(app, first, "used before")


def test_after_the_grace_the_previous_token_ends_the_login_and_its_successor(
    app: App, clock: Clock
) -> None:
    first = app.log_in()
    second = refresh(app, first)
    clock.at += kit.GRACE_SECONDS
    cannot_refresh(app, first, "used before")
    cannot_refresh(app, second, "unknown")
    cannot_refresh(app, first, "unknown")


@pytest.mark.usefixtures("clock")
def test_an_older_token_ends_the_login_even_within_the_grace(app: App) -> None:
    first = app.log_in()
    second = refresh(app, first)
    third = refresh(app, second)
    cannot_refresh(app, first, "used before")
    for token in (second, third):
        cannot_refresh(app, token, "unknown")


def test_a_thief_who_refreshes_first_loses_it_when_the_owner_comes(app: App, clock: Clock) -> None:
    stolen = app.log_in()
    thief = refresh(app, stolen)
    clock.at += 3600
    thief = str(app.issuer.refresh(thief, "web").refresh)
    cannot_refresh(app, stolen, "used before")
    cannot_refresh(app, thief, "unknown")


def test_other_logins_of_the_user_survive_a_reuse(app: App, clock: Clock) -> None:
    laptop, phone = app.log_in(), app.log_in()
    refresh(app, laptop)
    clock.at += kit.GRACE_SECONDS
    cannot_refresh(app, laptop, "used before")
    refresh(app, phone)


@pytest.mark.parametrize("client", ["mobile", "", "Web", "web ", "web\n"])
def test_another_client_is_refused_and_changes_nothing(app: App, client: str) -> None:
    first = app.log_in()
    cannot_refresh(app, first, "another client", client)
    second = refresh(app, first)
    cannot_refresh(app, first, "another client", client)
    refresh(app, second)


@pytest.mark.parametrize("racers", [2, 16])
def test_of_many_simultaneous_refreshes_one_gets_a_new_token(app: App, racers: int) -> None:
    for _ in range(5):
        token = app.log_in()
        ready, outcomes = threading.Barrier(racers), list[kit.Tokens]()

        def race(token: str = token, ready: Any = ready, outcomes: Any = outcomes) -> None:
            ready.wait()
            outcomes.append(app.issuer.refresh(token, "web"))

        threads = [threading.Thread(target=race) for _ in range(racers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(outcomes) == racers, "the others get an access token, not an error"
        winners = [tokens.refresh for tokens in outcomes if tokens.refresh is not None]
        assert len(winners) == 1
        refresh(app, winners[0])


def test_logout_ends_this_login_alone(app: App) -> None:
    laptop, phone = app.log_in(), app.log_in()
    app.revoke(laptop)
    cannot_refresh(app, laptop, "unknown")
    app.revoke(laptop)
    refresh(app, phone)


def test_logout_with_an_older_token_ends_the_login_too(app: App) -> None:
    first = app.log_in()
    second = refresh(app, first)
    app.revoke(first)
    for token in (first, second):
        cannot_refresh(app, token, "unknown")


def test_logout_does_not_end_the_access_tokens_that_are_out(
    app: App, verify: Verify, clock: Clock
) -> None:
    """The price of services that ask nobody; README.md says so."""
    pair = app.issuer.log_in("alice", "web")
    app.revoke(str(pair.refresh))
    app.revoke_all("alice")
    clock.at += LIFE - 1
    assert verify(pair.access)["sub"] == "alice"
    clock.at += 1
    refuse(pair.access, verify, "ExpiredSignature")


def test_logout_needs_a_refresh_token(app: App) -> None:
    pair = app.issuer.log_in("alice", "web")
    app.revoke(pair.access)
    refresh(app, str(pair.refresh))


def test_it_ends_all_logins_of_the_user_and_no_others(app: App) -> None:
    """What follows a changed password, a disabled account, or "log out everywhere"."""
    first, phone = app.log_in(), app.log_in()
    second = refresh(app, first)
    other = str(app.issuer.log_in("alice2", "web").refresh)
    assert app.revoke_all("alice") == 2
    for token in (first, second, phone):
        cannot_refresh(app, token, "unknown")
    assert app.issuer.refresh(other, "web").refresh
    refresh(app, app.log_in())


def test_log_out_everywhere_finds_logins_opened_at_that_moment(app: App) -> None:
    """Whatever was opened before the last call is ended: none is alive and unlisted."""
    opened: list[str] = []

    def log_in_often() -> None:
        opened.extend(app.log_in() for _ in range(50))

    threads = [threading.Thread(target=log_in_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        app.revoke_all("alice")
    app.revoke_all("alice")
    assert len(opened) == 200
    assert "family" not in dump(families, app.server)
    for token in opened:
        cannot_refresh(app, token, "unknown")


def test_no_refresh_brings_an_ended_login_back(app: App) -> None:
    """Refreshes run while the user is logged out everywhere; afterwards nothing is left."""
    for _ in range(5):
        tokens = [app.log_in() for _ in range(8)]
        ready, renewed = threading.Barrier(9), list[str]()

        def race(token: str, ready: Any = ready, renewed: Any = renewed) -> None:
            ready.wait()
            with contextlib.suppress(kit.InvalidToken):
                for _ in range(50):
                    token = refresh(app, token)
                    renewed.append(token)

        threads = [threading.Thread(target=race, args=[token]) for token in tokens]
        for thread in threads:
            thread.start()
        ready.wait()
        app.revoke_all("alice")
        for thread in threads:
            thread.join()
        assert "family" not in dump(families, app.server)
        for token in tokens + renewed:
            cannot_refresh(app, token, "unknown")


def test_a_login_ends_after_the_idle_limit(app: App, clock: Clock) -> None:
    token = app.log_in()
    clock.at += kit.REFRESH_IDLE_DAYS * 86400
    cannot_refresh(app, token, "expired")
    clock.at -= kit.REFRESH_IDLE_DAYS * 86400
    cannot_refresh(app, token, "unknown")  # gone for good, not merely refused


def test_a_login_ends_after_the_absolute_limit_despite_refreshes(app: App, clock: Clock) -> None:
    token, end = app.log_in(), clock.at + kit.REFRESH_ABSOLUTE_DAYS * 86400
    for moment in [*range(clock.at + 86400, end, 86400), end - 1]:
        clock.at = moment
        token = refresh(app, token)
    clock.at = end
    cannot_refresh(app, token, "expired")


def test_redis_itself_forgets_by_both_limits(app: App, clock: Clock) -> None:
    token, end = app.log_in(), clock.at + kit.REFRESH_ABSOLUTE_DAYS * 86400
    family, idle = family_of(token), kit.REFRESH_IDLE_DAYS * 86400
    assert idle - 5 <= app.server.ttl(family) <= idle
    app.server.expire(family, 7)
    token = refresh(app, token)
    assert idle - 5 <= app.server.ttl(family) <= idle
    clock.at = end - 100
    app.server.hset(family, "used", clock.at)
    app.issuer.refresh(token, "web")
    assert 95 <= app.server.ttl(family) <= 100


def test_the_index_lists_only_logins_that_can_be_alive(app: App, clock: Clock) -> None:
    app.log_in()
    clock.at += kit.REFRESH_ABSOLUTE_DAYS * 86400
    app.log_in()
    assert app.server.zcard(families._index("alice")) == 1
    assert 0 < app.server.ttl(families._index("alice")) <= kit.REFRESH_ABSOLUTE_DAYS * 86400


def test_neither_token_passes_for_the_other(app: App, verify: Verify) -> None:
    tokens = app.issuer.log_in("alice", "web")
    refuse(tokens.refresh, verify)
    refuse(f"{tokens.refresh}.{secrets.token_urlsafe(32)}", verify)
    cannot_refresh(app, tokens.access, "shape")
    cannot_refresh(app, tokens.access.rpartition(".")[0], "shape")


# What becomes of a good token.
MISSHAPEN: dict[str, Callable[[str], Any]] = {
    "empty": lambda _: "",
    "none": lambda _: None,
    "a number": lambda _: 7,
    "bytes": lambda token: token.encode(),
    "a list": lambda token: [token],
    "cut": lambda token: token[:-1],
    "cut in front": lambda token: token[1:],
    "a line break behind": lambda token: token + "\n",
    "padded": lambda token: token + "=",
    "too long by 1": lambda token: token + "A",
    "no dot": lambda token: token.replace(".", ""),
    "two dots": lambda token: token.replace(".", ".."),
    "the first half": lambda token: token.partition(".")[0],
    "the second half": lambda token: token.partition(".")[2],
    "é in front": lambda token: "é" + token[1:],
    "half a character": lambda token: "\ud800" + token[1:],
    "a zero byte": lambda token: token[:-1] + "\x00",
    "long": lambda token: token * 100_000,
}


@pytest.mark.parametrize("misshape", MISSHAPEN)
def test_it_refuses_any_other_shape_unasked_and_harms_nobody(
    app: App, nowhere: App, misshape: str
) -> None:
    token = app.log_in()
    cannot_refresh(
        nowhere, MISSHAPEN[misshape](token), "shape"
    )  # a look-up would raise StoreUnavailable
    nowhere.revoke(MISSHAPEN[misshape](token))
    refresh(app, token)


def test_the_cookie_is_out_of_reach_of_scripts_and_other_hosts() -> None:
    name, *attributes = kit.set_cookie("TOKEN").split("; ")
    assert name == f"{kit.REFRESH_COOKIE_NAME}=TOKEN"
    age = f"Max-Age={kit.REFRESH_IDLE_DAYS * 86400}"
    assert sorted(attributes) == ["HttpOnly", age, "Path=/", "SameSite=Lax", "Secure"]
    assert kit.REFRESH_COOKIE_NAME.startswith("__Host-")


def test_logout_clears_the_same_cookie() -> None:
    name, *attributes = kit.clear_cookie().split("; ")
    assert name == f"{kit.REFRESH_COOKIE_NAME}="
    assert sorted(attributes) == ["HttpOnly", "Max-Age=0", "Path=/", "SameSite=Lax", "Secure"]


ACTS: dict[str, Callable[[App], object]] = {
    "log_in": lambda app: app.log_in(),
    "refresh": lambda app: app.issuer.refresh(f"{'A' * 43}.{'B' * 43}", "web"),
    "revoke": lambda app: app.revoke(f"{'A' * 43}.{'B' * 43}"),
    "revoke_all": lambda app: app.revoke_all("alice"),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_store_that_is_down_is_an_error_and_issues_nothing(nowhere: App, act: str) -> None:
    with pytest.raises(kit.StoreUnavailable):
        ACTS[act](nowhere)


def test_a_store_that_is_silent_is_an_error_too_and_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes connections and then says nothing. All at once, to wait for it only once."""
    with silent() as url, ThreadPoolExecutor() as threads:
        monkeypatch.setenv("REDIS_URL", url)
        began, app = time.monotonic(), start()
        for act in [threads.submit(act, app) for act in ACTS.values()]:
            assert isinstance(act.exception(), kit.StoreUnavailable)
        assert time.monotonic() - began < 4


def test_a_login_outlives_a_change_of_keys(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    before = app.issuer.log_in("alice", "web")
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(STRANGER))
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(OURS.public_key()) + pem(STRANGER.public_key()))
    after = kit.issuer().refresh(str(before.refresh), "web")
    assert kit.verifier()(before.access)["sid"] == kit.verifier()(after.access)["sid"]
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(STRANGER.public_key()))
    refuse(before.access, kit.verifier(), "unknown kid")
    assert kit.verifier()(after.access)


def test_access_tokens_are_checked_without_the_store(nowhere: App, verify: Verify) -> None:
    assert verify(nowhere.issuer("alice"))["sub"] == "alice"


@pytest.mark.parametrize("url", [None, "redis://127.0.0.1:7/3"])
def test_the_environment_wins_over_the_constant(
    monkeypatch: pytest.MonkeyPatch, url: str | None
) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    if url is not None:
        monkeypatch.setenv("REDIS_URL", url)
    assert reached(families, "redis://127.0.0.1:5/2") == ((5, 2) if url is None else (7, 3))


def test_a_damaged_login_is_an_error_and_issues_nothing(app: App) -> None:
    token = app.log_in()
    app.server.hdel(family_of(token), "ends")
    with pytest.raises(kit.StoreUnavailable):
        app.issuer.refresh(token, "web")

"""Attacks on the blocklist: what is revoked stays so, whatever becomes of token and store."""

import time
from collections.abc import Callable, Iterator

import pytest

import forging
import samples
import store
import times
import tokens as kit
from blocklist_corner import BROKEN, DAMAGED, VARIABLE, Corner
from by_hand import LIFE, Verify, other_spellings, refuse
from forging import STRANGER, forge, good_claims
from pem import pem


def issue_at(at: float, monkeypatch: pytest.MonkeyPatch) -> str:
    with monkeypatch.context() as patch:
        patch.setattr(kit, "now", lambda: times.reading(at))
        return kit.issuer()("alice")


@pytest.fixture
def token() -> str:
    return kit.issuer()("alice")


def test_a_revoked_token_is_refused_and_others_live_on(
    token: str, verify: Verify, revoker: kit.Revoker
) -> None:
    other = kit.issuer()("alice")
    assert verify(token)
    for _ in range(2):
        revoker.revoke(token)
        refuse(token, verify, "^revoked$")
    assert verify(other)["sub"] == "alice"


def test_every_service_asks_the_same_blocklist(token: str, revoker: kit.Revoker) -> None:
    services = [kit.verifier() for _ in range(3)]
    revoker.revoke(token)
    for verify in services:
        refuse(token, verify, "^revoked$")


def test_no_other_spelling_escapes_the_blocklist(verify: Verify, revoker: kit.Revoker) -> None:
    # One of three lengths in a row has bits to spare in its last character.
    made = (forge(payload=good_claims() | {"pad": "x" * length}) for length in range(3))
    token = next(token for token in made if other_spellings(token))
    revoker.revoke(token)
    spellings = [token + "=", token + "==", token.replace(".", "=.", 1), token + "\n"]
    spellings += [token[:9] + "!" + token[9:], token[:20] + "!!!!" + token[20:]]
    for spelling in [*spellings, *other_spellings(token)]:
        refuse(spelling, verify, "canonical|base64url|not v4")
    refuse(token, verify, "^revoked$")


def test_a_token_signed_anew_with_a_revoked_id_stays_revoked(
    token: str, verify: Verify, revoker: kit.Revoker
) -> None:
    claims = verify(token)
    revoker.revoke(token)
    refuse(forge(payload=claims | {"scope": "all"}), verify, "^revoked$")


def test_only_a_genuine_token_makes_an_entry(
    token: str, verify: Verify, revoker: kit.Revoker, kept: Corner
) -> None:
    claims = verify(token)
    before = kept.names()
    for forged in (*forging.by_a_stranger(claims), samples.forged(), token + "=", ""):
        with pytest.raises(kit.InvalidToken):
            revoker.revoke(forged)
    assert kept.names() == before
    assert verify(token) == claims


def test_revoking_an_expired_token_is_quiet_and_keeps_nothing(
    revoker: kit.Revoker, kept: Corner
) -> None:
    before = kept.names()
    ended = good_claims() | {"exp": times.claim(time.time() - LIFE)}
    revoker.revoke(forge(payload=ended))
    assert kept.names() == before
    for forged in forging.by_a_stranger(ended):
        with pytest.raises(kit.InvalidToken):
            revoker.revoke(forged)


@pytest.mark.parametrize("kind", ["true", "a fraction", "a text", "a list", "below 0", "nothing"])
def test_it_refuses_a_stamp_that_is(verify: Verify, kind: str) -> None:
    good = good_claims()
    now = good["begun"]
    spoiled = {"true": True, "a fraction": float(now), "a text": str(now), "a list": [now]}
    spoiled |= {"below 0": -now, "nothing": None}
    assert verify(forge(payload=good))
    refuse(forge(payload=good | {"begun": spoiled[kind]}), verify)


def test_a_revoker_with_a_dropped_key_ends_no_token_and_says_so(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    ((_, public),) = forging.PAIRS
    monkeypatch.setenv(public, pem(STRANGER.public_key()))
    with pytest.raises(kit.InvalidToken, match=forging.UNKNOWN_KEY):
        kit.revoker().revoke(token)


def test_the_same_id_of_another_issuer_is_another_entry() -> None:
    pairs = [("a", "b"), ("c", "b"), ("a", "c"), ("a:b", "c"), ("a", "b:c")]
    pairs += [('a","b', "c"), ("a", 'b","c')]
    assert len({store._entry(iss, jti) for iss, jti in pairs}) == len(pairs)


@pytest.mark.parametrize("age", [0, LIFE - 10])
def test_an_entry_outlives_the_token(
    monkeypatch: pytest.MonkeyPatch,
    verify: Verify,
    revoker: kit.Revoker,
    kept: Corner,
    age: int,
) -> None:
    issued = int(time.time()) - age
    token = issue_at(issued, monkeypatch)
    claims = verify(token)
    revoker.revoke(token)
    left = kept.left_of_token(claims["iss"], claims["jti"])
    ends = issued + LIFE - time.time()
    assert ends < ends + store.MARGIN - 5 <= left <= ends + store.MARGIN + 5


def test_a_store_that_lost_its_data_brings_no_revoked_token_back(
    monkeypatch: pytest.MonkeyPatch, verify: Verify, revoker: kit.Revoker, kept: Corner
) -> None:
    stolen = issue_at(time.time() - 60, monkeypatch)
    revoker.revoke(stolen)
    kept.empty()
    refuse(stolen, verify, "lost its data")
    assert verify(kit.issuer()("alice"))["sub"] == "alice"
    refuse(stolen, verify, "lost its data")


@pytest.mark.parametrize("born", ["before", "now"])
def test_the_blocklist_keeps_its_birthday(
    verify: Verify, kept: Corner, token: str, born: str
) -> None:
    if born == "now":
        kept.empty()
        token = kit.issuer()("alice")
    birthday = kept.moment("since")
    kit.issuer()("bob")
    kit.issuer()("bob", begun=kit.issuer().begin())
    kit.revoker().revoke_all("bob")
    assert verify(token)["sub"] == "alice"
    assert kept.moment("since") == birthday > 0


# A store that is down


@pytest.fixture(params=BROKEN)
def broken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A store that gives no answer."""
    with BROKEN[request.param](monkeypatch) as url:
        monkeypatch.setenv(VARIABLE, url)
        yield


@pytest.mark.usefixtures("broken")
def test_a_good_token_is_not_accepted_while_the_store_is_down() -> None:
    with pytest.raises(kit.StoreUnavailable):
        kit.verifier()(forge())


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("act", ["issue", "revoke", "revoke_all"])
def test_nothing_seems_done_while_the_store_is_down(act: str) -> None:
    acts: dict[str, Callable[[], object]] = {
        "issue": lambda: kit.issuer()("alice"),
        "revoke": lambda: kit.revoker().revoke(forge()),
        "revoke_all": lambda: kit.revoker().revoke_all("alice"),
    }
    with pytest.raises(kit.StoreUnavailable):
        acts[act]()


@pytest.mark.usefixtures("broken")
def test_a_bad_token_is_refused_without_asking_the_store() -> None:
    for forged in forging.by_a_stranger(good_claims()):
        refuse(forged, kit.verifier())
    ended = good_claims() | {"exp": times.claim(time.time() - LIFE)}
    refuse(forge(payload=ended), kit.verifier(), times.EXPIRED)


@pytest.mark.parametrize("name", ["since", "cut-off"])
@pytest.mark.parametrize("value", DAMAGED)
def test_a_damaged_record_is_an_error_and_never_an_answer(
    kept: Corner, token: str, verify: Verify, name: str, value: str
) -> None:
    kept.spoil(name, value)
    with pytest.raises(kit.StoreUnavailable):
        verify(token)


@pytest.mark.parametrize("name", ["since", "latest", "cut-off"])
@pytest.mark.parametrize("value", DAMAGED)
def test_nobody_logs_in_by_a_damaged_record(kept: Corner, name: str, value: str) -> None:
    issue = kit.issuer()
    begun = issue.begin()
    kept.spoil(name, value)
    with pytest.raises(kit.StoreUnavailable):
        issue("alice", begun=begun)

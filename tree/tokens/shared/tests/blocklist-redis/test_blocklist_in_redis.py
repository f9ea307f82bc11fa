"""What is peculiar to a blocklist in Redis."""

import time

import pytest
import redis

import store
import tokens as kit
from blocklist_corner import Corner
from by_hand import Verify


def test_a_slow_store_does_not_hold_a_request_up(kept: Corner) -> None:
    started = time.monotonic()
    with pytest.raises(redis.TimeoutError):
        kept.server.blpop([f"{store.PREFIX}empty"], timeout=3)
    assert time.monotonic() - started < 2


def test_the_birthday_and_the_latest_stamp_do_not_expire(kept: Corner) -> None:
    kept.empty()
    kit.issuer()("alice")
    kit.revoker().revoke_all("alice")
    for name in (store._since(), store._latest()):
        assert kept.server.ttl(name) == -1


@pytest.mark.parametrize("which", ["since", "cut-off", "entry"])
def test_a_record_of_another_type_is_an_error_and_never_an_answer(
    kept: Corner, verify: Verify, which: str
) -> None:
    token = kit.issuer()("alice")
    claims = verify(token)
    names = {"since": store._since(), "cut-off": store._cut_off("alice")}
    name = names.get(which) or store._entry(claims["iss"], claims["jti"])
    kept.server.delete(name)
    kept.server.rpush(name, "1")
    with pytest.raises(kit.StoreUnavailable):
        verify(token)

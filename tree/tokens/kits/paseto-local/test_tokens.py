"""Attacks on this kit. Forged tokens are built by hand, and encrypted by pyseto."""

import base64
import hmac
import json
import random
import secrets
import shlex
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyseto
import pytest

import keys
import samples
import tokens as kit

HERE = Path(__file__).parent
OURS = secrets.token_bytes(32)
STRANGER = secrets.token_bytes(32)
ASSERTION = f"access token for {kit.AUDIENCE}".encode()
LIFE = timedelta(minutes=kit.ACCESS_MINUTES, seconds=kit.LEEWAY_SECONDS)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASETO_LOCAL_KEYS", b64(OURS))


@pytest.fixture
def issue() -> kit.Issue:
    return kit.issuer()


@pytest.fixture
def verify() -> kit.Verify:
    return kit.verifier()


class Clock:
    """Stands still until it is moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = datetime.now(UTC).replace(microsecond=0)
        monkeypatch.setattr(kit, "now", lambda: self.at)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def iso(seconds: float) -> str:
    return (datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)).isoformat()


def good_claims() -> dict[str, Any]:
    return {
        "iss": kit.ISSUER,
        "aud": kit.AUDIENCE,
        "sub": "user-1",
        "iat": iso(0),
        "nbf": iso(0),
        "exp": iso(900),
        "jti": str(uuid.uuid4()),
    }


def forge(
    payload: Any = None,
    *,
    key: bytes = OURS,
    footer: bytes = b"",
    assertion: bytes = ASSERTION,
) -> str:
    payload = good_claims() if payload is None else payload
    message = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    local = pyseto.Key.new(4, "local", key)
    return pyseto.encode(local, message, footer, assertion).decode()


def refuse(token: Any, verify: kit.Verify, reason: str | None = None) -> None:
    with pytest.raises(kit.InvalidToken, match=reason) as caught:
        verify(token)
    if token:
        assert str(token) not in str(caught.value)


def test_it_accepts_what_it_issues(issue: kit.Issue, verify: kit.Verify) -> None:
    claims = verify(issue("user-1", {"scope": "read"}))
    assert claims["sub"] == "user-1"
    assert claims["scope"] == "read"
    assert (claims["iss"], claims["aud"]) == (kit.ISSUER, kit.AUDIENCE)
    lifetime = datetime.fromisoformat(claims["exp"]) - datetime.fromisoformat(claims["iat"])
    assert lifetime == timedelta(minutes=kit.ACCESS_MINUTES)


def test_it_gives_every_token_its_own_jti(issue: kit.Issue, verify: kit.Verify) -> None:
    assert len({verify(issue("user-1"))["jti"] for _ in range(5)}) == 5


def test_it_accepts_the_hand_made_token_on_which_the_attacks_build(
    verify: kit.Verify,
) -> None:
    assert verify(forge())["sub"] == "user-1"


def test_it_does_not_let_further_claims_replace_its_own(
    issue: kit.Issue, verify: kit.Verify
) -> None:
    claims = verify(issue("user-1", {"sub": "admin", "exp": iso(9**9)}))
    assert claims["sub"] == "user-1"
    assert claims["exp"] < iso(9**5)


@pytest.mark.parametrize("subject", ["", None, 7, b"user-1"])
def test_it_issues_no_token_without_a_subject(issue: kit.Issue, subject: Any) -> None:
    with pytest.raises(ValueError, match="subject"):
        issue(subject)


def test_it_issues_no_token_that_it_would_not_read(issue: kit.Issue, verify: kit.Verify) -> None:
    room = kit.MAX_LENGTH * 3 // 4 - 500
    assert verify(issue("user-1", {"pad": "x" * room}))
    with pytest.raises(ValueError, match="longer than 4096"):
        issue("user-1", {"pad": "x" * (room + 500)})


def test_its_samples_are_what_they_say(verify: kit.Verify) -> None:
    assert verify(samples.good("ada"))["sub"] == "ada"
    assert verify(kit.issuer()("ada", samples.TYPICAL))["tenant"] == "acme-emea"
    refuse(samples.expired(), verify, "expired")
    refuse(samples.forged(), verify, "DecryptError")


# Time


@pytest.mark.parametrize("shift", [-kit.ACCESS_MINUTES * 60 - 31, 60])
def test_it_refuses_a_token_outside_its_time(
    issue: kit.Issue,
    verify: kit.Verify,
    monkeypatch: pytest.MonkeyPatch,
    shift: int,
) -> None:
    token = issue("user-1")
    at = datetime.now(UTC) - timedelta(seconds=shift)
    monkeypatch.setattr(kit, "now", lambda: at)
    refuse(token, verify, "expired, or not valid yet")


def test_it_knows_the_time_by_itself(verify: kit.Verify) -> None:
    refuse(forge(good_claims() | {"exp": iso(-31)}), verify, "expired")
    assert verify(forge(good_claims() | {"exp": iso(-20)}))
    refuse(forge(good_claims() | {"nbf": iso(60)}), verify, "not valid yet")


@pytest.mark.parametrize("opening", ["iat", "nbf"])
def test_a_token_opens_and_ends_to_the_second(
    verify: kit.Verify, monkeypatch: pytest.MonkeyPatch, opening: str
) -> None:
    claims = good_claims() | {"exp": iso(300), opening: iso(100)}
    leeway, second = timedelta(seconds=kit.LEEWAY_SECONDS), timedelta(seconds=1)
    opens = datetime.fromisoformat(claims[opening]) - leeway
    ends = datetime.fromisoformat(claims["exp"]) + leeway
    for at in (opens, ends - second):
        monkeypatch.setattr(kit, "now", lambda at=at: at)
        assert verify(forge(claims))
    for at in (opens - second, ends):
        monkeypatch.setattr(kit, "now", lambda at=at: at)
        refuse(forge(claims), verify, "expired, or not valid yet")


def test_it_refuses_a_token_that_lives_longer_than_ours(verify: kit.Verify) -> None:
    life = kit.ACCESS_MINUTES * 60
    assert verify(forge(good_claims() | {"iat": iso(-9), "exp": iso(life - 9)}))
    refuse(forge(good_claims() | {"iat": iso(-9), "exp": iso(life - 8)}), verify, "longer life")
    refuse(forge(good_claims() | {"exp": iso(30 * 86400)}), verify, "longer life")


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_it_refuses_a_token_from_the_future(verify: kit.Verify, name: str) -> None:
    refuse(forge(good_claims() | {name: iso(60)}), verify, "not valid yet")
    assert verify(forge(good_claims() | {name: iso(20)}))


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
    verify: kit.Verify, name: str, value: Any
) -> None:
    refuse(forge(good_claims() | {name: value}), verify, "a time that")


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
def test_it_refuses_the_right_time_as_a_number(verify: kit.Verify, name: str) -> None:
    claims = good_claims()
    moment = datetime.fromisoformat(claims[name]).timestamp()
    for value in (int(moment), moment, str(int(moment))):
        refuse(forge(claims | {name: value}), verify, "not ISO 8601")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("exp", "9999-12-31T23:59:59+00:00"),
        ("iat", "9999-12-31T23:59:59+00:00"),
        ("iat", "0001-01-01T00:00:00+00:00"),
    ],
)
def test_it_survives_a_time_at_the_end_of_the_calendar(
    verify: kit.Verify, name: str, value: str
) -> None:
    refuse(forge(good_claims() | {name: value}), verify)


# Claims


@pytest.mark.parametrize("name", ["exp", "iat", "nbf", "iss", "aud", "sub", "jti"])
def test_it_refuses_a_token_without(verify: kit.Verify, name: str) -> None:
    claims = good_claims()
    refuse(forge(claims | {name: None}), verify)
    del claims[name]
    refuse(forge(claims), verify)


@pytest.mark.parametrize(
    "iss",
    [
        "https://evil.example.com",
        kit.ISSUER + "/",
        kit.ISSUER + ".evil.example",
        kit.ISSUER[:-1],
        kit.ISSUER.upper(),
        [kit.ISSUER],
        "",
        None,
    ],
)
def test_it_refuses_the_issuer(verify: kit.Verify, iss: Any) -> None:
    refuse(forge(good_claims() | {"iss": iss}), verify, "wrong iss")


def test_it_does_not_read_the_issuer_from_the_footer(verify: kit.Verify) -> None:
    claims = good_claims()
    del claims["iss"]
    refuse(forge(claims, footer=json.dumps({"iss": kit.ISSUER}).encode()), verify)


@pytest.mark.parametrize(
    "aud",
    [
        "https://other.example.com",
        kit.AUDIENCE + "/",
        kit.AUDIENCE[:-1],
        [kit.AUDIENCE],
        {kit.AUDIENCE: 1},
        "",
    ],
)
def test_it_refuses_the_audience(verify: kit.Verify, aud: Any) -> None:
    refuse(forge(good_claims() | {"aud": aud}), verify, "wrong iss or aud")


@pytest.mark.parametrize("name", ["sub", "jti"])
@pytest.mark.parametrize("value", ["", 7, None, ["user-1"]])
def test_it_refuses_an_unfit(verify: kit.Verify, name: str, value: Any) -> None:
    refuse(forge(good_claims() | {name: value}), verify, "no sub or jti")


@pytest.mark.parametrize(
    "payload",
    [b"[]", b'"text"', b"null", b"7", b"{", b"\xff", b"[" * 1500, b'{"a":' * 500, b'["exp"]', b""],
)
def test_it_refuses_a_payload_that_is_no_object(verify: kit.Verify, payload: bytes) -> None:
    refuse(forge(payload), verify)


@pytest.mark.parametrize("name", ["sub", "exp", "iss", "scope"])
def test_it_refuses_a_payload_that_names_a_claim_twice(verify: kit.Verify, name: str) -> None:
    claims = json.dumps(good_claims() | {"scope": "read"})
    again = json.dumps({name: good_claims().get(name, "write")})
    refuse(forge(f"{claims[:-1]}, {again[1:]}".encode()), verify)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_it_refuses_a_payload_that_is_not_plain_utf_8(verify: kit.Verify, encoding: str) -> None:
    refuse(forge(json.dumps(good_claims()).encode(encoding)), verify, "not JSON")


def test_it_refuses_a_name_that_stands_twice_deep_inside(verify: kit.Verify) -> None:
    claims = json.dumps(good_claims())
    refuse(forge(f'{claims[:-1]}, "a": {{"b": 1, "b": 2}}}}'.encode()), verify)


# What the tag covers


@pytest.mark.parametrize(
    "assertion",
    [
        b"",
        b"refresh token for https://api.example.com",
        b"access token",
        b"access token for https://other.example.com",
        ASSERTION + b" ",
        ASSERTION.upper(),
    ],
)
def test_it_refuses_the_implicit_assertion(verify: kit.Verify, assertion: bytes) -> None:
    refuse(forge(assertion=assertion), verify, "DecryptError")


def test_it_refuses_a_footer_even_if_it_is_authentic(verify: kit.Verify) -> None:
    refuse(forge(footer=b'{"kid":"a"}'), verify, "footer|base64url")


def test_it_refuses_a_footer_that_was_added_stripped_or_swapped(
    verify: kit.Verify,
) -> None:
    refuse(forge() + "." + b64(b'{"kid":"a"}'), verify, "footer|base64url")
    refuse(forge(footer=b"a").rsplit(".", 1)[0], verify, "DecryptError")
    refuse(forge(footer=b"a").rsplit(".", 1)[0] + "." + b64(b"b"), verify, "footer|base64url")


@pytest.mark.parametrize(
    "header",
    [
        "v1.local.",
        "v2.local.",
        "v3.local.",
        "v5.local.",
        "v4.public.",
        "v2.public.",
        "V4.local.",
        "v4.LOCAL.",
        "v4.local",
        "v4local.",
        "v4..",
        "",
    ],
)
def test_it_refuses_the_header(verify: kit.Verify, header: str) -> None:
    refuse(header + forge().removeprefix("v4.local."), verify, "not v4.local|base64url")


@pytest.mark.parametrize(("version", "size"), [(2, 32), (3, 32)])
def test_it_refuses_a_token_of_an_older_version_made_with_its_key(
    verify: kit.Verify, version: int, size: int
) -> None:
    older = pyseto.Key.new(version, "local", OURS[:size])
    token = pyseto.encode(older, json.dumps(good_claims())).decode()
    refuse(token, verify, "not v4.local")
    refuse("v4.local." + token.split(".")[2], verify)


def test_it_refuses_a_public_token(verify: kit.Verify) -> None:
    signing = pyseto.Key.from_asymmetric_key_params(4, d=OURS)
    token = pyseto.encode(signing, json.dumps(good_claims()), implicit_assertion=ASSERTION).decode()
    refuse(token, verify, "not v4.local")
    refuse(token.replace("v4.public.", "v4.local."), verify, "DecryptError")


def test_it_refuses_a_jwt(verify: kit.Verify) -> None:
    refuse(f"{b64(b'{}')}.{b64(json.dumps(good_claims()).encode())}.{b64(OURS)}", verify, "not v4")


@pytest.mark.parametrize("other", [STRANGER, OURS[:31], OURS[:6], OURS + b"\0", b"secret"])
def test_it_refuses_a_token_made_with_another_key(verify: kit.Verify, other: bytes) -> None:
    refuse(forge(key=other), verify, "DecryptError")


def test_it_hides_the_claims(issue: kit.Issue, verify: kit.Verify) -> None:
    token = issue("user-1", {"diagnosis": "measles"})
    assert b"measles" not in unb64(token.removeprefix("v4.local."))
    assert verify(token)["diagnosis"] == "measles"


def test_it_refuses_a_change_of_any_one_byte(verify: kit.Verify) -> None:
    raw = unb64(forge().removeprefix("v4.local."))
    for at in range(len(raw)):
        changed = bytes([*raw[:at], raw[at] ^ 1, *raw[at + 1 :]])
        refuse("v4.local." + b64(changed), verify)


@pytest.mark.parametrize("left", [0, 1, 31, 32, 33, 63, 64, 65, -1, -32])
def test_it_refuses_a_body_that_was_cut(verify: kit.Verify, left: int) -> None:
    refuse("v4.local." + b64(unb64(forge().removeprefix("v4.local."))[:left]), verify)


def test_the_library_compares_tags_in_constant_time(
    verify: kit.Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its source could say `==` one day; no test of ours could tell by the clock."""
    compared = []
    compare = hmac.compare_digest

    def observe(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return compare(one, other)

    monkeypatch.setattr("pyseto.versions.v4.hmac.compare_digest", observe)
    token = forge()
    assert verify(token)
    ((given, expected),) = compared
    assert given == expected == unb64(token.removeprefix("v4.local."))[-32:]


# Shape


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "",
        lambda _: None,
        lambda token: token.encode(),
        lambda _: 7,
        lambda token: [token],
        lambda token: token + "\n",
        lambda token: " " + token,
        lambda token: token[:-1],
        lambda token: token[:-40],
        lambda token: token + "=",
        lambda token: token + "==",
        lambda token: token + "!",
        lambda token: token[:30] + "!" + token[30:],
        lambda token: token[:30] + "\n" + token[30:],
        lambda token: token[:30] + "=" + token[30:],
        lambda token: token + "é",
        lambda token: token.replace("e", "\uff45", 1),
        lambda token: token + "\x00",
        lambda token: token[:30] + "\ud800" + token[31:],
        lambda token: token[:-2],
        lambda token: token[:-86],
        lambda token: token.rpartition(".")[2],
        lambda token: token.replace(".", ".."),
        lambda token: token + ".",
        lambda token: token + "..",
        lambda _: "v4.local.",
        lambda _: "v4.local.A",
        lambda _: "." * 3000,
        lambda _: "v4.local." + "A" * 1_000_000,
        lambda token: token + token,
        lambda token: "Bearer " + token,
    ],
)
def test_it_refuses_a_token_of_another_shape(
    verify: kit.Verify, spoil: Callable[[str], Any]
) -> None:
    refuse(spoil(forge()), verify)


def test_it_refuses_what_pyseto_would_accept(verify: kit.Verify) -> None:
    """The reason for the check of the shape: the library verifies this token."""
    token = forge()
    junk = token[:30] + "!!!!" + token[30:]
    assert pyseto.decode(keys.load_keys(), junk, ASSERTION).payload
    refuse(junk, verify, "canonical")


def test_it_refuses_a_token_that_is_not_ascii(verify: kit.Verify) -> None:
    refuse(forge() + "é", verify, "not ASCII")
    refuse(forge().replace("e", "\uff45", 1), verify, "not ASCII")


def test_it_refuses_unused_bits_in_the_last_character(verify: kit.Verify) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = next(
        token
        for length in range(3)
        if len(unb64((token := forge(good_claims() | {"a": "x" * length}))[9:])) % 3
    )
    spelling = token[:-1] + alphabet[alphabet.index(token[-1]) + 1]
    assert unb64(spelling[9:]) == unb64(token[9:])
    refuse(spelling, verify, "canonical")


def test_it_refuses_a_genuine_token_above_the_size_limit(verify: kit.Verify) -> None:
    room = good_claims() | {"pad": ""}
    fits = kit.MAX_LENGTH - len(forge(room)) - 8
    assert verify(forge(room | {"pad": "x" * (fits * 3 // 4)}))
    refuse(forge(room | {"pad": "x" * kit.MAX_LENGTH}), verify, "too long")


# The key


UNFIT = {
    "unset": ("", "exactly 32"),
    "a word": ("hunter22", "base64url|exactly 32"),
    "16 bytes": (b64(OURS[:16]), "exactly 32"),
    "31 bytes": (b64(OURS[:31]), "exactly 32"),
    "33 bytes": (b64(OURS + b"x"), "exactly 32"),
    "64 bytes": (b64(OURS * 2), "exactly 32"),
    "padded": (b64(OURS) + "=", "without padding"),
    "trailing newline": (b64(OURS) + "\n", "without padding"),
    "junk between": (b64(OURS)[:20] + "!" + b64(OURS)[20:], "without padding"),
    "the other alphabet": (base64.b64encode(b"\xff\xfe" * 16).decode(), "without padding"),
    "not ASCII": ("é" * 43, "base64url"),
    "cut short": ("A" * 45, "base64url"),
    "one byte": (b64(b"\0" * 32), "pattern"),
    "a repeated pattern": (b64(bytes(range(8)) * 4), "pattern"),
    "an encoded passphrase": (b64(b"Correct horse battery staple 42!"), "readable"),
    "an encoded hexadecimal key": (b64(OURS[:16].hex().encode()), "readable"),
    "a passphrase as such": ("correct-horse-battery-staple-and-one-mouses", "one case"),
    "hexadecimal digits": ((OURS.hex()[:42] + "0"), "one case"),
    "capital letters": ("CHANGE-ME-BEFORE-YOU-GO-TO-PRODUCTION-OR-SOA"[:42] + "A", "one case"),
}


@pytest.mark.parametrize("which", UNFIT)
@pytest.mark.parametrize("place", ["alone", "first", "last"])
def test_it_refuses_the_key(monkeypatch: pytest.MonkeyPatch, which: str, place: str) -> None:
    text, reason = UNFIT[which]
    # A good key beside it does not help.
    good = b64(secrets.token_bytes(32))
    value = {"alone": text, "first": f"{text},{good}", "last": f"{good},{text}"}[place]
    monkeypatch.setenv("PASETO_LOCAL_KEYS", value)
    for start in (kit.issuer, kit.verifier):
        with pytest.raises(
            kit.ConfigurationError, match=f"PASETO_LOCAL_KEYS .*({reason})"
        ) as caught:
            start()
        assert "python tokens.py new-key" in str(caught.value)
        assert not text or text not in str(caught.value)


def test_it_refuses_a_missing_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PASETO_LOCAL_KEYS")
    for start in (kit.issuer, kit.verifier):
        with pytest.raises(kit.ConfigurationError, match="PASETO_LOCAL_KEYS"):
            start()


def test_it_refuses_more_keys_than_a_change_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    two = [secrets.token_urlsafe(32) for _ in range(2)]
    monkeypatch.setenv("PASETO_LOCAL_KEYS", ",".join([*two, secrets.token_urlsafe(32)]))
    with pytest.raises(kit.ConfigurationError, match="more than two"):
        kit.verifier()
    monkeypatch.setenv("PASETO_LOCAL_KEYS", ",".join([two[0], two[0]]))
    with pytest.raises(kit.ConfigurationError, match="twice"):
        kit.verifier()


def test_it_never_refuses_a_random_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2000):
        monkeypatch.setenv("PASETO_LOCAL_KEYS", keys.new_keys()["PASETO_LOCAL_KEYS"])
        assert len(keys.load_keys()) == 1


def test_it_issues_with_the_first_key_and_accepts_both(monkeypatch: pytest.MonkeyPatch) -> None:
    new, old = b64(secrets.token_bytes(32)), b64(OURS)
    before = kit.issuer()
    monkeypatch.setenv("PASETO_LOCAL_KEYS", f"{new},{old}")
    verify, token = kit.verifier(), kit.issuer()("user-1")
    assert verify(token)
    assert verify(before("user-1"))
    monkeypatch.setenv("PASETO_LOCAL_KEYS", new)
    assert kit.verifier()(token)
    refuse(before("user-1"), kit.verifier(), "DecryptError")
    monkeypatch.setenv("PASETO_LOCAL_KEYS", old)
    refuse(token, kit.verifier(), "DecryptError")


def test_it_checks_claims_under_the_old_key_too(monkeypatch: pytest.MonkeyPatch) -> None:
    token = samples.expired()
    monkeypatch.setenv("PASETO_LOCAL_KEYS", f"{secrets.token_urlsafe(32)},{b64(OURS)}")
    refuse(token, kit.verifier(), "expired")
    refuse(forge(good_claims() | {"aud": "x"}), kit.verifier(), "wrong iss or aud")


def test_it_reads_its_keys_at_the_start_and_not_again(
    monkeypatch: pytest.MonkeyPatch, issue: kit.Issue, verify: kit.Verify
) -> None:
    monkeypatch.delenv("PASETO_LOCAL_KEYS")
    assert verify(issue("user-1"))


# python tokens.py new-key


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-B", "tokens.py", *arguments]
    return subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)


def test_it_makes_a_fresh_key_that_a_shell_and_an_env_file_can_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = [run("new-key") for _ in range(2)]
    assert [result.returncode for result in made] == [0, 0]
    assert made[0].stdout != made[1].stdout
    (line,) = made[0].stdout.splitlines()
    assert line.count("'") == 2
    assert line.endswith("'")
    name, value = shlex.split(line)[0].split("=", 1)
    assert name == "PASETO_LOCAL_KEYS"
    monkeypatch.setenv(name, value)
    assert kit.verifier()(kit.issuer()("user-1"))
    refuse(forge(), kit.verifier(), "DecryptError")


@pytest.mark.parametrize("arguments", [[], ["new-keys"], ["new-key", "x"]])
def test_it_makes_no_key_unless_asked(arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (1, "")
    assert "python tokens.py new-key" in result.stderr


def test_it_changes_keys_under_load_and_refuses_no_good_token(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    """Two machines of one service, each restarted alone, in the order of README.md."""
    old, new = (keys.new_keys()["PASETO_LOCAL_KEYS"] for _ in range(2))

    def restart(value: str) -> tuple[str, kit.Issue, kit.Verify]:
        monkeypatch.setenv("PASETO_LOCAL_KEYS", value)
        return ("old" if value.startswith(old) else "new", kit.issuer(), kit.verifier())

    machines = [restart(old)] * 2
    before = machines[0][1]
    issued = deque([("old", clock.at, before("user-0"))], maxlen=60)
    accepted = [Counter[str](), Counter[str]()]
    refused: list[str] = []
    stop = threading.Event()

    def issuing(which: int) -> None:
        while not stop.is_set():
            (key, issue, _), at = machines[which], clock.at
            issued.append((key, at, issue("user-1")))

    def checking(which: int) -> None:
        while not stop.is_set():
            key, at, token = random.choice(issued)
            try:
                machines[which][2](token)
                accepted[which][key] += 1
            except kit.InvalidToken as error:
                if clock.at < at + LIFE:
                    refused.append(f"{key}: {error}")

    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(job, which) for job in (issuing, checking) for which in (0, 1)]

        def work(key: str) -> None:
            """Goes on until both machines have accepted 20 more tokens of the key."""
            goals, end = [count[key] + 20 for count in accepted], time.monotonic() + 10
            while any(count[key] < goal for count, goal in zip(accepted, goals, strict=True)):
                assert time.monotonic() < end, refused
                assert not any(job.done() for job in jobs)
                time.sleep(0.002)

        try:
            work("old")
            for which in (0, 1):
                machines[which] = restart(f"{old},{new}")
                work("old")
            for which in (0, 1):
                machines[which] = restart(f"{new},{old}")
                work("new")
            clock.at += LIFE
            for which in (0, 1):
                machines[which] = restart(new)
                work("new")
        finally:
            stop.set()
    for job in jobs:
        job.result()
    assert refused == []
    # A fresh token of the old key, which only a thief can still make.
    for _, _, verify in machines:
        refuse(before("user-1"), verify, "DecryptError")

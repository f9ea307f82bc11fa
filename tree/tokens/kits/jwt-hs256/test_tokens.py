"""Attacks on tokens.py. Forgeries are built by hand: PyJWT would refuse to make them."""

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
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import pytest

import keys
import samples
import tokens as kit

OURS = secrets.token_bytes(32)
LIFE = kit.ACCESS_MINUTES * 60 + kit.LEEWAY_SECONDS


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET_KEYS", b64(OURS))


@pytest.fixture
def issue() -> kit.Issue:
    return kit.issuer()


@pytest.fixture
def verify() -> kit.Verify:
    return kit.verifier()


class Clock:
    """Stands still until it is moved. PyJWT reads it too."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = at = int(time.time())
        clock = self

        class Moved(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> "Moved":
                return cls.fromtimestamp(clock.at, tz)

        assert Moved.now().timestamp() == at
        monkeypatch.setattr(kit, "now", lambda: self.at)
        monkeypatch.setattr("jwt.api_jwt.datetime", Moved)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def good_header() -> dict[str, Any]:
    return {"alg": "HS256", "typ": "at+jwt"}


def good_claims() -> dict[str, Any]:
    at = int(time.time())
    return {
        "iss": kit.ISSUER,
        "aud": kit.AUDIENCE,
        "sub": "user-1",
        "iat": at,
        "exp": at + kit.ACCESS_MINUTES * 60,
        "jti": str(uuid.uuid4()),
    }


def hs256(message: bytes, key: bytes = OURS) -> bytes:
    return hmac.new(key, message, "sha256").digest()


def forge(header: Any = None, payload: Any = None, sign: Callable[[bytes], bytes] = hs256) -> str:
    header = good_header() if header is None else header
    payload = good_claims() if payload is None else payload
    parts = [
        part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload)
    ]
    message = ".".join(map(b64, parts))
    return f"{message}.{b64(sign(message.encode()))}"


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
    assert claims["exp"] - claims["iat"] == kit.ACCESS_MINUTES * 60


def test_it_gives_every_token_its_own_jti(issue: kit.Issue, verify: kit.Verify) -> None:
    ids = {verify(issue("user-1"))["jti"] for _ in range(5)}
    assert len(ids) == 5


def test_it_accepts_the_hand_made_token_on_which_the_attacks_build(
    verify: kit.Verify,
) -> None:
    assert verify(forge())["sub"] == "user-1"


def test_it_does_not_let_further_claims_replace_its_own(
    issue: kit.Issue, verify: kit.Verify
) -> None:
    claims = verify(issue("user-1", {"sub": "admin", "exp": 9999999999}))
    assert claims["sub"] == "user-1"
    assert claims["exp"] < 9999999999


@pytest.mark.parametrize("subject", ["", None, 7, b"user-1", ["user-1"]])
def test_it_issues_no_token_for_the_subject(issue: kit.Issue, subject: Any) -> None:
    with pytest.raises(ValueError, match="subject"):
        issue(subject)


def test_it_issues_no_token_that_is_too_long_to_be_read(
    issue: kit.Issue, verify: kit.Verify
) -> None:
    assert verify(issue("user-1", {"pad": "x" * 2000}))
    with pytest.raises(ValueError, match="longer than 4096"):
        issue("user-1", {"pad": "x" * 3000})


def test_its_samples_are_what_they_say(verify: kit.Verify) -> None:
    assert verify(samples.good("ada"))["sub"] == "ada"
    assert verify(kit.issuer()("ada", samples.TYPICAL))["tenant"] == "acme-emea"
    refuse(samples.expired(), verify, "ExpiredSignature")
    refuse(samples.forged(), verify, "none of our keys")


# Time


@pytest.mark.parametrize("shift", [-kit.ACCESS_MINUTES * 60 - 31, +60])
def test_it_refuses_a_token_outside_its_time(
    issue: kit.Issue,
    verify: kit.Verify,
    monkeypatch: pytest.MonkeyPatch,
    shift: int,
) -> None:
    at = int(time.time()) + shift
    monkeypatch.setattr(kit, "now", lambda: at)
    refuse(issue("user-1"), verify, "ExpiredSignature|ImmatureSignature")


def test_it_forgives_clocks_that_differ_by_less_than_the_leeway(
    verify: kit.Verify,
) -> None:
    at = int(time.time())
    assert verify(forge(payload=good_claims() | {"exp": at - 20, "iat": at + 20}))


def test_it_refuses_a_token_from_its_last_second_on(
    issue: kit.Issue, verify: kit.Verify, clock: Clock
) -> None:
    token = issue("user-1")
    clock.at += LIFE - 1
    assert verify(token)
    clock.at += 1
    refuse(token, verify, "ExpiredSignature")


def test_it_refuses_a_life_that_is_longer_than_was_decided(verify: kit.Verify) -> None:
    at, life = int(time.time()), kit.ACCESS_MINUTES * 60
    assert verify(forge(payload=good_claims() | {"iat": at - 9, "exp": at - 9 + life}))
    for exp in (at - 8 + life, at + 30 * 86400):
        refuse(forge(payload=good_claims() | {"iat": at - 9, "exp": exp}), verify, "longer life")


@pytest.mark.parametrize("nbf", [60, 10**9])
def test_it_refuses_a_token_before_its_nbf(verify: kit.Verify, nbf: int) -> None:
    claims = good_claims() | {"nbf": int(time.time()) + nbf}
    refuse(forge(payload=claims), verify, "ImmatureSignature")


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize("kind", ["text", "float", "true", "null", "list"])
def test_it_refuses_a_time_that_is_no_integer(verify: kit.Verify, name: str, kind: str) -> None:
    time_ = int(time.time()) + (600 if name == "exp" else -5)
    value = {"text": str(time_), "float": time_ + 0.5, "true": True, "null": None, "list": [time_]}
    refuse(forge(payload=good_claims() | {name: value[kind]}), verify)


@pytest.mark.parametrize("exp", [b"1e400", b"-1e400", b"NaN", b"Infinity", b"-1", b"0"])
def test_it_refuses_the_freak_exp(verify: kit.Verify, exp: bytes) -> None:
    payload = json.dumps(good_claims() | {"exp": "EXP"}).encode().replace(b'"EXP"', exp)
    refuse(forge(payload=payload), verify)


# Claims


@pytest.mark.parametrize("name", ["exp", "iat", "iss", "aud", "sub", "jti"])
def test_it_refuses_a_token_without(verify: kit.Verify, name: str) -> None:
    claims = good_claims()
    del claims[name]
    refuse(forge(payload=claims), verify)


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
    ],
)
def test_it_refuses_the_issuer(verify: kit.Verify, iss: Any) -> None:
    refuse(forge(payload=good_claims() | {"iss": iss}), verify)


@pytest.mark.parametrize(
    "aud",
    [
        "https://other.example.com",
        kit.AUDIENCE + "/",
        kit.AUDIENCE[:-1],
        [kit.AUDIENCE],
        [kit.AUDIENCE, "https://other.example.com"],
        {kit.AUDIENCE: 1},
        "",
    ],
)
def test_it_refuses_the_audience(verify: kit.Verify, aud: Any) -> None:
    refuse(forge(payload=good_claims() | {"aud": aud}), verify)


@pytest.mark.parametrize("name", ["sub", "jti"])
@pytest.mark.parametrize("value", ["", 7, ["user-1"]])
def test_it_refuses_an_unfit(verify: kit.Verify, name: str, value: Any) -> None:
    refuse(forge(payload=good_claims() | {name: value}), verify)


@pytest.mark.parametrize("payload", [b"[]", b'"text"', b"null", b"{", b"", b"\xff", b"[" * 1500])
def test_it_refuses_a_payload_that_is_no_object(verify: kit.Verify, payload: bytes) -> None:
    refuse(forge(payload=payload), verify)


# Header


@pytest.mark.parametrize(
    "typ", ["JWT", "rt+jwt", "id+jwt", "AT+JWT", "application/at+jwt", None, 1]
)
def test_it_refuses_another_typ(verify: kit.Verify, typ: Any) -> None:
    refuse(forge(good_header() | {"typ": typ}), verify, "header")


@pytest.mark.parametrize("name", ["alg", "typ"])
def test_it_refuses_a_header_without(verify: kit.Verify, name: str) -> None:
    header = good_header()
    del header[name]
    refuse(forge(header), verify, "header")


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None, ["HS256"], "hs256"])
@pytest.mark.parametrize("signed", [True, False])
def test_it_refuses_the_algorithm(verify: kit.Verify, alg: Any, signed: bool) -> None:
    sign: Callable[[bytes], bytes] = hs256 if signed else lambda _: b""
    refuse(forge(good_header() | {"alg": alg}, sign=sign), verify, "header")


@pytest.mark.parametrize("alg", ["HS384", "HS512"])
def test_it_refuses_another_hmac_made_with_its_key(verify: kit.Verify, alg: str) -> None:
    def sign(message: bytes) -> bytes:
        return hmac.new(OURS, message, alg.replace("HS", "sha")).digest()

    refuse(forge(good_header() | {"alg": alg}, sign=sign), verify, "header")
    refuse(forge(sign=sign), verify, "none of our keys")


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA", "HS1"])
def test_it_refuses_the_name_of_another_algorithm(verify: kit.Verify, alg: str) -> None:
    refuse(forge(good_header() | {"alg": alg}), verify, "header")


@pytest.mark.parametrize(
    "extra",
    [
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"jku": "https://evil.example/keys.json"},
        {"x5u": "https://evil.example/cert.pem"},
        {"x5c": ["MIIB"]},
        {"x5t#S256": "AAAA"},
        {"kid": "../../dev/null"},
        {"kid": "' UNION SELECT 'key' --"},
        {"crit": ["exp"], "exp": 1},
        {"crit": ["b64"], "b64": True},
        {"b64": False},
        {"zip": "DEF"},
        {"cty": "JWT"},
    ],
)
def test_it_refuses_a_header_that_brings(verify: kit.Verify, extra: Any) -> None:
    refuse(forge(good_header() | extra), verify, "header")


@pytest.mark.parametrize("header", [b"[]", b"null", b'"alg"', b"{", b"", b"\xff\xfe", b"[" * 1500])
def test_it_refuses_a_header_that_is_no_object(verify: kit.Verify, header: bytes) -> None:
    refuse(forge(header), verify)


# Signature


@pytest.mark.parametrize("other", [secrets.token_bytes(32), b"", b"secret", OURS[:31], OURS[::-1]])
def test_it_refuses_the_signature_of_another_key(verify: kit.Verify, other: bytes) -> None:
    refuse(forge(sign=lambda message: hs256(message, other)), verify, "none of our keys")


@pytest.mark.parametrize("cut", [0, 1, 16, 31])
def test_it_refuses_a_shortened_signature(verify: kit.Verify, cut: int) -> None:
    refuse(forge(sign=lambda message: hs256(message)[:cut]), verify, "none of our keys")


def test_it_refuses_a_changed_payload(verify: kit.Verify) -> None:
    header, payload, signature = forge().split(".")
    changed = json.loads(unb64(payload)) | {"sub": "admin"}
    refuse(f"{header}.{b64(json.dumps(changed).encode())}.{signature}", verify, "none of our keys")


def test_it_refuses_a_change_of_any_one_byte(verify: kit.Verify) -> None:
    parts = [unb64(part) for part in forge().split(".")]
    for which, part in enumerate(parts):
        for at in range(len(part)):
            changed = bytes([*part[:at], part[at] ^ 1, *part[at + 1 :]])
            refuse(".".join(map(b64, [*parts[:which], changed, *parts[which + 1 :]])), verify)


def test_it_refuses_the_signature_of_another_token(verify: kit.Verify) -> None:
    one, other = forge(), forge(payload=good_claims() | {"sub": "admin"})
    refuse(f"{other.rpartition('.')[0]}.{one.rpartition('.')[2]}", verify, "none of our keys")


def test_the_library_compares_signatures_in_constant_time(
    monkeypatch: pytest.MonkeyPatch, verify: kit.Verify
) -> None:
    """Time itself cannot be tested here: a `==` would tell how far a guess was right."""
    compared = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append(one)
        return constant_time(one, other)

    constant_time = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", compare)
    token = forge()
    assert verify(token)
    assert unb64(token.rpartition(".")[2]) in compared


def test_it_reads_the_last_of_two_equal_names_as_rfc_7515_and_7519_allow(
    verify: kit.Verify,
) -> None:
    """What counts is that the check of the header and PyJWT never read different values."""
    text = json.dumps(good_header())
    assert verify(forge(('{"alg": "none", ' + text[1:]).encode()))["sub"] == "user-1"
    refuse(forge((text[:-1] + ', "alg": "none"}').encode()), verify, "header")
    claims = json.dumps(good_claims())
    assert verify(forge(payload=('{"sub": "admin", ' + claims[1:]).encode()))["sub"] == "user-1"
    refuse(forge(payload=(claims[:-1] + ', "exp": 1}').encode()), verify, "Expired")


# Shape


def in_json(token: str, general: bool) -> str:
    """The JSON serialisations of RFC 7515: nobody asked for them, so they are no tokens here."""
    protected, payload, signature = token.split(".")
    signed = {"protected": protected, "signature": signature}
    return json.dumps({"payload": payload} | ({"signatures": [signed]} if general else signed))


@pytest.mark.parametrize("general", [True, False])
def test_it_refuses_its_own_parts_in_json(verify: kit.Verify, general: bool) -> None:
    refuse(in_json(forge(), general), verify)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "",
        lambda _: None,
        lambda token: token.encode(),
        lambda _: 7,
        lambda token: {"payload": token},
        lambda token: json.dumps({"payload": token}),
        lambda token: token + "\n",
        lambda token: " " + token,
        lambda token: token[:-1],
        lambda token: token[:-40],
        lambda token: token + "=",
        lambda token: token + "==",
        lambda token: token.replace(".", "=.", 1),
        lambda token: token.replace(".", "!.", 1),
        lambda token: token[:30] + "!" + token[30:],
        lambda token: token[:30] + "\n" + token[30:],
        lambda token: token + "é",
        lambda token: token.replace("e", "\uff45", 1),
        lambda token: token.rsplit(".", 1)[0],
        lambda token: token.rsplit(".", 1)[0] + ".",
        lambda token: token + ".",
        lambda token: "." + token,
        lambda token: token + "." + token,
        lambda _: "..",
        lambda _: "." * 3000,
        lambda _: "A" * 1_000_000,
        lambda token: "Bearer " + token,
    ],
)
def test_it_refuses_a_token_of_another_shape(
    verify: kit.Verify, spoil: Callable[[str], Any]
) -> None:
    refuse(spoil(forge()), verify)


def test_it_refuses_a_token_that_is_not_ascii(verify: kit.Verify) -> None:
    refuse(forge() + "é", verify, "not ASCII")
    refuse(forge().replace("e", "\uff45", 1), verify, "not ASCII")


def test_it_refuses_unused_bits_in_the_last_character(verify: kit.Verify) -> None:
    """43 characters hold 32 bytes and 2 bits: 4 spellings decode to one signature."""
    token = forge()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spelling = token[:-1] + alphabet[alphabet.index(token[-1]) + 1]
    assert unb64(spelling.rsplit(".")[-1]) == unb64(token.rsplit(".")[-1])
    refuse(spelling, verify, "canonical")


def test_it_refuses_a_signed_token_above_the_size_limit(verify: kit.Verify) -> None:
    room = good_claims() | {"pad": ""}
    fits = kit.MAX_LENGTH - len(forge(payload=room)) - 8
    assert verify(forge(payload=room | {"pad": "x" * (fits * 3 // 4)}))
    refuse(forge(payload=room | {"pad": "x" * kit.MAX_LENGTH}), verify, "too long")


# Keys


@pytest.mark.parametrize("size", [32, 33, 48, 64, 128])
def test_it_takes_a_random_key_of_32_bytes_or_more(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setenv("JWT_SECRET_KEYS", secrets.token_urlsafe(size))
    assert [len(key) for key in keys.load_keys()] == [size]
    assert kit.verifier()(kit.issuer()("user-1"))


UNFIT = {
    "unset": ("", "shorter"),
    "a word": ("hunter22", "base64url|shorter"),
    "16 bytes": (b64(OURS[:16]), "shorter"),
    "31 bytes": (b64(OURS[:31]), "shorter"),
    "padded": (b64(OURS) + "=", "without padding"),
    "trailing newline": (b64(OURS) + "\n", "without padding"),
    "junk between": (b64(OURS)[:20] + "!" + b64(OURS)[20:], "without padding"),
    "the other alphabet": (base64.b64encode(b"\xff\xfe" * 16).decode(), "without padding"),
    "not ASCII": ("é" * 43, "base64url"),
    "cut short": ("A" * 45, "base64url"),
    "one byte": (b64(b"\0" * 32), "pattern"),
    "a repeated pattern": (b64(bytes(range(8)) * 4), "pattern"),
    "an encoded passphrase": (b64(b"correct horse battery staple, twice over"), "readable"),
    "an encoded hexadecimal key": (b64(OURS.hex().encode()), "readable"),
    "a passphrase as such": (("correct-horse-battery-staple-" * 2)[:44], "one case"),
    "hexadecimal digits": (OURS.hex(), "one case"),
    "capital letters": ("CHANGE-ME-BEFORE-YOU-GO-TO-PRODUCTION-PLEASE", "one case"),
}


@pytest.mark.parametrize("which", UNFIT)
@pytest.mark.parametrize("place", ["alone", "first", "last"])
def test_it_refuses_the_key(monkeypatch: pytest.MonkeyPatch, which: str, place: str) -> None:
    text, reason = UNFIT[which]
    # A good key beside it does not help.
    good = b64(secrets.token_bytes(32))
    value = {"alone": text, "first": f"{text},{good}", "last": f"{good},{text}"}[place]
    monkeypatch.setenv("JWT_SECRET_KEYS", value)
    for start in (kit.issuer, kit.verifier):
        with pytest.raises(kit.ConfigurationError, match=f"JWT_SECRET_KEYS .*({reason})") as caught:
            start()
        assert "python tokens.py new-key" in str(caught.value)
        assert not text or text not in str(caught.value)


def test_it_refuses_a_missing_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JWT_SECRET_KEYS")
    for start in (kit.issuer, kit.verifier):
        with pytest.raises(kit.ConfigurationError, match="JWT_SECRET_KEYS"):
            start()


def test_it_refuses_more_keys_than_a_change_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    two = [secrets.token_urlsafe(32) for _ in range(2)]
    monkeypatch.setenv("JWT_SECRET_KEYS", ",".join([*two, secrets.token_urlsafe(32)]))
    with pytest.raises(kit.ConfigurationError, match="more than two"):
        kit.verifier()
    monkeypatch.setenv("JWT_SECRET_KEYS", ",".join([two[0], two[0]]))
    with pytest.raises(kit.ConfigurationError, match="twice"):
        kit.verifier()


def test_it_never_refuses_a_random_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2000):
        monkeypatch.setenv("JWT_SECRET_KEYS", keys.new_keys()["JWT_SECRET_KEYS"])
        assert len(keys.load_keys()) == 1


@pytest.mark.parametrize("short", [b"", b"secret", OURS[:31]])
def test_it_neither_signs_nor_verifies_with_a_short_key(
    monkeypatch: pytest.MonkeyPatch, short: bytes
) -> None:
    """Such a key gets past `load_keys` only if somebody reads it in another way."""
    monkeypatch.setattr(kit, "load_keys", lambda: [short])
    with pytest.raises(Exception, match=r"key|HMAC"):
        kit.issuer()("user-1")
    refuse(forge(sign=lambda message: hs256(message, short)), kit.verifier(), "InvalidKey")


def test_it_issues_with_the_first_key_and_accepts_both(monkeypatch: pytest.MonkeyPatch) -> None:
    new, old = b64(secrets.token_bytes(32)), b64(OURS)
    before = kit.issuer()
    monkeypatch.setenv("JWT_SECRET_KEYS", f"{new},{old}")
    verify, token = kit.verifier(), kit.issuer()("user-1")
    assert verify(token)
    assert verify(before("user-1"))
    monkeypatch.setenv("JWT_SECRET_KEYS", new)
    assert kit.verifier()(token)
    refuse(before("user-1"), kit.verifier(), "none of our keys")
    monkeypatch.setenv("JWT_SECRET_KEYS", old)
    refuse(token, kit.verifier(), "none of our keys")


def test_it_checks_claims_under_the_old_key_too(monkeypatch: pytest.MonkeyPatch) -> None:
    token = samples.expired()
    monkeypatch.setenv("JWT_SECRET_KEYS", f"{secrets.token_urlsafe(32)},{b64(OURS)}")
    refuse(token, kit.verifier(), "ExpiredSignature")
    refuse(forge(payload=good_claims() | {"aud": "x"}), kit.verifier(), "refused")


def test_it_reads_its_keys_at_the_start_and_not_again(
    monkeypatch: pytest.MonkeyPatch, issue: kit.Issue, verify: kit.Verify
) -> None:
    monkeypatch.delenv("JWT_SECRET_KEYS")
    assert verify(issue("user-1"))


# python tokens.py new-key


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "tokens.py", *arguments]
    here = Path(kit.__file__).parent
    return subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)


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
    assert name == "JWT_SECRET_KEYS"
    monkeypatch.setenv(name, value)
    assert kit.verifier()(kit.issuer()("user-1"))
    refuse(forge(), kit.verifier(), "none of our keys")


@pytest.mark.parametrize("arguments", [[], ["new-keys"], ["new-key", "x"]])
def test_it_makes_no_key_unless_asked(arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (1, "")
    assert "python tokens.py new-key" in result.stderr


def test_it_changes_keys_under_load_and_refuses_no_good_token(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    """Two machines of one service, each restarted alone, in the order of README.md."""
    old, new = (keys.new_keys()["JWT_SECRET_KEYS"] for _ in range(2))

    def restart(value: str) -> tuple[str, kit.Issue, kit.Verify]:
        monkeypatch.setenv("JWT_SECRET_KEYS", value)
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
            goals, end = [count[key] + 20 for count in accepted], time.monotonic() + 30
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
        refuse(before("user-1"), verify, "none of our keys")

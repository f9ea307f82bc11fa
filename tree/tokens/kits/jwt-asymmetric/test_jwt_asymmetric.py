"""Attacks on jwt_asymmetric. Forgeries are built by hand: PyJWT would refuse to make them."""

import base64
import hashlib
import hmac
import json
import subprocess
import time
import uuid
from collections.abc import Callable
from typing import Any

import jwt_asymmetric as kit
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

OURS = ec.generate_private_key(ec.SECP256R1())
STRANGER = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(public_exponent=65537, key_size=3072)


def pem(key: Any) -> str:
    if hasattr(key, "public_key"):
        raw: bytes = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    else:
        raw = key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    return raw.decode()


@pytest.fixture
def private(monkeypatch: pytest.MonkeyPatch) -> kit.PrivateKey:
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(OURS))
    return kit.load_private_key()


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> dict[str, kit.PublicKey]:
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(OURS.public_key()))
    return kit.load_public_keys()


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def good_header() -> dict[str, Any]:
    der = OURS.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return {"alg": "ES256", "typ": "at+jwt", "kid": b64(hashlib.sha256(der).digest())}


def good_claims() -> dict[str, Any]:
    at = int(time.time())
    return {
        "iss": kit.ISSUER,
        "aud": kit.AUDIENCE,
        "sub": "user-1",
        "iat": at,
        "exp": at + 900,
        "jti": str(uuid.uuid4()),
    }


def es256(message: bytes, key: ec.EllipticCurvePrivateKey = OURS) -> bytes:
    r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def forge(header: Any = None, payload: Any = None, sign: Callable[[bytes], bytes] = es256) -> str:
    header = good_header() if header is None else header
    payload = good_claims() if payload is None else payload
    parts = [
        part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload)
    ]
    message = ".".join(map(b64, parts))
    return f"{message}.{b64(sign(message.encode()))}"


def refuse(token: Any, keys: dict[str, kit.PublicKey], reason: str | None = None) -> None:
    with pytest.raises(kit.InvalidToken, match=reason) as caught:
        kit.verify(token, keys)
    if token:
        assert str(token) not in str(caught.value)


def test_it_accepts_what_it_issues(private: kit.PrivateKey, keys: dict[str, kit.PublicKey]) -> None:
    claims = kit.verify(kit.issue(private, "user-1", {"scope": "read"}), keys)
    assert claims["sub"] == "user-1"
    assert claims["scope"] == "read"
    assert (claims["iss"], claims["aud"]) == (kit.ISSUER, kit.AUDIENCE)
    assert claims["exp"] - claims["iat"] == kit.ACCESS_MINUTES * 60


def test_it_gives_every_token_its_own_jti(
    private: kit.PrivateKey, keys: dict[str, kit.PublicKey]
) -> None:
    ids = {kit.verify(kit.issue(private, "user-1"), keys)["jti"] for _ in range(5)}
    assert len(ids) == 5


def test_it_accepts_the_hand_made_token_on_which_the_attacks_build(
    keys: dict[str, kit.PublicKey],
) -> None:
    assert kit.verify(forge(), keys)["sub"] == "user-1"


def test_it_does_not_let_further_claims_replace_its_own(
    private: kit.PrivateKey, keys: dict[str, kit.PublicKey]
) -> None:
    claims = kit.verify(kit.issue(private, "user-1", {"sub": "admin", "exp": 9999999999}), keys)
    assert claims["sub"] == "user-1"
    assert claims["exp"] < 9999999999


def test_it_issues_no_token_without_a_subject(private: kit.PrivateKey) -> None:
    with pytest.raises(ValueError, match="subject"):
        kit.issue(private, "")


# Time


@pytest.mark.parametrize("shift", [-kit.ACCESS_MINUTES * 60 - 31, +60])
def test_it_refuses_a_token_outside_its_time(
    private: kit.PrivateKey,
    keys: dict[str, kit.PublicKey],
    monkeypatch: pytest.MonkeyPatch,
    shift: int,
) -> None:
    at = int(time.time()) + shift
    monkeypatch.setattr(kit, "now", lambda: at)
    refuse(kit.issue(private, "user-1"), keys, "ExpiredSignature|ImmatureSignature")


def test_it_forgives_clocks_that_differ_by_less_than_the_leeway(
    keys: dict[str, kit.PublicKey],
) -> None:
    at = int(time.time())
    assert kit.verify(forge(payload=good_claims() | {"exp": at - 20, "iat": at + 20}), keys)


@pytest.mark.parametrize("nbf", [60, 10**9])
def test_it_refuses_a_token_before_its_nbf(keys: dict[str, kit.PublicKey], nbf: int) -> None:
    claims = good_claims() | {"nbf": int(time.time()) + nbf}
    refuse(forge(payload=claims), keys, "ImmatureSignature")


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize("kind", ["text", "float", "true", "null", "list"])
def test_it_refuses_a_time_that_is_no_integer(
    keys: dict[str, kit.PublicKey], name: str, kind: str
) -> None:
    time_ = int(time.time()) + (600 if name == "exp" else -5)
    value = {"text": str(time_), "float": time_ + 0.5, "true": True, "null": None, "list": [time_]}
    refuse(forge(payload=good_claims() | {name: value[kind]}), keys)


@pytest.mark.parametrize("exp", [b"1e400", b"-1e400", b"NaN", b"Infinity", b"-1", b"0"])
def test_it_refuses_the_freak_exp(keys: dict[str, kit.PublicKey], exp: bytes) -> None:
    payload = json.dumps(good_claims() | {"exp": "EXP"}).encode().replace(b'"EXP"', exp)
    refuse(forge(payload=payload), keys)


# Claims


@pytest.mark.parametrize("name", ["exp", "iat", "iss", "aud", "sub", "jti"])
def test_it_refuses_a_token_without(keys: dict[str, kit.PublicKey], name: str) -> None:
    claims = good_claims()
    del claims[name]
    refuse(forge(payload=claims), keys)


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
def test_it_refuses_the_issuer(keys: dict[str, kit.PublicKey], iss: Any) -> None:
    refuse(forge(payload=good_claims() | {"iss": iss}), keys)


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
def test_it_refuses_the_audience(keys: dict[str, kit.PublicKey], aud: Any) -> None:
    refuse(forge(payload=good_claims() | {"aud": aud}), keys)


@pytest.mark.parametrize("name", ["sub", "jti"])
@pytest.mark.parametrize("value", ["", 7, ["user-1"]])
def test_it_refuses_an_unfit(keys: dict[str, kit.PublicKey], name: str, value: Any) -> None:
    refuse(forge(payload=good_claims() | {name: value}), keys)


@pytest.mark.parametrize("payload", [b"[]", b'"text"', b"null", b"{", b"", b"\xff", b"[" * 1500])
def test_it_refuses_a_payload_that_is_no_object(
    keys: dict[str, kit.PublicKey], payload: bytes
) -> None:
    refuse(forge(payload=payload), keys)


# Header


@pytest.mark.parametrize(
    "typ", ["JWT", "rt+jwt", "id+jwt", "AT+JWT", "application/at+jwt", None, 1]
)
def test_it_refuses_another_typ(keys: dict[str, kit.PublicKey], typ: Any) -> None:
    refuse(forge(good_header() | {"typ": typ}), keys, "typ")


@pytest.mark.parametrize("name", ["alg", "typ", "kid"])
def test_it_refuses_a_header_without(keys: dict[str, kit.PublicKey], name: str) -> None:
    header = good_header()
    del header[name]
    refuse(forge(header), keys, "header members")


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None, ["ES256"], "es256"])
@pytest.mark.parametrize("signed", [True, False])
def test_it_refuses_the_algorithm(keys: dict[str, kit.PublicKey], alg: Any, signed: bool) -> None:
    sign: Callable[[bytes], bytes] = es256 if signed else lambda _: b""
    refuse(forge(good_header() | {"alg": alg}, sign=sign), keys, "wrong alg")


def public_secrets() -> dict[str, bytes]:
    text = pem(OURS.public_key())
    der = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    point = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    return {
        "pem": text.encode(),
        "stripped pem": text.strip().encode(),
        "one-line pem": "".join(text.splitlines()[1:-1]).encode(),
        "der": OURS.public_key().public_bytes(*der),
        "point": OURS.public_key().public_bytes(*point),
    }


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512", "ES256"])
@pytest.mark.parametrize("secret", public_secrets())
def test_it_refuses_an_hmac_made_with_the_public_key(
    keys: dict[str, kit.PublicKey], alg: str, secret: str
) -> None:
    def sign(message: bytes) -> bytes:
        digest = {"HS384": "sha384", "HS512": "sha512"}.get(alg, "sha256")
        return hmac.new(public_secrets()[secret], message, digest).digest()

    refuse(forge(good_header() | {"alg": alg}, sign=sign), keys)


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES384", "ES256K", "EdDSA"])
def test_it_refuses_another_algorithm_of_its_kind(keys: dict[str, kit.PublicKey], alg: str) -> None:
    refuse(forge(good_header() | {"alg": alg}), keys, "wrong alg")


def jwk(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    x, y = (b64(n.to_bytes(32, "big")) for n in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


@pytest.mark.parametrize(
    "extra",
    [
        {"jwk": jwk(STRANGER.public_key())},
        {"jwk": jwk(OURS.public_key())},
        {"jku": "https://evil.example/keys.json"},
        {"x5u": "https://evil.example/cert.pem"},
        {"x5c": ["MIIB"]},
        {"crit": ["exp"], "exp": 1},
        {"crit": ["b64"], "b64": True},
        {"crit": []},
        {"b64": False},
        {"zip": "DEF"},
        {"cty": "JWT"},
    ],
)
def test_it_refuses_a_header_that_brings(keys: dict[str, kit.PublicKey], extra: Any) -> None:
    refuse(forge(good_header() | extra), keys, "header members")


@pytest.mark.parametrize(
    "kid",
    [
        "",
        "../../dev/null",
        "https://evil.example/key",
        "' OR 1=1 --",
        "x" * 900,
        None,
        0,
        ["a"],
        {},
    ],
)
def test_it_refuses_the_hostile_kid(keys: dict[str, kit.PublicKey], kid: Any) -> None:
    refuse(forge(good_header() | {"kid": kid}), keys, "unknown kid")


@pytest.mark.parametrize("header", [b"[]", b"null", b'"alg"', b"{", b"", b"\xff\xfe", b"[" * 1500])
def test_it_refuses_a_header_that_is_no_object(
    keys: dict[str, kit.PublicKey], header: bytes
) -> None:
    refuse(forge(header), keys)


# Signature


def test_it_refuses_the_signature_of_another_key(keys: dict[str, kit.PublicKey]) -> None:
    refuse(forge(sign=lambda message: es256(message, STRANGER)), keys, "InvalidSignature")


@pytest.mark.parametrize("signature", [b"", b"\0" * 64, b"\0" * 63, b"\xff" * 64, b"\0" * 65])
def test_it_refuses_an_empty_or_blank_signature(
    keys: dict[str, kit.PublicKey], signature: bytes
) -> None:
    refuse(forge(sign=lambda _: signature), keys, "InvalidSignature")


def test_it_refuses_a_signature_in_der(keys: dict[str, kit.PublicKey]) -> None:
    refuse(forge(sign=lambda m: OURS.sign(m, ec.ECDSA(hashes.SHA256()))), keys, "InvalidSignature")


def test_it_refuses_a_changed_payload(keys: dict[str, kit.PublicKey]) -> None:
    header, payload, signature = forge().split(".")
    changed = json.loads(unb64(payload)) | {"sub": "admin"}
    refuse(f"{header}.{b64(json.dumps(changed).encode())}.{signature}", keys, "InvalidSignature")


def test_it_refuses_a_change_of_any_one_byte(keys: dict[str, kit.PublicKey]) -> None:
    parts = [unb64(part) for part in forge().split(".")]
    for which, part in enumerate(parts):
        for at in range(len(part)):
            changed = bytes([*part[:at], part[at] ^ 1, *part[at + 1 :]])
            refuse(".".join(map(b64, [*parts[:which], changed, *parts[which + 1 :]])), keys)


# Shape


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
    keys: dict[str, kit.PublicKey], spoil: Callable[[str], Any]
) -> None:
    refuse(spoil(forge()), keys)


def test_it_refuses_a_token_that_is_not_ascii(keys: dict[str, kit.PublicKey]) -> None:
    refuse(forge() + "é", keys, "not ASCII")
    refuse(forge().replace("e", "\uff45", 1), keys, "not ASCII")


def test_it_refuses_unused_bits_in_the_last_character(keys: dict[str, kit.PublicKey]) -> None:
    """86 characters hold 64 bytes and 4 bits: 16 spellings decode to one signature."""
    token = forge()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spelling = token[:-1] + alphabet[alphabet.index(token[-1]) + 1]
    assert unb64(spelling.rsplit(".")[-1]) == unb64(token.rsplit(".")[-1])
    refuse(spelling, keys, "canonical")


def test_it_refuses_a_signed_token_above_the_size_limit(keys: dict[str, kit.PublicKey]) -> None:
    room = good_claims() | {"pad": ""}
    fits = kit.MAX_LENGTH - len(forge(payload=room)) - 8
    assert kit.verify(forge(payload=room | {"pad": "x" * (fits * 3 // 4)}), keys)
    refuse(forge(payload=room | {"pad": "x" * kit.MAX_LENGTH}), keys, "too long")


# Keys


def test_it_accepts_the_old_and_the_new_key_while_keys_change(
    monkeypatch: pytest.MonkeyPatch, private: kit.PrivateKey
) -> None:
    both = pem(OURS.public_key()) + pem(STRANGER.public_key())
    monkeypatch.setenv("JWT_PUBLIC_KEYS", both)
    keys = kit.load_public_keys()
    assert len(keys) == 2
    for key in (private, STRANGER):
        assert kit.verify(kit.issue(key, "user-1"), keys)


def test_it_ties_each_kid_to_its_own_key(monkeypatch: pytest.MonkeyPatch) -> None:
    both = pem(OURS.public_key()) + pem(STRANGER.public_key())
    monkeypatch.setenv("JWT_PUBLIC_KEYS", both)
    token = forge(sign=lambda message: es256(message, STRANGER))
    refuse(token, kit.load_public_keys(), "InvalidSignature")


def test_it_reads_keys_whose_line_breaks_are_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(OURS).replace("\n", "\\n"))
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(OURS.public_key()).replace("\n", "\\n"))
    assert kit.verify(kit.issue(kit.load_private_key(), "user-1"), kit.load_public_keys())


def test_it_does_not_let_a_service_issue(keys: dict[str, kit.PublicKey]) -> None:
    (public,) = keys.values()
    with pytest.raises(Exception, match="public"):
        kit.issue(public, "user-1")  # type: ignore[arg-type]


UNFIT = {
    "unset": "",
    "text": "secret",
    "broken": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
    "P-384": pem(ec.generate_private_key(ec.SECP384R1())),
    "secp256k1": pem(ec.generate_private_key(ec.SECP256K1())),
    "Ed25519": pem(ed25519.Ed25519PrivateKey.generate()),
    "RSA-3072": pem(RSA),
}


@pytest.mark.parametrize("which", UNFIT)
def test_it_refuses_the_private_key(monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    monkeypatch.setenv("JWT_PRIVATE_KEY", UNFIT[which])
    with pytest.raises(kit.ConfigurationError, match=r"JWT_PRIVATE_KEY .*openssl genpkey"):
        kit.load_private_key()


@pytest.mark.parametrize("which", UNFIT)
def test_it_refuses_the_public_key(monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    text = UNFIT[which]
    if text.startswith("-----") and which != "broken":
        private = serialization.load_pem_private_key(text.encode(), None)
        text = pem(private.public_key())
    # A good key beside it does not help.
    good = pem(OURS.public_key()) if text.startswith("-----") else ""
    monkeypatch.setenv("JWT_PUBLIC_KEYS", good + text)
    with pytest.raises(kit.ConfigurationError, match=r"JWT_PUBLIC_KEYS .*openssl genpkey"):
        kit.load_public_keys()


def test_it_refuses_to_give_a_service_the_private_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(OURS))
    with pytest.raises(kit.ConfigurationError):
        kit.load_public_keys()


def test_it_refuses_an_encrypted_private_key(monkeypatch: pytest.MonkeyPatch) -> None:
    form = serialization.PrivateFormat.PKCS8
    locked = serialization.BestAvailableEncryption(b"pass")
    text = OURS.private_bytes(serialization.Encoding.PEM, form, locked).decode()
    monkeypatch.setenv("JWT_PRIVATE_KEY", text)
    with pytest.raises(kit.ConfigurationError):
        kit.load_private_key()


def test_it_reads_a_key_made_by_the_documented_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    make = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"
    assert make in (kit.__doc__ or "")
    private = subprocess.run(make.split(), capture_output=True, check=True).stdout
    public = subprocess.run(
        ["openssl", "pkey", "-pubout"],
        input=private,
        capture_output=True,
        check=True,
    ).stdout
    monkeypatch.setenv("JWT_PRIVATE_KEY", private.decode())
    monkeypatch.setenv("JWT_PUBLIC_KEYS", public.decode())
    assert kit.verify(kit.issue(kit.load_private_key(), "user-1"), kit.load_public_keys())


# RS256, the documented choice for compatibility


def rs256(message: bytes) -> bytes:
    return RSA.sign(message, padding.PKCS1v15(), hashes.SHA256())


def ps256(message: bytes) -> bytes:
    return RSA.sign(message, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())


def test_it_does_rs256_when_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kit, "ALGORITHM", "RS256")
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(RSA))
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(RSA.public_key()))
    keys = kit.load_public_keys()
    token = kit.issue(kit.load_private_key(), "user-1")
    assert kit.verify(token, keys)["sub"] == "user-1"
    header = json.loads(unb64(token.split(".")[0]))
    assert kit.verify(forge(header, sign=rs256), keys)
    refuse(forge(header | {"alg": "PS256"}, sign=ps256), keys, "wrong alg")
    refuse(forge(header, sign=ps256), keys, "InvalidSignature")
    refuse(forge(header | {"alg": "ES256"}), keys, "wrong alg")


@pytest.mark.parametrize("bits", [1024, 2048])
def test_it_refuses_a_short_rsa_key(monkeypatch: pytest.MonkeyPatch, bits: int) -> None:
    monkeypatch.setattr(kit, "ALGORITHM", "RS256")
    short = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(short))
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(short.public_key()))
    with pytest.raises(kit.ConfigurationError):
        kit.load_private_key()
    with pytest.raises(kit.ConfigurationError):
        kit.load_public_keys()


@pytest.mark.parametrize("algorithm", ["HS256", "none", "RS256", "PS256", "ES384"])
def test_it_refuses_an_ec_key_for_another_algorithm(
    monkeypatch: pytest.MonkeyPatch, algorithm: str
) -> None:
    monkeypatch.setattr(kit, "ALGORITHM", algorithm)
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(OURS.public_key()))
    with pytest.raises(kit.ConfigurationError, match=algorithm):
        kit.load_public_keys()

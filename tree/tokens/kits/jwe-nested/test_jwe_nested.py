"""Attacks on jwe_nested. Both layers are built by hand, so that each can be forged alone."""

import base64
import hmac
import json
import secrets
import subprocess
import time
import uuid
import zlib
from collections.abc import Callable
from typing import Any

import jwe_nested as kit
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from joserfc.jwk import ECKey

P256 = ec.SECP256R1()
ISSUER = ec.generate_private_key(P256)  # signs
SERVICE = ec.generate_private_key(P256)  # decrypts
STRANGER = ec.generate_private_key(P256)


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
def issuer(monkeypatch: pytest.MonkeyPatch) -> kit.IssuerKeys:
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(ISSUER))
    monkeypatch.setenv("JWE_PUBLIC_KEY", pem(SERVICE.public_key()))
    return kit.load_issuer_keys()


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> kit.ServiceKeys:
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(ISSUER.public_key()))
    monkeypatch.setenv("JWE_PRIVATE_KEYS", pem(SERVICE))
    return kit.load_service_keys()


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def jwk(key: ec.EllipticCurvePublicKey, crv: str = "P-256") -> dict[str, str]:
    numbers, size = key.public_numbers(), (key.key_size + 7) // 8
    x, y = (b64(n.to_bytes(size, "big")) for n in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": crv, "x": x, "y": y}


def kid(key: ec.EllipticCurvePrivateKey) -> str:
    return ECKey.import_key(key).thumbprint()


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


def inner_header() -> dict[str, Any]:
    return {"alg": "ES256", "typ": "at+jwt", "kid": kid(ISSUER)}


def outer_header() -> dict[str, Any]:
    return {"alg": "ECDH-ES", "enc": "A256GCM", "cty": "JWT", "kid": kid(SERVICE)}


def es256(message: bytes, key: ec.EllipticCurvePrivateKey = ISSUER) -> bytes:
    r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def octets(part: Any) -> bytes:
    return part if isinstance(part, bytes) else json.dumps(part).encode()


def signed(header: Any = None, payload: Any = None, sign: Callable[[bytes], bytes] = es256) -> str:
    header = inner_header() if header is None else header
    payload = good_claims() if payload is None else payload
    message = f"{b64(octets(header))}.{b64(octets(payload))}"
    return f"{message}.{b64(sign(message.encode()))}"


def encrypted(
    plaintext: str | bytes,
    header: Any = None,
    *,
    extra: dict[str, Any] | None = None,
    epk: dict[str, Any] | None = None,
    to: ec.EllipticCurvePrivateKey = SERVICE,
    enc: str = "A256GCM",
    encrypted_key: bytes = b"",
    iv_size: int = 12,
    tag_size: int = 16,
) -> str:
    """ECDH-ES and A256GCM as RFC 7518 describes them; a header that is given gets no epk."""
    once = ec.generate_private_key(P256)
    info = b"".join(len(part).to_bytes(4, "big") + part for part in (enc.encode(), b"", b""))
    info += (256).to_bytes(4, "big")
    secret = once.exchange(ec.ECDH(), to.public_key())
    cek = ConcatKDFHash(hashes.SHA256(), 32, info).derive(secret)
    if header is None:
        header = outer_header() | {"epk": jwk(once.public_key()) | (epk or {})}
        header |= extra or {}
        header = {name: value for name, value in header.items() if value is not ...}
    iv = secrets.token_bytes(iv_size)
    text = plaintext.encode() if isinstance(plaintext, str) else plaintext
    sealed = AESGCM(cek).encrypt(iv, text, b64(octets(header)).encode())
    parts = [octets(header), encrypted_key, iv, sealed[:-16], sealed[-16:][:tag_size]]
    return ".".join(map(b64, parts))


def forge(header: Any = None, payload: Any = None, sign: Callable[[bytes], bytes] = es256) -> str:
    return encrypted(signed(header, payload, sign))


def refuse(token: Any, keys: kit.ServiceKeys, reason: str | None = None) -> None:
    with pytest.raises(kit.InvalidToken, match=reason) as caught:
        kit.verify(token, keys)
    if token:
        assert str(token) not in str(caught.value)


def test_it_accepts_what_it_issues(issuer: kit.IssuerKeys, keys: kit.ServiceKeys) -> None:
    claims = kit.verify(kit.issue(issuer, "user-1", {"scope": "read"}), keys)
    assert claims["sub"] == "user-1"
    assert claims["scope"] == "read"
    assert (claims["iss"], claims["aud"]) == (kit.ISSUER, kit.AUDIENCE)
    assert claims["exp"] - claims["iat"] == kit.ACCESS_MINUTES * 60


def test_it_gives_every_token_its_own_jti_and_its_own_key(
    issuer: kit.IssuerKeys, keys: kit.ServiceKeys
) -> None:
    tokens = [kit.issue(issuer, "user-1") for _ in range(5)]
    assert len({kit.verify(token, keys)["jti"] for token in tokens}) == 5
    assert len({json.loads(unb64(token.split(".")[0]))["epk"]["x"] for token in tokens}) == 5


def test_it_accepts_the_hand_made_token_on_which_the_attacks_build(keys: kit.ServiceKeys) -> None:
    assert kit.verify(forge(), keys)["sub"] == "user-1"


def test_it_does_not_let_further_claims_replace_its_own(
    issuer: kit.IssuerKeys, keys: kit.ServiceKeys
) -> None:
    claims = kit.verify(kit.issue(issuer, "user-1", {"sub": "admin", "exp": 9999999999}), keys)
    assert claims["sub"] == "user-1"
    assert claims["exp"] < 9999999999


def test_it_issues_no_token_without_a_subject(issuer: kit.IssuerKeys) -> None:
    with pytest.raises(ValueError, match="subject"):
        kit.issue(issuer, "")


def test_it_hides_the_claims(issuer: kit.IssuerKeys, keys: kit.ServiceKeys) -> None:
    token = kit.issue(issuer, "user-1", {"diagnosis": "measles"})
    assert not any(b"measles" in unb64(part) for part in token.split("."))
    assert kit.verify(token, keys)["diagnosis"] == "measles"


# Who issued it


def test_it_refuses_claims_that_are_encrypted_but_not_signed(keys: kit.ServiceKeys) -> None:
    """Anyone who knows the service's public key can make this one."""
    refuse(encrypted(json.dumps(good_claims())), keys)
    refuse(
        encrypted(json.dumps(good_claims()), extra={"cty": ..., "typ": "at+jwt"}), keys, "header"
    )


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None, ["ES256"], "es256"])
@pytest.mark.parametrize("with_signature", [True, False])
def test_it_refuses_the_inner_algorithm(
    keys: kit.ServiceKeys, alg: Any, with_signature: bool
) -> None:
    sign: Callable[[bytes], bytes] = es256 if with_signature else lambda _: b""
    refuse(forge(inner_header() | {"alg": alg}, sign=sign), keys, "a header other than ours")


def test_it_refuses_an_inner_token_without_its_signature(keys: kit.ServiceKeys) -> None:
    token = signed()
    refuse(encrypted(token.rsplit(".", 1)[0] + "."), keys, "BadSignature")
    refuse(encrypted(token.rsplit(".", 1)[0]), keys, "not 3 segments")


@pytest.mark.parametrize("key", [STRANGER, SERVICE], ids=["a stranger", "the service itself"])
def test_it_refuses_an_inner_token_signed_by(
    keys: kit.ServiceKeys, key: ec.EllipticCurvePrivateKey
) -> None:
    refuse(forge(sign=lambda message: es256(message, key)), keys, "BadSignature")
    named = inner_header() | {"kid": kid(key)}
    refuse(forge(named, sign=lambda message: es256(message, key)), keys, "unknown kid")


def public_secrets() -> dict[str, bytes]:
    public = ISSUER.public_key()
    text = pem(public)
    form = serialization.PublicFormat
    return {
        "pem": text.encode(),
        "stripped pem": text.strip().encode(),
        "one-line pem": "".join(text.splitlines()[1:-1]).encode(),
        "der": public.public_bytes(serialization.Encoding.DER, form.SubjectPublicKeyInfo),
        "point": public.public_bytes(serialization.Encoding.X962, form.UncompressedPoint),
    }


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512", "ES256"])
@pytest.mark.parametrize("secret", public_secrets())
def test_it_refuses_an_inner_hmac_made_with_the_public_key(
    keys: kit.ServiceKeys, alg: str, secret: str
) -> None:
    def sign(message: bytes) -> bytes:
        digest = {"HS384": "sha384", "HS512": "sha512"}.get(alg, "sha256")
        return hmac.new(public_secrets()[secret], message, digest).digest()

    refuse(forge(inner_header() | {"alg": alg}, sign=sign), keys)


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES384", "ES256K", "EdDSA"])
def test_it_refuses_another_inner_algorithm(keys: kit.ServiceKeys, alg: str) -> None:
    refuse(forge(inner_header() | {"alg": alg}), keys, "a header other than ours")


def test_it_refuses_changed_claims_under_an_old_signature(keys: kit.ServiceKeys) -> None:
    header, payload, signature = signed().split(".")
    changed = b64(json.dumps(json.loads(unb64(payload)) | {"sub": "admin"}).encode())
    refuse(encrypted(f"{header}.{changed}.{signature}"), keys, "BadSignature")


@pytest.mark.parametrize("signature", [b"", b"\0" * 64, b"\0" * 63, b"\xff" * 64, b"\0" * 65])
def test_it_refuses_a_blank_signature(keys: kit.ServiceKeys, signature: bytes) -> None:
    refuse(forge(sign=lambda _: signature), keys, "refused")


def test_it_refuses_a_signed_token_that_is_not_encrypted(keys: kit.ServiceKeys) -> None:
    refuse(signed(), keys, "epk|5 segments")


# The inner header


@pytest.mark.parametrize("typ", ["JWT", "rt+jwt", "id+jwt", "AT+JWT", None, 1])
def test_it_refuses_another_inner_typ(keys: kit.ServiceKeys, typ: Any) -> None:
    refuse(forge(inner_header() | {"typ": typ}), keys, "a header other than ours")


@pytest.mark.parametrize("name", ["alg", "typ", "kid"])
def test_it_refuses_an_inner_header_without(keys: kit.ServiceKeys, name: str) -> None:
    header = inner_header()
    del header[name]
    refuse(forge(header), keys, "a header other than ours")


@pytest.mark.parametrize(
    "extra",
    [
        {"jwk": jwk(STRANGER.public_key())},
        {"jwk": jwk(ISSUER.public_key())},
        {"jku": "https://evil.example/keys.json"},
        {"x5u": "https://evil.example/cert.pem"},
        {"x5c": ["MIIB"]},
        {"crit": ["exp"], "exp": 1},
        {"crit": ["b64"], "b64": True},
        {"b64": False},
        {"cty": "JWT"},
    ],
)
def test_it_refuses_an_inner_header_that_brings(keys: kit.ServiceKeys, extra: Any) -> None:
    refuse(forge(inner_header() | extra), keys, "a header other than ours")


HOSTILE: list[Any] = [
    "",
    "../../dev/null",
    "https://evil.example/key",
    "' OR 1=1 --",
    None,
    0,
    ["a"],
    {},
]


@pytest.mark.parametrize("value", HOSTILE)
def test_it_refuses_the_hostile_kid(keys: kit.ServiceKeys, value: Any) -> None:
    refuse(forge(inner_header() | {"kid": value}), keys, "unknown kid")
    refuse(encrypted(signed(), extra={"kid": value}), keys, "unknown kid")


@pytest.mark.parametrize(
    "inner",
    [
        "",
        "a.b.c",
        "..",
        b"\xff\xfe",
        "é",
        signed() + "\n",
        signed() + "=",
        signed()[:20] + "!!!!" + signed()[20:],
        signed() + ".",
        f"{b64(b'[]')}.{b64(b'{}')}.{b64(b'x')}",
        b64(b"[" * 2000) + ".e30.e30",
        json.dumps({"payload": signed()}),
        "x" * 5000,
    ],
)
def test_it_refuses_an_inner_token_of_another_shape(
    keys: kit.ServiceKeys, inner: str | bytes
) -> None:
    refuse(encrypted(inner), keys)


def test_it_refuses_a_token_nested_twice(keys: kit.ServiceKeys) -> None:
    refuse(encrypted(forge()), keys, "not 3 segments")


# The outer header


@pytest.mark.parametrize("name", ["alg", "enc", "cty", "kid", "epk"])
def test_it_refuses_an_outer_header_without(keys: kit.ServiceKeys, name: str) -> None:
    refuse(encrypted(signed(), extra={name: ...}), keys)


@pytest.mark.parametrize("cty", ["jwt", "application/jwt", "at+jwt", "", None, ["JWT"]])
def test_it_refuses_another_cty(keys: kit.ServiceKeys, cty: Any) -> None:
    refuse(encrypted(signed(), extra={"cty": cty}), keys, "a header other than ours")


@pytest.mark.parametrize(
    "alg",
    ["dir", "none", "", None, "ECDH-ES+A256KW", "RSA-OAEP", "RSA1_5", "A256KW", "ECDH-1PU"],
)
def test_it_refuses_the_outer_algorithm(keys: kit.ServiceKeys, alg: Any) -> None:
    refuse(encrypted(signed(), extra={"alg": alg}), keys, "a header other than ours")


@pytest.mark.parametrize("enc", ["A128GCM", "A128CBC-HS256", "A256CBC-HS512", "none", None, ""])
def test_it_refuses_the_encryption(keys: kit.ServiceKeys, enc: Any) -> None:
    refuse(encrypted(signed(), extra={"enc": enc}), keys, "a header other than ours")


@pytest.mark.parametrize(
    "extra",
    [
        {"zip": "DEF"},
        {"p2s": "c2FsdA", "p2c": 2**31 - 1},
        {"alg": "PBES2-HS512+A256KW", "p2s": "c2FsdA", "p2c": 2**31 - 1},
        {"apu": "QQ"},
        {"apv": "QQ"},
        {"typ": "JWT"},
        {"jwk": jwk(STRANGER.public_key())},
        {"jku": "https://evil.example/keys.json"},
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
        {"iss": kit.ISSUER},
    ],
)
def test_it_refuses_an_outer_header_that_brings(keys: kit.ServiceKeys, extra: Any) -> None:
    start = time.perf_counter()
    refuse(encrypted(signed(), extra=extra), keys, "a header other than ours")
    assert time.perf_counter() - start < 0.1


def test_it_refuses_a_compressed_inner_token(keys: kit.ServiceKeys) -> None:
    deflate = zlib.compressobj(wbits=-15)
    bomb = deflate.compress(signed().encode()) + deflate.flush()
    refuse(encrypted(bomb, extra={"zip": "DEF"}), keys, "a header other than ours")


def off_curve() -> dict[str, str]:
    point = jwk(STRANGER.public_key())
    return point | {"y": b64(bytes(31) + b"\1")}


@pytest.mark.parametrize(
    "epk",
    [
        None,
        "",
        [],
        {},
        off_curve(),
        jwk(STRANGER.public_key()) | {"crv": "P-384"},
        jwk(ec.generate_private_key(ec.SECP384R1()).public_key(), "P-384"),
        jwk(STRANGER.public_key()) | {"d": b64(b"\1" * 32)},
        jwk(STRANGER.public_key()) | {"kid": "a"},
        jwk(STRANGER.public_key()) | {"x": 7},
        jwk(STRANGER.public_key()) | {"x": "!"},
        jwk(STRANGER.public_key()) | {"kty": "oct"},
        {"kty": "OKP", "crv": "X25519", "x": b64(bytes(32)), "y": ""},
    ],
)
def test_it_refuses_the_ephemeral_key(keys: kit.ServiceKeys, epk: Any) -> None:
    refuse(encrypted(signed(), extra={"epk": epk}), keys)


@pytest.mark.parametrize("epk", [{"kid": "a"}, {"use": "enc"}, {"x5u": "https://evil.example"}])
def test_it_refuses_more_than_a_point_in_an_ephemeral_key_that_would_work(
    keys: kit.ServiceKeys, epk: dict[str, Any]
) -> None:
    assert kit.verify(encrypted(signed(), epk={}), keys)
    refuse(encrypted(signed(), epk=epk), keys, "epk")


@pytest.mark.parametrize("header", [b"[]", b"null", b'"alg"', b"{", b"", b"\xff", b"[" * 1500])
def test_it_refuses_an_outer_header_that_is_no_object(keys: kit.ServiceKeys, header: bytes) -> None:
    refuse(encrypted(signed(), header), keys)


# Encryption


def test_it_refuses_a_token_encrypted_to_another_key(keys: kit.ServiceKeys) -> None:
    refuse(encrypted(signed(), to=STRANGER), keys, "not decrypted")
    refuse(encrypted(signed(), to=STRANGER, extra={"kid": kid(STRANGER)}), keys, "unknown kid")


@pytest.mark.parametrize("size", [0, 1, 4, 8, 12, 15])
def test_it_refuses_a_short_tag(keys: kit.ServiceKeys, size: int) -> None:
    refuse(encrypted(signed(), tag_size=size), keys, "wrong length")


@pytest.mark.parametrize("size", [8, 11, 13, 16])
def test_it_refuses_an_iv_of_another_length(keys: kit.ServiceKeys, size: int) -> None:
    refuse(encrypted(signed(), iv_size=size), keys, "wrong length")


def test_it_refuses_an_encrypted_key(keys: kit.ServiceKeys) -> None:
    refuse(encrypted(signed(), encrypted_key=b"\0" * 40), keys, "wrong length")


def test_it_refuses_a_change_of_any_one_byte(keys: kit.ServiceKeys) -> None:
    parts = [unb64(part) for part in forge().split(".")]
    for which, part in enumerate(parts):
        for at in range(len(part)):
            changed = bytes([*part[:at], part[at] ^ 1, *part[at + 1 :]])
            refuse(".".join(map(b64, [*parts[:which], changed, *parts[which + 1 :]])), keys)


# Time


@pytest.mark.parametrize("shift", [kit.ACCESS_MINUTES * 60 + 30, -60])
def test_it_refuses_a_token_outside_its_time(
    issuer: kit.IssuerKeys, keys: kit.ServiceKeys, monkeypatch: pytest.MonkeyPatch, shift: int
) -> None:
    at = int(time.time())
    monkeypatch.setattr(kit, "now", lambda: at)
    token = kit.issue(issuer, "user-1")
    assert kit.verify(token, keys)
    monkeypatch.setattr(kit, "now", lambda: at + shift)
    refuse(token, keys, "ExpiredToken|InvalidClaim")


def test_it_forgives_clocks_that_differ_by_less_than_the_leeway(
    keys: kit.ServiceKeys,
) -> None:
    at = int(time.time())
    assert kit.verify(forge(payload=good_claims() | {"exp": at - 20, "iat": at + 20}), keys)


@pytest.mark.parametrize("nbf", [60, 10**9])
def test_it_refuses_a_token_before_its_nbf(keys: kit.ServiceKeys, nbf: int) -> None:
    claims = good_claims() | {"nbf": int(time.time()) + nbf}
    refuse(forge(payload=claims), keys, "InvalidClaim")


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize("kind", ["text", "float", "true", "null", "list"])
def test_it_refuses_a_time_that_is_no_integer(keys: kit.ServiceKeys, name: str, kind: str) -> None:
    time_ = int(time.time()) + (600 if name == "exp" else -5)
    value = {"text": str(time_), "float": time_ + 0.5, "true": True, "null": None, "list": [time_]}
    refuse(forge(payload=good_claims() | {name: value[kind]}), keys)


@pytest.mark.parametrize("exp", [b"1e400", b"-1e400", b"NaN", b"Infinity", b"-1", b"0"])
def test_it_refuses_the_freak_exp(keys: kit.ServiceKeys, exp: bytes) -> None:
    payload = json.dumps(good_claims() | {"exp": "EXP"}).encode().replace(b'"EXP"', exp)
    refuse(forge(payload=payload), keys)


# Claims


@pytest.mark.parametrize("name", ["exp", "iat", "iss", "aud", "sub", "jti"])
def test_it_refuses_a_token_without(keys: kit.ServiceKeys, name: str) -> None:
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
def test_it_refuses_the_issuer(keys: kit.ServiceKeys, iss: Any) -> None:
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
def test_it_refuses_the_audience(keys: kit.ServiceKeys, aud: Any) -> None:
    refuse(forge(payload=good_claims() | {"aud": aud}), keys)


@pytest.mark.parametrize("name", ["sub", "jti"])
@pytest.mark.parametrize("value", ["", 7, ["user-1"]])
def test_it_refuses_an_unfit(keys: kit.ServiceKeys, name: str, value: Any) -> None:
    refuse(forge(payload=good_claims() | {name: value}), keys)


@pytest.mark.parametrize("payload", [b"[]", b'"text"', b"null", b"{", b"", b"\xff", b"[" * 1500])
def test_it_refuses_a_payload_that_is_no_object(keys: kit.ServiceKeys, payload: bytes) -> None:
    refuse(forge(payload=payload), keys)


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
    keys: kit.ServiceKeys, spoil: Callable[[str], Any]
) -> None:
    refuse(spoil(forge()), keys)


def test_it_refuses_a_token_that_is_not_ascii(keys: kit.ServiceKeys) -> None:
    refuse(forge() + "é", keys, "not ASCII")
    refuse(forge().replace("e", "\uff45", 1), keys, "not ASCII")


def test_it_refuses_unused_bits_in_the_last_character(keys: kit.ServiceKeys) -> None:
    """A tag of 16 bytes takes 22 characters, and leaves 4 bits: it has 16 spellings."""
    token = forge()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spelling = token[:-1] + alphabet[alphabet.index(token[-1]) + 1]
    assert unb64(spelling.rsplit(".")[-1]) == unb64(token.rsplit(".")[-1])
    refuse(spelling, keys, "canonical")


def test_it_refuses_a_genuine_token_above_the_size_limit(keys: kit.ServiceKeys) -> None:
    room = good_claims() | {"pad": ""}
    fits = kit.MAX_LENGTH - len(forge(payload=room)) - 8
    assert kit.verify(forge(payload=room | {"pad": "x" * (fits * 9 // 16)}), keys)
    refuse(forge(payload=room | {"pad": "x" * kit.MAX_LENGTH}), keys, "too long")


# Keys


def test_it_accepts_old_and_new_keys_while_keys_change(monkeypatch: pytest.MonkeyPatch) -> None:
    new_issuer, new_service = (ec.generate_private_key(P256) for _ in range(2))
    signing = pem(ISSUER.public_key()) + pem(new_issuer.public_key())
    monkeypatch.setenv("JWT_PUBLIC_KEYS", signing.replace("\n", "\\n"))
    monkeypatch.setenv("JWE_PRIVATE_KEYS", pem(SERVICE) + pem(new_service))
    keys = kit.load_service_keys()
    for signer in (ISSUER, new_issuer):
        for recipient in (SERVICE, new_service):
            monkeypatch.setenv("JWT_PRIVATE_KEY", pem(signer))
            monkeypatch.setenv("JWE_PUBLIC_KEY", pem(recipient.public_key()))
            token = kit.issue(kit.load_issuer_keys(), "user-1")
            assert kit.verify(token, keys)["sub"] == "user-1"


def test_it_ties_each_kid_to_its_own_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(ISSUER.public_key()) + pem(STRANGER.public_key()))
    monkeypatch.setenv("JWE_PRIVATE_KEYS", pem(SERVICE))
    token = forge(sign=lambda message: es256(message, STRANGER))
    refuse(token, kit.load_service_keys(), "BadSignature")


def test_it_does_not_let_a_service_issue(keys: kit.ServiceKeys) -> None:
    (public,), (own,) = keys.issuer.values(), keys.decryption.values()
    with pytest.raises(Exception, match="public key"):
        kit.issue(kit.IssuerKeys(signing=public, recipient=own), "user-1")
    refuse(kit.issue(kit.IssuerKeys(signing=own, recipient=own), "user-1"), keys, "unknown kid")


UNFIT = {
    "unset": "",
    "text": "secret",
    "broken": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
    "P-384": pem(ec.generate_private_key(ec.SECP384R1())),
    "secp256k1": pem(ec.generate_private_key(ec.SECP256K1())),
    "a curve without a name in JOSE": pem(ec.generate_private_key(ec.BrainpoolP256R1())),
    "Ed25519": pem(ed25519.Ed25519PrivateKey.generate()),
    "RSA": pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
}
PRIVATE = ("JWT_PRIVATE_KEY", "JWE_PRIVATE_KEYS")
PUBLIC = ("JWE_PUBLIC_KEY", "JWT_PUBLIC_KEYS")


def load(name: str) -> None:
    if name in ("JWT_PRIVATE_KEY", "JWE_PUBLIC_KEY"):
        kit.load_issuer_keys()
    else:
        kit.load_service_keys()


@pytest.mark.parametrize("which", UNFIT)
@pytest.mark.parametrize("name", [*PRIVATE, *PUBLIC])
@pytest.mark.usefixtures("issuer", "keys")
def test_it_refuses_the_key(monkeypatch: pytest.MonkeyPatch, name: str, which: str) -> None:
    text = UNFIT[which]
    if name in PUBLIC and text.startswith("-----") and which != "broken":
        private = serialization.load_pem_private_key(text.encode(), None)
        text = pem(private.public_key())
    load(name)
    monkeypatch.setenv(name, text)
    with pytest.raises(kit.ConfigurationError, match=name + ".*openssl genpkey"):
        load(name)


@pytest.mark.parametrize("name", [*PRIVATE, *PUBLIC])
@pytest.mark.usefixtures("issuer", "keys")
def test_it_refuses_the_wrong_half_of_a_pair(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    key = ec.generate_private_key(P256)
    monkeypatch.setenv(name, pem(key) if name in PUBLIC else pem(key.public_key()))
    with pytest.raises(kit.ConfigurationError, match=name):
        load(name)


@pytest.mark.parametrize("name", ["JWT_PRIVATE_KEY", "JWE_PUBLIC_KEY"])
@pytest.mark.usefixtures("issuer")
def test_it_refuses_two_keys_where_one_must_be_used(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    two = [ec.generate_private_key(P256) for _ in range(2)]
    monkeypatch.setenv(name, "".join(pem(k.public_key() if name in PUBLIC else k) for k in two))
    with pytest.raises(kit.ConfigurationError, match=name):
        load(name)


@pytest.mark.usefixtures("issuer", "keys")
def test_it_refuses_one_pair_for_both_purposes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWE_PUBLIC_KEY", pem(ISSUER.public_key()))
    with pytest.raises(kit.ConfigurationError, match="JWE_PUBLIC_KEY"):
        kit.load_issuer_keys()
    monkeypatch.setenv("JWE_PRIVATE_KEYS", pem(ISSUER))
    with pytest.raises(kit.ConfigurationError, match="JWE_PRIVATE_KEYS"):
        kit.load_service_keys()


def test_it_reads_keys_made_by_the_documented_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    make = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"
    assert make in (kit.__doc__ or "")
    for private_name, public_name in zip(PRIVATE, reversed(PUBLIC), strict=True):
        private = subprocess.run(make.split(), capture_output=True, check=True).stdout
        public = subprocess.run(
            ["openssl", "pkey", "-pubout"],
            input=private,
            capture_output=True,
            check=True,
        ).stdout
        monkeypatch.setenv(private_name, private.decode())
        monkeypatch.setenv(public_name, public.decode())
    token = kit.issue(kit.load_issuer_keys(), "user-1")
    assert kit.verify(token, kit.load_service_keys())

"""Attacks on the header of a token: nothing in it is taken at its word."""

import json
from typing import Any

import pytest

import forging
import tokens as kit
from by_hand import Verify, refuse
from forging import forge, good_header
from two_readings import WAYS, spoil

ALGORITHM = str(good_header()["alg"])
OTHER_ALGORITHMS: list[Any] = [
    *("none", "None", "NONE", "nOnE", "", None, {}, [ALGORITHM], ALGORITHM.swapcase()),
    *("HS1", "HS256", "HS384", "HS512", "RS256", "PS256", "ES256", "ES384", "ES512", "ES256K"),
    *("EdDSA", "dir", "A256KW", "A256GCMKW", "ECDH-ES", "RSA-OAEP"),
]


@pytest.mark.parametrize(
    "typ",
    [
        *("JWT", "rt+jwt", "id+jwt", "logout+jwt", "AT+JWT", "application/at+jwt", ""),
        *(None, 1, ["at+jwt"]),
    ],
)
def test_it_refuses_another_typ(verify: Verify, typ: Any) -> None:
    refuse(forge(good_header() | {"typ": typ}), verify, forging.HEADER)


@pytest.mark.parametrize("name", good_header())
def test_it_refuses_a_header_without(verify: Verify, name: str) -> None:
    header = good_header()
    del header[name]
    refuse(forge(header), verify, forging.HEADER)


@pytest.mark.parametrize("alg", [alg for alg in OTHER_ALGORITHMS if alg != ALGORITHM])
def test_it_refuses_the_algorithm(verify: Verify, alg: Any) -> None:
    refuse(forge(good_header() | {"alg": alg}), verify, forging.HEADER)


CRIT: list[Any] = [["exp"], ["x"], [], "x", {}, None, 7, [7], ["b64", "x"]]


@pytest.mark.parametrize(
    "extra",
    [
        *({"jwk": key} for key in forging.JWKS),
        {"jku": "https://evil.example/keys.json"},
        {"x5u": "https://evil.example/cert.pem"},
        {"x5c": ["MIIB"]},
        {"x5t#S256": "AAAA"},
        *({"crit": crit, "exp": 1, "x": 1} for crit in CRIT),
        {"crit": ["b64"], "b64": True},
        {"crit": ["b64"], "b64": False},
        {"b64": False},
        {"zip": "DEF"},
        {"cty": "JWT"},
        {"apu": "QQ"},
        {"iss": kit.ISSUER},
        {"p2c": 1},
        {"epk": {}},
    ],
)
def test_it_refuses_a_header_that_brings(verify: Verify, extra: Any) -> None:
    refuse(forge(good_header() | extra), verify, forging.HEADER)


@pytest.mark.parametrize(
    "kid",
    [
        *("", "../../dev/null", "https://evil.example/key", "' OR 1=1 --", "x" * 900),
        *("' UNION SELECT 'key' --", None, 0, 7, ["a"], {}),
    ],
)
def test_it_refuses_the_hostile_kid(verify: Verify, kid: Any) -> None:
    refuse(forge(good_header() | {"kid": kid}), verify, forging.KID)


@pytest.mark.parametrize(
    "header", [b"[]", b"null", b'"alg"', b"7", b"{", b"", b"\xff", b"\xff\xfe", b"[" * 1500]
)
def test_it_refuses_a_header_that_is_no_object(verify: Verify, header: bytes) -> None:
    refuse(forge(header), verify)


@pytest.mark.parametrize("way", WAYS)
def test_it_refuses_a_header_with_two_readings(verify: Verify, way: str) -> None:
    text = json.dumps(good_header())
    assert verify(forge(text.encode()))
    refuse(forge(spoil(text)[way]), verify)


@pytest.mark.parametrize("name", good_header())
def test_it_refuses_a_header_that_names_twice(verify: Verify, name: str) -> None:
    """The very same value, too."""
    header = good_header()
    text, again = json.dumps(header), json.dumps({name: header[name]})
    refuse(forge(f"{text[:-1]}, {again[1:]}".encode()), verify)


def in_json(token: str, general: bool) -> str:
    """Return the JSON serialisations of RFC 7515 and 7516: nobody asked for them."""
    parts = token.split(".")
    if len(parts) == 3:
        signed = {"protected": parts[0], "signature": parts[2]}
        return json.dumps({"payload": parts[1]} | ({"signatures": [signed]} if general else signed))
    names = ("protected", "iv", "ciphertext", "tag")
    sealed: dict[str, Any] = dict(zip(names, [parts[0], *parts[2:]], strict=True))
    key = {"encrypted_key": parts[1]}
    return json.dumps(sealed | ({"recipients": [key]} if general else key))


@pytest.mark.parametrize("general", [True, False])
def test_it_refuses_its_own_parts_in_json(verify: Verify, general: bool) -> None:
    refuse(in_json(forge(), general), verify)


def test_it_refuses_a_token_without_its_last_part(verify: Verify) -> None:
    refuse(forge().rpartition(".")[0], verify)

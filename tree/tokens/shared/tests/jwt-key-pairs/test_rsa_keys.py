"""RSA keys that are no secret. Each is refused when it is loaded, with a word on what is wrong."""

import base64
import math
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

import keys
from pem import pem
from rsa_keys import rsa_weakness

OURS = rsa.generate_private_key(public_exponent=65537, key_size=3072)
PRIME = OURS.private_numbers().p
MODULUS = OURS.private_numbers().public_numbers.n
PUBLISHED = {
    "RFC 7515 A.2": (
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1"
        "Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpa"
        "SHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4"
        "LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
    ),
    "RFC 7516 A.1": (
        "oahUIoWw0K0usKNuOR6H4wkf4oBUXHTxRvgb48E-BVvxkeDNjbC4he8rUWcJoZmds2h7M70imEVhRU5djINXtq"
        "llXI4DFqcI1DgjT9LewND8MW2Krf3Spsk_ZkoFnilakGygTwpZ3uesH-PFABNIUYpOiN15dsQRkgr0vEhxN92i"
        "2asbOenSZeyaxziK72UwxrrKoExv6kc5twXTq4h-QChLOln0_mtUZwfsRaMStPs6mS6XrgxnxbWhojf663tuEQ"
        "ueGC-FCMfra36C9knDFGzKsNa7LZK2djYgyD3JR_MB_4NUJW_TqOQtwHYbxevoJArm-L5StowjzGy-_bq6Gw"
    ),
    "RFC 7517 A.2, RFC 7638": (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc"
        "_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQ"
        "R0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bF"
        "TWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    ),
    "RFC 7517 C.1": (
        "t6Q8PWSi1dkJj9hTP8hNYFlvadM7DflW9mWepOJhJ66w7nyoK1gPNqFMSQRyO125Gp-TEkodhWr0iujjHVx7Bc"
        "V0llS4w5ACGgPrcAd6ZcSR0-Iqom-QFcNP8Sjg086MwoqQU_LYywlAGZ21WSdS_PERyGFiNnj3QQlO8Yns5jCt"
        "LCRwLHL0Pb1fEv45AuRIuUfVcPySBWYnDyGxvjYGDSM-AqWS9zIQ2ZilgT-GqUmipg0XOC0Cc20rgLe2ymLHjp"
        "HciCKVAbY5-L32-lSeZO-Os6U15_aXrk9Gw8cPUaX1_I8sLGuSiVdt3C_Fn2PZ3Z8i744FPFGGcG1qs2Wz-Q"
    ),
    "RFC 7520 3.3 and 3.4": (
        "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQH"
        "z_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFE"
        "HYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-t"
        "VTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw"
    ),
    "RFC 7520 5.1": (
        "maxhbsmBtdQ3CNrKvprUE6n9lYcregDMLYNeTAWcLj8NnPU9XIYegTHVHQjxKDSHP2l-F5jS7sppG1wgdAqZyh"
        "nWvXhYNvcM7RfgKxqNx_xAHx6f3yy7s-M9PSNCwPC2lh6UAkR4I00EhV9lrypM9Pi4lBUop9t5fS9W5UNwaAll"
        "hrd-osQGPjIeI1deHTwx-ZTHu3C60Pu_LJIl6hKn9wbwaUmA4cR5Bd2pgbaY7ASgsjCUbtYJaNIHSoHXprUdJZ"
        "KUMAzV0WOKPfA6OPI4oypBadjvMZ4ZAj3BnXaSYsEZhaueTXvZB4eZOAjIyh2e_VOIKVMsnDrJYAVotGlvMQ"
    ),
    "RFC 7520 5.2, 4096 bits": (
        "wbdxI55VaanZXPY29Lg5hdmv2XhvqAhoxUkanfzf2-5zVUxa6prHRrI4pP1AhoqJRlZfYtWWd5mmHRG2pAHIlh"
        "0ySJ9wi0BioZBl1XP2e-C-FyXJGcTy0HdKQWlrfhTm42EW7Vv04r4gfao6uxjLGwfpGrZLarohiWCPnkNrg71S"
        "2CuNZSQBIPGjXfkmIy2tl_VWgGnL22GplyXj5YlBLdxXp3XeStsqo571utNfoUTU8E4qdzJ3U1DItoVkPGsMwl"
        "mmnJiwA7sXRItBCivR4M5qnZtdw-7v4WuR4779ubDuJ5nalMv2S66-RPcnFAzWSKxtBDnFJJDGIUe7Tzizjg1n"
        "ms0Xq_yPub_UOlWn0ec85FCft1hACpWG8schrOBeNqHBODFskYpUc2LC5JA2TaPF2dA67dg1TTsC_FupfQ2kNG"
        "cE1LgprxKHcVWYQb86B-HozjHZcqtauBzFNV5tbTuB-TpkcvJfNcFLlH3b8mb-H_ox35FjqBSAjLKyoeqfKTpV"
        "jvXhd09knwgJf6VKq6UC418_TOljMVfFTWXUxlnfhOOnzW6HSSzD1c9WrCuVzsUMv54szidQ9wf1cYWf3g5qFD"
        "xDQKis99gcDaiCAwM3yEBIzuNeeCa5dartHDb1xEB_HcHSeYbghbMjGfasvKn0aZRsnTyC0xhWBlsolZE"
    ),
    "OpenID Connect Core A.7": (
        "w7Zdfmece8iaB0kiTY8pCtiBtzbptJmP28nSWwtdjRu0f2GFpajvWE4VhfJAjEsOcwYzay7XGN0b-X84BfC8hm"
        "CTOj2b2eHT7NsZegFPKRUQzJ9wW8ipn_aDJWMGDuB1XyqT1E7DYqjUCEOD1b4FLpy_xPn6oV_TYOfQ9fZdbE5H"
        "GxJUzekuGcOKqOQ8M7wfYHhHHLxGpQVgL0apWuP2gDDOdTtpuld4D2LK1MZK99s9gaSjRHE8JDb1Z4IGhEcEyz"
        "kxswVdPndUWzfvWBBWXWxtSUvQGBRkuy1BHOa4sP6FKjWEeeF7gm7UMs2Nm2QUgNZw6xvEDGaLk4KASdIxRQ"
    ),
    "jwt.io": (
        "u1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRnrq0_IzW7yWR7QkrmBL7jTKEn5u-q"
        "KhbwKfBstIs-bMY2Zkp18gnTxKLxoS2tFczGkPLPgizskuemMghRniWaoLcyehkd3qqGElvW_VDL5AaWTg0nLV"
        "kjRo9z-40RQzuVaE8AkAFmxZzow3x-VJYKdjykkJ0iT9wCS0DRTXu269V264Vf_3jvredZiKRkgwlL9xNAwxXF"
        "g0x_XFw005UWVRIkdgcKWTjpBP2dPwVZ4WWC-9aGVd-Gyn1o0CLelf4rEjGoXbAAEgAqeGUxrcIlbjXfbcmw"
    ),
    "jwt.io, earlier": (
        "nzyis1ZjfNB0bBgKFMSvvkTtwlvBsaJq7S5wA-kzeVOVpVWwkWdVha4s38XM_pa_yr47av7-z3VTmvDRyAHcaT"
        "92whREFpLv9cj5lTeJSibyr_Mrm_YtjCZVWgaOYIhwrXwKLqPr_11inWsAkfIytvHWTxZYEcXLgAXFuUuaS3uF"
        "9gEiNQwzGTU1v0FqkqTBr4B8nW3HCN47XUu0t8Y0e-lf4s4OxQawWD79J9_5d3Ry0vbV3Am1FtGJiJvOwRsIfV"
        "ChDpYStTcHTCMqtvWbV6L11BWkpzGXSW4Hv43qa-GSYOD2QU68Mb59oSk2OB-BtOLpJofmbGEGgvmwyCI9Mw"
    ),
}


def neighbour(number: int) -> int:
    """Return the next prime, by Fermat's test, which is enough here."""
    number += 2
    while math.gcd(number, math.factorial(1000)) > 1 or pow(2, number - 1, number) != 1:
        number += 2
    return number


FACTORED = {
    "two primes next to each other": PRIME * neighbour(PRIME),
    "a prime and an earlier one": PRIME * neighbour(neighbour(PRIME)),
    "one prime twice": PRIME**2,
    "a small factor": 3 * MODULUS,
    "an even number": 2 * MODULUS,
    "a factor of twelve bits": 3203 * MODULUS,
    "a prime alone": 2**3217 - 1,
}


def public_key(modulus: int, exponent: int = 65537) -> Any:
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


def refusal(monkeypatch: pytest.MonkeyPatch, key: Any) -> str:
    """Return why a service does not start with a public key."""
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(key))
    with pytest.raises(keys.ConfigurationError) as caught:
        keys.load_public_keys("RS256")
    return str(caught.value)


@pytest.mark.parametrize("place", PUBLISHED)
def test_it_refuses_the_rsa_key_printed_in(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    modulus = int.from_bytes(base64.urlsafe_b64decode(PUBLISHED[place] + "=="), "big")
    assert "published key" in refusal(monkeypatch, public_key(modulus))


@pytest.mark.parametrize("which", FACTORED)
def test_it_refuses_a_modulus_that_is(monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    assert "anybody can factor" in refusal(monkeypatch, public_key(FACTORED[which]))


@pytest.mark.parametrize("exponent", [3, 17, 257, 65535, 2**256 + 1, MODULUS - 2])
def test_it_refuses_the_exponent(monkeypatch: pytest.MonkeyPatch, exponent: int) -> None:
    """Small ones, and those so large that the private one may be small. Even ones and 1 are none
    to the library."""
    assert "exponent" in refusal(monkeypatch, public_key(MODULUS, exponent))


def test_an_issuer_refuses_a_weak_private_key(monkeypatch: pytest.MonkeyPatch) -> None:
    weak = rsa.generate_private_key(public_exponent=3, key_size=3072)
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(weak))
    with pytest.raises(keys.ConfigurationError, match="exponent"):
        keys.load_private_key("RS256")


def test_a_weak_key_behind_a_good_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    weak = public_key(FACTORED["one prime twice"])
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(OURS.public_key()) + pem(weak))
    with pytest.raises(keys.ConfigurationError, match="factor"):
        keys.load_public_keys("RS256")


def test_it_takes_a_key_that_was_made_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(OURS.public_key()))
    assert len(keys.load_public_keys("RS256")) == 1
    assert rsa_weakness(OURS.public_key()) is None

"""Keys that anybody can guess: published, made from a common word, or regular."""

import base64
import hashlib
import os
from collections.abc import Callable

import pytest

from known_keys import weakness

PART = os.urandom(16)  # random, so that only the rule makes the key weak
REGULAR: dict[str, bytes] = {
    "counting from 0": bytes(range(32)),
    "counting from 0x70, as in the vectors of PASETO": bytes(range(0x70, 0x90)),
    "counting down": bytes(range(31, -1, -1)),
    "counting past 255": bytes((250 + place) % 256 for place in range(32)),
    "counting by 7": bytes((7 * place + 3) % 256 for place in range(32)),
    "counting by two bytes": b"".join(n.to_bytes(2, "big") for n in range(1000, 1016)),
    "counting by four bytes": b"".join(n.to_bytes(4, "little") for n in range(10**6, 10**6 + 8)),
    "counting by eight bytes": b"".join((n * 10**15).to_bytes(8, "big") for n in range(5, 9)),
    "one byte": b"\xa5" * 32,
    "half of it twice": PART * 2,
    "a quarter of it four times": PART[:8] * 4,
    "ten bytes again and again": (PART[:10] * 4)[:32],
    "half and its mirror": PART + PART[::-1],
    "half and its complement": PART + bytes(255 - byte for byte in PART),
    "half of it zeros": PART + bytes(16),
    "half of it zeros, first": bytes(16) + PART,
    "half of it counting": PART + bytes(range(16)),
    "every second byte zero": bytes(b for byte in PART for b in (byte, 0)),
    "the number 1": (1).to_bytes(32, "big"),
    "few different bytes": bytes(byte % 15 * 17 for byte in os.urandom(32)),
    "text": b"correct horse battery staple 42!",
    "text and a line break": b"correct horse battery staple 42\n",
    "text, filled up": b"correct horse battery".ljust(32, b"\0"),
    "text in another alphabet": "пароль-для-всех!".encode().ljust(32, b"!")[:32],
    "hexadecimal digits": PART.hex().encode(),
    "base64": base64.b64encode(os.urandom(24)),
}
PUBLISHED = {
    "RFC 7515 A.1": (
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
    ),
    "RFC 7515 A.3": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
    "RFC 7517 A.2": "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE",
    "RFC 7518 C, Alice": "0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo",
    "RFC 7518 C, Bob": "VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw",
    "RFC 7520 3.5": "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg",
    "RFC 7520 3.6": "AAPapAv4LbFbiVawEjagUBluYqN5rhna-8nuldDvOx8",
    "RFC 7520 5.7": "qC57l_uxcm7Nm3K-ct4GFjx8tM1U8CZ0NLBvdQstiS8",
    "RFC 8037 A.1": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "the vectors of PASETO": "tMv7Q99M4hByfZU-SnEzB_oZu32fhQQUONnhG5QqN3Q",
}
HASHES: dict[str, Callable[[bytes], bytes]] = {
    "SHA-256": lambda word: hashlib.sha256(word).digest(),
    "SHA-512": lambda word: hashlib.sha512(word).digest(),
    "SHA-512, cut": lambda word: hashlib.sha512(word).digest()[:32],
    "SHA3-256": lambda word: hashlib.sha3_256(word).digest(),
    "BLAKE2s": lambda word: hashlib.blake2s(word).digest(),
    "MD5, twice": lambda word: hashlib.md5(word).digest() * 2,
}


@pytest.mark.parametrize("which", REGULAR)
def test_it_refuses_the_regular_key(which: str) -> None:
    assert "pattern or a readable text" in str(weakness(REGULAR[which]))


@pytest.mark.parametrize("place", PUBLISHED)
def test_it_refuses_the_key_printed_in(place: str) -> None:
    key = base64.urlsafe_b64decode(PUBLISHED[place] + "==")
    assert "published" in str(weakness(key))


@pytest.mark.parametrize("name", HASHES)
@pytest.mark.parametrize("word", ["secret", "password", "changeme", "Secret", "ADMIN", "jwt\n"])
def test_it_refuses_a_common_word_behind_a_hash(name: str, word: str) -> None:
    assert weakness(HASHES[name](word.encode())) is not None


@pytest.mark.parametrize("size", [32, 33, 48, 64, 128])
def test_it_never_refuses_random_bytes(size: int) -> None:
    assert [key for key in (os.urandom(size) for _ in range(300)) if weakness(key)] == []

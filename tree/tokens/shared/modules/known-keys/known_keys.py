"""Secrets that are none: those that stand in a specification or a manual, hashes of common words,
and bytes that follow a rule."""

import hashlib
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Literal

# Private and symmetric keys, each printed where everybody finds it.
PUBLISHED = [
    "b4cbfb43df4ce210727d953e4a713307fa19bb7d9f85041438d9e11b942a3774",  # PASETO, vectors of v4
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",  # RFC 8032 and RFC 8037
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",  # RFC 8032, further tests
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    "f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5",
    "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
    "8e9b109e719098bf980487df1f5d77e9cb29606ebed2263b5f57c213df84f4b2",  # RFC 7515 A.3
    "f3bd0c07a81fb932781ed52752f60cc89a6be5e51934fe01938ddb55d8f77801",  # RFC 7517 A.2
    "d3f3716913d4310a0026de741b3f18893afc8114f0c84682ba677e313a13988a",  # RFC 7518 C
    "5449836690d75caf29f0dd029ddb31b3ddb8aba9d2d515c5012465e817d4a9dc",
    "aff907c99f9ad3aae6c4cdf21122bce2bd68b5283e6907154ad911840fa208cf",  # RFC 7520 5.5
    "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",  # RFC 6979 A.2.5
    "7af6732f581d005afcf216f6385ff6371029242cc60840dd7d2a7a5503b7d21c",  # jwt.io, ES256
    "fb54c72c658633967ad8c862673df1d981d86c6979a30f3fae2a0616661b5deb",  # PyJWT's manual
    "702133b3fa1c6dcb8240ef82f7c379a300eae10b8fe8c4296b1278ea52fd27d8",  # the same, ES256
    "f3fccc0d00d8031954f90864d43c247f4bf5f0665c6b50cc17749a27d1cf7664",  # WebDriver, virtual keys
    # RFC 7515 A.1 and RFC 7517 A.3
    (
        "0323354b2b0fa5bc837e0665777ba68f5ab328e6f054c928a90f84b2d2502ebf"
        "d3fb5a92d20647ef968ab4c377623d223d2e2172052e4f08c0cd9af567d080a3"
    ),
    "849b57219dae48de646d07dbb533566e976686457c1491be3a76dcea6c427188",  # RFC 7520 3.5
    "0003daa40bf82db15b8956b01236a050196e62a379ae19dafbc9ee95d0ef3b1f",  # RFC 7520 3.6
    "a82e7b97fbb1726ecd9b72be72de06163c7cb4cd54f0267434b06f750b2d892f",  # RFC 7520 5.7
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",  # FastAPI's tutorial
    "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",  # Flask's tutorial
]
COMMON_WORDS = """
    secret secretkey secret-key secret_key my-secret mysecret your-secret your-256-bit-
    secret supersecret super-secret topsecret shhh password passwd passw0rd p@ssw0rd
    password1 password123 pass passphrase admin administrator root user guest changeme
    change-me change_me changeit letmein welcome qwerty abc123 123456 12345678 123456789
    1234567890 0123456789 iloveyou monkey dragon test testing testkey test-key key mykey my-
    key private privatekey token tokens jwt jwtsecret jwt-secret jwt_secret paseto jwe hs256
    es256 auth session cookie login api apikey api-key example foo bar foobar hello hello-
    world helloworld default dev development production staging none null undefined todo x a
"""
HASHES = ["sha256", "sha3_256", "blake2s", "blake2b", "sha384", "sha512", "sha3_512"]


def weakness(key: bytes) -> str | None:
    """Return why a key that somebody can guess is refused, or None. Of a thousand million random
    keys of 32 bytes, less than one is refused."""
    if _is_regular(key) or _reads_as_text(key):
        return "is a pattern or a readable text, not a random key"
    if key in guessable_keys():
        return "is a published key, or one that is made from a common word"
    return None


@cache
def guessable_keys() -> frozenset[bytes]:
    """Return published keys, hashes of common words, and the simplest patterns of 32 bytes."""
    hashed = (key for name in HASHES for key in _hashed_words(name))
    doubled = (key + key for key in _hashed_words("md5"))
    cut = (key[:32] for name in HASHES for key in _hashed_words(name))
    return guessable_seeds().union(map(bytes.fromhex, PUBLISHED), hashed, doubled, cut)


@cache
def guessable_seeds() -> frozenset[bytes]:
    """Return those keys of 32 bytes that somebody may have made a pair from. They are few, because
    a service derives the public key of each as it starts."""
    published = {key for key in map(bytes.fromhex, PUBLISHED) if len(key) == 32}
    counts = [bytes(range(first, first + 32)) for first in (0, 1)]
    repeated = (bytes([byte]) * 32 for byte in range(256))
    small = (number.to_bytes(32, "big") for number in range(1, 33))
    backwards = (count[::-1] for count in counts)
    return frozenset(published).union(counts, backwards, repeated, small, _hashed_words("sha256"))


def _hashed_words(name: str) -> Iterator[bytes]:
    for word in COMMON_WORDS.split():
        for spelled in {word, word.capitalize(), word.upper()}:
            yield hashlib.new(name, spelled.encode()).digest()
            yield hashlib.new(name, spelled.encode() + b"\n").digest()  # as `echo` writes it


def _is_regular(key: bytes) -> bool:
    """Tell whether bytes repeat, count, or mirror each other."""
    half = len(key) // 2
    periods = range(1, half + 1)
    steps = [(after - before) % 256 for before, after in pairwise(key)]
    runs = (set(steps[at : at + 7]) for at in range(len(steps) - 6))
    mirrors = (key[:half][::-1], bytes(255 - byte for byte in key[:half]))
    return (
        len(set(key)) < 16
        or any(key[period:] == key[:-period] for period in periods)
        or any(len(run) == 1 for run in runs)  # eight bytes in a row
        or any(len(set(key[place::2])) == 1 for place in (0, 1))
        or any(_counts(key, width) for width in (2, 4, 8))
        or key[-half:] in mirrors
    )


def _counts(key: bytes, width: int) -> bool:
    """Tell whether a key is made of numbers with the same distance from each to the next."""
    orders: tuple[Literal["big", "little"], ...] = ("big", "little")
    for order in orders:
        places = range(0, len(key) - width + 1, width)
        numbers = [int.from_bytes(key[at : at + width], order) for at in places]
        distances = {(b - a) % 256**width for a, b in pairwise(numbers)}
        if len(distances) == 1:
            return True
    return False


def _reads_as_text(key: bytes) -> bool:
    try:
        return key.isascii() or key.decode().strip("\0\r\n\t").isprintable()
    except UnicodeDecodeError:
        return False

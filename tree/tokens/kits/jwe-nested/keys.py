"""The keys of issuer and service: loaded from the environment, checked, and made."""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

BLOCK = re.compile(r"-----BEGIN [^-]+-----[^-]+-----END [^-]+-----")
# What a bad PEM raises, or one on a curve that has no name in JOSE.
UNREADABLE = (JoseError, ValueError, TypeError, KeyError, UnsupportedAlgorithm)


class ConfigurationError(Exception):
    """A key is missing or unfit. Raised when keys are loaded, never because of a token."""

    def __init__(self, name: str, fault: str) -> None:
        super().__init__(f"{name} {fault}. Make two pairs of keys: python tokens.py new-key")


@dataclass(frozen=True)
class IssuerKeys:
    signing: ECKey
    recipient: ECKey


@dataclass(frozen=True)
class ServiceKeys:
    """Both by key id, so that old and new keys can stand side by side."""

    issuer: Mapping[str, ECKey]
    decryption: Mapping[str, ECKey]


def load_issuer_keys() -> IssuerKeys:
    signing = _keys("JWT_PRIVATE_KEY", private=True)
    if len(signing) != 1:
        raise ConfigurationError("JWT_PRIVATE_KEY", "must hold one key, the one to sign with")
    recipient = _keys("JWE_PUBLIC_KEY", private=False)
    if len(recipient) != 1:
        raise ConfigurationError("JWE_PUBLIC_KEY", "must hold one key, the one to encrypt to")
    if signing.keys() & recipient.keys():
        raise ConfigurationError("JWE_PUBLIC_KEY", "belongs to the pair that signs")
    return IssuerKeys(*signing.values(), *recipient.values())


def load_service_keys() -> ServiceKeys:
    issuer = _keys("JWT_PUBLIC_KEYS", private=False)
    decryption = _keys("JWE_PRIVATE_KEYS", private=True)
    if issuer.keys() & decryption.keys():
        raise ConfigurationError("JWE_PRIVATE_KEYS", "holds a key of the pair that signs")
    return ServiceKeys(issuer, decryption)


def new_keys() -> dict[str, str]:
    """Two fresh pairs, as the variables that hold them; PEM in one line, its line breaks as \\n."""
    signing, decryption = (ECKey.generate_key("P-256", auto_kid=False) for _ in range(2))
    pems = {
        "JWT_PRIVATE_KEY": signing.as_pem(private=True),
        "JWE_PUBLIC_KEY": decryption.as_pem(private=False),
        "JWT_PUBLIC_KEYS": signing.as_pem(private=False),
        "JWE_PRIVATE_KEYS": decryption.as_pem(private=True),
    }
    return {name: pem.decode().replace("\n", "\\n") for name, pem in pems.items()}


def command() -> None:
    """`python tokens.py new-key`: only the variables go to stdout, so that it can be redirected."""
    if sys.argv[1:] != ["new-key"]:
        sys.exit("Usage: python tokens.py new-key")
    for name, value in new_keys().items():
        # Single quotes: neither a shell nor a reader of .env files changes what is inside.
        sys.stdout.write(f"{name}='{value}'\n")
    sys.stderr.write(
        "JWT_PRIVATE_KEY and JWE_PUBLIC_KEY are for the issuer alone; JWT_PUBLIC_KEYS and "
        "JWE_PRIVATE_KEYS for the one service. Keep them in a secret store, not in the code.\n"
    )


def _keys(name: str, *, private: bool) -> dict[str, ECKey]:
    keys = {}
    for block in _blocks(name):
        try:
            key = ECKey.import_key(block)
            fits = key.curve_name == "P-256" and key.is_private == private
        except UNREADABLE as error:
            raise ConfigurationError(name, "holds something else than keys on P-256") from error
        if not fits:
            half = "private" if private else "public"
            raise ConfigurationError(name, f"must hold {half} keys on P-256 alone")
        keys[key.thumbprint()] = key
    return keys


def _blocks(name: str) -> list[str]:
    """The PEM blocks in a variable that must hold nothing else: a cut block is no missing key."""
    # Where a variable can only hold one line, its line breaks may be written as \n.
    pem = os.environ.get(name, "").replace("\\n", "\n")
    blocks = BLOCK.findall(pem)
    if not blocks or BLOCK.sub("", pem).strip():
        raise ConfigurationError(name, "must hold keys as PEM and nothing else")
    return blocks

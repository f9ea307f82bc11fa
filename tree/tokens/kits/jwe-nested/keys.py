"""The keys of issuer and service: loaded from the environment, checked, and made."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from pem_keys import describe_key, read_keys


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
    signing = _keys("JWT_PRIVATE_KEY", "PRIVATE")
    if len(signing) != 1:
        raise ConfigurationError("JWT_PRIVATE_KEY", f"must hold one key, and holds {len(signing)}")
    recipient = _keys("JWE_PUBLIC_KEY", "PUBLIC")
    if len(recipient) != 1:
        raise ConfigurationError("JWE_PUBLIC_KEY", f"must hold one key, and holds {len(recipient)}")
    if signing.keys() & recipient.keys():
        raise ConfigurationError("JWE_PUBLIC_KEY", "belongs to the pair that signs")
    return IssuerKeys(*signing.values(), *recipient.values())


def load_service_keys() -> ServiceKeys:
    issuer = _keys("JWT_PUBLIC_KEYS", "PUBLIC")
    decryption = _keys("JWE_PRIVATE_KEYS", "PRIVATE")
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


def _keys(name: str, kind: Literal["PRIVATE", "PUBLIC"]) -> dict[str, ECKey]:
    try:
        found = read_keys(os.environ.get(name, ""), kind)
    except ValueError as error:
        raise ConfigurationError(name, str(error)) from error
    keys = {}
    for key in found:
        if not isinstance(getattr(key, "curve", None), ec.SECP256R1):
            raise ConfigurationError(name, f"holds {describe_key(key)}, which is not on P-256")
        own = ECKey.import_key(key)
        keys[own.thumbprint()] = own
    return keys

"""RSA keys that are no secret: those that are published, and those that can be factored."""

import hashlib
import math

from cryptography.hazmat.primitives.asymmetric import rsa

# SHA-256 of the moduli of keys whose private halves are printed where everybody finds them.
PUBLISHED_MODULI = {
    "26d6872d476b20e7eaa7cc894dcbc03f2347e88fb8cb46066642213cacf257d5",  # RFC 7515 A.2
    "d89fbe834d59519ea134fe0c09515f43bdc02f697cdd2ce5664669061a9a4a73",  # RFC 7516 A.1
    "cfd9828d5c4be180a7f4eb8b33725769db37cf9d3e7e71e3522158c39b34537c",  # RFC 7517 A.2, RFC 7638
    "3cddc52754c3ed62adfa8db8243e084101b33b92ae29c3d78fcde8d84d0be8c2",  # RFC 7517 C.1
    "91c2c702c0240040ba2a82a55357ac081cbac4b463632d77efa71d25b2c2b2a2",  # RFC 7520 3.3 and 3.4
    "0bd066273cdb6e3a8107eedb9e97a3e38565b45e1636c2aa927a44340f166d12",  # RFC 7520 5.1
    "9824cb1775986a785650f3423593968febf6dec5166a6faf17d34782dd2f6faa",  # RFC 7520 5.2, 4096 bits
    "6ee1f22427f2ea5c17cce3c81f8f457f89ac625eb7ba5c75241a414576c10c82",  # OpenID Connect Core A.7
    "2da8a492573f9cd453d9a68d7a24c62b4c2c8bd0c3497283ff438b606f65e0d3",  # jwt.io
    "bc36b242df011f1bee2b193f00bbc1d78dd9af5dcb2cf6df9cea7e58dbdb9225",  # jwt.io, earlier
}
SMALLEST_EXPONENT, EXPONENT_BOUND = 2**16, 2**256  # FIPS 186-5, A.1.1
CLOSE_STEPS = 1000  # of Fermat's method, which needs one where the primes are neighbours


def rsa_weakness(key: rsa.RSAPublicKey) -> str | None:
    """Return why anybody can sign in the name of a key, or None."""
    numbers = key.public_numbers()
    modulus = numbers.n
    if hashlib.sha256(modulus.to_bytes((modulus.bit_length() + 7) // 8, "big")).hexdigest() in (
        PUBLISHED_MODULI
    ):
        return "holds a published key, whose private half anybody can look up"
    if not SMALLEST_EXPONENT < numbers.e < EXPONENT_BOUND:
        return "holds an RSA key with an unsafe exponent. 65537 is usual"
    if _has_small_factor(modulus) or _is_prime(modulus) or _has_close_factors(modulus):
        return "holds an RSA key that anybody can factor"
    return None


def _has_small_factor(modulus: int) -> bool:
    return math.gcd(modulus, math.factorial(5000)) > 1


def _is_prime(modulus: int) -> bool:
    """Tell whether there is nothing to factor, by Fermat's test: no product of ours passes it."""
    return pow(2, modulus - 1, modulus) == 1


def _has_close_factors(modulus: int) -> bool:
    """Tell whether Fermat's method finds two factors: their mean is near the square root."""
    root = math.isqrt(modulus)
    squares = (mean**2 - modulus for mean in range(root, root + CLOSE_STEPS))
    return any(square >= 0 and math.isqrt(square) ** 2 == square for square in squares)

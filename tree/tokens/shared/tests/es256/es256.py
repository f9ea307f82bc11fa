"""Keys and signatures for ES256, made by hand."""

from collections.abc import Callable

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from by_hand import b64
from pem import pem

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def signs_with(key: ec.EllipticCurvePrivateKey) -> Callable[[bytes], bytes]:
    def sign(message: bytes) -> bytes:
        r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return sign


def jwk(key: ec.EllipticCurvePrivateKey, crv: str = "P-256") -> dict[str, str]:
    """Return the public key as a JSON Web Key."""
    numbers, size = key.public_key().public_numbers(), (key.key_size + 7) // 8
    x, y = (b64(number.to_bytes(size, "big")) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": crv, "x": x, "y": y}


def public_texts(key: ec.EllipticCurvePrivateKey) -> dict[str, bytes]:
    """Return the forms of a public key that a careless check might take as an HMAC secret."""
    public, encoding, form = key.public_key(), serialization.Encoding, serialization.PublicFormat
    text = pem(public)
    return {
        "pem": text.encode(),
        "stripped pem": text.strip().encode(),
        "one-line pem": "".join(text.splitlines()[1:-1]).encode(),
        "der": public.public_bytes(encoding.DER, form.SubjectPublicKeyInfo),
        "point": public.public_bytes(encoding.X962, form.UncompressedPoint),
        "nothing": b"",
    }

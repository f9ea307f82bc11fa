"""Reads a cookie from the raw `Cookie` header, and compares names byte by byte.

A browser lets no other host set `__Host-…`. But any host of the domain can set the same name with
an exotic blank in front, and the parsers of Django and Starlette strip blanks from names: the
application then sees the protected name with a stranger's value. So nobody asks those parsers here.
"""

import logging
import re
from collections.abc import Iterable


class AmbiguousCookie(Exception):
    """The cookie occurs twice, or beside one that is named almost alike. Answer 400."""


def read_cookie(raw: bytes | str, name: str) -> str | None:
    """Return the value of the cookie, or None where there is none.

    `raw` is the header as the server hands it over: bytes under ASGI, and under WSGI `HTTP_COOKIE`,
    a text with one character for each byte.
    """
    text = raw.decode("latin-1") if isinstance(raw, bytes) else raw
    pairs = [pair.partition("=") for pair in re.split("; ?", text)]
    values = [value for key, equals, value in pairs if key == name and equals]
    # Some WSGI servers join several headers by a comma, so it counts as a separator here.
    keys = [pair.partition("=")[0] for pair in re.split("[;,] ?", text)]
    alike = [key for key in keys if _letters(key) == _letters(name)]
    if not alike:
        return None
    if alike != [name] or len(values) != 1:
        seen = ascii([key[:80] for key in alike[:5]])
        logging.getLogger("tokens").warning("refused a request: %s where one %s counts", seen, name)
        raise AmbiguousCookie(f"twice, or nearly: {name}")
    return values[0]


def join_cookie_headers(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return all `Cookie` headers of an ASGI scope as one. HTTP/2 may split them."""
    return b"; ".join(value for key, value in headers if key.lower() == b"cookie")


def _letters(name: str) -> str:
    """Return what a careless reader sees of a name: no blanks, control characters or quotes,
    nothing outside ASCII, and no difference between cases."""
    return re.sub(r"[^!-~]|[\"'`]", "", name).lower()

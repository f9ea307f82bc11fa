"""Decide who may use the site: everyone, or only people whom a single-sign-on proxy names.

The site trusts a proxy by the address of its connection, and reads the user from a header. Pages
use nothing else, so they need no cookie, session or query. Only saving looks the name up, through
Django's RemoteUserBackend, which creates a user for a new name and refuses inactive users.
"""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest

from advisor.models import MAX_AUTHOR

OPEN = "open"
PROXY = "proxy"
# Among the trusted addresses, this means a proxy that connects through a socket file.
UNIX = "unix"


class Refused(Exception):
    """A visitor who may not go on. `title` and `message` are shown to them."""

    def __init__(self, title: str, message: str) -> None:
        super().__init__(title)
        self.title = title
        self.message = message


def identity(request: HttpRequest) -> str | None:
    """Return the user name from the proxy's header, or None where the site is open to everyone.

    Raise Refused where the request bypassed the proxy, or where the header is missing or invalid.
    """
    if settings.ADVISOR_ACCESS == OPEN:
        return None
    if not _is_proxy(request.META.get("REMOTE_ADDR", "")):
        raise Refused(
            "This site needs single sign-on",
            "Your request did not come through it. Open the site at its public address.",
        )
    header = request.META.get(f"HTTP_{settings.ADVISOR_PROXY_HEADER.upper().replace('-', '_')}", "")
    if not header:
        raise Refused("Sign in first", "Single sign-on did not tell this site who you are.")
    name = _name(header)
    if name is None:
        raise Refused(
            "Your name cannot be used here",
            "Single sign-on gave this site a name that is too long, or that contains a comma or "
            "another character that is not allowed.",
        )
    return name


def author(request: HttpRequest) -> str | None:
    """Return the name of the user in Django's database, or None where the site is open to everyone.

    Create the user for a new name. Raise Refused as `identity` does, and for inactive users.
    """
    name = identity(request)
    if name is None:
        return None
    user = authenticate(request, remote_user=name)
    if user is None:
        raise Refused("You may read, but not save", "Your account on this site is inactive.")
    return user.get_username()


def _is_proxy(address: str) -> bool:
    trusted = settings.ADVISOR_PROXY_ADDRESSES
    if not address:
        return UNIX in trusted
    try:
        client = ip_address(address)
    except ValueError:
        return False
    if isinstance(client, IPv6Address) and client.ipv4_mapped:
        client = client.ipv4_mapped
    return any(client in network for network in _networks(tuple(trusted)))


@lru_cache
def _networks(trusted: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(text) for text in trusted if text != UNIX)


def _name(header: str) -> str | None:
    """Return the name in a header, which WSGI decodes as Latin-1, or None if it is no valid name.

    A server joins repeated headers with a comma, so a name with a comma may be forged.
    """
    try:
        name = header.encode("latin-1").decode()
    except UnicodeError:
        return None
    is_valid = name.isprintable() and name == name.strip() and "," not in name
    return name if is_valid and 0 < len(name) <= MAX_AUTHOR else None

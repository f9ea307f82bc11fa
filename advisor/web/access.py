"""Who may: whoever reaches the site, or whom a single-sign-on proxy names.

The proxy is believed by the address that its requests come from, and names the user in a header.
Pages ask nothing else, so they stay free of cookies, sessions and queries. Only saving looks the
name up, through Django's RemoteUserBackend: it makes a user of a new name, and refuses one whose
user has been made inactive.
"""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest

from advisor.models import MAX_AUTHOR

OPEN = "open"
PROXY = "proxy"
# Stands among the addresses for a proxy that connects through a socket file.
UNIX = "unix"


class Refused(Exception):
    """The visitor may not. Title and message are for them."""

    def __init__(self, title: str, message: str) -> None:
        super().__init__(title)
        self.title = title
        self.message = message


def identity(request: HttpRequest) -> str | None:
    """The user whom the proxy names, or None where the site is open. Raises Refused."""
    if settings.ADVISOR_ACCESS == OPEN:
        return None
    if not _is_proxy(request.META.get("REMOTE_ADDR", "")):
        raise Refused(
            "This site needs single sign-on",
            "Your request did not come through it. Open the site at its public address.",
        )
    sent = request.META.get(f"HTTP_{settings.ADVISOR_PROXY_HEADER.upper().replace('-', '_')}", "")
    if not sent:
        raise Refused("Sign in first", "Single sign-on did not tell this site who you are.")
    name = _name(sent)
    if name is None:
        raise Refused(
            "Your name cannot be used here",
            "Single sign-on gave this site a name that is too long, or that contains a comma or "
            "another character that is not allowed.",
        )
    return name


def author(request: HttpRequest) -> str | None:
    """The user's name as Django knows it, or None where the site is open. Raises Refused."""
    name = identity(request)
    if name is None:
        return None
    user = authenticate(request, remote_user=name)
    if user is None:
        raise Refused("You may read, but not save", "Your account on this site is inactive.")
    return user.get_username()


def _is_proxy(address: str) -> bool:
    believed = settings.ADVISOR_PROXY_ADDRESSES
    if not address:
        return UNIX in believed
    try:
        client = ip_address(address)
    except ValueError:
        return False
    if isinstance(client, IPv6Address) and client.ipv4_mapped:
        client = client.ipv4_mapped
    return any(client in network for network in _networks(tuple(believed)))


@lru_cache
def _networks(believed: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(text) for text in believed if text != UNIX)


def _name(sent: str) -> str | None:
    """The name in a header, which WSGI hands on as Latin-1; None for what cannot be one name.

    A server joins repeated headers with a comma: whoever got one past the proxy is not believed.
    """
    try:
        name = sent.encode("latin-1").decode()
    except UnicodeError:
        return None
    is_one = name.isprintable() and name == name.strip() and "," not in name
    return name if is_one and 0 < len(name) <= MAX_AUTHOR else None

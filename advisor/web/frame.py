"""Build the frame around every page: the name of the site and its navigation."""

from django.conf import settings
from django.urls import reverse

from advisor.catalogue import LoadedTree
from advisor.web import pages
from advisor.web.addresses import address


def frame(loaded: LoadedTree | None = None) -> pages.Frame:
    """Return the frame, with links to the pages of `loaded` if given.

    Leave `loaded` out on pages whose tree may no longer exist.
    """
    links: tuple[pages.Link, ...] = ()
    if settings.ADVISOR_REGISTER:
        links = (pages.Link("Saved decisions", reverse("register")),)
    if loaded is not None:
        links = (
            pages.Link("Overview", address("tree", loaded.slug, {})),
            pages.Link("Compare", address("compare", loaded.slug, {})),
            *links,
        )
    return pages.Frame(settings.ADVISOR_NAME, reverse("home"), links)


def studio_address(slug: str) -> str:
    """Return the address of the studio for a tree, or an empty text where it is off."""
    return address("studio", slug, {}) if settings.ADVISOR_STUDIO else ""

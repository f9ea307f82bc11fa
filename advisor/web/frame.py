"""The frame around every page."""

from django.conf import settings
from django.urls import reverse

from advisor.catalogue import LoadedTree
from advisor.web import pages
from advisor.web.addresses import address


def frame(loaded: LoadedTree | None = None) -> pages.Frame:
    """The frame. Only pages of a tree that is served today link to it."""
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
    """Where the tree can be edited, or nothing."""
    return address("studio", slug, {}) if settings.ADVISOR_STUDIO else ""

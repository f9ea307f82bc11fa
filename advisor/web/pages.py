"""Page models that every room shares.

Templates loop and branch over these and decide nothing else. Texts typed `Html` are sanitised
markup; every `str` is plain text that the template escapes. A model of a whole page ends in `Page`,
one of a part of a page in `Part`.
"""

from dataclasses import dataclass
from typing import Literal

from django.utils.safestring import SafeString

Html = SafeString


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class DownloadFormat:
    """The page as a file; `copied` ones are also copied by a button, where there is script."""

    text: str
    href: str
    copied: bool = False


@dataclass(frozen=True, slots=True)
class SocialCard:
    """What others show of a link to the page. `url` is absolute, `kind` OpenGraph's type."""

    kind: Literal["website", "article"]
    title: str
    description: str
    url: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What the frame around every page shows."""

    name: str
    home: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class MessagePage:
    """A page that says what went wrong and how to go on."""

    title: str
    message: str
    details: tuple[str, ...]
    next_links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class ProblemsPage:
    """What is wrong with a tree that was just edited: each problem as `tree check` prints it.
    `studio` is where it can be mended, or empty."""

    title: str
    message: str
    problems: tuple[str, ...]
    studio: str

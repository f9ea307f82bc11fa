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
    """A link with its text."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class DownloadFormat:
    """A format that the page can be downloaded in.

    If `copied`, a button also copies the text, from `copied_from` where that differs from the file.
    """

    text: str
    href: str
    copied: bool = False
    copied_from: str = ""


@dataclass(frozen=True, slots=True)
class SocialCard:
    """What other sites show for a link to the page: absolute `url`, OpenGraph `kind`, texts."""

    kind: Literal["website", "article"]
    title: str
    description: str
    url: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page shows around its content: name of the site, its home, navigation."""

    name: str
    home: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class MessagePage:
    """A message, such as an error, with details and links to go on."""

    title: str
    message: str
    details: tuple[str, ...]
    next_links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class ProblemsPage:
    """The problems of a tree that was just edited, each as `tree check` prints it.

    `studio` is the address where they can be fixed, or empty.
    """

    title: str
    message: str
    problems: tuple[str, ...]
    studio: str

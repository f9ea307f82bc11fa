"""Page models of a saved recommendation: the form that saves it, and its page."""

from dataclasses import dataclass

from advisor.exports.as_badge import Sign
from advisor.web.pages import DownloadFormat, Html, Link, SocialCard
from advisor.wizard.parts import StepPart
from advisor.wizard.result_parts import RecommendationPart


@dataclass(frozen=True, slots=True)
class SavePage:
    """What stands beside the form that keeps a result; `author` where the form does not ask.

    `supersedes` is the record that is answered again.
    """

    title: str
    tree: Link
    name: str
    verdict: str
    trail: tuple[StepPart, ...]
    back: str
    action: str
    author: str
    supersedes: Link | None


@dataclass(frozen=True, slots=True)
class ChangePart:
    """One thing that differs today; `old` and `new` are empty where the line says it all."""

    line: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class StatusBannerPart:
    """How a saved recommendation stands today.

    `sign` chooses the shape beside the words. `causes` made the status, `changes` are changed
    advice, `minor` other changes. `version` is that of today's tree, empty where there is none;
    `edited` says that it is another one than then. `today` leads to what the answers get today,
    `again` too, on the way to a record that supersedes this one; it may be empty.
    """

    sign: Sign
    status: str
    summary: str
    causes: tuple[str, ...]
    config: tuple[str, ...]
    changes: tuple[ChangePart, ...]
    minor: tuple[ChangePart, ...]
    today: Link | None
    again: str
    version: str
    edited: bool


@dataclass(frozen=True, slots=True)
class SnippetPart:
    """Text to be copied: what it is, and the text itself; `id` is its place on the page."""

    id: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class BadgePart:
    """The picture that shows elsewhere how the recommendation stands, and what to paste there."""

    src: str
    snippets: tuple[SnippetPart, ...]


@dataclass(frozen=True, slots=True)
class DatedLinkPart:
    """A link to another record, and the day on which that was saved."""

    link: Link
    on: str


@dataclass(frozen=True, slots=True)
class RelationsPart:
    """What became of a record, and which one it supersedes.

    `newest` is the last of those that supersede one another from here on, None where that is
    among `superseded_by`. `withdrawn_on` is empty where it was not withdrawn.
    """

    supersedes: DatedLinkPart | None
    superseded_by: tuple[DatedLinkPart, ...]
    newest: DatedLinkPart | None
    withdrawn_on: str
    withdrawn_because: str


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A saved recommendation. `permalink` is absolute; `version` the whole sha256; `identified`
    says that the author was signed in.

    Only `status_banner` and `relations` may change after saving. A withdrawn decision has no
    `card`, so that nothing of it is shown elsewhere.
    """

    title: str
    tree_title: str
    context: Html
    author: str
    identified: bool
    saved_on: str
    saved_at: str
    version: str
    permalink: str
    recommendation: RecommendationPart
    formats: tuple[DownloadFormat, ...]
    card: SocialCard | None
    badge: BadgePart
    status_banner: StatusBannerPart
    relations: RelationsPart

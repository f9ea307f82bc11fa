"""Page models of a saved decision: the form that saves it, and its page."""

from dataclasses import dataclass

from advisor.exports.as_badge import Sign
from advisor.web.pages import DownloadFormat, Html, Link, SocialCard
from advisor.wizard.parts import StepPart
from advisor.wizard.result_parts import RecommendationPart


@dataclass(frozen=True, slots=True)
class SavePage:
    """The page around the form that saves a result.

    `author` is empty where the form asks for one. `supersedes` links to the record to be replaced.
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
    """One difference today. `old` and `new` are empty where the line already contains them."""

    line: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class StatusBannerPart:
    """The comparison of a saved decision with today's tree.

    `sign` is the shape beside the words. `causes` explain the status, `config` lists code changes,
    `changes` are advice changes, `minor` other changes. `version` is that of today's tree, empty
    without a tree; `edited` says that it differs from the saved one. `today` links to today's
    result for the same answers. `again` is an address that leads there to replace this record, or
    empty.
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
    """Text to copy, with its label. `id` is its HTML id."""

    id: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class BadgePart:
    """The picture that shows the status on other sites, and the snippets that embed it."""

    src: str
    snippets: tuple[SnippetPart, ...]


@dataclass(frozen=True, slots=True)
class DatedLinkPart:
    """A link to another record, with the day on which it was saved."""

    link: Link
    on: str


@dataclass(frozen=True, slots=True)
class RelationsPart:
    """The records before and after a record, and its withdrawal.

    `newest` is the latest successor, None if it is among `superseded_by`. `withdrawn_on` is empty
    where the record is in force.
    """

    supersedes: DatedLinkPart | None
    superseded_by: tuple[DatedLinkPart, ...]
    newest: DatedLinkPart | None
    withdrawn_on: str
    withdrawn_because: str


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A saved decision. `permalink` is absolute, `version` a whole sha256.

    `identified` says that the author was signed in. Only `status_banner` and `relations` may change
    after saving. A withdrawn decision has no `card`, so that other sites show nothing of it.
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

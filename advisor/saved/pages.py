"""Page models of a saved decision: the form that saves it, and its page."""

from dataclasses import dataclass
from typing import Literal

from advisor.exports.as_badge import Sign
from advisor.web.pages import DownloadFormat, Html, Link, SocialCard
from advisor.wizard.parts import StepPart
from advisor.wizard.result_parts import RecommendationPart


@dataclass(frozen=True, slots=True)
class SavePage:
    """The page around the form that saves a result.

    `author` is empty where the form asks for one. `supersedes` links to the record to be replaced.
    `recommended` is the name of what is recommended, where `name` was chosen instead. `audience`
    says who will see what. `saved_before` links to what this browser saved from here.
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
    recommended: str
    audience: tuple[str, ...]
    saved_before: Link | None


@dataclass(frozen=True, slots=True)
class ChangePart:
    """One difference today. `old` and `new` are empty where the line already contains them."""

    line: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class DriftQuestionPart:
    """A question about a saved decision today, with its answer and what explains it."""

    question: str
    answer: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DiffLinePart:
    """A line of a unified diff. `kind` is added, removed, place (of what follows) or same."""

    kind: Literal["added", "removed", "place", "same"]
    text: str


@dataclass(frozen=True, slots=True)
class FileChangePart:
    """A file that is another one today: its name, what became of it, and the difference.

    `cut` says that the difference goes on.
    """

    name: str
    change: str
    lines: tuple[DiffLinePart, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class StatusBannerPart:
    """The comparison of a saved decision with today's tree.

    `sign` is the shape beside the words. `changes` are the advice changes that matter most, `more`
    the others, `minor` those that leave the advice as it is. `files` are changes of the code, the
    most important first. `version` is that of today's tree, empty without a tree; `edited` says
    that it differs from the saved one, and `since` when that happened, as far as the site knows.
    `today` links to today's result for the same answers. `again` is an address that leads there to
    replace this record, or empty.
    """

    sign: Sign
    status: str
    questions: tuple[DriftQuestionPart, ...]
    changes: tuple[ChangePart, ...]
    more: tuple[ChangePart, ...]
    minor: tuple[ChangePart, ...]
    files: tuple[FileChangePart, ...]
    today: Link | None
    again: str
    version: str
    edited: bool
    since: str


@dataclass(frozen=True, slots=True)
class ReviewPart:
    """What somebody recorded about a decision: `kind` in words, by whom, when, and the note."""

    kind: str
    sign: Sign
    by: str
    identified: bool
    on: str
    at: str
    note: Html


@dataclass(frozen=True, slots=True)
class DecisionPart:
    """The decision: its status, what was chosen, by whom, and what people said about it.

    `waits_for` says whose acceptance is missing, empty where nobody's is. `recommended` is empty
    where it was chosen. `review_by` is a day in words, `overdue` says that it is over. `manage` is
    the address where an event can be recorded, or empty; `needs_secret` says that only whoever has
    the secret link can.
    """

    status: str
    sign: Sign
    waits_for: str
    chosen: str
    recommended: str
    reason: Html
    decision_makers: str
    consulted: str
    informed: str
    discussion: str
    review_by: str
    overdue: bool
    reviews: tuple[ReviewPart, ...]
    manage: str
    needs_secret: bool


@dataclass(frozen=True, slots=True)
class ManagePage:
    """The form that records what becomes of a decision.

    `kinds` are pairs of a value and its label; without any, `message` says why. `signed_in` is the
    name under which the event is recorded, empty where the form asks for the secret.
    """

    title: str
    action: str
    record: Link
    status: str
    name: str
    kinds: tuple[tuple[str, str], ...]
    message: str
    signed_in: str
    waits_for: str


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

    `identified` says that the author was signed in. `tree` has an empty address where the site no
    longer serves the tree. Only that address, `decision`, `status_banner` and `relations` may
    change after saving. A withdrawn decision has no `card`, so that other sites show nothing of it.
    """

    title: str
    tree: Link
    decision: DecisionPart
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

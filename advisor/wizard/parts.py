"""Page models that several pages of the wizard share."""

from dataclasses import dataclass
from typing import Literal

from advisor.web.pages import Html

BranchState = Literal["current", "passed", "open", "closed"]


@dataclass(frozen=True, slots=True)
class VocabularyPart:
    """What the tree calls one outcome, several, and the caveats that correct something."""

    outcome: str
    outcomes: str
    corrections: str


@dataclass(frozen=True, slots=True)
class CitationPart:
    """A source and the places in it: `RFC 7519`, `§4.1.4, §12`. `href` and `place` may be empty.

    Beside a claim `title` is the short name and `note` is empty; the list of all sources of a page
    has both in full and no place.
    """

    title: str
    place: str
    href: str
    note: str


@dataclass(frozen=True, slots=True)
class BranchPart:
    """One node of the picture of the tree, with what leads to it and what follows it.

    `answers` are the labels of the answers that lead here (empty at the root). `text` is a
    question's short name, an outcome's name, or, for `more`, how much is not drawn.
    `state`: `current` is the page's own node, `passed` lies on the trail before it, `open` can
    still be reached, `closed` cannot any more. In a draft `href` is empty, and `walk` is what the
    button of the node sends.
    """

    kind: Literal["question", "outcome", "more"]
    answers: tuple[str, ...]
    text: str
    href: str
    state: BranchState
    children: tuple["BranchPart", ...]
    walk: str | None = None


@dataclass(frozen=True, slots=True)
class StepPart:
    """One answered question: with the link that asks it again and keeps the other answers."""

    ask: str
    short: str
    answer: str
    because: Html
    change: str


@dataclass(frozen=True, slots=True)
class OutcomePart:
    name: str
    verdict: str


@dataclass(frozen=True, slots=True)
class RuledOutPart:
    """An outcome out of play: `question` (short) and `answer` (label) are what ruled it out."""

    name: str
    question: str
    answer: str
    because: Html


@dataclass(frozen=True, slots=True)
class PolicyPart:
    """A policy in force; `review_by` is a day in words."""

    title: str
    owner: str
    reason: Html
    review_by: str

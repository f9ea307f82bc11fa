"""Page models that several pages of the wizard share."""

from dataclasses import dataclass
from typing import Literal

from advisor.web.pages import Html

BranchState = Literal["current", "passed", "open", "closed"]


@dataclass(frozen=True, slots=True)
class VocabularyPart:
    """The words of a tree for one outcome, for several, and for caveats that correct something."""

    outcome: str
    outcomes: str
    corrections: str


@dataclass(frozen=True, slots=True)
class CitationPart:
    """A source and the places in it: `RFC 7519`, `§4.1.4, §12`. `href` and `place` may be empty.

    Beside a claim, `title` is the short name and `note` is empty. In the list of all sources,
    `title` and `note` are in full and `place` is empty.
    """

    title: str
    place: str
    href: str
    note: str


@dataclass(frozen=True, slots=True)
class BranchPart:
    """One node of the tree picture, with the answers that lead to it and the nodes below it.

    `answers` are the labels of the answers that lead here, empty at the root. `text` is the short
    name of a question, the name of an outcome, or, for `more`, how much is not drawn. `state`:
    `current` is the node of the page, `passed` is on the trail before it, `open` can still be
    reached, `closed` cannot. In a draft, `href` is empty and `walk` is what the button of the node
    sends.
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
    """One answered question. `change` is the link to ask it again and keep the other answers.

    `assumed` says that nobody was sure of the answer.
    """

    ask: str
    short: str
    answer: str
    because: Html
    change: str
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class OutcomePart:
    """An outcome with its one-sentence verdict, and the address of its page or an empty text."""

    name: str
    verdict: str
    href: str


@dataclass(frozen=True, slots=True)
class RuledOutPart:
    """An outcome ruled out by `answer` (a label) to `question` (its short name)."""

    name: str
    question: str
    answer: str
    because: Html


@dataclass(frozen=True, slots=True)
class NotForPart:
    """Something that the tree does not decide, and where it belongs. `id` is the anchor."""

    id: str
    title: str
    text: Html
    sources: tuple[CitationPart, ...]


@dataclass(frozen=True, slots=True)
class PolicyPart:
    """A policy in force. `review_by` is a date in words."""

    title: str
    owner: str
    reason: Html
    review_by: str

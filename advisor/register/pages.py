"""Page models of the register."""

from dataclasses import dataclass

from advisor.web.pages import Link


@dataclass(frozen=True, slots=True)
class SelectPart:
    """A filter with its choices as value and label. `chosen` is a value, or empty for any."""

    name: str
    label: str
    unfiltered: str
    choices: tuple[tuple[str, str], ...]
    chosen: str
    error: str


@dataclass(frozen=True, slots=True)
class DayPart:
    """A filter by a day: `value` is what was given, perhaps no day."""

    name: str
    label: str
    value: str
    error: str


@dataclass(frozen=True, slots=True)
class SignedPart:
    """A text with the shape beside it, and links behind it."""

    sign: str
    text: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class LinePart:
    """A saved decision in the register.

    `outcome` leads nowhere where today's tree does not have it. `author` is empty where it is
    hidden, `tree` where the site has only one, `instead_of` where the
    recommended outcome was chosen, and `review` where no review is due. `drift` is None where the
    decision is no longer in force.
    """

    link: Link
    outcome: Link
    instead_of: str
    tree: str
    author: str
    identified: bool
    saved_on: str
    saved_at: str
    status: SignedPart
    drift: SignedPart | None
    review: str
    policies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """The register. `newest`, `newer` and `older` are addresses of other pages, or empty.

    `most` is the limit of `q` in characters. `narrower` are the filters that are folded away, which
    `unfolded` shows. `summary` says how many records there are, `empty` what to do without any.
    """

    title: str
    action: str
    q: str
    q_error: str
    most: int
    selects: tuple[SelectPart, ...]
    narrower: tuple[SelectPart, ...]
    days: tuple[DayPart, ...]
    unfolded: bool
    errors: tuple[Link, ...]
    lines: tuple[LinePart, ...]
    summary: str
    empty: str
    clear: str
    newest: str
    newer: str
    older: str
    json: str
    feed: str

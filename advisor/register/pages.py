"""Page models of the register."""

from dataclasses import dataclass

from advisor.web.pages import Link


@dataclass(frozen=True, slots=True)
class SelectPart:
    """A filter with its choices as value and label. `chosen` is a value, or empty for any."""

    name: str
    label: str
    any: str
    choices: tuple[tuple[str, str], ...]
    chosen: str
    error: str


@dataclass(frozen=True, slots=True)
class LinePart:
    """A saved decision in the register. `sign` is the shape beside `status`.

    `author` is empty where it is hidden, `tree` where the site has only one.
    """

    link: Link
    outcome: str
    tree: str
    author: str
    identified: bool
    saved_on: str
    saved_at: str
    sign: str
    status: str
    superseded_by: tuple[Link, ...]
    policies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """The register. `newest`, `newer` and `older` are addresses of other pages, or empty.

    `most` is the limit of `q` in characters. `summary` says how many records there are, `empty`
    what to do without any.
    """

    title: str
    action: str
    q: str
    q_error: str
    most: int
    selects: tuple[SelectPart, ...]
    errors: tuple[Link, ...]
    lines: tuple[LinePart, ...]
    summary: str
    empty: str
    clear: str
    newest: str
    newer: str
    older: str
    json: str

"""Page models of the register."""

from dataclasses import dataclass

from advisor.web.pages import Link


@dataclass(frozen=True, slots=True)
class SelectPart:
    """A filter of the register: a list of choices, `chosen` is the value of one or empty."""

    name: str
    label: str
    any: str
    choices: tuple[tuple[str, str], ...]
    chosen: str
    error: str


@dataclass(frozen=True, slots=True)
class LinePart:
    """A saved recommendation in the register. `sign` chooses the shape beside `status`; `author` is
    empty where it is not shown, `tree` where there is only one."""

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
    """The register. `newest`, `newer` and `older` are addresses of other pages of it, empty where
    there is none; `summary` says how much there is, `empty` what to do where there is nothing."""

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

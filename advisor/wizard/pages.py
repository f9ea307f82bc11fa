"""Everything a template prints: frozen view models, built by `build`.

Templates loop and branch over these and decide nothing else. Texts typed `Html` are sanitised
markup; every `str` is plain text that the template escapes.
"""

from dataclasses import dataclass
from typing import Literal

from django.utils.safestring import SafeString

from advisor.exports.as_badge import Sign

Html = SafeString
State = Literal["current", "passed", "open", "closed"]
Standing = Literal["first", "alternative", "no"]


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Format:
    """The page as a file; `copied` ones are also copied by a button, where there is script."""

    text: str
    href: str
    copied: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """What others show of a link to the page. `url` is absolute, `kind` OpenGraph's type."""

    kind: Literal["website", "article"]
    title: str
    description: str
    url: str


@dataclass(frozen=True, slots=True)
class Site:
    """What the frame around every page shows."""

    name: str
    home: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What the tree calls one outcome, several, and the caveats that correct something."""

    outcome: str
    outcomes: str
    corrections: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A source and the places in it: `RFC 7519`, `§4.1.4, §12`. `href` and `place` may be empty.

    Beside a claim `title` is the short name and `note` is empty; the list of all sources of a page
    has both in full and no place.
    """

    title: str
    place: str
    href: str
    note: str


@dataclass(frozen=True, slots=True)
class Branch:
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
    state: State
    children: tuple["Branch", ...]
    walk: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One answered question: with the link that asks it again and keeps the other answers."""

    ask: str
    short: str
    answer: str
    because: Html
    change: str


@dataclass(frozen=True, slots=True)
class InPlay:
    name: str
    verdict: str


@dataclass(frozen=True, slots=True)
class RuledOut:
    """An outcome out of play: `question` (short) and `answer` (label) are what ruled it out."""

    name: str
    question: str
    answer: str
    because: Html


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy in force; `review_by` is a day in words."""

    title: str
    owner: str
    reason: Html
    review_by: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one rule did to a result, in one line, and why."""

    policy: str
    owner: str
    rule: str
    effect: str
    because: Html


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something to be done, why, and the policy and rule that ask for it."""

    text: Html
    because: Html
    policy: str
    rule: str


@dataclass(frozen=True, slots=True)
class HomePage:
    """`studio` is empty where the site has none."""

    title: str
    card: Card
    summary: Html
    words: Words
    start: str
    compare: str
    questions: tuple[str, ...]
    outcomes: tuple[InPlay, ...]
    taken_out: tuple[RuledOut, ...]
    policies: tuple[Policy, ...]
    picture: Branch
    studio: str


@dataclass(frozen=True, slots=True)
class TreesPage:
    """The list of trees, where a site serves several."""

    trees: tuple[tuple[Link, Html], ...]


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    hint: str


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """One question. The form is a GET to `action`: `kept` as hidden fields, `field` as radios.

    `asked` names the hidden field that tells a submitted form from a first visit; its value is
    `field`. `error` is empty, or says that no answer was chosen. `position` reads
    "Question 2 of 4" or "Question 2 of up to 6". `back` is empty on the first question.
    `supersedes` is the link of the record that is answered again, empty where none is.
    """

    title: str
    tree: Link
    words: Words
    position: str
    number: int
    total: int
    ask: str
    hint: Html
    field: str
    choices: tuple[Choice, ...]
    kept: tuple[tuple[str, str], ...]
    asked: str
    action: str
    back: str
    error: str
    trail: tuple[Step, ...]
    in_play: tuple[InPlay, ...]
    ruled_out: tuple[RuledOut, ...]
    policies: tuple[Policy, ...]
    picture: Branch
    supersedes: str


@dataclass(frozen=True, slots=True)
class Caveat:
    """`weight` is the word shown: serious, important or note. `corrects` may be empty, and so may
    `policy`, the title of the one that adds it."""

    id: str
    title: str
    weight: str
    text: Html
    corrects: Html
    sources: tuple[Citation, ...]
    policy: str


@dataclass(frozen=True, slots=True)
class Nearest:
    """What would have to be answered to get another outcome, each step a question and its answer.

    Where no answers lead to it, `steps` is empty and `never` says so. `href` is empty where the
    page has no links.
    """

    steps: tuple[str, ...]
    href: str
    never: str = ""


@dataclass(frozen=True, slots=True)
class Alternative:
    """`nearest` is None in records that were kept before it was computed."""

    name: str
    verdict: str
    when: Html
    nearest: Nearest | None


@dataclass(frozen=True, slots=True)
class Excluded:
    """An outcome that is ruled out of a result, by which answer and why, and how to get it."""

    name: str
    question: str
    answer: str
    because: Html
    nearest: Nearest | None


@dataclass(frozen=True, slots=True)
class OtherAnswer:
    """One answer that was not given, and what it leads to: one outcome, or several where further
    questions decide. `same` says that the recommendation stays."""

    label: str
    outcomes: tuple[str, ...]
    same: bool
    href: str


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A question of the trail with the answer that was given, and all its other answers."""

    ask: str
    answer: str
    others: tuple[OtherAnswer, ...]


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What one other answer would change, in a sentence and question by question."""

    summary: str
    questions: tuple[WhatIf, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One value of the user's: `kind` is the HTML input type (text, url, number).

    `cautions` is advice that the value earns; it may be used all the same.
    """

    name: str
    label: str
    value: str
    help: str
    unit: str
    kind: str
    minimum: str
    maximum: str
    error: str
    cautions: tuple[Html, ...]


@dataclass(frozen=True, slots=True)
class KitFile:
    """`code` is Pygments markup with classes, or plain for what is not opened.

    `opened` files are shown at once, the others on demand.
    """

    name: str
    code: Html
    lines: int
    opened: bool


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Kit:
    """The files of one way to run the outcome; `ways` are tabs, where there are several."""

    ways: tuple[Tab, ...]
    files: tuple[KitFile, ...]
    download: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured: on which date, with which libraries; `figures` are label and value."""

    on: str
    machine: str
    libraries: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The body that a live result and a saved recommendation share.

    `alone` is empty, or the name of what the tree without policies would have recommended.
    """

    words: Words
    name: str
    verdict: str
    because: Html
    first: Html
    note: Html
    sources: tuple[Citation, ...]
    gives: tuple[str, ...]
    costs: tuple[str, ...]
    trail: tuple[Step, ...]
    alternatives: tuple[Alternative, ...]
    ruled_out: tuple[Excluded, ...]
    sensitivity: Sensitivity | None
    caveats: tuple[Caveat, ...]
    corrections: tuple[Caveat, ...]
    references: tuple[Citation, ...]
    rulings: tuple[Ruling, ...]
    requirements: tuple[Requirement, ...]
    alone: str
    kit: Kit | None
    measured: Measured | None


@dataclass(frozen=True, slots=True)
class ResultPage:
    """A live result. The form of values is a GET to `action` with `kept` as hidden fields.

    `supersedes` is the link of the record that is answered again, empty where none is.
    """

    title: str
    tree: Link
    recommendation: Recommendation
    fields: tuple[Field, ...]
    kept: tuple[tuple[str, str], ...]
    action: str
    save: str
    restart: str
    formats: tuple[Format, ...]
    card: Card
    picture: Branch
    supersedes: str


@dataclass(frozen=True, slots=True)
class SavePage:
    """What stands beside the form that keeps a result; `author` where the form does not ask.

    `supersedes` is the record that is answered again.
    """

    title: str
    tree: Link
    name: str
    verdict: str
    trail: tuple[Step, ...]
    back: str
    action: str
    author: str
    supersedes: Link | None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs today; `old` and `new` are empty where the line says it all."""

    line: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Band:
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
    changes: tuple[Change, ...]
    minor: tuple[Change, ...]
    today: Link | None
    again: str
    version: str
    edited: bool


@dataclass(frozen=True, slots=True)
class Snippet:
    """Text to be copied: what it is, and the text itself; `id` is its place on the page."""

    id: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Badge:
    """The picture that shows elsewhere how the recommendation stands, and what to paste there."""

    src: str
    snippets: tuple[Snippet, ...]


@dataclass(frozen=True, slots=True)
class Dated:
    """A link to another record, and the day on which that was saved."""

    link: Link
    on: str


@dataclass(frozen=True, slots=True)
class Relations:
    """What became of a record, and which one it supersedes.

    `newest` is the last of those that supersede one another from here on, None where that is
    among `superseded_by`. `withdrawn_on` is empty where it was not withdrawn.
    """

    supersedes: Dated | None
    superseded_by: tuple[Dated, ...]
    newest: Dated | None
    withdrawn_on: str
    withdrawn_because: str


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A saved recommendation. `permalink` is absolute; `version` the whole sha256; `identified`
    says that the author was signed in.

    All but `band` is the same whatever today's tree says, and but for `relations`, ever. Withdrawn,
    it has no `card`, so that nothing of it is shown elsewhere.
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
    recommendation: Recommendation
    formats: tuple[Format, ...]
    card: Card | None
    badge: Badge
    band: Band
    relations: Relations


@dataclass(frozen=True, slots=True)
class Row:
    """One outcome of the comparison: for each of the page's columns, a cell for each answer."""

    name: str
    verdict: str
    gives: tuple[str, ...]
    costs: tuple[str, ...]
    cells: tuple[tuple["Cell", ...], ...]
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """Whether an outcome can still be the advice after `answer`: first, alternative or no."""

    answer: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class ComparePage:
    """All outcomes side by side: a column a question, in it a cell an answer.

    `figures` are the labels of what was measured `measured_on` a date on a `machine`; a row has an
    empty text where a figure does not apply.
    """

    title: str
    tree: Link
    words: Words
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    taken_out: tuple[RuledOut, ...]
    policies: tuple[Policy, ...]
    figures: tuple[str, ...]
    measured_on: str
    machine: str


@dataclass(frozen=True, slots=True)
class Select:
    """A filter of the register: a list of choices, `chosen` is the value of one or empty."""

    name: str
    label: str
    any: str
    choices: tuple[tuple[str, str], ...]
    chosen: str
    error: str


@dataclass(frozen=True, slots=True)
class Line:
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
    selects: tuple[Select, ...]
    errors: tuple[Link, ...]
    lines: tuple[Line, ...]
    summary: str
    empty: str
    clear: str
    newest: str
    newer: str
    older: str
    json: str


@dataclass(frozen=True, slots=True)
class MessagePage:
    """A page that says what went wrong and how to go on."""

    title: str
    message: str
    details: tuple[str, ...]
    ways_on: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class ProblemsPage:
    """What is wrong with a tree that was just edited: each problem as `tree check` prints it.
    `studio` is where it can be mended, or empty."""

    title: str
    message: str
    problems: tuple[str, ...]
    studio: str

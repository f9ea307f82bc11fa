"""What the templates of the studio print."""

from dataclasses import dataclass
from typing import Literal

from advisor.web.pages import Html, Link
from advisor.wizard.parts import BranchPart, OutcomePart, RuledOutPart, VocabularyPart
from advisor.wizard.result_parts import RecommendationPart


@dataclass(frozen=True, slots=True)
class SheetPart:
    """One file in the editor. `field` is the name of its text in the form."""

    name: str
    field: str
    text: str
    shown: bool


@dataclass(frozen=True, slots=True)
class StudioPage:
    """The whole page. `action`, `new_policy` and `download` take the form. `problems` and `rest`
    are what the draft shows, as `Found` has them. `policy` is what was entered as the id of a new
    policy, where `policy_error` says what is wrong with it."""

    title: str
    tree: Link
    action: str
    new_policy: str
    download: str
    sheets: tuple[SheetPart, ...]
    policy: str
    policy_error: str
    problems: Html
    rest: Html


@dataclass(frozen=True, slots=True)
class FindingsHtml:
    """What a draft shows, printed: the problems that stand beside the editor, and the rest."""

    problems: Html
    rest: Html
    status: int = 200


@dataclass(frozen=True, slots=True)
class StudioError:
    """Why a draft was not looked at, and what to do."""

    title: str
    message: str


@dataclass(frozen=True, slots=True)
class ProblemPart:
    """A problem of the draft. Line, column and length are in characters, from 1; 0 is the whole
    file. `editable` says whether the file is one of the draft's. A suggestion is a `hint`, or YAML
    to `paste` with what to do with it."""

    severity: Literal["error", "warning"]
    id: str
    file: str
    line: int
    column: int
    length: int
    editable: bool
    message: Html
    plain: str
    excerpt: str
    hint: Html
    paste: str

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class WalkChoicePart:
    """`walk` is what the button sends: all answers so far and this one."""

    label: str
    hint: str
    walk: str


@dataclass(frozen=True, slots=True)
class WalkStepPart:
    short: str
    ask: str
    answer: str
    change: str


@dataclass(frozen=True, slots=True)
class WalkPart:
    """Where the answers so far lead in the draft: to a question with `choices`, or to a
    `recommendation`."""

    trail: tuple[WalkStepPart, ...]
    words: VocabularyPart
    position: str
    ask: str
    hint: Html
    choices: tuple[WalkChoicePart, ...]
    in_play: tuple[OutcomePart, ...]
    ruled_out: tuple[RuledOutPart, ...]
    recommendation: RecommendationPart | None


@dataclass(frozen=True, slots=True)
class AnswerSetPart:
    """Answers that share a difference; `walk` is what a button sends that goes there."""

    text: str
    walk: str


@dataclass(frozen=True, slots=True)
class DifferencePart:
    """One way in which answers get other advice: `text`, or another outcome `new` than the `old`.
    `count` says for how many answer sets; `more` is how many spots are not listed."""

    text: str
    old: str
    new: str
    count: str
    spots: tuple[AnswerSetPart, ...]
    more: int


@dataclass(frozen=True, slots=True)
class DifferencesPart:
    """What the draft would change: in short, in what is said (`folded` lines on demand, `more` not
    at all), and what is written otherwise, as sections, ids and fields."""

    summary: tuple[str, ...]
    lines: tuple[DifferencePart, ...]
    folded: tuple[DifferencePart, ...]
    more: int
    written: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FindingsPart:
    """All that a draft shows. Without a tree that can be walked there is no walk, picture or
    differences; `unfit` is one that can be, and whose errors keep it from being served.

    `more` counts the flaws that are not listed.
    """

    summary: str
    flaws: tuple[ProblemPart, ...]
    more: int
    broken: bool
    unfit: bool
    edited: tuple[str, ...]
    walked: str
    walk: WalkPart | None
    picture: BranchPart | None
    differences: DifferencesPart | None
    stale: bool

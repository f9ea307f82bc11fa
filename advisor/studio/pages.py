"""Page models of the studio."""

from dataclasses import dataclass
from typing import Literal

from advisor.web.pages import Html, Link
from advisor.wizard.parts import BranchPart, OutcomePart, RuledOutPart, VocabularyPart
from advisor.wizard.result_parts import RecommendationPart


@dataclass(frozen=True, slots=True)
class SheetPart:
    """One file in the editor. `field` is the name of its form field."""

    name: str
    field: str
    text: str
    shown: bool


@dataclass(frozen=True, slots=True)
class StudioPage:
    """The page of the studio. `action`, `new_policy` and `download` are where the form is sent.

    `problems` and `rest` are those of `FindingsHtml`. `policy` is what was entered as the id of a
    new policy, if `policy_error` says what is wrong with it.
    """

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
    """The findings of a draft as HTML: the problems beside the editor, and the rest."""

    problems: Html
    rest: Html
    status: int = 200


@dataclass(frozen=True, slots=True)
class StudioError:
    """Why a draft was not checked, and what to do."""

    title: str
    message: str


@dataclass(frozen=True, slots=True)
class ProblemPart:
    """A problem of the draft.

    Line, column and length are in characters, from 1; a line of 0 means the whole file. `editable`
    says whether the file belongs to the draft. A suggestion is either a `hint`, or YAML to `paste`.
    """

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
        """Return `file:line:column`, or the file alone."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class WalkChoicePart:
    """An answer to choose. `walk` is what the button sends: all answers so far and this one."""

    label: str
    hint: str
    walk: str


@dataclass(frozen=True, slots=True)
class WalkStepPart:
    """One answered question. `change` is what the button sends that takes the answer back."""

    short: str
    ask: str
    answer: str
    change: str


@dataclass(frozen=True, slots=True)
class WalkPart:
    """Where the answers so far lead: to a question with `choices`, or to a `recommendation`."""

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
    """Answers that share a difference. `walk` is what the button that gives them sends."""

    text: str
    walk: str


@dataclass(frozen=True, slots=True)
class DifferencePart:
    """One difference in advice: a `text`, or an outcome that changes from `old` to `new`.

    `count` says how many answer sets it concerns; `more` is how many `answer_sets` are not listed.
    """

    text: str
    old: str
    new: str
    count: str
    answer_sets: tuple[AnswerSetPart, ...]
    more: int


@dataclass(frozen=True, slots=True)
class DifferencesPart:
    """What the draft would change: a summary, and lines about advice.

    `folded` lines are shown on demand, `more` counts those that are not listed. `written` are
    edited sections, ids and fields.
    """

    summary: tuple[str, ...]
    lines: tuple[DifferencePart, ...]
    folded: tuple[DifferencePart, ...]
    more: int
    written: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FindingsPart:
    """All findings of a draft.

    Without a tree that can be walked there is no walk, picture or difference. `unfit` is a tree
    that can be walked but not served. `more` counts the problems that are not listed.
    """

    summary: str
    problems: tuple[ProblemPart, ...]
    more: int
    broken: bool
    unfit: bool
    edited: tuple[str, ...]
    walked: str
    walk: WalkPart | None
    picture: BranchPart | None
    differences: DifferencesPart | None
    stale: bool

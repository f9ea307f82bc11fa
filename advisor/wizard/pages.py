"""Page models of the wizard: start, question, result and comparison."""

from dataclasses import dataclass
from typing import Literal

from advisor.web.pages import DownloadFormat, Html, Link, SocialCard
from advisor.wizard.parts import (
    BranchPart,
    CitationPart,
    NotForPart,
    OutcomePart,
    PolicyPart,
    RuledOutPart,
    StepPart,
    VocabularyPart,
)
from advisor.wizard.result_parts import (
    CaveatPart,
    FieldPart,
    KitPart,
    MeasuredPart,
    RecommendationPart,
)

CellState = Literal["first", "alternative", "no"]


@dataclass(frozen=True, slots=True)
class HomePage:
    """The start page of a tree. `studio` is empty where the site has no studio.

    `outcomes` are those that some answers recommend, `alternatives` those that can only be chosen.
    """

    title: str
    card: SocialCard
    summary: Html
    words: VocabularyPart
    start: str
    compare: str
    questions: tuple[str, ...]
    outcomes: tuple[OutcomePart, ...]
    alternatives: tuple[OutcomePart, ...]
    not_for: tuple[NotForPart, ...]
    taken_out: tuple[RuledOutPart, ...]
    policies: tuple[PolicyPart, ...]
    picture: BranchPart
    studio: str


@dataclass(frozen=True, slots=True)
class TreesPage:
    """The start page of a site with several trees: links and summaries."""

    trees: tuple[tuple[Link, Html], ...]


@dataclass(frozen=True, slots=True)
class ChoicePart:
    """An answer to choose. `value` is its id; `hint` may be empty."""

    value: str
    label: str
    hint: str


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """One question. The form is a GET to `action`: `kept` as hidden fields, `field` as radios.

    `asked` names the hidden field that tells a submitted form from a first visit; its value is
    `field`. `error` is empty, or says that no answer was chosen. `position` reads "Question 2 of 4"
    or "Question 2 of up to 6". `back` is empty on the first question. `supersedes` is the address
    of the record that the result may replace, or empty.
    """

    title: str
    tree: Link
    words: VocabularyPart
    position: str
    number: int
    total: int
    ask: str
    hint: Html
    field: str
    choices: tuple[ChoicePart, ...]
    kept: tuple[tuple[str, str], ...]
    asked: str
    action: str
    back: str
    error: str
    trail: tuple[StepPart, ...]
    in_play: tuple[OutcomePart, ...]
    ruled_out: tuple[RuledOutPart, ...]
    policies: tuple[PolicyPart, ...]
    picture: BranchPart
    supersedes: str


@dataclass(frozen=True, slots=True)
class ResultPage:
    """A live result. The form of values is a GET to `action` with `kept` as hidden fields.

    `supersedes` is the address of the record that the result may replace, or empty.
    """

    title: str
    tree: Link
    recommendation: RecommendationPart
    fields: tuple[FieldPart, ...]
    kept: tuple[tuple[str, str], ...]
    action: str
    save: str
    restart: str
    formats: tuple[DownloadFormat, ...]
    card: SocialCard
    picture: BranchPart
    supersedes: str


@dataclass(frozen=True, slots=True)
class LeadPart:
    """Answers that lead to an outcome: pairs of a question's short name and answers, and why."""

    steps: tuple[tuple[str, str], ...]
    because: Html


@dataclass(frozen=True, slots=True)
class OutcomePage:
    """One outcome, whatever is answered. `more` says that not all answers are listed.

    `excluded` says which policies take it out, None where none does. `choose` leads to the
    questions with this choice, and is empty where policies take the outcome out.
    """

    title: str
    tree: Link
    words: VocabularyPart
    verdict: str
    gives: tuple[str, ...]
    costs: tuple[str, ...]
    sources: tuple[CitationPart, ...]
    caveats: tuple[CaveatPart, ...]
    measured: MeasuredPart | None
    recommended_for: tuple[LeadPart, ...]
    alternative_for: tuple[LeadPart, ...]
    more: bool
    excluded: RuledOutPart | None
    choose: str
    compare: str
    kit: KitPart | None
    card: SocialCard


@dataclass(frozen=True, slots=True)
class RowPart:
    """One outcome of the comparison. `cells` has one tuple per column, with a cell per answer."""

    name: str
    href: str
    verdict: str
    gives: tuple[str, ...]
    costs: tuple[str, ...]
    cells: tuple[tuple["CellPart", ...], ...]
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CellPart:
    """What an outcome can still be after `answer`: recommended first, an alternative, or no."""

    answer: str
    state: CellState


@dataclass(frozen=True, slots=True)
class ComparePage:
    """All outcomes side by side: one column per question, one cell per answer.

    `figures` are the labels of what was measured on the day `measured_on` on a `machine`. A row has
    an empty text where a figure does not apply.
    """

    title: str
    tree: Link
    words: VocabularyPart
    columns: tuple[str, ...]
    rows: tuple[RowPart, ...]
    taken_out: tuple[RuledOutPart, ...]
    policies: tuple[PolicyPart, ...]
    figures: tuple[str, ...]
    measured_on: str
    machine: str

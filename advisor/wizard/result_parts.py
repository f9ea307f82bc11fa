"""Page models of a recommendation: what a live result and a saved one both show."""

from dataclasses import dataclass

from advisor.web.pages import Html
from advisor.wizard.parts import CitationPart, StepPart, VocabularyPart


@dataclass(frozen=True, slots=True)
class RulingPart:
    """What one rule did to a result, in one line, and why."""

    policy: str
    owner: str
    rule: str
    effect: str
    because: Html


@dataclass(frozen=True, slots=True)
class RequirementPart:
    """Something to be done, why, and the policy and rule that ask for it."""

    text: Html
    because: Html
    policy: str
    rule: str


@dataclass(frozen=True, slots=True)
class CaveatPart:
    """`weight` is the word shown: serious, important or note. `corrects` may be empty, and so may
    `policy`, the title of the one that adds it."""

    id: str
    title: str
    weight: str
    text: Html
    corrects: Html
    sources: tuple[CitationPart, ...]
    policy: str


@dataclass(frozen=True, slots=True)
class NearestPart:
    """What would have to be answered to get another outcome, each step a question and its answer.

    Where no answers lead to it, `steps` is empty and `never` says so. `href` is empty where the
    page has no links.
    """

    steps: tuple[str, ...]
    href: str
    never: str = ""


@dataclass(frozen=True, slots=True)
class AlternativePart:
    """`nearest` is None in records that were kept before it was computed."""

    name: str
    verdict: str
    when: Html
    nearest: NearestPart | None


@dataclass(frozen=True, slots=True)
class ExcludedPart:
    """An outcome that is ruled out of a result, by which answer and why, and how to get it."""

    name: str
    question: str
    answer: str
    because: Html
    nearest: NearestPart | None


@dataclass(frozen=True, slots=True)
class OtherAnswerPart:
    """One answer that was not given, and what it leads to: one outcome, or several where further
    questions decide. `same` says that the recommendation stays."""

    label: str
    outcomes: tuple[str, ...]
    same: bool
    href: str


@dataclass(frozen=True, slots=True)
class QuestionSensitivityPart:
    """A question of the trail with the answer that was given, and all its other answers."""

    ask: str
    answer: str
    others: tuple[OtherAnswerPart, ...]


@dataclass(frozen=True, slots=True)
class SensitivityPart:
    """What one other answer would change, in a sentence and question by question."""

    summary: str
    questions: tuple[QuestionSensitivityPart, ...]


@dataclass(frozen=True, slots=True)
class FieldPart:
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
class KitFilePart:
    """`code` is Pygments markup with classes, or plain for what is not opened.

    `opened` files are shown at once, the others on demand.
    """

    name: str
    code: Html
    lines: int
    opened: bool


@dataclass(frozen=True, slots=True)
class TabPart:
    label: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class KitPart:
    """The files for one framework; `frameworks` are tabs, where there are several."""

    frameworks: tuple[TabPart, ...]
    files: tuple[KitFilePart, ...]
    download: str


@dataclass(frozen=True, slots=True)
class MeasuredPart:
    """What was measured: on which date, with which libraries; `figures` are label and value."""

    on: str
    machine: str
    libraries: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RecommendationPart:
    """The body that a live result and a saved recommendation share.

    `alone` is empty, or the name of what the tree without policies would have recommended.
    """

    words: VocabularyPart
    name: str
    verdict: str
    because: Html
    first: Html
    note: Html
    sources: tuple[CitationPart, ...]
    gives: tuple[str, ...]
    costs: tuple[str, ...]
    trail: tuple[StepPart, ...]
    alternatives: tuple[AlternativePart, ...]
    ruled_out: tuple[ExcludedPart, ...]
    sensitivity: SensitivityPart | None
    caveats: tuple[CaveatPart, ...]
    corrections: tuple[CaveatPart, ...]
    references: tuple[CitationPart, ...]
    rulings: tuple[RulingPart, ...]
    requirements: tuple[RequirementPart, ...]
    alone: str
    kit: KitPart | None
    measured: MeasuredPart | None

"""Page models of a recommendation, shared by live results and saved decisions."""

from dataclasses import dataclass

from advisor.web.pages import Html
from advisor.wizard.parts import CitationPart, StepPart, VocabularyPart


@dataclass(frozen=True, slots=True)
class RulingPart:
    """The effect of one policy rule on a result, in one line, and the reason."""

    policy: str
    owner: str
    rule: str
    effect: str
    because: Html


@dataclass(frozen=True, slots=True)
class RequirementPart:
    """Something that must be done, the reason, and the policy and rule that require it."""

    text: Html
    because: Html
    policy: str
    rule: str


@dataclass(frozen=True, slots=True)
class CaveatPart:
    """What a reader must know before using the outcome.

    `weight` is the word shown: serious, important or note. `corrects` is empty for most caveats.
    `policy` is the title of the policy that adds it, or empty.
    """

    id: str
    title: str
    weight: str
    text: Html
    corrects: Html
    sources: tuple[CitationPart, ...]
    policy: str


@dataclass(frozen=True, slots=True)
class NearestPart:
    """The nearest answers that lead to another outcome, as "question: answer" texts.

    Where no answers lead to it, `steps` is empty and `never` says so. `href` is empty on pages
    without links.
    """

    steps: tuple[str, ...]
    href: str
    never: str = ""


@dataclass(frozen=True, slots=True)
class AlternativePart:
    """An alternative. `nearest` is None in records that were saved before it was computed.

    `choose` is the address of the same page for this outcome, `href` that of the outcome's own
    page; both are empty where there are no links.
    """

    name: str
    verdict: str
    when: Html
    nearest: NearestPart | None
    choose: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class DeparturePart:
    """The recommendation that was not taken, with its reason, and the words about the choice.

    `because` and `words` are HTML. `ruled_out_by` is the answer that rules the choice out, with its
    question, empty for an alternative. `href` leads to the recommendation, empty without links.
    """

    recommended: str
    because: Html
    words: Html
    ruled_out_by: str
    href: str


@dataclass(frozen=True, slots=True)
class ExcludedPart:
    """An outcome that is ruled out: by which answer, why, and how to get it."""

    name: str
    question: str
    answer: str
    because: Html
    nearest: NearestPart | None
    choose: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class OtherAnswerPart:
    """One answer that was not given, and the outcomes that it leads to.

    There are several outcomes where further questions decide. `same` says that the recommendation
    stays.
    """

    label: str
    outcomes: tuple[str, ...]
    same: bool
    href: str


@dataclass(frozen=True, slots=True)
class QuestionSensitivityPart:
    """A question of the trail, the answer given, and all other answers."""

    ask: str
    answer: str
    others: tuple[OtherAnswerPart, ...]


@dataclass(frozen=True, slots=True)
class SensitivityPart:
    """What one other answer would change: a sentence, and details by question."""

    summary: str
    questions: tuple[QuestionSensitivityPart, ...]


@dataclass(frozen=True, slots=True)
class AssumptionPart:
    """An answer that was assumed, because nobody was sure, and why this one.

    `others` are the answers that would change the recommendation, None where they were not
    computed. `change` is the link that asks the question again, or empty.
    """

    ask: str
    answer: str
    because: Html
    others: tuple[OtherAnswerPart, ...] | None
    change: str


@dataclass(frozen=True, slots=True)
class OptionPart:
    """An option of a choice; `hint` may be empty."""

    id: str
    label: str
    hint: str
    current: bool


@dataclass(frozen=True, slots=True)
class FieldPart:
    """The form field of one parameter. `kind` is the HTML input type: text, url, number or radio.

    `cautions` is advice about a value that may still be used. `options` are those of a choice.
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
    options: tuple[OptionPart, ...] = ()


@dataclass(frozen=True, slots=True)
class KitFilePart:
    """A file of a kit. `code` is highlighted HTML for opened files, plain HTML for others.

    `opened` files are shown at once, the others on demand.
    """

    name: str
    code: Html
    lines: int
    opened: bool


@dataclass(frozen=True, slots=True)
class TabPart:
    """The tab of one framework of a kit."""

    label: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class KitPart:
    """The files for one framework. `frameworks` are the tabs, empty if there is only one.

    `layouts` are the tabs of one file and of separate files, empty if there is no such choice.
    """

    frameworks: tuple[TabPart, ...]
    files: tuple[KitFilePart, ...]
    download: str
    layouts: tuple[TabPart, ...] = ()


@dataclass(frozen=True, slots=True)
class MeasuredPart:
    """What was measured: date, machine, libraries, and `figures` as label and value."""

    on: str
    machine: str
    libraries: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RecommendationPart:
    """The body that a live result and a saved decision share.

    `alone` is the name of what the tree would recommend without policies, or empty if it is the
    same. `choices` are pairs of a choice's label and the option that was taken.
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
    choices: tuple[tuple[str, str], ...] = ()
    departure: DeparturePart | None = None
    assumptions: tuple[AssumptionPart, ...] = ()

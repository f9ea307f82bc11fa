"""The schema of a tree's YAML, section by section, as frozen pydantic models.

The models say what a well-formed document is; what its ids refer to is `linking`'s concern. The
JSON Schema for editors is generated from the same models. Classes here have the short names; what a
result freezes of them is called `ResultCaveat` and the like.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    RootModel,
    StringConstraints,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a problem says of a text that does not match: what was expected, and under which id."""

    expected: str
    problem_id: str = "bad-value"


# Every pattern of the models by its regular expression, which is all that pydantic's errors tell.
PATTERNS: dict[str, Pattern] = {}


def pattern(regex: str, expected: str, problem_id: str = "bad-value") -> str:
    """Return the regular expression, and note the words for a text that does not match it."""
    PATTERNS[regex] = Pattern(expected, problem_id)
    return regex


_ID = pattern(r"^[a-z0-9][a-z0-9-]*$", "an id: lower-case letters, digits and dashes", "bad-id")
# Several answers with one continuation: `small, invest`.
_IDS = pattern(
    r"^[a-z0-9][a-z0-9-]*(, *[a-z0-9][a-z0-9-]*)*$",
    "answer ids, with commas between them",
    "bad-id",
)
_LINE = pattern(r"^[^\n\r]*$", "one line")
_CITATION = pattern(
    r"^[a-z0-9][a-z0-9-]*( [^\n\r]+)?$", "a source's id, then a space and the place in it"
)
_CONSTANT = pattern(r"^[A-Z][A-Z0-9_]*$", "a Python constant: capitals, digits and underscores")
_FILE_NAME = pattern(r"^[A-Za-z0-9_-]+\.py$", "the name of a Python file")
_ANY_FILE = pattern(r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$", "the name of a file, without a folder")
_PLACE = pattern(
    r"^[^{}\n\r]*\{value\}[^{}\n\r]*$", "a line of the file with `{value}` in it, once"
)
_FOLDER = pattern(r"^[a-z0-9_-]+(/[a-z0-9_-]+)*$", "a folder below `shared/`")
_VERSION = pattern(r"^\d+(\.\d+)*$", "a version: numbers with dots between them")
_ADDRESS = pattern(r"^https://[!-~]+$", "an address that begins with https://")
_DATE = pattern(r"^\d{4}-\d{2}-\d{2}$", "a date: year-month-day")

Id = Annotated[str, StringConstraints(pattern=_ID, max_length=64)]
Answers = Annotated[str, StringConstraints(pattern=_IDS, max_length=400)]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=240, pattern=_LINE)
]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=6000)]
Citation = Annotated[str, StringConstraints(pattern=_CITATION, max_length=240)]
Constant = Annotated[str, StringConstraints(pattern=_CONSTANT, max_length=64)]
FileName = Annotated[str, StringConstraints(pattern=_FILE_NAME, max_length=64)]
AnyFile = Annotated[str, StringConstraints(pattern=_ANY_FILE, max_length=64)]
PlaceText = Annotated[str, StringConstraints(pattern=_PLACE, max_length=240)]
Folder = Annotated[str, StringConstraints(pattern=_FOLDER, max_length=120)]
Version = Annotated[str, StringConstraints(pattern=_VERSION, max_length=32)]
Address = Annotated[str, StringConstraints(pattern=_ADDRESS, max_length=400)]
Date = Annotated[str, StringConstraints(pattern=_DATE)]
Weight = Literal["serious", "important", "note"]

# Names that the pages use in the address line beside questions and parameters, and the keys that
# tell a recommendation and a jump from a question in `decide`.
RESERVED = frozenset({
    "asked", "way", "files", "choose", "supersedes", "recommend", "branch",
})  # fmt: skip
# Stands in an address for the answer of somebody who does not know. No answer may have this id.
UNSURE = "unsure"


class Model(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=lambda name: name.rstrip("_").replace("_", "-"),
        validate_by_alias=True,
        validate_by_name=False,
    )


class Vocabulary(Model):
    outcome: Line = "option"
    outcomes: Line = "options"
    corrections: Line = "Corrections"


class Answer(Model):
    label: Line
    hint: Line | None = None
    because: Text


class Assumption(Model):
    """The answer to assume where nobody knows, and why this one."""

    answer: Id
    because: Text


class Question(Model):
    """A question. Where it has `unsure`, nobody has to know the answer."""

    ask: Line
    short: Line
    hint: Text | None = None
    sources: tuple[Citation, ...] = ()
    answers: Annotated[dict[Id, Answer], Field(min_length=2)]
    unsure: Assumption | None = None


class Recommend(Model):
    """A leaf: the outcome, why, and what else is worth a look."""

    recommend: Id
    because: Text
    or_: dict[Id, Text] = {}
    first: Text | None = None
    note: Text | None = None
    sources: tuple[Citation, ...] = ()


class Jump(Model):
    """Go on with a named branch."""

    branch: Id


# What a step is. The tags come back in the places of errors, so they are no possible keys.
LEAF, JUMP, QUESTION = "<leaf>", "<jump>", "<question>"
TAGS = frozenset({LEAF, JUMP, QUESTION})


def _kind(value: object) -> str:
    if isinstance(value, Recommend) or (isinstance(value, dict) and "recommend" in value):
        return LEAF
    if isinstance(value, Jump) or (isinstance(value, dict) and "branch" in value):
        return JUMP
    return QUESTION


class Placed(RootModel[dict[Id, dict[Answers, "Step"]]]):
    """A question in the tree: its id, and below it where each answer leads."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def one_question(cls, value: object) -> object:
        """Refuse a step with no key, or with several where a question is meant."""
        if isinstance(value, dict) and len(value) != 1:
            raise PydanticCustomError("one_question", "{count} keys", {"count": len(value)})
        return value


Step = Annotated[
    Annotated[Recommend, Tag(LEAF)] | Annotated[Jump, Tag(JUMP)] | Annotated[Placed, Tag(QUESTION)],
    Discriminator(_kind),
]


class Outcome(Model):
    name: Line
    verdict: Line
    gives: tuple[Line, ...] = ()
    costs: tuple[Line, ...] = ()
    ruled_out: dict[Id, dict[Id, Text]] = {}
    sources: tuple[Citation, ...] = ()


class When(Model):
    """A condition: the outcome is one of these, and each question has one of these answers."""

    outcomes: tuple[Id, ...] = ()
    answers: dict[Id, Annotated[tuple[Id, ...], Field(min_length=1)]] = {}


class CaveatWhen(When):
    """A condition of a caveat, which may also name values: a choice has one of these options."""

    values: dict[Id, Annotated[tuple[Id, ...], Field(min_length=1)]] = {}


class Caveat(Model):
    title: Line
    weight: Weight
    text: Text
    corrects: Text | None = None
    when: CaveatWhen = CaveatWhen()
    sources: Annotated[tuple[Citation, ...], Field(min_length=1)]


class Source(Model):
    title: Line
    short: Line | None = None
    kind: Literal["article", "standard", "specification", "draft", "guide", "measurement", "policy"]
    url: Address | None = None
    note: Line | None = None


class NotFor(Model):
    """Something that looks like a question for this tree and is not, and where it belongs."""

    title: Line
    text: Text
    sources: tuple[Citation, ...] = ()


class Caution(Model):
    """Advice that follows from a value: it is shown when all that is given here holds.

    `above` and `below` compare a number, or the length of a text.
    """

    above: int | None = None
    below: int | None = None
    begins: Line | None = None
    contains: Line | None = None
    lacks: Line | None = None
    say: Text
    sources: tuple[Citation, ...] = ()


class Option(Model):
    """One of the options of a choice."""

    label: Line
    hint: Line | None = None


class ParameterWhen(Model):
    """A condition of a parameter: each choice has one of these options, where a kit has it."""

    values: dict[Id, Annotated[tuple[Id, ...], Field(min_length=1)]] = {}


class Parameter(Model):
    """A value of the user's that is written into a kit, as the literal of `constant`.

    A choice has `options`; a flag is yes or no. Both may stand without a constant: they then select
    folders of kits and caveats. A kit that `when` excludes keeps the default, and nobody is asked.
    """

    label: Line
    constant: Constant | None = None
    type: Literal["text", "url", "name", "integer", "choice", "flag"]
    options: dict[Id, Option] = {}
    default: Line
    help: Line | None = None
    unit: Line | None = None
    minimum: int | None = None
    maximum: int | None = None
    cautions: tuple[Caution, ...] = ()
    when: ParameterWhen = ParameterWhen()

    @property
    def choices(self) -> dict[str, Option]:
        """Return the options of a choice or a flag by id; none for another type."""
        if self.type == "flag":
            return self.options or FLAG
        return self.options if self.type == "choice" else {}


# What a flag can be, unless it has labels of its own.
FLAG = {"yes": Option(label="Yes"), "no": Option(label="No")}


class Framework(Model):
    """A framework that the kits run under; the first is none."""

    label: Line
    hint: Line | None = None


class KitParts(Model):
    """Folders under `shared/` whose files are added to a kit.

    `modules` are code that several kits have in common, `extras` come along, and `frameworks` are
    what a framework adds. The first of the tree's frameworks adds nothing of its own. `apart` are
    modules that stay files of their own when the others are joined into one. `choices` name what
    each option of a choice adds; an option that is not named is not available.
    """

    modules: tuple[Folder, ...] = ()
    extras: tuple[Folder, ...] = ()
    frameworks: dict[Id, tuple[Folder, ...]] = {}
    apart: tuple[FileName, ...] = ()
    choices: dict[Id, Annotated[dict[Id, "KitParts"], Field(min_length=1)]] = {}


class KitSpec(KitParts):
    """What an outcome's kit is made of, beside its own folder `kits/<outcome>/`.

    `module` holds the constants, or is the file that a reader starts with. `places` tell where else
    values go: in files that are not Python, by parameter, the text around the value.
    """

    module: AnyFile
    places: dict[AnyFile, Annotated[dict[Id, PlaceText], Field(min_length=1)]] = {}


class PromisedSetting(Model):
    """How `confirm` compares a parameter: other names for it, some with a unit behind a colon.

    `zero` allows 0 for a time, `deployed` says that it differs between environments.
    """

    also: tuple[Line, ...] = ()
    zero: bool = False
    deployed: bool = False


class Promise(Model):
    """What `confirm` looks for beside the values of a kit.

    `tokens` are the kinds of tokens, `constants` those that are no parameters, with what they may
    be, `header` all that may stand in a token's header, `claims` the texts in it. `cookie` and
    `age` are parameters; `session` says that a framework may set the cookie.
    """

    tokens: tuple[Line, ...] = ()
    constants: dict[Line, tuple[Line, ...]] = {}
    header: dict[Line, tuple[Line, ...]] = {}
    claims: tuple[Line, ...] = ()
    longest: int = 4096
    cookie: Id | None = None
    age: Id | None = None
    session: bool = False


class Promises(Model):
    """What `confirm` holds an application to."""

    settings: dict[Id, PromisedSetting] = {}
    kits: dict[Id, Promise] = {}


class Library(Model):
    """The oldest version of a library that a kit may pin, and what was wrong before it."""

    minimum: Version
    because: Text
    sources: tuple[Citation, ...] = ()


class MeasuredKit(Model):
    """The libraries that a kit ran with, and a text for every figure that applies to it."""

    versions: dict[str, Version]
    figures: dict[Id, Line]


class Measured(Model):
    """What a run measured, and where."""

    on: Date
    machine: Line
    kits: dict[Id, MeasuredKit]


class Case(Model):
    answers: dict[Id, Id]
    expect: Id


class Document(Model):
    """All sections of one tree, whatever files they stand in.

    `reference` is the kit that the costs of others are measured against, `figures` the labels of
    what is measured.
    """

    format: Literal["1"]
    title: Line
    summary: Text
    words: Vocabulary = Vocabulary()
    not_for: dict[Id, NotFor] = {}
    questions: Annotated[dict[Id, Question], Field(min_length=1)]
    decide: Step
    branches: dict[Id, Step] = {}
    outcomes: Annotated[dict[Id, Outcome], Field(min_length=1)]
    caveats: dict[Id, Caveat] = {}
    sources: dict[Id, Source] = {}
    parameters: dict[Id, Parameter] = {}
    frameworks: dict[Id, Framework] = {}
    kits: dict[Id, KitSpec] = {}
    reference: Id | None = None
    figures: dict[Id, Line] = {}
    libraries: dict[str, Library] = {}
    promises: Promises = Promises()
    measured: Measured | None = None
    cases: tuple[Case, ...] = ()

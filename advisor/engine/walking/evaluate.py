"""Answers in, the next question or a result out: a pure function of the tree and the answers.

A result holds every text that it needs and no reference into the tree, so that it can be kept as
data and shown long after the tree has changed. What it freezes of a model has the model's name with
`Result` in front: `ResultCaveat`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from pydantic import Field

from advisor.engine.policies.effective import NamedRule, document_for, rules, source_id
from advisor.engine.policies.rulings import effects
from advisor.engine.tree import model
from advisor.engine.tree.field_paths import read_field, with_field
from advisor.engine.tree.graph import Ask, Leaf, Tree, applies, cited, nodes_below
from advisor.engine.tree.policy_model import Forbid, Require
from advisor.engine.walking.walk import Walk, follow


def _is_empty(value: object) -> bool:
    return not value


class UnknownAnswer(Exception):
    """An answer that its question does not have. Never guessed: the caller must ask again."""

    def __init__(self, question: str, answer: str, known: tuple[str, ...]) -> None:
        super().__init__(f"{answer!r} is not a valid answer to {question!r}")
        self.question = question
        self.answer = answer
        self.known = known


class UnknownOutcome(Exception):
    """An outcome was chosen that the tree does not have."""

    def __init__(self, outcome: str) -> None:
        super().__init__(f"{outcome!r} is not an outcome of the tree")
        self.outcome = outcome


class ForbiddenOutcome(Exception):
    """An outcome was chosen that a policy forbids for these answers.

    `name` is the outcome's, `ban` the first rule that forbids it, and `substitute` the name of the
    outcome that the rule puts in its place.
    """

    def __init__(self, name: str, ban: NamedRule, substitute: str) -> None:
        super().__init__(f"{ban} forbids {name!r}")
        self.name = name
        self.ban = ban
        self.substitute = substitute


@dataclass(frozen=True, slots=True)
class ResultCitation:
    """A source as a reader sees it, and the place in it; `url`, `note` and `place` may be empty."""

    source: str
    title: str
    short: str
    place: str
    url: str
    note: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A question on the trail and the answer that was given, or assumed because nobody knew.

    `assumed` is empty where the answer was given, else why the tree assumes this answer: an open
    point until somebody knows.
    """

    question: str
    ask: str
    short: str
    answer: str
    label: str
    because: str
    assumed: Annotated[str, Field(exclude_if=_is_empty)] = ""


@dataclass(frozen=True, slots=True)
class Option:
    """An outcome, as far as a list of outcomes shows it."""

    outcome: str
    name: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Alternative:
    outcome: str
    name: str
    verdict: str
    when: str


@dataclass(frozen=True, slots=True)
class RuledOut:
    """An outcome out of play, and the answer after which no leaf named it any more.

    Where policies took it out from the start, `question` and `answer` are empty, and `label` names
    the policies. `because` is empty only in a draft whose reasons are not all written.
    """

    outcome: str
    name: str
    question: str
    short: str
    answer: str
    label: str
    because: str


@dataclass(frozen=True, slots=True)
class ResultCaveat:
    """`corrects` is empty, or the claim that the caveat corrects.

    `policy` is empty, or the title of the policy that adds the caveat. `values` are the options
    under which the caveat holds, by choice, until `with_choices` has looked at them.
    """

    id: str
    title: str
    weight: model.Weight
    text: str
    corrects: str
    sources: tuple[ResultCitation, ...]
    policy: str = ""
    values: Annotated[dict[str, tuple[str, ...]], Field(exclude_if=_is_empty)] = field(
        default_factory=dict
    )


@dataclass(frozen=True, slots=True)
class ResultChoice:
    """A choice on the result, in the words of the tree, and the option that was taken."""

    parameter: str
    label: str
    option: str
    option_label: str


@dataclass(frozen=True, slots=True)
class ResultMeasurement:
    """What was measured of the outcome's kit.

    `on` is an ISO date, `versions` are by library, `figures` are pairs of a label and a figure.
    """

    on: str
    machine: str
    versions: dict[str, str]
    figures: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a rule of a policy did to this result, in one line, and why."""

    policy: str
    title: str
    owner: str
    rule: str
    effect: str
    because: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something that a policy asks to be done before the result may be used."""

    policy: str
    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class OtherAnswer:
    """An answer that was not given."""

    question: str
    short: str
    answer: str
    label: str


@dataclass(frozen=True, slots=True)
class Nearest:
    """The smallest change of answers that selects another outcome.

    `changed` are questions of the trail answered otherwise, `added` further ones that are asked
    then. `answers` is the whole trail that leads there.
    """

    outcome: str
    name: str
    changed: tuple[OtherAnswer, ...]
    added: tuple[OtherAnswer, ...]
    answers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Instead:
    """What one other answer would have led to, all others kept.

    `outcomes` has one entry, or several where further questions would decide; `answers` are those
    up to there.
    """

    other: OtherAnswer
    outcomes: tuple[Option, ...]
    answers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Departure:
    """The recommendation that was not taken, in a result for an outcome that somebody chose.

    `because` is the tree's reason for the recommendation. `kind` says whether the tree names the
    chosen outcome as an alternative or rules it out. `words`, as Markdown, say when the alternative
    is better, or why it is ruled out; `label` is the answer that rules it out, `short` its
    question, both empty for an alternative.
    """

    recommended: Option
    because: str
    kind: Literal["alternative", "ruled-out"]
    words: str
    short: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """The trail ends at a question. `kept` are answers given already that it may still lead to.

    In `kept` stands `unsure` where nobody knew.
    """

    node: Ask
    question: str
    trail: tuple[Answered, ...]
    kept: dict[str, str]
    in_play: tuple[Option, ...]
    ruled_out: tuple[RuledOut, ...]

    @property
    def given(self) -> dict[str, str]:
        """Return all answers that matter here as an address holds them, the trail's first."""
        return given(self.trail) | self.kept


@dataclass(frozen=True, slots=True)
class Result:
    """The trail ends at a recommendation. All texts are Markdown or plain lines, as in the tree.

    `outcome` is what is recommended, or what somebody chose instead: then `departure` holds the
    recommendation, `because` is empty, and the recommendation is the first alternative. `alone` is
    what the tree without policies would have recommended, where that differs. `nearest` and
    `sensitivity` are filled by `with_what_if`, and `choices` by `with_choices`, for results that
    are shown.
    """

    tree: str
    words: model.Vocabulary
    outcome: str
    name: str
    verdict: str
    because: str
    first: str
    note: str
    sources: tuple[ResultCitation, ...]
    gives: tuple[str, ...]
    costs: tuple[str, ...]
    trail: tuple[Answered, ...]
    alternatives: tuple[Alternative, ...]
    ruled_out: tuple[RuledOut, ...]
    caveats: tuple[ResultCaveat, ...]
    measured: ResultMeasurement | None
    rulings: tuple[Ruling, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    alone: Option | None = None
    nearest: tuple[Nearest, ...] = ()
    sensitivity: tuple[Instead, ...] = ()
    choices: Annotated[tuple[ResultChoice, ...], Field(exclude_if=_is_empty)] = ()
    # Left out of the JSON where it is None: the text of other results is what it always was.
    departure: Annotated[Departure | None, Field(exclude_if=_is_empty)] = None

    @property
    def recommended(self) -> str:
        """Return the id of the outcome that the tree recommends, whatever was chosen."""
        return self.departure.recommended.outcome if self.departure else self.outcome

    @property
    def recommended_name(self) -> str:
        """Return the name of the outcome that the tree recommends."""
        return self.departure.recommended.name if self.departure else self.name

    @property
    def answers(self) -> dict[str, str]:
        """Return the answers of the trail, the assumed ones too."""
        return {step.question: step.answer for step in self.trail}

    @property
    def given(self) -> dict[str, str]:
        """Return the answers as an address holds them: `unsure` stands for each assumed one."""
        return given(self.trail)

    @property
    def assumptions(self) -> tuple[Answered, ...]:
        """Return the steps whose answer was assumed, because nobody knew."""
        return tuple(step for step in self.trail if step.assumed)

    def as_given(self, answers: Mapping[str, str]) -> dict[str, str]:
        """Return other answers as an address holds them: what they still assume is `unsure`."""
        assumed = {step.question: step.answer for step in self.assumptions}
        return {
            question: model.UNSURE if assumed.get(question) == answer else answer
            for question, answer in answers.items()
        }


def given(trail: Iterable[Answered]) -> dict[str, str]:
    """Return the answers of a trail as an address holds them."""
    return {step.question: model.UNSURE if step.assumed else step.answer for step in trail}


def evaluate(tree: Tree, answers: Mapping[str, str], choose: str = "") -> Asking | Result:
    """Replay the answers from the root; those that the trail cannot reach are left out.

    The answer `unsure` is the one that the question assumes, if it assumes any.
    `choose` is an outcome to take instead of the recommended one, or empty. Raise UnknownAnswer for
    an answer that a question of the tree does not have; and where a result is reached,
    UnknownOutcome for a choice that the tree does not have, and ForbiddenOutcome for one that a
    policy forbids.
    """
    known = dict(answers)
    assumed: dict[str, str] = {}
    for question_id, answer in answers.items():
        question = tree.document.questions.get(question_id)
        if question is None:
            continue
        if answer == model.UNSURE and question.unsure:
            known[question_id] = question.unsure.answer
            assumed[question_id] = question.unsure.because
        elif answer not in question.answers:
            raise UnknownAnswer(question_id, answer, tuple(question.answers))
    walk = replace(follow(tree, known), assumed=assumed)
    if isinstance(walk.end, Leaf):
        return _result(tree, walk, walk.end, choose or walk.end.advice.recommend)
    return Asking(
        node=walk.end,
        question=walk.end.question,
        trail=tuple(_trail(tree.document, walk)),
        kept=_kept(walk.end, answers),
        in_play=tuple(option(tree, id) for id in tree.outcomes(walk.end.in_play)),
        ruled_out=tuple(_ruled_out(tree.document, walk)),
    )


def option(tree: Tree, id: str) -> Option:
    """Return an outcome as a list of outcomes shows it."""
    outcome = tree.document.outcomes[id]
    return Option(id, outcome.name, outcome.verdict)


def taken_out_by_policies(tree: Tree) -> tuple[RuledOut, ...]:
    """Return the outcomes that policies leave no way to, whatever is answered."""
    return tuple(_ruled_out(tree.document, follow(tree, {})))


def _result(tree: Tree, walk: Walk, leaf: Leaf, outcome: str) -> Result:
    assert isinstance(walk.end_without_policies, Leaf)  # noqa: S101 - both graphs have the same questions
    recommended, advice = leaf.advice.recommend, walk.end_without_policies.advice
    if outcome not in tree.document.outcomes:
        raise UnknownOutcome(outcome)
    if outcome != recommended:
        _refuse_forbidden(tree, outcome, advice, walk.answers)
    document = document_for(tree, outcome, walk.answers)

    def told(document: model.Document) -> Result:
        result = _advice(document, walk, leaf.advice, outcome)
        return result if outcome == recommended else _departing(result, document, leaf.advice)

    result = told(document)

    def shows(field: str) -> bool:
        before = with_field(document, field, read_field(tree.without_policies.document, field))
        return told(before) != result

    rulings = tuple(
        _ruling(named, effect)
        for named, effect in effects(tree, advice, outcome, walk.answers, shows)
    )
    requirements = tuple(
        Requirement(named.policy_id, named.id, named.rule.require)
        for named in rules(tree.policies)
        if isinstance(named.rule, Require) and applies(named.rule.when, outcome, walk.answers)
    )
    base = None
    if advice.recommend != recommended:
        base = option(tree.without_policies, advice.recommend)
    return replace(result, rulings=rulings, requirements=requirements, alone=base)


def _refuse_forbidden(
    tree: Tree, outcome: str, advice: model.Recommend, answers: Mapping[str, str]
) -> None:
    """Raise ForbiddenOutcome where a policy forbids the outcome; `advice` is without policies."""
    for named in rules(tree.policies):
        rule = named.rule
        if (
            isinstance(rule, Forbid)
            and rule.forbid == outcome
            and applies(rule.when, advice.recommend, answers)
        ):
            names = tree.document.outcomes
            raise ForbiddenOutcome(names[outcome].name, named, names[rule.use].name)


def _departing(result: Result, document: model.Document, advice: model.Recommend) -> Result:
    """Return the result of an outcome that was chosen, beside the one that is recommended."""
    outcome = document.outcomes[advice.recommend]
    recommended = Option(advice.recommend, outcome.name, outcome.verdict)
    out = next((entry for entry in result.ruled_out if entry.outcome == result.outcome), None)
    if out is None:
        words = advice.or_.get(result.outcome, "")
        departure = Departure(recommended, advice.because, "alternative", words)
    else:
        departure = Departure(
            recommended, advice.because, "ruled-out", out.because, out.short, out.label
        )
    others = (entry for entry in result.alternatives if entry.outcome != result.outcome)
    first = Alternative(recommended.outcome, recommended.name, recommended.verdict, advice.because)
    return replace(
        result,
        because="",
        note="",
        departure=departure,
        alternatives=(first, *others),
        ruled_out=tuple(entry for entry in result.ruled_out if entry is not out),
    )


def _ruling(named: NamedRule, effect: str) -> Ruling:
    policy = named.policy
    because = named.rule.because
    return Ruling(named.policy_id, policy.title, policy.owner, named.id, effect, because)


WEIGHTS: tuple[model.Weight, ...] = ("serious", "important", "note")


def _advice(document: model.Document, walk: Walk, advice: model.Recommend, id: str) -> Result:
    """Return the result for the outcome `id`, as far as a document and a recommendation tell it."""
    outcome = document.outcomes[id]
    sources = (*advice.sources, *outcome.sources) if id == advice.recommend else outcome.sources
    caveats = [
        result_caveat(document, caveat_id, caveat)
        for caveat_id, caveat in document.caveats.items()
        if applies(caveat.when, id, walk.answers)
    ]
    return Result(
        tree=document.title,
        words=document.words,
        outcome=id,
        name=outcome.name,
        verdict=outcome.verdict,
        because=advice.because,
        first=advice.first or "",
        note=advice.note or "",
        sources=citations(document, sources),
        gives=outcome.gives,
        costs=outcome.costs,
        trail=tuple(_trail(document, walk)),
        alternatives=tuple(
            Alternative(
                other, document.outcomes[other].name, document.outcomes[other].verdict, when
            )
            for other, when in advice.or_.items()
        ),
        ruled_out=tuple(_ruled_out(document, walk)),
        caveats=tuple(sorted(caveats, key=lambda caveat: WEIGHTS.index(caveat.weight))),
        measured=measurement(document, id),
    )


def measurement(document: model.Document, outcome: str) -> ResultMeasurement | None:
    """Return what the last run measured of the outcome's kit."""
    if document.measured is None or outcome not in document.measured.kits:
        return None
    kit = document.measured.kits[outcome]
    figures = tuple(
        (label, kit.figures[id]) for id, label in document.figures.items() if id in kit.figures
    )
    return ResultMeasurement(document.measured.on, document.measured.machine, kit.versions, figures)


def _trail(document: model.Document, walk: Walk) -> Iterator[Answered]:
    for id, answer_id in walk.answers.items():
        question = document.questions[id]
        answer = question.answers[answer_id]
        yield Answered(
            id, question.ask, question.short, answer_id, answer.label, answer.because,
            walk.assumed.get(id, ""),
        )  # fmt: skip


def _ruled_out(document: model.Document, walk: Walk) -> Iterator[RuledOut]:
    for gone in walk.eliminations:
        outcome = document.outcomes[gone.outcome]
        question, answer = gone.question, gone.answer
        if question:
            short = document.questions[question].short
            label = document.questions[question].answers[answer].label
            because = gone.because or outcome.ruled_out.get(question, {}).get(answer, "")
        else:
            short, label, because = "Policy", gone.policies, gone.because
        yield RuledOut(gone.outcome, outcome.name, question, short, answer, label, because)


def _kept(node: Ask, answers: Mapping[str, str]) -> dict[str, str]:
    """Return the later answers that some path from here still asks for, in the tree's order."""
    if not answers:
        return {}
    later = {below.question: None for below in nodes_below(node) if isinstance(below, Ask)}
    return {question: answers[question] for question in later if question in answers}


def result_caveat(document: model.Document, id: str, caveat: model.Caveat) -> ResultCaveat:
    """Return a caveat as a result holds it."""
    sources = citations(document, caveat.sources)
    policy, colon, _ = id.partition(":")
    origin = document.sources[source_id(policy)].title if colon else ""
    return ResultCaveat(
        id, caveat.title, caveat.weight, caveat.text, caveat.corrects or "", sources, origin,
        dict(caveat.when.values),
    )  # fmt: skip


def citations(document: model.Document, cited_texts: tuple[str, ...]) -> tuple[ResultCitation, ...]:
    """Return citations, as the tree writes them, with their sources; each once."""
    shown = []
    for citation in dict.fromkeys(cited_texts):
        id, place = cited(citation)
        source = document.sources[id]
        short = source.short or source.title
        url, note = source.url or "", source.note or ""
        shown.append(ResultCitation(id, source.title, short, place, url, note))
    return tuple(shown)

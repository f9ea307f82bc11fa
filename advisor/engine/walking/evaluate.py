"""Answers in, the next question or a result out: a pure function of the tree and the answers.

A result holds every text that it needs and no reference into the tree, so that it can be kept as
data and shown long after the tree has changed. What it freezes of a model has the model's name with
`Result` in front: `ResultCaveat`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated

from pydantic import Field

from advisor.engine.policies.effective import NamedRule, document_for, rules, source_id
from advisor.engine.policies.rulings import effects
from advisor.engine.tree import model
from advisor.engine.tree.field_paths import read_field, with_field
from advisor.engine.tree.graph import Ask, Leaf, Tree, applies, cited, nodes_below
from advisor.engine.tree.policy_model import Require
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
    """A question on the trail and the answer that was given."""

    question: str
    ask: str
    short: str
    answer: str
    label: str
    because: str


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
    under which the caveat holds, by choice, until `choosing.chosen` has looked at them.
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
class Chosen:
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
class Asking:
    """The trail ends at a question. `kept` are answers given already that it may still lead to."""

    node: Ask
    question: str
    trail: tuple[Answered, ...]
    kept: dict[str, str]
    in_play: tuple[Option, ...]
    ruled_out: tuple[RuledOut, ...]

    @property
    def answers(self) -> dict[str, str]:
        """Return all answers that matter here, those on the trail first."""
        return {step.question: step.answer for step in self.trail} | self.kept


@dataclass(frozen=True, slots=True)
class Result:
    """The trail ends at a recommendation. All texts are Markdown or plain lines, as in the tree.

    `alone` is what the tree without policies would have recommended, where that differs. `nearest`
    and `sensitivity` are filled by `with_what_if`, and `choices` by `chosen`, for results that are
    shown.
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
    choices: Annotated[tuple[Chosen, ...], Field(exclude_if=_is_empty)] = ()

    @property
    def answers(self) -> dict[str, str]:
        """Return all answers that matter here, those on the trail first."""
        return {step.question: step.answer for step in self.trail}


def evaluate(tree: Tree, answers: Mapping[str, str]) -> Asking | Result:
    """Replay the answers from the root; those that the trail cannot reach are left out.

    Raise UnknownAnswer for an answer that a question of the tree does not have.
    """
    for question_id, answer in answers.items():
        question = tree.document.questions.get(question_id)
        if question is not None and answer not in question.answers:
            raise UnknownAnswer(question_id, answer, tuple(question.answers))
    walk = follow(tree, answers)
    if isinstance(walk.end, Leaf):
        return _result(tree, walk, walk.end)
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


def _result(tree: Tree, walk: Walk, leaf: Leaf) -> Result:
    outcome = leaf.advice.recommend
    document = document_for(tree, outcome, walk.answers)
    result = _advice(document, walk, leaf.advice)
    assert isinstance(walk.end_without_policies, Leaf)  # noqa: S101 - both graphs have the same questions
    advice = walk.end_without_policies.advice

    def shows(field: str) -> bool:
        before = with_field(document, field, read_field(tree.without_policies.document, field))
        return _advice(before, walk, leaf.advice) != result

    rulings = tuple(
        _ruling(named, effect)
        for named, effect in effects(tree, advice, outcome, walk.answers, shows)
    )
    requirements = tuple(
        Requirement(named.policy_id, named.id, named.rule.require)
        for named in rules(tree.policies)
        if isinstance(named.rule, Require) and applies(named.rule.when, outcome, walk.answers)
    )
    base = option(tree.without_policies, advice.recommend) if advice.recommend != outcome else None
    return replace(result, rulings=rulings, requirements=requirements, alone=base)


def _ruling(named: NamedRule, effect: str) -> Ruling:
    policy = named.policy
    because = named.rule.because
    return Ruling(named.policy_id, policy.title, policy.owner, named.id, effect, because)


_WEIGHTS: tuple[model.Weight, ...] = ("serious", "important", "note")


def _advice(document: model.Document, walk: Walk, advice: model.Recommend) -> Result:
    """Return the result as far as a document and a recommendation tell it."""
    outcome = document.outcomes[advice.recommend]
    caveats = [
        _caveat(document, id, caveat)
        for id, caveat in document.caveats.items()
        if applies(caveat.when, advice.recommend, walk.answers)
    ]
    return Result(
        tree=document.title,
        words=document.words,
        outcome=advice.recommend,
        name=outcome.name,
        verdict=outcome.verdict,
        because=advice.because,
        first=advice.first or "",
        note=advice.note or "",
        sources=_citations(document, (*advice.sources, *outcome.sources)),
        gives=outcome.gives,
        costs=outcome.costs,
        trail=tuple(_trail(document, walk)),
        alternatives=tuple(
            Alternative(id, document.outcomes[id].name, document.outcomes[id].verdict, when)
            for id, when in advice.or_.items()
        ),
        ruled_out=tuple(_ruled_out(document, walk)),
        caveats=tuple(sorted(caveats, key=lambda caveat: _WEIGHTS.index(caveat.weight))),
        measured=_measured(document, advice.recommend),
    )


def _measured(document: model.Document, outcome: str) -> ResultMeasurement | None:
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
        yield Answered(id, question.ask, question.short, answer_id, answer.label, answer.because)


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


def _caveat(document: model.Document, id: str, caveat: model.Caveat) -> ResultCaveat:
    sources = _citations(document, caveat.sources)
    policy, colon, _ = id.partition(":")
    origin = document.sources[source_id(policy)].title if colon else ""
    return ResultCaveat(
        id, caveat.title, caveat.weight, caveat.text, caveat.corrects or "", sources, origin,
        dict(caveat.when.values),
    )  # fmt: skip


def _citations(document: model.Document, citations: tuple[str, ...]) -> tuple[ResultCitation, ...]:
    shown = []
    for citation in dict.fromkeys(citations):
        id, place = cited(citation)
        source = document.sources[id]
        short = source.short or source.title
        url, note = source.url or "", source.note or ""
        shown.append(ResultCitation(id, source.title, short, place, url, note))
    return tuple(shown)

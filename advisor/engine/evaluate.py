"""Answers in, the next question or a result out: a pure function of the tree and the answers.

A result holds every text that it needs and no reference into the tree, so that it can be kept as
data and shown long after the tree has changed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from advisor.engine import model
from advisor.engine.graph import Ask, Leaf, Node, Tree, cited, nodes_below


class UnknownAnswer(Exception):
    """An answer that its question does not have. Never guessed: the caller must ask again."""

    def __init__(self, question: str, answer: str, known: tuple[str, ...]) -> None:
        super().__init__(f"{answer!r} is no answer of {question!r}")
        self.question = question
        self.answer = answer
        self.known = known


@dataclass(frozen=True, slots=True)
class Citation:
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
    """An outcome out of play, and the answer after which no leaf named it any more."""

    outcome: str
    name: str
    question: str
    short: str
    answer: str
    label: str
    because: str


@dataclass(frozen=True, slots=True)
class Caveat:
    """`corrects` is empty, or the claim that the caveat corrects."""

    id: str
    title: str
    weight: model.Weight
    text: str
    corrects: str
    sources: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of the outcome's kit: ISO date, machine, versions by library, and
    (label, figure) pairs."""

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
        """All answers that matter here, those on the trail first."""
        return {step.question: step.answer for step in self.trail} | self.kept


@dataclass(frozen=True, slots=True)
class Result:
    """The trail ends at a recommendation. All texts are Markdown or plain lines, as in the tree.

    `alone` is what the tree without policies would have recommended, where that differs. `nearest`
    and `sensitivity` are filled by `what_if`, for results that are shown.
    """

    tree: str
    words: model.Words
    outcome: str
    name: str
    verdict: str
    because: str
    first: str
    note: str
    sources: tuple[Citation, ...]
    gives: tuple[str, ...]
    costs: tuple[str, ...]
    trail: tuple[Answered, ...]
    alternatives: tuple[Alternative, ...]
    ruled_out: tuple[RuledOut, ...]
    caveats: tuple[Caveat, ...]
    measured: Measured | None
    rulings: tuple[Ruling, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    alone: Option | None = None
    nearest: tuple[Nearest, ...] = ()
    sensitivity: tuple[Instead, ...] = ()

    @property
    def answers(self) -> dict[str, str]:
        return {step.question: step.answer for step in self.trail}


def evaluate(tree: Tree, answers: Mapping[str, str]) -> Asking | Result:
    """Replay the answers from the root; those that the trail cannot reach are left out.

    Raises UnknownAnswer for an answer that a question of the tree does not have.
    """
    for question_id, answer in answers.items():
        question = tree.document.questions.get(question_id)
        if question is not None and answer not in question.answers:
            raise UnknownAnswer(question_id, answer, tuple(question.answers))
    node: Node = tree.root
    trail: list[Answered] = []
    ruled_out: list[RuledOut] = []
    while isinstance(node, Ask) and node.question in answers:
        step = _answered(tree, node, answers[node.question])
        child = node.next[step.answer]
        ruled_out += _ruled_out(tree, node.in_play & ~child.in_play, step)
        trail.append(step)
        node = child
    if isinstance(node, Ask):
        return Asking(
            node=node,
            question=node.question,
            trail=tuple(trail),
            kept=_kept(node, answers),
            in_play=tuple(option(tree, id) for id in tree.outcomes(node.in_play)),
            ruled_out=tuple(ruled_out),
        )
    return _result(tree, node, tuple(trail), tuple(ruled_out))


def applies(when: model.When, outcome: str, answers: Mapping[str, str]) -> bool:
    """Whether a condition holds for an outcome and the answers that led to it."""
    return (not when.outcomes or outcome in when.outcomes) and all(
        answers.get(question) in wanted for question, wanted in when.answers.items()
    )


def option(tree: Tree, id: str) -> Option:
    outcome = tree.document.outcomes[id]
    return Option(id, outcome.name, outcome.verdict)


def measured(tree: Tree, outcome: str) -> Measured | None:
    """What the last run measured of the outcome's kit."""
    document = tree.document
    if document.measured is None or outcome not in document.measured.kits:
        return None
    kit = document.measured.kits[outcome]
    figures = tuple(
        (label, kit.figures[id]) for id, label in document.figures.items() if id in kit.figures
    )
    return Measured(document.measured.on, document.measured.machine, kit.versions, figures)


_WEIGHTS: tuple[model.Weight, ...] = ("serious", "important", "note")


def _result(
    tree: Tree, leaf: Leaf, trail: tuple[Answered, ...], ruled_out: tuple[RuledOut, ...]
) -> Result:
    advice = leaf.advice
    document = tree.document
    outcome = document.outcomes[advice.recommend]
    answers = {step.question: step.answer for step in trail}
    caveats = [
        _caveat(tree, id, caveat)
        for id, caveat in document.caveats.items()
        if applies(caveat.when, advice.recommend, answers)
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
        sources=_citations(tree, (*advice.sources, *outcome.sources)),
        gives=outcome.gives,
        costs=outcome.costs,
        trail=trail,
        alternatives=tuple(
            Alternative(id, document.outcomes[id].name, document.outcomes[id].verdict, when)
            for id, when in advice.or_.items()
        ),
        ruled_out=ruled_out,
        caveats=tuple(sorted(caveats, key=lambda caveat: _WEIGHTS.index(caveat.weight))),
        measured=measured(tree, advice.recommend),
    )


def _answered(tree: Tree, node: Ask, answer_id: str) -> Answered:
    question = tree.document.questions[node.question]
    answer = question.answers[answer_id]
    return Answered(
        node.question, question.ask, question.short, answer_id, answer.label, answer.because
    )


def _ruled_out(tree: Tree, gone: int, step: Answered) -> Iterator[RuledOut]:
    for id in tree.outcomes(gone):
        outcome = tree.document.outcomes[id]
        because = outcome.ruled_out[step.question][step.answer]
        yield RuledOut(
            id, outcome.name, step.question, step.short, step.answer, step.label, because
        )


def _kept(node: Ask, answers: Mapping[str, str]) -> dict[str, str]:
    """The later answers that some path from here still asks for, in the order of the tree."""
    if not answers:
        return {}
    later = {below.question: None for below in nodes_below(node) if isinstance(below, Ask)}
    return {question: answers[question] for question in later if question in answers}


def _caveat(tree: Tree, id: str, caveat: model.Caveat) -> Caveat:
    sources = _citations(tree, caveat.sources)
    return Caveat(id, caveat.title, caveat.weight, caveat.text, caveat.corrects or "", sources)


def _citations(tree: Tree, citations: tuple[str, ...]) -> tuple[Citation, ...]:
    found = []
    for citation in dict.fromkeys(citations):
        id, place = cited(citation)
        source = tree.document.sources[id]
        short = source.short or source.title
        url, note = source.url or "", source.note or ""
        found.append(Citation(id, source.title, short, place, url, note))
    return tuple(found)

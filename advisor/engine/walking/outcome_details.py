"""What a tree says of one outcome, whatever is answered, and which answers lead to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from advisor.engine.tree import model
from advisor.engine.tree.graph import Ask, Leaf, Node, Tree
from advisor.engine.walking.evaluate import (
    WEIGHTS,
    ResultCaveat,
    ResultCitation,
    ResultMeasurement,
    citations,
    measurement,
    result_caveat,
)

# How many ways to an outcome are listed; a large tree may have more than anybody reads.
MAX_LEADS = 40

Role = Literal["recommended", "alternative"]


@dataclass(frozen=True, slots=True)
class LeadStep:
    """A question, and the answers that go on: their ids and labels, one of them at least."""

    question: str
    short: str
    answers: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lead:
    """Answers that lead to an outcome. `because` is why, or when an alternative is better."""

    role: Role
    steps: tuple[LeadStep, ...]
    because: str


@dataclass(frozen=True, slots=True)
class OutcomeDetails:
    """An outcome by itself. `caveats` hold whatever is answered; the most serious come first.

    `leads` are MAX_LEADS at most; `more` says that there are others.
    """

    outcome: str
    name: str
    verdict: str
    gives: tuple[str, ...]
    costs: tuple[str, ...]
    sources: tuple[ResultCitation, ...]
    caveats: tuple[ResultCaveat, ...]
    measured: ResultMeasurement | None
    leads: tuple[Lead, ...]
    more: bool


def outcome_details(tree: Tree, id: str) -> OutcomeDetails:
    """Return what the tree says of an outcome. Raise KeyError where it has no such outcome."""
    document = tree.document
    outcome = document.outcomes[id]
    caveats = [
        result_caveat(document, caveat_id, caveat)
        for caveat_id, caveat in document.caveats.items()
        if not (caveat.when.answers or caveat.when.values)
        and (not caveat.when.outcomes or id in caveat.when.outcomes)
    ]
    leads = tuple(islice(leads_to(tree, id), MAX_LEADS + 1))
    return OutcomeDetails(
        outcome=id,
        name=outcome.name,
        verdict=outcome.verdict,
        gives=outcome.gives,
        costs=outcome.costs,
        sources=citations(document, outcome.sources),
        caveats=tuple(sorted(caveats, key=lambda caveat: WEIGHTS.index(caveat.weight))),
        measured=measurement(document, id),
        leads=leads[:MAX_LEADS],
        more=len(leads) > MAX_LEADS,
    )


def leads_to(tree: Tree, outcome: str) -> Iterator[Lead]:
    """Yield the answers that lead to an outcome, as a recommendation first, then as an alternative.

    Answers with one continuation are one way. Nothing is walked that leads elsewhere.
    """
    bit = 1 << tree.outcome_ids.index(outcome)

    def below(node: Node, steps: tuple[LeadStep, ...], role: Role) -> Iterator[Lead]:
        if isinstance(node, Leaf):
            advice = node.advice
            if role == "recommended" and advice.recommend == outcome:
                yield Lead(role, steps, advice.because)
            elif role == "alternative" and outcome in advice.or_:
                yield Lead(role, steps, advice.or_[outcome])
            return
        for answers, child in node.branches():
            if (child.chosen if role == "recommended" else child.in_play) & bit:
                step = _step(tree.document, node, answers)
                yield from below(child, (*steps, step), role)

    yield from below(tree.root, (), "recommended")
    yield from below(tree.root, (), "alternative")


def _step(document: model.Document, node: Ask, answers: tuple[str, ...]) -> LeadStep:
    question = document.questions[node.question]
    labels = tuple(question.answers[answer].label for answer in answers)
    return LeadStep(node.question, question.short, answers, labels)

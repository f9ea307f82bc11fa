"""A kept result against today's tree: what the same answers get, and what made it another."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from advisor.engine.comparing.results import Change, changes
from advisor.engine.tree.graph import Tree
from advisor.engine.walking.evaluate import Answered, Asking, Result, Ruling, evaluate

Status = Literal["current", "advice", "outcome", "unanswerable"]


@dataclass(frozen=True, slots=True)
class Cause:
    """What makes today's tree say something else, in plain words.

    `kind` is `answer` (the question and answer that rule the old outcome out), `policy` (the policy
    and rule), `outcome` (what became of the old outcome), `asked` (a question that has no answer),
    `gone` (an answer or question that the tree no longer has) or `unasked` (an answer that it
    no longer needs). Ids that do not apply are empty.
    """

    kind: Literal["answer", "policy", "outcome", "asked", "gone", "unasked"]
    line: str
    question: str = ""
    answer: str = ""
    policy: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Drift:
    """How today's result for the same answers differs; `today` is None where there is none.

    `current` may come with quiet changes. `causes` explain `outcome` and `unanswerable`.
    """

    status: Status
    changes: tuple[Change, ...]
    today: Result | None
    causes: tuple[Cause, ...]


def drift(old: Result, tree: Tree) -> Drift:
    """What the tree says today to the answers of a kept result."""
    questions = tree.document.questions
    known = {
        question: answer
        for question, answer in old.answers.items()
        if question in questions and answer in questions[question].answers
    }
    today = evaluate(tree, known)
    if isinstance(today, Asking):
        return Drift("unanswerable", (), None, _open(old, today, tree))
    # What other answers would have led to is no part of the advice, and not every record has it.
    differences = changes(replace(old, nearest=(), sensitivity=()), today)
    if old.outcome != today.outcome:
        return Drift("outcome", differences, today, tuple(elsewhere(old, today, tree)))
    loud = any(not change.quiet for change in differences)
    return Drift("advice" if loud else "current", differences, today, ())


def elsewhere(old: Result, today: Result, tree: Tree) -> Iterator[Cause]:
    """What leads the same answers to another outcome; what decides comes first."""
    before = {(it.policy, it.rule): it for it in old.rulings}
    after = {(it.policy, it.rule): it for it in today.rulings}
    # Where the trees alone agree, it is the policies that differ.
    now_alone = today.alone.outcome if today.alone else today.outcome
    then_alone = old.alone.outcome if old.alone else old.outcome
    policies = now_alone == then_alone
    if policies:
        fresh = [ruling for key, ruling in after.items() if before.get(key) != ruling]
        for ruling in _decisive(fresh, old.name, today.name):
            line = f"Policy “{ruling.title}”, rule {ruling.rule}: {ruling.effect}"
            yield Cause("policy", line, policy=ruling.policy, rule=ruling.rule)
        ended = [ruling for key, ruling in before.items() if key not in after]
        for ruling in _decisive(ended, old.name, today.name):
            line = f"Policy “{ruling.title}”, rule {ruling.rule}, no longer applies"
            yield Cause("policy", line, policy=ruling.policy, rule=ruling.rule)
    out = next((it for it in today.ruled_out if it.outcome == old.outcome), None)
    if old.outcome not in tree.document.outcomes:
        yield Cause("outcome", f"The tree no longer knows “{old.name}”")
    elif out is not None:
        line = f"“{out.label}” ({out.short}) now rules “{out.name}” out: {out.because}"
        yield Cause("answer", line, out.question, out.answer)
    elif other := next((it for it in today.alternatives if it.outcome == old.outcome), None):
        line = f"“{other.name}” is an alternative to it now: {other.when}"
        yield Cause("outcome", line)
    elif not policies:
        line = f"The tree now leads these answers to “{today.name}”: {today.because}"
        yield Cause("outcome", line)
    asked = today.answers
    for step in old.trail:
        if step.question not in asked:
            line = f"“{step.ask}” is no longer asked on this way"
            yield Cause("unasked", line, step.question, step.answer)


def _decisive(rulings: list[Ruling], *names: str) -> list[Ruling]:
    """Those that put one outcome in the other's place, which their effect says by name; all where
    none does. Others only add to the result.
    """
    deciding = [its for its in rulings if all(f"“{name}”" in its.effect for name in names)]
    return deciding or rulings


def _open(old: Result, today: Asking, tree: Tree) -> tuple[Cause, ...]:
    """Why the answers do not reach a result: the question at which they end."""
    ask = tree.document.questions[today.question].ask
    given = next((step for step in old.trail if step.question == today.question), None)
    if given is not None:
        line = f"“{given.label}” is no longer an answer to “{ask}”"
        return (Cause("gone", line, given.question, given.answer), *_unknown(old, tree, given))
    line = f"The tree now asks “{ask}”, which was not asked then."
    return (Cause("asked", line, today.question), *_unknown(old, tree))


def _unknown(old: Result, tree: Tree, *told: Answered) -> Iterator[Cause]:
    """The other questions and answers that the tree no longer has."""
    for step in old.trail:
        question = tree.document.questions.get(step.question)
        if question is None:
            line = f"The tree no longer has the question “{step.ask}”"
            yield Cause("gone", line, step.question)
        elif step.answer not in question.answers and step not in told:
            line = f"“{step.label}” is no longer an answer to “{question.ask}”"
            yield Cause("gone", line, step.question, step.answer)

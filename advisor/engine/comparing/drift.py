"""Compare a saved result with today's tree: what the same answers get now, and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from advisor.engine.comparing.results import Change, changes
from advisor.engine.tree.figures import differs_in_figures
from advisor.engine.tree.graph import Tree
from advisor.engine.walking.choices import with_choices
from advisor.engine.walking.evaluate import (
    Answered,
    Asking,
    ForbiddenOutcome,
    Result,
    Ruling,
    UnknownOutcome,
    evaluate,
)

Status = Literal["current", "advice", "outcome", "barred", "unanswerable"]


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason, in plain words, why today's tree gives another result.

    `kind` is `answer` (the question and answer that rule the old outcome out), `policy` (the policy
    and rule), `outcome` (what became of the old outcome), `asked` (a question that has no answer),
    `gone` (an answer or question that the tree no longer has), `unasked` (an answer that the tree
    no longer needs) or `renamed` (an answer or question with the same words and another id, which
    changes nothing). Ids that do not apply are empty.
    """

    kind: Literal["answer", "policy", "outcome", "asked", "gone", "unasked", "renamed"]
    line: str
    question: str = ""
    answer: str = ""
    policy: str = ""
    rule: str = ""

    @property
    def editors_line(self) -> str:
        """Return the line with the id of the rule, for those who edit the policy."""
        return self.line.replace("”", f"”, rule {self.rule}", 1) if self.rule else self.line


@dataclass(frozen=True, slots=True)
class Drift:
    """How today's result for the same answers differs; `today` is None where there is none.

    `current` may come with editorial changes. `outcome` means that another outcome is recommended
    than when the result was saved, and `barred` that what was chosen instead of the recommendation
    can no longer be chosen; then there are no changes. `causes` explain `outcome`, `barred` and
    `unanswerable`. `changes` are those of the chosen outcome, also where another is recommended
    today. `forbidden` says why what was chosen can no longer be chosen, None where it can, or where
    there is no result. `renamed` are answers that have another id today; `trail` is that of
    then with the ids of today, as far as there are.
    """

    status: Status
    changes: tuple[Change, ...]
    today: Result | None
    causes: tuple[Cause, ...]
    forbidden: Cause | None = None
    renamed: tuple[Cause, ...] = ()
    trail: tuple[Answered, ...] = ()


def drift(old: Result, tree: Tree) -> Drift:
    """Return what the tree says today to the answers of a saved result."""
    old, renamed = _with_ids_of_today(old, tree)
    questions = tree.document.questions
    known = {
        question: answer
        for question, answer in old.answers.items()
        if question in questions and answer in questions[question].answers
    }
    drift_now = _drift(old, known, tree)
    return replace(drift_now, renamed=renamed, trail=old.trail)


def _drift(old: Result, known: dict[str, str], tree: Tree) -> Drift:
    recommended = evaluate(tree, known)
    if isinstance(recommended, Asking):
        return Drift("unanswerable", (), None, _unanswered(old, recommended, tree))
    # A departure is compared with the same choice today.
    today = _same_choice(old, known, tree)
    forbidden = today if isinstance(today, Cause) else None
    if old.recommended != recommended.outcome:
        causes = tuple(outcome_causes(_as_recommended(old), recommended, tree))
        changes = () if isinstance(today, Cause) else _differences_of_choice(old, today, tree)
        return Drift("outcome", changes, recommended, causes, forbidden)
    if isinstance(today, Cause):
        return Drift("barred", (), recommended, (today,), forbidden)
    differences = _differences(old, today, tree)
    substantive = any(not change.editorial for change in differences)
    return Drift("advice" if substantive else "current", differences, today, ())


def _same_choice(old: Result, known: dict[str, str], tree: Tree) -> Result | Cause:
    """Return today's result for what was chosen, or why it can no longer be chosen."""
    try:
        today = evaluate(tree, known, old.outcome)
    except UnknownOutcome:
        return Cause("outcome", f"The tree no longer knows “{old.name}”")
    except ForbiddenOutcome as forbidden:
        return _barring(forbidden)
    assert isinstance(today, Result)  # noqa: S101 - the same answers lead to a result before
    return today


def _with_ids_of_today(old: Result, tree: Tree) -> tuple[Result, tuple[Cause, ...]]:
    """Return a saved result with today's ids of its questions and answers, and what was renamed.

    A question or an answer counts as renamed where its id is gone, and exactly one that was not
    answered then has the same words.
    """
    trail, renamed = [], list[Cause]()
    ids: dict[tuple[str, str], tuple[str, str]] = {}
    for step in old.trail:
        question, answer = _ids_of_today(step, old, tree)
        if question != step.question:
            line = f"The question “{step.ask}” was renamed in the tree. Its words are the same."
            renamed.append(Cause("renamed", line, question))
        if answer != step.answer:
            line = (
                f"The answer “{step.label}” to “{step.ask}” was renamed in the tree. "
                "Its words are the same."
            )
            renamed.append(Cause("renamed", line, question, answer))
        ids[step.question, step.answer] = question, answer
        trail.append(replace(step, question=question, answer=answer))
    ruled_out = tuple(
        replace(entry, question=question, answer=answer)
        for entry in old.ruled_out
        for question, answer in [
            ids.get((entry.question, entry.answer), (entry.question, entry.answer))
        ]
    )
    return replace(old, trail=tuple(trail), ruled_out=ruled_out), tuple(renamed)


def _ids_of_today(step: Answered, old: Result, tree: Tree) -> tuple[str, str]:
    questions = tree.document.questions
    question = step.question
    if question not in questions:
        asks = {id: entry.ask for id, entry in questions.items() if id not in old.answers}
        question = _only_one(step.ask, asks) or question
    if question not in questions or step.answer in questions[question].answers:
        return question, step.answer
    labels = {id: entry.label for id, entry in questions[question].answers.items()}
    return question, _only_one(step.label, labels) or step.answer


def _only_one(text: str, texts: Mapping[str, str]) -> str:
    """Return the id of the only text that has the same words, or an empty one."""
    same = [id for id, other in texts.items() if _plain(other) == _plain(text)]
    return same[0] if len(same) == 1 else ""


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _differences_of_choice(old: Result, today: Result, tree: Tree) -> tuple[Change, ...]:
    """Return the changes of what was chosen; that another outcome is recommended is told apart."""
    return tuple(
        change
        for change in _differences(old, today, tree)
        if change.kind not in ("departure", "alone", "because")
    )


def _differences(old: Result, today: Result, tree: Tree) -> tuple[Change, ...]:
    # What was chosen says which caveats hold today; like an answer, it is no part of the advice.
    today = with_choices(today, tree.document.parameters, _options_today(old, tree))
    # The answers are compared, whoever knew them. What other answers would have led to is no part
    # of the advice, and not every record has it.
    known = tuple(replace(step, assumed="") for step in old.trail)
    old = replace(old, trail=known, nearest=(), sensitivity=(), choices=())
    templates = tree.without_policies.templates
    return tuple(
        replace(change, what="measured") if _is_measured(change, templates) else change
        for change in changes(old, replace(today, choices=()))
    )


def _is_measured(change: Change, templates: Mapping[str, str]) -> bool:
    """Tell whether nothing but figures that a text quotes were measured again."""
    template = templates.get(change.new)
    return template is not None and differs_in_figures(template, change.old)


def _as_recommended(old: Result) -> Result:
    """Return a saved result with the names of what was recommended, whatever was chosen."""
    if old.departure is None:
        return old
    recommended = old.departure.recommended
    return replace(old, outcome=recommended.outcome, name=recommended.name)


def _barring(forbidden: ForbiddenOutcome) -> Cause:
    ban = forbidden.ban
    because = " ".join(ban.rule.because.split())
    line = f"Policy “{ban.policy.title}” forbids “{forbidden.name}” now: {because}"
    return Cause("policy", line, policy=ban.policy_id, rule=ban.id)


def _options_today(old: Result, tree: Tree) -> dict[str, str]:
    """Return what was chosen, as far as the tree still has the options."""
    parameters = tree.document.parameters
    return {
        choice.parameter: choice.option
        for choice in old.choices
        if choice.parameter in parameters and choice.option in parameters[choice.parameter].choices
    }


def outcome_causes(old: Result, today: Result, tree: Tree) -> Iterator[Cause]:
    """Yield why the same answers lead to another outcome today; the decisive causes come first."""
    tree_agrees = _without_policies(old) == _without_policies(today)
    if tree_agrees:
        yield from _policy_causes(old, today)
    yield from _old_outcome_causes(old, today, tree, tree_agrees=tree_agrees)
    asked_today = today.answers
    for step in old.trail:
        if step.question not in asked_today:
            line = f"“{step.ask}” is no longer asked on this path"
            yield Cause("unasked", line, step.question, step.answer)


def _without_policies(result: Result) -> str:
    """Return the outcome that the tree without policies recommends."""
    return result.alone.outcome if result.alone else result.outcome


def _policy_causes(old: Result, today: Result) -> Iterator[Cause]:
    """Yield the rules that began or ceased to apply, as far as they decide on the outcome."""
    before = {(ruling.policy, ruling.rule): ruling for ruling in old.rulings}
    after = {(ruling.policy, ruling.rule): ruling for ruling in today.rulings}
    began = [ruling for key, ruling in after.items() if before.get(key) != ruling]
    for ruling in _decisive(began, old.name, today.name):
        line = f"Policy “{ruling.title}”: {ruling.effect}"
        yield Cause("policy", line, policy=ruling.policy, rule=ruling.rule)
    ceased = [ruling for key, ruling in before.items() if key not in after]
    for ruling in _decisive(ceased, old.name, today.name):
        line = f"Policy “{ruling.title}” no longer says: {ruling.effect}"
        yield Cause("policy", line, policy=ruling.policy, rule=ruling.rule)


def _decisive(rulings: list[Ruling], *names: str) -> list[Ruling]:
    """Return those that put one outcome in the place of the other, or all where none does.

    The effect of such a ruling names both outcomes. Other rulings only add to the result.
    """
    deciding = [ruling for ruling in rulings if all(f"“{name}”" in ruling.effect for name in names)]
    return deciding or rulings


def _old_outcome_causes(
    old: Result, today: Result, tree: Tree, *, tree_agrees: bool
) -> Iterator[Cause]:
    """Yield what became of the old outcome: unknown, ruled out, an alternative, or passed over."""
    by_outcome = {entry.outcome: entry for entry in today.ruled_out}
    alternatives = {alternative.outcome: alternative for alternative in today.alternatives}
    if old.outcome not in tree.document.outcomes:
        yield Cause("outcome", f"The tree no longer knows “{old.name}”")
    elif entry := by_outcome.get(old.outcome):
        line = f"“{entry.label}” ({entry.short}) now rules “{entry.name}” out: {entry.because}"
        yield Cause("answer", line, entry.question, entry.answer)
    elif alternative := alternatives.get(old.outcome):
        line = f"“{alternative.name}” is now an alternative: {alternative.when}"
        yield Cause("outcome", line)
    elif not tree_agrees:
        line = f"The tree now leads these answers to “{today.name}”: {today.because}"
        yield Cause("outcome", line)


def _unanswered(old: Result, today: Asking, tree: Tree) -> tuple[Cause, ...]:
    """Return why the answers reach no result: first the question at which they end."""
    ask = tree.document.questions[today.question].ask
    given = next((step for step in old.trail if step.question == today.question), None)
    if given is not None:
        line = f"“{given.label}” is no longer an answer to “{ask}”"
        return (Cause("gone", line, given.question, given.answer), *_unknown(old, tree, given))
    line = f"The tree now asks “{ask}”, which was not asked then."
    return (Cause("asked", line, today.question), *_unknown(old, tree))


def _unknown(old: Result, tree: Tree, *told: Answered) -> Iterator[Cause]:
    """Yield the other questions and answers that the tree no longer has."""
    for step in old.trail:
        question = tree.document.questions.get(step.question)
        if question is None:
            line = f"The tree no longer has the question “{step.ask}”"
            yield Cause("gone", line, step.question)
        elif step.answer not in question.answers and step not in told:
            line = f"“{step.label}” is no longer an answer to “{question.ask}”"
            yield Cause("gone", line, step.question, step.answer)

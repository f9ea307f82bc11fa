"""Build the parts of a recommendation, live or saved."""

from collections.abc import Callable, Iterable, Iterator

from advisor.engine.tree import model
from advisor.engine.tree.parameter_values import accept, cautions
from advisor.engine.walking import evaluate as engine
from advisor.kits.kit import KitFile
from advisor.web.markup import code, markdown, plain
from advisor.wizard import parts
from advisor.wizard.build_parts import AddressOf, citations, day, no_address, vocabulary
from advisor.wizard.result_parts import (
    AlternativePart,
    AssumptionPart,
    CaveatPart,
    DeparturePart,
    ExcludedPart,
    FieldPart,
    KitFilePart,
    KitPart,
    MeasuredPart,
    NearestPart,
    OptionPart,
    OtherAnswerPart,
    QuestionSensitivityPart,
    RecommendationPart,
    RequirementPart,
    RulingPart,
    SensitivityPart,
)

_INPUTS = {"integer": "number", "url": "url", "choice": "radio", "flag": "radio"}
_ALTERNATIVE_ONLY = "No combination of answers leads to it. It can only be an alternative."
_EXCLUDED_BY_POLICY = (
    "Under the policies, no combination of answers leads to it. Ask the owner of the policy."
)


def recommendation(
    result: engine.Result,
    kit: KitPart | None,
    trail: tuple[parts.StepPart, ...],
    address_of: AddressOf = no_address,
    choose_address: Callable[[str], str] = lambda _: "",
    outcome_address: Callable[[str], str] = lambda _: "",
) -> RecommendationPart:
    """Build the body of a result page.

    `trail` are its steps, built by the caller because a saved one has no links. `address_of`
    returns the address for other answers, `choose_address` the one for an outcome to choose, and
    `outcome_address` that of the outcome's own page; by default there are no such links.
    """
    caveats = tuple(map(caveat, result.caveats))
    nearest_to = nearest(result, address_of)
    return RecommendationPart(
        words=vocabulary(result.words),
        name=result.name,
        verdict=result.verdict,
        because=markdown(result.because),
        first=markdown(result.first),
        note=markdown(result.note),
        sources=citations(result.sources),
        gives=result.gives,
        costs=result.costs,
        trail=trail,
        alternatives=tuple(
            AlternativePart(
                alternative.name,
                alternative.verdict,
                markdown(alternative.when),
                # The recommendation itself needs no other answers.
                None
                if alternative.outcome == result.recommended
                else nearest_to(alternative.outcome, _ALTERNATIVE_ONLY),
                choose_address(alternative.outcome),
                outcome_address(alternative.outcome),
            )
            for alternative in result.alternatives
        ),
        ruled_out=tuple(
            ExcludedPart(
                outcome.name,
                outcome.short,
                outcome.label,
                markdown(outcome.because),
                # Only policies rule an outcome out without a question.
                nearest_to(
                    outcome.outcome, _ALTERNATIVE_ONLY if outcome.question else _EXCLUDED_BY_POLICY
                ),
                choose_address(outcome.outcome) if outcome.question else "",
                outcome_address(outcome.outcome),
            )
            for outcome in result.ruled_out
        ),
        sensitivity=sensitivity(result, address_of),
        caveats=tuple(item for item in caveats if not item.corrects),
        corrections=tuple(item for item in caveats if item.corrects),
        references=references(result),
        rulings=tuple(
            RulingPart(
                ruling.title, ruling.owner, ruling.rule, ruling.effect, markdown(ruling.because)
            )
            for ruling in result.rulings
            # Rules that require something are in the checklist instead.
            if (ruling.policy, ruling.rule)
            not in {(requirement.policy, requirement.rule) for requirement in result.requirements}
        ),
        requirements=tuple(requirements(result)),
        alone=result.alone.name if result.alone else "",
        kit=kit,
        measured=measured(result.measured),
        choices=tuple((choice.label, choice.option_label) for choice in result.choices),
        departure=departure(result, choose_address),
        assumptions=tuple(assumptions(result, trail, address_of)),
    )


def assumptions(
    result: engine.Result, trail: tuple[parts.StepPart, ...], address_of: AddressOf
) -> Iterator[AssumptionPart]:
    """Build the open points: each answer that was assumed, and which others would change things.

    `trail` are the steps of the result.
    """
    what_if = sensitivity(result, address_of)
    others = {question.ask: question.others for question in what_if.questions} if what_if else {}
    for answered, step in zip(result.trail, trail, strict=True):
        if answered.assumed:
            yield AssumptionPart(
                answered.ask,
                answered.label,
                markdown(answered.assumed),
                tuple(other for other in others.get(answered.ask, ()) if not other.same)
                if what_if
                else None,
                step.change,
            )


def departure(result: engine.Result, choose_address: Callable[[str], str]) -> DeparturePart | None:
    """Build what the tree recommends beside what was chosen; None where both are the same."""
    departs = result.departure
    if departs is None:
        return None
    return DeparturePart(
        recommended=departs.recommended.name,
        because=markdown(departs.because),
        words=markdown(departs.words),
        ruled_out_by=f"{departs.short}: {departs.label}" if departs.kind == "ruled-out" else "",
        href=choose_address(departs.recommended.outcome),
    )


def requirements(result: engine.Result) -> Iterator[RequirementPart]:
    """Yield what must be done before shipping, with the rule that requires it."""
    by_rule = {(ruling.policy, ruling.rule): ruling for ruling in result.rulings}
    for requirement in result.requirements:
        ruling = by_rule[requirement.policy, requirement.rule]
        yield RequirementPart(
            markdown(requirement.text), markdown(ruling.because), ruling.title, requirement.rule
        )


def nearest(
    result: engine.Result, address_of: AddressOf
) -> Callable[[str, str], NearestPart | None]:
    """Return a function that builds the nearest answers that lead to an outcome.

    It takes the id of the outcome, and a text to show when no answers lead there. It returns None
    where nothing was computed, as in old records.
    """
    if not result.nearest and not result.sensitivity:
        return lambda *_: None
    nearest_options = {
        option.outcome: NearestPart(
            tuple(f"{answer.short}: {answer.label}" for answer in (*option.changed, *option.added)),
            address_of("result", result.as_given(option.answers)),
        )
        for option in result.nearest
    }
    return lambda outcome, never: nearest_options.get(outcome, NearestPart((), "", never))


def sensitivity(result: engine.Result, address_of: AddressOf) -> SensitivityPart | None:
    """Build what changes with one other answer, question by question.

    Return None where nothing was computed, as in old records.
    """
    if not result.sensitivity:
        return None
    others: dict[str, list[OtherAnswerPart]] = {}
    for change in result.sensitivity:
        names = tuple(option.name for option in change.outcomes)
        same = [option.outcome for option in change.outcomes] == [result.recommended]
        href = address_of("result" if len(names) == 1 else "ask", result.as_given(change.answers))
        other = OtherAnswerPart(change.other.label, names, same, href)
        others.setdefault(change.other.question, []).append(other)
    questions = tuple(
        QuestionSensitivityPart(step.ask, step.label, tuple(others[step.question]))
        for step in result.trail
        if step.question in others
    )
    return SensitivityPart(
        _how_firm([other for question in questions for other in question.others]), questions
    )


def measured(run: engine.ResultMeasurement | None) -> MeasuredPart | None:
    """Build the measurements of a result; None without measurements."""
    if run is None:
        return None
    libraries = tuple(f"{name} {version}" for name, version in run.versions.items())
    return MeasuredPart(day(run.on), run.machine, libraries, run.figures)


def caveat(item: engine.ResultCaveat) -> CaveatPart:
    """Build a caveat with its sources."""
    return CaveatPart(
        item.id,
        item.title,
        item.weight,
        markdown(item.text),
        markdown(item.corrects),
        citations(item.sources),
        item.policy,
    )


def references(result: engine.Result) -> tuple[parts.CitationPart, ...]:
    """Build all sources that the page cites, in full, sorted by title."""
    cited = {citation.source: citation for citation in result.sources}
    for item in result.caveats:
        cited |= {citation.source: citation for citation in item.sources}
    in_order = sorted(cited.values(), key=lambda citation: citation.title.casefold())
    return tuple(
        parts.CitationPart(citation.title, "", citation.url, citation.note) for citation in in_order
    )


def kit_files(files: Iterable[KitFile]) -> tuple[KitFilePart, ...]:
    """Build the files of a kit: code highlighted and open, supporting files plain and folded."""
    return tuple(
        KitFilePart(
            file.path,
            plain(file.text) if file.supporting else code(file.name, file.text),
            file.text.count("\n"),
            not file.supporting,
        )
        for file in files
    )


def field(id: str, parameter: model.Parameter, text: str | None, message: str) -> FieldPart:
    """Build the form field of a parameter.

    `text` is what the user entered, None for the default; `message` is its error, or empty.
    Cautions are shown only for valid values.
    """
    number = parameter.type == "integer"
    value = parameter.default if text is None else text
    earned = () if message else cautions(parameter, accept(parameter, value))
    return FieldPart(
        name=id,
        label=parameter.label,
        value=value,
        help=parameter.help or "",
        unit=parameter.unit or "",
        kind=_INPUTS.get(parameter.type, "text"),
        minimum=str(parameter.minimum) if number and parameter.minimum is not None else "",
        maximum="" if parameter.maximum is None else str(parameter.maximum),
        error=message,
        cautions=tuple(markdown(caution.say) for caution in earned),
        options=tuple(
            OptionPart(option_id, option.label, option.hint or "", option_id == value)
            for option_id, option in parameter.choices.items()
        ),
    )


def _how_firm(others: list[OtherAnswerPart]) -> str:
    """Return a sentence that says how many single changes lead to another recommendation."""
    changing = [other for other in others if not other.same]
    if not changing:
        return "No possible change of one answer leads to another recommendation."
    verb = "leads" if len(changing) in (1, len(others)) else "lead"
    if any(len(other.outcomes) > 1 for other in changing):
        verb += ", or may lead,"
    if len(changing) == len(others):
        return f"Every possible change of one answer {verb} to another recommendation."
    changes = f"{len(changing)} of the {len(others)} possible single changes"
    return f"{changes} {verb} to another recommendation."

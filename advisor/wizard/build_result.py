"""Build the parts of a recommendation."""

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
    CaveatPart,
    ExcludedPart,
    FieldPart,
    KitFilePart,
    KitPart,
    MeasuredPart,
    NearestPart,
    OtherAnswerPart,
    QuestionSensitivityPart,
    RecommendationPart,
    RequirementPart,
    RulingPart,
    SensitivityPart,
)


def recommendation(
    result: engine.Result,
    kit: KitPart | None,
    trail: tuple[parts.StepPart, ...],
    to: AddressOf = no_address,
) -> RecommendationPart:
    caveats = tuple(map(caveat, result.caveats))
    ways = nearest(result, to)
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
                one.name, one.verdict, markdown(one.when), ways(one.outcome, _AN_ALTERNATIVE)
            )
            for one in result.alternatives
        ),
        ruled_out=tuple(
            ExcludedPart(
                one.name,
                one.short,
                one.label,
                markdown(one.because),
                # Policies alone rule out without a question.
                ways(one.outcome, _AN_ALTERNATIVE if one.question else _NO_WAY),
            )
            for one in result.ruled_out
        ),
        sensitivity=sensitivity(result, to),
        caveats=tuple(one for one in caveats if not one.corrects),
        corrections=tuple(one for one in caveats if one.corrects),
        references=references(result),
        rulings=tuple(
            RulingPart(its.title, its.owner, its.rule, its.effect, markdown(its.because))
            for its in result.rulings
            # What a rule wants to be done stands in the checklist.
            if (its.policy, its.rule) not in {(one.policy, one.rule) for one in result.requirements}
        ),
        requirements=tuple(requirements(result)),
        alone=result.alone.name if result.alone else "",
        kit=kit,
        measured=measured(result.measured),
    )


def requirements(result: engine.Result) -> Iterator[RequirementPart]:
    by_rule = {(its.policy, its.rule): its for its in result.rulings}
    for its in result.requirements:
        ruling = by_rule[its.policy, its.rule]
        yield RequirementPart(markdown(its.text), markdown(ruling.because), ruling.title, its.rule)


_AN_ALTERNATIVE = "No answers recommend it: it is an alternative at most."


_NO_WAY = "No answers lead to it."


def nearest(result: engine.Result, to: AddressOf) -> Callable[[str, str], NearestPart | None]:
    """Tells for each outcome not chosen how to get it, or why never; nothing where that was not
    computed."""
    if not result.nearest and not result.sensitivity:
        return lambda *_: None
    ways = {
        its.outcome: NearestPart(
            tuple(f"{one.short}: {one.label}" for one in (*its.changed, *its.added)),
            to("result", its.answers),
        )
        for its in result.nearest
    }
    return lambda outcome, never: ways.get(outcome, NearestPart((), "", never))


def sensitivity(result: engine.Result, to: AddressOf) -> SensitivityPart | None:
    if not result.sensitivity:
        return None
    others: dict[str, list[OtherAnswerPart]] = {}
    for its in result.sensitivity:
        names = tuple(option.name for option in its.outcomes)
        same = [option.outcome for option in its.outcomes] == [result.outcome]
        href = to("result" if len(names) == 1 else "ask", its.answers)
        one = OtherAnswerPart(its.other.label, names, same, href)
        others.setdefault(its.other.question, []).append(one)
    questions = tuple(
        QuestionSensitivityPart(step.ask, step.label, tuple(others[step.question]))
        for step in result.trail
        if step.question in others
    )
    return SensitivityPart(_how_firm([one for its in questions for one in its.others]), questions)


def _how_firm(others: list[OtherAnswerPart]) -> str:
    """Whether the recommendation hangs on single answers, in a sentence."""
    changing = [one for one in others if not one.same]
    if not changing:
        return "No other single answer changes the recommendation."
    verb = "change" if all(len(one.outcomes) == 1 for one in changing) else "change, or may change,"
    if len(changing) == len(others):
        return f"Every other single answer would {verb} the recommendation."
    return f"{len(changing)} of {len(others)} other single answers would {verb} the recommendation."


def measured(its: engine.Measured | None) -> MeasuredPart | None:
    if its is None:
        return None
    libraries = tuple(f"{name} {version}" for name, version in its.versions.items())
    return MeasuredPart(day(its.on), its.machine, libraries, its.figures)


def caveat(one: engine.Caveat) -> CaveatPart:
    return CaveatPart(
        one.id,
        one.title,
        one.weight,
        markdown(one.text),
        markdown(one.corrects),
        citations(one.sources),
        one.policy,
    )


def references(result: engine.Result) -> tuple[parts.CitationPart, ...]:
    """Every source that the page cites, in full, in the order of its title."""
    cited = {one.source: one for one in result.sources}
    for its in result.caveats:
        cited |= {one.source: one for one in its.sources}
    in_order = sorted(cited.values(), key=lambda one: one.title.casefold())
    return tuple(parts.CitationPart(one.title, "", one.url, one.note) for one in in_order)


def kit_files(files: Iterable[KitFile]) -> tuple[KitFilePart, ...]:
    """The code stands open; what comes along is shown on demand."""
    return tuple(
        KitFilePart(
            file.name,
            plain(file.text) if file.aside else code(file.name, file.text),
            file.text.count("\n"),
            not file.aside,
        )
        for file in files
    )


def field(id: str, parameter: model.Parameter, text: str | None, message: str) -> FieldPart:
    number = parameter.type == "integer"
    value = parameter.default if text is None else text
    earned = () if message else cautions(parameter, accept(parameter, value))
    return FieldPart(
        name=id,
        label=parameter.label,
        value=value,
        help=parameter.help or "",
        unit=parameter.unit or "",
        kind={"integer": "number", "url": "url"}.get(parameter.type, "text"),
        minimum=str(parameter.minimum) if number and parameter.minimum is not None else "",
        maximum="" if parameter.maximum is None else str(parameter.maximum),
        error=message,
        cautions=tuple(markdown(caution.say) for caution in earned),
    )

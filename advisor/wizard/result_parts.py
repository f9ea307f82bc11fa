"""Parts that several pages share."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

from django.template.defaultfilters import date as format_date
from django.urls import reverse

from advisor.catalogue import Served
from advisor.engine.tree import model
from advisor.engine.tree.graph import Tree
from advisor.engine.tree.parameter_values import accept, cautions
from advisor.engine.walking import evaluate as engine
from advisor.kits.kit import KitFile
from advisor.models import Recommendation
from advisor.saved.visible_metadata import visible_metadata
from advisor.web.addresses import Query, address
from advisor.web.markup import code, markdown, plain
from advisor.wizard import pages

# The address of a view for other answers, empty on pages without such links.
To = Callable[[str, Mapping[str, str]], str]


def nowhere(view: str, answers: Mapping[str, str]) -> str:  # noqa: ARG001 - a To
    return ""


def recommendation(
    result: engine.Result, kit: pages.Kit | None, trail: tuple[pages.Step, ...], to: To = nowhere
) -> pages.Recommendation:
    caveats = tuple(map(caveat, result.caveats))
    ways = nearest(result, to)
    return pages.Recommendation(
        words=words(result.words),
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
            pages.Alternative(
                one.name, one.verdict, markdown(one.when), ways(one.outcome, _AN_ALTERNATIVE)
            )
            for one in result.alternatives
        ),
        ruled_out=tuple(
            pages.Excluded(
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
            pages.Ruling(its.title, its.owner, its.rule, its.effect, markdown(its.because))
            for its in result.rulings
            # What a rule wants to be done stands in the checklist.
            if (its.policy, its.rule) not in {(one.policy, one.rule) for one in result.requirements}
        ),
        requirements=tuple(requirements(result)),
        alone=result.alone.name if result.alone else "",
        kit=kit,
        measured=measured(result.measured),
    )


def requirements(result: engine.Result) -> Iterator[pages.Requirement]:
    by_rule = {(its.policy, its.rule): its for its in result.rulings}
    for its in result.requirements:
        ruling = by_rule[its.policy, its.rule]
        yield pages.Requirement(
            markdown(its.text), markdown(ruling.because), ruling.title, its.rule
        )


def policies(tree: Tree) -> tuple[pages.Policy, ...]:
    return tuple(
        pages.Policy(its.title, its.owner, markdown(its.reason), day(its.review_by.isoformat()))
        for its in tree.policies.values()
    )


_AN_ALTERNATIVE = "No answers recommend it: it is an alternative at most."
_NO_WAY = "No answers lead to it."


def nearest(result: engine.Result, to: To) -> Callable[[str, str], pages.Nearest | None]:
    """Tells for each outcome not chosen how to get it, or why never; nothing where that was not
    computed."""
    if not result.nearest and not result.sensitivity:
        return lambda *_: None
    ways = {
        its.outcome: pages.Nearest(
            tuple(f"{one.short}: {one.label}" for one in (*its.changed, *its.added)),
            to("result", its.answers),
        )
        for its in result.nearest
    }
    return lambda outcome, never: ways.get(outcome, pages.Nearest((), "", never))


def sensitivity(result: engine.Result, to: To) -> pages.Sensitivity | None:
    if not result.sensitivity:
        return None
    others: dict[str, list[pages.OtherAnswer]] = {}
    for its in result.sensitivity:
        names = tuple(option.name for option in its.outcomes)
        same = [option.outcome for option in its.outcomes] == [result.outcome]
        href = to("result" if len(names) == 1 else "ask", its.answers)
        one = pages.OtherAnswer(its.other.label, names, same, href)
        others.setdefault(its.other.question, []).append(one)
    questions = tuple(
        pages.WhatIf(step.ask, step.label, tuple(others[step.question]))
        for step in result.trail
        if step.question in others
    )
    return pages.Sensitivity(_how_firm([one for its in questions for one in its.others]), questions)


def _how_firm(others: list[pages.OtherAnswer]) -> str:
    """Whether the recommendation hangs on single answers, in a sentence."""
    changing = [one for one in others if not one.same]
    if not changing:
        return "No other single answer changes the recommendation."
    verb = "change" if all(len(one.outcomes) == 1 for one in changing) else "change, or may change,"
    if len(changing) == len(others):
        return f"Every other single answer would {verb} the recommendation."
    return f"{len(changing)} of {len(others)} other single answers would {verb} the recommendation."


def measured(its: engine.Measured | None) -> pages.Measured | None:
    if its is None:
        return None
    libraries = tuple(f"{name} {version}" for name, version in its.versions.items())
    return pages.Measured(day(its.on), its.machine, libraries, its.figures)


def day(iso: str) -> str:
    return format_date(date.fromisoformat(iso), "j F Y")


def tree_link(served: Served) -> pages.Link:
    return pages.Link(served.tree.document.title, address("tree", served.slug, {}))


def record_link(record: Recommendation) -> pages.Link:
    return pages.Link(visible_metadata(record).title, reverse("saved", args=[record.id]))


def words(its: model.Words) -> pages.Words:
    return pages.Words(its.outcome, its.outcomes, its.corrections)


def change(query: Query, answers: Mapping[str, str], question: str) -> str:
    """Asks one question again and keeps the other answers; those that no longer apply fall away."""
    return query.address("ask", {id: value for id, value in answers.items() if id != question})


def steps(
    query: Query, trail: Iterable[engine.Answered], answers: Mapping[str, str]
) -> tuple[pages.Step, ...]:
    return tuple(step(answered, change(query, answers, answered.question)) for answered in trail)


def position(asking: engine.Asking) -> str:
    """Where on the trail a question stands: "Question 2 of 4", or "of up to" where paths differ."""
    before = len(asking.trail)
    exact = asking.node.shortest == asking.node.longest
    return f"Question {before + 1} of {'' if exact else 'up to '}{before + asking.node.longest}"


def step(answered: engine.Answered, change: str) -> pages.Step:
    return pages.Step(
        answered.ask, answered.short, answered.label, markdown(answered.because), change
    )


def in_play(option: engine.Option) -> pages.InPlay:
    return pages.InPlay(option.name, option.verdict)


def ruled_out(one: engine.RuledOut) -> pages.RuledOut:
    return pages.RuledOut(one.name, one.short, one.label, markdown(one.because))


def caveat(one: engine.Caveat) -> pages.Caveat:
    return pages.Caveat(
        one.id,
        one.title,
        one.weight,
        markdown(one.text),
        markdown(one.corrects),
        citations(one.sources),
        one.policy,
    )


def citations(cited: Iterable[engine.Citation]) -> tuple[pages.Citation, ...]:
    """Each source once, with all its places."""
    places: dict[str, list[engine.Citation]] = {}
    for one in cited:
        places.setdefault(one.source, []).append(one)
    return tuple(
        pages.Citation(
            first.short, ", ".join(one.place for one in same if one.place), first.url, ""
        )
        for same in places.values()
        for first in same[:1]
    )


def references(result: engine.Result) -> tuple[pages.Citation, ...]:
    """Every source that the page cites, in full, in the order of its title."""
    cited = {one.source: one for one in result.sources}
    for its in result.caveats:
        cited |= {one.source: one for one in its.sources}
    in_order = sorted(cited.values(), key=lambda one: one.title.casefold())
    return tuple(pages.Citation(one.title, "", one.url, one.note) for one in in_order)


def kit_files(files: Iterable[KitFile]) -> tuple[pages.KitFile, ...]:
    """The code stands open; what comes along is shown on demand."""
    return tuple(
        pages.KitFile(
            file.name,
            plain(file.text) if file.aside else code(file.name, file.text),
            file.text.count("\n"),
            not file.aside,
        )
        for file in files
    )


def field(id: str, parameter: model.Parameter, text: str | None, message: str) -> pages.Field:
    number = parameter.type == "integer"
    value = parameter.default if text is None else text
    earned = () if message else cautions(parameter, accept(parameter, value))
    return pages.Field(
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

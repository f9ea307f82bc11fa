"""An organisation's policies on top of a tree: the effective tree, and what a rule says about it.

Rules only add: each names what it touches by id, and no two touch the same thing, so their order
never matters. What holds always is part of the effective tree's document and graph; what has a
condition holds for single results, by `document_for`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from advisor.engine.policies.rewrite import Ban
from advisor.engine.tree import model
from advisor.engine.tree.field_paths import parse_field, with_field
from advisor.engine.tree.graph import Node, Tree, applies
from advisor.engine.tree.policy_model import Advise, AnyRule, Forbid, Limit, Policy, Replace

ALWAYS = model.When()


@dataclass(frozen=True, slots=True)
class NamedRule:
    """A rule, with its id and the policy that it stands in."""

    policy_id: str
    policy: Policy
    id: str
    rule: AnyRule

    @property
    def name(self) -> tuple[str, str]:
        """Return the policy's id and the rule's."""
        return self.policy_id, self.id

    @property
    def citation(self) -> str:
        """Return the rule's citation: the policy is the source, the rule the place in it."""
        return f"{source_id(self.policy_id)} rule {self.id}"

    def __str__(self) -> str:
        return f"Policy “{self.policy.title}”, rule {self.id}"


def rules(policies: Mapping[str, Policy]) -> Iterator[NamedRule]:
    """Yield every rule, in the order of policies' ids and rules' ids, whatever the files' order."""
    for policy_id, policy in sorted(policies.items()):
        for id, rule in sorted(policy.rules.items()):
            yield NamedRule(policy_id, policy, id, rule)


def bans(policies: Mapping[str, Policy]) -> list[Ban]:
    """Return the rules that forbid an outcome, in the order of `rules`."""
    return [
        Ban(named.rule, named.name, named.citation)
        for named in rules(policies)
        if isinstance(named.rule, Forbid)
    ]


def effective(tree: Tree, policies: Mapping[str, Policy], root: Node) -> Tree:
    """Return the tree with policies in force that have no errors.

    `root` is what their bans leave of its graph.
    """
    always = (named for named in rules(policies) if named.rule.when == ALWAYS)
    document = changed(tree.document, always)
    document = document.model_copy(
        update={
            "sources": document.sources | dict(_sources(policies)),
            "caveats": document.caveats | dict(_caveats(policies)),
        }
    )
    return Tree(document, root, tree.outcome_ids, tree, dict(sorted(policies.items())))


def document_for(tree: Tree, outcome: str, answers: Mapping[str, str]) -> model.Document:
    """Return the document as one result sees it, with the conditional rules that hold applied."""
    conditional = (named for named in rules(tree.policies) if named.rule.when != ALWAYS)
    holding = (named for named in conditional if applies(named.rule.when, outcome, answers))
    return changed(tree.document, holding)


def varying(tree: Tree) -> frozenset[str]:
    """Return the parameters whose default or bounds depend on the result."""
    varied = set()
    for named in rules(tree.policies):
        if named.rule.when != ALWAYS:
            match named.rule:
                case Limit(limit=parameter):
                    varied.add(parameter)
                case Replace(replace=field) if field.startswith("parameters."):
                    varied.add(field.split(".")[1])
    return frozenset(varied)


def changed(document: model.Document, holding: Iterable[NamedRule]) -> model.Document:
    """Return the document with fields that the rules replace and parameters that they narrow."""
    limits = []
    for named in holding:
        if isinstance(named.rule, Replace):
            value = parse_field(document, named.rule.replace, named.rule.with_)
            document = with_field(document, named.rule.replace, value)
        elif isinstance(named.rule, Limit):
            limits.append((named.policy, named.rule))
    if not limits:
        return document
    parameters = dict(document.parameters)
    for policy, limit in limits:
        parameters[limit.limit] = _narrowed(parameters[limit.limit], limit, policy)
    for _, limit in limits:
        parameters[limit.limit] = _clamped(parameters[limit.limit])
    return document.model_copy(update={"parameters": parameters})


def limiting_policies(
    tree: Tree, outcome: str, answers: Mapping[str, str], parameter: str
) -> tuple[str, ...]:
    """Return the titles of the policies that limit a parameter of this result."""
    return tuple(
        named.policy.title
        for named in rules(tree.policies)
        if isinstance(named.rule, Limit)
        and named.rule.limit == parameter
        and applies(named.rule.when, outcome, answers)
    )


def required_sign_offs(policies: Mapping[str, Policy]) -> int:
    """Return how many people must accept a decision under these policies; the strictest counts."""
    return max((policy.sign_offs for policy in policies.values()), default=1)


def allowed(limit: Limit, parameter: model.Parameter) -> str:
    """Return what a limit of a parameter allows, in words: options by their labels, or bounds."""
    if not limit.options:
        return bounds(limit, parameter.unit)
    known = parameter.choices
    labels = [f"“{known[id].label if id in known else id}”" for id in limit.options]
    return f"only {' or '.join(labels)}"


def bounds(limit: Limit, unit: str | None) -> str:
    """Return the bounds of a limit in words: `at most 15 minutes`."""
    match limit.minimum, limit.maximum:
        case None, high:
            words = f"at most {high}"
        case low, None:
            words = f"at least {low}"
        case low, high:
            words = f"from {low} to {high}"
    return f"{words} {_counted(unit, limit)}" if unit else words


def _counted(unit: str, limit: Limit) -> str:
    """Return the unit in the number of the last bound: `minute` after `at most 1`."""
    last = limit.minimum if limit.maximum is None else limit.maximum
    # A unit such as `ms` has no plural.
    is_plural = unit.endswith("s") and len(unit) > 3
    return unit[:-1] if last == 1 and is_plural else unit


def source_id(policy: str) -> str:
    """Return the id of the source that cites a policy; no id of a tree has a colon."""
    return f"policy:{policy}"


def _narrowed(parameter: model.Parameter, limit: Limit, policy: Policy) -> model.Parameter:
    lows = [low for low in (parameter.minimum, limit.minimum) if low is not None]
    highs = [high for high in (parameter.maximum, limit.maximum) if high is not None]
    words = allowed(limit, parameter)
    added = f"{words[0].upper()}{words[1:]} ({policy.title})."
    return parameter.model_copy(
        update={
            "minimum": max(lows, default=None),
            "maximum": min(highs, default=None),
            "options": {
                id: option
                for id, option in parameter.choices.items()
                if not limit.options or id in limit.options
            },
            "help": f"{parameter.help} {added}" if parameter.help else added,
        }
    )


def _clamped(parameter: model.Parameter) -> model.Parameter:
    if parameter.type in ("choice", "flag"):
        if parameter.default in parameter.choices:
            return parameter
        first = next(iter(parameter.choices), parameter.default)
        return parameter.model_copy(update={"default": first})
    default = int(parameter.default)
    if parameter.minimum is not None:
        default = max(default, parameter.minimum)
    if parameter.maximum is not None:
        default = min(default, parameter.maximum)
    return parameter.model_copy(update={"default": str(default)})


def _sources(policies: Mapping[str, Policy]) -> Iterator[tuple[str, model.Source]]:
    """Yield each policy as a source that its rules' words cite, and the sources that it brings."""
    for id, policy in sorted(policies.items()):
        note = f"{policy.owner}; review due by {policy.review_by.isoformat()}."
        yield (
            source_id(id),
            model.Source.model_construct(title=policy.title, kind="policy", note=note),
        )
        yield from sorted(policy.sources.items())


def _caveats(policies: Mapping[str, Policy]) -> Iterator[tuple[str, model.Caveat]]:
    for named in rules(policies):
        if isinstance(named.rule, Advise):
            remark = named.rule.caveat
            yield (
                f"{named.policy_id}:{named.id}",
                model.Caveat.model_construct(
                    title=remark.title,
                    weight=remark.weight,
                    text=remark.text,
                    when=model.CaveatWhen.model_construct(
                        outcomes=named.rule.when.outcomes, answers=named.rule.when.answers
                    ),
                    sources=(named.citation, *remark.sources),
                ),
            )

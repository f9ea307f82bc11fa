"""Whether policies that name only what the tree has fit it, and each other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from advisor.engine.policies.effective import ALWAYS, NamedRule, bans, changed, effective, rules
from advisor.engine.policies.references import PolicyProblems
from advisor.engine.policies.rewrite import Rewritten, TooTangled, rewrite
from advisor.engine.problems import quoted
from advisor.engine.reading.lint import UnplacedProblem, check_cases, fulfillable
from advisor.engine.reading.schema_errors import SchemaError
from advisor.engine.tree import model
from advisor.engine.tree.graph import Tree
from advisor.engine.tree.parameter_values import BadValue, accept
from advisor.engine.tree.policy_model import Forbid, Limit, Policy, Replace


def join(tree: Tree, policies: Mapping[str, Policy]) -> tuple[Tree | None, PolicyProblems]:
    """Return the effective tree, and what is wrong with policies whose ids are all known.

    The tree is None where rules contradict each other, or where their conditions are too tangled to
    look at every place.
    """
    joining = _Joining(tree, policies)
    try:
        rewritten = rewrite(tree, bans(policies))
    except TooTangled as tangled:
        joining.too_tangled(tangled.limit)
        return None, joining.problems
    joining.check_bans(rewritten)
    joining.check_effects(Tree(tree.document, rewritten.root, tree.outcome_ids))
    if joining.failed:
        return None, joining.problems
    whole = effective(tree, policies, rewritten.root)
    for id, policy in policies.items():
        joining.problems[id] += check_cases(whole, policy.cases)
    return whole, joining.problems


@dataclass(slots=True)
class _Joining:
    """All policies together, on a tree without errors."""

    tree: Tree
    policies: Mapping[str, Policy]
    problems: dict[str, list[UnplacedProblem | SchemaError]] = field(init=False)
    failed: bool = False

    def __post_init__(self) -> None:
        self.problems = {id: [] for id in self.policies}

    def check_bans(self, rewritten: Rewritten) -> None:
        """Note rules that forbid nothing, and those that contradict each other."""
        banning = [named for named in rules(self.policies) if isinstance(named.rule, Forbid)]
        for number, named in enumerate(banning):
            if number not in rewritten.fired:
                self.report_unreachable(named)
        for first, second in sorted(rewritten.rivals):
            rival, named = banning[first], banning[second]
            actual = f"{quoted(_use(named))}, where {_name(rival)} uses {quoted(_use(rival))}"
            self.error(named, "policy-conflict", "use", actual, "one substitute")
        for first, second in sorted(rewritten.undone):
            named, rival = banning[first], banning[second]
            actual = f"{quoted(_use(named))}, which {_name(rival)} forbids"
            expected = "a substitute that is allowed where this rule holds"
            self.error(named, "substitute-forbidden", "use", actual, expected)

    def check_effects(self, graph: Tree) -> None:
        """Note rules that change nothing, and those that change the same.

        `graph` has all bans applied.
        """
        effects = [named for named in rules(self.policies) if not isinstance(named.rule, Forbid)]
        possible = fulfillable(graph, {named.citation: named.rule.when for named in effects})
        for named in effects:
            if named.citation not in possible:
                self.report_unreachable(named)
        reachable = [named for named in effects if named.citation in possible]
        self.check_fields(graph, reachable)
        self.check_parameters(graph, reachable)

    def check_fields(self, graph: Tree, reachable: list[NamedRule]) -> None:
        """Note fields that two rules change for one result."""
        by_field: dict[str, list[tuple[NamedRule, str]]] = {}
        for named in reachable:
            for address, key in _changes(named):
                by_field.setdefault(address, []).append((named, key))
        for address, changes in by_field.items():
            for index, (named, key) in enumerate(changes):
                # The first that is in the way says enough: a thousand rules have few sentences.
                before = (
                    rule for rule, _ in changes[:index] if _can_both_apply(graph, rule, named)
                )
                if rival := next(before, None):
                    actual = f"{quoted(address)}, which {_name(rival)} changes too"
                    self.error(named, "policy-conflict", key, actual, "one rule for each field")

    def check_parameters(self, graph: Tree, reachable: list[NamedRule]) -> None:
        """Note parameters for which a rule, or two that can both apply, leave nothing to choose."""
        by_parameter: dict[str, list[NamedRule]] = {}
        for named in reachable:
            ids = (
                address.split(".")[1] for address, _ in _changes(named) if _is_of_parameter(address)
            )
            for id in dict.fromkeys(ids):
                by_parameter.setdefault(id, []).append(named)
        for id, changing in by_parameter.items():
            for named in changing:
                self.check_parameter(id, [named])
            for pair in () if self.failed else combinations(changing, 2):
                if _can_both_apply(graph, *pair):
                    self.check_parameter(id, [*pair])

    def check_parameter(self, id: str, changing: list[NamedRule]) -> None:
        """Note a parameter that has no value left, or none that its default may be.

        The rules all hold for one result; there is one, or two.
        """
        parameter = changed(self.tree.document, changing).parameters[id]
        last = changing[-1]
        low, high = parameter.minimum, parameter.maximum
        if parameter.type == "integer" and low is not None and high is not None and low > high:
            together = f" together with {_name(changing[0])}" if len(changing) > 1 else ""
            actual = f"{low} at least and {high} at most{together}"
            (_, key) = next(_changes(last))
            self.error(last, "limit-empty", key, actual, f"a number that {quoted(id)} may have")
            return
        address = f"parameters.{id}.default"
        replacing = [(named, r) for named in changing if isinstance(r := named.rule, Replace)]
        defaults = (rule.with_ for _, rule in replacing if rule.replace == address)
        try:
            accept(parameter, next(defaults, parameter.default))
        except BadValue as bad:
            named, key = (replacing[0][0], "with") if replacing else (last, next(_changes(last))[1])
            actual = quoted(named.rule.model_dump(by_alias=True)[key])
            expected = "what leaves the parameter a default that it accepts"
            self.error(named, "bad-value", key, actual, expected, str(bad))

    def report_unreachable(self, named: NamedRule) -> None:
        """Note a rule that changes no result."""
        actual = f"the rule {quoted(named.id)}, which changes no result"
        expected = "a condition that some path fulfils"
        path = ("rules", named.id)
        problem = UnplacedProblem("never-fires", path, actual, expected, at_key=True)
        self.problems[named.policy_id].append(problem)

    def too_tangled(self, limit: int) -> None:
        """Note that the conditions tell apart more places than `limit`, at a rule that has one."""
        banning = (named for named in rules(self.policies) if isinstance(named.rule, Forbid))
        conditional = next(named for named in banning if named.rule.when != ALWAYS)
        actual = f"conditions that tell apart more than {limit} places of the tree"
        expected = "rules with fewer answers under `when`"
        self.error(conditional, "too-tangled", "when", actual, expected)

    def error(
        self, named: NamedRule, id: str, key: str, actual: str, expected: str, suggestion: str = ""
    ) -> None:
        """Note an error at a rule's key."""
        self.failed = True
        problem = UnplacedProblem(id, ("rules", named.id, key), actual, expected, suggestion)
        self.problems[named.policy_id].append(problem)


def _changes(named: NamedRule) -> Iterator[tuple[str, str]]:
    """Yield the addresses of the fields that a rule changes, each with the rule's key that does."""
    match named.rule:
        case Replace(replace=address):
            yield address, "replace"
        case Limit() as limit:
            for key in ("maximum", "minimum", "options"):
                if getattr(limit, key) not in (None, ()):
                    yield f"parameters.{limit.limit}.{key}", key


def _is_of_parameter(address: str) -> bool:
    return address.startswith("parameters.")


def _can_both_apply(tree: Tree, named: NamedRule, rival: NamedRule) -> bool:
    """Tell whether two rules hold for some result."""
    first, second = named.rule.when, rival.rule.when
    outcomes = first.outcomes or second.outcomes
    if first.outcomes and second.outcomes:
        outcomes = tuple(id for id in first.outcomes if id in second.outcomes)
        if not outcomes:
            return False
    answers = first.answers | second.answers
    for question in first.answers.keys() & second.answers.keys():
        shared = (answer for answer in first.answers[question] if answer in answers[question])
        answers[question] = tuple(shared)
    if not all(answers.values()):
        return False
    joint = model.When.model_construct(outcomes=outcomes, answers=answers)
    return bool(fulfillable(tree, {"joint": joint}))


def _name(named: NamedRule) -> str:
    return f"the rule {quoted(named.id)} of the policy {quoted(named.policy_id)}"


def _use(named: NamedRule) -> str:
    assert isinstance(named.rule, Forbid)  # noqa: S101 - called for rules that forbid
    return named.rule.use

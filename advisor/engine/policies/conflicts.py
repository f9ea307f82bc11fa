"""Whether policies fit the tree and each other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations

from pydantic import ValidationError

from advisor.engine.policies.effective import ALWAYS, NamedRule, bans, changed, effective, rules
from advisor.engine.policies.rewrite import Rewritten, TooTangled, rewrite
from advisor.engine.problems import did_you_mean, one_of, quoted
from advisor.engine.reading.linking import Broken, Linking
from advisor.engine.reading.lint import UnplacedProblem, check_cases, fulfillable
from advisor.engine.reading.schema_errors import SchemaError
from advisor.engine.reading.yaml_nodes import Path
from advisor.engine.tree import model
from advisor.engine.tree.field_paths import SHOWN_LATE, NoField, parse_field
from advisor.engine.tree.graph import Tree, cited
from advisor.engine.tree.parameter_values import BadValue, accept
from advisor.engine.tree.policy_model import Advise, Forbid, Limit, Policy, Replace

# What is wrong with each policy; the schema of the tree can refuse a value of a policy, too.
PolicyProblems = Mapping[str, list[UnplacedProblem | SchemaError]]


def check_ids(
    document: model.Document,
    broken: Broken,
    policies: Mapping[str, Policy],
    refused: Mapping[str, Broken],
) -> PolicyProblems:
    """Return what each policy names that the tree does not have.

    `refused` is what the schema took out of each policy.
    """
    found: dict[str, list[UnplacedProblem | SchemaError]] = {}
    taken: dict[str, str] = dict.fromkeys(document.sources, "the tree")
    for id, policy in sorted(policies.items()):
        checking = _Checking(document, broken, policy, refused[id])
        checking.check_sources(taken)
        checking.check_rules()
        checking.linking.check_case_ids(policy.cases)
        taken |= dict.fromkeys(policy.sources, f"the policy {quoted(id)}")
        found[id] = [*checking.linking.problems, *checking.refused]
    return found


def check_dates(policies: Mapping[str, Policy], today: date | None) -> PolicyProblems:
    """Return the policies whose review is overdue."""
    return {
        id: [_overdue(policy)]
        for id, policy in policies.items()
        if today is not None and policy.review_by < today
    }


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
        return None, joining.found
    joining.check_bans(rewritten)
    joining.check_fields(Tree(tree.document, rewritten.root, tree.outcome_ids))
    if any(joining.found.values()) and joining.failed:
        return None, joining.found
    whole = effective(tree, policies, rewritten.root)
    for id, policy in policies.items():
        joining.found[id] += check_cases(whole, policy.cases)
    return whole, joining.found


class _Checking:
    """One policy against the document, with the sources that it brings."""

    def __init__(
        self, document: model.Document, broken: Broken, policy: Policy, refused: Broken
    ) -> None:
        self.document = document
        self.broken = broken
        self.policy = policy
        sources = document.sources | policy.sources
        self.linking = Linking(
            document.model_copy(update={"sources": sources}),
            Broken(
                broken.sections | (refused.sections & {"sources"}),
                broken.items | {item for item in refused.items if item[0] == "sources"},
            ),
        )
        self.whole = not refused
        self.refused: list[SchemaError] = []

    def check_sources(self, taken: Mapping[str, str]) -> None:
        """Note sources that are taken by id already, and those that no rule cites.

        `taken` tells by whom.
        """
        used = {
            cited(citation)[0]
            for rule in self.policy.rules.values()
            if isinstance(rule, Advise)
            for citation in rule.caveat.sources
        }
        for id in self.policy.sources:
            if id in taken:
                found = f"{quoted(id)}, which is a source of {taken[id]} too"
                path = ("sources", id)
                self.linking.report("id-taken", path, found, "another id", at_key=True)
            elif self.whole and id not in used:
                found = f"the source {quoted(id)}, which nothing cites"
                expected = "it to be cited, or removed"
                path = ("sources", id)
                self.linking.report("unused-source", path, found, expected, at_key=True)

    def check_rules(self) -> None:
        """Note what each rule names that is not there, or that its effect cannot apply to."""
        linking = self.linking
        for id, rule in self.policy.rules.items():
            path: Path = ("rules", id)
            linking.check_condition((*path, "when"), rule.when)
            match rule:
                case Forbid():
                    known = linking.known("outcome", rule.forbid, (*path, "forbid"))
                    if linking.known("outcome", rule.use, (*path, "use")) and known:
                        self.check_substitute(rule, (*path, "use"))
                case Limit():
                    if linking.known("parameter", rule.limit, (*path, "limit")):
                        self.check_limit(rule, path)
                case Advise():
                    linking.check_citations((*path, "caveat", "sources"), rule.caveat.sources)
                case Replace():
                    self.check_field(rule, path)

    def check_substitute(self, rule: Forbid, path: Path) -> None:
        """Note a rule that uses the outcome that it forbids."""
        if rule.forbid == rule.use:
            found = f"{quoted(rule.use)}, which this rule forbids"
            self.linking.report("substitute-forbidden", path, found, "another outcome")

    def check_limit(self, rule: Limit, path: Path) -> None:
        """Note a limit of what is no number, and one that limits nothing."""
        parameter = self.document.parameters[rule.limit]
        if parameter.type != "integer":
            found = f"{quoted(rule.limit)}, whose type is {quoted(parameter.type)}"
            expected = "a parameter that is a whole number"
            self.linking.report("no-number", (*path, "limit"), found, expected)
            return
        low, high = parameter.minimum, parameter.maximum
        if rule.minimum is not None and low is not None and rule.minimum <= low:
            found = f"{rule.minimum}, where the tree allows {low} at least"
            self.linking.report("limit-wider", (*path, "minimum"), found, "a larger number")
        if rule.maximum is not None and high is not None and rule.maximum >= high:
            found = f"{rule.maximum}, where the tree allows {high} at most"
            self.linking.report("limit-wider", (*path, "maximum"), found, "a smaller number")

    def check_field(self, rule: Replace, path: Path) -> None:
        """Note an unknown field, a value that it refuses, and a condition that comes too late."""
        section, item, *_ = [*rule.replace.split("."), ""]
        if section in self.broken.sections or (section, item) in self.broken.items:
            return
        at = (*path, "replace")
        try:
            parse_field(self.document, rule.replace, rule.with_)
        except NoField as none:
            if none.part:
                found, near = quoted(none.part), did_you_mean(none.part, none.known)
            else:
                found, near = f"{quoted(rule.replace)}, which holds several", ""
            self.linking.report(
                "unknown-field", at, found, one_of(none.known), near, within=none.part
            )
        except ValidationError as invalid:
            (error, *_) = invalid.errors(include_url=False)
            self.refused.append(SchemaError(error, (*path, "with")))
        if rule.when != ALWAYS and section not in SHOWN_LATE:
            found = f"a condition for {quoted(rule.replace)}, which is shown before all answers are"
            expected = f"no condition, or a field of {one_of(sorted(SHOWN_LATE))}"
            self.linking.report("shown-early", (*path, "when"), found, expected, at_key=True)


@dataclass(slots=True)
class _Joining:
    """All policies together, on a tree without errors."""

    tree: Tree
    policies: Mapping[str, Policy]
    found: dict[str, list[UnplacedProblem | SchemaError]] = field(init=False)
    failed: bool = False

    def __post_init__(self) -> None:
        self.found = {id: [] for id in self.policies}

    def check_bans(self, rewritten: Rewritten) -> None:
        """Note rules that forbid nothing, and those that contradict each other."""
        banning = [its for its in rules(self.policies) if isinstance(its.rule, Forbid)]
        for number, its in enumerate(banning):
            if number not in rewritten.fired:
                self.never(its)
        for first, second in sorted(rewritten.rivals):
            rule, other = banning[second].rule, banning[first]
            assert isinstance(rule, Forbid)  # noqa: S101 - chosen above
            found = f"{quoted(rule.use)}, where {_name(other)} uses {quoted(_use(other))}"
            self.error(banning[second], "policy-conflict", "use", found, "one substitute")
        for first, second in sorted(rewritten.undone):
            found = f"{quoted(_use(banning[first]))}, which {_name(banning[second])} forbids"
            expected = "a substitute that is allowed where this rule holds"
            self.error(banning[first], "substitute-forbidden", "use", found, expected)

    def check_fields(self, graph: Tree) -> None:
        """Note rules that change nothing, and those that change the same.

        `graph` has all bans applied.
        """
        others = [its for its in rules(self.policies) if not isinstance(its.rule, Forbid)]
        possible = fulfillable(graph, {its.citation: its.rule.when for its in others})
        firing = [its for its in others if its.citation in possible]
        for its in others:
            if its.citation not in possible:
                self.never(its)
        of_parameters: dict[str, list[NamedRule]] = {}
        of_fields: dict[str, list[tuple[NamedRule, str]]] = {}
        for its in firing:
            for touched, key in _touched(its):
                of_fields.setdefault(touched, []).append((its, key))
                section, id, *_ = [*touched.split("."), ""]
                if section == "parameters" and its not in of_parameters.get(id, []):
                    of_parameters.setdefault(id, []).append(its)
        for touched, touching in of_fields.items():
            for index, (other, key) in enumerate(touching):
                # The first that is in the way says enough: a thousand rules have few sentences.
                before = (one for one, _ in touching[:index] if _meet(graph, one, other))
                if one := next(before, None):
                    found = f"{quoted(touched)}, which {_name(one)} changes too"
                    self.error(other, "policy-conflict", key, found, "one rule for each field")
        for id, its_rules in of_parameters.items():
            for its in its_rules:
                self.check_parameter(id, [its])
            for one, other in () if self.failed else combinations(its_rules, 2):
                if _meet(graph, one, other):
                    self.check_parameter(id, [one, other])

    def check_parameter(self, id: str, its_rules: list[NamedRule]) -> None:
        """Note a parameter that has no value left, or none that its default may be.

        The rules all hold for one result; there is one, or two.
        """
        parameter = changed(self.tree.document, its_rules).parameters[id]
        last = its_rules[-1]
        low, high = parameter.minimum, parameter.maximum
        if parameter.type == "integer" and low is not None and high is not None and low > high:
            both = f" together with {_name(its_rules[0])}" if len(its_rules) > 1 else ""
            found = f"{low} at least and {high} at most{both}"
            (_, key) = next(_touched(last))
            self.error(last, "limit-empty", key, found, f"a number that {quoted(id)} may have")
            return
        name = f"parameters.{id}.default"
        written = [(its, r) for its in its_rules if isinstance(r := its.rule, Replace)]
        default = next((r.with_ for _, r in written if r.replace == name), parameter.default)
        try:
            accept(parameter, default)
        except BadValue as bad:
            at, key = (written[0][0], "with") if written else (last, next(_touched(last))[1])
            found = quoted(at.rule.model_dump(by_alias=True)[key])
            expected = "what leaves the parameter a default that it accepts"
            self.error(at, "bad-value", key, found, expected, str(bad))

    def never(self, its: NamedRule) -> None:
        found = f"the rule {quoted(its.id)}, which changes no result"
        expected = "a condition that some path fulfils"
        path = ("rules", its.id)
        self.found[its.policy_id].append(
            UnplacedProblem("never-fires", path, found, expected, at_key=True)
        )

    def too_tangled(self, limit: int) -> None:
        """Note that the conditions tell apart more places than `limit`, at a rule that has one."""
        its = next(
            i for i in rules(self.policies) if isinstance(i.rule, Forbid) and i.rule.when != ALWAYS
        )
        found = f"conditions that tell apart more than {limit} places of the tree"
        self.error(its, "too-tangled", "when", found, "rules with fewer answers under `when`")

    def error(
        self, its: NamedRule, id: str, key: str, found: str, expected: str, suggestion: str = ""
    ) -> None:
        """Note an error at a rule's key."""
        self.failed = True
        problem = UnplacedProblem(id, ("rules", its.id, key), found, expected, suggestion)
        self.found[its.policy_id].append(problem)


def _touched(its: NamedRule) -> Iterator[tuple[str, str]]:
    """Yield the fields that a rule changes, each with the rule's key that says so."""
    match its.rule:
        case Replace(replace=field):
            yield field, "replace"
        case Limit() as limit:
            for key in ("maximum", "minimum"):
                if getattr(limit, key) is not None:
                    yield f"parameters.{limit.limit}.{key}", key


def _meet(tree: Tree, one: NamedRule, other: NamedRule) -> bool:
    """Tell whether both rules hold for some result."""
    first, second = one.rule.when, other.rule.when
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
    both = model.When.model_construct(outcomes=outcomes, answers=answers)
    return bool(fulfillable(tree, {"both": both}))


def _overdue(policy: Policy) -> UnplacedProblem:
    found = f"{policy.review_by}, which has gone by"
    return UnplacedProblem(
        "review-overdue", ("review-by",), found, "a review, and the day of the next"
    )


def _name(its: NamedRule) -> str:
    return f"the rule {quoted(its.id)} of the policy {quoted(its.policy_id)}"


def _use(its: NamedRule) -> str:
    assert isinstance(its.rule, Forbid)  # noqa: S101 - called for rules that forbid
    return its.rule.use

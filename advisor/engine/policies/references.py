"""Whether each policy names only what the tree has, and whether its review is due."""

from collections.abc import Iterable, Mapping
from datetime import date

from pydantic import ValidationError

from advisor.engine.policies.effective import ALWAYS
from advisor.engine.problems import did_you_mean, one_of, quoted
from advisor.engine.reading.lint import UnplacedProblem
from advisor.engine.reading.references import Broken, References
from advisor.engine.reading.schema_errors import SchemaError
from advisor.engine.reading.yaml_nodes import Path
from advisor.engine.tree import model
from advisor.engine.tree.field_paths import SHOWN_LATE, NoField, parse_field
from advisor.engine.tree.figures import FigureReference
from advisor.engine.tree.graph import cited
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
    problems: dict[str, list[UnplacedProblem | SchemaError]] = {}
    taken: dict[str, str] = dict.fromkeys(document.sources, "the tree")
    for id, policy in sorted(policies.items()):
        checking = _Checking(document, broken, policy, refused[id])
        checking.check_sources(taken)
        checking.check_rules()
        checking.references.check_case_ids(policy.cases)
        taken |= dict.fromkeys(policy.sources, f"the policy {quoted(id)}")
        problems[id] = [*checking.references.problems, *checking.refused]
    return problems


def check_figures(
    document: model.Document,
    broken: Broken,
    figures: Mapping[str, Iterable[FigureReference]],
) -> PolicyProblems:
    """Return the figures that each policy's texts refer to and the tree does not have."""
    problems: dict[str, list[UnplacedProblem | SchemaError]] = {}
    for id, references in figures.items():
        checking = References(document, broken)
        checking.check_figures(references)
        problems[id] = [*checking.problems]
    return problems


def check_dates(policies: Mapping[str, Policy], today: date | None) -> PolicyProblems:
    """Return the policies whose review is overdue."""
    return {
        id: [_overdue(policy)]
        for id, policy in policies.items()
        if today is not None and policy.review_by < today
    }


class _Checking:
    """One policy against the document, with the sources that it brings."""

    def __init__(
        self, document: model.Document, broken: Broken, policy: Policy, refused: Broken
    ) -> None:
        self.document = document
        self.broken = broken
        self.policy = policy
        sources = document.sources | policy.sources
        self.references = References(
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
                actual = f"{quoted(id)}, which is a source of {taken[id]} too"
                path = ("sources", id)
                self.references.report("id-taken", path, actual, "another id", at_key=True)
            elif self.whole and id not in used:
                actual = f"the source {quoted(id)}, which nothing cites"
                expected = "it to be cited, or removed"
                path = ("sources", id)
                self.references.report("unused-source", path, actual, expected, at_key=True)

    def check_rules(self) -> None:
        """Note what each rule names that is not there, or that its effect cannot apply to."""
        references = self.references
        for id, rule in self.policy.rules.items():
            path: Path = ("rules", id)
            references.check_condition((*path, "when"), rule.when)
            match rule:
                case Forbid():
                    known = references.known("outcome", rule.forbid, (*path, "forbid"))
                    if references.known("outcome", rule.use, (*path, "use")) and known:
                        self.check_substitute(rule, (*path, "use"))
                case Limit():
                    if references.known("parameter", rule.limit, (*path, "limit")):
                        self.check_limit(rule, path)
                case Advise():
                    references.check_citations((*path, "caveat", "sources"), rule.caveat.sources)
                case Replace():
                    self.check_field(rule, path)

    def check_substitute(self, rule: Forbid, path: Path) -> None:
        """Note a rule that uses the outcome that it forbids."""
        if rule.forbid == rule.use:
            actual = f"{quoted(rule.use)}, which this rule forbids"
            self.references.report("substitute-forbidden", path, actual, "another outcome")

    def check_limit(self, rule: Limit, path: Path) -> None:
        """Note a limit of what is no number and no choice, and one that limits nothing."""
        parameter = self.document.parameters[rule.limit]
        if rule.options:
            self.check_options(rule, path)
            return
        if parameter.type != "integer":
            actual = f"{quoted(rule.limit)}, whose type is {quoted(parameter.type)}"
            expected = "a parameter that is a whole number"
            self.references.report("no-number", (*path, "limit"), actual, expected)
            return
        low, high = parameter.minimum, parameter.maximum
        if rule.minimum is not None and low is not None and rule.minimum <= low:
            actual = f"{rule.minimum}, where the tree allows {low} at least"
            self.references.report("limit-wider", (*path, "minimum"), actual, "a larger number")
        if rule.maximum is not None and high is not None and rule.maximum >= high:
            actual = f"{rule.maximum}, where the tree allows {high} at most"
            self.references.report("limit-wider", (*path, "maximum"), actual, "a smaller number")

    def check_options(self, rule: Limit, path: Path) -> None:
        """Note options that the parameter does not have, and a limit that leaves all of them."""
        at = (*path, "options")
        if rule.minimum is not None or rule.maximum is not None:
            actual = f"bounds beside the options of {quoted(rule.limit)}"
            self.references.report("no-number", (*path, "limit"), actual, "options or bounds")
        if self.references.known_options(rule.limit, rule.options, at):
            choices = self.document.parameters[rule.limit].choices
            if set(choices) == set(rule.options):
                actual = f"every option of {quoted(rule.limit)}"
                self.references.report("limit-wider", at, actual, "fewer options", at_key=True)

    def check_field(self, rule: Replace, path: Path) -> None:
        """Note an unknown field, a value that it refuses, and a condition that comes too late."""
        section, item, *_ = [*rule.replace.split("."), ""]
        if section in self.broken.sections or (section, item) in self.broken.items:
            return
        at = (*path, "replace")
        try:
            parse_field(self.document, rule.replace, rule.with_)
        except NoField as missing:
            if missing.part:
                actual, hint = quoted(missing.part), did_you_mean(missing.part, missing.known)
            else:
                actual, hint = f"{quoted(rule.replace)}, which holds several", ""
            self.references.report(
                "unknown-field", at, actual, one_of(missing.known), hint, within=missing.part
            )
        except ValidationError as invalid:
            (error, *_) = invalid.errors(include_url=False)
            self.refused.append(SchemaError(error, (*path, "with")))
        if rule.when != ALWAYS and section not in SHOWN_LATE:
            actual = (
                f"a condition for {quoted(rule.replace)}, which is shown before all answers are"
            )
            expected = f"no condition, or a field of {one_of(sorted(SHOWN_LATE))}"
            self.references.report("shown-early", (*path, "when"), actual, expected, at_key=True)


def _overdue(policy: Policy) -> UnplacedProblem:
    actual = f"{policy.review_by}, which has gone by"
    return UnplacedProblem(
        "review-overdue", ("review-by",), actual, "a review, and the day of the next"
    )

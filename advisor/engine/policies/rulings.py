"""What policies did to one result, and to what is still in play, in words for its reader."""

from collections.abc import Callable, Iterator, Mapping

from advisor.engine.policies.effective import NamedRule, bans, bounds, rules
from advisor.engine.policies.rewrite import banned
from advisor.engine.tree import model
from advisor.engine.tree.graph import Ask, Node, Tree, applies
from advisor.engine.tree.policy_model import Advise, Forbid, Limit, Replace, Require


def effects(
    tree: Tree,
    alone: model.Recommend,
    outcome: str,
    answers: Mapping[str, str],
    shows: Callable[[str], bool],
) -> Iterator[tuple[NamedRule, str]]:
    """Yield every rule that changed this result, with what it did, in one line.

    Those that changed the recommendation come first, then those that forbid an alternative.
    `advice` is what the tree says without policies; `shows` tells whether the result would be
    another if a replaced field held what the tree has there.
    """
    document = tree.document
    holding = {ban.name for ban in banned(bans(tree.policies), alone, answers)}
    forbidding = [its for its in rules(tree.policies) if its.name in holding]
    for its in sorted(forbidding, key=lambda its: not _decides(its, alone)):
        yield its, _forbidding(document, its, alone)
    for its in rules(tree.policies):
        rule = its.rule
        if applies(rule.when, outcome, answers):
            match rule:
                case Limit():
                    if _takes(tree, outcome, rule.limit):
                        parameter = document.parameters[rule.limit]
                        yield its, f"{parameter.label}: {bounds(rule, parameter.unit)}."
                case Require():
                    yield its, "Adds a requirement."
                case Advise():
                    yield its, f"Adds the caveat “{rule.caveat.title}”."
                case Replace():
                    section, id, *_ = [*rule.replace.split("."), ""]
                    if (
                        _takes(tree, outcome, id)
                        if section == "parameters"
                        else shows(rule.replace)
                    ):
                        yield its, f"Rewords {rule.replace}."


def taken_out(tree: Tree) -> Iterator[tuple[str, list[NamedRule]]]:
    """Yield the outcomes that policies leave no path to, with the rules that forbid them.

    The tree without policies can recommend or name each of them.
    """
    for id in tree.outcomes(tree.without_policies.root.in_play & ~tree.root.in_play):
        yield id, _forbidders(tree, id, tree.without_policies.root, {})


def why_out(tree: Tree, outcome: str, above: Node, answer: str, answers: Mapping[str, str]) -> str:
    """Return why an outcome goes out of play here, as Markdown.

    Empty where the tree has the words. `above` is the question's node in the tree without policies,
    `answers` those up to the answer, with it.
    """
    assert isinstance(above, Ask)  # noqa: S101 - both graphs have the same questions
    below = above.next[answer]
    bit = 1 << tree.outcome_ids.index(outcome)
    if below.in_play & bit:
        return because(_forbidders(tree, outcome, below, answers))
    if answer in tree.document.outcomes[outcome].ruled_out.get(above.question, {}):
        return ""
    # The tree names it nowhere from here on: it was in play as a substitute.
    places = (
        f"{its} uses it in place of “{tree.document.outcomes[its.rule.forbid].name}”, "
        "which does not apply here."
        for its in rules(tree.policies)
        if isinstance(its.rule, Forbid) and its.rule.use == outcome
    )
    return "\n\n".join(("The tree does not offer it for these answers.", *places))


def because(rules: list[NamedRule]) -> str:
    """Return the rules and their reasons, as Markdown."""
    return "\n\n".join(f"{its}: {its.rule.because}" for its in rules)


def _forbidders(
    tree: Tree, outcome: str, node: Node, answers: Mapping[str, str]
) -> list[NamedRule]:
    """Return the rules that forbid an outcome below a node of the tree without policies."""
    recommended = set(tree.outcomes(node.chosen))
    return [
        its
        for its in rules(tree.policies)
        if isinstance(its.rule, Forbid)
        and its.rule.forbid == outcome
        and (not its.rule.when.outcomes or recommended & set(its.rule.when.outcomes))
        and all(answers.get(q, wanted[0]) in wanted for q, wanted in its.rule.when.answers.items())
    ]


def _decides(its: NamedRule, alone: model.Recommend) -> bool:
    return isinstance(its.rule, Forbid) and its.rule.forbid == alone.recommend


def _forbidding(document: model.Document, its: NamedRule, alone: model.Recommend) -> str:
    rule = its.rule
    assert isinstance(rule, Forbid)  # noqa: S101 - only such rules are bans
    name = document.outcomes[rule.forbid].name
    if _decides(its, alone):
        return f"Recommends “{document.outcomes[rule.use].name}” instead of “{name}”."
    return f"Excludes “{name}” from the alternatives."


def _takes(tree: Tree, outcome: str, parameter: str) -> bool:
    """Tell whether the outcome's kit takes the parameter; where no kit was read, it might."""
    return tree.taken is None or parameter in tree.taken.get(outcome, ())

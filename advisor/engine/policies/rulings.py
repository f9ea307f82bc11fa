"""What policies did to one result, and to what is still in play, in words for its reader."""

from collections.abc import Callable, Iterator, Mapping

from advisor.engine.policies.effective import NamedRule, allowed, bans, rules
from advisor.engine.policies.rewrite import banned
from advisor.engine.tree import model
from advisor.engine.tree.graph import Ask, Node, Tree, applies
from advisor.engine.tree.policy_model import Advise, AnyRule, Forbid, Limit, Replace, Require


def effects(
    tree: Tree,
    advice: model.Recommend,
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
    holding = {ban.name for ban in banned(bans(tree.policies), advice, answers)}
    forbidding = [named for named in rules(tree.policies) if named.name in holding]
    for named in sorted(forbidding, key=lambda named: not _decides(named, advice)):
        yield named, _forbidding(document, named, advice)
    for named in rules(tree.policies):
        if applies(named.rule.when, outcome, answers):
            effect = _effect(tree, named.rule, outcome, shows)
            if effect:
                yield named, effect


def _effect(tree: Tree, rule: AnyRule, outcome: str, shows: Callable[[str], bool]) -> str:
    """Return what a rule that applies did; empty for one that forbids, or that shows nowhere."""
    match rule:
        case Limit() if _takes(tree, outcome, rule.limit):
            parameter = tree.document.parameters[rule.limit]
            return f"{parameter.label}: {allowed(rule, parameter)}."
        case Require():
            return "Adds a requirement."
        case Advise():
            return f"Adds the caveat “{rule.caveat.title}”."
        case Replace() if _shows_replaced(tree, rule.replace, outcome, shows):
            return f"Rewords {rule.replace}."
    return ""


def _shows_replaced(tree: Tree, address: str, outcome: str, shows: Callable[[str], bool]) -> bool:
    section, id, *_ = [*address.split("."), ""]
    return _takes(tree, outcome, id) if section == "parameters" else shows(address)


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
        f"{named} uses it in place of “{tree.document.outcomes[named.rule.forbid].name}”, "
        "which does not apply here."
        for named in rules(tree.policies)
        if isinstance(named.rule, Forbid) and named.rule.use == outcome
    )
    return "\n\n".join(("The tree does not offer it for these answers.", *places))


def because(rules: list[NamedRule]) -> str:
    """Return the rules and their reasons, as Markdown."""
    return "\n\n".join(f"{named}: {named.rule.because}" for named in rules)


def _forbidders(
    tree: Tree, outcome: str, node: Node, answers: Mapping[str, str]
) -> list[NamedRule]:
    """Return the rules that forbid an outcome below a node of the tree without policies."""
    recommended = set(tree.outcomes(node.chosen))
    return [
        named
        for named in rules(tree.policies)
        if isinstance(named.rule, Forbid)
        and named.rule.forbid == outcome
        and (not named.rule.when.outcomes or recommended & set(named.rule.when.outcomes))
        and _can_hold(named.rule.when, answers)
    ]


def _can_hold(when: model.When, answers: Mapping[str, str]) -> bool:
    """Tell whether a condition on answers holds, or may hold where a question is still open."""
    wanted = when.answers.items()
    return all(answers.get(question, allowed[0]) in allowed for question, allowed in wanted)


def _decides(named: NamedRule, advice: model.Recommend) -> bool:
    return isinstance(named.rule, Forbid) and named.rule.forbid == advice.recommend


def _forbidding(document: model.Document, named: NamedRule, advice: model.Recommend) -> str:
    rule = named.rule
    assert isinstance(rule, Forbid)  # noqa: S101 - only such rules are bans
    name = document.outcomes[rule.forbid].name
    if _decides(named, advice):
        return f"Recommends “{document.outcomes[rule.use].name}” instead of “{name}”."
    return f"Excludes “{name}” from the alternatives."


def _takes(tree: Tree, outcome: str, parameter: str) -> bool:
    """Tell whether the outcome's kit takes the parameter; where no kit was read, it might."""
    return tree.taken is None or parameter in tree.taken.get(outcome, ())

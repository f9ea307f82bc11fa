"""What policies look at on the way through a tree, besides the leaf where the way ends.

A rule may hold for some answers only, and what the tree recommends without policies decides as
well. Remembered as finite state, this and the leaf decide on the words of a result.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from advisor.engine.tree.graph import Ask, Node, Tree, cited
from advisor.engine.tree.policy_model import AnyRule, Replace


class Context(NamedTuple):
    """The node without policies, and the facts on which rules depend; empty without policies."""

    without_policies: Node | None = None
    facts: frozenset[tuple[str, ...]] = frozenset()


class ContextReader:
    """Follow the context of one tree from answer to answer."""

    def __init__(self, tree: Tree) -> None:
        self.start = Context(tree.without_policies.root) if tree.policies else Context()
        self._read = frozenset(_read_by_rules(tree))

    def after(
        self, context: Context, question: str, answer: str, ruled_out: Iterable[str]
    ) -> Context:
        """Return the context after an answer, which takes outcomes out of play."""
        node = context.without_policies
        # Policies change recommendations only, so both graphs ask the same questions.
        if not isinstance(node, Ask) or answer not in node.next:
            return context
        facts = {(question,), *((question, outcome) for outcome in ruled_out)} & self._read
        noted = {(*fact, answer) for fact in facts}
        return Context(node.next[answer], context.facts | noted)


def _read_by_rules(tree: Tree) -> Iterator[tuple[str, ...]]:
    """Yield the questions whose answers decide on which rules a result shows.

    With an outcome, that answer decides which rules the outcome out.
    """
    caveats = tree.document.caveats
    for rule in all_rules(tree):
        yield from zip(rule.when.answers)
        match rule.replace.split(".") if isinstance(rule, Replace) else ():
            case "questions", question, *_:
                yield (question,)
            case "outcomes", outcome, "ruled-out", question, *_:
                yield question, outcome
            case "caveats" | "sources" as section, replaced, *_:
                for id, caveat in caveats.items():
                    sources = {cited(citation)[0] for citation in caveat.sources}
                    if replaced in (sources if section == "sources" else {id}):
                        yield from zip(caveat.when.answers)


def all_rules(tree: Tree) -> Iterator[AnyRule]:
    """Yield every rule of the policies in force."""
    for policy in tree.policies.values():
        yield from policy.rules.values()

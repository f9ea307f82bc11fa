"""From the root to where the answers lead, in a tree and in the one without its policies."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from advisor.engine.policies.rulings import because, taken_out, why_out
from advisor.engine.tree.graph import Ask, Node, Tree


@dataclass(frozen=True, slots=True)
class Elimination:
    """An outcome, and the answer that took it out of play, if one did.

    `because` is empty where the tree has the words, `policies` where an answer did it.
    """

    outcome: str
    question: str
    answer: str
    because: str = ""
    policies: str = ""


@dataclass(frozen=True, slots=True)
class Walk:
    """The answers on the way to a node, and what they took out of play.

    `end_without_policies` is where they end in the tree without policies. `assumed` says for each
    answer that nobody knew why the tree assumes it.
    """

    answers: dict[str, str]
    eliminations: tuple[Elimination, ...]
    end: Node
    end_without_policies: Node
    assumed: Mapping[str, str] = field(default_factory=dict)


def follow(tree: Tree, answers: Mapping[str, str]) -> Walk:
    """Follow the answers as far as they lead."""
    node, twin = tree.root, tree.without_policies.root
    taken: dict[str, str] = {}
    eliminations = [
        Elimination(
            id, "", "", because(by), ", ".join(dict.fromkeys(named.policy.title for named in by))
        )
        for id, by in taken_out(tree)
    ]
    # Policies change recommendations only, so both graphs ask the same.
    while isinstance(node, Ask) and isinstance(twin, Ask) and node.question in answers:
        question, answer = node.question, answers[node.question]
        taken[question] = answer
        for id in tree.outcomes(node.in_play & ~node.next[answer].in_play):
            words = why_out(tree, id, twin, answer, taken) if tree.policies else ""
            eliminations.append(Elimination(id, question, answer, words))
        node, twin = node.next[answer], twin.next[answer]
    return Walk(taken, tuple(eliminations), node, twin)

"""Build the parts that several pages share."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from django.template.defaultfilters import date as format_date

from advisor.catalogue import LoadedTree
from advisor.engine.tree import model
from advisor.engine.tree.graph import Tree
from advisor.engine.walking import evaluate as engine
from advisor.web.addresses import Query, address
from advisor.web.markup import markdown
from advisor.web.pages import Link
from advisor.wizard import parts

# The label of the answer of somebody who does not know.
NOT_SURE = "Not sure"
# A function that returns the address of a view for these answers, or an empty text.
AddressOf = Callable[[str, Mapping[str, str]], str]


def no_address(view: str, answers: Mapping[str, str]) -> str:  # noqa: ARG001 - an AddressOf
    """Return an empty address, for pages whose parts are not links."""
    return ""


def policies(tree: Tree) -> tuple[parts.PolicyPart, ...]:
    """Build the policies of a tree, in its order."""
    return tuple(
        parts.PolicyPart(
            policy.title, policy.owner, markdown(policy.reason), day(policy.review_by.isoformat())
        )
        for policy in tree.policies.values()
    )


def day(iso: str) -> str:
    """Return an ISO date in words: "2026-03-01" becomes "1 March 2026"."""
    return format_date(date.fromisoformat(iso), "j F Y")


def tree_link(loaded: LoadedTree) -> Link:
    """Build the link to the start page of a tree, with its title."""
    return Link(loaded.tree.document.title, address("tree", loaded.slug, {}))


def vocabulary(words: model.Vocabulary) -> parts.VocabularyPart:
    """Build the words that a tree uses for its outcomes and corrections."""
    return parts.VocabularyPart(words.outcome, words.outcomes, words.corrections)


def change_address(query: Query, answers: Mapping[str, str], question: str) -> str:
    """Return the address that asks `question` again and keeps the other answers.

    The page drops answers that no longer apply.
    """
    return query.address("ask", {id: value for id, value in answers.items() if id != question})


def steps(
    query: Query, trail: Iterable[engine.Answered], answers: Mapping[str, str]
) -> tuple[parts.StepPart, ...]:
    """Build the steps of a trail, each with the link that asks its question again."""
    return tuple(
        step(answered, change_address(query, answers, answered.question)) for answered in trail
    )


def position(asking: engine.Asking) -> str:
    """Return "Question 2 of 4", or "Question 2 of up to 4" where paths differ in length."""
    before = len(asking.trail)
    exact = asking.node.shortest == asking.node.longest
    return f"Question {before + 1} of {'' if exact else 'up to '}{before + asking.node.longest}"


def step(answered: engine.Answered, change: str) -> parts.StepPart:
    """Build one step of a trail. `change` is the address that asks it again, or empty."""
    return parts.StepPart(
        answered.ask, answered.short, answered.label, markdown(answered.because), change,
        bool(answered.assumed),
    )  # fmt: skip


def outcome(option: engine.Option, href: str = "") -> parts.OutcomePart:
    """Build an outcome with its verdict and the address of its page, if it has one."""
    return parts.OutcomePart(option.name, option.verdict, href)


def ruled_out(outcome: engine.RuledOut) -> parts.RuledOutPart:
    """Build an outcome that is ruled out, with the question and answer that did it."""
    return parts.RuledOutPart(outcome.name, outcome.short, outcome.label, markdown(outcome.because))


def citations(cited: Iterable[engine.ResultCitation]) -> tuple[parts.CitationPart, ...]:
    """Build one citation for each source, with all places that are cited in it."""
    places: dict[str, list[engine.ResultCitation]] = {}
    for citation in cited:
        places.setdefault(citation.source, []).append(citation)
    return tuple(
        parts.CitationPart(
            first.short,
            ", ".join(citation.place for citation in same if citation.place),
            first.url,
            "",
        )
        for same in places.values()
        for first in same[:1]
    )

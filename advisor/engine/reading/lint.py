"""What only the whole tree shows: cases that fail, reasons that are missing, what nothing uses."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from advisor.engine.problems import Place, Problem, quoted
from advisor.engine.reading.yaml_nodes import Path
from advisor.engine.tree import model
from advisor.engine.tree.graph import Ask, Leaf, Node, Tree, cited


@dataclass(frozen=True, slots=True)
class UnplacedProblem:
    """A problem whose place is still a path into the document.

    `at_key` marks the key of the last part instead of its value, `within` a part of that text.
    """

    id: str
    path: Path
    actual: str
    expected: str
    suggestion: str = ""
    at_key: bool = False
    within: str = ""

    def placed(self, place: Place) -> Problem:
        """Return the problem with its place."""
        return Problem(self.id, place, self.actual, self.expected, self.suggestion)


# Stands where the schema refused a case, so that those after it keep their index.
NO_CASE = model.Case.model_construct(answers={}, expect="")


def check_whole(tree: Tree) -> Iterator[UnplacedProblem]:
    """Yield what is wrong with reasons and what is unused.

    Only for a tree without gaps, for a gap makes both look wrong.
    """
    nodes = tuple(tree.nodes())
    yield from _reasons(tree, nodes)
    yield from _unused(tree, nodes)


def listed_twice(data: Mapping[str, object]) -> Iterator[UnplacedProblem]:
    """Yield every item of a list that stands in it before.

    `data` is a document as dicts and lists.
    """
    for path, item in _repeated(data):
        actual = f"{quoted(item)} again" if isinstance(item, str) else "the same item again"
        yield UnplacedProblem("listed-twice", path, actual, "each item once")


def _repeated(data: Any) -> list[tuple[Path, object]]:
    """Return repeated items with their paths."""
    repeated: list[tuple[Path, object]] = []
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        if value and type(value) is not str:
            repeated += [((key, *path), item) for path, item in _repeated(value)]
    if isinstance(data, list) and len(data) > 1:
        seen = set()
        for index, item in enumerate(data):
            # Answers in another order are the same case.
            same = item if isinstance(item, str) else repr(_sorted(item))
            if same in seen:
                repeated.append(((index,), item))
            seen.add(same)
    return repeated


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return sorted((key, _sorted(inner)) for key, inner in value.items())
    return [_sorted(inner) for inner in value] if isinstance(value, list) else value


def check_cases(tree: Tree, cases: Iterable[model.Case]) -> Iterator[UnplacedProblem]:
    """Yield every case whose answers lead to another outcome than it expects, or to none."""
    questions = tree.document.questions
    # An outcome that is not there is reported where it is named.
    outcomes = set(tree.document.outcomes)
    for index, case in enumerate(cases):
        path = ("cases", index)
        if case is NO_CASE or any(
            question not in questions or answer not in questions[question].answers
            for question, answer in case.answers.items()
        ):
            continue
        node: Node | None = tree.root
        used = set()
        while isinstance(node, Ask) and node.question in case.answers:
            used.add(node.question)
            node = node.next.get(case.answers[node.question])
        if isinstance(node, Ask):
            actual = f"no answer to {quoted(node.question)}"
            yield UnplacedProblem(
                "case-incomplete", (*path, "answers"), actual, "answers up to an outcome",
                at_key=True,
            )  # fmt: skip
        elif node is not None and {case.expect, node.advice.recommend} <= outcomes:
            yield from _case_outcome(node, case, path, used)


def _case_outcome(
    leaf: Leaf, case: model.Case, path: tuple[str, int], used: set[str]
) -> Iterator[UnplacedProblem]:
    if leaf.advice.recommend != case.expect:
        actual = f"{quoted(case.expect)}, but the tree recommends {quoted(leaf.advice.recommend)}"
        expected = "the case and the tree to agree"
        yield UnplacedProblem("case-fails", (*path, "expect"), actual, expected)
    for question in case.answers:
        if question not in used:
            actual = f"an answer to {quoted(question)}, which is not asked on this path"
            where = (*path, "answers", question)
            yield UnplacedProblem(
                "case-extra", where, actual, "the questions of the path", at_key=True
            )


def _eliminations(nodes: Iterable[Node]) -> dict[tuple[str, str], int]:
    """Return the outcomes that each answer takes out of play somewhere, by question and answer."""
    out: dict[tuple[str, str], int] = {}
    for node in nodes:
        if isinstance(node, Ask):
            for answer, child in node.next.items():
                gone = node.in_play & ~child.in_play
                if gone:
                    out[node.question, answer] = out.get((node.question, answer), 0) | gone
    return out


def _reasons(tree: Tree, nodes: Iterable[Node]) -> Iterator[UnplacedProblem]:
    """Yield eliminations without a reason, and reasons without an elimination."""
    needed = {
        (outcome, *pair) for pair, mask in _eliminations(nodes).items()
        for outcome in tree.outcomes(mask)
    }  # fmt: skip
    written = {
        (outcome, question, answer)
        for outcome, definition in tree.document.outcomes.items()
        for question, answers in definition.ruled_out.items()
        for answer in answers
    }
    for outcome, question, answer in sorted(needed - written):
        yield UnplacedProblem(
            "missing-reason", ("outcomes", outcome, "ruled-out", question),
            f"no reason why {quoted(question)} {quoted(answer)} rules {quoted(outcome)} out",
            "one under `ruled-out`",
            f"add:\nruled-out:\n  {question}:\n    {answer}: Why it is ruled out.",
            at_key=True,
        )  # fmt: skip
    # An outcome that is never in play is reported as unused; its reasons are not the point.
    in_play = set(tree.outcomes(tree.root.in_play))
    for outcome, question, answer in sorted(written - needed):
        if outcome in in_play:
            actual = f"a reason for {quoted(question)} {quoted(answer)}, which never rules it out"
            path = ("outcomes", outcome, "ruled-out", question, answer)
            yield UnplacedProblem(
                "unused-reason", path, actual, "reasons that are shown", at_key=True
            )


def _unused(tree: Tree, nodes: Iterable[Node]) -> Iterator[UnplacedProblem]:
    """Yield whatever is defined and never shown."""
    document = tree.document
    placed = {node.question for node in nodes if isinstance(node, Ask)}
    steps = [
        step for root in (document.decide, *document.branches.values()) for step in steps_in(root)
    ]
    used = {
        "questions": placed,
        "outcomes": set(tree.outcomes(tree.root.in_play)),
        "branches": {step.branch for step in steps if isinstance(step, model.Jump)},
        "caveats": fulfillable(tree, {id: caveat.when for id, caveat in document.caveats.items()}),
        "sources": {cited(citation)[0] for citation in _citations(document, steps)},
    }
    for section, ids in used.items():
        kind = "branch" if section == "branches" else section[:-1]
        for id in getattr(document, section):
            if id not in ids:
                fact, cure = _UNUSED[section]
                actual = f"the {kind} {quoted(id)}, which {fact}"
                expected = f"it to be {cure}, or removed"
                yield UnplacedProblem(
                    f"unused-{kind}", (section, id), actual, expected, at_key=True
                )


_UNUSED = {
    "questions": ("no path asks", "placed in the tree"),
    "outcomes": ("no recommendation names", "recommended or named as an alternative"),
    "branches": ("nothing jumps to", "used"),
    "caveats": ("no result shows", "given a condition that some path fulfils"),
    "sources": ("nothing cites", "cited"),
}


def fulfillable(tree: Tree, conditions: Mapping[str, model.When]) -> set[str]:
    """Return the names of the conditions that some path fulfils.

    They are found in one pass from the leaves up. Each condition has a bit for every number of its
    questions, from none to all. Set at a node, it says that some path from there gives an answer
    that is wanted to just so many of them, another to none, and ends in an outcome that is wanted.
    A path asks each question once, so as many as there are is all.
    """
    complete: dict[str, int] = {}
    # The bits that are set at a leaf, for every outcome and for one; those that depend on a
    # question, and those of them that its answer takes one further.
    anywhere, at_leaf = 0, Counter[str]()
    depending, fulfilled = Counter[str](), Counter[tuple[str, str]]()
    first = 1
    for name, when in conditions.items():
        complete[name] = first << len(when.answers)
        following = complete[name] << 1
        if not when.outcomes:
            anywhere |= first
        for outcome in when.outcomes:
            at_leaf[outcome] |= first
        for question, answers in when.answers.items():
            depending[question] |= following - first
            for answer in answers:
                fulfilled[question, answer] |= following - first
        first = following
    reached: dict[Node, int] = {}
    for node in sorted(tree.nodes(), key=attrgetter("longest")):
        if isinstance(node, Leaf):
            reached[node] = anywhere | at_leaf[node.advice.recommend]
            continue
        bits = 0
        for answer, child in node.next.items():
            below = reached[child]
            further = below & fulfilled[node.question, answer]
            bits |= below & ~depending[node.question] | further << 1
        reached[node] = bits
    return {name for name, bit in complete.items() if reached[tree.root] & bit}


def _citations(document: model.Document, steps: Iterable[model.Step]) -> Iterator[str]:
    sections = (
        document.not_for, document.questions, document.outcomes, document.caveats,
        document.libraries,
    )  # fmt: skip
    for section in sections:
        for item in section.values():
            yield from item.sources
    for parameter in document.parameters.values():
        for caution in parameter.cautions:
            yield from caution.sources
    for step in steps:
        if isinstance(step, model.Recommend):
            yield from step.sources


def steps_in(step: model.Step) -> Iterator[model.Step]:
    """Yield the step and all that are written below it."""
    waiting = [step]
    while waiting:
        step = waiting.pop()
        yield step
        if isinstance(step, model.Placed):
            for places in step.root.values():
                waiting += places.values()

"""What only the whole tree shows: cases that fail, reasons that are missing, what nothing uses."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from advisor.engine import model
from advisor.engine.graph import Ask, Leaf, Node, Tree, cited
from advisor.engine.problems import quoted
from advisor.engine.source import Path


@dataclass(frozen=True, slots=True)
class Complaint:
    """A problem whose place is still a path into the document.

    `at_key` marks the key of the last part instead of its value, `within` a part of that text.
    """

    id: str
    path: Path
    found: str
    expected: str
    suggestion: str = ""
    at_key: bool = False
    within: str = ""


# Stands where the schema refused a case, so that those after it keep their index.
NO_CASE = model.Case.model_construct(answers={}, expect="")


def check_whole(tree: Tree) -> Iterator[Complaint]:
    """Reasons and uses; only for a tree without gaps, for a gap makes both look wrong."""
    yield from _reasons(tree)
    yield from _unused(tree)


def check_cases(tree: Tree, cases: Iterable[model.Case]) -> Iterator[Complaint]:
    """Every case whose answers lead to another outcome than it expects, or to none."""
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
            found = f"no answer to {quoted(node.question)}"
            yield Complaint(
                "case-incomplete", (*path, "answers"), found, "answers up to an outcome",
                at_key=True,
            )  # fmt: skip
        elif node is not None and {case.expect, node.advice.recommend} <= outcomes:
            yield from _case_outcome(node, case, path, used)


def _case_outcome(
    leaf: Leaf, case: model.Case, path: tuple[str, int], used: set[str]
) -> Iterator[Complaint]:
    if leaf.advice.recommend != case.expect:
        found = f"{quoted(case.expect)}, but the tree recommends {quoted(leaf.advice.recommend)}"
        expected = "the case and the tree to agree"
        yield Complaint("case-fails", (*path, "expect"), found, expected)
    for question in case.answers:
        if question not in used:
            found = f"an answer to {quoted(question)}, which is not asked on this path"
            where = (*path, "answers", question)
            yield Complaint("case-extra", where, found, "the questions of the path", at_key=True)


def eliminations(tree: Tree) -> dict[tuple[str, str], int]:
    """For every question and answer, the outcomes that it takes out of play somewhere."""
    out: dict[tuple[str, str], int] = {}
    for node in tree.nodes():
        if isinstance(node, Ask):
            for answer, child in node.next.items():
                gone = node.in_play & ~child.in_play
                if gone:
                    out[node.question, answer] = out.get((node.question, answer), 0) | gone
    return out


def _reasons(tree: Tree) -> Iterator[Complaint]:
    """A reason for every elimination that can happen, and for none that cannot."""
    needed = {
        (outcome, *pair) for pair, mask in eliminations(tree).items()
        for outcome in tree.outcomes(mask)
    }  # fmt: skip
    written = {
        (outcome, question, answer)
        for outcome, its in tree.document.outcomes.items()
        for question, answers in its.ruled_out.items()
        for answer in answers
    }
    for outcome, question, answer in sorted(needed - written):
        yield Complaint(
            "missing-reason", ("outcomes", outcome),
            f"no reason why {quoted(question)} {quoted(answer)} rules {quoted(outcome)} out",
            "one under `ruled-out`",
            f"add:\nruled-out:\n  {question}:\n    {answer}: Why it is out of play.",
            at_key=True,
        )  # fmt: skip
    # An outcome that is never in play is reported as unused; its reasons are not the point.
    in_play = set(tree.outcomes(tree.root.in_play))
    for outcome, question, answer in sorted(written - needed):
        if outcome in in_play:
            found = f"a reason for {quoted(question)} {quoted(answer)}, which never rules it out"
            path = ("outcomes", outcome, "ruled-out", question, answer)
            yield Complaint("unused-reason", path, found, "reasons that are shown", at_key=True)


def _unused(tree: Tree) -> Iterator[Complaint]:
    """Whatever is defined and never shown."""
    document = tree.document
    placed = {node.question for node in tree.nodes() if isinstance(node, Ask)}
    jumped = {
        branch for step in (document.decide, *document.branches.values()) for branch in jumps(step)
    }
    firing = (id for id, caveat in document.caveats.items() if can_apply(tree, caveat.when))
    used = {
        "questions": placed,
        "outcomes": set(tree.outcomes(tree.root.in_play)),
        "branches": jumped,
        "caveats": set(firing),
        "sources": {cited(citation)[0] for citation in _citations(document)},
    }
    for section, ids in used.items():
        kind = "branch" if section == "branches" else section[:-1]
        for id in getattr(document, section):
            if id not in ids:
                fact, cure = _UNUSED[section]
                found = f"the {kind} {quoted(id)}, which {fact}"
                expected = f"it to be {cure}, or removed"
                yield Complaint(f"unused-{kind}", (section, id), found, expected, at_key=True)


_UNUSED = {
    "questions": ("no path asks", "placed in the tree"),
    "outcomes": ("no recommendation names", "recommended or named as an alternative"),
    "branches": ("nothing jumps to", "used"),
    "caveats": ("no result shows", "given a condition that some path fulfils"),
    "sources": ("nothing cites", "cited"),
}


def can_apply(tree: Tree, when: model.When) -> bool:
    """Whether some path fulfils the condition."""
    outcomes = set(when.outcomes)
    if not when.answers:
        return not outcomes or bool(outcomes & set(tree.outcomes(tree.root.chosen)))
    # A path asks each question once, so the number of those met says that all were met.
    seen: set[tuple[int, int]] = set()
    waiting: list[tuple[Node, int]] = [(tree.root, 0)]
    while waiting:
        node, met = waiting.pop()
        if isinstance(node, Leaf):
            fits = not outcomes or node.advice.recommend in outcomes
            if fits and met == len(when.answers):
                return True
            continue
        wanted = when.answers.get(node.question)
        for answer, child in node.next.items():
            if wanted is None or answer in wanted:
                state = (child, met if wanted is None else met + 1)
                if (key := (id(child), state[1])) not in seen:
                    seen.add(key)
                    waiting.append(state)
    return False


def _citations(document: model.Document) -> Iterator[str]:
    sections = (document.questions, document.outcomes, document.caveats, document.libraries)
    for section in sections:
        for item in section.values():
            yield from item.sources
    for parameter in document.parameters.values():
        for caution in parameter.cautions:
            yield from caution.sources
    for step in (document.decide, *document.branches.values()):
        yield from _step_citations(step)


def _step_citations(step: model.Step) -> Iterator[str]:
    if isinstance(step, model.Recommend):
        yield from step.sources
    elif isinstance(step, model.Placed):
        for places in step.root.values():
            for below in places.values():
                yield from _step_citations(below)


def jumps(step: model.Step) -> Iterator[str]:
    """The branches that a step jumps to."""
    if isinstance(step, model.Jump):
        yield step.branch
    elif isinstance(step, model.Placed):
        for places in step.root.values():
            for below in places.values():
                yield from jumps(below)

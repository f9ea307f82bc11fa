"""Draw a tree as nested branches with links, bounded in size, and mark the place of the page."""

from collections.abc import Callable, Mapping
from typing import Literal
from urllib.parse import urlencode

from advisor.catalogue import LoadedTree
from advisor.engine.tree.graph import Ask, Leaf, Node, Tree
from advisor.web.addresses import address
from advisor.wizard.parts import BranchPart, BranchState

# More leaves make no readable picture. Beyond this, a branch is one line with a link.
MAX_LEAVES = 120
# Nor do longer paths, and the template recurses once for each question.
MAX_DEPTH = 24


def picture(
    loaded: LoadedTree,
    trail: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
) -> BranchPart:
    """Return the tree from its root, with a link at each node.

    `trail` are the answers that lead to the node of the page, which is marked as current; without a
    trail no node is. Every link carries `values`.
    """
    ask, result = (address(view, loaded.slug, {}) for view in ("ask", "result"))

    def href(node: Node, answers: Mapping[str, str]) -> str:
        path = result if isinstance(node, Leaf) else ask
        state = {**answers, **(values or {})}
        return f"{path}?{urlencode(state)}" if state else path

    return _picture(_Drawing(loaded.tree, trail or {}, href), trail)


def picture_of_draft(tree: Tree, trail: Mapping[str, str]) -> BranchPart:
    """Return the tree of a draft, where each node is a button of the form around it."""
    return _picture(
        _Drawing(tree, trail, lambda _node, answers: urlencode(answers), draft=True), trail
    )


class _Drawing:
    """A tree to draw, and the answers of the page.

    `lead` returns what leads to a node: its address, or in a `draft` the value of its button.
    """

    def __init__(
        self,
        tree: Tree,
        trail: Mapping[str, str],
        lead: Callable[[Node, Mapping[str, str]], str],
        *,
        draft: bool = False,
    ) -> None:
        self.tree = tree
        self.document = tree.document
        self.trail = trail
        self.lead = lead
        self.draft = draft

    def branch(
        self,
        kind: Literal["question", "outcome", "more"],
        labels: tuple[str, ...],
        text: str,
        lead: str,
        state: BranchState,
        children: tuple[BranchPart, ...] = (),
    ) -> BranchPart:
        href, walk = ("", lead) if self.draft else (lead, None)
        return BranchPart(kind, labels, text, href, state, children, walk)


def _picture(drawing: _Drawing, trail: Mapping[str, str] | None) -> BranchPart:
    state: BranchState = "open" if trail is None else "current" if not trail else "passed"
    return _draw(drawing, drawing.tree.root, (), {}, state, MAX_LEAVES)


def _draw(
    drawing: _Drawing,
    node: Node,
    labels: tuple[str, ...],
    answers: dict[str, str],
    state: BranchState,
    room: int,
) -> BranchPart:
    """Return one node and the nodes below it, with at most about `room` leaves."""
    lead = drawing.lead(node, answers)
    if isinstance(node, Leaf):
        name = drawing.document.outcomes[node.advice.recommend].name
        return drawing.branch("outcome", labels, name, lead, state)
    too_wide = node.leaves > room and state in ("open", "closed")
    if too_wide or len(answers) >= MAX_DEPTH:
        return drawing.branch("more", labels, f"{node.leaves} more paths", lead, state)
    question = drawing.document.questions[node.question]
    branches = node.branches()
    children = []
    for group, child in branches:
        taken = drawing.trail.get(node.question) if state == "passed" else None
        # Where several answers lead to one node, the link keeps the answer that was given.
        answer = taken if taken in group else group[0]
        below = {**answers, node.question: answer}
        children.append(
            _draw(
                drawing,
                child,
                tuple(question.answers[id].label for id in group),
                below,
                _state(drawing, state, child, below, taken=taken in group),
                room if taken in group else max(1, room // len(branches)),
            )
        )
    return drawing.branch("question", labels, question.short, lead, state, tuple(children))


def _state(
    drawing: _Drawing, above: BranchState, child: Node, below: Mapping[str, str], *, taken: bool
) -> BranchState:
    match above:
        case "passed" if not taken:
            return "closed"
        case "passed":
            is_end_of_trail = isinstance(child, Leaf) or (
                isinstance(child, Ask) and child.question not in drawing.trail
            )
            return "current" if is_end_of_trail and len(below) == len(drawing.trail) else "passed"
        case "current":
            return "open"
        case _:
            return above

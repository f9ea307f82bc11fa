"""The tree as a picture: nested branches with links, bounded, and where one stands in it."""

from collections.abc import Mapping
from urllib.parse import urlencode

from advisor.catalogue import Served
from advisor.engine.graph import Ask, Leaf, Node
from advisor.pages import Branch, State
from advisor.query import address

# A picture of more leaves than this says nothing; what lies further is one line with a link.
MAX_LEAVES = 120


def picture(
    served: Served,
    trail: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
) -> Branch:
    """The tree drawn from its root. `trail` are the answers up to the page's own node, which is
    current; without a trail no node is. `values` are carried by every link."""
    state: State = "open" if trail is None else "current" if not trail else "passed"
    return _draw(
        _Drawing(served, trail or {}, values or {}), served.tree.root, (), {}, state, MAX_LEAVES
    )


class _Drawing:
    def __init__(self, served: Served, trail: Mapping[str, str], values: Mapping[str, str]) -> None:
        self.served = served
        self.document = served.tree.document
        self.trail = trail
        self.values = values
        self.ask = address("ask", served.slug, {})
        self.result = address("result", served.slug, {})

    def href(self, node: Node, answers: Mapping[str, str]) -> str:
        path = self.result if isinstance(node, Leaf) else self.ask
        state = {**answers, **self.values}
        return f"{path}?{urlencode(state)}" if state else path


def _draw(
    drawing: _Drawing,
    node: Node,
    labels: tuple[str, ...],
    answers: dict[str, str],
    state: State,
    room: int,
) -> Branch:
    """One node and what follows it. `room` is how many leaves may be drawn from here."""
    href = drawing.href(node, answers)
    if isinstance(node, Leaf):
        name = drawing.document.outcomes[node.advice.recommend].name
        return Branch("outcome", labels, name, href, state, ())
    if node.leaves > room and state in ("open", "closed"):
        return Branch("more", labels, f"{node.leaves} ways on", href, state, ())
    question = drawing.document.questions[node.question]
    branches = node.branches()
    children = []
    for group, child in branches:
        taken = drawing.trail.get(node.question) if state == "passed" else None
        # Where several answers lead to one place, a link takes the one that was given.
        answer = taken if taken in group else group[0]
        below = {**answers, node.question: answer}
        children.append(
            _draw(
                drawing,
                child,
                tuple(question.answers[id].label for id in group),
                below,
                _state(drawing, state, child, taken in group, below),
                room if taken in group else max(1, room // len(branches)),
            )
        )
    return Branch("question", labels, question.short, href, state, tuple(children))


def _state(
    drawing: _Drawing, above: State, child: Node, taken: bool, below: Mapping[str, str]
) -> State:
    match above:
        case "passed" if not taken:
            return "closed"
        case "passed":
            here = isinstance(child, Leaf) or (
                isinstance(child, Ask) and child.question not in drawing.trail
            )
            return "current" if here and len(below) == len(drawing.trail) else "passed"
        case "current":
            return "open"
        case _:
            return above

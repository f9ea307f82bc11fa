"""A tree as a diagram that other programs lay out: Mermaid and DOT.

A node that several answers lead to is drawn once, and answers with one continuation share an edge.
Whatever a label holds is text in the diagram, never a part of its language.
"""

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from advisor.engine.problems import printable
from advisor.engine.tree.graph import Ask, Leaf, Node, Tree
from advisor.engine.walking.evaluate import Result

MAX_NODES = 300
# Beyond these, GitHub and Mermaid's own defaults show an error instead of a diagram.
MERMAID_EDGES = 500
MERMAID_CHARACTERS = 50_000
_LABEL = 60


@dataclass(frozen=True, slots=True)
class DiagramNode:
    """A node of a diagram. `more` says that what follows it is left out."""

    label: str
    leaf: bool
    taken: bool = False
    more: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """From one node to another, by their index, with the labels of the answers that lead there."""

    start: int
    end: int
    labels: tuple[str, ...]
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Diagram:
    """A graph to be laid out; `left_out` counts the nodes of the tree that are not in it."""

    title: str
    nodes: tuple[DiagramNode, ...]
    edges: tuple[Edge, ...]
    left_out: int = 0


def diagram_of(
    tree: Tree, answers: Mapping[str, str] | None = None, limit: int = MAX_NODES
) -> Diagram:
    """Return the tree with at most `limit` nodes, those nearest to the root.

    The path of the answers is marked, and drawn even where it goes further.
    """
    return _DiagramBuilder(tree, answers or {}, limit).diagram()


def trail_diagram(result: Result) -> Diagram:
    """Return the path of a result alone: its questions, the answers given, and the outcome."""
    asked = [DiagramNode(step.short, leaf=False) for step in result.trail]
    edges = (Edge(number, number + 1, (step.label,)) for number, step in enumerate(result.trail))
    return Diagram(result.tree, (*asked, DiagramNode(result.name, leaf=True)), tuple(edges))


def as_mermaid(tree: Tree, answers: Mapping[str, str] | None = None, limit: int = MAX_NODES) -> str:
    """Return the tree as a Mermaid flowchart, small enough to be shown by GitHub."""
    while True:
        diagram = diagram_of(tree, answers, limit)
        text = _mermaid(diagram, "LR")
        if limit <= 1 or (len(diagram.edges) <= MERMAID_EDGES and len(text) <= MERMAID_CHARACTERS):
            return text
        limit //= 2


def trail_as_mermaid(result: Result, width: float = inf) -> str:
    """Return the path of a result as a Mermaid flowchart, in lines of at most `width`."""
    return _mermaid(trail_diagram(result), "TD", width)


def as_dot(tree: Tree, answers: Mapping[str, str] | None = None, limit: int = MAX_NODES) -> str:
    """Return the tree in the language of Graphviz."""
    return _dot(diagram_of(tree, answers, limit))


class _DiagramBuilder:
    def __init__(self, tree: Tree, answers: Mapping[str, str], limit: int) -> None:
        self.tree = tree
        self.limit = limit
        # The questions on the way of the answers, each with the answer that is taken.
        self.taken: dict[int, str] = {}
        self.way: list[Node] = [tree.root]
        while isinstance(node := self.way[-1], Ask) and answers.get(node.question) in node.next:
            self.taken[id(node)] = answers[node.question]
            self.way.append(node.next[answers[node.question]])

    def diagram(self) -> Diagram:
        """Return what is drawn of the tree."""
        opened = self.opened()
        nodes = list(self.reached(opened))
        index = {id(node): at for at, node in enumerate(nodes)}
        # Without answers nothing is marked, not even the root.
        on_way = set(map(id, self.way)) if self.taken else set()
        drawn = tuple(
            DiagramNode(
                self.label(node),
                leaf=isinstance(node, Leaf),
                taken=id(node) in on_way,
                more=isinstance(node, Ask) and id(node) not in opened,
            )
            for node in nodes
        )
        edges = tuple(
            Edge(
                index[id(node)], index[id(child)], self.labels(node, group), self.takes(node, group)
            )
            for node in nodes
            if isinstance(node, Ask) and id(node) in opened
            for group, child in node.branches()
        )
        left_out = sum(1 for _ in self.tree.nodes()) - len(nodes)
        return Diagram(self.tree.document.title, drawn, edges, left_out)

    def opened(self) -> set[int]:
        """Return the questions drawn with what follows: those on the path, and the nearest."""
        opened: set[int] = set()
        seen = {id(self.tree.root)}
        waiting: deque[Node] = deque([self.tree.root])
        while waiting:
            node = waiting.popleft()
            if isinstance(node, Leaf):
                continue
            new = {id(child): child for child in node.next.values() if id(child) not in seen}
            if id(node) in self.taken or len(seen) + len(new) <= self.limit:
                opened.add(id(node))
                seen |= new.keys()
                waiting += new.values()
        return opened

    def reached(self, opened: set[int]) -> Iterator[Node]:
        """Yield the nodes of the diagram, nearest first."""
        seen = {id(self.tree.root)}
        waiting: deque[Node] = deque([self.tree.root])
        while waiting:
            node = waiting.popleft()
            yield node
            if isinstance(node, Ask) and id(node) in opened:
                for child in node.next.values():
                    if id(child) not in seen:
                        seen.add(id(child))
                        waiting.append(child)

    def label(self, node: Node) -> str:
        """Return the outcome's name, or the short form of the question."""
        document = self.tree.document
        if isinstance(node, Leaf):
            return document.outcomes[node.advice.recommend].name
        return document.questions[node.question].short

    def labels(self, node: Ask, group: Sequence[str]) -> tuple[str, ...]:
        """Return the labels of answers to the node's question."""
        answers = self.tree.document.questions[node.question].answers
        return tuple(answers[answer].label for answer in group)

    def takes(self, node: Ask, group: Sequence[str]) -> bool:
        """Tell whether the path of the answers goes on by one of the group."""
        return self.taken.get(id(node)) in group


# Mermaid


def _mermaid(diagram: Diagram, direction: str, width: float = inf) -> str:
    lines = [f"flowchart {direction}"]
    if diagram.left_out:
        lines.append(f"  %% {_left_out(diagram)}")
    for number, node in enumerate(diagram.nodes):
        opening, closing = ("([", "])") if node.leaf else ("[", "]")
        lines.append(_fitting(f'  n{number}{opening}"', (_named(node),), f'"{closing}', width))
    for edge in diagram.edges:
        start, end = f'  n{edge.start} -->|"', f'"| n{edge.end}'
        lines.append(_fitting(start, _cut(edge.labels), end, width))
    for word, style, chosen in (
        ("more", "stroke-dasharray:4", [node.more for node in diagram.nodes]),
        ("taken", "stroke-width:4px", [node.taken for node in diagram.nodes]),
    ):
        if any(chosen):
            ids = ",".join(f"n{number}" for number, is_chosen in enumerate(chosen) if is_chosen)
            lines += [f"  classDef {word} {style}", f"  class {ids} {word}"]
    if taken := [str(number) for number, edge in enumerate(diagram.edges) if edge.taken]:
        lines.append(f"  linkStyle {','.join(taken)} stroke-width:4px")
    return "\n".join(lines) + "\n"


def _fitting(start: str, labels: Sequence[str], end: str, width: float) -> str:
    """Return a line with these labels, cut until it fits the width.

    What is written by its number takes more than a character.
    """
    for length in range(_LABEL + 2, 1, -1):
        line = f"{start}{' / '.join(_in_mermaid(_short(label, length)) for label in labels)}{end}"
        if len(line) <= width:
            break
    return line


def _in_mermaid(label: str) -> str:
    """Return the label as it stands between quotes.

    Whatever is neither a letter, a digit nor harmless is written by its number, for Mermaid reads
    Markdown, HTML, icons and directives in labels. It keeps its own entities behind the ligature
    fl, which is therefore written as two letters.
    """
    return re.sub(r"-(?!\w)|[^\w ,?!'-]|_", _numbered, label.replace("ﬂ", "fl"))


def _numbered(match: re.Match[str]) -> str:
    return f"#{ord(match.group())};"


# DOT


def _dot(diagram: Diagram) -> str:
    lines = ["digraph {"]
    if diagram.left_out:
        lines.append(f"  // {_left_out(diagram)}")
    title = _in_dot(_short(diagram.title, 2 * _LABEL))
    lines += [
        f'  graph [label="{title}", labelloc=t, rankdir=LR, fontname="sans-serif"]',
        '  node [shape=box, fontname="sans-serif"]',
        '  edge [fontname="sans-serif"]',
    ]
    for number, node in enumerate(diagram.nodes):
        styles = ["rounded"] * node.leaf + ["bold"] * node.taken + ["dashed"] * node.more
        style = f', style="{",".join(styles)}"' if styles else ""
        lines.append(f'  n{number} [label="{_in_dot(_named(node))}"{style}]')
    for edge in diagram.edges:
        label = " / ".join(_in_dot(label) for label in _cut(edge.labels))
        style = ", style=bold" if edge.taken else ""
        lines.append(f'  n{edge.start} -> n{edge.end} [label="{label}"{style}]')
    return "\n".join([*lines, "}"]) + "\n"


def _in_dot(label: str) -> str:
    """Return the label between quotes, where Graphviz also reads entities such as `&amp;`."""
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")


# Labels


def _named(node: DiagramNode) -> str:
    label = _short(node.label, _LABEL)
    return f"{label} …" if node.more else label


def _cut(labels: Sequence[str]) -> list[str]:
    """Return labels for one edge, shorter where there are many, the rest as a number."""
    shown = [_short(label, max(12, _LABEL // len(labels))) for label in labels[:5]]
    return [*shown, f"{len(labels) - 5} more"] if len(labels) > 5 else shown


def _short(label: str, length: int) -> str:
    """Return one line of text that is shown as it is, cut where it is long."""
    line = printable(" ".join(label.split()))
    return line if len(line) <= length else f"{line[: length - 1]}…"


def _left_out(diagram: Diagram) -> str:
    of = len(diagram.nodes) + diagram.left_out
    return f"{len(diagram.nodes):,} of {of:,} nodes; a dashed question goes on"

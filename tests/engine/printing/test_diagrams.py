"""A tree as Mermaid and DOT: whatever a label holds, it is text in the diagram."""

import re
from collections.abc import Iterator

import pytest

from advisor.engine.printing.diagrams import (
    MERMAID_CHARACTERS,
    MERMAID_EDGES,
    as_dot,
    as_mermaid,
    trail_as_mermaid,
)
from advisor.engine.reader import read_folder
from advisor.engine.tree.graph import Tree
from advisor.engine.walking.evaluate import Result, evaluate
from tests.support.trees import LUNCH, MESSAGING, document, good, outcome, question, read

TOKENS = MESSAGING.parents[2] / "tree" / "tokens"

HOSTILE = [
    '"quoted"', "end", "[a](http://b)", "(c) {d} <e>", "#35; #quot;", "a \\ b\\n\\N\\", "1. list",
    "1) list", "- dash", "* star **bold** _em_", '"`md`"', "<script>alert(1)</script>", "&amp;",
    '%%{init: {"theme":"dark"}}%%', "%% comment", "fa:fa-user", "www.example.com https://x.y",
    "style a:#35; x", "a | b || c", "-->|x| n0", "😀 é 中 \u0301", "$$x^2$$", "graph TD; a-->b",
    'click n0 href "javascript:alert(1)"', "]; n9 [label=x", "/* comment */ // x", "a--b---c",
]  # fmt: skip


def tree_of(labels: list[str]) -> Tree:
    """A question with an answer and an outcome by each label."""
    ids = [f"a{n}" for n in range(len(labels))]
    asked = question(*ids)
    asked["answers"] = {
        id: {"label": label, "because": "x"} for id, label in zip(ids, labels, strict=True)
    }
    return good(
        document(
            questions={"q": asked},
            decide={"q": {id: {"recommend": id, "because": id} for id in ids}},
            outcomes={
                id: outcome({"q": {other: "x" for other in ids if other != id}}) | {"name": label}
                for id, label in zip(ids, labels, strict=True)
            },
        )
    )


def shipped(folder: str = "messaging") -> Tree:
    reading = read_folder(MESSAGING if folder == "messaging" else TOKENS)
    assert reading.tree is not None
    return reading.tree


# Each language by the statements that are used here, read strictly: a line is one of them.

TEXT = r'"((?:[\w ,?!\'/-]|#\d+;)*)"'
MERMAID = [
    ("direction", r"flowchart (LR|TD)"),
    ("comment", r"  %% [\w ,;]+"),
    ("node", rf"  (n\d+)(?:\[{TEXT}\]|\(\[{TEXT}\]\))"),
    ("edge", rf"  (n\d+) -->\|{TEXT}\| (n\d+)"),
    ("style", r"  classDef (?:more|taken) stroke-(?:width:4px|dasharray:4)"),
    ("class", r"  class (n\d+(?:,n\d+)*) (more|taken)"),
    ("link", r"  linkStyle (\d+(?:,\d+)*) stroke-width:4px"),
]
QUOTED = r'"((?:[^"\\\n]|\\\\|\\")*)"'
STYLE = r"style=\"?(?:rounded|bold|dashed|,)+\"?"
DOT = [
    ("open", r"digraph {"),
    ("comment", r"  // [\w ,;]+"),
    ("graph", rf'  graph \[label={QUOTED}, labelloc=t, rankdir=LR, fontname="sans-serif"\]'),
    ("default", r'  (?:node|edge) \[(?:shape=box, )?fontname="sans-serif"\]'),
    ("node", rf"  (n\d+) \[label={QUOTED}(?:, ({STYLE}))?\]"),
    ("edge", rf"  (n\d+) -> (n\d+) \[label={QUOTED}(?:, ({STYLE}))?\]"),
    ("close", r"}"),
]


def statements(text: str, grammar: list[tuple[str, str]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The kind and the parts of every line; a line that is none of these fails."""
    assert text.endswith("\n")
    for line in text[:-1].split("\n"):
        tokens = [(kind, m) for kind, rule in grammar if (m := re.fullmatch(rule, line))]
        assert len(tokens) == 1, line
        kind, match = tokens[0]
        yield kind, tuple(part for part in match.groups() if part is not None)


def mermaid(text: str) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    """Labels by node, and edges as start, label, end; as a browser shows them."""
    nodes, edges = {}, []
    for kind, parts in statements(text, MERMAID):
        if kind == "node":
            nodes[parts[0]] = shown(parts[1])
        elif kind == "edge":
            edges.append((parts[0], shown(parts[1]), parts[2]))
    assert {end for edge in edges for end in (edge[0], edge[2])} <= nodes.keys()
    return nodes, edges


def shown(label: str) -> str:
    return re.sub(r"#(\d+);", lambda match: chr(int(match[1])), label)


def dot(text: str) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    def unescaped(label: str) -> str:
        return re.sub(r"\\(.)", r"\1", label).replace("&amp;", "&")

    nodes, edges = {}, []
    for kind, parts in statements(text, DOT):
        if kind == "node":
            nodes[parts[0]] = unescaped(parts[1])
        elif kind == "edge":
            edges.append((parts[0], unescaped(parts[2]), parts[1]))
    assert {end for edge in edges for end in (edge[0], edge[2])} <= nodes.keys()
    return nodes, edges


def test_it_draws_a_tree_in_mermaid() -> None:
    assert as_mermaid(shipped(), {"wait": "no", "readers": "one"}) == (
        "flowchart LR\n"
        '  n0["Waiting"]\n'
        '  n1(["Request and response"])\n'
        '  n2["Readers"]\n'
        '  n3(["Message queue"])\n'
        '  n4["Replay"]\n'
        '  n5(["Event log"])\n'
        '  n6(["Message queue"])\n'
        '  n0 -->|"Yes, it waits"| n1\n'
        '  n0 -->|"No, it goes on"| n2\n'
        '  n2 -->|"One"| n3\n'
        '  n2 -->|"Several"| n4\n'
        '  n4 -->|"Yes, from a point in time"| n5\n'
        '  n4 -->|"No, once is enough"| n6\n'
        "  classDef taken stroke-width:4px\n"
        "  class n0,n2,n3 taken\n"
        "  linkStyle 1,2 stroke-width:4px\n"
    )


def test_it_draws_a_tree_in_dot() -> None:
    assert as_dot(shipped(), {"wait": "yes"}) == (
        "digraph {\n"
        '  graph [label="How should these two services talk?", labelloc=t, rankdir=LR, '
        'fontname="sans-serif"]\n'
        '  node [shape=box, fontname="sans-serif"]\n'
        '  edge [fontname="sans-serif"]\n'
        '  n0 [label="Waiting", style="bold"]\n'
        '  n1 [label="Request and response", style="rounded,bold"]\n'
        '  n2 [label="Readers"]\n'
        '  n3 [label="Message queue", style="rounded"]\n'
        '  n4 [label="Replay"]\n'
        '  n5 [label="Event log", style="rounded"]\n'
        '  n6 [label="Message queue", style="rounded"]\n'
        '  n0 -> n1 [label="Yes, it waits", style=bold]\n'
        '  n0 -> n2 [label="No, it goes on"]\n'
        '  n2 -> n3 [label="One"]\n'
        '  n2 -> n4 [label="Several"]\n'
        '  n4 -> n5 [label="Yes, from a point in time"]\n'
        '  n4 -> n6 [label="No, once is enough"]\n'
        "}\n"
    )


def test_it_marks_nothing_where_nothing_was_answered() -> None:
    assert "taken" not in as_mermaid(shipped())
    assert "bold" not in as_dot(shipped())


def test_it_draws_every_node_once_and_every_answer_on_one_edge() -> None:
    tree = shipped("tokens")

    for nodes, edges in (mermaid(as_mermaid(tree)), dot(as_dot(tree))):
        assert len(nodes) == sum(1 for _ in tree.nodes())
        assert len({(start, end) for start, _, end in edges}) == len(edges)
        assert "As little as possible / Time to learn" in {label for _, label, _ in edges}


def test_it_draws_the_same_every_time() -> None:
    assert as_mermaid(shipped("tokens")) == as_mermaid(shipped("tokens"))
    assert as_dot(shipped("tokens")) == as_dot(shipped("tokens"))


@pytest.mark.parametrize("label", HOSTILE)
def test_it_shows_a_label_as_it_is_and_obeys_none(label: str) -> None:
    tree = tree_of([label, "Other"])

    for nodes, edges in (mermaid(as_mermaid(tree)), dot(as_dot(tree))):
        assert nodes == {"n0": "What", "n1": label, "n2": "Other"}
        assert edges == [("n0", label, "n1"), ("n0", "Other", "n2")]


def test_it_leaves_mermaid_nothing_to_read_as_markdown_or_html() -> None:
    text = as_mermaid(tree_of(HOSTILE))

    for kind, parts in statements(text, MERMAID):
        label = parts[1] if kind in ("node", "edge") else ""
        assert not re.search(r"[`*_<>&:\[\]{}%$|\\]|^-|\d\.|www\.", label), label


def test_it_writes_one_line_where_a_label_holds_what_ends_one() -> None:
    nodes, _ = dot(as_dot(tree_of(["a\tb\x0bc\u2028d", "e\u202ef"])))
    assert list(nodes.values()) == ["What", "a b c d", "e\ufffdf"]
    nodes, _ = mermaid(as_mermaid(tree_of(["a\tb\x0bc\u2028d", "e\u202ef"])))
    assert list(nodes.values()) == ["What", "a b c d", "e\ufffdf"]


def test_it_cuts_long_labels_and_long_lists_of_answers() -> None:
    ids = [f"a{n}" for n in range(20)]
    asked = question(*ids, "other")
    asked["short"] = "x" * 100
    tree = good(
        document(
            questions={"q": asked},
            decide={
                "q": {
                    ", ".join(ids): {"recommend": "w", "because": "x"},
                    "other": {"recommend": "y", "because": "y"},
                }
            },
            outcomes={
                "w": outcome({"q": {"other": "x"}}),
                "y": outcome({"q": dict.fromkeys(ids, "x")}),
            },
        )
    )

    nodes, edges = dot(as_dot(tree))

    assert nodes["n0"] == "x" * 59 + "…"
    assert edges[0][1] == "a0 / a1 / a2 / a3 / a4 / 15 more"


def wide(leaves: int, questions: int, name: str = "An outcome") -> Tree:
    """Questions in a row, each with many answers that end, and one that goes on."""
    ids = [f"q{n}" for n in range(questions)]
    ends = [f"e{n}" for n in range(leaves)]
    step: dict[str, object] = {"recommend": "z", "because": "last"}
    branches: dict[str, object] = {}
    for id in reversed(ids):
        answers = {end: {"recommend": "z", "because": f"{id} {end}"} for end in ends}
        branches[id] = {id: {"on": step, **answers}}
        step = {"branch": id}
    return good(
        document(
            questions={id: question("on", *ends) for id in ids},
            decide=step,
            branches=branches,
            outcomes={"z": outcome() | {"name": name}},
        )
    )


def test_it_stops_at_the_limit_and_says_so() -> None:
    tree = wide(leaves=9, questions=30)

    text = as_dot(tree, limit=25)

    nodes, _ = dot(text)
    assert len(nodes) == 21  # one, and ten for each of two questions; ten more are too many
    assert "  // 21 of 301 nodes; a dashed question goes on\n" in text
    assert '  n11 [label="What …", style="dashed"]\n' in text
    mermaid_text = as_mermaid(tree, limit=25)
    assert len(mermaid(mermaid_text)[0]) == 21
    assert "  %% 21 of 301 nodes; a dashed question goes on\n" in mermaid_text
    assert "  class n11 more\n" in mermaid_text


def test_it_draws_the_way_of_the_answers_beyond_the_limit() -> None:
    tree = wide(leaves=9, questions=30)

    text = as_dot(tree, {f"q{n}": "on" for n in range(10)}, limit=1)

    nodes, edges = dot(text)
    assert len(nodes) == 101
    assert len([label for _, label, _ in edges if label == "on"]) == 10
    assert text.count("style=bold]") == 10


@pytest.mark.parametrize(
    ("leaves", "questions", "name"),
    [(9, 90, "z"), (9, 90, "#" * 60), (2, 190, "#" * 60), (150, 5, "#" * 60)],
)
def test_it_keeps_mermaid_within_what_github_shows(leaves: int, questions: int, name: str) -> None:
    text = as_mermaid(wide(leaves, questions, name), limit=100_000)

    nodes, edges = mermaid(text)
    assert len(nodes) > 50
    assert len(edges) <= MERMAID_EDGES
    assert len(text) <= MERMAID_CHARACTERS


def test_it_draws_the_way_of_a_result_alone() -> None:
    result = evaluate(shipped(), {"wait": "no", "readers": "several", "replay": "yes"})
    assert isinstance(result, Result)

    assert trail_as_mermaid(result) == (
        "flowchart TD\n"
        '  n0["Waiting"]\n'
        '  n1["Readers"]\n'
        '  n2["Replay"]\n'
        '  n3(["Event log"])\n'
        '  n0 -->|"No, it goes on"| n1\n'
        '  n1 -->|"Several"| n2\n'
        '  n2 -->|"Yes, from a point in time"| n3\n'
    )


@pytest.mark.parametrize("length", [120, 121])
def test_a_title_is_cut_at_twice_the_length_of_a_label(length: int) -> None:
    text = LUNCH.replace("Where to eat", "x" * length)
    tree = read(text).tree
    assert tree is not None
    title = "x" * 120 if length == 120 else "x" * 119 + "…"
    assert f'graph [label="{title}", labelloc=t' in as_dot(tree)

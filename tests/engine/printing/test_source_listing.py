"""A tree written out, and read again."""

import json
import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from advisor.engine.printing.source_listing import source_listing, source_listing_with_origins
from advisor.engine.reader import read_files
from advisor.engine.tree.graph import Tree
from advisor.engine.tree.model import Document
from advisor.engine.walking.evaluate import Result, evaluate
from tests.support.drawn_policies import Ruled, ruled
from tests.support.drawn_trees import Made, trees
from tests.support.policies import policy
from tests.support.trees import LUNCH, changed, document, good, outcome, question, read

# What YAML would take for something else, or break on.
HARD = [
    "- a",
    "a: b",
    "a #b",
    "# a",
    "{a",
    "*a",
    "&a",
    "!a",
    "%a",
    "@a",
    "'a",
    '"a" b',
    "a\\b",
    "a\tb",
]
HARD += ["a:", "no", "~", "1.10", "> a", "| a", "…", "é\u00a0ü", "a\u2028b", "\U0001f600", "? a"]
texts = st.one_of(st.sampled_from(HARD), st.text(min_size=1, max_size=300))


def rest(document: Document) -> dict[str, object]:
    return document.model_dump(exclude={"decide", "branches"})


def again(tree: Tree) -> Tree:
    reading = read_files({"tree.yaml": source_listing(tree).encode()})
    assert reading.errors == (), list(map(str, reading.errors))
    assert reading.tree is not None
    return reading.tree


@given(trees())
def test_it_reads_back_as_a_tree_that_says_the_same(made: Made) -> None:
    first = read(json.dumps(made.written())).tree
    assert first is not None

    second = again(first)

    assert rest(second.document) == rest(first.document)
    for answers, _ in made.paths(made.root, {}):
        assert evaluate(second, answers) == evaluate(first, answers)


@given(trees())
def test_it_writes_every_recommendation_once(made: Made) -> None:
    tree = read(json.dumps(made.written())).tree
    assert tree is not None
    leaves = sum(1 for node in tree.nodes() if node.longest == 0)

    assert source_listing(tree).count("recommend: ") == leaves


@given(texts, texts)
@example("word " * 60, "one\n\ntwo\n  three\nfour")
@example("x" * 300, " two  spaces " * 20)
@example("one line\nand another", "\n\nfirst\n\n\nlast\n")
def test_it_keeps_every_text_as_it_is(title: str, because: str) -> None:
    written = json.dumps(title), json.dumps(because)
    lunch = changed("title: Where to eat", f"title: {written[0]}")
    lunch = changed("because: It is dry there.", f"because: {written[1]}", lunch)
    tree = read(lunch).tree
    assume(tree is not None)
    assert tree is not None

    second = again(tree)

    assert second.document.title == tree.document.title
    first_result, second_result = (
        evaluate(read_tree, {"rain": "yes"}) for read_tree in (tree, second)
    )
    assert isinstance(first_result, Result)
    assert first_result == second_result


@given(ruled())
def test_it_writes_an_effective_tree_whose_every_line_has_an_origin(drawn: Ruled) -> None:
    reading = drawn.read()
    assume(reading.tree is not None)
    assert reading.tree is not None

    printed = source_listing_with_origins(reading.tree, reading, "")

    bare = source_listing(reading.tree)
    assert [line.split("  # ")[0].rstrip() for line in printed.splitlines()] == bare.splitlines()
    assert all("  # " in line for line in printed.splitlines() if line != "policies:")


def test_it_names_the_rule_that_made_a_line() -> None:
    dry = {"because": "Chairs rust.", "forbid": "outside", "use": "inside"}
    files = {"tree.yaml": LUNCH, "policies/house.yaml": policy(dry=dry)}
    reading = read_files({name: text.encode() for name, text in files.items()})
    assert reading.tree is not None

    lines = source_listing_with_origins(reading.tree, reading, "").splitlines()

    at = next(n for n, line in enumerate(lines) if line.strip().startswith("no:") and n > 12)
    use = policy(dry=dry).splitlines().index('   "use": "inside"') + 1
    assert lines[at].split("# ")[1] == "tree.yaml:14"
    assert lines[at + 1].split() == [
        "recommend:",
        "inside",
        "#",
        f"policies/house.yaml:{use}",
        "dry",
    ]


ANSWERS = ("yes", "no", "snow")
QUESTIONS = {id: question(*ANSWERS) for id in ("rain", "hungry", "wind")}
REASONS = {id: dict.fromkeys(ANSWERS, "Out.") for id in QUESTIONS}
OUTCOMES = {id: outcome(REASONS) for id in ("inside", "outside")}


def leaf(id: str, because: str) -> dict[str, object]:
    return {"recommend": id, "because": because}


def asked(question: str, *below: object) -> dict[str, object]:
    return {question: dict(zip(ANSWERS, below, strict=True))}


def decision(decide: object, **branches: object) -> tuple[str, str]:
    """What is written of a decision, and of its branches; it reads back as the same tree."""
    tree = good(document(questions=QUESTIONS, decide=decide, branches=branches, outcomes=OUTCOMES))
    assert len(list(again(tree).nodes())) == len(list(tree.nodes()))
    below = source_listing(tree).partition("decide:\n")[2].partition("outcomes:\n")[0]
    decided, _, branched = below.partition("branches:\n")
    return decided, branched


COLD = asked("wind", *(leaf("inside", f"It is dry, {at}.") for at in range(3)))
WARM = asked("wind", *(leaf("outside", f"It is warm, {at}.") for at in range(3)))
WET = asked("wind", *(leaf("inside", f"It is wet, {at}.") for at in range(3)))


def test_it_names_a_shared_part_by_its_question_and_numbers_its_namesakes() -> None:
    decided, branched = decision(
        asked("rain", asked("hungry", COLD, WARM, WET), asked("hungry", WARM, COLD, WET), WET)
    )
    assert decided == """\
  rain:
    yes:
      hungry:
        yes: {branch: wind}
        no: {branch: wind-2}
        snow: {branch: wind-3}
    no:
      hungry:
        yes: {branch: wind-2}
        no: {branch: wind}
        snow: {branch: wind-3}
    snow: {branch: wind-3}
"""  # fmt: skip
    assert re.findall(
        r"^  ([a-z0-9-]+):\n.*\n.*\n +recommend: .*\n +because: (.*)", branched, re.MULTILINE
    ) == [
        ("wind", "It is dry, 0."),
        ("wind-2", "It is warm, 0."),
        ("wind-3", "It is wet, 0."),
    ]


def test_it_names_a_shared_recommendation_by_its_outcome() -> None:
    shared = leaf("inside", "It is dry.")
    assert decision(
        asked(
            "rain",
            asked("hungry", shared, leaf("outside", "Sun."), leaf("outside", "Air.")),
            asked("wind", shared, leaf("outside", "Calm."), leaf("outside", "Near.")),
            leaf("outside", "White."),
        )
    ) == (
        """\
  rain:
    yes:
      hungry:
        yes: {branch: inside}
        no:
          recommend: outside
          because: Sun.
        snow:
          recommend: outside
          because: Air.
    no:
      wind:
        yes: {branch: inside}
        no:
          recommend: outside
          because: Calm.
        snow:
          recommend: outside
          because: Near.
    snow:
      recommend: outside
      because: White.
""",
        """\
  inside:
    recommend: inside
    because: It is dry.
""",
    )


@pytest.mark.parametrize("name", ["wind", "wind-2"])
def test_it_leaves_a_branch_its_name_and_gives_it_to_nothing_else(name: str) -> None:
    decided, branched = decision(
        asked(
            "rain",
            asked("hungry", COLD, WARM, WET),
            asked("hungry", WARM, COLD, {"branch": name}),
            leaf("inside", "White."),
        ),
        **{name: asked("wind", *(leaf("outside", f"Of old, {at}.") for at in range(3)))},
    )
    names = re.findall(r"^  ([a-z0-9-]+):$", branched, re.MULTILINE)
    assert len(names) == len(set(names)) == 3
    assert f"        snow: {{branch: {name}}}\n" in decided
    below = re.split(rf"^  {name}:\n", branched, flags=re.MULTILINE)[1]
    assert below.splitlines()[3].strip() == "because: Of old, 0."

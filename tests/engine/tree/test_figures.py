"""Texts name what was measured, so that no number is typed twice."""

import re

from advisor.engine.comparing.drift import drift
from advisor.engine.reader import read_files
from tests.support.results import result
from tests.support.site import TOKENS
from tests.support.trees import LUNCH, LUNCH_POLICY, read

MEASURED = """\
frameworks:
  plain: {label: By hand}
kits:
  inside: {module: table.py}
figures:
  price: Price, in euros
measured:
  on: 2026-11-23
  machine: A kitchen
  kits:
    inside:
      versions: {}
      figures: {price: 12.5 (12.1–13.0)}
"""
VERDICT = "A table under a roof."


def lunch(verdict: str) -> str:
    return LUNCH.replace(VERDICT, verdict) + MEASURED


def test_a_figure_stands_in_the_text_without_its_range() -> None:
    tree = read(lunch('"For {price of inside} euros."')).tree
    assert tree is not None
    assert tree.document.outcomes["inside"].verdict == "For 12.5 euros."


def test_a_reference_may_be_broken_where_a_line_of_the_file_ends() -> None:
    tree = read(lunch(">\n      For {price of\n      inside} euros.")).tree
    assert tree is not None
    assert tree.document.outcomes["inside"].verdict == "For 12.5 euros."


def test_a_recommendation_may_quote_a_figure() -> None:
    text = lunch(VERDICT).replace("It is dry there.", "'It costs {price of inside}.'")
    tree = read(text).tree
    assert tree is not None
    assert "It costs 12.5." in {
        node.advice.because for node in tree.nodes() if hasattr(node, "advice")
    }


def test_a_policy_may_quote_a_figure() -> None:
    policy = LUNCH_POLICY.replace("It has a stove too.", "'It costs {price of inside}.'")
    reading = read_files(
        {"tree.yaml": lunch(VERDICT).encode(), "policies/dry.yaml": policy.encode()}
    )
    assert reading.tree is not None
    assert reading.tree.policies["dry"].rules["words"].because == "It costs 12.5."


def test_a_figure_that_was_measured_again_is_no_change_of_advice() -> None:
    # Another run changes the number alone; another edit, its words too.
    old = result(lunch('"For {price of inside} euros."'))
    again = read(lunch('"For {price of inside} euros."').replace("12.5", "13.7")).tree
    edited = read(lunch('"For only {price of inside} euros."')).tree
    assert again is not None
    assert edited is not None

    assert drift(old, again).status == "current"
    assert {change.kind for change in drift(old, again).changes} == {"verdict", "measured"}
    assert drift(old, edited).status == "advice"


def test_other_braces_stay_as_they_are() -> None:
    tree = read(lunch('"For {price} or {a price of} or {}."')).tree
    assert tree is not None
    assert tree.document.outcomes["inside"].verdict == "For {price} or {a price of} or {}."


def test_no_prose_of_the_tokens_tree_types_a_size_or_cost_that_was_measured() -> None:
    prose = "\n".join(
        (TOKENS / name).read_text() for name in ("tree.yaml", "outcomes.yaml", "caveats.yaml")
    )
    words = set(prose.replace(",", " ").split())
    measured = (TOKENS / "measured.yaml").read_text()
    sizes = {word.strip("'") for word in measured.split() if re.fullmatch(r"'\d{2,}'", word)}

    assert len(sizes) > 10
    assert sizes & words == set()

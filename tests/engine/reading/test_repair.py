"""Whatever part of a tree is refused, mistakes elsewhere are reported, and none is made up."""

import json
from typing import Any

import pytest
import yaml

from advisor.engine.reader import Reading, read_files
from advisor.engine.tree.model import Document
from tests.support.policies import policy, with_policies
from tests.support.trees import LUNCH

TREE: dict[str, Any] = yaml.load(LUNCH, yaml.BaseLoader)  # all scalars stay text
SECTIONS = sorted(field.alias or name for name, field in Document.model_fields.items())
# Each is found only after the schema has taken all that is left.
UNKNOWN_OUTCOME = {"answers": {"rain": "no"}, "expect": "nowhere"}
CAVEAT = {"title": "Wasps", "weight": "note", "text": "Jam.", "sources": ["nowhere"]}


def reading_of(tree: dict[str, Any]) -> Reading:
    return read_files({"tree.yaml": json.dumps(tree, indent=1).encode()})


def reported(tree: dict[str, Any]) -> list[tuple[str, str]]:
    return [(problem.id, problem.actual) for problem in reading_of(tree).errors]


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("wrong", [["one", "two"], {"one": ["two"]}, "…"], ids=str)
def test_a_section_that_is_refused_hides_no_mistake_elsewhere(section: str, wrong: Any) -> None:
    tree = {**TREE, section: wrong}
    alone = reported(tree)
    if section in ("cases", "decide", "outcomes", "questions"):
        tree["caveats"] = {"c": CAVEAT}
        second = ("unknown-source", "`nowhere`")
    else:
        tree["cases"] = [UNKNOWN_OUTCOME]
        second = ("unknown-outcome", "`nowhere`")
    if section in ("title", "summary") and isinstance(wrong, str):
        assert alone == []
    else:
        assert alone
    assert sorted(reported(tree)) == sorted([*alone, second])


POLICY: dict[str, Any] = json.loads(policy(towels={"require": "A towel."}))


@pytest.mark.parametrize("key", ["format", "title", "owner", "reason", "review-by", "rules"])
def test_a_key_of_a_policy_that_is_refused_hides_no_mistake_elsewhere(key: str) -> None:
    wrong = {**POLICY, key: ["one", "two"]}
    (alone,) = with_policies(LUNCH, house=json.dumps(wrong, indent=1)).errors
    wrong_twice = {**wrong, "cases": [UNKNOWN_OUTCOME]}
    told = with_policies(LUNCH, house=json.dumps(wrong_twice, indent=1)).errors
    assert sorted(problem.id for problem in told) == sorted([alone.id, "unknown-outcome"])


def test_a_wrong_value_is_not_taken_for_a_section_that_stands_too_deep() -> None:
    """`kits` is a section too, but here it is only a key with a wrong value."""
    tree = {**TREE, "measured": {"on": "2026-01-01", "machine": "A laptop.", "kits": "none"}}
    assert reported(tree) == [("wrong-type", "`none`")]
    deeper = {**TREE, "words": {"outcome": "place", "sources": {"book": {"title": "A book"}}}}
    assert [id for id, _ in reported(deeper)] == ["misplaced"]

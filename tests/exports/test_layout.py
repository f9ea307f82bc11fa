"""JSON is laid out so that people and `diff` can read it: by two spaces, schemas by one."""

import json

import pytest

from advisor.engine.comparing.tree_diff import diff
from advisor.engine.tree.json_schema import json_schema as schema_of_trees
from advisor.engine.tree.json_schema import policy_schema
from advisor.exports.as_json import json_schema as schema_of_decisions
from advisor.exports.comparison import Comparison
from advisor.exports.comparison import as_json as comparison_as_json
from advisor.exports.problems import as_json as problems_as_json
from advisor.exports.problems import as_sarif
from tests.support.trees import LUNCH, read


def comparison() -> str:
    tree = read(LUNCH).tree
    assert tree is not None
    return comparison_as_json(Comparison("old", "new", diff(tree, tree), ())).decode()


TEXTS = {
    "problems": (problems_as_json([], []), 2),
    "SARIF": (as_sarif([], {}), 2),
    "comparison": (comparison(), 2),
    "schema of decisions": (schema_of_decisions(), 1),
    "schema of trees": (schema_of_trees(), 1),
    "schema of policies": (policy_schema(), 1),
}


@pytest.mark.parametrize(("text", "indent"), TEXTS.values(), ids=TEXTS)
def test_json_is_indented_and_keeps_every_letter(text: str, indent: int) -> None:
    whole = json.loads(text)
    assert text == json.dumps(whole, indent=indent, ensure_ascii=False) + "\n"

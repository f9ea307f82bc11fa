"""advisor tree schema"""

import json
import re
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from jsonschema import Draft202012Validator

TREE = Path(settings.BASE_DIR) / "tree"
COMMITTED = TREE / "tree.schema.json"
OF_POLICIES = TREE / "policy.schema.json"
EXAMPLES = sorted((TREE / "examples" / "policies").glob("*.yaml"))


def errors(text: str, schema: Path = COMMITTED) -> list[str]:
    """What an editor underlines: it reads YAML's own types, not ours."""
    validator = Draft202012Validator(json.loads(schema.read_text()))
    return [error.message for error in validator.iter_errors(yaml.safe_load(text))]


def test_the_committed_schema_is_that_of_the_models() -> None:
    out = StringIO()
    call_command("tree", "schema", stdout=out)
    assert COMMITTED.read_text() == out.getvalue(), "run `make schema`"


WRITTEN = sorted(
    path for name in ("tokens", "examples/storage") for path in (TREE / name).glob("*.yaml")
)


def test_the_committed_schema_of_policies_is_that_of_the_models() -> None:
    out = StringIO()
    call_command("tree", "schema", "policy", stdout=out)
    assert OF_POLICIES.read_text() == out.getvalue(), "run `make schema`"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_an_editor_underlines_nothing_in_an_example_of_a_policy(path: Path) -> None:
    assert errors(in_yaml_1_2(path), OF_POLICIES) == []
    head, _, _ = path.read_text().partition("\n")
    named = (path.parent / head.removeprefix("# yaml-language-server: $schema=")).resolve()
    assert named == OF_POLICIES


@pytest.mark.parametrize(
    "rule",
    [
        "{because: Why, forbid: one}",
        "{because: Why, forbid: one, use: two, require: Three}",
        "{because: Why, limit: one, maximum: much}",
        "{because: Why, caveat: {title: A, weight: grave, text: A}}",
        "{require: One}",
    ],
)
def test_an_editor_underlines_a_slip_in_a_rule(rule: str) -> None:
    good = "{format: 1, title: A, owner: B, reason: C, review-by: '2027-01-01', rules: {a: %s}}"
    assert errors(good % "{because: Why, require: One}", OF_POLICIES) == []
    assert errors(good % rule, OF_POLICIES) != []


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_editor_underlines_nothing_in_the_trees(path: Path) -> None:
    assert errors(in_yaml_1_2(path)) == []


def in_yaml_1_2(path: Path) -> str:
    """YAML 1.1 takes some words for true and false, and dates for dates; editors read YAML 1.2."""
    words = path.read_text().replace("no:", '"no":').replace("yes:", '"yes":')
    words = words.replace(": no,", ': "no",').replace(": yes,", ': "yes",')
    return re.sub(r"^review-by: (.*)$", r'review-by: "\1"', words, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("titel: A tree", "'titel' was unexpected"),
        ("caveats: {a: {title: A, weight: grave, text: A, sources: [b]}}", "'grave' is not one of"),
        ("decide: {recommend: One thing, because: Why}", "is not valid under any"),
    ],
)
def test_an_editor_underlines_a_slip(text: str, expected: str) -> None:
    assert any(expected in message for message in errors(text)), errors(text)

"""manage.py tree schema"""

import json
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from jsonschema import Draft202012Validator

TREE = Path(settings.BASE_DIR) / "tree"
COMMITTED = TREE / "tree.schema.json"


def errors(text: str) -> list[str]:
    """What an editor underlines: it reads YAML's own types, not ours."""
    validator = Draft202012Validator(json.loads(COMMITTED.read_text()))
    return [error.message for error in validator.iter_errors(yaml.safe_load(text))]


def test_the_committed_schema_is_that_of_the_models() -> None:
    out = StringIO()
    call_command("tree", "schema", stdout=out)
    assert COMMITTED.read_text() == out.getvalue(), "run `make schema`"


WRITTEN = sorted(
    path for name in ("tokens", "examples/storage") for path in (TREE / name).glob("*.yaml")
)


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_editor_underlines_nothing_in_the_trees(path: Path) -> None:
    # YAML 1.1 takes these words for true and false; editors read YAML 1.2.
    words = path.read_text().replace("no:", '"no":').replace("yes:", '"yes":')
    assert errors(words.replace(": no,", ': "no",').replace(": yes,", ': "yes",')) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("titel: A tree", "'titel' was unexpected"),
        ("caveats: {a: {title: A, weight: grave, text: A, sources: [b]}}", "'grave' is not one of"),
        ("decide: {recommend: One thing, because: Why}", "is not valid under any"),
    ],
)
def test_an_editor_underlines_a_slip(text: str, said: str) -> None:
    assert any(said in message for message in errors(text)), errors(text)

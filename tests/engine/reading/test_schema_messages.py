"""What the schema refuses is told in words: each expected text stands in tests/engine/invalid."""

from collections.abc import Iterator
from typing import Any

import pytest

from advisor.engine.tree.model import PATTERNS, Document, Model
from advisor.engine.tree.policy_model import Policy


def patterns(schema: Any) -> Iterator[str]:
    """Every regular expression in a JSON Schema, for values and for keys."""
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        yield from schema.get("patternProperties", {})
    for inner in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(inner, dict | list):
            yield from patterns(inner)


@pytest.mark.parametrize("whole", [Document, Policy])
def test_every_pattern_of_the_schema_has_words(whole: type[Model]) -> None:
    asked = set(patterns(whole.model_json_schema()))

    assert asked
    assert asked <= PATTERNS.keys()


def test_a_pattern_without_words_would_be_noticed() -> None:
    schema = {
        "properties": {
            "day": {"anyOf": [{"pattern": "^x$"}]},
            "y": {"patternProperties": {"^z$": {}}},
        }
    }

    assert set(patterns(schema)) == {"^x$", "^z$"}
    assert not {"^x$", "^z$"} & PATTERNS.keys()

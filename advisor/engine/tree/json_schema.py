"""The schema of a tree's files for editors, which complete and underline by it."""

import json
from typing import Any

from advisor.engine.tree.model import Document
from advisor.engine.tree.policy_model import Policy


def json_schema() -> str:
    """Return the JSON Schema of one file of a tree: any of its sections, none of them required."""
    schema = _as_written(Document.model_json_schema())
    del schema["required"]
    return _printed(schema, "A file of a decision tree", "advisor tree schema")


def policy_schema() -> str:
    """Return the JSON Schema of a policy's file."""
    schema = _as_written(Policy.model_json_schema())
    return _printed(schema, "A policy of a decision tree", "advisor tree schema policy")


def _printed(schema: dict[str, Any], title: str, command: str) -> str:
    schema["title"] = title
    schema["description"] = f"Written by `{command}`; the models are advisor/engine."
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _as_written(schema: Any) -> Any:
    """Return the schema with scalars as text, whatever an editor takes `1.10` or `true` for."""
    match schema:
        case {"const": str(word)}:
            rest = {name: value for name, value in schema.items() if name not in ("const", "type")}
            return {**rest, "enum": [word, int(word)] if word.isdecimal() else [word]}
        case {"type": "string"}:
            return {**schema, "type": ["string", "number", "boolean"]}
        case {"anyOf": [required, {"type": "null"}]}:
            # An optional value may be left out; written, it says something.
            rest = {
                name: value for name, value in schema.items() if name not in ("anyOf", "default")
            }
            return {**_as_written(required), **rest}
        case dict():
            return {name: _as_written(value) for name, value in schema.items()}
        case list():
            return [_as_written(value) for value in schema]
        case _:
            return schema

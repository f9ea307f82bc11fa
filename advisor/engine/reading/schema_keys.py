"""The keys that the schema knows, in all and at each place of a document."""

from collections.abc import Callable
from functools import cache
from typing import Any

from advisor.engine.reading.misplaced_keys import at
from advisor.engine.reading.schema_errors import takes_tag
from advisor.engine.reading.yaml_nodes import Path
from advisor.engine.tree.model import JUMP, LEAF, Jump, Model, Recommend
from advisor.engine.tree.policy_model import RULE_TAGS

_TAGGED: dict[str, type[Model]] = {LEAF: Recommend, JUMP: Jump, **RULE_TAGS}


@cache
def all_keys(whole: type[Model]) -> frozenset[str]:
    """Return every key that the schema of a whole document or policy knows somewhere."""
    models = [_schema(whole), *_schema(whole)["$defs"].values()]
    return frozenset(key for model in models for key in model.get("properties", {}))


def known_keys(path: Path, tag: str, whole: type[Model]) -> list[str]:
    """Return the keys that the schema knows beside the last of the path.

    `tag` is that of the step or rule which the last key stands in; empty where it stands in none.
    """
    if tag in _TAGGED:
        fields = _TAGGED[tag].model_fields
        return sorted(field.alias or name for name, field in fields.items())
    schema = _schema(whole)
    places = _resolved(schema, [schema])
    for part in path[:-1]:
        places = [inner for place in places for inner in _below(schema, place, part)]
    return sorted({key for place in places for key in place.get("properties", {})})


def known_keys_in(data: Any, whole: type[Model]) -> Callable[[Path], list[str]]:
    """Return `known_keys` by path alone, for a document as dicts, lists and text.

    What kind of step stands at a path is seen in the document.
    """

    def known(path: Path) -> list[str]:
        around = at(data, path[:-1])
        is_leaf = isinstance(around, dict) and "recommend" in around and takes_tag(path[:-1])
        return known_keys(path, LEAF if is_leaf else "", whole)

    return known


@cache
def _schema(whole: type[Model]) -> dict[str, Any]:
    return whole.model_json_schema()


def _below(schema: dict[str, Any], place: dict[str, Any], part: str | int) -> list[dict[str, Any]]:
    """Return where a part of a path leads from a place in a JSON Schema."""
    if isinstance(part, int):
        return _resolved(schema, [place["items"]] if "items" in place else [])
    if part in place.get("properties", {}):
        return _resolved(schema, [place["properties"][part]])
    inner = list(place.get("patternProperties", {}).values())
    if isinstance(more := place.get("additionalProperties"), dict):
        inner.append(more)
    return _resolved(schema, inner)


def _resolved(schema: dict[str, Any], places: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the places with references followed and alternatives listed one by one."""
    resolved: list[dict[str, Any]] = []
    waiting = [*places]
    while waiting:
        place = waiting.pop()
        if "$ref" in place:
            waiting.append(schema["$defs"][place["$ref"].rsplit("/", 1)[1]])
        elif alternatives := place.get("anyOf") or place.get("oneOf"):
            waiting += alternatives
        else:
            resolved.append(place)
    return resolved

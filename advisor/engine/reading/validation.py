"""Validation by the models, with every refusal as a problem that has its place."""

import re
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from advisor.engine.problems import (
    MAX_PROBLEMS,
    Place,
    Problem,
    did_you_mean,
    nearest,
    one_of,
    quoted,
)
from advisor.engine.reading import yaml_nodes
from advisor.engine.reading.linking import HOLE, Broken
from advisor.engine.reading.lint import NO_CASE, Complaint
from advisor.engine.reading.misplaced_keys import at, misplaced
from advisor.engine.tree.model import JUMP, LEAF, QUESTION, TAGS, Document, Jump, Model, Recommend
from advisor.engine.tree.policy_model import EFFECTS, RULE_TAGS, Limit, Policy, effects_of

MAX_REPAIRS = 50

Whole = TypeVar("Whole", Document, Policy)


def validate(
    root: yaml_nodes.Mapping, unsure: frozenset[str], kind: type[Whole]
) -> tuple[Whole | None, Broken, list[Problem]]:
    """The document or policy, without what the schema refused, and the problems of that.

    Refused parts are cut out and the rest is validated again, so that one misspelt key does not
    hide what is wrong elsewhere. `unsure` are sections that may hold more than could be read.
    """
    data: Any = root
    problems: list[Problem] = []
    sections = set(unsure)
    items: set[tuple[str, str]] = set()
    for _ in range(MAX_REPAIRS):
        try:
            document = kind.model_validate(data)
        except ValidationError as invalid:
            errors = invalid.errors(include_url=False, include_input=True)
        else:
            return document, Broken(frozenset(sections), frozenset(items)), problems
        refused = [(error, _path(root, error)) for error in errors]
        if len(problems) <= MAX_PROBLEMS:
            problems += _refusals(root, refused[: MAX_PROBLEMS + 1], unsure, kind)
        # What is cut is cut from a copy: the places of what was written stay.
        data = yaml_nodes.plain(root) if data is root else data
        for error, path in refused:
            if not _cut(data, error, path, sections, items):
                return None, Broken(), problems
    return None, Broken(), problems


def _path(root: yaml_nodes.Mapping, error: ErrorDetails) -> yaml_nodes.Path:
    """The error's place in the document; pydantic adds union tags and `[key]`, which are not."""
    path: yaml_nodes.Path = ()
    node: yaml_nodes.Node = root
    loc = error["loc"]
    tagged = False
    for index, part in enumerate(loc):
        if index == len(loc) - 1 and _is_of_key(error):
            continue
        if part in _TAGS and not tagged and _is_tagged(path):
            tagged = True
            continue
        tagged = False
        inner, _ = yaml_nodes.find(node, (part,))
        if inner is not node:
            node = inner
        elif not (index == len(loc) - 1 and error["type"] in ("missing", "extra_forbidden")):
            continue
        path = (*path, part)
    return path


def _is_of_key(error: ErrorDetails) -> bool:
    """Whether a key is refused, and not what stands below it."""
    return error["loc"][-1:] == ("[key]",) and error["type"] in _OF_KEYS


# What the schema asks of keys; a key that is called `[key]` has other errors below it.
_OF_KEYS = {"string_pattern_mismatch", "string_too_long"}


_TAGS = TAGS | RULE_TAGS.keys()


def _is_tagged(path: yaml_nodes.Path) -> bool:
    """Whether a step or a rule stands at the path: there, and only there, pydantic adds a tag."""
    # Below `decide`, and below each branch's id, question ids and answers alternate.
    return (
        (path[:1] == ("decide",) and len(path) % 2 == 1)
        or (path[:1] == ("branches",) and len(path) % 2 == 0)
        or (path[:1] == ("rules",) and len(path) == 2)
    )


def _refusals(
    root: yaml_nodes.Mapping,
    errors: list[tuple[ErrorDetails, yaml_nodes.Path]],
    unsure: frozenset[str],
    whole: type[Model],
) -> list[Problem]:
    """One problem for each mistake: a misspelt key is not reported as a missing one as well, nor a
    key that is no id for the value below it, nor a list as too short for an item that is wrong."""
    no_ids = {path for error, path in errors if _is_of_key(error)}
    # What stands beside may be what there is too little of.
    strange = {path[:-1] for error, path in errors if error["type"] == "extra_forbidden"}
    around = {path[:end] for _, path in errors for end in range(len(path))}
    data = yaml_nodes.plain(root)
    refused = ((error["type"], path) for error, path in errors)
    slips = misplaced(data, refused, _keys_at(data, whole))
    problems = [_misplaced(root, slip.complaint()) for slip in slips]
    errors = [(e, path) for e, path in errors if not any(slip.explains(path) for slip in slips)]
    meant: set[yaml_nodes.Path] = set()
    for error, path in errors:
        if path in no_ids and not _is_of_key(error):
            continue
        if error["type"] == "too_short" and (
            path in around or _has_gaps(root, path) or path[:-1] in strange
        ):
            continue
        if error["type"] == "no_bound" and _is_bound_misspelt(root, path):
            continue
        if error["type"] != "missing":
            problems.append(refusal(root, error, path, whole))
        if error["type"] == "extra_forbidden":
            meant.add((*path[:-1], nearest(str(path[-1]), _known_keys(path, error["loc"], whole))))
    for error, path in errors:
        if error["type"] != "missing" or path in meant or _has_gaps(root, path):
            continue
        if len(path) > 1 or path[0] not in unsure:
            problems.append(refusal(root, error, path, whole))
    return problems


def _misplaced(root: yaml_nodes.Mapping, complaint: Complaint) -> Problem:
    node, key = yaml_nodes.find(root, complaint.path)
    place = yaml_nodes.place_of(key or node)
    return Problem(complaint.id, place, complaint.found, complaint.expected, complaint.suggestion)


def _keys_at(data: Any, whole: type[Model]) -> Callable[[yaml_nodes.Path], list[str]]:
    """The keys that the schema knows where a path ends, by what kind of step stands there."""

    def known(path: yaml_nodes.Path) -> list[str]:
        around = at(data, path[:-1])
        leaf = isinstance(around, dict) and "recommend" in around
        return _known_keys(path, (LEAF, "") if leaf and _is_tagged(path[:-1]) else (), whole)

    return known


def _has_gaps(root: yaml_nodes.Mapping, path: yaml_nodes.Path) -> bool:
    """Whether something was written at the path that YAML made unusable, and so may be missed."""
    node, _ = yaml_nodes.find(root, path)
    return isinstance(node, yaml_nodes.Mapping) and node.gaps


def _is_bound_misspelt(root: yaml_nodes.Mapping, path: yaml_nodes.Path) -> bool:
    """Whether a limit has a bound after all, by a key that is reported as it was written."""
    node, _ = yaml_nodes.find(root, path)
    return isinstance(node, yaml_nodes.Mapping) and any(
        nearest(key, ("minimum", "maximum")) for key in node if key not in Limit.model_fields
    )


def refusal(
    root: yaml_nodes.Mapping, error: ErrorDetails, path: yaml_nodes.Path, whole: type[Model]
) -> Problem:
    """A pydantic error as a problem of ours."""
    node, key = yaml_nodes.find(root, path)
    at_value = yaml_nodes.place_of(node)
    at_key = yaml_nodes.place_of(key) if key else at_value
    context: dict[str, Any] = error.get("ctx", {})
    name = _name(path)
    shown = quoted(error["input"]) if isinstance(error["input"], str) else _shape(error["input"])
    if _is_of_key(error):
        longest = f"{context.get('max_length')} characters at most"
        expected = _PATTERNS.get(context.get("pattern", ""), longest)
        return Problem("bad-id", at_key, name, expected, _comma_hint(at_key, node))
    match error["type"]:
        case "extra_forbidden":
            known = _known_keys(path, error["loc"], whole)
            near = did_you_mean(str(path[-1]), known) or _comma_hint(at_key, node)
            return Problem("unknown-key", at_key, f"the key {name}", one_of(known), near)
        case "missing":
            at = at_key if len(path) > 1 else Place(root.file.name)
            of_all = "the policy" if whole is Policy else "the tree"
            owner = _name(path[:-1]) if len(path) > 1 else of_all
            return Problem("missing-key", at, f"no {name}", f"the key {name} in {owner}")
        case "string_too_short":
            return Problem("empty", at_key, f"nothing for {name}", "a text")
        case "string_too_long":
            found = f"{len(error['input'])} characters for {name}"
            return Problem("too-long", at_value, found, f"at most {context['max_length']}")
        case "too_short":
            expected = f"at least {context['min_length']}"
            return Problem("too-few", at_key, f"{context['actual_length']} in {name}", expected)
        case "one_question":
            keys = list(error["input"])
            shown = ", ".join(map(quoted, keys[:4])) + (", …" if len(keys) > 4 else "")
            found = f"{len(keys)} keys: {shown}" if keys else f"nothing below {name}"
            near = next((f"did you mean `{m}`?" for k in keys if (m := _step_word(k))), "")
            return Problem("wrong-type", at_key, found, _STEP, near)
        case "one_effect":
            if not isinstance(error["input"], dict):
                return Problem("wrong-type", at_value, shown, "keys and values")
            effects = effects_of(error["input"])
            slip = next((k for k in error["input"] if did_you_mean(k, EFFECTS)), "")
            if slip and not effects:
                _, key = yaml_nodes.find(root, (*path, slip))
                at, near = yaml_nodes.place_of(key or node), did_you_mean(slip, EFFECTS)
                return Problem("unknown-key", at, f"the key {quoted(slip)}", one_of(EFFECTS), near)
            found = f"{' and '.join(map(quoted, effects)) or 'no effect'} in {name}"
            return Problem("one-effect", at_key, found, f"one effect: {one_of(EFFECTS)}")
        case "no_bound":
            found = f"no `minimum` and no `maximum` in {name}"
            return Problem("missing-key", at_key, found, "one of the two at least")
        case "no_date":
            return Problem("bad-value", at_value, shown, "a date: year-month-day")
        case "string_pattern_mismatch":
            expected = _PATTERNS.get(context["pattern"], f"text like {context['pattern']}")
            id = "bad-id" if context["pattern"] in _ID_PATTERNS else "bad-value"
            if error["input"].strip() == "":
                return Problem("empty", at_key, f"nothing for {name}", expected)
            return Problem(id, at_value, shown, expected)
        case "literal_error":
            words = [
                word.strip("'") for word in context["expected"].replace(" or ", ", ").split(", ")
            ]
            near = did_you_mean(str(error["input"]), words)
            return Problem("bad-value", at_value, shown, one_of(words), near)
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return Problem("bad-value", at_value, shown, "a whole number")
        case kind if kind in _SHAPES:
            expected = _STEP if error["loc"][-1] == QUESTION else _SHAPES[kind]
            in_question = error["loc"][-2:-1] == (QUESTION,)
            if in_question and (meant := _step_word(str(path[-1]))):
                near = f"did you mean `{meant}`?"
                return Problem("unknown-key", at_key, f"the key {name}", _STEP, near)
            if error["input"] == "":
                return Problem("empty", at_key, f"nothing for {name}", expected)
            return Problem("wrong-type", at_value, shown, expected)
        case _:
            return Problem("bad-value", at_value, shown, error["msg"])


def _name(path: yaml_nodes.Path) -> str:
    """What stands at the path, as a message calls it."""
    match path:
        case (*around, int(index)):
            return f"item {index + 1} of {_name(tuple(around))}"
        case (*_, key):
            return quoted(key)
        case _:
            return "the tree"


_STEP = "one question, a recommendation (`recommend:`) or a jump (`branch:`)"
_PATTERNS = {
    r"^[a-z0-9][a-z0-9-]*$": "an id: lower-case letters, digits and dashes",
    r"^[a-z0-9][a-z0-9-]*(, *[a-z0-9][a-z0-9-]*)*$": "answer ids, with commas between them",
    r"^[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)*$": "a field: ids and keys with dots between them",
    r"^[a-z0-9][a-z0-9-]*( [^\n\r]+)?$": "a source's id, then a space and the place in it",
    r"^[^\n\r]*$": "one line",
    r"^https://[!-~]+$": "an address that begins with https://",
    r"^[A-Za-z0-9_-]+\.py$": "the name of a Python file",
    r"^[a-z0-9_-]+(/[a-z0-9_-]+)*$": "a folder below `shared/`",
    r"^\d+(\.\d+)*$": "a version: numbers with dots between them",
    r"^\d{4}-\d{2}-\d{2}$": "a date: year-month-day",
    r"^[A-Z][A-Z0-9_]*$": "a Python constant: capitals, digits and underscores",
}
_ID_PATTERNS = {r"^[a-z0-9][a-z0-9-]*$", r"^[a-z0-9][a-z0-9-]*(, *[a-z0-9][a-z0-9-]*)*$"}
_SHAPES = {
    "string_type": "a text",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "model_attributes_type": "keys and values",
    "list_type": "a list",
    "tuple_type": "a list",
}


def _step_word(key: str) -> str:
    """`recommend` or `branch` where only that can be meant; any key may be a question's id."""
    return nearest(key, ("recommend", "branch"), cutoff=0.8)


def _comma_hint(key: Place, value: yaml_nodes.Node) -> str:
    """`{label: Yes, at once}` reads as two keys: the commonest slip inside braces."""
    if yaml_nodes.plain(value) == "" and re.search(r"\{[^{}]*,\s*$", key.text[: key.column - 1]):
        return "inside { } a text that contains a comma needs quotes around it"
    return ""


def _shape(value: object) -> str:
    match value:
        case dict():
            return "keys and values"
        case list():
            return "a list"
        case _:
            return quoted(value)


def _known_keys(path: yaml_nodes.Path, loc: tuple[int | str, ...], whole: type[Model]) -> list[str]:
    """The keys that the schema knows where the path ends."""
    tagged: dict[str, type[Model]] = {LEAF: Recommend, JUMP: Jump, **RULE_TAGS}
    for tag, step in tagged.items():
        if loc[-2:-1] == (tag,):
            return sorted(field.alias or name for name, field in step.model_fields.items())
    schema = _schema(whole)
    places = [schema]
    for part in (None, *path[:-1]):
        following: list[dict[str, Any]] = []
        for place in places:
            following += _inside(schema, place, part)
        places = following
    return sorted({key for place in places for key in place.get("properties", {})})


@cache
@cache
def fields(whole: type[Model]) -> frozenset[str]:
    """Every key that the schema knows somewhere."""
    models = [_schema(whole), *_schema(whole)["$defs"].values()]
    return frozenset(key for model in models for key in model.get("properties", {}))


@cache
def _schema(whole: type[Model]) -> dict[str, Any]:
    return whole.model_json_schema()


def _inside(
    schema: dict[str, Any], place: dict[str, Any], part: str | int | None
) -> list[dict[str, Any]]:
    """Where a part of a path leads in a JSON Schema; None resolves references only."""
    if part is None:
        found = [place]
    elif isinstance(part, int):
        found = [place["items"]] if "items" in place else []
    elif part in place.get("properties", {}):
        found = [place["properties"][part]]
    else:
        found = list(place.get("patternProperties", {}).values())
        if isinstance(more := place.get("additionalProperties"), dict):
            found.append(more)
    resolved: list[dict[str, Any]] = []
    while found:
        inner = found.pop()
        if "$ref" in inner:
            found.append(schema["$defs"][inner["$ref"].rsplit("/", 1)[1]])
        elif alternatives := inner.get("anyOf") or inner.get("oneOf"):
            found += alternatives
        else:
            resolved.append(inner)
    return resolved


def _cut(
    data: Any,
    error: ErrorDetails,
    path: yaml_nodes.Path,
    sections: set[str],
    items: set[tuple[str, str]],
) -> bool:
    """Take what was refused out of the data; False where nothing sensible would be left."""
    if not path:
        return False
    section = str(path[0])
    if error["type"] == "extra_forbidden":
        if len(path) == 1:
            sections.add(nearest(section, Document.model_fields))
        # It may be an item of a section that stands too deep or not deep enough, and hold more.
        inside = at(data, path)
        ids = {str(path[-1]), *(inside if isinstance(inside, dict) else ())}
        items.update((its, id) for its in (*_OF_ITEMS, "branches") for id in ids)
        _drop(data, path)
    elif section in _OF_ITEMS:
        if len(path) > 1 and _drop(data, path[:2]):
            items.add((section, str(path[1])))
        else:
            sections.add(section)
        if not data.get(section) or len(path) < 2:
            data[section] = deepcopy(_STAND_INS.get(section, {}))
    elif path == ("branches",):
        data[section] = {}
        sections.add(section)
    elif section == "branches" and _is_of_key(error) and len(path) == 2:
        _drop(data, path)
        items.add((section, str(path[1])))
    elif section in ("decide", "branches"):
        _hollow(data, path[:-1] if _is_of_key(error) else path)
    else:
        data[section] = deepcopy(_STAND_INS.get(section, "…"))
    return True


# Sections that go on without one of their items.
_OF_ITEMS = frozenset({
    "questions", "outcomes", "caveats", "sources", "parameters", "ways", "kits", "figures",
    "libraries", "cases", "rules",
})  # fmt: skip
# Enough of a document to go on with where a whole section is refused or absent.
_STAND_IN_ANSWERS = {"a": {"label": "…", "because": "…"}, "b": {"label": "…", "because": "…"}}
_STAND_INS: dict[str, object] = {
    "format": "1",
    "words": {},
    "measured": None,
    "reference": None,
    "questions": {"0": {"ask": "…", "short": "…", "answers": _STAND_IN_ANSWERS}},
    "outcomes": {"0": {"name": "…", "verdict": "…"}},
    "cases": [],
    "rules": {"0": {"because": "…", "require": "…"}},
    "review-by": "9999-12-31",
}


def _drop(data: Any, path: yaml_nodes.Path) -> bool:
    for part in path[:-1]:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return False
    last = path[-1]
    if isinstance(data, dict) and last in data:
        del data[last]
        return True
    if isinstance(data, list) and isinstance(last, int) and last < len(data):
        # The list keeps its length, so that later places in it keep their index.
        data[last] = NO_CASE
        return True
    return False


def _hollow(data: Any, path: yaml_nodes.Path) -> None:
    """Put a hole where the innermost step around the path stands."""
    # Below `decide`, and below each branch's id, question ids and answers alternate.
    depth = 1
    holder, key = data, path[0]
    if path[0] == "branches":
        depth = 2
        holder, key = data["branches"], path[1]
    node = holder.get(key)
    while (
        depth + 1 < len(path)
        and isinstance(node, dict)
        and isinstance(inner := node.get(path[depth]), dict)
        and path[depth + 1] in inner
        and isinstance(path[depth + 1], str)
    ):
        holder, key = inner, path[depth + 1]
        node = holder[key]
        depth += 2
    holder[key] = HOLE

"""What the schema refused, in words: one message for each of pydantic's types of error.

What a text that must match a pattern should be is said beside the pattern: `model.PATTERNS`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from advisor.engine.problems import Place, Problem, did_you_mean, nearest, one_of, quoted
from advisor.engine.reading.schema_errors import SchemaError
from advisor.engine.reading.schema_keys import known_keys
from advisor.engine.reading.yaml_nodes import Mapping, Node, Path, find, place_of, plain
from advisor.engine.tree.model import PATTERNS, QUESTION, Model, Pattern
from advisor.engine.tree.policy_model import EFFECTS, Policy, effects_of

_STEP = "one question, a recommendation (`recommend:`) or a jump (`branch:`)"


def problem_of(root: Mapping, error: SchemaError, whole: type[Model]) -> Problem:
    """Return the problem that a refusal by the schema is, with its place in what was written."""
    node, key = find(root, error.path)
    refused = _Refused(root, error, whole, node, place_of(node), place_of(key or node))
    if error.is_of_key:
        return _bad_key(refused)
    return _MESSAGES.get(error.type, _in_pydantics_words)(refused)


@dataclass(frozen=True, slots=True)
class _Refused:
    """What a message is made of: the error, what stands there, and both places of it."""

    root: Mapping
    error: SchemaError
    whole: type[Model]
    node: Node
    at_value: Place
    at_key: Place

    @property
    def input(self) -> Any:
        """Return what was refused, as data."""
        return self.error.details["input"]

    @property
    def context(self) -> dict[str, Any]:
        """Return what pydantic says of the error beside its type."""
        return self.error.details.get("ctx", {})

    @property
    def name(self) -> str:
        """Return what stands there, as a message calls it."""
        return _name(self.error.path)

    @property
    def shown(self) -> str:
        """Return what stands there, as a message shows it."""
        match self.input:
            case dict():
                return "keys and values"
            case list():
                return "a list"
            case value:
                return quoted(value)


def _name(path: Path) -> str:
    """Return what stands at the path, as a message calls it."""
    match path:
        case (*around, int(index)):
            return f"item {index + 1} of {_name(tuple(around))}"
        case (*_, key):
            return quoted(key)
        case _:
            return "the tree"


def _bad_key(refused: _Refused) -> Problem:
    longest = f"{refused.context.get('max_length')} characters at most"
    pattern = PATTERNS.get(refused.context.get("pattern", ""))
    expected = pattern.expected if pattern else longest
    hint = _comma_hint(refused)
    return Problem("bad-id", refused.at_key, refused.name, expected, hint)


def _unknown_key(refused: _Refused) -> Problem:
    path = refused.error.path
    known = known_keys(path, refused.error.tag, refused.whole)
    hint = did_you_mean(str(path[-1]), known) or _comma_hint(refused)
    return Problem("unknown-key", refused.at_key, f"the key {refused.name}", one_of(known), hint)


def _missing_key(refused: _Refused) -> Problem:
    expected = f"the key {refused.name} in"
    if len(path := refused.error.path) > 1:
        expected = f"{expected} {_name(path[:-1])}"
        return Problem("missing-key", refused.at_key, f"no {refused.name}", expected)
    expected = f"{expected} {'the policy' if refused.whole is Policy else 'the tree'}"
    file = Place(refused.root.file.name)
    return Problem("missing-key", file, f"no {refused.name}", expected)


def _empty(refused: _Refused) -> Problem:
    return Problem("empty", refused.at_key, f"nothing for {refused.name}", "a text")


def _too_long(refused: _Refused) -> Problem:
    actual = f"{len(refused.input)} characters for {refused.name}"
    expected = f"at most {refused.context['max_length']}"
    return Problem("too-long", refused.at_value, actual, expected)


def _too_few(refused: _Refused) -> Problem:
    actual = f"{refused.context['actual_length']} in {refused.name}"
    expected = f"at least {refused.context['min_length']}"
    return Problem("too-few", refused.at_key, actual, expected)


def _out_of_bounds(refused: _Refused) -> Problem:
    bound = refused.context.get("ge", refused.context.get("le"))
    expected = f"{bound} or {'more' if 'ge' in refused.context else 'less'}"
    return Problem("bad-value", refused.at_value, refused.shown, expected)


def _several_questions(refused: _Refused) -> Problem:
    keys = list(refused.input)
    shown = ", ".join(map(quoted, keys[:4])) + (", …" if len(keys) > 4 else "")
    actual = f"{len(keys)} keys: {shown}" if keys else f"nothing below {refused.name}"
    meant = next(filter(None, map(_step_word, keys)), "")
    hint = f"did you mean `{meant}`?" if meant else ""
    return Problem("wrong-type", refused.at_key, actual, _STEP, hint)


def _several_effects(refused: _Refused) -> Problem:
    rule = refused.input
    if not isinstance(rule, dict):
        return Problem("wrong-type", refused.at_value, refused.shown, "keys and values")
    effects = effects_of(rule)
    misspelt = next((key for key in rule if did_you_mean(key, EFFECTS)), "")
    if misspelt and not effects:
        node, key = find(refused.root, (*refused.error.path, misspelt))
        actual, hint = f"the key {quoted(misspelt)}", did_you_mean(misspelt, EFFECTS)
        return Problem("unknown-key", place_of(key or node), actual, one_of(EFFECTS), hint)
    actual = f"{' and '.join(map(quoted, effects)) or 'no effect'} in {refused.name}"
    return Problem("one-effect", refused.at_key, actual, f"one effect: {one_of(EFFECTS)}")


def _no_bound(refused: _Refused) -> Problem:
    actual = f"no `minimum` and no `maximum` in {refused.name}"
    return Problem("missing-key", refused.at_key, actual, "one of the two at least")


def _no_date(refused: _Refused) -> Problem:
    return Problem("bad-value", refused.at_value, refused.shown, "a date: year-month-day")


def _no_match(refused: _Refused) -> Problem:
    regex = refused.context["pattern"]
    pattern = PATTERNS.get(regex) or Pattern(f"text like {regex}")
    if not refused.input.strip():
        actual = f"nothing for {refused.name}"
        return Problem("empty", refused.at_key, actual, pattern.expected)
    return Problem(pattern.problem_id, refused.at_value, refused.shown, pattern.expected)


def _no_such_word(refused: _Refused) -> Problem:
    listed = refused.context["expected"].replace(" or ", ", ").split(", ")
    words = [word.strip("'") for word in listed]
    hint = did_you_mean(str(refused.input), words)
    return Problem("bad-value", refused.at_value, refused.shown, one_of(words), hint)


def _no_integer(refused: _Refused) -> Problem:
    return Problem("bad-value", refused.at_value, refused.shown, "a whole number")


def _wrong_type(refused: _Refused) -> Problem:
    path = refused.error.path
    if refused.error.tag == QUESTION and (meant := _step_word(str(path[-1]))):
        actual, hint = f"the key {refused.name}", f"did you mean `{meant}`?"
        return Problem("unknown-key", refused.at_key, actual, _STEP, hint)
    is_step = refused.error.details["loc"][-1] == QUESTION
    expected = _STEP if is_step else _SHAPES[refused.error.type]
    if refused.input == "":
        return Problem("empty", refused.at_key, f"nothing for {refused.name}", expected)
    return Problem("wrong-type", refused.at_value, refused.shown, expected)


def _in_pydantics_words(refused: _Refused) -> Problem:
    return Problem("bad-value", refused.at_value, refused.shown, refused.error.details["msg"])


_SHAPES = {
    "string_type": "a text",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "model_attributes_type": "keys and values",
    "list_type": "a list",
    "tuple_type": "a list",
}
_MESSAGES: dict[str, Callable[[_Refused], Problem]] = {
    "extra_forbidden": _unknown_key,
    "missing": _missing_key,
    "string_too_short": _empty,
    "string_too_long": _too_long,
    "too_short": _too_few,
    "one_question": _several_questions,
    "one_effect": _several_effects,
    "no_bound": _no_bound,
    "no_date": _no_date,
    "string_pattern_mismatch": _no_match,
    "literal_error": _no_such_word,
    "greater_than_equal": _out_of_bounds,
    "less_than_equal": _out_of_bounds,
    "int_parsing": _no_integer,
    "int_parsing_size": _no_integer,
    "int_type": _no_integer,
    "int_from_float": _no_integer,
    **dict.fromkeys(_SHAPES, _wrong_type),
}


def _step_word(key: str) -> str:
    """Return `recommend` or `branch` where only that can be meant.

    Any key may be a question's id.
    """
    return nearest(key, ("recommend", "branch"), cutoff=0.8)


def _comma_hint(refused: _Refused) -> str:
    """Return a hint at the commonest mistake inside braces: `{label: Yes, at once}` is two keys."""
    before = refused.at_key.text[: refused.at_key.column - 1]
    if plain(refused.node) == "" and re.search(r"\{[^{}]*,\s*$", before):
        return "inside { } a text that contains a comma needs quotes around it"
    return ""

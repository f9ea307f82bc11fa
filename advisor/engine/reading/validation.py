"""Validation by the models: what of a document is well formed, and one problem for each mistake."""

from collections.abc import Iterator
from typing import TypeVar

from pydantic import ValidationError

from advisor.engine.problems import MAX_PROBLEMS, Problem, nearest
from advisor.engine.reading import yaml_nodes
from advisor.engine.reading.misplaced_keys import MisplacedKey, misplaced_keys
from advisor.engine.reading.references import Broken
from advisor.engine.reading.repair import Repair
from advisor.engine.reading.schema_errors import SchemaError, schema_errors
from advisor.engine.reading.schema_keys import known_keys, known_keys_in
from advisor.engine.reading.schema_messages import problem_of
from advisor.engine.tree.model import Document, Model
from advisor.engine.tree.policy_model import Limit, Policy

MAX_REPAIRS = 50

Whole = TypeVar("Whole", Document, Policy)


def validate(
    root: yaml_nodes.Mapping, unsure: frozenset[str], kind: type[Whole]
) -> tuple[Whole | None, Broken, list[Problem]]:
    """Return the document or policy without what the schema refused, and the problems of that.

    Refused parts are cut out and the rest is validated again, so that one misspelt key does not
    hide what is wrong elsewhere. `unsure` are sections that may hold more than could be read.
    """
    problems: list[Problem] = []
    repair = Repair(root, unsure)
    for _ in range(MAX_REPAIRS):
        try:
            document = kind.model_validate(repair.data)
        except ValidationError as invalid:
            errors = schema_errors(root, invalid)
        else:
            return document, repair.broken, problems
        if len(problems) <= MAX_PROBLEMS:
            problems += _problems(root, errors[: MAX_PROBLEMS + 1], unsure, kind)
        if not all(map(repair.cut, errors)):
            break
    return None, Broken(), problems


def _problems(
    root: yaml_nodes.Mapping,
    errors: list[SchemaError],
    unsure: frozenset[str],
    whole: type[Model],
) -> Iterator[Problem]:
    """Yield one problem for each mistake, those of keys that are missing last.

    A misspelt key is not reported as a missing one as well.
    """
    consequences = _Consequences(root, errors)
    data = yaml_nodes.plain(root)
    refused = ((error.type, error.path) for error in errors)
    out_of_place = misplaced_keys(data, refused, known_keys_in(data, whole))
    yield from (_misplaced(root, key) for key in out_of_place)
    errors = [
        error for error in errors if not any(key.explains(error.path) for key in out_of_place)
    ]
    meant: set[yaml_nodes.Path] = set()
    for error in errors:
        if error.type == "missing" or consequences.include(error):
            continue
        yield problem_of(root, error, whole)
        if error.type == "extra_forbidden":
            known = known_keys(error.path, error.tag, whole)
            meant.add((*error.path[:-1], nearest(str(error.path[-1]), known)))
    for error in errors:
        if error.type != "missing" or error.path in meant or _has_gaps(root, error.path):
            continue
        if len(error.path) > 1 or error.path[0] not in unsure:
            yield problem_of(root, error, whole)


class _Consequences:
    """Errors that follow from others and are none of their own."""

    def __init__(self, root: yaml_nodes.Mapping, errors: list[SchemaError]) -> None:
        self.root = root
        self.bad_keys = {error.path for error in errors if error.is_of_key}
        # What stands beside may be what there is too little of.
        self.beside_unknown = {e.path[:-1] for e in errors if e.type == "extra_forbidden"}
        self.around = {error.path[:end] for error in errors for end in range(len(error.path))}

    def include(self, error: SchemaError) -> bool:
        """Tell whether the error follows from another one.

        So does a value below a key that is no id, a list that is too short for an item that is
        wrong, and a bound that is there by another name.
        """
        path = error.path
        if path in self.bad_keys and not error.is_of_key:
            return True
        match error.type:
            case "too_short":
                incomplete = path in self.around or _has_gaps(self.root, path)
                return incomplete or path[:-1] in self.beside_unknown
            case "no_bound":
                return _is_bound_misspelt(self.root, path)
        return False


def _misplaced(root: yaml_nodes.Mapping, key: MisplacedKey) -> Problem:
    node, written = yaml_nodes.find(root, key.path)
    return key.problem().placed(yaml_nodes.place_of(written or node))


def _has_gaps(root: yaml_nodes.Mapping, path: yaml_nodes.Path) -> bool:
    """Tell whether YAML made a part of what was written at the path unusable."""
    node, _ = yaml_nodes.find(root, path)
    return isinstance(node, yaml_nodes.Mapping) and node.gaps


def _is_bound_misspelt(root: yaml_nodes.Mapping, path: yaml_nodes.Path) -> bool:
    """Tell whether a limit has a bound after all, by a key that is reported as it was written."""
    node, _ = yaml_nodes.find(root, path)
    return isinstance(node, yaml_nodes.Mapping) and any(
        nearest(key, ("minimum", "maximum")) for key in node if key not in Limit.model_fields
    )

"""What pydantic refused, each with the path in the document of what it refused."""

from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from advisor.engine.reading.yaml_nodes import Mapping, Node, Path, find
from advisor.engine.tree.model import TAGS
from advisor.engine.tree.policy_model import RULE_TAGS

_ALL_TAGS = TAGS | RULE_TAGS.keys()
# What the schema asks of keys; a key that is called `[key]` has other errors below it.
_OF_KEYS = frozenset({"string_pattern_mismatch", "string_too_long"})


@dataclass(frozen=True, slots=True)
class SchemaError:
    """A pydantic error, and the path in the document of what it refuses."""

    details: ErrorDetails
    path: Path

    @property
    def type(self) -> str:
        """Return pydantic's word for what is wrong: `string_too_long`."""
        return self.details["type"]

    @property
    def tag(self) -> str:
        """Return the tag of the union that the key stands in, or an empty string."""
        (tag, *_) = (*self.details["loc"][-2:-1], "")
        return str(tag)

    @property
    def is_of_key(self) -> bool:
        """Tell whether a key is refused, and not what stands below it."""
        return _is_of_key(self.details)


def schema_errors(root: Mapping, invalid: ValidationError) -> list[SchemaError]:
    """Return pydantic's errors in its order, with their paths in the document."""
    errors = invalid.errors(include_url=False, include_input=True)
    return [SchemaError(details, _path(root, details)) for details in errors]


def takes_tag(path: Path) -> bool:
    """Tell whether a step or a rule stands at the path.

    There, and only there, pydantic puts a tag. Below `decide`, and below each branch's id, question
    ids and answers alternate.
    """
    return (
        (path[:1] == ("decide",) and len(path) % 2 == 1)
        or (path[:1] == ("branches",) and len(path) % 2 == 0)
        or (path[:1] == ("rules",) and len(path) == 2)
    )


def _path(root: Mapping, details: ErrorDetails) -> Path:
    """Return the error's place in the document, without pydantic's union tags and `[key]`."""
    path: Path = ()
    node: Node = root
    loc = details["loc"]
    tagged = False
    for index, part in enumerate(loc):
        is_last = index == len(loc) - 1
        if is_last and _is_of_key(details):
            continue
        if part in _ALL_TAGS and not tagged and takes_tag(path):
            tagged = True
            continue
        tagged = False
        inner, _ = find(node, (part,))
        if inner is not node:
            node = inner
        elif not (is_last and details["type"] in ("missing", "extra_forbidden")):
            continue
        path = (*path, part)
    return path


def _is_of_key(details: ErrorDetails) -> bool:
    return details["loc"][-1:] == ("[key]",) and details["type"] in _OF_KEYS

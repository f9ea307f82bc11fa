"""A copy of what was written, cut and patched until the schema takes the rest."""

from copy import deepcopy
from typing import Any

from advisor.engine.problems import nearest
from advisor.engine.reading.linking import HOLE
from advisor.engine.reading.lint import NO_CASE
from advisor.engine.reading.misplaced_keys import at
from advisor.engine.reading.references import Broken
from advisor.engine.reading.schema_errors import SchemaError
from advisor.engine.reading.yaml_nodes import Mapping, Path, plain
from advisor.engine.tree.model import Document

# Sections that go on without one of their items.
_OF_ITEMS = frozenset({
    "questions", "outcomes", "caveats", "sources", "parameters", "frameworks", "kits", "figures",
    "libraries", "cases", "rules", "not-for",
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
    "sign-offs": 1,
    "promises": {},
}


class Repair:
    """What is left to validate, and what was taken out of it.

    `data` is what was written until the first cut, and then a copy: the places of what was written
    stay.
    """

    def __init__(self, root: Mapping, unsure: frozenset[str]) -> None:
        self.root = root
        self.data: Any = root
        self.sections = set(unsure)
        self.items: set[tuple[str, str]] = set()

    @property
    def broken(self) -> Broken:
        """Return the sections and items that were taken out, or that may be incomplete."""
        return Broken(frozenset(self.sections), frozenset(self.items))

    def cut(self, error: SchemaError) -> bool:
        """Take what was refused out of the data; return False if nothing sensible would be left."""
        path = error.path
        if not path:
            return False
        if self.data is self.root:
            self.data = plain(self.root)
        section = str(path[0])
        if error.type == "extra_forbidden":
            self._cut_unknown(path)
        elif section in _OF_ITEMS:
            self._cut_item(section, path)
        elif path == ("branches",):
            self.data[section] = {}
            self.sections.add(section)
        elif section == "branches" and error.is_of_key and len(path) == 2:
            _drop(self.data, path)
            self.items.add((section, str(path[1])))
        elif section in ("decide", "branches"):
            _hollow(self.data, path[:-1] if error.is_of_key else path)
        else:
            self._replace(section, "…")
        return True

    def _cut_unknown(self, path: Path) -> None:
        if len(path) == 1:
            self.sections.add(nearest(str(path[0]), Document.model_fields))
        # It may be an item of a section that stands too deep or not deep enough, and hold more.
        inside = at(self.data, path)
        ids = {str(path[-1]), *(inside if isinstance(inside, dict) else ())}
        self.items.update((section, id) for section in (*_OF_ITEMS, "branches") for id in ids)
        _drop(self.data, path)

    def _cut_item(self, section: str, path: Path) -> None:
        if len(path) > 1 and _drop(self.data, path[:2]):
            self.items.add((section, str(path[1])))
        else:
            self.sections.add(section)
        if not self.data.get(section) or len(path) < 2:
            self._replace(section, {})

    def _replace(self, section: str, otherwise: object) -> None:
        self.data[section] = deepcopy(_STAND_INS.get(section, otherwise))


def _drop(data: Any, path: Path) -> bool:
    """Take out what stands at the path; return False where nothing stands there."""
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


def _hollow(data: Any, path: Path) -> None:
    """Put a hole where the innermost step around the path stands.

    Below `decide`, and below each branch's id, question ids and answers alternate.
    """
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

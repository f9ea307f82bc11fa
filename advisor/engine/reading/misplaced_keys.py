"""Keys that stand one level too far out or in: one slip of indentation, many refusals."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from advisor.engine.problems import quoted
from advisor.engine.reading.lint import UnplacedProblem
from advisor.engine.reading.yaml_nodes import Path

# The keys that the schema knows beside the last of a path.
KnownKeys = Callable[[Path], list[str]]


@dataclass(frozen=True, slots=True)
class MisplacedKey:
    """A key that stands at `path` and belongs at `home`; `beside` is the key that it passed."""

    path: Path
    home: Path
    beside: str

    @property
    def is_out(self) -> bool:
        """Tell whether the key stands too far out."""
        return len(self.path) < len(self.home)

    def explains(self, path: Path) -> bool:
        """Tell whether what is refused at the path follows from this."""
        missed = path == self.home or (self.is_out and path == self.home[:-1])
        return missed or path[: len(self.path)] == self.path

    def problem(self) -> UnplacedProblem:
        """Return the problem that the key makes."""
        inside, beside = f"inside {quoted(self.beside)}", f"beside {quoted(self.beside)}"
        where, expected = (beside, inside) if self.is_out else (inside, beside)
        actual = f"the key {quoted(self.path[-1])} {where}"
        how = f"indent it {'more' if self.is_out else 'less'}"
        return UnplacedProblem("misplaced", self.path, actual, f"it {expected}", how, at_key=True)


def misplaced_keys(
    data: Any, refused: Iterable[tuple[str, Path]], known_keys: KnownKeys
) -> list[MisplacedKey]:
    """Return what was refused because it stands one level off.

    `data` is the document as dicts, lists and text, `refused` pydantic's words and the paths.
    """
    refusals = list(refused)
    empty = {path for kind, path in refusals if kind != "missing" and at(data, path) == ""}
    misplaced: dict[Path, MisplacedKey] = {}
    for kind, path in refusals:
        around = (path[:end] for end in range(2, len(path) + 1))
        outward = (_too_far_out(data, inner, empty, known_keys) for inner in around)
        key = next(filter(None, outward), None)
        if key is None and kind == "extra_forbidden":
            key = _too_far_in(data, path, known_keys)
        if key:
            misplaced[key.path] = key
    return list(misplaced.values())


def _too_far_out(
    data: Any, path: Path, empty: set[Path], known_keys: KnownKeys
) -> MisplacedKey | None:
    """Return a key that the entry before it lacks, or whose entry before it has nothing at all."""
    around, name = at(data, path[:-1]), path[-1]
    if not isinstance(around, dict) or name not in around:
        return None
    keys = list(around)
    before = keys[keys.index(name) - 1] if keys[0] != name else ""
    if not before or name in known_keys(path):
        return None
    home = (*path[:-1], before, name)
    lacks = isinstance(around[before], dict) and name not in around[before]
    fits = home[:-1] in empty or (lacks and name in known_keys(home))
    return MisplacedKey(path, home, before) if fits else None


def _too_far_in(data: Any, path: Path, known_keys: KnownKeys) -> MisplacedKey | None:
    """Return a key that what is around its mapping lacks."""
    if len(path) < 2 or not isinstance(path[-2], str):
        return None
    home = (*path[:-2], path[-1])
    around = at(data, home[:-1])
    fits = path[-1] in known_keys(home) and path[-1] not in around
    return MisplacedKey(path, home, path[-2]) if fits else None


def at(data: Any, path: Path) -> Any:
    """Return what stands at the path; None where the path leads nowhere."""
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data

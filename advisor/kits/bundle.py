"""A result together with its kit: what is saved, exported and downloaded."""

from collections.abc import Mapping
from dataclasses import dataclass

from advisor.engine.walking.evaluate import Result
from advisor.kits.kit import KitFile


@dataclass(frozen=True, slots=True)
class FrameworkFiles:
    """A way to run a kit, as it was when the record was made."""

    id: str
    label: str
    files: tuple[KitFile, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a record keeps: the result, and its kit way by way; `settings` are the values in it.

    `text` is the result as the record holds it, empty as long as there is no record.
    """

    result: Result
    settings: Mapping[str, str | int]
    ways: tuple[FrameworkFiles, ...]
    text: str = ""

    def way(self, id: str) -> FrameworkFiles | None:
        """The way of that id, else the first; None where there is no kit."""
        return next((way for way in self.ways if way.id == id), next(iter(self.ways), None))

    def names(self) -> tuple[str, ...]:
        """The files that every way of the kit has; none without a kit."""
        return tuple(file.name for way in self.ways[:1] for file in way.files)

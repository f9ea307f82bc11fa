"""A result together with its kit: what is saved, exported and downloaded."""

from collections.abc import Mapping
from dataclasses import dataclass

from advisor.engine.walking.evaluate import Result
from advisor.kits.kit import KitFile


@dataclass(frozen=True, slots=True)
class FrameworkFiles:
    """The files of a kit for one framework, as they were when the record was made."""

    id: str
    label: str
    files: tuple[KitFile, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """The result, and its kit for each framework; `settings` are the values in the kit.

    `text` is the result as the record holds it, empty as long as there is no record.
    """

    result: Result
    settings: Mapping[str, str | int]
    frameworks: tuple[FrameworkFiles, ...]
    text: str = ""

    def framework(self, id: str) -> FrameworkFiles | None:
        """The framework of that id, else the first; None where there is no kit."""
        return next(
            (framework for framework in self.frameworks if framework.id == id),
            next(iter(self.frameworks), None),
        )

    def names(self) -> tuple[str, ...]:
        """The files that every framework of the kit has; none without a kit."""
        return tuple(file.name for framework in self.frameworks[:1] for file in framework.files)

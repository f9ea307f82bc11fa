"""A result together with its kit, as it is saved, exported and downloaded."""

from collections.abc import Mapping
from dataclasses import dataclass

from advisor.engine.tree import model
from advisor.engine.tree.parameter_values import Value
from advisor.engine.walking.evaluate import Result
from advisor.kits.kit import Kit, KitFile
from advisor.kits.layout import one_file
from advisor.kits.writing import write, write_joined


@dataclass(frozen=True, slots=True)
class FrameworkFiles:
    """The files of a kit for one framework, with the values written in.

    `joined` are the files that take the place of its code where the code is wanted in one file;
    there are none in records of earlier releases.
    """

    id: str
    label: str
    files: tuple[KitFile, ...]
    joined: tuple[KitFile, ...] = ()

    def laid_out(self, *, separate: bool = False) -> tuple[KitFile, ...]:
        """Return all files for a download: with the code in one file, unless it has none."""
        if separate or not self.joined:
            return self.files
        instead = {file.path for file in self.joined}
        kept = (file for file in self.files if file.supporting and file.path not in instead)
        rest = (*(file for file in self.joined if file.supporting), *kept)
        code = (file for file in self.joined if not file.supporting)
        return (*code, *sorted(rest, key=lambda file: (file.folder, file.name)))


def frameworks_of(
    kit: Kit, document: model.Document, settings: Mapping[str, Value]
) -> tuple[FrameworkFiles, ...]:
    """Return the files of a kit for each framework, with the values written in.

    Raise NotWritable as `write` does.
    """
    joined = write_joined(kit, document.parameters, settings)
    return tuple(
        FrameworkFiles(
            id,
            document.frameworks[id].label if id in document.frameworks else "",
            files,
            one_file(joined.get(id, ()), files),
        )
        for id, files in write(kit, document.parameters, settings).items()
    )


@dataclass(frozen=True, slots=True)
class Bundle:
    """A result, and its kit for each framework; `settings` are the values written into the kit.

    Without a kit, `settings` and `frameworks` are empty. `text` is the JSON of the result as a
    record stores it, empty where there is no record.
    """

    result: Result
    settings: Mapping[str, Value]
    frameworks: tuple[FrameworkFiles, ...]
    text: str = ""

    def framework(self, id: str) -> FrameworkFiles | None:
        """Return the framework with this id, or else the first; None without a kit."""
        return next(
            (framework for framework in self.frameworks if framework.id == id),
            next(iter(self.frameworks), None),
        )

    def names(self) -> tuple[str, ...]:
        """Return the paths of the files of the first framework; none without a kit."""
        return tuple(
            file.path for framework in self.frameworks[:1] for file in framework.laid_out()
        )

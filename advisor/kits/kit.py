"""What a kit is: the files of one outcome, for each framework."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from advisor.engine.tree.parameter_values import Value

README, REQUIREMENTS = "README.md", "requirements.txt"
# What only tests and measurements import: good tokens, bad ones, requests.
FOR_TESTS = {"samples.py", "forging.py", "browser.py", "conftest.py", "django_project.py"}
TESTS = "tests"
AT_THE_TOP = (README, REQUIREMENTS)
# Lists changes that break the kit. The tests of the kit must notice each of them.
MUTANTS = "mutants.yaml"


@dataclass(frozen=True, slots=True)
class KitFile:
    """A file of a kit. `supporting` files are not the code that a reader starts with.

    No two files have one name; `folder` is where a download has the file, empty for the top, and
    `origin` where the tree has it.
    """

    name: str
    text: str
    supporting: bool = False
    folder: str = ""
    origin: str = field(default="", compare=False)

    @property
    def path(self) -> str:
        """Return the name with the folder before it."""
        return f"{self.folder}/{self.name}" if self.folder else self.name


@dataclass(frozen=True, slots=True)
class Kit:
    """The files of one outcome for each framework; `module` is the file with the constants.

    `parameters` are those that its code has constants for, with the values written there. `pins`
    are the versions of the libraries that the kit needs, by normalised name. `choices` are the
    options that these files are for, by choice, and `others` the kits for all other options.
    `joined` has the code of a framework in one file, with what cannot be a part of it; it has no
    entry where the code is one file anyway, or cannot be joined. `places` are those of the files
    that are not Python, by file and parameter.
    """

    outcome: str
    module: str
    frameworks: Mapping[str, tuple[KitFile, ...]]
    parameters: Mapping[str, Value]
    pins: Mapping[str, str]
    choices: Mapping[str, str] = field(default_factory=dict)
    others: tuple["Kit", ...] = ()
    joined: Mapping[str, tuple[KitFile, ...]] = field(default_factory=dict)
    places: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def variants(self) -> tuple["Kit", ...]:
        """Return the kit for each combination of options, this one first."""
        return self, *self.others

    def takes(self) -> frozenset[str]:
        """Return the ids of all parameters that some variant takes."""
        return frozenset(id for kit in self.variants for id in (*kit.choices, *kit.parameters))

    def names(self) -> tuple[str, ...]:
        """Return the names of the files of the first framework."""
        return tuple(file.name for file in next(iter(self.frameworks.values())))


def fingerprint(kit: Kit) -> str:
    """Return the sha256, as hex, of the names and texts of all files of all variants."""
    digest = hashlib.sha256()
    for variant in kit.variants:
        for framework, files in variant.frameworks.items():
            texts = (text for file in files for text in (file.name, file.text))
            for part in (*variant.choices.values(), framework, *texts):
                data = part.encode()
                digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()

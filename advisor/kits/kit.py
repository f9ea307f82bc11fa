"""What a kit is: one outcome's files, for each framework that runs them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

README, REQUIREMENTS = "README.md", "requirements.txt"


# What only tests and measurements import: good tokens, bad ones, requests.
FOR_TESTS = {"samples.py", "forging.py", "browser.py"}


# A list of changes that break the kit, each of which its tests notice.
MUTANTS = "mutants.yaml"


@dataclass(frozen=True, slots=True)
class KitFile:
    """A file of a kit. `aside` files come along, but are not the code that one reads first."""

    name: str
    text: str
    supporting: bool = False


@dataclass(frozen=True, slots=True)
class Kit:
    """One outcome's files, for each framework; `module` is the file with the constants.

    `parameters` are those whose constants the module has, with the values that stand there, `pins`
    the libraries that it needs.
    """

    outcome: str
    module: str
    frameworks: Mapping[str, tuple[KitFile, ...]]
    parameters: Mapping[str, str | int]
    pins: Mapping[str, str]

    def names(self) -> tuple[str, ...]:
        """The files that every framework has."""
        return tuple(file.name for file in next(iter(self.frameworks.values())))


def fingerprint(kit: Kit) -> str:
    """The sha256, as hex, of all files of a kit, in every framework."""
    digest = hashlib.sha256()
    for framework, files in kit.frameworks.items():
        for part in (framework, *(text for file in files for text in (file.name, file.text))):
            data = part.encode()
            digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()

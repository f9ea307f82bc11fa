"""The bad trees of the suite: one folder for each mistake, below the id of the problem it causes.

`invalid/unknown-outcome/in-case/` holds a tree as an author might write it, and `expected.txt`,
which is what `tree check` prints about it. `make expected` writes those files.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from advisor.engine.problems import Problem, in_order, printed
from advisor.engine.reader import Reading, read_folder
from advisor.kits.reading import read_kits

TESTS = Path(__file__).parents[1]
# Problems of the files that a tree and its policies are made of, and problems of its kits.
OF_TREES, OF_KITS = TESTS / "engine" / "invalid", TESTS / "kits" / "invalid"
EXPECTED = "expected.txt"
# Messages name the folder so, wherever the suite keeps it.
NAME = "lunch"
# The day on which the review of a policy is due or not.
TODAY = date(2026, 11, 23)


@dataclass(frozen=True, slots=True)
class BadTree:
    folder: Path

    @property
    def id(self) -> str:
        """Return the id of the problem that the tree is about."""
        return self.folder.parent.name

    @property
    def mistake(self) -> str:
        return self.folder.name

    @property
    def expected(self) -> str:
        return (self.folder / EXPECTED).read_text(encoding="utf-8")

    def read(self) -> Reading:
        """Return what the engine reads from the folder."""
        return read_folder(self.folder, NAME, today=TODAY)

    def __str__(self) -> str:
        return f"{self.id}/{self.mistake}"


def bad_trees(root: Path) -> list[BadTree]:
    """Return the bad trees below a folder, sorted by problem and mistake."""
    return [BadTree(folder) for folder in sorted(root.glob("*/*"))]


def problems(folder: Path) -> tuple[Problem, ...]:
    """Return every problem of a folder, those of its kits too."""
    reading = read_folder(folder, NAME, today=TODAY)
    if reading.tree is None or not (folder / "kits").is_dir():
        return reading.problems
    _, of_kits = read_kits(folder, reading.tree.without_policies, NAME)
    return in_order((*reading.problems, *of_kits))


def as_printed(problems: Iterable[Problem]) -> str:
    """Return problems as `expected.txt` holds them: each as `tree check` prints it."""
    return "".join(f"{printed(problem)}\n" for problem in problems)


def write_expected(trees: Iterable[BadTree]) -> Iterator[Path]:
    """Write what is printed today into each `expected.txt`, and yield those that were different."""
    for tree in trees:
        path = tree.folder / EXPECTED
        printed_today = as_printed(problems(tree.folder))
        if not path.is_file() or tree.expected != printed_today:
            path.write_text(printed_today, encoding="utf-8")
            yield path


if __name__ == "__main__":
    for path in write_expected((*bad_trees(OF_TREES), *bad_trees(OF_KITS))):
        print(path.relative_to(TESTS.parent))

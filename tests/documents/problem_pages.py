"""The pages of docs/problems: one for each problem that `tree check` can report, and their index.

An author writes what is wrong in one sentence, the right example, and why. The level, the wrong
example and the message come from the code and from the bad trees of the suite; `make documents`
writes them. A comment in the page names the bad tree:

    <!-- example: MISTAKE [FILE [FIRST-SECTION [LAST-SECTION]]] -->

Without a file the page shows the section of the first problem, or else the names of all files.
`made` stands for a tree that `tests/support/made_trees.py` makes; of such a tree the page shows the
message alone.
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from advisor.engine.problems import ERRORS, WARNINGS
from tests.support.bad_trees import EXPECTED, NAME, OF_KITS, OF_TREES, BadTree, problems
from tests.support.made_trees import MADE

PAGES = Path(__file__).parents[2] / "docs" / "problems"
INDEX = "README.md"
IDS = ERRORS | WARNINGS
END = "<!-- end of example -->"
_EXAMPLE = re.compile(rf"<!-- example: (.*?) -->\n.*?{END}\n", re.DOTALL)
_PAGE = re.compile(
    r"# (?P<id>[^\n]+)\n\n"
    r"\*\*(?P<level>Error|Warning)\.\*\* (?P<sentence>[^\n]+(?:\n[^\n]+)*)\n\n"
    r"## Wrong\n\n(?P<wrong>.+?)\n"
    r"## Right\n\n(?P<right>.+?)\n"
    r"## Why\n\n(?P<why>.+)",
    re.DOTALL,
)
_FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LANGUAGES = {".yaml": "yaml", ".py": "python"}


class BadPage(Exception):
    """A page that has not the form that all have."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A run of lines of one file, or the names of all files where `file` is empty."""

    folder: Path
    file: str = ""
    start: int = 0
    end: int = 0

    @property
    def lines(self) -> list[str]:
        if not self.file:
            return [f"{NAME}/{name}" for name in _names(self.folder)]
        return _lines(self.folder / self.file)[self.start : self.end]

    @property
    def markdown(self) -> str:
        language = _LANGUAGES.get(Path(self.file).suffix, "text")
        place = f"In `{self.file}`" if self.file else "The files"
        return f"{place}:\n\n```{language}\n" + "\n".join(self.lines) + "\n```\n"

    def replaced(self, text: str, into: Path) -> None:
        """Copy the folder, with the text in the place of the excerpt."""
        shutil.copytree(self.folder, into, symlinks=True)
        (into / EXPECTED).unlink()
        if self.file:
            lines = _lines(into / self.file)
            lines[self.start : self.end] = text.splitlines()
            (into / self.file).write_text("\n".join(lines) + "\n", encoding="utf-8")
        else:
            _rename(into, [name.removeprefix(f"{NAME}/") for name in text.splitlines()])


@dataclass(frozen=True, slots=True)
class Page:
    path: Path

    @property
    def id(self) -> str:
        return self.path.stem

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    def part(self, name: str) -> str:
        """Return what an author wrote: the `sentence`, what is `right`, or `why`."""
        match = _PAGE.fullmatch(self.text)
        if match is None:
            raise BadPage(f"{self.path.name} needs a title, a level, Wrong, Right and Why")
        return match[name]

    @property
    def sentence(self) -> str:
        return " ".join(self.part("sentence").split())

    @property
    def example(self) -> str:
        """Return what the comment says of the bad tree."""
        match = _EXAMPLE.search(self.text)
        if match is None:
            raise BadPage(f"{self.path.name} needs one example: <!-- example: … --> and {END}")
        return match[1]

    @property
    def right(self) -> str:
        """Return the first example of the part Right."""
        match = _FENCED.search(self.part("right"))
        if match is None:
            raise BadPage(f"{self.path.name} needs an example under Right")
        return match[2]

    def generated(self) -> str:
        """Return the page as it should be: with today's level, wrong example and message."""
        level = "Warning" if self.id in WARNINGS else "Error"
        shown = f"<!-- example: {self.example} -->\n\n{self._example()}\n{END}\n"
        text = re.sub(r"\A# .*\n", f"# {self.id}\n", self.text)
        text = re.sub(
            r"^\*\*(Error|Warning)\.\*\*", f"**{level}.**", text, count=1, flags=re.MULTILINE
        )
        return _EXAMPLE.sub(lambda _: shown, text, count=1)

    def _example(self) -> str:
        if self.example == "made":
            [made] = [made for made in MADE if made.id == self.id]
            return _message(made.expected)
        bad = self.bad_tree()
        return f"{self.excerpt().markdown}\n{_message(bad.expected)}"

    def bad_tree(self) -> BadTree:
        mistake = self.example.split()[0]
        folders = [root / self.id / mistake for root in (OF_TREES, OF_KITS)]
        existing = [folder for folder in folders if folder.is_dir()]
        if not existing:
            raise BadPage(f"{self.path.name} names no bad tree: {self.id}/{mistake}")
        return BadTree(existing[0])

    def excerpt(self) -> Excerpt:
        folder = self.bad_tree().folder
        _, *where = self.example.split()
        if where:
            file, *named = where
            line = 0
        else:
            place = next(p.place for p in problems(folder) if p.id == self.id)
            if not place.line:
                return Excerpt(folder)
            file, named, line = place.file.removeprefix(f"{NAME}/"), [], place.line
        lines = _lines(folder / file)
        sections = _sections(lines)
        chosen = [
            (start, end)
            for name, start, end in sections
            if (name in named if named else start < line <= end)
        ] or [(0, len(lines))]
        return Excerpt(folder, file, chosen[0][0], chosen[-1][1])


def pages(folder: Path = PAGES) -> list[Page]:
    return [Page(path) for path in sorted(folder.glob("*.md")) if path.name != INDEX]


def without_page(folder: Path = PAGES) -> list[str]:
    """Return the ids of problems that no page explains."""
    return sorted(IDS - {page.id for page in pages(folder)})


def without_problem(folder: Path = PAGES) -> list[str]:
    """Return the names of pages that explain no problem."""
    return sorted({page.id for page in pages(folder)} - IDS)


def out_of_date(folder: Path = PAGES) -> list[str]:
    """Return the names of files that `make documents` would write anew."""
    return [path.name for path, text in generated(folder) if not _holds(path, text)]


def generated(folder: Path = PAGES) -> Iterator[tuple[Path, str]]:
    """Yield each file of the folder with the text that it should have."""
    for page in pages(folder):
        yield page.path, page.generated()
    yield folder / INDEX, index(folder)


def index(folder: Path = PAGES) -> str:
    rows = [
        f"| [{page.id}]({page.path.name}) | {'warning' if page.id in WARNINGS else 'error'} |"
        f" {page.sentence} |\n"
        for page in pages(folder)
    ]
    return _INDEX + "".join(rows)


_INDEX = """\
# Problems that `tree check` reports

`tree check` prints the name of a problem in brackets, as in `error[unknown-outcome]`. Each name
has a page here: what is wrong, an example of it, what is right, and why. An *error* must be fixed
before the tree can be used. A *warning* points at a likely mistake; the tree works with it.

The examples are about where to have lunch. `make documents` writes this index, the wrong examples
and their messages.

| problem | level | what is wrong |
|---|---|---|
"""


def _message(text: str) -> str:
    return f"`tree check` prints:\n\n```text\n{text}```\n"


def _sections(lines: list[str]) -> list[tuple[str, int, int]]:
    """Return name, first line and end of each part that begins at the margin with a key."""
    starts = [n for n, line in enumerate(lines) if re.match(r"[a-z][a-z-]*:", line)]
    ends = [*starts, len(lines)][1:]
    return [
        (lines[start].partition(":")[0], start, end)
        for start, end in zip(starts, ends, strict=True)
    ]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines()


def _names(folder: Path) -> list[str]:
    paths = (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    names = (path.relative_to(folder).as_posix() for path in paths)
    return sorted(name for name in names if name != EXPECTED and "__pycache__" not in name)


def _rename(folder: Path, names: list[str]) -> None:
    """Give the files that are not named their new names, in order; remove those left over."""
    old = [name for name in _names(folder) if name not in names]
    new = [name for name in names if not (folder / name).is_file()]
    aside = folder.with_name(f"{folder.name}-old")
    for name in old:
        (aside / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).rename(aside / name)
        if (folder / name).parent != folder and not any((folder / name).parent.iterdir()):
            (folder / name).parent.rmdir()
    for name, was in zip(new, old, strict=False):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (aside / was).rename(folder / name)


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def write(folder: Path = PAGES) -> Iterator[Path]:
    """Write what is out of date, and yield each file that was."""
    for path, text in generated(folder):
        if not _holds(path, text):
            path.write_text(text, encoding="utf-8")
            yield path

"""`advisor tree check`: list every problem of a tree."""

import re
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings

from advisor import catalogue
from advisor.engine.problems import Problem, printable, printed
from advisor.exports.problems import as_github, as_json, as_sarif
from advisor.exports.report import counted
from advisor.management.printing import Paint, colour_options, encodable, painter
from advisor.management.tree.policies import policy_argument

HELP = "list every problem of a tree"
DESCRIPTION = """\
Lists every problem of the trees. Changes nothing.

Exit codes: 0 no errors (there may be warnings), 1 errors, 2 wrong usage."""


@dataclass(frozen=True, slots=True)
class _Checked:
    folder: Path
    loaded: catalogue.LoadedTree | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> int:
        return sum(problem.severity == "error" for problem in self.problems)

    @property
    def warnings(self) -> int:
        return len(self.problems) - self.errors

    @property
    def counts(self) -> dict[str, int]:
        """Return how much of each kind the tree contains, empty if it is not valid."""
        if self.loaded is None:
            return {}
        tree = self.loaded.tree
        own_cases = len(tree.without_policies.document.cases)
        return {
            "questions": len(tree.document.questions),
            "outcomes": len(tree.document.outcomes),
            "cases": own_cases + sum(len(policy.cases) for policy in tree.policies.values()),
            "kits": len(self.loaded.kits),
            "policies": len(tree.policies),
        }


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the action."""
    parser.formatter_class = RawDescriptionHelpFormatter
    parser.add_argument(
        "folders", nargs="*", type=Path, metavar="FOLDER", help="default: the served trees"
    )
    parser.add_argument(
        "--format",
        choices=_FORMATS,
        default="text",
        help="text for people (the default), json for programs, github for annotations in GitHub "
        "Actions, sarif for code scanning; the last two name files from the repository's root",
    )
    policy_argument(parser)
    colour_options(parser)


def run(options: Mapping[str, Any], out: TextIO) -> int:
    """Write the problems of each folder; return 1 if one has no valid tree, else 0."""
    form = options["format"]
    folders: list[Path] = options["folders"] or [Path(path) for path in settings.ADVISOR_TREES]
    from_repository = form in ("github", "sarif")
    checked = [
        _check(folder, options["policies"], _in_repository(folder) if from_repository else "")
        for folder in folders
    ]
    out.write(_FORMATS[form](checked, painter(options, out)))
    return 1 if any(folder.loaded is None for folder in checked) else 0


def _check(folder: Path, policies: Sequence[Path], name: str) -> _Checked:
    return _Checked(folder, *catalogue.check(folder, policies, name=name))


def _in_repository(folder: Path) -> str:
    """Return the path of a folder from the root of its repository.

    Without a repository, it is relative to the current folder. A folder outside has its full path.
    """
    whole = folder.resolve()
    roots = (above for above in (whole, *whole.parents) if (above / ".git").exists())
    root = next(roots, Path.cwd())
    return (whole.relative_to(root) if whole.is_relative_to(root) else whole).as_posix()


def _text(checked: Sequence[_Checked], paint: Paint) -> str:
    parts = []
    for folder in checked:
        parts += [f"{printed(problem, paint)}\n\n" for problem in folder.problems]
        verdict = paint("error", "broken") if folder.loaded is None else _holds(folder.counts)
        sums = f"{counted(folder.errors, 'error')}, {counted(folder.warnings, 'warning')}"
        parts.append(f"{printable(str(folder.folder))}: {verdict}; {sums}\n")
    return "".join(parts)


def _holds(counts: Mapping[str, int]) -> str:
    policies = counts["policies"]
    phrases = [
        counted(counts["questions"], "question"),
        counted(counts["outcomes"], "outcome"),
        f"{counted(counts['cases'], 'case')} hold{'s' if counts['cases'] == 1 else ''}",
        counted(counts["kits"], "kit"),
        *([f"{counted(policies, 'policy', 'policies')} in force"] if policies else ()),
    ]
    return ", ".join(phrases)


def _json(checked: Sequence[_Checked], _: Paint) -> str:
    trees = [
        {
            "folder": encodable(folder.folder),
            "usable": folder.loaded is not None,
            "errors": folder.errors,
            "warnings": folder.warnings,
            **folder.counts,
        }
        for folder in checked
    ]
    return as_json(_problems(checked), trees)


def _github(checked: Sequence[_Checked], _: Paint) -> str:
    sums = (sum(folder.errors for folder in checked), sum(folder.warnings for folder in checked))
    last = f"{counted(len(checked), 'tree')}: {counted(sums[0], 'error')}, "
    return f"{as_github(_problems(checked))}{last}{counted(sums[1], 'warning')}\n"


def _sarif(checked: Sequence[_Checked], _: Paint) -> str:
    return as_sarif(_problems(checked), _manual())


def _problems(checked: Sequence[_Checked]) -> list[Problem]:
    return [problem for folder in checked for problem in folder.problems]


def _manual() -> dict[str, str]:
    """Return the page of each problem, as Markdown, where the documents came along."""
    pages = (settings.BASE_DIR / "docs" / "problems").glob("[!A-Z]*.md")
    return {path.stem: _entry(path.read_text(encoding="utf-8")) for path in pages}


def _entry(page: str) -> str:
    """Return a page from its first sentence on, without comments: the id and level stand beside."""
    after_level = page.partition(".** ")[2]
    return re.sub(r"<!-- .*? -->\n\n?", "", after_level).strip()


_FORMATS = {"text": _text, "json": _json, "github": _github, "sarif": _sarif}

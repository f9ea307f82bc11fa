"""`advisor tree test`: run the cases of a tree, and show what they reach."""

import json
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings

from advisor import catalogue
from advisor.engine.problems import Place, Problem, printable, printed
from advisor.engine.reader import OF_CASES
from advisor.engine.tree.graph import Ask
from advisor.engine.tree.model import Case
from advisor.engine.walking.case_coverage import CaseWalk, Count, Coverage, coverage, walk_case
from advisor.exports.problems import plain
from advisor.exports.report import counted
from advisor.management.printing import (
    Paint,
    colour_options,
    encodable,
    painter,
    whole_number,
)
from advisor.management.tree.policies import policy_argument

HELP = "run the cases of a tree and show what they reach"
DESCRIPTION = """\
Follows the answers of every case of the trees, and shows which parts of each tree no case reaches.

Exit codes: 0 every case holds, 1 a case fails, the tree has other errors, or the cases reach less
than --fail-under asks for, 2 wrong usage."""


@dataclass(frozen=True, slots=True)
class _Tested:
    """The result of one folder: problems if its tree cannot be walked, else walks and coverage."""

    folder: Path
    problems: tuple[Problem, ...] = ()
    walks: tuple[tuple[Place, CaseWalk], ...] = ()
    coverage: Coverage | None = None

    def passes(self, percent: int) -> bool:
        return (
            self.coverage is not None
            and all(walk.holds for _, walk in self.walks)
            and self.coverage.leaves.percent >= percent
        )


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the action."""
    parser.formatter_class = RawDescriptionHelpFormatter
    parser.add_argument(
        "folders", nargs="*", type=Path, metavar="FOLDER", help="default: the served trees"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument(
        "--fail-under",
        type=_percent,
        default=0,
        metavar="PERCENT",
        help="which share of a tree's recommendations the cases must reach, from 0 to 100",
    )
    parser.add_argument(
        "--limit",
        type=whole_number,
        default=20,
        metavar="N",
        help="list at most N of each kind that no case reaches (default: 20)",
    )
    policy_argument(parser)
    colour_options(parser)


def run(options: Mapping[str, Any], out: TextIO) -> int:
    """Write the result of each folder; return 0 if every folder passes, else 1."""
    folders: list[Path] = options["folders"] or [Path(path) for path in settings.ADVISOR_TREES]
    percent = options["fail_under"]
    tested = [_test(folder, options["policies"], options["limit"]) for folder in folders]
    if options["format"] == "json":
        trees = [_plain(folder) for folder in tested]
        out.write(json.dumps({"format": 1, "trees": trees}, indent=2) + "\n")
    else:
        paint = painter(options, out)
        for folder in tested:
            lines = _lines(folder, percent, options["limit"], paint)
            out.writelines(f"{line}\n" for line in lines)
    return 0 if all(folder.passes(percent) for folder in tested) else 1


def _test(folder: Path, policies: Sequence[Path], limit: int) -> _Tested:
    reading = catalogue.read(folder, policies)
    tree = reading.walkable
    if tree is None or any(problem.id not in OF_CASES for problem in reading.errors):
        return _Tested(folder, reading.problems)
    # The cases of a tree are about the tree without policies, those of a policy about both.
    walks = tuple(
        (written.place, walk_case(tree if written.policy else tree.without_policies, written.case))
        for written in reading.cases
    )
    cases = [written.case for written in reading.cases if not written.policy]
    return _Tested(folder, (), walks, coverage(tree.without_policies, cases, limit))


def _percent(text: str) -> int:
    number = whole_number(text)
    if number > 100:
        raise ArgumentTypeError(f"{text!r} is more than 100")
    return number


def _lines(tested: _Tested, fail_under: int, limit: int, paint: Paint) -> Iterator[str]:
    folder = printable(str(tested.folder))
    if tested.coverage is None:
        for problem in tested.problems:
            yield from (printed(problem, paint), "")
        yield f"{folder}: {paint('error', 'broken')}; no case was run"
        return
    for place, case_walk in tested.walks:
        at = paint("place", f"{printable(place.file)}:{place.line}:{place.column}:")
        holds = paint("good", "holds") if case_walk.holds else paint("error", "fails")
        yield f"{at} {holds}: {_reached(case_walk)}"
    holding = sum(walk.holds for _, walk in tested.walks)
    yield f"{folder}: {holding} of {counted(len(tested.walks), 'case')} hold"
    yield from _coverage(tested.coverage, limit)
    if tested.coverage.leaves.percent < fail_under:
        yield paint("error", f"  fewer than {fail_under} % of the recommendations are reached")


def _reached(walk: CaseWalk) -> str:
    if isinstance(walk.end, Ask):
        return f"no answer to `{walk.end.question}`"
    if not walk.holds:
        return f"`{walk.case.expect}`, but the tree recommends `{walk.end.advice.recommend}`"
    return walk.case.expect


def _coverage(coverage: Coverage, limit: int) -> Iterator[str]:
    for count, noun in (
        (coverage.paths, "paths through the tree"),
        (coverage.leaves, "recommendations"),
        (coverage.answers, "answers, wherever they are asked"),
    ):
        yield f"  {count.reached:,} of {count.total:,} {noun} ({_share(count)})"
    if coverage.missed_answers:
        cut = _at_most(limit, coverage.missed_answers)
        yield f"Answers that no case gives, each with the answers that lead to it{cut}:"
        for answers in coverage.missed_answers:
            yield "  " + ", ".join(f"{id}: {answer}" for id, answer in answers.items())
    if coverage.suggested:
        cut = _at_most(limit, coverage.suggested)
        yield f"Cases that would reach more. Check each outcome, then add the case to `cases`{cut}:"
        for case in coverage.suggested:
            yield from _yaml(case)


def _at_most(limit: int, listed: Sequence[object]) -> str:
    return f" (at most {limit} are listed)" if len(listed) == limit else ""


def _yaml(case: Case) -> Iterator[str]:
    answers = ", ".join(f"{id}: {answer}" for id, answer in case.answers.items())
    yield f"  - answers: {{{answers}}}"
    yield f"    expect: {case.expect}"


def _share(count: Count) -> str:
    return "below 1 %" if count.reached and not count.percent else f"{count.percent} %"


def _plain(tested: _Tested) -> dict[str, object]:
    data: dict[str, object] = {
        "folder": encodable(tested.folder),
        "usable": tested.coverage is not None,
        "problems": [plain(problem) for problem in tested.problems],
        "cases": [_plain_walk(place, walk) for place, walk in tested.walks],
    }
    if tested.coverage is not None:
        data["coverage"] = _plain_coverage(tested.coverage)
    return data


def _plain_walk(place: Place, walk: CaseWalk) -> dict[str, object]:
    end = walk.end
    return {
        "file": encodable(place.file),
        "line": place.line,
        "column": place.column,
        "answers": walk.case.answers,
        "expect": walk.case.expect,
        "holds": walk.holds,
        "recommends": None if isinstance(end, Ask) else end.advice.recommend,
        "unanswered": end.question if isinstance(end, Ask) else None,
    }


def _plain_coverage(coverage: Coverage) -> dict[str, object]:
    return {
        "paths": asdict(coverage.paths),
        "leaves": asdict(coverage.leaves),
        "answers": asdict(coverage.answers),
        "missedLeaves": _plain_cases(coverage.missed_leaves),
        "missedAnswers": list(coverage.missed_answers),
        "suggested": _plain_cases(coverage.suggested),
    }


def _plain_cases(cases: Sequence[Case]) -> list[dict[str, object]]:
    return [{"answers": case.answers, "expect": case.expect} for case in cases]

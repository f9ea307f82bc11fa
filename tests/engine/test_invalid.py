"""Every problem that a tree can have: an example of it, and the whole text of it."""

import shutil
from pathlib import Path

import pytest

from advisor.engine.problems import ERRORS, WARNINGS
from tests.support.bad_trees import EXPECTED, OF_TREES, BadTree, bad_trees, write_expected
from tests.support.made_trees import MADE, MadeTree
from tests.support.trees import LUNCH, printed, read

BAD_TREES = bad_trees(OF_TREES)
# The problems of kits are tested beside the code that reads kits.
OF_KITS = frozenset(
    {
        *(id for id in ERRORS | WARNINGS if id.startswith("kit-")),
        "unused-parameter",
    }
)


@pytest.mark.parametrize("bad", BAD_TREES, ids=str)
def test_it_prints_exactly_what_is_wrong_with_a_bad_tree(bad: BadTree) -> None:
    assert printed(bad.read()) == bad.expected


@pytest.mark.parametrize("bad", BAD_TREES, ids=str)
def test_it_reports_the_problem_that_a_bad_tree_is_sorted_under(bad: BadTree) -> None:
    assert bad.id in {problem.id for problem in bad.read().problems}


@pytest.mark.parametrize("bad", BAD_TREES, ids=str)
def test_it_gives_a_tree_for_warnings_only(bad: BadTree) -> None:
    assert (bad.read().tree is None) == (bad.id in ERRORS)


@pytest.mark.parametrize("made", MADE, ids=str)
def test_it_prints_exactly_what_is_wrong_with_a_tree_that_is_made(
    made: MadeTree, tmp_path: Path
) -> None:
    reading = made.wrong(tmp_path)

    assert printed(reading) == made.expected
    assert made.id in {problem.id for problem in reading.problems}


@pytest.mark.parametrize("made", MADE, ids=str)
def test_it_finds_nothing_wrong_just_inside_the_bound(made: MadeTree, tmp_path: Path) -> None:
    assert made.id not in {problem.id for problem in made.right(tmp_path).problems}


def test_it_has_an_example_of_every_problem_and_of_no_other() -> None:
    shown = {bad.id for bad in BAD_TREES} | {made.id for made in MADE}

    assert shown == (ERRORS | WARNINGS) - OF_KITS


def test_it_counts_no_problem_as_both_an_error_and_a_warning() -> None:
    assert not ERRORS & WARNINGS


def test_it_shows_the_first_thousand_problems_in_order() -> None:
    sources = "".join(f"  s{n}: {{kind: guide}}\n" for n in range(1001))
    *shown, last = read(f"{LUNCH}sources:\n{sources}").problems

    assert [problem.place.line for problem in shown] == [*range(27, 1027)]
    assert last.id == "too-many"


def test_it_writes_the_expected_texts_that_are_out_of_date(tmp_path: Path) -> None:
    good, outdated, new = (
        BadTree(shutil.copytree(bad.folder, tmp_path / str(bad))) for bad in BAD_TREES[:3]
    )
    text = outdated.expected
    (outdated.folder / EXPECTED).write_text("An older text.\n")
    (new.folder / EXPECTED).unlink()

    written = list(write_expected((good, outdated, new)))

    assert written == [outdated.folder / EXPECTED, new.folder / EXPECTED]
    assert outdated.expected == text
    assert new.expected == BAD_TREES[2].expected

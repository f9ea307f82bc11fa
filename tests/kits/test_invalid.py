"""Every problem that the kits of a tree can have: an example of it, and the whole text of it."""

import pytest

from advisor.engine.problems import ERRORS, WARNINGS
from tests.support.bad_trees import OF_KITS, OF_TREES, BadTree, as_printed, bad_trees, problems
from tests.support.made_trees import MADE

BAD_TREES = bad_trees(OF_KITS)


@pytest.mark.parametrize("bad", BAD_TREES, ids=str)
def test_it_prints_exactly_what_is_wrong_with_a_bad_kit(bad: BadTree) -> None:
    assert as_printed(problems(bad.folder)) == bad.expected


@pytest.mark.parametrize("bad", BAD_TREES, ids=str)
def test_it_reports_the_problem_that_a_bad_kit_is_sorted_under(bad: BadTree) -> None:
    assert bad.id in {problem.id for problem in problems(bad.folder)}


def test_it_has_an_example_of_each_problem_that_the_engine_alone_cannot_see() -> None:
    of_trees = {bad.id for bad in bad_trees(OF_TREES)} | {made.id for made in MADE}

    assert {bad.id for bad in BAD_TREES} == (ERRORS | WARNINGS) - of_trees

"""A test that cannot fail proves nothing: every check of every kit is broken once.

Each mutant meets the test that caught it when `make kits` ran; that the same tests pass on the
unbroken kit is shown in test_alone.py.
"""

import json

import pytest

from tests.kits.running import (
    CATCHERS,
    Mutant,
    every_kit,
    first_way,
    kit_of,
    mutants,
    survivors,
)


@pytest.mark.parametrize(("tree", "kit"), every_kit())
def test_every_mutant_of_a_kit_is_caught(tree: str, kit: str) -> None:
    wanted = [mutant for mutant in mutants() if (mutant.tree, mutant.kit) == (tree, kit)]
    assert survivors(wanted, json.loads(CATCHERS.read_text())) == []


def test_every_mutant_has_its_catcher() -> None:
    known = json.loads(CATCHERS.read_text())
    assert {str(mutant) for mutant in mutants()} == set(known), "run `make kits`"


def test_a_mutant_that_changes_nothing_escapes() -> None:
    tree, outcome = every_kit()[0]
    way, text = first_way(tree), "def issuer("
    file = next(one.name for one in kit_of(tree, outcome).frameworks[way] if text in one.text)
    (fate,) = survivors([Mutant(tree, outcome, way, "nothing", file, text, text)], {})
    assert fate.startswith(f"{tree}, {outcome}, {way}: nothing: pytest exits with 0")


def test_every_kit_has_many_checks_that_are_broken_once() -> None:
    counted = dict.fromkeys(every_kit(), 0)
    for mutant in mutants():
        if mutant.way == first_way(mutant.tree):
            counted[mutant.tree, mutant.kit] += 1
    assert {kit: count for kit, count in counted.items() if count < 15} == {}

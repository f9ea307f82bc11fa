"""A test that cannot fail proves nothing: every check of every kit is broken once.

Each mutant meets the test that caught it when `make kits` ran; that the same tests pass on the
unbroken kit is shown in test_alone.py.
"""

import json

import pytest

from tests.kits.running import CATCHERS, Mutant, mutants, served, survivors

FIRST = next(iter(served().tree.document.ways))


@pytest.mark.parametrize("kit", list(served().kits))
def test_every_mutant_of_a_kit_is_caught(kit: str) -> None:
    wanted = [mutant for mutant in mutants() if mutant.kit == kit]
    assert survivors(wanted, json.loads(CATCHERS.read_text())) == []


def test_every_mutant_has_its_catcher() -> None:
    known = json.loads(CATCHERS.read_text())
    assert {str(mutant) for mutant in mutants()} == set(known), "run `make kits`"


def test_a_mutant_that_changes_nothing_escapes() -> None:
    outcome = next(iter(served().kits))
    text = "def issuer("
    file = next(file.name for file in served().kits[outcome].ways[FIRST] if text in file.text)
    (fate,) = survivors([Mutant(outcome, FIRST, "nothing", file, text, text)], {})
    assert fate.startswith(f"{outcome}, {FIRST}: nothing: pytest exits with 0")


def test_every_kit_has_many_checks_that_are_broken_once() -> None:
    counted = dict.fromkeys(served().kits, 0)
    for mutant in mutants():
        if mutant.way == FIRST:
            counted[mutant.kit] += 1
    assert {outcome: count for outcome, count in counted.items() if count < 15} == {}

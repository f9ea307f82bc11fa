"""A test that cannot fail proves nothing: every check of every kit is broken once."""

from tests.kits.running import Mutant, mutants, served, survivors


def test_every_mutant_of_every_kit_is_caught() -> None:
    assert survivors(list(mutants())) == []


def test_a_mutant_that_changes_nothing_survives() -> None:
    outcome = next(iter(served().kits))
    way = next(iter(served().tree.document.ways))
    text = "class InvalidToken(Exception):"
    (fate,) = survivors(
        [Mutant(outcome, way, "nothing", _file_with(outcome, way, text), text, text)]
    )
    assert fate.startswith(f"{outcome}, {way}: nothing: pytest exits with 0")


def test_every_kit_has_a_mutant_for_each_of_many_checks() -> None:
    counted = dict.fromkeys(served().kits, 0)
    first = next(iter(served().tree.document.ways))
    for mutant in mutants():
        if mutant.way == first:
            counted[mutant.kit] += 1
    assert {outcome: count for outcome, count in counted.items() if count < 12} == {}


def _file_with(outcome: str, way: str, text: str) -> str:
    return next(file.name for file in served().kits[outcome].ways[way] if text in file.text)

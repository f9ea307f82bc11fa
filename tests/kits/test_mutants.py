"""A test that cannot fail proves nothing: every check of every kit is broken once.

Each mutant meets the test that its `mutants.yaml` names; that the same tests pass on the unbroken
kit is shown in test_alone.py. The suite breaks each file once, `make thorough` each check.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from advisor.kits.kit import Kit
from tests.kits.report import with_catchers
from tests.kits.running import (
    Mutant,
    every_kit,
    every_variant,
    first_way,
    folders,
    folders_added,
    folders_shared,
    kit_of,
    mutants,
    survivors,
)


def of_kit(tree: str, kit: str) -> list[Mutant]:
    return [mutant for mutant in mutants() if (mutant.tree, mutant.kit) == (tree, kit)]


WITH_MUTANTS = [kit for kit in every_variant() if of_kit(*kit)]


@pytest.mark.parametrize(("tree", "kit"), WITH_MUTANTS)
def test_a_mutant_of_each_file_of_a_kit_is_caught(tree: str, kit: str) -> None:
    of_each_file: dict[tuple[Path, str], Mutant] = {}
    for mutant in of_kit(tree, kit):
        of_each_file.setdefault((mutant.path, mutant.file), mutant)
    assert survivors([*of_each_file.values()]) == []


@pytest.mark.thorough
@pytest.mark.parametrize(("tree", "kit"), WITH_MUTANTS)
def test_every_mutant_of_a_kit_is_caught(tree: str, kit: str) -> None:
    assert survivors(of_kit(tree, kit)) == []


def test_every_mutant_names_the_test_that_catches_it() -> None:
    assert [str(mutant) for mutant in mutants() if "::test_" not in mutant.caught_by] == []


def test_every_mutant_replaces_a_text_that_stands_once_in_its_file() -> None:
    for mutant in mutants():
        files = kit_of(mutant.tree, mutant.kit).frameworks[mutant.way]
        text = next(file.text for file in files if file.name == mutant.file)
        assert text.count(mutant.replace) == 1, mutant


def test_the_test_that_catches_a_mutant_comes_with_every_kit_that_has_the_mutant() -> None:
    for mutant in mutants():
        file = mutant.caught_by.partition("::")[0]
        for kit, way in laid_out_with(mutant):
            assert file in {entry.name for entry in kit.frameworks[way]}, mutant


def laid_out_with(mutant: Mutant) -> Iterator[tuple[Kit, str]]:
    """Return every kit, in every way to run it, that has the folder of the mutant in it."""
    folder = mutant.path.parent
    for tree, name in every_variant():
        if tree != mutant.tree:
            continue
        if folder == folders()[tree] / "kits" / name:
            yield kit_of(tree, name), first_way(tree)
        for way, added in (*folders_shared(tree, name), *folders_added(tree, name)):
            if folder == folders()[tree] / "shared" / added:
                yield kit_of(tree, name), way


@pytest.mark.parametrize("named", ["", "test_gone.py::test_gone", "{file}::test_gone"])
def test_a_mutant_that_names_no_test_is_told_the_line_that_mends_it(named: str) -> None:
    mutant = mutants()[0]
    file = mutant.caught_by.partition("::")[0]
    (message,) = survivors([replace(mutant, caught_by=named.format(file=file))])
    before, line = message.splitlines()
    assert before.endswith(f"{mutant.breaks}: below this line in {known(mutant)}, put")
    assert line == f"  caught-by: {mutant.caught_by}"


def known(mutant: Mutant) -> str:
    return str(Path(*mutant.path.parts[mutant.path.parts.index("tree") :]))


def test_a_new_catcher_takes_the_place_of_the_old_and_nothing_else_changes() -> None:
    exp, iss = "# A comment\n- breaks: exp\n", "- breaks: iss\n"
    rest = "  file: a.py\n  with: '  caught-by: x'\n"
    before = f"{exp}{rest}{iss}  caught-by: old\n{rest}"
    after = f"{exp}  caught-by: a\n{rest}{iss}  caught-by: b\n{rest}"
    assert with_catchers(before, ["a", "b"]) == after
    assert with_catchers(after, ["a", ""]) == after.replace("  caught-by: b\n", "")


def test_a_mutant_that_changes_nothing_escapes() -> None:
    tree, outcome = every_kit()[0]
    way, text = first_way(tree), "def issuer("
    file = next(
        file_of_kit.name
        for file_of_kit in kit_of(tree, outcome).frameworks[way]
        if text in file_of_kit.text
    )
    mutant = Mutant(tree, outcome, way, Path(), "nothing", "", file, text, text)
    (fate,) = survivors([mutant])
    assert fate.startswith(f"{tree}, {outcome}, {way}: nothing: pytest exits with 0")


def test_every_kit_has_many_checks_that_are_broken_once() -> None:
    counted = dict.fromkeys(every_kit(), 0)
    for mutant in mutants():
        # Mutants of a variant are counted under its own name, and are more than these.
        if mutant.way == first_way(mutant.tree) and (mutant.tree, mutant.kit) in counted:
            counted[mutant.tree, mutant.kit] += 1
    assert {kit: count for kit, count in counted.items() if count < 15} == {}

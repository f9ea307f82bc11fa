"""The representatives of kits leave no outcome, framework, store or carrier out of the suite."""

from itertools import combinations as pairs

from tests.kits.running import combinations, joined_kits, kit_of
from tests.kits.sampling import KitAndWay, code_under_test, requirements
from tests.support.sampling import representatives


def settings_of(kits: list[KitAndWay]) -> set[tuple[tuple[str, str], ...]]:
    """Return each pair of a framework, a store and a carrier that some kit has."""
    return {
        pair
        for tree, name, way in kits
        for pair in pairs(sorted({**kit_of(tree, name).choices, "way": way}.items()), 2)
    }


def test_every_outcome_and_framework_is_run_in_one_file() -> None:
    chosen = representatives(joined_kits(), code_under_test)
    for part in (lambda kit: kit[1].split()[0], lambda kit: kit[2]):
        assert {*map(part, chosen)} == {*map(part, joined_kits())}


def test_every_pair_of_a_framework_a_store_and_a_carrier_is_run_in_one_file() -> None:
    chosen = representatives(joined_kits(), code_under_test)
    assert settings_of(chosen) == settings_of(joined_kits())
    assert len(chosen) < len(joined_kits()) / 2


def test_every_library_and_framework_is_installed_afresh() -> None:
    installed = {
        line for kit in representatives(combinations(), requirements) for line in requirements(kit)
    }
    assert installed == {line for kit in combinations() for line in requirements(kit)}
    assert any("pyjwt" in str(line).lower() for line in installed)


def test_a_kit_that_shows_nothing_new_is_no_representative() -> None:
    shown = {("t", "a", "x"): {1}, ("t", "b", "x"): {1, 2}, ("t", "c", "x"): {3}}
    assert representatives(list(shown), lambda kit: {*shown[kit]}) == [
        ("t", "b", "x"), ("t", "c", "x"),
    ]  # fmt: skip

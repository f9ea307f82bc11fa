"""Chooses the few kits that stand for all in the suite; `make thorough` runs every one of them."""

from collections.abc import Callable, Sequence
from itertools import combinations

import pytest
from _pytest.mark import ParameterSet

from tests.kits.running import kit_of

# A tree, a kit of it by the name of its variant, and a framework.
KitAndWay = tuple[str, str, str]


def sampled(
    kits: Sequence[KitAndWay], shows: Callable[[KitAndWay], set[object]]
) -> list[ParameterSet]:
    """Return all kits as parameters, marked `thorough` but for the representatives."""
    chosen = representatives(kits, shows)
    return [pytest.param(*kit, marks=[] if kit in chosen else pytest.mark.thorough) for kit in kits]


def representatives(
    kits: Sequence[KitAndWay], shows: Callable[[KitAndWay], set[object]]
) -> list[KitAndWay]:
    """Return few of the kits that show together all that all kits show.

    The kit that adds most comes next, until none adds anything.
    """
    shown = {kit: shows(kit) for kit in kits}
    missing = set[object]().union(*shown.values())
    chosen: list[KitAndWay] = []
    while missing:
        chosen.append(max(shown, key=lambda kit: len(shown[kit] & missing)))
        missing -= shown[chosen[-1]]
    return chosen


def code_under_test(kit: KitAndWay) -> set[object]:
    """Return the outcome of a kit, its framework, and each pair of framework, store, carrier."""
    tree, name, way = kit
    choices = {"framework": way, **kit_of(tree, name).choices}
    return {(tree, name.split()[0]), (tree, way), *combinations(sorted(choices.items()), 2)}


def requirements(kit: KitAndWay) -> set[object]:
    """Return the lines that a kit pins, and its framework."""
    tree, name, way = kit
    (file,) = (f for f in kit_of(tree, name).frameworks[way] if f.path == "requirements.txt")
    lines = {line for line in file.text.splitlines() if line and not line.startswith("#")}
    return {(tree, way), *lines}

"""Chooses the few cases that stand for all in the suite: `make thorough` runs every one of them."""

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

import pytest
from _pytest.mark import ParameterSet

Case = TypeVar("Case", bound=tuple[Hashable, ...])
# What a case shows.
Shows = Callable[[Case], set[object]]


def sampled(cases: Sequence[Case], shows: Shows[Case]) -> list[ParameterSet]:
    """Return all cases as parameters, marked `thorough` but for the representatives."""
    chosen = representatives(cases, shows)
    return [
        pytest.param(*case, marks=[] if case in chosen else pytest.mark.thorough) for case in cases
    ]


def representatives(cases: Sequence[Case], shows: Shows[Case]) -> list[Case]:
    """Return few of the cases that show together all that all cases show.

    The case that adds most comes next, until none adds anything.
    """
    shown = {case: shows(case) for case in cases}
    missing = set[object]().union(*shown.values())
    chosen: list[Case] = []
    while missing:
        chosen.append(max(shown, key=lambda case: len(shown[case] & missing)))
        missing -= shown[chosen[-1]]
    return chosen

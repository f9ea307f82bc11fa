"""Sentences that the pages put together, in every number of things that they may count."""

import pytest

from advisor.wizard.build_parts import day
from advisor.wizard.build_result import _how_firm
from advisor.wizard.result_parts import OtherAnswerPart

SAME = OtherAnswerPart("A", ("x",), same=True, href="")
OTHER = OtherAnswerPart("B", ("y",), same=False, href="")
OPEN = OtherAnswerPart("C", ("x", "y"), same=False, href="")


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ([], "No possible change of one answer leads to another recommendation."),
        ([SAME, SAME], "No possible change of one answer leads to another recommendation."),
        ([OTHER], "Every possible change of one answer leads to another recommendation."),
        ([OTHER] * 2, "Every possible change of one answer leads to another recommendation."),
        (
            [OTHER, OPEN],
            "Every possible change of one answer leads, or may lead, to another recommendation.",
        ),
        (
            [SAME, OTHER],
            "1 of the 2 possible single changes leads to another recommendation.",
        ),
        (
            [SAME, OPEN],
            "1 of the 2 possible single changes leads, or may lead, to another recommendation.",
        ),
        (
            [SAME, OTHER, OTHER],
            "2 of the 3 possible single changes lead to another recommendation.",
        ),
        (
            [SAME, OTHER, OPEN],
            "2 of the 3 possible single changes lead, or may lead, to another recommendation.",
        ),
    ],
)
def test_it_says_how_many_changes_lead_elsewhere(
    others: list[OtherAnswerPart], sentence: str
) -> None:
    assert _how_firm(others) == sentence


def test_a_day_is_written_in_words() -> None:
    assert day("2026-03-01") == "1 March 2026"

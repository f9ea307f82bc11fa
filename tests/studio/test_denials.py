"""What the studio says of what it does not keep, cannot compare, or no longer can be answered."""

import pytest
from django.test import Client

from advisor.studio.differences import differences
from tests.support.html import page
from tests.support.studio import STUDIO
from tests.support.trees import LUNCH, WITH_SNOW, read


def test_it_says_before_anything_is_typed_that_nothing_is_saved(client: Client) -> None:
    whole = page(client.get(STUDIO))
    assert "Nothing is saved. Download your files." in whole.one("main").text
    assert "Nothing that you type here is saved." in whole.one("footer").text


def test_it_compares_with_no_tree_that_has_errors() -> None:
    draft = read(LUNCH).tree
    assert draft is not None
    assert differences(None, draft).summary == (
        "The served tree has errors, so the draft cannot be compared with it.",
    )


@pytest.mark.parametrize(
    ("today", "draft", "summary", "line"),
    [
        (LUNCH, LUNCH, "No advice changes: all 2 answer sets get the same advice as today.", ""),
        (
            WITH_SNOW,
            LUNCH,
            "Of 3 answer sets, 1 can no longer be given and 2 stay the same.",
            "“It snows” to “Does it rain?” is no longer an answer.",
        ),
        (
            LUNCH,
            WITH_SNOW,
            "Of 3 answer sets, 1 is new and 2 stay the same.",
            "“It snows” to “Does it rain?” is a new answer.",
        ),
    ],
)
def test_it_says_which_answers_can_be_given_no_longer(
    today: str, draft: str, summary: str, line: str
) -> None:
    old, new = read(today).tree, read(draft).tree
    assert old is not None
    assert new is not None
    found = differences(old, new)
    assert found.summary == (summary,)
    assert [each.text for each in found.lines] == ([line] if line else [])

"""What the studio says of what it does not keep, cannot compare, or no longer can be answered."""

from datetime import date
from typing import Literal

import pytest
from django.test import Client

from advisor.studio import build
from advisor.studio.differences import differences
from advisor.studio.draft import Draft
from advisor.studio.workbench import TooMuch, Workbench
from advisor.web.pages import Link
from tests.support.html import page
from tests.support.studio import STUDIO
from tests.support.trees import LUNCH, WITH_SNOW, changed, read


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
    changed = differences(old, new)
    assert changed.summary == (summary,)
    assert [line.text for line in changed.lines] == ([line] if line else [])


def test_it_says_what_to_do_while_it_is_busy() -> None:
    assert (build.BUSY.title, build.BUSY.message) == (
        "Busy",
        "The site is checking another draft. Your text is still here. Check it again in a moment.",
    )


@pytest.mark.parametrize(
    ("resource", "limit"),
    [("time", "takes longer than 5 seconds"), ("memory", "takes more than 300 MB of memory")],
)
def test_it_says_which_limit_a_draft_has_passed(
    resource: Literal["time", "memory"], limit: str
) -> None:
    told = build.too_much(TooMuch(resource), Workbench("job", seconds=5, megabytes=300))
    assert (told.title, told.message) == (
        "Too much to check",
        (
            f"Checking this draft {limit}. Your text is still here. Make the draft smaller or undo "
            "your last edit."
        ),
    )


def test_it_says_how_much_text_it_takes_and_how_to_start_again() -> None:
    told = build.too_large_page("tokens")
    assert (told.title, told.message) == (
        "Too much text",
        (
            "The studio takes at most 512 KiB of text in all files together. Edit a larger tree on "
            "your own machine, and check it with advisor tree check. Your text is still on the "
            "previous page. Go back to it."
        ),
    )
    assert told.next_links == (
        Link("Start again from the tree that the site serves", "/tokens/studio"),
    )


def test_it_says_where_all_answers_get_other_advice() -> None:
    old, new = (read(text).tree for text in (LUNCH, changed("Where to eat", "Where to dine")))
    assert old is not None
    assert new is not None
    assert differences(old, new).summary[0].startswith("No advice changes:")
    first = "first: Book it., "
    booked_twice = LUNCH.replace("because: It is dry", f"{first}because: It is dry").replace(
        "because: The air", f"{first}because: The air"
    )
    booked = read(booked_twice).tree
    assert booked is not None
    (line,) = differences(old, booked).lines
    assert [answer_set.text for answer_set in line.answer_sets] == ["All answers"]


@pytest.mark.parametrize(
    ("today", "review"),
    [
        (date(2026, 1, 27), "2027-01-27"),
        (date(2026, 1, 28), "2027-01-28"),
        (date(2026, 1, 29), "2027-01-28"),
        (date(2028, 2, 29), "2029-02-28"),
    ],
)
def test_a_new_policy_is_due_for_review_in_a_year(today: date, review: str) -> None:
    draft = Draft({}, "", {}, policy="house").with_policy(today)
    assert draft.shown == "policies/house.yaml"
    assert f"review-by: {review}\n" in draft.files["policies/house.yaml"]


@pytest.mark.parametrize("id", ["", "House", "a b", "-a", "a" * 65])
def test_a_new_policy_needs_an_id(id: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        Draft({}, "", {}, policy=id).with_policy(date(2026, 1, 27))
    assert str(refused.value) == (
        "Enter lower-case letters, digits and dashes, such as team-rules."
    )


def test_a_new_policy_needs_an_id_of_its_own() -> None:
    with pytest.raises(ValueError, match=r"^A policy with the id house already exists\.$"):
        Draft({"policies/house.yaml": ""}, "", {}, policy="house").with_policy(date(2026, 1, 27))

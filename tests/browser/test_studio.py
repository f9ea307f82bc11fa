"""The studio with script: what one types is looked at at once, and no text is ever lost."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Locator, expect

from advisor.studio import views
from advisor.studio.workbench import Workbench
from tests.support.axe import violations
from tests.support.studio import occupied
from tests.support.visit import Visit
from tests.support.windows import NewVisit

STUDIO = "/tokens/studio"
NARROW = {"width": 320, "height": 640}


@pytest.fixture
def studio(visit: Visit) -> Visit:
    visit.go(STUDIO)
    expect(summary(visit)).to_have_text("No problems")
    return visit


def text_of(visit: Visit, file: str = "tree.yaml") -> Locator:
    return visit.page.get_by_label(f"Text of {file}")


def summary(visit: Visit) -> Locator:
    return visit.page.locator("#problems h2")


def select(visit: Visit, words: str) -> None:
    """Select the first such words in the tree, as a person would before typing over them."""
    text_of(visit).evaluate(
        """(text, words) => {
          const at = text.value.indexOf(words);
          text.focus();
          text.setSelectionRange(at, at + words.length);
        }""",
        words,
    )


def type_over(visit: Visit, old: str, new: str) -> None:
    select(visit, old)
    visit.page.keyboard.type(new)


def caret(visit: Visit, file: str = "tree.yaml") -> str:
    """The words that are selected."""
    script = "(text) => text.value.slice(text.selectionStart, text.selectionEnd)"
    return str(text_of(visit, file).evaluate(script))


def test_typing_shows_a_problem_at_its_line_and_keeps_the_caret(studio: Visit) -> None:
    studio.mark()
    type_over(studio, "short: Revocation", "shrot: Re")
    expect(summary(studio)).to_have_text("1 error")
    # What is typed while an answer arrives goes on where the caret was.
    studio.page.keyboard.type("vocation")
    expect(text_of(studio)).to_be_focused()
    assert "    shrot: Revocation\n" in text_of(studio).input_value()
    flag = studio.page.locator(".flag")
    expect(flag).to_have_count(1)
    expect(flag).to_have_attribute("title", "error: found the key `shrot`; expected `answers`, `ask`, `hint`, `short`, `sources` or `unsure`")  # fmt: skip  # noqa: E501 - one message
    line = text_of(studio).input_value().split("shrot")[0].count("\n")
    assert flag.evaluate("(flag) => flag.style.getPropertyValue('--row')") == str(line)
    expect(studio.page.locator("#at-1")).to_contain_text(f"Line {line + 1}, column 22 · error")
    assert studio.stayed


def test_a_flag_stands_beside_its_line(studio: Visit) -> None:
    type_over(studio, "format: 1", "format: 2")
    expect(studio.page.locator(".flag")).to_have_count(1)
    flag = studio.page.locator(".flag").bounding_box()
    numbers = studio.page.locator(".gutter pre").first.bounding_box()
    assert flag is not None
    assert numbers is not None
    height = flag["height"]
    assert flag["y"] - numbers["y"] == pytest.approx(height, abs=1)  # the second line


def test_the_number_of_problems_is_announced(studio: Visit) -> None:
    type_over(studio, "format: 1", "format: 2")
    announcer = studio.page.get_by_role("status")
    expect(announcer).to_have_text("1 error")
    type_over(studio, "format: 2", "format: 1")
    expect(announcer).to_have_text("No problems")


def test_a_mended_error_takes_its_marks_away(studio: Visit) -> None:
    type_over(studio, "format: 1", "format: 2")
    expect(studio.page.locator(".tab.has-error")).to_have_text("tree.yaml")
    type_over(studio, "format: 2", "format: 1")
    expect(summary(studio)).to_have_text("No problems")
    expect(studio.page.locator(".flag")).to_have_count(0)
    expect(studio.page.locator(".tab.has-error")).to_have_count(0)


def test_the_place_of_a_problem_leads_the_caret_there(studio: Visit) -> None:
    outcomes = text_of(studio, "outcomes.yaml")
    studio.page.locator(".tab", has_text="outcomes.yaml").click()
    text = outcomes.input_value()
    # Columns are characters; this one is two units to a browser.
    line = "  smile: {name: 🙂, wrong: 1}"
    outcomes.fill(f"{text}{line}\n")
    studio.page.locator(".tab", has_text="tree.yaml").click()
    expect(outcomes).to_be_hidden()
    place = f"outcomes.yaml:{text.count(chr(10)) + 1}:{line.index('wrong') + 1}"
    studio.page.get_by_role("button", name=place).click()
    expect(outcomes).to_be_focused()
    expect(outcomes).to_be_visible()
    assert caret(studio, "outcomes.yaml") == "wrong"
    assert outcomes.evaluate("(text) => text.scrollTop") > 0


def test_the_picture_redraws_and_a_broken_draft_leaves_the_last_one(studio: Visit) -> None:
    drawn = studio.page.locator("#drawn")
    type_over(studio, "short: Services", "short: Number of services")
    expect(drawn).to_contain_text("Number of services")
    type_over(studio, "format: 1", "format: 2")
    expect(summary(studio)).to_have_text("1 error")
    expect(drawn).to_contain_text("Number of services")
    expect(studio.page.get_by_text("Below is what the draft showed")).to_be_visible()
    expect(studio.page.get_by_text("When all errors are fixed")).to_be_hidden()


def test_the_draft_is_walked_and_the_walk_goes_on_while_one_types(studio: Visit) -> None:
    studio.mark()
    walk = studio.page.locator("#walk")
    walk.get_by_role("button", name="No, expiry is enough").click()
    expect(walk.locator("legend")).to_have_text("How many services must verify the token?")
    expect(walk.get_by_role("heading", name="Try the draft")).to_be_focused()
    type_over(studio, "label: Several", "label: Two or more")
    expect(walk.get_by_role("button", name=re.compile("^Two or more"))).to_be_visible()
    expect(walk.locator(".answers")).to_contain_text("No, expiry is enough")
    expect(text_of(studio)).to_be_focused()
    studio.page.locator("#drawn").get_by_role("button", name="Paseto v4.public").click()
    expect(walk.locator(".verdict h3")).to_have_text("Paseto v4.public")
    walk.get_by_role("button", name="Start again").click()
    expect(walk.locator(".answers")).to_have_count(0)
    assert studio.stayed


def test_what_it_would_change_is_listed(studio: Visit) -> None:
    type_over(studio, "label: Yes, at once", "label: Now")
    changes = studio.page.locator("#changes")
    expect(changes).to_contain_text("Of 36 answer sets, 12 get different advice")
    changes.get_by_role("button", name="Go to Revocation: Now").first.click()
    expect(studio.page.locator("#walk .answers")).to_contain_text("Now")


def test_download_gives_exactly_the_text(studio: Visit) -> None:
    text = "# é 🙂\n\nformat: 1\n\t \n\n"
    text_of(studio).fill(text)
    with studio.page.expect_download() as download:
        studio.page.get_by_role("button", name="Download tree.yaml").click()
    assert download.value.suggested_filename == "tree.yaml"
    assert Path(download.value.path()).read_text() == text


def test_a_new_policy_comes_with_the_text_that_was_typed(studio: Visit) -> None:
    type_over(studio, "format: 1", "format: 1 # mine")
    studio.page.get_by_text("New policy").click()
    id = studio.page.get_by_label("Policy id")
    id.fill("Team rules")
    studio.page.get_by_role("button", name="Add").click()
    expect(id).to_be_focused()
    expect(studio.page.get_by_text("Enter lower-case letters")).to_be_visible()
    id.fill("team-rules")
    id.press("Enter")
    expect(text_of(studio, "policies/team-rules.yaml")).to_be_visible()
    assert "# mine" in text_of(studio).input_value()


def test_leaving_with_unsaved_text_asks_first(studio: Visit) -> None:
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    studio.page.on("dialog", stay)
    type_over(studio, "format: 1", "format: 1 # mine")
    studio.page.get_by_role("link", name="Overview").click()
    expect(text_of(studio)).to_be_visible()
    assert asked == ["beforeunload"]
    assert "# mine" in text_of(studio).input_value()


def test_leaving_untouched_asks_nothing(studio: Visit) -> None:
    studio.page.get_by_role("link", name="Overview").click()
    expect(studio.page.get_by_role("link", name="Try out a change to the tree")).to_be_visible()


def test_a_site_that_cannot_be_reached_costs_no_text(new_visit: NewVisit) -> None:
    visit = new_visit(bears="console error: Failed to load resource: net::ERR_FAILED")
    visit.go(STUDIO)
    visit.mark()
    visit.page.evaluate("() => { console.error = () => {}; }")  # htmx tells of it there
    visit.page.route("**/studio", lambda route: route.abort())
    type_over(visit, "format: 1", "format: 2")
    expect(visit.page.get_by_role("status")).to_have_text(
        "The site cannot be reached. Your text is still here."
    )
    assert "format: 2" in text_of(visit).input_value()
    assert visit.stayed
    visit.page.unroute("**/studio")
    visit.page.get_by_role("button", name="Check").click()
    expect(summary(visit)).to_have_text("1 error")


def test_a_draft_that_takes_too_long_is_told_so_and_the_next_is_looked_at(
    studio: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.mark()
    slow = Workbench("tests.support.jobs:endless", seconds=0.5)
    with monkeypatch.context() as hostile:
        hostile.setattr(views, "bench", slow)
        type_over(studio, "format: 1", "format: 1 # slow")
        expect(summary(studio)).to_have_text("Too much to check")
    slow.close()
    type_over(studio, "# slow", "# quick")
    expect(summary(studio)).to_have_text("No problems")
    assert studio.stayed


def test_while_the_site_is_busy_it_comes_back_by_itself(
    studio: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as crowded:
        busy = Workbench("tests.support.jobs:waiting", patience=0.01)
        crowded.setattr(views, "bench", busy)
        with occupied(busy):
            type_over(studio, "format: 1", "format: 2")
            expect(summary(studio)).to_have_text("Busy")
    expect(summary(studio)).to_have_text("1 error")


def test_it_works_by_keyboard_alone(studio: Visit) -> None:
    press = studio.page.keyboard.press
    studio.page.get_by_role("button", name="Check").focus()
    press("Tab")
    expect(studio.page.get_by_role("radio", name="tree.yaml")).to_be_focused()
    press("ArrowRight")
    expect(text_of(studio, "outcomes.yaml")).to_be_visible()
    press("ArrowLeft")
    press("Tab")
    expect(text_of(studio)).to_be_focused()
    press("Control+Home")
    studio.page.keyboard.type("extra: 1\n")
    expect(summary(studio)).to_have_text("1 error")
    # The tab key leaves the text: it is no trap.
    press("Tab")
    expect(studio.page.get_by_role("button", name="Download tree.yaml")).to_be_focused()
    place = studio.page.get_by_role("button", name="tree.yaml:1:1")
    for _ in range(8):
        press("Tab")
        if place.evaluate("(button) => button === document.activeElement"):
            break
    press("Enter")
    expect(text_of(studio)).to_be_focused()
    assert caret(studio) == "extra"


def test_every_stop_shows_its_focus(studio: Visit) -> None:
    text_of(studio).focus()
    outline = "(lines) => getComputedStyle(lines).outlineStyle"
    assert studio.page.locator(".lines").first.evaluate(outline) == "solid"
    studio.page.get_by_role("radio", name="tree.yaml").focus()
    studio.page.keyboard.press("ArrowRight")
    assert studio.page.locator(".tab").nth(1).evaluate(outline) == "solid"


def test_it_fits_the_narrowest_screen_with_every_file_shown(new_visit: NewVisit) -> None:
    phone = new_visit(viewport=NARROW, has_touch=True)
    phone.go(STUDIO)
    for tab in phone.page.locator(".tab").all():
        tab.tap()
        assert phone.page.evaluate("document.scrollingElement.scrollWidth") == NARROW["width"]
    assert violations(phone, "target-size") == []


def test_without_script_the_form_does_it_all(plain: Visit) -> None:
    plain.go(STUDIO)
    text = text_of(plain)
    text.fill(text.input_value().replace("format: 1", "format: 2", 1))
    plain.page.get_by_role("button", name="Check").click()
    expect(summary(plain)).to_have_text("1 error")
    assert "format: 2" in text.input_value()
    with plain.page.expect_download() as download:
        plain.page.get_by_role("button", name="Download tree.yaml").click()
    assert Path(download.value.path()).read_text() == text.input_value()
    text.fill(text.input_value().replace("format: 2", "format: 1", 1))
    plain.page.get_by_role("button", name="Check").click()
    plain.page.get_by_role("button", name="No, expiry is enough").last.click()
    expect(plain.page.locator("#walk .answers")).to_contain_text("No, expiry is enough")

"""Everything with keys alone, and always with a focus to be seen."""

import pytest
from playwright.sync_api import expect

from tests.support.every_page import OPENERS
from tests.support.visit import AUTHOR, CONTEXT, TITLE, Visit, ask_of, name_of

# An element shows its focus by an outline of its own, or by one around the card that it stands in.
STOP = """() => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const shown = [element, element.closest(".choice")].filter(Boolean).some((one) => {
    const style = getComputedStyle(one);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });
  return {shown, html: element.outerHTML.slice(0, 120)};
}"""


def test_the_whole_journey_needs_no_mouse(visit: Visit) -> None:
    visit.go("/")
    tab_to(visit, "Start")
    press(visit, "Enter")
    # A new page puts the focus on its heading, so the first answer is the next stop.
    arrived(visit, ask_of("revocation"))
    press(visit, "Tab", "ArrowDown", "ArrowDown")
    expect(visit.page.get_by_role("radio", name="No, expiry is enough")).to_be_checked()
    press(visit, "Tab", "Enter")
    arrived(visit, ask_of("services"))
    press(visit, "Tab", "ArrowDown", "Enter")
    arrived(visit, ask_of("confidential"))
    press(visit, "Tab", "Space", "Enter")
    arrived(visit, ask_of("team"))
    press(visit, "Tab", "Space", "Tab", "Space")
    arrived(visit, name_of("jwt-asymmetric"))
    press(visit, "Tab")
    expect(visit.page.get_by_role("link", name="Save as decision")).to_be_focused()
    press(visit, "Enter")
    arrived(visit, "Save this decision")
    press(visit, "Tab")
    visit.page.keyboard.type(TITLE)
    press(visit, "Tab")
    visit.page.keyboard.type(CONTEXT)
    press(visit, "Tab")
    visit.page.keyboard.type(AUTHOR)
    press(visit, "Enter")
    arrived(visit, TITLE)


def test_the_skip_link_comes_first_and_leads_past_the_frame(visit: Visit) -> None:
    visit.go("/tokens/ask")
    press(visit, "Tab")
    skip = visit.page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    press(visit, "Enter")
    press(visit, "Tab")
    inside = "document.querySelector('main').contains(document.activeElement)"
    assert visit.page.evaluate(inside)


def test_the_skip_link_stays_out_of_sight_without_focus(visit: Visit) -> None:
    visit.go("/tokens/ask")
    expect(visit.page.get_by_role("link", name="Skip to the content")).not_to_be_in_viewport()


@pytest.mark.parametrize("page", ["home", "third question", "result", "save", "saved", "compare"])
def test_every_stop_of_the_tab_key_shows_its_focus(visit: Visit, page: str) -> None:
    OPENERS[page](visit)
    visit.page.evaluate("document.activeElement.blur()")
    seen = 0
    for _ in range(400):
        press(visit, "Tab")
        stop = visit.page.evaluate(STOP)
        if stop is None:
            break
        assert stop["shown"], stop["html"]
        seen += 1
    else:
        pytest.fail("the tab key never leaves the page")
    assert seen >= 5


def test_the_folded_reasons_open_by_key(visit: Visit) -> None:
    visit.go("/tokens/ask?revocation=no&services=many")
    details = visit.page.locator(".ruled-out details").first
    details.locator("summary").focus()
    press(visit, "Enter")
    expect(details).to_have_attribute("open", "")


def test_a_question_is_read_with_its_hint_and_its_error(visit: Visit) -> None:
    visit.go("/tokens/ask?asked=revocation")
    group = visit.page.get_by_role("group", name=ask_of("revocation"))
    legend = group.evaluate(
        "(group) => group.getAttribute('aria-describedby').trim().split(/ +/)"
        ".map((id) => document.getElementById(id).textContent.trim())"
    )
    assert legend[1:] == ["Error: Choose an answer."]
    assert legend[0] != ""


def press(visit: Visit, *keys: str) -> None:
    for key in keys:
        visit.page.keyboard.press(key)


def arrived(visit: Visit, heading: str) -> None:
    expect(visit.heading).to_have_text(heading)
    expect(visit.heading).to_be_focused()


def tab_to(visit: Visit, link: str) -> None:
    wanted = visit.page.get_by_role("link", name=link, exact=True)
    for _ in range(20):
        press(visit, "Tab")
        if wanted.evaluate("(link) => link === document.activeElement"):
            return
    pytest.fail(f"the tab key does not reach {link}")

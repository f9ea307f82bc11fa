"""A saved recommendation on paper."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.every_page import OPENERS
from tests.support.visit import RESULT, SAVE, TITLE, Visit, name_of
from tests.support.windows import NewVisit

# The longest kit fills about half of it.
MOST_PAGES = 20
PRESSED = "nav, button, input, .skip-link, .actions, footer"


@pytest.fixture
def paper(new_visit: NewVisit) -> Visit:
    """A saved page, as paper shows it even where the screen is dark."""
    visit = new_visit(color_scheme="dark")
    visit.go(SAVE)
    visit.save()
    visit.page.emulate_media(media="print")
    return visit


def test_it_fits_on_a_few_sheets_of_a4(paper: Visit) -> None:
    pdf = paper.page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert 2 <= len(boxes) <= MOST_PAGES
    assert {(round(float(width)), round(float(height))) for width, height in boxes} == {(595, 842)}
    assert b"/Font" in pdf


def test_nothing_to_press_is_printed(paper: Visit) -> None:
    assert shown(paper, PRESSED) == []


def test_nothing_to_press_is_printed_of_a_result(visit: Visit) -> None:
    visit.go(RESULT)
    assert shown(visit, PRESSED) != []
    visit.page.emulate_media(media="print")
    assert shown(visit, PRESSED) == []


def test_the_recommendation_and_its_link_are_printed(paper: Visit) -> None:
    expect(paper.heading).to_be_visible()
    text = paper.page.locator("body").inner_text()
    assert TITLE in text
    assert name_of("jwt-asymmetric") in text
    assert paper.page.url in text
    assert 'ISSUER = "https://auth.example.com"' in text


def test_sources_are_printed_with_their_addresses_dark_on_light(paper: Visit) -> None:
    link = paper.page.locator(".citations a").first
    after = link.evaluate("(link) => getComputedStyle(link, '::after').content")
    assert link.get_attribute("href") in after
    colours = paper.page.evaluate(
        "() => { const style = getComputedStyle(document.querySelector('.verdict'));"
        " return [style.color, style.backgroundColor]; }"
    )
    assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]


def test_files_are_printed_to_their_end(paper: Visit) -> None:
    whole = paper.page.locator(".code").evaluate_all(
        "(files) => files.map((file) => file.scrollHeight <= file.clientHeight + 1"
        " && file.scrollWidth <= file.clientWidth + 1)"
    )
    assert whole != []
    assert all(whole)


def test_how_it_stands_today_is_printed_with_all_that_changed(new_visit: NewVisit) -> None:
    visit = new_visit()
    OPENERS["saved, another outcome today"](visit)
    visit.page.reload()
    visit.page.emulate_media(media="print")
    text = visit.page.locator(".status-banner").inner_text()
    assert "A different token today" in text
    # Folded on the screen, but not on paper.
    assert "README.md (changed, FastAPI)" in text
    assert "requirements.txt (changed, Flask)" in text
    assert shown(visit, ".status-banner a") == []
    assert shown(visit, ".share") == []


def test_each_page_has_its_number(new_visit: NewVisit) -> None:
    visit = new_visit(bypass_csp=True)
    visit.go(RESULT)
    with_numbers = visit.page.pdf(prefer_css_page_size=True)
    visit.page.add_style_tag(content="@page { @bottom-right { content: none } }")
    assert len(with_numbers) > len(visit.page.pdf(prefer_css_page_size=True))


def shown(visit: Visit, selector: str) -> list[str]:
    return [
        element.inner_text()
        for element in visit.page.locator(selector).all()
        if element.is_visible()
    ]

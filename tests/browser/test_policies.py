"""The pages under a policy: for everybody, on the narrowest screen, and on paper."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as site
from playwright.sync_api import ViewportSize, expect
from pytest_django import Settings

from advisor import catalogue
from tests.support.axe import violations
from tests.support.visit import RESULT, Visit

NARROW: ViewportSize = {"width": 320, "height": 640}
TREE = Path(site.BASE_DIR) / "tree"
PAGES = ["/tokens/", "/tokens/ask?revocation=no", RESULT, "/tokens/compare"]


@pytest.fixture(autouse=True)
def _bank(tmp_path: Path, settings: Settings) -> Iterator[None]:
    """The site on a copy of the shipped tree, with the bank's policy in force."""
    folder = tmp_path / "tokens"
    shutil.copytree(TREE / "tokens", folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(TREE / "examples" / "policies" / "bank.yaml", folder / "policies")
    settings.ADVISOR_TREES = [str(folder)]
    yield
    catalogue.reload()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_and_fits_the_narrowest_screen(visit: Visit, path: str) -> None:
    visit.go(path)
    visit.page.emulate_media(color_scheme="light")
    broken = {"in the light": violations(visit)}
    visit.page.emulate_media(color_scheme="dark")
    broken["in the dark"] = violations(visit, "color-contrast")
    visit.page.set_viewport_size(NARROW)
    assert visit.page.evaluate("document.scrollingElement.scrollWidth") == NARROW["width"]
    broken["too small to hit"] = violations(visit, "target-size")
    assert broken == {"in the light": [], "in the dark": [], "too small to hit": []}


def test_the_contents_lead_to_what_the_policy_changed_and_asks_for(visit: Visit) -> None:
    visit.go(RESULT)
    contents = visit.page.get_by_role("navigation", name="On this page")
    for name in ("Changed by policy", "Required by policy"):
        contents.get_by_role("link", name=name).click()
        expect(visit.page.get_by_role("heading", name=name)).to_be_in_viewport()


def test_paper_shows_what_the_policy_changed(visit: Visit) -> None:
    visit.go(RESULT)
    visit.page.emulate_media(media="print")
    expect(visit.page.locator("#policy")).to_be_visible()
    expect(visit.page.locator("#requirements li")).to_have_count(2)

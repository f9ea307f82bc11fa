"""axe finds nothing to complain of, on any page, in the light and in the dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import NewVisit
from tests.browser.every_page import OPENERS
from tests.browser.visit import Visit


@pytest.mark.parametrize("page", OPENERS)
def test_axe_finds_nothing_in_the_light(new_visit: NewVisit, page: str) -> None:
    visit = new_visit(color_scheme="light")
    OPENERS[page](visit)
    assert violations(visit) == []


@pytest.mark.parametrize("page", OPENERS)
def test_axe_finds_nothing_in_the_dark(new_visit: NewVisit, page: str) -> None:
    visit = new_visit(color_scheme="dark")
    OPENERS[page](visit)
    assert violations(visit) == []


def test_axe_sees_what_is_wrong(visit: Visit) -> None:
    """The proof that the tests above can fail."""
    visit.go("/tokens/ask")
    visit.page.evaluate("() => { document.documentElement.lang = ''; }")
    visit.page.evaluate("() => { document.querySelector('label').remove(); }")
    assert {one.split(":")[0] for one in violations(visit)} == {"html-has-lang", "label"}


def violations(visit: Visit) -> list[str]:
    found = Axe().run(visit.page).response["violations"]
    return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]

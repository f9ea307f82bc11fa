"""axe finds nothing to complain of, on any page, in the light and in the dark."""

from collections.abc import Mapping

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types

from tests.browser.every_page import OPENERS
from tests.browser.visit import Visit

# Only colours differ in the dark.
COLOURS = {"runOnly": ["color-contrast"]}

# Highlighted code is thousands of spans in a few colours: one span of each is enough to judge by.
THIN = """() => {
  const seen = new Set();
  for (const pre of document.querySelectorAll(".highlight pre")) {
    const first = [...pre.querySelectorAll("span[class]")].filter(
      (span) => !seen.has(span.className) && seen.add(span.className));
    pre.replaceChildren(...first);
  }
}"""


@pytest.mark.parametrize("page", OPENERS)
def test_axe_finds_nothing_in_the_light_nor_in_the_dark(visit: Visit, page: str) -> None:
    OPENERS[page](visit)
    visit.page.evaluate(THIN)
    visit.page.emulate_media(color_scheme="light")
    assert violations(visit) == []
    visit.page.emulate_media(color_scheme="dark")
    assert violations(visit, COLOURS) == []


def test_axe_sees_what_is_wrong(visit: Visit) -> None:
    """The proof that the tests above can fail."""
    visit.go("/tokens/ask")
    visit.page.evaluate("() => { document.documentElement.lang = ''; }")
    visit.page.evaluate("() => { document.querySelector('label').remove(); }")
    assert {"html-has-lang", "label"} <= {one.split(":")[0] for one in violations(visit)}


def violations(visit: Visit, options: Mapping[str, object] | None = None) -> list[str]:
    options = {"resultTypes": ["violations"], **(options or {})}
    found = Axe().run(visit.page, options=options).response["violations"]
    return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]

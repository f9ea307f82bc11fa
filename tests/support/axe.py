"""axe-core, as its package brings it, on the page that a visitor sees."""

from collections.abc import Mapping

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # no types

from tests.support.visit import Visit

# Highlighted code is thousands of spans in a few colours: one span of each is enough to judge by.
THIN = """() => {
  const seen = new Set();
  for (const pre of document.querySelectorAll(".highlight pre")) {
    const first = [...pre.querySelectorAll("span[class]")].filter(
      (span) => !seen.has(span.className) && seen.add(span.className));
    pre.replaceChildren(...first);
  }
}"""


def violations(visit: Visit, *only: str) -> list[str]:
    """What axe complains of, by all the rules that it has on by itself, or by these alone."""
    visit.page.evaluate(THIN)
    options: Mapping[str, object] = {"resultTypes": ["violations"]}
    if only:
        options = {**options, "runOnly": list(only)}
    broken = Axe().run(visit.page, options=options).response["violations"]
    return [
        f"{violation['id']}: {node['html']}: {node['failureSummary']}"
        for violation in broken
        for node in violation["nodes"]
    ]

"""Takes the pictures of the pages in docs/: `make pictures`.

Each page is opened in a real Chromium, 1280 pixels wide, on a server that `make run` would start.
"""

import os
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.support import patience
from tests.support.parts import CHROMIUM, path_of
from tests.support.servers import free_port, wait_for

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
WIDTH, HEIGHT = 1280, 860
RESULT = "/tokens/result?revocation=no&services=one&confidential=no&team=runs-jwt"
# A part of a page begins some pixels above the element that it shows, so the tabs are on it.
MARGIN = 76
# A gap shows that there is more of the page between two parts.
STACKED = """
<style>body { margin: 0; background: #8882 } img { display: block; width: 100% }
img + img { margin-top: 20px }</style>
"""


def main() -> None:
    """Take every picture."""
    executable = path_of(CHROMIUM)
    with server() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable)
        page = opened(browser, address)
        page.goto("/tokens/")
        page.screenshot(path=DOCS / "start.png", full_page=True)
        page.goto(RESULT)
        verdict = part(page, "body", "main h1", 570)
        code = part(page, "section.file", "section.file pre", 520)
        stack(opened(browser, address), DOCS / "result.png", verdict, code)
        browser.close()


@contextmanager
def server() -> Iterator[str]:
    """Serve the site with an empty database: its address."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        others = {k: v for k, v in os.environ.items() if not k.startswith(("ADVISOR_", "DATABASE"))}
        env = others | {"ADVISOR_DEBUG": "on", "ADVISOR_VAR": folder}
        command = [sys.executable, "-m", "advisor"]
        subprocess.run([*command, "migrate", "--verbosity", "0"], cwd=ROOT, env=env, check=True)
        arguments = ["runserver", "--noreload", "--verbosity", "0", f"127.0.0.1:{port}"]
        running = subprocess.Popen(
            [*command, *arguments],
            cwd=ROOT,
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(port, running)
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()
            running.wait(timeout=patience.SECONDS)


def opened(browser: Browser, address: str) -> Page:
    """Return an empty tab that looks alike on every machine."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": WIDTH, "height": HEIGHT},
        color_scheme="light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(60_000)
    return context.new_page()


def part(page: Page, first: str, last: str, height: int) -> bytes:
    """Return `height` pixels of the page over its whole width, with both elements on it."""
    top = page.locator(first).first.bounding_box()
    shown = page.locator(last).first.bounding_box()
    assert top, f"{first} is not on the page"
    assert shown, f"{last} is not on the page"
    start = max(0, top["y"] - MARGIN)
    assert shown["y"] < start + height, f"{last} does not show in {height} pixels from {first}"
    clip = {"x": 0, "y": start, "width": WIDTH, "height": height}
    return page.screenshot(full_page=True, clip=clip)  # type: ignore[arg-type] # a TypedDict


def stack(page: Page, path: Path, *parts: bytes) -> None:
    """Write the parts below each other as one picture."""
    images = "".join(
        f'<img src="data:image/png;base64,{b64encode(image).decode()}">' for image in parts
    )
    page.set_content(STACKED + images)
    page.screenshot(path=path, full_page=True)


if __name__ == "__main__":
    main()

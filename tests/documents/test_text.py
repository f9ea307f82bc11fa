"""The documents have one width, and their links lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / ".github").rglob("*.md")),
    ROOT / "tree" / "README.md",
    ROOT / "tree" / "tokens" / "policies" / "README.md",
]
_LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")


def prose(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines outside blocks of code, each with its number."""
    in_block = False
    for number, line in enumerate(text.splitlines(), 1):
        fence = line.startswith("```")
        in_block ^= fence
        if not (in_block or fence or line.startswith("    ")):
            yield number, line


def too_wide(page: Path) -> list[str]:
    """Return the lines of prose over 100 characters; tables and pictures cannot be broken."""
    return [
        f"{page.name}:{number}"
        for number, line in prose(page.read_text(encoding="utf-8"))
        if len(line) > 100 and not line.startswith(("|", "!["))
    ]


def broken_links(page: Path) -> list[str]:
    """Return the links to files that are not there, or to headings that they lack."""
    broken = []
    for number, line in prose(page.read_text(encoding="utf-8")):
        for path, heading in _LINK.findall(line):
            target = page.parent / path if path else page
            if not target.exists() or (heading and heading not in headings(target)):
                broken.append(f"{page.name}:{number} {path}{'#' if heading else ''}{heading}")
    return broken


def headings(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    titles = (line for _, line in prose(page.read_text(encoding="utf-8")) if line.startswith("#"))
    words = (re.sub(r"[^\w\- ]", "", title.lstrip("# ").lower()) for title in titles)
    return {text.replace(" ", "-") for text in words}


def test_the_documents_have_one_width() -> None:
    assert [place for page in DOCUMENTS for place in too_wide(page)] == []


def test_it_notices_a_line_that_is_too_wide(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"{'x' * 100}\n{'y' * 101}\n```text\n{'z' * 101}\n```\n| {'a' * 101} |\n")

    assert too_wide(page) == ["page.md:2"]


def test_every_link_in_the_documents_leads_somewhere() -> None:
    assert [link for page in DOCUMENTS for link in broken_links(page)] == []


def test_it_notices_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    page, other = tmp_path / "page.md", tmp_path / "other.md"
    page.write_text("[a](other.md) [b](other.md#in-short)\n[c](gone.md) [d](other.md#at-length)\n")
    other.write_text("# Other\n\n## In short\n")

    assert broken_links(page) == ["page.md:2 gone.md", "page.md:2 other.md#at-length"]

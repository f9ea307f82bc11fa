"""What the tests of the pages share: addresses of known pages, and trees that may be edited."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as site
from pytest_django import Settings

from advisor import catalogue
from tests.web.browser import Element

TOKENS = Path(site.BASE_DIR) / "tree" / "tokens"
STORAGE = Path(site.BASE_DIR) / "tree" / "examples" / "storage"
MESSAGING = Path(site.BASE_DIR) / "tests" / "trees" / "messaging"

# A result whose kit takes values: of each type one.
ANSWERS = "revocation=no&services=one&confidential=no&team=runs-jwt"
RESULT = f"/tokens/result?{ANSWERS}"
SAVE = f"/tokens/save?{ANSWERS}"

# An address of every kind of page that is a pure function of the tree and the address.
BEFORE_SAVING = {
    "start": "/",
    "tree": "/tokens/",
    "first question": "/tokens/ask",
    "last question": "/tokens/ask?revocation=no&services=one&confidential=no",
    "no answer chosen": "/tokens/ask?asked=revocation",
    "unknown answer": "/tokens/ask?revocation=perhaps",
    "result": RESULT,
    "result with values": f"{RESULT}&issuer=https%3A%2F%2Fid.example.org&access-minutes=5",
    "result with a wrong value": f"{RESULT}&access-minutes=900",
    "JSON": f"/tokens/result.json?{ANSWERS}",
    "Markdown": f"/tokens/result.md?{ANSWERS}",
    "kit": f"/tokens/kit.zip?{ANSWERS}",
    "comparison": "/tokens/compare",
}
HTML = {
    kind: path for kind, path in BEFORE_SAVING.items() if kind not in ("JSON", "Markdown", "kit")
}


@pytest.fixture
def editable(tmp_path: Path, settings: Settings) -> Iterator["Editable"]:
    """The site on a copy of the shipped tree."""
    folder = tmp_path / "tokens"
    shutil.copytree(TOKENS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    settings.ADVISOR_TREES = [str(folder)]
    yield Editable(folder)
    catalogue._load.cache_clear()


class Editable:
    """A tree's folder. Each edit is served as it would be after a restart."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def edit(self, file: str, change: Callable[[str], str]) -> None:
        path = self.folder / file
        before = path.read_text()
        after = change(before)
        assert after != before, f"nothing to change in {file}"
        path.write_text(after)
        catalogue._load.cache_clear()

    def replace(self, file: str, old: str, new: str) -> None:
        self.edit(file, lambda text: text.replace(old, new))

    def delete(self) -> None:
        shutil.rmtree(self.folder)
        catalogue._load.cache_clear()


@pytest.fixture
def messaging(settings: Settings) -> None:
    """The site on a small tree of another subject, without kits."""
    settings.ADVISOR_TREES = [str(MESSAGING)]


@pytest.fixture
def storage(settings: Settings) -> None:
    """The site on the second tree that comes with it."""
    settings.ADVISOR_TREES = [str(STORAGE)]


@pytest.fixture
def both(settings: Settings) -> None:
    settings.ADVISOR_TREES = [str(TOKENS), str(STORAGE)]


def has_a_way_on(page: Element) -> bool:
    """Whether the page itself, not only its frame, links somewhere."""
    return bool(page.one("main").all("a"))

"""Each problem has a page that is true: its example, its message, and what is right instead."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents import problem_pages
from tests.documents.problem_pages import BadPage, Page, out_of_date, pages, write
from tests.support.bad_trees import as_printed, problems

PAGES = pages()
WITH_EXAMPLE = [page for page in PAGES if page.example != "made"]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the pages, which a test may spoil."""
    return Path(shutil.copytree(problem_pages.PAGES, tmp_path / "problems"))


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def left_over(page: Page, folder: Path) -> str:
    """Return what `tree check` prints once the right example stands in the place of the wrong."""
    page.excerpt().replaced(page.right, folder)
    return as_printed(problems(folder))


def test_each_problem_has_a_page() -> None:
    assert problem_pages.without_page() == []


def test_it_notices_a_problem_without_a_page(copy: Path) -> None:
    (copy / "unknown-kit.md").unlink()

    assert problem_pages.without_page(copy) == ["unknown-kit"]


def test_each_page_has_a_problem() -> None:
    assert problem_pages.without_problem() == []


def test_it_notices_a_page_without_a_problem(copy: Path) -> None:
    (copy / "unknown-kit.md").rename(copy / "unknown-kid.md")

    assert problem_pages.without_problem(copy) == ["unknown-kid"]


def test_make_documents_runs_and_finds_nothing_to_write() -> None:
    call = [sys.executable, "-m", "tests.documents", "--check"]

    done = subprocess.run(call, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_pages_and_their_index_are_as_the_generator_writes_them() -> None:
    assert out_of_date() == [], "run `make documents`"


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("unknown-kit.md", "error[unknown-kit]: found `insid`", "error[unknown-kit]: found `in`"),
        ("unknown-kit.md", "\nreference: insid\n", "\nreference: outsid\n"),
        ("unknown-kit.md", "**Error.**", "**Warning.**"),
        ("unknown-kit.md", "# unknown-kit\n", "# An unknown kit\n"),
        (
            "README.md",
            "| [unknown-kit](unknown-kit.md) | error |",
            "| [unknown-kit](x.md) | error |",
        ),
    ],
)
def test_it_notices_and_corrects_what_was_generated(
    copy: Path, name: str, old: str, new: str
) -> None:
    spoil(copy / name, old, new)

    assert out_of_date(copy) == [name]
    assert list(write(copy)) == [copy / name]
    assert (copy / name).read_bytes() == (problem_pages.PAGES / name).read_bytes()


def test_it_notices_a_sentence_that_the_index_lacks(copy: Path) -> None:
    spoil(copy / "no-number.md", "is not a whole number", "is no integer")

    assert out_of_date(copy) == ["README.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.id)
def test_each_page_says_in_one_sentence_what_is_wrong_and_then_why(page: Page) -> None:
    assert page.sentence.endswith(".")
    assert ". " not in page.sentence
    assert page.part("id") == page.id
    assert len(page.part("why").strip()) > 40


@pytest.mark.parametrize("old", ["## Why\n", "## Right\n", "**Error.** ", "# unknown-kit\n"])
def test_it_notices_a_page_without_a_part(copy: Path, old: str) -> None:
    spoil(copy / "unknown-kit.md", old, "")

    with pytest.raises(BadPage, match=r"^unknown-kit\.md needs a title, a level, Wrong, Right"):
        Page(copy / "unknown-kit.md").part("why")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<!-- example: misspelt-reference -->", "", "needs one example"),
        ("example: misspelt-reference", "example: misspelt", "names no bad tree"),
    ],
)
def test_it_notices_a_page_without_a_bad_tree(copy: Path, old: str, new: str, message: str) -> None:
    spoil(copy / "unknown-kit.md", old, new)

    with pytest.raises(BadPage, match=message):
        out_of_date(copy)


def test_it_notices_a_page_without_a_right_example(copy: Path) -> None:
    page = Page(copy / "unknown-kit.md")
    page.path.write_text(page.text.replace(f"```yaml\n{page.right}```\n\n## Why", "\n## Why"))

    with pytest.raises(BadPage, match="needs an example under Right"):
        _ = page.right


@pytest.mark.parametrize("page", WITH_EXAMPLE, ids=lambda page: page.id)
def test_the_right_example_leaves_no_problem(page: Page, tmp_path: Path) -> None:
    assert left_over(page, tmp_path / "lunch") == ""


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("unknown-kit", "\nreference: inside\n", "\nreference: insider\n"),
        ("kit-unlisted", "kits/outside/table.py", "kits/outsider/table.py"),
        ("kit-default", "SEATS = 4\n", "SEATS = 5\n"),
    ],
)
def test_it_notices_a_right_example_that_is_wrong(
    copy: Path, tmp_path: Path, name: str, old: str, new: str
) -> None:
    spoil(copy / f"{name}.md", old, new)

    assert f"[{name}]" in left_over(Page(copy / f"{name}.md"), tmp_path / "lunch")

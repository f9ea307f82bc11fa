"""The README of a kit: what it names is in the zip, and it says how to use the kit."""

import re

import pytest

from advisor.kits.kit import README, KitFile
from tests.kits.running import bundled, combinations, kit_of

NAMED = re.compile(r"[\w./*-]*\w\.(?:py|txt|ya?ml|ini|toml|json|md|sql|cfg)\b")
# Files of the reader's own, which a README says how to write, or names as examples.
OF_THE_READER = {"settings.py", "urls.py", "accounts/models.py", "manage.py", "wsgi.py", "asgi.py"}
OF_THE_READER |= {"models.py", "recommendation.json", "app/settings.py", "app.toml", "sample.txt"}
NO_FILES = {"request.json", "/openapi.json"}  # a method, and an address
USE = re.compile(r"^## Use\n(.*?)(?=^## )", re.MULTILINE | re.DOTALL)
WAYS = [(*way, separate) for way in combinations() for separate in (False, True)]


def zipped(tree: str, outcome: str, way: str, separate: bool) -> tuple[str, list[KitFile]]:
    """Return the README of a zip, and all of its files."""
    files = list(bundled(kit_of(tree, outcome), way).laid_out(separate=separate))
    return next(file.text for file in files if file.name == README), files


@pytest.mark.parametrize(("tree", "outcome", "way", "separate"), WAYS)
def test_every_file_that_a_readme_names_is_in_the_zip(
    tree: str, outcome: str, way: str, separate: bool
) -> None:
    readme, files = zipped(tree, outcome, way, separate)
    in_the_zip = {file.path for file in files} | {file.name for file in files}
    named = set(NAMED.findall(readme))
    assert named
    assert named - in_the_zip - OF_THE_READER - NO_FILES == set()


@pytest.mark.parametrize(("tree", "outcome", "way", "separate"), WAYS)
def test_a_readme_lists_every_file_of_the_code(
    tree: str, outcome: str, way: str, separate: bool
) -> None:
    readme, files = zipped(tree, outcome, way, separate)
    listed = readme.partition("## In this folder")[2].partition("\n## ")[0]
    code = [file.path for file in files if not file.supporting]
    assert code
    assert [path for path in code if f"- `{path}`" not in listed] == []


@pytest.mark.parametrize(
    ("tree", "outcome", "way", "separate"), [way for way in WAYS if way[2] != "plain"]
)
def test_a_readme_says_how_to_use_the_kit_in_its_framework(
    tree: str, outcome: str, way: str, separate: bool
) -> None:
    """A page of code at most; `test_pasted` runs it."""
    used = USE.findall(zipped(tree, outcome, way, separate)[0])
    assert len(used) == 1
    code = "".join(re.findall(r"```python\n(.*?)```", used[0], re.DOTALL))
    assert f"{way}" in code.lower()
    assert code.count("\n") < 75


def test_a_part_of_the_one_file_is_named_by_the_name_of_that_file() -> None:
    separate, joined = (
        zipped("tokens", "jwt-hs256", "flask", separately)[0] for separately in (True, False)
    )
    assert "from flask_bearer import bearer_required, init_bearer\n" in separate
    assert "from tokens import bearer_required, init_bearer\n" in joined
    django = zipped("tokens", "jwt-hs256", "django", False)[0]
    assert '"tokens.BearerMiddleware"' in django

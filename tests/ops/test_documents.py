"""What the project says about itself is so: settings, commands, versions, links."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from advisor.ops.configuration import VARIABLES
from advisor.ops.settings_table import BEGIN, END, table, with_table

ROOT = Path(settings.BASE_DIR)
README = (ROOT / "README.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PAGES = ["README.md", "SECURITY.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
PAGES += sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))
LINK = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]+)?(#[^)\s]+)?\)")

# The table of settings


def test_the_table_of_settings_is_that_of_the_program() -> None:
    assert with_table(README) == README, "make settings writes the table"


def test_the_table_has_a_row_for_each_variable_and_no_other() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \|", README.partition(BEGIN)[2], re.MULTILINE)
    assert rows == list(VARIABLES)


def test_it_notices_a_table_that_is_out_of_date() -> None:
    old = README.replace("| `ADVISOR_REGISTER` |", "| `ADVISOR_LIST` |")
    assert with_table(old) == README != old


def test_the_table_says_what_a_variable_means_and_what_it_is_without_one() -> None:
    lines = {line.split(" | ")[0]: line for line in table().splitlines()}
    assert lines["| `ADVISOR_REGISTER`"].endswith(" | on or off | on |")
    assert lines["| `ADVISOR_BEHIND_PROXY`"].endswith(" | on or off | off |")
    assert lines["| `ADVISOR_TREES`"].endswith(" | folders, separated by : | `tree/tokens` |")
    assert lines["| `ADVISOR_HOSTS`"].endswith(" | none; required on a server |")
    assert {line.count(" | ") for line in table().splitlines()[2:]} == {3}


@pytest.mark.parametrize("text", ["", BEGIN, END, f"{END}\n{BEGIN}"])
def test_a_page_without_both_markers_gets_no_table(text: str) -> None:
    with pytest.raises(ValueError, match=r"^the page does not have both markers of the table$"):
        with_table(text)


@pytest.mark.parametrize("document", PAGES)
def test_no_page_names_a_variable_that_is_not_there(document: str) -> None:
    if document != "CHANGELOG.md":
        named = set(re.findall(r"\bADVISOR_[A-Z_]+\b", (ROOT / document).read_text()))
        assert named <= VARIABLES.keys()


# Commands and links


@pytest.mark.parametrize("document", PAGES)
def test_every_make_target_that_a_page_names_exists(document: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = (ROOT / document).read_text()
    named = re.findall(r"(?:`|^    )make ([a-z][a-z -]*)", text, re.MULTILINE)
    assert {target for words in named for target in words.split()} <= targets


@pytest.mark.parametrize("document", PAGES)
def test_every_link_of_a_page_leads_somewhere(document: str) -> None:
    page = ROOT / document
    for path, anchor in LINK.findall(page.read_text()):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
            assert anchor[1:] in {heading.lower().replace(" ", "-") for heading in headings}


# Versions and metadata


def test_the_changelog_has_the_version_below_what_is_unreleased() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert re.fullmatch(rf"{re.escape(PROJECT['version'])} - \d{{4}}-\d\d-\d\d", headings[1])


def test_the_project_says_who_made_it_and_under_which_licence() -> None:
    assert PROJECT["authors"] == [{"name": "Advisor maintainers"}]
    assert PROJECT["license"] == "MIT"
    (licence,) = PROJECT["license-files"]
    assert (ROOT / licence).read_text().startswith("MIT License\n")
    assert (ROOT / PROJECT["readme"]).read_text() == README
    assert PROJECT["scripts"] == {"advisor": "advisor.__main__:main"}


def test_the_workflow_does_what_ci_does() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    steps = workflow["jobs"]["suite"]["steps"]
    assert steps[-1]["run"].strip() == ".ci/run"
    assert not [step for step in steps if "uses" in step]
    for step in steps:
        assert "${{" not in step["run"]
        parsed = subprocess.run(["bash", "-n", "-c", step["run"]], check=False)
        assert parsed.returncode == 0


def test_the_hooks_of_developers_need_no_network_and_exist() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert {repository["repo"] for repository in config["repos"]} == {"local"}
    for repository in config["repos"]:
        for hook in repository["hooks"]:
            assert hook["language"] == "system"
            assert hook["entry"].startswith(".venv/bin/")

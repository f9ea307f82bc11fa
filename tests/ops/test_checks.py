"""What Django's checks say before the start of a site, each message whole, with its hint."""

import shutil
from pathlib import Path

import pytest
from django.core.checks import CheckMessage, Error, run_checks
from django.core.checks import Warning as Caution
from pytest_django import Settings

from advisor.ops.checks import TAKEN, check_settings, check_trees
from tests.support.deployed import environment, run
from tests.support.site import MESSAGING, STORAGE, TOKENS
from tests.support.tree_folders import lunch
from tests.support.trees import LUNCH, changed

NO_ADDRESS = "Rename the folder, or take it out of ADVISOR_TREES."


def named(name: str, folder: Path) -> Path:
    """A good tree in a folder with the name."""
    return Path(shutil.copytree(MESSAGING, folder / name))


def messages(settings: Settings, *folders: Path) -> list[CheckMessage]:
    settings.ADVISOR_TREES = [str(folder) for folder in folders]
    return check_trees(None)


def test_trees_without_problems_pass(settings: Settings) -> None:
    assert messages(settings, TOKENS, STORAGE, MESSAGING) == []


@pytest.mark.parametrize("name", sorted(TAKEN))
def test_a_tree_cannot_have_the_address_of_another_page(
    settings: Settings, tmp_path: Path, name: str
) -> None:
    folder = named(name, tmp_path)
    message = f"The address /{name}/ of the tree {folder} is taken."
    assert messages(settings, folder) == [Error(message, hint=NO_ADDRESS, id="advisor.slug-taken")]


def test_these_addresses_are_those_of_other_pages() -> None:
    assert sorted(TAKEN) == ["admin", "healthz", "r", "static"]


@pytest.mark.parametrize("name", ["two words", "caf\u00e9", "a.b"])
def test_a_name_that_fits_no_address_is_refused(
    settings: Settings, tmp_path: Path, name: str
) -> None:
    folder = named(name, tmp_path)
    message = f"The folder of the tree {folder} has a name that fits no address."
    assert messages(settings, folder) == [Error(message, hint=NO_ADDRESS, id="advisor.slug-unfit")]


@pytest.mark.parametrize("name", ["UPPER", "with-dash_2"])
def test_a_name_that_fits_an_address_passes(settings: Settings, tmp_path: Path, name: str) -> None:
    assert messages(settings, named(name, tmp_path)) == []


def test_two_trees_cannot_have_one_address(settings: Settings, tmp_path: Path) -> None:
    folder = named("messaging", tmp_path)
    message = f"The address /messaging/ of the tree {folder} is taken."
    expected = [Error(message, hint=NO_ADDRESS, id="advisor.slug-taken")]
    assert messages(settings, MESSAGING, folder) == expected


def test_an_error_of_a_tree_stops_and_a_warning_does_not(
    settings: Settings, tmp_path: Path
) -> None:
    broken = lunch(tmp_path / "broken", changed("format: 1", "format: 2", LUNCH))
    (error,) = messages(settings, broken)
    assert isinstance(error, Error)
    assert error.id == "advisor.bad-value"
    assert error.msg.startswith(f"{broken}/tree.yaml:1:9: error[bad-value]: found `2`;")
    spare = "sources: {spare: {title: Spare, kind: guide}}\n"
    (caution,) = messages(settings, lunch(tmp_path / "unused", LUNCH + spare))
    assert isinstance(caution, Caution)
    assert caution.id == "advisor.unused-source"


def test_what_is_not_set_is_named_with_where_to_read_on(settings: Settings) -> None:
    settings.NOT_SET = ("ADVISOR_HOSTS is not set.", "ADVISOR_ACCESS is not set.")
    hint = "README.md lists all settings."
    assert check_settings(None) == [
        Error(message, hint=hint, id="advisor.not-set") for message in settings.NOT_SET
    ]


def test_django_runs_them_all(settings: Settings, tmp_path: Path) -> None:
    settings.NOT_SET = ("ADVISOR_HOSTS is not set.",)
    settings.ADVISOR_TREES = [str(named("r", tmp_path))]
    ids = {message.id for message in run_checks()}
    assert {"advisor.not-set", "advisor.slug-taken"} <= ids


def test_a_message_stops_the_command_check(tmp_path: Path) -> None:
    folder = named("two words", tmp_path)
    done = run("manage.py", "check", env=environment(ADVISOR_TREES=str(folder)))
    assert done.returncode == 1
    assert f"The folder of the tree {folder} has a name that fits no address." in done.stderr

"""advisor kits measure: what it does with its options. tests/kits measures for real."""

from io import StringIO
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command
from pytest_django import Settings

from advisor.kits import measuring
from tests.support.tree_folders import lunch

SECTION = {"measured": {"on": "2026-11-23", "machine": "1 core", "kits": {}}}


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Measure nothing; the rounds that were asked for."""
    asked: list[int] = []

    def measure(_document: object, _kits: object, _on: object, wanted: int) -> dict[str, Any]:
        asked.append(wanted)
        return SECTION

    monkeypatch.setattr(measuring, "measure", measure)
    return asked


def kits_measure(*arguments: object) -> str:
    out = StringIO()
    call_command("kits", "measure", *map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.mark.usefixtures("rounds")
def test_it_writes_what_it_measured_into_the_tree(tmp_path: Path) -> None:
    folder = lunch(tmp_path / "lunch")
    assert kits_measure(folder) == f"{folder}/measured.yaml written\n"
    assert yaml.safe_load((folder / "measured.yaml").read_text()) == SECTION


@pytest.mark.usefixtures("rounds")
def test_a_dry_run_prints_the_file_and_writes_nothing(tmp_path: Path) -> None:
    folder = lunch(tmp_path / "lunch")
    (folder / "measured.yaml").write_text("")
    assert yaml.safe_load(kits_measure(folder, "--dry-run")) == SECTION
    assert (folder / "measured.yaml").read_text() == ""


@pytest.mark.usefixtures("rounds")
def test_without_a_folder_it_measures_the_first_served_tree(
    tmp_path: Path, settings: Settings
) -> None:
    first, second = lunch(tmp_path / "first"), lunch(tmp_path / "second")
    settings.ADVISOR_TREES = [str(first), str(second)]
    kits_measure()
    assert (first / "measured.yaml").exists()
    assert not (second / "measured.yaml").exists()


def test_it_measures_as_many_rounds_as_it_is_told(tmp_path: Path, rounds: list[int]) -> None:
    folder = lunch(tmp_path / "lunch")
    kits_measure(folder)
    kits_measure(folder, "--rounds", 3)
    assert rounds == [31, 3]


@pytest.mark.parametrize("output", ["No module named `jwt`", b"No module named `jwt`"])
def test_it_says_what_a_kit_that_does_not_run_has_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str | bytes
) -> None:
    def fail(*_: object) -> None:
        raise CalledProcessError(1, "python", stderr=output)

    monkeypatch.setattr(measuring, "measure", fail)
    folder = lunch(tmp_path / "lunch")
    with pytest.raises(CommandError) as error:
        kits_measure(folder)
    assert str(error.value) == "a kit does not run:\nNo module named `jwt`"
    assert not (folder / "measured.yaml").exists()

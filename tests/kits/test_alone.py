"""Every kit, in every way to run it, passes its own tests where a user unzips it."""

import os
import shlex
import subprocess
import sys
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.kits.running import combinations, lay_out, plain_environment, run_tests, served

FIRST = next(iter(served().tree.document.ways))
WITH_A_STORE = [outcome for outcome, kit in served().kits.items() if "redis" in kit.pins]


@pytest.mark.parametrize(("outcome", "way"), combinations())
def test_a_kit_passes_its_own_tests(outcome: str, way: str, tmp_path: Path) -> None:
    home = lay_out(served().kits[outcome], way, tmp_path / outcome)
    done = run_tests(home)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("outcome", WITH_A_STORE)
def test_without_a_redis_a_kit_fails_with_the_line_that_starts_one(
    outcome: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDIS_URL")
    home = lay_out(served().kits[outcome], FIRST, tmp_path / outcome)
    done = run_tests(home, "-x", "test_tokens.py")
    assert done.returncode == 1
    assert "redis-server --port" in done.stdout


def _installs_and_passes(outcome: str, way: str, folder: Path) -> str:
    """What a user does with the unzipped folder, in a virtual environment of its own: empty where
    it works, else what was printed."""
    home = lay_out(served().kits[outcome], way, folder / outcome)
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    install: list[str | Path] = [
        python,
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
    ]
    installed = subprocess.run(
        [*install, "-r", "requirements.txt", "pytest"],
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    if installed.returncode:
        return installed.stdout + installed.stderr
    done = subprocess.run(
        [python, "-m", "pytest", "-q", "-c", os.devnull],
        cwd=home,
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout


def test_a_kit_installs_and_passes_in_a_fresh_environment(tmp_path: Path) -> None:
    """Every kit as it is, and every way of running one once."""
    wanted = [(outcome, FIRST) for outcome in served().kits]
    folders: set[str] = set()
    for outcome, spec in served().tree.document.kits.items():
        for way, added in spec.ways.items():
            if not folders.issuperset(added):
                folders.update(added)
                wanted.append((outcome, way))

    def run(pair: tuple[str, str]) -> str:
        return _installs_and_passes(*pair, tmp_path / "-".join(pair))

    with ThreadPoolExecutor(max_workers=2) as pool:
        printed = dict(zip(wanted, pool.map(run, wanted), strict=True))
    assert {pair: text for pair, text in printed.items() if text} == {}


def test_a_key_maker_prints_what_the_kit_then_accepts(tmp_path: Path) -> None:
    """For every kit with keys: `python tokens.py new-key` fills an environment that works."""
    for outcome, kit in served().kits.items():
        home = lay_out(kit, FIRST, tmp_path / outcome)
        made = subprocess.run(
            [sys.executable, kit.module, "new-key"], cwd=home, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        if "new-key" not in (home / kit.module).read_text():
            continue
        assert made.returncode == 0, made.stderr
        pairs = dict(line.split("=", 1) for line in shlex.split(made.stdout))
        assert pairs
        check = f"import {Path(kit.module).stem} as kit; kit.issuer(); kit.verifier()"
        used = subprocess.run(
            [sys.executable, "-c", check], cwd=home, env=os.environ | pairs, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert used.returncode == 0, f"{outcome}: {used.stderr}"

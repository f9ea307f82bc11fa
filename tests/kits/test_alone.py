"""Every kit, in every way to run it, passes its own tests where a user unzips it.

The suite runs representatives, and `make thorough` all of them.
"""

import os
import shlex
import subprocess
import sys
import venv
from functools import cache
from pathlib import Path

import pytest

from tests.kits.running import (
    combinations,
    every_kit,
    every_variant,
    first_way,
    folders,
    folders_added,
    joined_kits,
    kit_of,
    lay_out,
    lay_out_joined,
    own_tests,
    plain_environment,
    run_tests,
)
from tests.kits.sampling import code_under_test, requirements
from tests.support.sampling import sampled


@cache
def kits_and_ways() -> list[tuple[str, str, str]]:
    """Every kit as it is, and every way to run one once."""
    wanted = [(*kit, first_way(kit[0])) for kit in every_kit()]
    for tree in folders():
        seen: set[str] = set()
        for outcome in (name for slug, name in every_variant() if slug == tree):
            added = folders_added(tree, outcome)
            for way in kit_of(tree, outcome).frameworks:
                of_way = {folder for framework, folder in added if framework == way}
                if not seen.issuperset(of_way):
                    seen.update(of_way)
                    wanted.append((tree, outcome, way))
    return wanted


WAYS = [kit for kit in combinations() if kit not in kits_and_ways()]
WITH_A_STORE = [kit for kit in every_kit() if "redis" in kit_of(*kit).pins]


@pytest.mark.thorough
@pytest.mark.parametrize(("tree", "outcome", "way"), WAYS)
def test_a_way_to_run_a_kit_passes_its_tests(
    tree: str, outcome: str, way: str, tmp_path: Path
) -> None:
    """Those that are not here run in a fresh environment, further down."""
    kit = kit_of(tree, outcome)
    home = lay_out(kit, way, tmp_path / outcome)
    done = run_tests(home, *own_tests(kit, way))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("tree", "outcome", "way"), sampled(joined_kits(), code_under_test))
def test_a_kit_in_one_file_passes_its_tests(
    tree: str, outcome: str, way: str, tmp_path: Path
) -> None:
    """The very file that a user copies; the tests' own names for its parts stand for it."""
    kit = kit_of(tree, outcome)
    home = lay_out_joined(kit, way, tmp_path / outcome)
    done = run_tests(home, *own_tests(kit, way))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("tree", "outcome"), WITH_A_STORE)
def test_without_a_redis_a_kit_fails_with_the_line_that_starts_one(
    tree: str, outcome: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDIS_URL")
    kit, way = kit_of(tree, outcome), first_way(tree)
    home = lay_out(kit, way, tmp_path / outcome)
    done = run_tests(home, "-x", *own_tests(kit, way))
    assert done.returncode == 1
    assert "redis-server --port" in done.stdout


@pytest.mark.parametrize(("tree", "outcome", "way"), sampled(kits_and_ways(), requirements))
def test_a_kit_installs_and_passes_in_a_fresh_environment(
    tree: str, outcome: str, way: str, tmp_path: Path
) -> None:
    """What a user does with the unzipped folder, in a virtual environment of its own."""
    kit = kit_of(tree, outcome)
    home = lay_out(kit, way, tmp_path / outcome)
    venv.create(tmp_path / "venv")
    python = str(tmp_path / "venv" / "bin" / "python")
    # Our own pip installs into it: unpacking one for each kit takes longer than the kit.
    pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
    pip += ["install", "-q", "--no-compile", "-r", "requirements.txt", "pytest"]
    # What comes along with a kit runs once, in its first environment.
    tests = [] if way == first_way(tree) else own_tests(kit, way)
    installed = subprocess.run(
        pip, cwd=home, env=plain_environment(), capture_output=True, text=True, check=False
    )
    assert installed.returncode == 0, installed.stdout + installed.stderr
    done = run_tests(home, *tests, python=python)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("tree", "outcome", "way"), kits_and_ways())
def test_a_kit_is_strictly_typed(
    tree: str, outcome: str, way: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = lay_out(kit_of(tree, outcome), way, tmp_path / outcome)
    cache = tmp_path_factory.getbasetemp() / "mypy"
    options = ["--strict", "--config-file=", f"--cache-dir={cache}"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "."],
        cwd=home,
        env=os.environ | {"MYPYPATH": "tests:measure:confirm"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_a_key_maker_prints_what_the_kit_then_accepts(tmp_path: Path) -> None:
    """For every kit with keys: `python tokens.py new-key` fills an environment that works."""
    for tree, outcome in every_kit():
        kit = kit_of(tree, outcome)
        home = lay_out(kit, first_way(tree), tmp_path / tree / outcome)
        if "new-key" not in (home / kit.module).read_text():
            continue
        made = subprocess.run(
            [sys.executable, kit.module, "new-key"], cwd=home, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        pairs = dict(line.split("=", 1) for line in shlex.split(made.stdout))
        assert pairs
        check = f"import {Path(kit.module).stem} as kit; kit.issuer(); kit.verifier()"
        used = subprocess.run(
            [sys.executable, "-c", check], cwd=home, env=os.environ | pairs, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert used.returncode == 0, f"{outcome}: {used.stderr}"

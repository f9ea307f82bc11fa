"""Runs measure.py as its users do. No figure of time is judged: machines differ, and so do days."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import measure
import reference
import samples
import tokens

HERE = Path(measure.__file__).parent
MODULES = (tokens, sys.modules.get("store"))  # one of them says where Redis is


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in samples.environment().items():
        monkeypatch.setenv(name, value)


def run(*arguments: str, orders: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "measure.py", *arguments],
        cwd=HERE,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        input=orders,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_prints_one_json_object_with_the_figures_that_apply() -> None:
    done = run("--json")
    assert done.returncode == 0, done.stderr
    figures: dict[str, Any] = json.loads(done.stdout)
    expected = ["bytes-minimum", "bytes-typical", "issue-us", "issue-ratio"]
    expected += ["verify-us", "verify-ratio"]
    expected += ["redis-us"] if any(hasattr(each, "STORE_URL") for each in MODULES) else []
    expected += ["races-won"] if hasattr(tokens, "REFRESH_COOKIE_NAME") else []
    assert list(figures) == expected
    sizes = samples.MINIMUM, samples.TYPICAL
    issue: Any = tokens.issuer()
    made = [issue("user-1", claims) if claims else issue("user-1") for claims in sizes]
    for name, token in zip(expected, made, strict=False):
        # Some signatures and random parts differ by a few bytes; claims differ by hundreds.
        assert abs(figures[name] - len(token)) <= 8
    assert figures.get("races-won", "1 of 16") == "1 of 16"
    for figure in figures.values():
        if isinstance(figure, dict):
            assert list(figure) == ["median", "low", "high"]
            assert 0 < figure["low"] <= figure["median"] <= figure["high"]


def test_it_prints_a_table() -> None:
    done = run()
    assert done.returncode == 0, done.stderr
    names = [line.split()[0] for line in done.stdout.splitlines()[1:]]
    assert names[:4] == ["bytes-minimum", "bytes-typical", "issue-us", "issue-ratio"]


def test_the_worker_answers_each_order_with_nanoseconds() -> None:
    done = run("--worker", orders="issue 3\nverify 2\nissue 1\n")
    assert done.returncode == 0, done.stderr
    assert [int(line) > 0 for line in done.stdout.splitlines()] == [True] * 3


def test_it_refuses_other_arguments() -> None:
    done = run("--quick")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Usage:")


def test_the_reference_issues_and_checks() -> None:
    """Or the ratios would be those of a reference that does less than its part."""
    token = reference.issue("ada")
    assert reference.verify(token)["sub"] == "ada"
    head, _, tail = token.rpartition(".")
    other = reference.issue("grace").rpartition(".")
    for bad in (f"{head}.{other[2]}", f"{other[0]}.{tail}", f"{head}.", token[:-1]):
        with pytest.raises(ValueError, match="not ours"):
            reference.verify(bad)


def test_the_reference_refuses_what_has_expired(monkeypatch: pytest.MonkeyPatch) -> None:
    token = reference.issue("ada")
    late = time.time() + 900
    monkeypatch.setattr(time, "time", lambda: late)
    with pytest.raises(ValueError, match="expired"):
        reference.verify(token)

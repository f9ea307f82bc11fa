"""Runs confirm.py as its users do: on this kit and decisions that it keeps to or has left."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import confirm
import samples
import tokens
from confirm_promises import PROMISES, SETTINGS

HERE = Path(confirm.__file__).parent


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in samples.environment().items():
        monkeypatch.setenv(name, value)


def run(decision: dict[str, Any], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """With the decision as standard input."""
    return subprocess.run(
        [sys.executable, "confirm.py", "-", *arguments],
        cwd=HERE,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        input=json.dumps(decision),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def decision(outcome: str, **changed: Any) -> dict[str, Any]:
    """For this outcome, with the constants of this kit."""
    names = {id: SETTINGS[id].constant for id in PROMISES[outcome].settings}
    own = {id: getattr(tokens, name) for id, name in names.items()}
    result = {"outcome": outcome, "requirements": []}
    whole: dict[str, Any] = {"format": 1, "version": "0", "saved": None, "result": result}
    return whole | {"settings": own | changed}


@cache
def outcome() -> str:
    """The decision that this kit keeps to; of kits that promise the very same, the first."""
    fits = [
        id
        for id, promise in PROMISES.items()
        if all(hasattr(tokens, SETTINGS[one].constant) for one in promise.settings)
        and run(decision(id), "--strict").returncode == 0
    ]
    assert len({repr(replace(PROMISES[id], of_variants=())) for id in fits}) == 1
    return fits[0]


def test_this_kit_keeps_to_one_decision() -> None:
    done = run(decision(outcome()), "--strict")
    assert done.returncode == 0
    assert "FAIL" not in done.stdout


def test_a_time_that_is_longer_than_decided_fails() -> None:
    whole = decision(outcome())
    for id, value in whole["settings"].items():
        if SETTINGS[id].unit:
            done = run(decision(outcome(), **{id: value - 1}))
            assert done.returncode == 1
            (line,) = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
            assert line.split()[1] == SETTINGS[id].constant


def test_a_token_of_this_kit_keeps_to_it_and_is_not_printed(tmp_path: Path) -> None:
    sample, token = tmp_path / "sample.txt", samples.good()
    sample.write_text(token)
    done = run(decision(outcome()), "--token", str(sample))
    assert done.returncode == 0, done.stdout
    sample.write_text(token[1:])
    broken = run(decision(outcome()), "--token", str(sample))
    assert broken.returncode == 1
    assert token[1:] not in done.stdout + done.stderr + broken.stdout + broken.stderr


LATER = "https://a.example/r/later/"


@pytest.mark.parametrize(
    ("decided", "code", "line"),
    [
        ({"status": "withdrawn"}, 1, "FAIL  decision"),
        ({"status": "rejected"}, 1, "FAIL  decision"),
        ({"status": "superseded", "superseded_by": [LATER]}, 0, "warn  decision"),
        ({"status": "deprecated"}, 0, "warn  decision"),
        ({"status": "accepted", "review_by": "2001-01-01"}, 0, "warn  decision"),
        ({"status": "of a later release"}, 0, "warn  decision"),
        ({"status": "accepted", "review_by": "9999-12-31"}, 0, ""),
        ({"status": "proposed", "review_by": None}, 0, ""),
    ],
)
def test_a_decision_that_stands_no_longer_fails_or_warns(
    decided: dict[str, Any], code: int, line: str
) -> None:
    done = run(decision(outcome()) | {"decision": decided}, "--strict")
    assert done.returncode == code, done.stdout
    lines = [one for one in done.stdout.splitlines() if one[6:].startswith("decision ")]
    assert [one[:14] for one in lines] == ([line] if line else [])
    if "superseded_by" in decided:
        assert LATER in lines[0]


def test_a_decision_that_an_earlier_release_withdrew_fails() -> None:
    saved = {"permalink": LATER, "withdrawn": {"at": "2026-01-01", "because": "It is wrong."}}
    assert run(decision(outcome()) | {"saved": saved}).returncode == 1


def test_it_can_open_no_connection() -> None:
    code = "import sys; before = {*sys.modules}; import confirm; print(*{*sys.modules} - before)"
    command = [sys.executable, "-S", "-B", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=HERE, timeout=60, check=True)
    loaded = set(done.stdout.split())
    assert "confirm_tokens" in loaded
    assert loaded.isdisjoint({"socket", "_socket", "ssl", "asyncio", "subprocess", "ctypes"})

"""How confirm.py is used: what it reads and prints, and what it never does."""

import ast
import io
import json
import subprocess
import sys
from typing import Any

import pytest

import confirm
from confirm_promises import SETTINGS
from tests.kits.confirm.samples import (
    COOKIE,
    FOLDER,
    HEADER,
    RANDOM,
    SECRET,
    VALUES,
    Confirm,
    jwt,
    without,
)
from tests.support import patience


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"format": 2}, "a format that is not known here"),
        ({"result": {"outcome": "sqlite", "requirements": []}}, "something that is not known here"),
        ({"result": {"outcome": [], "requirements": []}}, "something that is not known here"),
        ({"result": []}, "is not the JSON of a recommendation"),
        ({"settings": {}}, "lacks the settings of its kit"),
        ({"settings": VALUES | {"access-minutes": "15"}}, "lacks the settings of its kit"),
        ({"settings": VALUES | {"access-minutes": True}}, "lacks the settings of its kit"),
        ({"settings": VALUES | {"issuer": "https://a.example\x1b[2J"}}, "lacks the settings of"),
    ],
)
def test_a_decision_that_cannot_be_used_is_explained(
    run: Confirm, changed: dict[str, Any], expected: str
) -> None:
    assert run("jwt-hs256", **changed) == 2
    assert expected in run.printed


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "<html>", "[" * 99999, b"\xff"])
def test_a_file_that_is_no_decision_is_explained(run: Confirm, text: str | bytes) -> None:
    assert confirm.main([run.file("page.html", text)]) == 2
    assert "page.html is not the JSON of a recommendation\n" in run.capsys.readouterr().err


def test_a_link_is_not_followed(run: Confirm) -> None:
    link = "https://advisor.example/r/x/recommendation.json?a='b'"
    assert confirm.main([link]) == 2
    printed = run.capsys.readouterr().err
    assert "curl -fsS -o recommendation.json 'https://advisor.example/r/x/" in printed


def test_a_decision_that_was_not_saved_can_be_checked(run: Confirm) -> None:
    assert run("jwt-hs256", "--token", run.file("t", jwt()), saved=None) == 0
    assert "\nnot saved (jwt-hs256, version" in run.printed


def test_what_policies_require_is_listed_as_not_checked(run: Confirm) -> None:
    required = {"policy": "house", "rule": "review", "text": "Ask the\n\n\x1b[2Jsecurity team."}
    result = {"outcome": "jwt-hs256", "requirements": [required]}
    assert run.token("jwt-hs256", jwt(), result=result) == 0
    assert run.lines("skip")["required"] == "not checked here: Ask the ?[2Jsecurity team."


def test_it_prints_json_for_programs(run: Confirm) -> None:
    assert (
        run("jwt-hs256", "--format", "json", "--token", run.file("t", jwt(without("typ", HEADER))))
        == 1
    )
    report = json.loads(run.printed)
    assert report["permalink"] == "https://advisor.example/r/x/"
    assert report["version"] == "0" * 64
    failed = [check for check in report["checks"] if check["status"] == "FAIL"]
    assert failed == [{"status": "FAIL", "name": "typ", "text": "missing from the header"}]


def test_a_sample_comes_from_standard_input_too(
    run: Confirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    for option, text in (("--token", RANDOM), ("--set-cookie", COOKIE)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"{text}\n".encode())))
        assert run("opaque-session", option, "-") == 0
        assert RANDOM not in run.printed


def test_standard_input_can_be_only_one_of_its_files(run: Confirm) -> None:
    assert run("opaque-session", "--token", "-", "--set-cookie", "-") == 2
    assert "only one of its files can be standard input" in run.printed


def test_a_sample_in_the_arguments_is_taken_with_a_warning(run: Confirm) -> None:
    for option, text in (("--token", RANDOM), ("--token", jwt() * 9), ("--set-cookie", COOKIE)):
        run("opaque-session", option, text)
        assert "Others on this machine can see arguments" in run.printed
        assert RANDOM not in run.printed


@pytest.mark.parametrize(
    "arguments",
    [
        [SECRET],
        ["x", SECRET],
        ["x", f"--format={SECRET}"],
        ["x", f"--t={SECRET}"],
        [jwt()],
        [RANDOM],
    ],
)
def test_a_misplaced_token_is_not_printed(arguments: list[str]) -> None:
    command = [sys.executable, str(FOLDER / "confirm.py"), *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=patience.SECONDS, check=False
    )
    assert done.returncode == 2
    assert arguments[-1].rpartition("=")[2] not in done.stdout + done.stderr


def test_it_can_open_no_connection() -> None:
    """Neither its own imports nor what they import bring a module that could."""
    code = "import sys; before = {*sys.modules}; import confirm; print(*{*sys.modules} - before)"
    command = [sys.executable, "-S", "-c", code]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=FOLDER, timeout=patience.SECONDS, check=True
    )
    loaded = set(done.stdout.split())
    assert {"confirm_tokens", "ast"} <= loaded
    assert loaded.isdisjoint(
        {"socket", "_socket", "ssl", "http.client", "urllib.request", "ftplib"}
    )
    assert loaded.isdisjoint({"asyncio", "subprocess", "ctypes", "smtplib", "multiprocessing"})


def test_it_needs_only_the_standard_library() -> None:
    own = {path.stem for path in FOLDER.glob("confirm*.py")}
    for path in FOLDER.glob("confirm*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= own | sys.stdlib_module_names


def test_every_setting_has_a_value_in_these_tests() -> None:
    assert VALUES.keys() == SETTINGS.keys()

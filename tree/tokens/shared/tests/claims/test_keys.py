"""How keys reach the kit: from the environment, at the start; and `python tokens.py new-key`."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import forging
import tokens as kit
from by_hand import Issue, Verify, refuse
from forging import forge

HERE = Path(kit.__file__).parent
# With models of Django the kit starts in a project.
IN_A_PROJECT = (
    "import importlib.util, sys; sys.path.append('tests'); "
    "importlib.util.find_spec('django_project') and importlib.import_module('django_project')"
)


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-B", "tokens.py", *arguments]
    return subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)


def test_it_reads_its_keys_at_the_start_and_not_again(
    monkeypatch: pytest.MonkeyPatch, issue: Issue, verify: Verify
) -> None:
    for name in forging.environment():
        monkeypatch.delenv(name)
    assert verify(issue("user-1"))


@pytest.mark.parametrize("name", forging.STARTS)
def test_it_refuses_a_missing_key(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)
    for start in forging.STARTS[name]:
        with pytest.raises(kit.ConfigurationError, match=name):
            start()


def test_it_makes_fresh_keys_that_a_shell_and_an_env_file_can_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = [run("new-key") for _ in range(2)]
    assert [result.returncode for result in made] == [0, 0]
    lines = made[0].stdout.splitlines()
    assert not set(lines) & set(made[1].stdout.splitlines())
    assert all(line.count("'") == 2 and line.endswith("'") for line in lines)
    pairs = [shlex.split(line)[0].split("=", 1) for line in lines]
    assert [name for name, _ in pairs] == list(forging.environment())
    assert made[0].stderr.startswith(pairs[0][0]), "who may have which of them"
    for name, value in pairs:
        monkeypatch.setenv(name, value)
    assert kit.verifier()(kit.issuer()("user-1"))
    refuse(forge(), kit.verifier(), forging.UNKNOWN_KEY)


def test_a_shell_starts_the_kit_with_the_keys_that_it_made() -> None:
    use = f"{IN_A_PROJECT}; import tokens; tokens.issuer(); tokens.verifier(); print('started')"
    script = 'set -a; eval "$1"; exec "$2" -B -c "$3"'
    line = ["sh", "-c", script, "sh", run("new-key").stdout, sys.executable, use]
    ran = subprocess.run(line, cwd=HERE, capture_output=True, text=True, check=True)
    assert ran.stdout == "started\n"


@pytest.mark.parametrize("arguments", [[], ["new-keys"], ["new-key", "x"], ["--help"]])
def test_it_makes_no_key_unless_asked(arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (1, "")
    assert "python tokens.py new-key" in result.stderr

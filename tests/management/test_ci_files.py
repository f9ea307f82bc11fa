"""The files that other repositories copy or call: what they say exists, and runs."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from advisor.management.commands.tree import ACTIONS
from tests.support import patience

ROOT = Path(settings.BASE_DIR)
CI = ROOT / "docs" / "ci"
TOKENS = ROOT / "tree" / "tokens"

HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
CONFIG: dict[str, Any] = yaml.safe_load((CI / "pre-commit-config.yaml").read_text())
WORKFLOW: dict[str, Any] = yaml.safe_load((CI / "github-workflow.yml").read_text())
STEPS: dict[str, dict[str, Any]] = {
    step["name"]: step for job in WORKFLOW["jobs"].values() for step in job["steps"]
}


def run(command: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run as elsewhere: none of our settings, and `python` is the one that has the program."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("ADVISOR_", "DJANGO_"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), plain["PATH"]])
    return subprocess.run(
        command,
        cwd=folder,
        env=plain | {"PATH": path} | environment,
        capture_output=True,
        text=True,
        timeout=patience.SECONDS,
        check=False,
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository that holds the shipped tree in its folder `tree`."""
    (tmp_path / "tree").symlink_to(TOKENS)
    return tmp_path


# pre-commit


@pytest.mark.parametrize("id", HOOKS)
def test_a_hook_runs_on_the_trees_of_another_repository(id: str, repository: Path) -> None:
    command = [*shlex.split(HOOKS[id]["entry"]), "tree"]

    good = run(command, repository, PYTHONPATH=str(ROOT))
    assert (good.returncode, good.stderr) == (0, "")

    (repository / "tree").unlink()
    assert run(command, repository, PYTHONPATH=str(ROOT)).returncode == 1


@pytest.mark.parametrize("id", HOOKS)
def test_a_hook_runs_when_any_file_of_a_tree_has_changed(id: str) -> None:
    names = [
        path.relative_to(ROOT).as_posix()
        for path in TOKENS.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert names
    assert [name for name in names if not re.search(HOOKS[id]["files"], name)] == []
    assert HOOKS[id]["pass_filenames"] is False


def test_the_sample_uses_hooks_that_exist() -> None:
    remote, local = CONFIG["repos"]
    assert {hook["id"] for hook in remote["hooks"]} <= HOOKS.keys()
    assert all(hook["args"] == ["tree"] for hook in remote["hooks"])
    assert local["repo"] == "local"


def test_the_local_hook_runs_in_a_copy_of_this_repository() -> None:
    [hook] = CONFIG["repos"][1]["hooks"]
    command, *rest = shlex.split(hook["entry"])
    assert command == ".venv/bin/advisor"

    assert run(["advisor", *rest], ROOT).returncode == 0
    assert re.search(hook["files"], "tree/tokens/tree.yaml")


# GitHub


def script(name: str) -> list[str]:
    """A step as GitHub runs it."""
    return ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[name]["run"]]


def test_the_workflow_runs_on_pull_requests_with_few_rights() -> None:
    # YAML 1.1 takes the key `on` for true; GitHub does not.
    assert WORKFLOW[True] == {"pull_request": None}  # type: ignore[index] # as said above
    assert WORKFLOW["permissions"] == {"contents": "read", "pull-requests": "write"}


def test_the_workflow_calls_nothing_that_could_change_under_it() -> None:
    for step in STEPS.values():
        assert re.search(r"@[0-9a-f]{40}$", step.get("uses", "@" + "0" * 40))


def test_no_text_of_a_pull_request_is_pasted_into_a_script() -> None:
    for step in STEPS.values():
        assert "${{" not in step["run"]


@pytest.mark.parametrize("name", STEPS)
def test_each_step_is_a_script_that_bash_understands(name: str) -> None:
    parsed = subprocess.run(
        ["bash", "-n", "-c", STEPS[name]["run"]], capture_output=True, text=True, check=False
    )
    assert (parsed.returncode, parsed.stderr) == (0, "")


def actions() -> set[str]:
    """Every action of `advisor tree` that a step or the page beside it calls."""
    texts = [step["run"] for step in STEPS.values()] + [(CI / "README.md").read_text()]
    return {word for text in texts for word in re.findall(r"\badvisor tree (\w+)", text)}


def test_the_commands_exist() -> None:
    assert actions() == {"check", "test", "diff"}
    assert actions() <= ACTIONS.keys()


@pytest.mark.parametrize(
    "name",
    ["Check the tree", "Run the cases", "Say what would change"],
)
def test_the_steps_run_on_the_shipped_tree(name: str, repository: Path) -> None:
    (repository / "base").mkdir()
    (repository / "base" / "tree").symlink_to(TOKENS)
    summary = repository / "summary.md"

    ran = run(
        script(name),
        repository,
        RUNNER_TEMP=str(repository),
        GITHUB_STEP_SUMMARY=str(summary),
        TREE=WORKFLOW["env"]["TREE"],
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    if name == "Say what would change":
        first, *rest = summary.read_text().splitlines()
        assert first == "<!-- tree diff -->"
        assert rest


def test_the_check_fails_on_a_broken_tree_and_annotates_it(repository: Path) -> None:
    (repository / "tree").unlink()
    (repository / "tree").mkdir()
    (repository / "tree" / "tree.yaml").write_text("titel: A\n")

    ran = run(script("Check the tree"), repository, TREE="tree")

    assert ran.returncode == 1
    assert "::error file=tree/tree.yaml,line=1,col=1,endColumn=6,title=unknown-key::" in ran.stdout


def test_a_pull_request_gets_its_base_and_one_comment(repository: Path) -> None:
    """The two steps that need GitHub, before a git and a gh that write down what they were told."""
    tools = repository / "tools"
    tools.mkdir()
    for tool in ("git", "gh"):
        (tools / tool).write_text(
            f'#!/bin/sh\necho {tool} "$@" >> "$RUNNER_TEMP/said"\n'
            '[ "$2" != --paginate ] || echo $COMMENT\n'
        )
        (tools / tool).chmod(0o755)
    environment = {
        "PATH": f"{tools}:{os.environ['PATH']}", "RUNNER_TEMP": str(repository), "TOKEN": "secret",
        "GITHUB_SERVER_URL": "https://git.example.com", "GITHUB_REPOSITORY": "house/trees",
        "GITHUB_SHA": "abc", "NUMBER": "7",
    }  # fmt: skip

    for name, comment in (
        ("Get both sides of the pull request", ""),
        ("Comment on the pull request", ""),
        ("Comment on the pull request", "42"),
    ):
        assert run(script(name), repository, COMMENT=comment, **environment).returncode == 0

    printed = (repository / "said").read_text()
    assert "https://git.example.com/house/trees abc\n" in printed
    assert f"git worktree add --detach {repository}/base HEAD^1\n" in printed
    assert (
        f"--method POST repos/house/trees/issues/7/comments --field body=@{repository}/diff.md"
        in printed
    )
    assert "--method PATCH repos/house/trees/issues/comments/42 --field" in printed

"""advisor tree check"""

import json
import os
import re
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as site
from django.core.management import CommandError, call_command
from pytest_django import Settings

from tests.support import patience

MESSAGING = Path(site.BASE_DIR) / "tests" / "trees" / "messaging"
TOKENS = Path(site.BASE_DIR) / "tree" / "tokens"
GOOD = "3 questions, 3 outcomes, 2 cases hold, 0 kits; 0 errors, 0 warnings\n"


class Terminal(StringIO):
    """A place to print that people look at."""

    def isatty(self) -> bool:
        return True


def tree_check(*arguments: Path | str, out: StringIO | None = None) -> tuple[int, str]:
    """The exit code and all that was printed."""
    out = out or StringIO()
    try:
        call_command("tree", "check", *map(str, arguments), stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A copy of the small tree with an error and a warning."""
    text = (MESSAGING / "tree.yaml").read_text()
    text = text.replace("weight: serious", "weight: grave")
    text += "  - {answers: {wait: yes, readers: one}, expect: request}\n"
    (tmp_path / "tree.yaml").write_text(text)
    return tmp_path


def test_it_counts_what_a_good_tree_holds() -> None:
    assert tree_check(MESSAGING) == (0, f"{MESSAGING}: {GOOD}")


def test_it_finds_nothing_wrong_with_the_shipped_tree() -> None:
    code, printed = tree_check()
    assert code == 0
    assert printed == (
        f"{TOKENS}: 4 questions, 11 outcomes, 36 cases hold, 11 kits; 0 errors, 0 warnings\n"
    )


def test_it_prints_every_problem_of_a_broken_tree(broken: Path) -> None:
    code, printed = tree_check(broken)
    lines = (broken / "tree.yaml").read_text().splitlines()
    wrong, extra = lines.index("    weight: grave") + 1, len(lines)
    assert code == 1
    assert printed == (
        f"{broken}/tree.yaml:{wrong}:13: error[bad-value]: "
        "found `grave`; expected `serious`, `important` or `note`\n"
        f"  {wrong} |     weight: grave\n"
        "     |             ^^^^^\n"
        "\n"
        f"{broken}/tree.yaml:{extra}:27: warning[case-extra]: "
        "found an answer to `readers`, which is not asked on this path; "
        "expected the questions of the path\n"
        f"  {extra} |   - {{answers: {{wait: yes, readers: one}}, expect: request}}\n"
        "     |                           ^^^^^^^\n"
        "\n"
        f"{broken}: broken; 1 error, 1 warning\n"
    )


def test_it_checks_several_folders_and_fails_if_one_is_broken(broken: Path) -> None:
    code, printed = tree_check(MESSAGING, broken)
    assert code == 1
    assert printed.startswith(f"{MESSAGING}: {GOOD}{broken}/tree.yaml:")
    assert printed.endswith(f"{broken}: broken; 1 error, 1 warning\n")


def test_it_passes_on_warnings(tmp_path: Path) -> None:
    text = (MESSAGING / "tree.yaml").read_text()
    text += "  - {answers: {wait: yes, readers: one}, expect: request}\n"
    (tmp_path / "tree.yaml").write_text(text)
    code, printed = tree_check(tmp_path)
    assert code == 0
    assert "warning[case-extra]" in printed
    assert printed.endswith(
        f"{tmp_path}: 3 questions, 3 outcomes, 3 cases hold, 0 kits; 0 errors, 1 warning\n"
    )


def test_it_says_that_a_folder_holds_no_tree(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    assert tree_check(missing) == (
        1,
        (
            f"{missing}: error[no-tree]: found no `.yaml` file; "
            "expected a folder with `tree.yaml`\n"
            "\n"
            f"{missing}: broken; 1 error, 0 warnings\n"
        ),
    )


def test_it_names_the_folders_inside_that_hold_a_tree(tmp_path: Path) -> None:
    for name in ("tokens", "storage", "notes"):
        (tmp_path / name).mkdir()
    for name in ("tokens", "storage"):
        shutil.copy(MESSAGING / "tree.yaml", tmp_path / name)
    code, printed = tree_check(tmp_path)
    assert code == 1
    assert "\n  = did you mean a folder inside: `storage` or `tokens`?\n" in printed


def test_it_names_files_of_the_project_shortly(settings: Settings, tmp_path: Path) -> None:
    settings.BASE_DIR = tmp_path
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "tree.yaml").write_text("format: 2\n")
    _, printed = tree_check(tmp_path / "mine")
    assert printed.startswith("mine/tree.yaml: error[missing-key]: ")


def test_it_checks_the_kits_too(tmp_path: Path) -> None:
    (tmp_path / "tree.yaml").write_text((MESSAGING / "tree.yaml").read_text())
    (tmp_path / "kits" / "queues").mkdir(parents=True)
    code, printed = tree_check(tmp_path)
    assert code == 1
    assert printed.startswith(
        f"{tmp_path}/kits/queues: error[kit-unlisted]: "
        "found this folder; expected a folder that the section `kits` lists\n"
    )


RED, YELLOW, BOLD, PLAIN = "\x1b[31;1m", "\x1b[33;1m", "\x1b[1m", "\x1b[0m"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal with colours, whatever the suite itself runs in."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Terminal()


def test_it_prints_colours_on_a_terminal(broken: Path, terminal: Terminal) -> None:
    lines = (broken / "tree.yaml").read_text().splitlines()
    wrong = lines.index("    weight: grave") + 1

    _, printed = tree_check(broken, out=terminal)

    assert printed.startswith(
        f"{BOLD}{broken}/tree.yaml:{wrong}:13:{PLAIN} {RED}error[bad-value]{PLAIN}: found `grave`;"
    )
    assert f"{YELLOW}warning[case-extra]{PLAIN}" in printed
    assert "\x1b[31m             ^^^^^\x1b[0m\n" in printed
    assert f"{broken}: {RED}broken{PLAIN}; 1 error, 1 warning\n" in printed


def test_it_says_the_same_with_and_without_colours(broken: Path, terminal: Terminal) -> None:
    _, coloured = tree_check(broken, out=terminal)
    _, plain = tree_check(broken)
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


@pytest.mark.parametrize("off", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_it_prints_no_colours_where_they_are_not_wanted(
    broken: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch, off: dict[str, str]
) -> None:
    for name, value in off.items():
        monkeypatch.setenv(name, value)
    assert "\x1b" not in tree_check(broken, out=terminal)[1]


def test_it_obeys_the_options_for_colours(
    broken: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b" not in tree_check("--no-color", broken, out=terminal)[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert RED in tree_check("--force-color", broken)[1]


def test_it_obeys_the_options_for_colours_before_the_action_too(broken: Path) -> None:
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("tree", "--force-color", "check", str(broken), stdout=out)
    assert RED in out.getvalue()


def test_it_shows_a_file_name_that_a_terminal_would_obey(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[31m.yaml").write_text("titel: A\n")
    _, printed = tree_check(tmp_path)
    assert f"{tmp_path}/a\ufffd[31m.yaml:1:1: error[unknown-key]" in printed
    assert "\x1b" not in printed


def test_it_prints_json_for_programs(broken: Path) -> None:
    code, printed = tree_check("--format", "json", MESSAGING, broken)
    whole = json.loads(printed)
    assert code == 1
    assert whole["summary"] == {"trees": 2, "broken": 1, "errors": 1, "warnings": 1}
    assert whole["trees"] == [
        {
            "folder": str(MESSAGING), "usable": True, "errors": 0, "warnings": 0,
            "questions": 3, "outcomes": 3, "cases": 2, "kits": 0, "policies": 0,
        },
        {"folder": str(broken), "usable": False, "errors": 1, "warnings": 1},
    ]  # fmt: skip
    assert [(element["id"], element["file"]) for element in whole["problems"]] == [
        ("bad-value", f"{broken}/tree.yaml"),
        ("case-extra", f"{broken}/tree.yaml"),
    ]


def test_it_prints_the_json_that_the_page_of_the_commands_shows(tmp_path: Path) -> None:
    tree = tmp_path / "tokens"
    shutil.copytree(TOKENS, tree, ignore=shutil.ignore_patterns("__pycache__"))
    caveats = (tree / "caveats.yaml").read_text()
    (tree / "caveats.yaml").write_text(caveats.replace("weight: serious", "weight: seriuos", 1))
    page = (Path(site.BASE_DIR) / "docs" / "commands.md").read_text()
    [shown] = re.findall(r"^```json\n(.*?)^```", page, re.DOTALL | re.MULTILINE)

    printed = tree_check("--format", "json", tree)[1].replace(f"{tree}", "tree/tokens")

    assert (
        re.sub(r'"line": \d+', '"line": 5', printed)
        == json.dumps(json.loads(shown), indent=2) + "\n"
    )


@pytest.fixture
def repository(broken: Path) -> Path:
    """A repository with the broken tree in its folder `trees/mine`."""
    text = (broken / "tree.yaml").read_text()
    (broken / "tree.yaml").unlink()
    (broken / ".git").mkdir()
    (broken / "trees" / "mine").mkdir(parents=True)
    (broken / "trees" / "mine" / "tree.yaml").write_text(text)
    return broken


def test_it_annotates_files_as_they_are_named_in_their_repository(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "trees")
    code, printed = tree_check("--format", "github", "mine")
    assert code == 1
    error, warning, last = printed.splitlines()
    assert error.startswith("::error file=trees/mine/tree.yaml,line=")
    assert warning.startswith("::warning file=trees/mine/tree.yaml,line=")
    assert last == "1 tree: 1 error, 1 warning"


def test_it_annotates_files_outside_any_repository_from_here_where_it_can(
    broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(broken.parent)
    assert f"::error file={broken.name}/tree.yaml," in tree_check("--format=github", broken)[1]
    monkeypatch.chdir("/")
    assert f"::error file={str(broken)[1:]}/tree.yaml," in tree_check("--format=github", broken)[1]
    (broken.parent / "elsewhere").mkdir()
    monkeypatch.chdir(broken.parent / "elsewhere")
    assert f"::error file={broken}/tree.yaml," in tree_check("--format=github", broken)[1]


def test_it_prints_sarif_with_the_pages_of_its_problems(repository: Path) -> None:
    code, printed = tree_check("--format", "sarif", repository / "trees" / "mine")
    assert code == 1
    [run] = json.loads(printed)["runs"]
    first = run["results"][0]["locations"][0]["physicalLocation"]
    assert first["artifactLocation"]["uri"] == "trees/mine/tree.yaml"
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert rules.keys() == {"bad-value", "case-extra"}
    assert rules["case-extra"]["shortDescription"]["text"] == (
        "A case answers a question that its path does not ask."
    )
    page = (Path(site.BASE_DIR) / "docs" / "problems" / "case-extra.md").read_text()
    written, shown = page.splitlines(), rules["case-extra"]["help"]["markdown"].splitlines()
    assert shown[0] == written[2].removeprefix("**Warning.** ")
    assert [line for line in written[3:] if not line.startswith("<!--") and line] == [
        line for line in shown[1:] if line
    ]


def test_it_knows_no_other_formats() -> None:
    with pytest.raises(CommandError, match="invalid choice: 'xml'"):
        tree_check("--format", "xml")


def test_it_checks_policies_as_if_they_were_in_force(tmp_path: Path) -> None:
    examples = Path(site.BASE_DIR) / "tree" / "examples" / "policies"
    text = (examples / "bank.yaml").read_text()
    (tmp_path / "bank.yaml").write_text(text.replace("use: jwt-asymmetric", "use: jwt-assymetric"))
    good, bad = f"--policy={examples / 'bank.yaml'}", f"--policy={tmp_path / 'bank.yaml'}"
    line = text.splitlines().index("    use: jwt-asymmetric") + 1
    assert tree_check(Path(good))[0] == 0
    code, printed = tree_check(Path(bad))
    assert code == 1
    assert printed.startswith(
        f"{tmp_path}/bank.yaml:{line}:10: error[unknown-outcome]: "
        "found `jwt-assymetric`; expected the id of an outcome\n"
    )


def test_it_says_how_many_policies_are_in_force_and_counts_their_cases() -> None:
    examples = Path(site.BASE_DIR) / "tree" / "examples" / "policies"
    _, printed = tree_check(TOKENS, f"--policy={examples / 'bank.yaml'}")
    assert printed == (
        f"{TOKENS}: 4 questions, 11 outcomes, 42 cases hold, 11 kits, 1 policy in force; "
        "0 errors, 0 warnings\n"
    )


def test_it_finds_two_examples_of_policies_that_contradict_each_other() -> None:
    examples = Path(site.BASE_DIR) / "tree" / "examples" / "policies"
    bank, encrypted = (
        Path(f"--policy={examples / name}.yaml") for name in ("bank", "encrypted-claims")
    )
    code, printed = tree_check(bank, encrypted)
    assert code == 1
    assert "error[policy-conflict]: found `jwe`, where the rule `no-hs256` of the policy" in printed


def test_it_wants_to_be_told_what_to_do() -> None:
    with pytest.raises(CommandError, match="action"):
        call_command("tree")


def test_it_runs_as_a_command_without_any_setting(broken: Path) -> None:
    """A policy editor has a text editor and this command, and no ADVISOR_ variables."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("ADVISOR_", "DJANGO_"))}

    def run(*folders: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", "tree", "check", *folders],
            cwd=site.BASE_DIR,
            env=plain,
            capture_output=True,
            text=True,
            timeout=patience.SECONDS,
            check=False,
        )

    good = run("tests/trees/messaging")
    assert (good.returncode, good.stdout, good.stderr) == (0, f"tests/trees/messaging: {GOOD}", "")
    bad = run(str(broken))
    assert bad.returncode == 1
    assert "error[bad-value]" in bad.stdout
    assert bad.stderr == ""
    assert run().returncode == 0

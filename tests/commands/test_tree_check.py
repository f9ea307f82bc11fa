"""manage.py tree check"""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as site
from django.core.management import CommandError, call_command
from pytest_django import Settings

MESSAGING = Path(site.BASE_DIR) / "tests" / "trees" / "messaging"
TOKENS = Path(site.BASE_DIR) / "tree" / "tokens"
GOOD = "3 questions, 3 outcomes, 2 cases hold, 0 kits; 0 errors, 0 warnings\n"


def tree_check(*folders: Path) -> tuple[int, str]:
    """The exit code and all that was printed."""
    out = StringIO()
    try:
        call_command("tree", "check", *map(str, folders), stdout=out)
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
        f"{missing}: error[no-tree]: found no `.yaml` file; expected a folder with `tree.yaml`\n"
        "\n"
        f"{missing}: broken; 1 error, 0 warnings\n",
    )


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
            timeout=60,
            check=False,
        )

    good = run("tests/trees/messaging")
    assert (good.returncode, good.stdout, good.stderr) == (0, f"tests/trees/messaging: {GOOD}", "")
    bad = run(str(broken))
    assert bad.returncode == 1
    assert "error[bad-value]" in bad.stdout
    assert bad.stderr == ""
    assert run().returncode == 0

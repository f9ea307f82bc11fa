"""advisor tree show"""

import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from advisor import catalogue
from advisor.engine.reader import read_files
from advisor.engine.reading.yaml_nodes import Mapping, plain, read
from advisor.engine.tree.graph import Tree
from advisor.engine.walking.evaluate import Result, evaluate

TREE = Path(settings.BASE_DIR) / "tree"
MESSAGING = Path(settings.BASE_DIR) / "tests" / "trees" / "messaging"
BANK = TREE / "examples" / "policies" / "bank.yaml"
EXAMPLES = sorted(BANK.parent.glob("*.yaml"))


def tree_show(*arguments: object) -> tuple[int, str]:
    """The exit code and all that was printed."""
    out = StringIO()
    try:
        call_command("tree", "show", *map(str, arguments), stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def shown(*arguments: object) -> Mapping:
    """What was printed, read back as YAML; it must have no problem."""
    code, printed = tree_show(*arguments)
    assert code == 0
    root, problems = read("shown.yaml", printed.encode())
    assert problems == []
    return root


def line_of(printed: str, begins: str, after: str) -> tuple[str, str]:
    """The first line below another that begins so: its text and its comment."""
    lines = printed[printed.index(after) :].splitlines()
    [text, comment] = next(line for line in lines if line.strip().startswith(begins)).split("  # ")
    return text.strip(), comment


def test_it_prints_a_tree_that_reads_back_as_the_same_tree() -> None:
    _, printed = tree_show(TREE / "tokens")
    written = catalogue.read(TREE / "tokens").tree
    assert written is not None

    again = read_files({"tree.yaml": printed.encode()})

    assert again.errors == ()
    assert again.tree is not None
    assert again.tree.document.model_dump(exclude={"decide", "branches"}) == (
        written.document.model_dump(exclude={"decide", "branches"})
    )
    for answers in answer_sets(written):
        assert evaluate(again.tree, answers) == evaluate(written, answers)


def answer_sets(tree: Tree) -> list[dict[str, str]]:
    return [dict(case.answers) for case in tree.document.cases]


@pytest.mark.parametrize("policy", EXAMPLES, ids=lambda path: path.stem)
def test_it_prints_an_effective_tree_that_recommends_what_the_policies_make_of_it(
    policy: Path,
) -> None:
    loaded, _ = catalogue.check(TREE / "tokens", [policy])
    assert loaded is not None

    root = shown("--effective", "--policy", policy)

    for answers in answer_sets(loaded.tree):
        result = evaluate(loaded.tree, answers)
        assert isinstance(result, Result)
        leaf = followed(root, answers)
        assert (leaf["recommend"], leaf["because"]) == (result.outcome, result.because)
        others = leaf.get("or", {})
        assert isinstance(others, dict)
        assert list(others) == [alternative.outcome for alternative in result.alternatives]


def followed(root: Mapping, answers: dict[str, str]) -> dict[str, object]:
    """The leaf that the answers lead to in what was printed."""
    whole = plain(root)
    assert isinstance(whole, dict)
    step = whole["decide"]
    while "recommend" not in step:
        if "branch" in step:
            step = whole["branches"][step["branch"]]
        else:
            [(question, places)] = step.items()
            [step] = [
                below for key, below in places.items() if answers[question] in key.split(", ")
            ]
    return dict(step)


def test_it_says_beside_each_line_where_it_was_written() -> None:
    _, printed = tree_show("--effective", "--policy", BANK)
    tree = (TREE / "tokens" / "tree.yaml").read_text().splitlines()
    bank = BANK.read_text().splitlines()
    at = bank.index("    use: jwt-asymmetric") + 1

    assert line_of(printed, "ask:", "  team:") == (
        "ask: What can the team take on?",
        f"tree.yaml:{tree.index('    ask: What can the team take on?') + 1}",
    )  # fmt: skip
    assert line_of(printed, "recommend:", "  hs256-in-one-service:") == (
        "recommend: jwt-asymmetric",
        f"{BANK}:{at} no-hs256",
    )
    at = bank.index("    maximum: 10") + 1
    assert line_of(printed, "maximum:", "  access-minutes:") == (
        "maximum: 10",
        f"{BANK}:{at} short-access",
    )


@pytest.mark.parametrize("key", ["default", "help"])
def test_what_follows_from_a_limit_is_from_the_rule_that_limits(key: str) -> None:
    _, printed = tree_show("--effective", "--policy", BANK)
    rule = BANK.read_text().splitlines().index("  short-access:") + 1
    _, origin = line_of(printed, f"{key}:", "  access-minutes:")
    assert origin == f"{BANK}:{rule} short-access"
    _, origin = line_of(printed, f"{key}:", "  leeway-seconds:")
    assert origin.startswith("parameters.yaml:")


def test_it_has_a_place_for_every_line_that_is_not_the_rest_of_a_text() -> None:
    _, printed = tree_show("--effective", "--policy", BANK)
    below_a_text = False
    for line in printed.splitlines():
        text, sign, origin = line.partition("  # ")
        if sign:
            below_a_text = text.rstrip().endswith((">-", "|-"))
            assert re.fullmatch(r"\S+:[0-9]+( [a-z0-9-]+)?", origin), line
        else:
            assert below_a_text or line == "policies:", line


def test_it_aligns_the_places() -> None:
    _, printed = tree_show("--effective", "--policy", BANK)
    short = [line for line in printed.splitlines() if 0 < line.find("  # ") <= 96]
    assert len({line.index("  # ") for line in short}) == 1


def test_it_prints_the_tree_alone_without_comments() -> None:
    code, printed = tree_show("--policy", BANK)
    assert code == 0
    assert "bank" not in printed
    assert "  # " not in printed
    assert printed == tree_show()[1]


def test_it_prints_the_problems_of_a_broken_tree(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(BANK.read_text().replace("use: jwe", "use: jew"))
    (tmp_path / "policy.yaml").write_text(BANK.read_text().replace("forbid: jwe", "forbid: jew"))
    code, printed = tree_show("--effective", "--policy", tmp_path / "policy.yaml")
    assert code == 1
    assert f"{tmp_path}/policy.yaml" in printed
    assert "error[unknown-outcome]: found `jew`" in printed


def test_it_shows_the_folder_that_is_asked_for() -> None:
    code, printed = tree_show(MESSAGING, "--effective")
    assert code == 0
    assert "  # tree.yaml:" in printed


def test_it_ends_without_a_word_where_nobody_reads_on() -> None:
    script = f"{sys.executable} manage.py tree show | true"
    done = subprocess.run(
        ["bash", "-c", script], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""

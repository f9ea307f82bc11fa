"""advisor tree test"""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as site
from django.core.management import CommandError, call_command

from tests.support.trees import changed, document, outcome, question

MESSAGING = Path(site.BASE_DIR) / "tests" / "trees" / "messaging"
TOKENS = Path(site.BASE_DIR) / "tree" / "tokens"
TEXT = (MESSAGING / "tree.yaml").read_text()
LINES = TEXT.splitlines()
FIRST = LINES.index("cases:") + 2
MISSED = """\
Answers that no case gives, each with the answers that lead to it:
  wait: no, readers: one
  wait: no, readers: several, replay: no
Cases that would reach more. Check each outcome, then add the case to `cases`:
  - answers: {wait: no, readers: one}
    expect: queue
  - answers: {wait: no, readers: several, replay: no}
    expect: queue
"""


def tree_test(*arguments: Path | str) -> tuple[int, str]:
    """The exit code and all that was printed."""
    out = StringIO()
    try:
        call_command("tree", "test", *map(str, arguments), stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def tree_of(folder: Path, text: str) -> Path:
    (folder / "tree.yaml").write_text(text)
    return folder


def test_it_runs_each_case_and_says_what_none_reaches(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, TEXT)
    assert tree_test(tree) == (
        0,
        f"{tree}/tree.yaml:{FIRST}:5: holds: request\n"
        f"{tree}/tree.yaml:{FIRST + 1}:5: holds: log\n"
        f"{tree}: 2 of 2 cases hold\n"
        "  2 of 4 paths through the tree (50 %)\n"
        "  2 of 4 recommendations (50 %)\n"
        "  4 of 6 answers, wherever they are asked (66 %)\n" + MISSED,
    )


def test_it_reaches_all_of_the_tree_with_the_cases_that_it_suggests(tmp_path: Path) -> None:
    suggested = MISSED.partition("to `cases`:\n")[2]
    code, printed = tree_test("--fail-under", "100", tree_of(tmp_path, TEXT + suggested))
    assert code == 0
    assert printed.endswith(
        f"{tmp_path}: 4 of 4 cases hold\n"
        "  4 of 4 paths through the tree (100 %)\n"
        "  4 of 4 recommendations (100 %)\n"
        "  6 of 6 answers, wherever they are asked (100 %)\n"
    )


def test_it_reaches_every_way_through_the_shipped_tree() -> None:
    code, printed = tree_test("--fail-under", "100")
    assert code == 0
    assert f"{TOKENS}: 36 of 36 cases hold\n  36 of 36 paths through the tree (100 %)\n" in printed
    assert printed.startswith("tree/tokens/cases.yaml:4:5: holds: opaque-session\n")


def test_it_says_which_cases_fail_and_why_and_what_the_rest_reaches(tmp_path: Path) -> None:
    text = TEXT.replace("{wait: yes}, expect: request", "{wait: yes}, expect: log")
    tree = tree_of(tmp_path, text + "  - {answers: {wait: no}, expect: queue}\n")
    code, printed = tree_test(tree)
    assert code == 1
    assert printed.startswith(
        f"{tree}/tree.yaml:{FIRST}:5: fails: `log`, but the tree recommends `request`\n"
        f"{tree}/tree.yaml:{FIRST + 1}:5: holds: log\n"
        f"{tree}/tree.yaml:{FIRST + 2}:5: fails: no answer to `readers`\n"
        f"{tree}: 1 of 3 cases hold\n"
        "  2 of 4 paths through the tree (50 %)\n"
    )


def test_it_runs_no_case_of_a_tree_with_other_errors(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, TEXT.replace("weight: serious", "weight: grave"))
    code, printed = tree_test(tree)
    assert code == 1
    assert f"{tree}/tree.yaml:" in printed
    assert "error[bad-value]: found `grave`" in printed
    assert printed.endswith(f"{tree}: broken; no case was run\n")


def test_it_runs_no_case_of_a_tree_that_lacks_a_reason(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, changed("rain: {yes: The garden is wet.}", "{}"))
    code, printed = tree_test(tree)
    assert code == 1
    assert "error[missing-reason]" in printed
    assert printed.endswith(f"{tree}: broken; no case was run\n")


@pytest.mark.parametrize(("percent", "code"), [("0", 0), ("50", 0), ("51", 1), ("100", 1)])
def test_it_fails_under_the_percentage_that_is_asked_for(percent: str, code: int) -> None:
    exit_code, printed = tree_test("--fail-under", percent, MESSAGING)
    assert exit_code == code
    sentence = f"  fewer than {percent} % of the recommendations are reached\n"
    assert printed.endswith(sentence) == bool(code)


@pytest.mark.parametrize("percent", ["101", "-1", "half", "50%", "²"])
def test_it_knows_percentages_from_0_to_100(percent: str) -> None:
    with pytest.raises(CommandError, match="--fail-under"):
        tree_test(f"--fail-under={percent}")


def test_it_lists_as_much_as_is_asked_for() -> None:
    _, printed = tree_test("--limit", "1", MESSAGING)
    assert printed.endswith(
        "Answers that no case gives, "
        "each with the answers that lead to it (at most 1 are listed):\n"
        "  wait: no, readers: one\n"
        "Cases that would reach more. Check each outcome, then add the case to `cases`"
        " (at most 1 are listed):\n"
        "  - answers: {wait: no, readers: one}\n"
        "    expect: queue\n"
    )
    assert "Answers that no case gives" not in tree_test("--limit", "0", MESSAGING)[1]


def test_it_tests_several_trees_and_fails_if_one_fails(tmp_path: Path) -> None:
    bad = tree_of(tmp_path, TEXT.replace("{wait: yes}, expect: request", "{}, expect: request"))
    code, printed = tree_test(MESSAGING, bad)
    assert code == 1
    assert f"{MESSAGING}: 2 of 2 cases hold\n" in printed
    assert f"{bad}: 1 of 2 cases hold\n" in printed


def test_it_paints_what_holds_and_what_fails(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, TEXT.replace("expect: request", "expect: queue"))
    _, printed = tree_test("--force-color", tree)
    assert "\x1b[31;1mfails\x1b[0m: `queue`" in printed
    assert "\x1b[32mholds\x1b[0m: log" in printed


def test_it_paints_nothing_on_a_terminal_that_wants_no_colours(tmp_path: Path) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    for options, painted in (([], True), (["--no-color"], False)):
        out = Terminal()
        call_command("tree", "test", *options, str(tree_of(tmp_path, TEXT)), stdout=out)
        assert ("\x1b" in out.getvalue()) == painted


def test_it_prints_json_for_programs(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, TEXT + "  - {answers: {wait: no}, expect: queue}\n")
    code, printed = tree_test("--format", "json", "--limit", "1", tree, tmp_path / "none")
    assert code == 1
    whole = json.loads(printed)
    first, missing = whole["trees"]
    assert whole["format"] == 1
    assert first["folder"] == str(tree)
    assert (first["usable"], first["problems"]) == (True, [])
    assert first["cases"][0] == {
        "file": f"{tree}/tree.yaml", "line": FIRST, "column": 5,
        "answers": {"wait": "yes"}, "expect": "request",
        "holds": True, "recommends": "request", "unanswered": None,
    }  # fmt: skip
    assert [case["holds"] for case in first["cases"]] == [True, True, False]
    assert first["cases"][2]["recommends"] is None
    assert first["cases"][2]["unanswered"] == "readers"
    case = {"answers": {"wait": "no", "readers": "one"}, "expect": "queue"}
    assert first["coverage"] == {
        "paths": {"reached": 2, "total": 4},
        "leaves": {"reached": 2, "total": 4},
        "answers": {"reached": 4, "total": 6},
        "missedLeaves": [case],
        "missedAnswers": [{"wait": "no", "readers": "one"}],
        "suggested": [case],
    }
    assert (missing["usable"], missing["cases"]) == (False, [])
    assert [problem["id"] for problem in missing["problems"]] == ["no-tree"]
    assert "coverage" not in missing


def test_it_runs_a_trees_cases_without_its_policies_and_those_of_policies_with_them(
    tmp_path: Path,
) -> None:
    policy = tmp_path / "house.yaml"
    policy.write_text(HOUSE)
    code, printed = tree_test("--policy", policy, MESSAGING)
    assert code == 0
    assert f"tests/trees/messaging/tree.yaml:{FIRST}:5: holds: request\n" in printed
    assert f"{policy}:12:5: holds: queue\n" in printed
    assert "  2 of 4 paths through the tree (50 %)\n" in printed


def test_it_says_that_a_case_of_a_policy_fails(tmp_path: Path) -> None:
    policy = tmp_path / "house.yaml"
    policy.write_text(HOUSE.replace("expect: queue", "expect: request"))
    code, printed = tree_test("--policy", policy, MESSAGING)
    assert code == 1
    assert f"{policy}:12:5: fails: " in printed
    assert f"{MESSAGING}: 2 of 3 cases hold\n" in printed


HOUSE = """\
format: 1
title: House rules
owner: Operations
reason: Calls that wait have cost us two nights.
review-by: 2099-01-01
rules:
  no-waiting:
    because: Nothing may hang on another service.
    forbid: request
    use: queue
cases:
  - {answers: {wait: yes}, expect: queue}
"""


def test_it_says_of_a_few_in_a_hundred_that_they_are_below_one_percent(tmp_path: Path) -> None:
    """Seven questions with two answers each: one case reaches one path of 128."""
    asked = [f"q{number}" for number in range(7)]
    decide: dict[str, object] = {"recommend": "x", "because": "So it is."}
    for id in reversed(asked):
        decide = {id: {"yes, no": decide}}
    case = {"answers": dict.fromkeys(asked, "yes"), "expect": "x"}
    whole = document(
        questions={id: question("yes", "no") for id in asked},
        decide=decide,
        outcomes={"x": outcome()},
    )
    tree = tree_of(tmp_path, json.dumps(whole | {"cases": [case]}))
    _, printed = tree_test(tree)
    assert "  1 of 128 paths through the tree (below 1 %)\n" in printed
    tree_of(tmp_path, json.dumps(whole | {"cases": []}))
    _, printed = tree_test(tree)
    assert "  0 of 128 paths through the tree (0 %)\n" in printed

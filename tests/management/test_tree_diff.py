"""advisor tree diff"""

import json
import subprocess
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as site
from django.core.management import CommandError, call_command
from pytest_django import Settings

from advisor.engine.comparing.differences import TreeDiff
from advisor.exports.comparison import Comparison, FileChange, as_markdown
from advisor.exports.report import MAX_MARKDOWN, Block, Item, escaped, markdown
from tests.support.tree_folders import KIT, edit, lunch, policy, with_kit
from tests.support.trees import WITH_SNOW


def tree_diff(*arguments: str | Path) -> tuple[int, str]:
    """The exit code and all that was printed."""
    out = StringIO()
    try:
        call_command("tree", "diff", *map(str, arguments), stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return lunch(tmp_path / "old")


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """The edit that these tests look at: other words, and another answer to rain."""
    folder = lunch(tmp_path / "new")
    edit(folder, "label: It does,", "label: It pours,")
    edit(folder, "no: {recommend: outside, because", "no: {recommend: inside, because")
    edit(folder, "rain: {no: Nobody wants a roof today.}", "{}")
    text = (folder / "tree.yaml").read_text()
    (folder / "tree.yaml").write_text(text[: text.index("  outside:\n    name")])
    return folder


@pytest.fixture
def repository(tmp_path: Path, settings: Settings) -> Path:
    """A served tree in a git repository of its own: two commits, and an edit since."""
    folder = lunch(tmp_path / "repository" / "trees" / "lunch")
    git(tmp_path, "init", "--quiet", "repository")
    top = tmp_path / "repository"
    commit(top)
    edit(folder, "verdict: A table under a roof.", "verdict: A warm table.")
    commit(top)
    edit(folder, "verdict: A warm table.", "verdict: A table by the fire.")
    settings.ADVISOR_TREES = [str(folder)]
    return folder


def git(at: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=A test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", "-C", str(at), *identity, *arguments], check=True, capture_output=True)


def commit(top: Path) -> None:
    git(top, "add", "--all")
    git(top, "commit", "--quiet", "--message", "A change")


def test_it_says_which_answers_lead_elsewhere_and_what_else_changed(old: Path, new: Path) -> None:
    assert tree_diff(old, new) == (
        0,
        (
            f"{old} → {new}\n"
            "2 answer sets: 1 with changed advice, 1 with another recommendation.\n"
            "\n"
            "Answers that lead to another recommendation\n"
            "  outside → inside (1 answer set)\n"
            "    rain = no\n"
            "\n"
            "Changed advice\n"
            "  Question “Does it rain?”: the answer was “It does” and is “It pours”. "
            "(1 answer set)\n"
            "    rain = yes\n"
            "  “Outside” is no longer ruled out by “It does” (Rain). (1 answer set)\n"
            "    old: The garden is wet.\n"
            "    rain = yes\n"
            "\n"
            "What was edited\n"
            "  questions rain: changed\n"
            "    answers.yes.label: “It does” → “It pours”\n"
            "  outcomes inside: changed\n"
            "    ruled-out.rain: gone: no: Nobody wants a roof today.\n"
            "  outcomes outside: gone\n"
        ),
    )


def test_it_exits_with_1_only_where_that_is_asked_for(old: Path, new: Path) -> None:
    assert tree_diff(old, new)[0] == 0
    assert tree_diff(old, new, "--exit-code")[0] == 1
    assert tree_diff(old, old, "--exit-code")[0] == 0


def test_it_says_that_nothing_changed(old: Path) -> None:
    assert tree_diff(old, old) == (
        0,
        f"{old} → {old}\n2 answer sets: all get the same advice.\n",
    )


def test_it_prints_json_for_programs(old: Path, new: Path) -> None:
    code, printed = tree_diff(old, new, "--format", "json")
    read = json.loads(printed)
    assert code == 0
    assert (read["differs"], read["old"], read["new"]) == (True, str(old), str(new))
    assert read["diff"]["counts"] == {"same": 0, "advice": 1, "outcome": 1, "gone": 0, "added": 0}
    assert read["diff"]["kept"] == {"current": 0, "advice": 1, "outcome": 1, "unanswerable": 0}
    [lead] = read["diff"]["leads"]
    assert (lead["old"], lead["new"], lead["where"]["count"]) == ("outside", "inside", 1)
    assert lead["where"]["regions"] == [{"answers": [["rain", ["no"]]], "count": 1}]


def test_it_prints_markdown_that_folds_what_is_long(old: Path, new: Path) -> None:
    _, printed = tree_diff(old, new, "--format", "markdown")
    assert "**2 answer sets: 1 with changed advice, 1 with another recommendation.**\n" in printed
    assert "- outside → inside (1 answer set)\n  - rain = no\n" in printed
    assert "<details><summary>Changed advice (2)</summary>\n\n- Question" in printed
    assert printed.count("<details>") == printed.count("</details>") == 2


def test_it_shows_how_the_config_changed(tmp_path: Path) -> None:
    old, new = with_kit(tmp_path / "a"), with_kit(tmp_path / "b", KIT.replace("= 1", "= 2"))
    code, printed = tree_diff(old, new, "--exit-code")
    assert code == 1
    assert printed.endswith(
        "2 answer sets: all get the same advice.\n"
        "\n"
        "Code\n"
        "  book.py, changed: inside (plain, web)\n"
        "    @@ -1,3 +1,3 @@\n"
        "    -ROOM = 1\n"
        "    +ROOM = 2\n"
        "     \n"
        "     \n"
    )


def test_it_says_that_a_kit_is_new(tmp_path: Path) -> None:
    _, printed = tree_diff(lunch(tmp_path / "a"), with_kit(tmp_path / "b"))
    assert "Code\n  The kit of inside: added\n" in printed


UNANSWERABLE = (
    "Of the decisions that the old tree can save, 1 answer set cannot be evaluated with the new "
    "tree: it asks another question, or no longer has an answer."
)


def test_it_counts_the_answers_that_can_be_given_no_longer(tmp_path: Path) -> None:
    snow, rain = lunch(tmp_path / "snow", WITH_SNOW), lunch(tmp_path / "rain")
    assert tree_diff(snow, rain)[1].splitlines()[1:7] == [
        "3 answer sets: 2 unchanged, 1 no longer possible.",
        UNANSWERABLE,
        "",
        "Removed answers",
        "  rain = snow (1 answer set)",
        "    rain = snow",
    ]


def test_it_counts_new_answers_and_then_none_that_is_gone(tmp_path: Path) -> None:
    snow, rain = lunch(tmp_path / "snow", WITH_SNOW), lunch(tmp_path / "rain")
    _, printed = tree_diff(rain, snow)
    assert printed.splitlines()[1:6] == [
        "3 answer sets: 2 unchanged, 1 new.",
        "",
        "New answers",
        "  rain = snow (1 answer set)",
        "    rain = snow",
    ]
    assert "no longer" not in printed


# Revisions


def test_it_compares_the_last_commit_with_the_files_as_they_are(repository: Path) -> None:
    code, printed = tree_diff()
    assert code == 0
    assert printed.startswith(f"HEAD → {repository}\n2 answer sets: 1 unchanged, 1 with changed")
    assert "old: A warm table.\n    new: A table by the fire.\n" in printed


@pytest.mark.usefixtures("repository")
def test_it_compares_two_revisions() -> None:
    _, printed = tree_diff("HEAD~1", "HEAD")
    assert printed.startswith("HEAD~1 → HEAD\n")
    assert "old: A table under a roof.\n    new: A warm table.\n" in printed


def test_it_takes_a_revision_with_a_path(repository: Path, tmp_path: Path) -> None:
    git(repository, "mv", "../lunch", "../meals")
    _, printed = tree_diff("HEAD:trees/lunch", tmp_path / "repository" / "trees" / "meals")
    assert "old: A warm table." in printed


@pytest.mark.usefixtures("repository")
def test_it_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    assert tree_diff("HEAD~1", "HEAD")[0] == 0
    assert list(temporary.iterdir()) == []


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("name", ["nowhere", "HEAD~9", "HEAD:nowhere", "HEAD:../..", "a b"])
def test_it_says_what_it_cannot_find(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert tree_diff(name) == (2, "")
    assert capsys.readouterr().err.startswith(f"{name} is not a folder, and git knows no such tree")


def test_it_says_that_a_folder_outside_every_repository_has_no_revisions(
    repository: Path,
    tmp_path: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In a hook of git, these variables name the repository wherever the tree is."""
    elsewhere = lunch(tmp_path / "elsewhere" / "lunch")
    settings.ADVISOR_TREES = [str(elsewhere)]
    top = repository.parents[1]
    monkeypatch.setenv("GIT_DIR", str(top / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(top))
    assert tree_diff("HEAD") == (2, "")
    assert capsys.readouterr().err == f"{elsewhere} is not in {top}, so it has no revisions\n"


@pytest.mark.usefixtures("repository")
def test_it_says_that_git_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert tree_diff("HEAD") == (2, "")
    assert capsys.readouterr().err == "HEAD is not a folder, and git is not installed\n"


@pytest.mark.usefixtures("repository")
def test_it_hands_git_nothing_that_looks_like_an_option(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        tree_diff("HEAD", "--output=x")
    with pytest.raises(CommandError, match="neither a folder nor a revision"):
        tree_diff("--", "--output=x")
    assert not list(tmp_path.rglob("x"))


def test_it_wants_a_path_from_the_top(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An absolute path would read the files as they are, not those of the revision."""
    assert tree_diff(f"HEAD:{repository}") == (2, "")
    assert capsys.readouterr().err == (
        f"HEAD:{repository}: give the path from the root of the repository\n"
    )


def test_it_prints_the_errors_of_a_side_by_the_name_that_was_given(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(repository, "because: It is dry there.", "becuase: It is dry there.")
    commit(repository)
    assert tree_diff("HEAD~1", "HEAD") == (2, "")
    told = capsys.readouterr().err
    assert told.startswith("HEAD/tree.yaml:")
    assert told.endswith("HEAD cannot be used.\n")


def test_it_takes_a_revision_from_the_repository_of_the_folder_behind_it(
    repository: Path, settings: Settings
) -> None:
    settings.ADVISOR_TREES = [str(Path(site.BASE_DIR) / "tree" / "tokens")]
    _, printed = tree_diff("HEAD~1", repository)
    assert "old: A table under a roof.\n    new: A table by the fire.\n" in printed


@pytest.mark.parametrize("name", ["lunch", "dinner"])
def test_it_compares_the_served_tree_that_is_named(
    repository: Path, settings: Settings, name: str
) -> None:
    dinner = lunch(repository.with_name("dinner"))
    commit(repository)
    edit(dinner, "verdict: A table in the garden.", "verdict: A table in the dark.")
    settings.ADVISOR_TREES = [str(repository), str(dinner)]
    _, printed = tree_diff("--tree", name)
    assert printed.startswith(f"HEAD → {repository.with_name(name)}\n")
    assert ("A table in the dark." in printed) == (name == "dinner")


@pytest.mark.usefixtures("repository")
def test_it_compares_no_tree_that_is_not_served() -> None:
    with pytest.raises(CommandError, match="invalid choice: 'supper'"):
        tree_diff("--tree", "supper")


def test_it_says_what_a_policy_would_change(old: Path, tmp_path: Path) -> None:
    code, printed = tree_diff(old, old, "--policy", policy(tmp_path))
    assert code == 0
    assert printed.startswith(
        f"{old} → {old} with dry.yaml\n"
        "2 answer sets: 1 with changed advice, 1 with another recommendation.\n"
        "\n"
        "Answers that lead to another recommendation\n"
        "  outside → inside (1 answer set)\n"
        "    Policy “Dry”, rule no-garden: Recommends “Inside” instead of “Outside”.\n"
        "    rain = no\n"
    )


def test_it_prints_the_errors_of_a_policy(
    old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = policy(tmp_path, forbid="garden")
    assert tree_diff(old, old, "--policy", bad) == (2, "")
    told = capsys.readouterr().err
    assert told.startswith(f"{bad}:9:13: error[unknown-outcome]: found `garden`")


# Markdown on GitHub


def test_it_escapes_what_markdown_or_github_would_read_into_a_text() -> None:
    assert escaped("a|b `c` <img> @team #12 *x* [y](z)\nnext") == (
        "a\\|b \\`c\\` &lt;img&gt; @\u200bteam #\u200b12 \\*x\\* \\[y\\](z) next"
    )


def test_it_prints_nothing_that_a_terminal_would_obey(old: Path, new: Path) -> None:
    edit(new, "title: Where to eat", 'title: "Where \\e[31m to eat"')
    for kind in ("text", "markdown"):
        printed = tree_diff(old, new, "--format", kind)[1]
        assert "\x1b" not in printed
        assert "Where \ufffd" in printed


def test_it_fences_code_that_holds_fences() -> None:
    file = FileChange("README.md", "changed", ("x",), ("plain",), ("+```python", "+````"))
    unchanged = TreeDiff((), None, None, (), (), (), ())
    printed = as_markdown(Comparison("a", "b", unchanged, (file,)))
    assert "\n  `````diff\n  +```python\n  +````\n  `````\n" in printed


def test_it_fits_a_comment_and_counts_what_it_leaves_out() -> None:
    items = [Item(f"number {n} " + "x" * 500) for n in range(1000)]
    printed = markdown("a", ["b"], [Block("First", items, long=True), Block("Second", items)])
    assert len(printed) <= MAX_MARKDOWN + 100
    assert printed.count("<details>") == printed.count("</details>") == 1
    shown = printed.count("number ")
    assert printed.endswith(
        f"*{2000 - shown} more are not shown here. The command prints all of them.*\n"
    )


def test_it_finds_no_difference_in_the_shipped_tree() -> None:
    tokens = Path(site.BASE_DIR) / "tree" / "tokens"
    assert tree_diff(tokens, tokens, "--exit-code") == (
        0,
        f"{tokens} → {tokens}\n36 answer sets: all get the same advice.\n",
    )

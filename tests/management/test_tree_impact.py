"""advisor tree impact"""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from advisor import catalogue
from advisor.engine.comparing.drift import Drift, drift
from advisor.engine.tree.graph import Tree
from advisor.engine.walking.evaluate import Result
from advisor.models import Content, Recommendation
from tests.support.html import form
from tests.support.tree_folders import KIT, edit, lunch, policy, with_kit
from tests.support.trees import LUNCH

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loaded")]


def tree_impact(*arguments: str | Path) -> tuple[int, str]:
    """The exit code and all that was printed."""
    out = StringIO()
    try:
        call_command("tree", "impact", *map(str, arguments), stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def loaded(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    folder = with_kit(tmp_path / "lunch")
    settings.ADVISOR_TREES = [str(folder)]
    yield folder
    catalogue.reload()


@pytest.fixture
def draft(loaded: Path, tmp_path: Path) -> Path:
    """A copy of the served tree that a test may edit."""
    return Path(shutil.copytree(loaded, tmp_path / "draft"))


def save(client: Client, title: str, **answers: str) -> str:
    """The address of a recommendation that was saved on the site."""
    query = "&".join(f"{question}={answer}" for question, answer in answers.items())
    address = f"/lunch/save?{query}"
    sent = form(client.get(address)).fill(title=title, author="A team")
    response = client.post(address, dict(sent.fields))
    assert response.status_code == 303
    return str(response["Location"])


def today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"


def copies(number: int) -> None:
    """So many more records of what is saved already."""
    [record] = Recommendation.objects.all()
    for n in range(number):
        record.pk, record.submission_hash = f"copy-{n}", f"copy-{n}"
        record.saved_at -= timedelta(days=1)
        record.save(force_insert=True)


def test_it_has_nothing_to_say_where_nothing_is_saved() -> None:
    assert tree_impact() == (
        0, "Saved decisions compared with the served trees\n0 saved decisions.\n"
    )  # fmt: skip


def test_it_says_that_all_are_current(client: Client) -> None:
    save(client, "Team lunch", rain="yes")
    assert tree_impact("--exit-code") == (
        0,
        "Saved decisions compared with the served trees\n1 saved decision: 1 current.\n",
    )


def test_it_lists_what_an_edit_changes_and_why(draft: Path, client: Client) -> None:
    inside = save(client, "Team lunch", rain="yes")
    save(client, "Picnic", rain="no")
    edit(draft, "because: It is dry there.", "because: It is warm there.")
    assert tree_impact(draft) == (
        0,
        (
            f"Saved decisions compared with {draft}\n"
            "2 saved decisions: 1 current, 1 with changed advice.\n"
            "\n"
            "The same recommendation, changed advice: 1 of lunch\n"
            "  The reason was reworded.\n"
            f"  {inside} {today()} Team lunch\n"
        ),
    )
    assert tree_impact(draft, "--exit-code")[0] == 1


def test_it_says_what_is_recommended_instead(draft: Path, client: Client) -> None:
    saved = save(client, "Team lunch", rain="yes")
    edit(draft, "yes: {recommend: inside, because: It is dry there.}",
         "yes: {recommend: outside, because: Tents., or: {inside: When it is cold.}}")  # fmt: skip
    edit(draft, "rain: {yes: The garden is wet.}", "{}")
    _, printed = tree_impact(draft)
    assert printed.endswith(
        "\n"
        "Another recommendation: 1 of lunch\n"
        "  “Inside” was recommended. The tree now recommends “Outside”.\n"
        "  “Inside” is now an alternative: When it is cold.\n"
        f"  {saved} {today()} Team lunch\n"
    )


def test_it_puts_what_cannot_be_evaluated_first(draft: Path, client: Client) -> None:
    save(client, "Picnic", rain="no")
    lost = save(client, "Team lunch", rain="yes")
    text = (draft / "tree.yaml").read_text().replace("yes: ", "pours: ").replace("Dry", "Fine")
    text = text.replace("label: It does,", "label: It pours,")
    (draft / "tree.yaml").write_text(text)
    _, printed = tree_impact(draft)
    assert "1 with changed advice, 1 that cannot be evaluated.\n\nCannot" in printed
    assert (
        "Cannot be evaluated: 1 of lunch\n"
        "  “It does” is no longer an answer to “Does it rain?”\n"
        f"  {lost} {today()} Team lunch\n"
    ) in printed


def test_it_says_that_a_tree_is_no_longer_served(
    client: Client, tmp_path: Path, settings: Settings
) -> None:
    save(client, "Team lunch", rain="yes")
    settings.ADVISOR_TREES = [str(lunch(tmp_path / "dinner"))]
    assert "  This site no longer serves the tree lunch.\n" in tree_impact()[1]


def test_it_says_that_a_record_cannot_be_read(client: Client) -> None:
    save(client, "Team lunch", rain="yes")
    Content.objects.update(text="{}")
    assert "  It is stored in a form that this release cannot read.\n" in tree_impact()[1]


def test_it_says_that_the_config_changed_beside_the_status(draft: Path, client: Client) -> None:
    saved = save(client, "Team lunch", rain="yes")
    (draft / "kits" / "inside" / "book.py").write_text(KIT.replace("= 1", "= 2"))
    assert tree_impact(draft, "--exit-code") == (
        1,
        (
            f"Saved decisions compared with {draft}\n"
            "1 saved decision: 1 current.\n"
            "Of those with the same recommendation, 1 would get changed code.\n"
            "\n"
            "Current, code changed: 1 of lunch\n"
            f"  {saved} {today()} Team lunch\n"
        ),
    )


def test_it_says_of_how_many_the_config_is_not_known(client: Client) -> None:
    save(client, "Team lunch", rain="yes")
    Recommendation.objects.update(kit="")
    code, printed = tree_impact("--exit-code")
    assert code == 0
    assert printed.endswith("For 1 it is not recorded which code they came with.\n")


def test_it_counts_all_and_lists_the_newest_up_to_the_limit(draft: Path, client: Client) -> None:
    newest = save(client, "Team lunch", rain="yes")
    copies(4)
    edit(draft, "because: It is dry there.", "because: It is warm there.")
    _, printed = tree_impact(draft, "--limit", "2")
    shown = [line for line in printed.splitlines() if line.startswith("  /r/")]
    assert "5 saved decisions: 5 with changed advice.\n" in printed
    assert shown[0].startswith(f"  {newest} ")
    assert shown[1].startswith("  /r/copy-0/ ")
    assert len(shown) == 2
    assert printed.endswith("  and 3 more\n")
    assert tree_impact(draft, "--limit", "0")[1].endswith("  5, not listed\n")


def test_it_lists_no_more_than_the_limit_over_all_reasons(draft: Path, client: Client) -> None:
    save(client, "Team lunch", rain="yes")
    save(client, "Picnic", rain="no")
    edit(draft, "because: It is dry there.", "because: It is warm there.")
    edit(draft, "because: The air is better.", "because: The air is good., note: A tie.")
    _, printed = tree_impact(draft, "--limit", "1")
    assert printed.count("  /r/") == 1
    assert printed.endswith("  1, not listed\n")


def test_it_evaluates_each_distinct_result_once(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(client, "Team lunch", rain="yes")
    copies(50)
    save(client, "Picnic", rain="no")
    evaluated = []

    def counted(old: Result, tree: Tree) -> Drift:
        evaluated.append(old)
        return drift(old, tree)

    monkeypatch.setattr("advisor.saved.drift_today.drift", counted)
    assert "52 saved decisions: 52 current." in tree_impact()[1]
    assert len(evaluated) == 2


def test_it_prints_json_for_programs(draft: Path, client: Client) -> None:
    saved = save(client, "Team “lunch”", rain="yes")
    save(client, "Picnic", rain="no")
    edit(draft, "because: It is dry there.", "because: It is warm there.")
    read = json.loads(tree_impact(draft, "--format", "json")[1])
    assert read["counts"] == {
        "current": 1,
        "advice": 1,
        "outcome": 0,
        "barred": 0,
        "unanswerable": 0,
    }
    assert read["config"] == {"changed": 0, "unknown": 0}
    [group] = read["groups"]
    [line] = group.pop("recommendations")
    assert group == {
        "tree": "lunch", "status": "advice", "config": "same", "count": 1, "today": "inside",
        "why": ["The reason was reworded."],
    }  # fmt: skip
    assert (line["address"], line["title"]) == (saved, "Team “lunch”")
    assert line["saved_at"].startswith(today())


def test_it_prints_markdown_in_which_a_title_means_nothing(draft: Path, client: Client) -> None:
    save(client, "@everyone <b>", rain="yes")
    edit(draft, "because: It is dry there.", "because: It is warm there.")
    _, printed = tree_impact(draft, "--format", "markdown")
    assert "@\u200beveryone &lt;b&gt;" in printed
    assert printed.count("<details>") == printed.count("</details>") == 1


def test_it_leaves_the_records_of_other_trees_out_of_an_edit(draft: Path, client: Client) -> None:
    save(client, "Team lunch", rain="yes")
    Recommendation.objects.update(tree="dinner")
    assert "\n0 saved decisions.\n" in tree_impact(draft)[1]


def test_it_says_what_a_policy_would_change(
    draft: Path, loaded: Path, client: Client, settings: Settings, tmp_path: Path
) -> None:
    save(client, "Team lunch", rain="yes")
    picnic = save(client, "Picnic", rain="no")
    settings.ADVISOR_TREES = [str(loaded), str(draft)]
    lines = (
        "2 saved decisions: 1 with changed advice, 1 with another recommendation.\n"
        "\n"
        "Another recommendation: 1 of lunch\n"
        "  “Outside” was recommended. The tree now recommends “Inside”.\n"
        "  Policy “Dry”, rule no-garden: Recommends “Inside” instead of “Outside”.\n"
        "  “Dry” (Policy) now rules “Outside” out: Policy “Dry”, rule no-garden: "
        "It may rain later.\n"
        f"  {picnic} {today()} Picnic\n"
    )
    for against in ([], [draft]):
        _, printed = tree_impact(*against, "--policy", policy(tmp_path))
        named = against[0] if against else loaded
        assert printed.startswith(f"Saved decisions compared with {named} with dry.yaml\n{lines}")


@pytest.mark.parametrize("name", ["lunch", "draft"])
def test_a_policy_is_tried_on_the_saved_recommendations_of_the_tree_that_is_named(
    draft: Path, loaded: Path, client: Client, settings: Settings, tmp_path: Path, name: str
) -> None:
    settings.ADVISOR_TREES = [str(loaded), str(draft)]
    save(client, "Picnic", rain="no")
    _, printed = tree_impact("--tree", name, "--policy", policy(tmp_path))
    assert f" {loaded.with_name(name)} with dry.yaml\n" in printed
    assert ("Picnic" in printed) == (name == "lunch")


def test_it_says_what_to_do_where_the_database_is_new(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OperationalError("no such table: advisor_recommendation")

    monkeypatch.setattr("advisor.management.tree.impact.impact", refuse)
    assert tree_impact() == (2, "")
    assert capsys.readouterr().err == (
        "The saved decisions cannot be read: no such table: advisor_recommendation.\n"
        "If the database is new, run `advisor migrate` first.\n"
    )


def test_it_refuses_a_tree_with_errors(draft: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (draft / "tree.yaml").write_text(LUNCH.replace("recommend: inside", "recommend: indoors"))
    assert tree_impact(draft) == (2, "")
    assert "error[unknown-outcome]" in capsys.readouterr().err


def test_it_refuses_a_limit_that_is_no_number() -> None:
    with pytest.raises(CommandError, match="not a whole number"):
        tree_impact("--limit", "many")

"""advisor tree draw"""

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as site
from django.core.management import CommandError, call_command
from pytest_django import Settings

MESSAGING = Path(site.BASE_DIR) / "tests" / "trees" / "messaging"
TOKENS = Path(site.BASE_DIR) / "tree" / "tokens"


def tree_draw(*arguments: Path | str) -> str:
    out = StringIO()
    call_command("tree", "draw", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_it_draws_the_served_tree_in_mermaid() -> None:
    assert tree_draw() == tree_draw(TOKENS, "--format", "mermaid")
    assert tree_draw().startswith('flowchart LR\n  n0["Revocation"]\n')


def test_it_draws_in_dot() -> None:
    assert tree_draw(MESSAGING, "--format=dot").startswith('digraph {\n  graph [label="How should')


def test_it_marks_the_way_of_answers() -> None:
    drawn = tree_draw(MESSAGING, "--answers", "wait=no", "readers=one")
    assert "  class n0,n2,n3 taken\n" in drawn


def test_it_marks_the_way_of_the_answer_that_is_assumed() -> None:
    drawn = tree_draw(TOKENS, "--answers", "revocation=unsure", "services=one")
    assert drawn == tree_draw(TOKENS, "--answers", "revocation=now", "services=one")


def test_it_draws_as_many_nodes_as_asked_for() -> None:
    drawn = tree_draw(MESSAGING, "--limit", "3")
    assert "  %% 3 of 7 nodes; a dashed question goes on\n" in drawn


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--answers", "weight=no"],
            "the tree has no question 'weight'; it has wait, readers, replay",
        ),
        (["--answers", "wait=never"], "'never' is not a valid answer to 'wait'; it has yes, no"),
        (["--answers", "wait"], "'wait' is not of the form QUESTION=ANSWER"),
        (["--limit", "few"], "'few' is not a whole number"),
        (["--format", "svg"], "invalid choice: 'svg'"),
    ],
)
def test_it_says_what_it_does_not_understand(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        tree_draw(MESSAGING, *arguments)


@pytest.mark.parametrize("answer", ["weight=no", "wait=never"])
def test_answers_that_the_tree_does_not_have_are_wrong_usage(answer: str) -> None:
    with pytest.raises(CommandError) as error:
        tree_draw(MESSAGING, "--answers", answer)
    assert error.value.returncode == 2


def test_it_draws_what_a_policy_leaves() -> None:
    policy = Path(site.BASE_DIR) / "tree" / "examples" / "policies" / "sessions-only.yaml"
    assert "Paseto" in tree_draw(TOKENS)
    assert "Paseto" not in tree_draw(TOKENS, "--policy", policy)


def test_it_asks_which_tree_where_several_are_served(settings: Settings) -> None:
    settings.ADVISOR_TREES = [str(TOKENS), str(MESSAGING)]
    with pytest.raises(CommandError, match=r"name one of the served trees: .*tokens, ") as error:
        tree_draw()
    assert error.value.returncode == 2


def test_it_draws_no_tree_with_errors(tmp_path: Path) -> None:
    (tmp_path / "tree.yaml").write_text("titel: A\n")
    with pytest.raises(CommandError, match=r"error\[unknown-key\]: found the key `titel`") as error:
        tree_draw(tmp_path)
    assert error.value.returncode == 1

"""The page of the commands tells what the commands really take."""

import pytest

from advisor.management.commands import tree
from tests.documents import command_page
from tests.documents.command_page import PAGE, calls, commands, generated, refused_calls

ROOT = PAGE.parents[1]
TEXT = PAGE.read_text(encoding="utf-8")
WITH_EXAMPLES = ("docs/commands.md", "docs/policies.md", "tree/README.md")


def test_each_command_has_its_part() -> None:
    assert command_page.without_part(TEXT) == []
    assert {f"tree {action}" for action in tree.ACTIONS} < commands().keys()


def test_it_notices_a_command_without_a_part() -> None:
    assert command_page.without_part(TEXT.replace("<!-- options: tree draw -->", "")) == [
        "tree draw"
    ]


def test_each_part_has_its_command() -> None:
    assert command_page.without_command(TEXT) == []


def test_it_notices_a_part_without_a_command() -> None:
    text = TEXT.replace("<!-- options: tree draw -->", "<!-- options: tree paint -->")

    assert command_page.without_command(text) == ["tree paint"]


def test_the_options_are_as_the_commands_take_them() -> None:
    assert generated(TEXT) == TEXT, "run `make documents`"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("| `--fail-under PERCENT` |", "| `--fail-below PERCENT` |"),
        ("| `--format mermaid\\|dot` |", "| `--format mermaid\\|svg` |"),
        (
            "Exit codes: 0 drawn, 1 the tree has errors",
            "Exit codes: 0 drawn, 3 the tree has errors",
        ),
    ],
)
def test_it_notices_and_corrects_an_option_that_no_command_takes(old: str, new: str) -> None:
    assert TEXT.count(old) == 1

    assert generated(TEXT.replace(old, new)) == TEXT


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_commands_take_every_call_in_an_example(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")

    assert calls(text) != []
    assert refused_calls(text) == []


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("tree paint", "no such command"),
        ("tree draw --format svg", "invalid choice: 'svg'"),
        ("tree check --strict", "unrecognized arguments: --strict"),
        ("tree draw --answers rain", "is not of the form QUESTION=ANSWER"),
    ],
)
def test_it_notices_a_call_that_a_command_refuses(call: str, why: str) -> None:
    [refused] = refused_calls(f"Draw it:\n\n    advisor {call}   # a comment\n")

    assert refused.startswith(f"{call}: ")
    assert why in refused

"""Every option of every command has a test that names it, in the file of that command."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

FOLDER = Path(__file__).parent
COMMANDS = sorted(name for name, app in get_commands().items() if app == "advisor")


def listed(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """The options of a parser; argparse lists them nowhere else."""
    return parser._actions  # noqa: SLF001


def parser_of(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    command: BaseCommand = load_command_class("advisor", name)
    command.add_arguments(parser)  # type: ignore[arg-type]  # Django's parser only adds options
    return parser


def actions() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every action as it is typed, `tree check`, with its parser."""
    for name in COMMANDS:
        for listed_action in listed(parser_of(name)):
            if isinstance(listed_action, argparse._SubParsersAction):  # noqa: SLF001 - has no public name
                for action, below in listed_action.choices.items():
                    yield f"{name} {action}", below


OPTIONS = [
    (action, option)
    for action, parser in actions()
    for listed_action in listed(parser)
    for option in listed_action.option_strings[-1:]
    if option != "--help"
]


def names(text: str, option: str) -> bool:
    return f'"{option}"' in text or f'"{option}=' in text


@pytest.mark.parametrize(("action", "option"), OPTIONS)
def test_an_option_has_a_test(action: str, option: str) -> None:
    tests = FOLDER / f"test_{action.replace(' ', '_')}.py"
    assert names(tests.read_text(encoding="utf-8"), option), f"{tests.name} never gives {option}"


def test_it_looks_at_every_command() -> None:
    assert COMMANDS == ["kits", "tree"]
    assert {action for action, _ in OPTIONS} == {
        "kits measure",
        *(f"tree {action}" for action in ("check", "diff", "draw", "impact", "show", "test")),
    }


def test_it_would_notice_an_option_without_a_test() -> None:
    assert not names('tree_diff("--exit-codes", "--limited")', "--exit-code")
    assert not names("--limit stands in a sentence", "--limit")
    assert names('tree_diff("--limit", 3)', "--limit")


ACTIONS = {
    "check": "list every problem of a tree",
    "test": "run the cases of a tree and show what they reach",
    "show": "print a tree in one piece, with or without its policies",
    "diff": "show what an edit changes, and for which answers",
    "impact": "show what an edit changes for saved decisions",
    "draw": "draw a tree as Mermaid or DOT",
    "schema": "print the JSON Schema of a tree's files, or of a policy's",
    "measure": "run every kit and write measured.yaml into the tree",
}


def test_the_help_of_a_command_says_in_a_line_what_each_action_does() -> None:
    told = {
        choice.dest: choice.help
        for name in COMMANDS
        for action in listed(parser_of(name))
        if isinstance(action, argparse._SubParsersAction)  # noqa: SLF001 - has no public name
        for choice in action._choices_actions  # noqa: SLF001 - the lines of its help
    }
    assert told == ACTIONS


def test_the_help_of_a_command_says_what_it_is_for() -> None:
    about = {name: load_command_class("advisor", name).help for name in COMMANDS}
    assert about == {
        "kits": "Work on the kits of a decision tree.",
        "tree": "Work on decision trees.",
    }

"""The page docs/commands.md: what each command of `advisor` does, and all of its options.

Usage, description and options come from the commands themselves, `make documents` writes them
between the comments `<!-- options: tree check -->` and `<!-- end of options -->`. What stands
around them, such as examples and the shape of JSON, is written by hand.
"""

import re
import shlex
import textwrap
from argparse import SUPPRESS, Action
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.management import get_commands, load_command_class
from django.core.management.base import CommandError, CommandParser

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "commands.md"
_PART = re.compile(
    r"<!-- options: (?P<command>[a-z -]+) -->\n.*?<!-- end of options -->\n", re.DOTALL
)
_BLOCK = re.compile(r"(?:^ {4}[^\n]*\n)+|^```(?:sh|text)\n.*?^```\n", re.DOTALL | re.MULTILINE)


class Recorder(CommandParser):
    """A parser that says which arguments and actions it was given."""

    def __init__(self, **options: Any) -> None:
        self.arguments: list[Action] = []
        self.actions: Mapping[str, Recorder] = {}
        super().__init__(**(options | {"add_help": False}))

    def add_argument(self, *args: Any, **options: Any) -> Action:
        action = super().add_argument(*args, **options)
        self.arguments.append(action)
        return action

    def add_subparsers(self, **options: Any) -> Any:
        actions = super().add_subparsers(**options)
        self.actions = actions.choices
        return actions


def commands() -> dict[str, Recorder]:
    """Return the parser of each command of this program, by name and action."""
    parsers: dict[str, Recorder] = {}
    for name, app in sorted(get_commands().items()):
        if app == "advisor":
            parser = Recorder(description=load_command_class(app, name).help)
            load_command_class(app, name).add_arguments(parser)
            inner = {f"{name} {action}": of for action, of in parser.actions.items()}
            parsers |= inner or {name: parser}
    return parsers


def without_part(text: str) -> list[str]:
    """Return the commands that the page does not describe."""
    return sorted(commands().keys() - set(_described(text)))


def without_command(text: str) -> list[str]:
    """Return what the page describes although there is no such command."""
    return sorted(set(_described(text)) - commands().keys())


def generated(text: str) -> str:
    """Return the page as it should be, with today's options."""
    parsers = commands()
    return _PART.sub(lambda part: _part(part["command"], parsers), text)


def out_of_date() -> list[str]:
    """Return the name of the page where `make documents` would write it anew."""
    text = PAGE.read_text(encoding="utf-8")
    return [] if generated(text) == text else [PAGE.name]


def write() -> Iterator[Path]:
    """Write the page where it is out of date, and yield its path."""
    if out_of_date():
        PAGE.write_text(generated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
        yield PAGE


def refused_calls(text: str) -> list[str]:
    """Return each call of these commands in an example that the command would refuse."""
    parsers = commands()
    return [
        f"{' '.join(call)}: {error}" for call in calls(text) for error in _errors(call, parsers)
    ]


def calls(text: str) -> list[list[str]]:
    """Return the words of each call of `advisor tree` or `advisor kits` in the examples."""
    lines = [line for block in _BLOCK.findall(text) for line in block.splitlines()]
    commands = (re.search(r"advisor ((?:tree|kits) [^|>]+)", line) for line in lines)
    return [shlex.split(match[1], comments=True) for match in commands if match]


def _errors(call: list[str], parsers: Mapping[str, Recorder]) -> Iterator[str]:
    try:
        parsers[" ".join(call[:2])].parse_args(call[2:])
    except KeyError:
        yield "no such command"
    except CommandError as error:
        yield str(error)


def _described(text: str) -> list[str]:
    return [part["command"] for part in _PART.finditer(text)]


def _part(command: str, parsers: Mapping[str, Recorder]) -> str:
    parser = parsers[command]
    shown = [action for action in parser.arguments if action.help != SUPPRESS]
    rows = "".join(f"| `{_name(action)}` | {_help(action)} |\n" for action in shown)
    table = f"| argument | |\n|---|---|\n{rows}" if rows else "It takes no arguments.\n"
    paragraphs = (parser.description or "").strip().split("\n\n")
    description = "\n\n".join(textwrap.fill(text, 100) for text in paragraphs)
    return f"<!-- options: {command} -->\n\n{description}\n\n{table}\n<!-- end of options -->\n"


def _name(action: Action) -> str:
    """Return an argument as it is typed: `--format text|json`, `FOLDER …`."""
    value = action.metavar or "\\|".join(action.choices or [action.dest.upper()])
    if action.nargs == 0:
        value = ""
    more = " …" if action.nargs in ("*", "+") else ""
    return f"{' '.join(filter(None, [*action.option_strings[-1:], str(value)]))}{more}"


def _help(action: Action) -> str:
    return (action.help or "").replace("|", "\\|")

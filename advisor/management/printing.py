"""What the actions of `advisor tree` share: colours, and the types of options."""

import os
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from django.utils.termcolors import make_style

Paint = Callable[[str, str], str]

_STYLES = {
    "error": make_style(fg="red", opts=("bold",)),
    "warning": make_style(fg="yellow", opts=("bold",)),
    "good": make_style(fg="green"),
    "place": make_style(opts=("bold",)),
    "marker": make_style(fg="red"),
    "suggestion": make_style(fg="cyan"),
}


def colour_options(parser: ArgumentParser) -> None:
    """Add Django's colour options after the action too; Django takes them only before it."""
    for option in ("--no-color", "--force-color"):
        parser.add_argument(option, action="store_true", default=SUPPRESS, help=SUPPRESS)


def painter(options: Mapping[str, Any], out: TextIO) -> Paint:
    """Return a function that colours a text as a part of the output, such as `error`.

    It colours on a terminal only, unless an option or the variable NO_COLOR decides otherwise.
    """
    if options["force_color"]:
        coloured = True
    elif options["no_color"] or os.environ.get("NO_COLOR"):
        coloured = False
    else:
        coloured = out.isatty() and os.environ.get("TERM") != "dumb"
    return (lambda part, text: _STYLES[part](text)) if coloured else (lambda _, text: text)


def whole_number(text: str) -> int:
    """Return the value of an option that is 0, 1, 2, … Raise ArgumentTypeError."""
    if not (text.isascii() and text.isdigit()):
        raise ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def encodable(text: object) -> str:
    """Return the text with lone surrogates replaced: a path can contain them, JSON cannot."""
    return str(text).encode("utf-8", "replace").decode()

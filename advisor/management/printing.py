"""What the actions of `advisor tree` share: colours, numbers as options, names."""

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
    """Django's options, which it takes before the action only, behind it too."""
    for option in ("--no-color", "--force-color"):
        parser.add_argument(option, action="store_true", default=SUPPRESS, help=SUPPRESS)


def painter(options: Mapping[str, Any], out: TextIO) -> Paint:
    """Paints a text by its part: on a terminal, unless NO_COLOR or an option says otherwise."""
    if options["force_color"]:
        coloured = True
    elif options["no_color"] or os.environ.get("NO_COLOR"):
        coloured = False
    else:
        coloured = out.isatty() and os.environ.get("TERM") != "dumb"
    return (lambda part, text: _STYLES[part](text)) if coloured else (lambda _, text: text)


def whole_number(text: str) -> int:
    """The value of an option that is 0, 1, 2, …"""
    if not (text.isascii() and text.isdigit()):
        raise ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def encodable(text: object) -> str:
    """The text without halves of characters, which a path can hold and JSON cannot."""
    return str(text).encode("utf-8", "replace").decode()

"""What a user may put into a kit: text from an address or form in, a checked value out."""

import re
from urllib.parse import urlsplit

from advisor.engine.tree.model import Caution, Parameter

MAX_LENGTH = 200

# Printable ASCII without what ends a cookie name, a header or a shell word.
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_URL = re.compile(r"[!#-;=?-\[\]_a-z~%]+")


class BadValue(ValueError):
    """The value cannot be used; the message tells the user what to give instead."""


Value = str | int | bool


def accept(parameter: Parameter, text: str) -> Value:
    """Return the value that a text stands for. Raise BadValue with a sentence for the user."""
    text = text.strip()
    match parameter.type:
        case "integer":
            return _integer(parameter, text)
        case "name":
            return _name(_bounded(parameter, text))
        case "url":
            return _url(_bounded(parameter, text))
        case "text":
            return _text(_bounded(parameter, text))
        case "choice":
            return _option(parameter, text)
        case "flag":
            return _option(parameter, text) == "yes"


def option_of(value: Value) -> str:
    """Return the option of a choice or a flag that an accepted value stands for."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def cautions(parameter: Parameter, value: Value) -> tuple[Caution, ...]:
    """Return the cautions that an accepted value earns, in the order of the tree."""
    return tuple(caution for caution in parameter.cautions if _earned(caution, value))


def _earned(caution: Caution, value: Value) -> bool:
    """Tell whether all that the caution names holds: a number's size, or what a text contains."""
    if isinstance(value, bool):
        value = option_of(value)
    if isinstance(value, int):
        return (caution.above is None or value > caution.above) and (
            caution.below is None or value < caution.below
        )
    text = value.casefold()
    return (
        (caution.begins is None or text.startswith(caution.begins.casefold()))
        and (caution.contains is None or caution.contains.casefold() in text)
        and (caution.lacks is None or caution.lacks.casefold() not in text)
        and (caution.above is None or len(text) > caution.above)
        and (caution.below is None or len(text) < caution.below)
    )


def _integer(parameter: Parameter, text: str) -> int:
    low, high = parameter.minimum, parameter.maximum
    match low, high:
        case None, None:
            wanted = "a whole number"
        case _, None:
            wanted = f"a whole number, {low} or more"
        case None, _:
            wanted = f"a whole number, {high} or less"
        case _:
            wanted = f"a whole number from {low} to {high}"
    if not re.fullmatch(r"-?[0-9]{1,12}", text):
        raise BadValue(f"Enter {wanted}.")
    number = int(text)
    if (low is not None and number < low) or (high is not None and number > high):
        raise BadValue(f"Enter {wanted}.")
    return number


def _option(parameter: Parameter, text: str) -> str:
    if text not in parameter.choices:
        labels = [f"“{option.label}”" for option in parameter.choices.values()]
        *others, last = labels or ["another value"]
        raise BadValue(f"Choose {', '.join(others)}{' or ' if others else ''}{last}.")
    return text


def _bounded(parameter: Parameter, text: str) -> str:
    longest = parameter.maximum or MAX_LENGTH
    if not text:
        raise BadValue("Enter a value.")
    if len(text) > longest:
        raise BadValue(f"Enter at most {longest} characters; this has {len(text)}.")
    return text


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise BadValue("Use letters, digits, dots, dashes and underscores only.")
    return text


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("https", "http") and bool(parts.hostname)
        usable = usable and parts.username is None and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or not _URL.fullmatch(text):
        raise BadValue("Enter a full address, such as https://auth.example.com.")
    return text


def _text(text: str) -> str:
    if not text.isprintable():
        raise BadValue("Enter one line of printable characters.")
    return text

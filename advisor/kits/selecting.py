"""Read what a user entered for a kit: which variant the choices select, and the values to write."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from advisor.engine.tree.model import Parameter
from advisor.engine.tree.parameter_values import BadValue, Value, accept, option_of
from advisor.kits.kit import Kit
from advisor.kits.places import NotWritable, filled

NONE_LEFT = "The policies leave no option that this code has."


@dataclass(frozen=True, slots=True)
class Selection:
    """What was entered, read: values and messages by parameter.

    `kit` is the variant that the choices select, None without a kit. `parameters` are those that
    the page asks for, with the options that are left, in the order of the tree. A parameter has a
    valid value in `settings` or else a message in `messages`.
    """

    kit: Kit | None
    parameters: Mapping[str, Parameter]
    settings: Mapping[str, Value]
    messages: Mapping[str, str]


def select(
    kit: Kit | None,
    parameters: Mapping[str, Parameter],
    texts: Mapping[str, str],
    also: Iterable[str] = (),
) -> Selection:
    """Return what the texts mean for a kit; a parameter without a text has its default.

    `also` are choices that the result depends on beside those of the kit. Where a choice is not
    valid, the kit is the one for its default.
    """
    also = frozenset(also)
    left = kit.variants if kit else ()
    asked: dict[str, Parameter] = {}
    settings: dict[str, Value] = {}
    messages: dict[str, str] = {}
    for id, whole in parameters.items():
        available = {variant.choices[id] for variant in left if id in variant.choices}
        if not available and id not in also:
            continue
        parameter, message = _narrowed(whole, available) if available else (whole, "")
        asked[id] = parameter
        value, told = _read(parameter, texts.get(id))
        if message or told:
            messages[id] = message or told
        else:
            settings[id] = value
        option = option_of(settings[id]) if id in settings else parameter.default
        left = tuple(variant for variant in left if variant.choices.get(id, option) == option)
    variant = left[0] if left else kit
    for id in variant.parameters if variant else ():
        if id in asked:
            continue
        asked[id] = parameters[id]
        value, told = _read(parameters[id], texts.get(id))
        if told:
            messages[id] = told
        else:
            settings[id] = value
    messages |= dict(_unwritable(variant, settings))
    settings = {id: value for id, value in settings.items() if id not in messages}
    ordered = {id: asked[id] for id in parameters if id in asked}
    return Selection(variant, ordered, _in_order(settings, ordered), messages)


def _unwritable(kit: Kit | None, settings: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """Yield the parameters whose values a file of the kit cannot hold, with a message."""
    for file, places in kit.places.items() if kit else ():
        for id, place in places.items():
            try:
                filled(file, place, settings.get(id, 0))
            except NotWritable as error:
                yield id, f"This cannot be written into {file}: {error}."


def _read(parameter: Parameter, text: str | None) -> tuple[Value, str]:
    """Return the value of a text or of the default, and a message, empty for a valid text."""
    try:
        return accept(parameter, parameter.default if text is None else text), ""
    except BadValue as bad:
        return "", str(bad)


def _narrowed(parameter: Parameter, available: AbstractSet[str]) -> tuple[Parameter, str]:
    """Return the parameter with the options that are available, and a message where none is left.

    The default is then the first of them, if it is not available itself.
    """
    options = {id: option for id, option in parameter.choices.items() if id in available}
    if not options:
        return parameter, NONE_LEFT
    default = parameter.default if parameter.default in options else next(iter(options))
    return parameter.model_copy(update={"options": options, "default": default}), ""


def _in_order(settings: Mapping[str, Value], ids: Iterable[str]) -> dict[str, Value]:
    return {id: settings[id] for id in ids if id in settings}

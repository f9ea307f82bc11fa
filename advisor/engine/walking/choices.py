"""The choices on a result: which parameters its caveats depend on, and what their options leave."""

from collections.abc import Mapping
from dataclasses import replace

from advisor.engine.tree import model
from advisor.engine.tree.parameter_values import Value, option_of
from advisor.engine.walking.evaluate import Result, ResultChoice


def choices_of_caveats(result: Result) -> frozenset[str]:
    """Return the ids of the choices that decide which caveats of the result are shown."""
    return frozenset(id for caveat in result.caveats for id in caveat.values)


def with_choices(
    result: Result, parameters: Mapping[str, model.Parameter], settings: Mapping[str, Value]
) -> Result:
    """Return the result with the caveats that hold under these settings, and what was chosen.

    A choice without a setting has its default.
    """

    def option(id: str) -> str:
        return option_of(settings[id]) if id in settings else parameters[id].default

    caveats = tuple(
        replace(caveat, values={})
        for caveat in result.caveats
        if all(option(id) in wanted for id, wanted in caveat.values.items())
    )
    asked = choices_of_caveats(result)
    choices = tuple(
        ResultChoice(id, parameter.label, taken, parameter.choices[taken].label)
        for id, parameter in parameters.items()
        if parameter.choices and (id in settings or id in asked)
        for taken in (option(id),)
        if taken in parameter.choices
    )
    return replace(result, caveats=caveats, choices=choices)

"""Figures in texts: `{bytes of inside}` stands for what was measured of the kit `inside`.

So no text holds a number that a later run may change.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from advisor.engine.tree import model

Whole = TypeVar("Whole", bound=model.Model)
Path = tuple[str | int, ...]
# Where a text refers to a figure, the figure's id and the kit's.
FigureReference = tuple[Path, str, str]

_IN_BYTES = re.compile(rb"\{[a-z0-9-]+\s+of\s")
_WHOLE_REFERENCE = re.compile(r"\{[a-z0-9-]+\s+of\s+[a-z0-9-]+\}")
_A_FIGURE = r"[0-9][0-9.,]*(?: of [0-9]+)?"
_REFERENCE = re.compile(r"\{([a-z0-9-]+)\s+of\s+([a-z0-9-]+)\}")


def refers(file: bytes) -> bool:
    """Tell whether some text of the file may refer to a figure."""
    return _IN_BYTES.search(file) is not None


def figures_in(data: Any, path: Path = ()) -> Iterator[FigureReference]:
    """Yield each reference in the texts of `data`, which are dicts, lists and texts."""
    if isinstance(data, str):
        if "{" in data:
            for match in _REFERENCE.finditer(data):
                yield path, match[1], match[2]
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield from figures_in(value, (*path, key))
    elif isinstance(data, list | tuple):
        for index, value in enumerate(data):
            yield from figures_in(value, (*path, index))


def figure_of(measured: model.Measured | None, figure: str, kit: str) -> str | None:
    """Return a figure as a text quotes it, without the spread in brackets; None without one."""
    if measured is None or kit not in measured.kits:
        return None
    text = measured.kits[kit].figures.get(figure)
    return None if text is None else text.partition(" (")[0]


def differs_in_figures(template: str, text: str) -> bool:
    """Tell whether `text` is the template with figures put in, whichever those were."""
    pattern = _A_FIGURE.join(map(re.escape, _WHOLE_REFERENCE.split(template)))
    return re.fullmatch(pattern, text) is not None


def with_figures(whole: Whole, measured: model.Measured | None) -> tuple[Whole, dict[str, str]]:
    """Return a document or a policy with the figures that its texts refer to.

    Return, too, how each of these texts was written.
    """
    templates: dict[str, str] = {}

    def figure(match: re.Match[str]) -> str:
        return figure_of(measured, match[1], match[2]) or match[0]

    def filled(value: Any) -> Any:
        if isinstance(value, str):
            text = _REFERENCE.sub(figure, value) if "{" in value else value
            if text != value:
                templates[text] = value
            return text
        if isinstance(value, Mapping):
            return {key: filled(inner) for key, inner in value.items()}
        if isinstance(value, tuple):
            return tuple(map(filled, value))
        if isinstance(value, BaseModel):
            return of_fields(value)
        return value

    def of_fields(holder: Any) -> Any:
        changed = {
            name: new
            for name in type(holder).model_fields
            if (new := filled(old := getattr(holder, name))) != old
        }
        return holder.model_copy(update=changed) if changed else holder

    result: Whole = of_fields(whole)
    return result, templates

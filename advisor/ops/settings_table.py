"""Generate README's table of settings, so that it cannot be wrong.

`make settings` writes it: `python -m advisor.ops.settings_table README.md`.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic.fields import FieldInfo

from advisor.ops.configuration import BASE_DIR, VARIABLES, values_of

BEGIN, END = "<!-- settings: begin (make settings) -->", "<!-- settings: end -->"


def table() -> str:
    """Return the table in Markdown: every variable with its meaning, values and default."""
    return "\n".join(_lines())


def with_table(text: str) -> str:
    """Return the page with today's table between its two markers.

    Raise ValueError where the page does not have both.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError("the page does not have both markers of the table")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main(page: str) -> None:
    """Write the table into the file `page`. Raise ValueError as `with_table` does."""
    path = Path(page)
    path.write_text(with_table(path.read_text(encoding="utf-8")), encoding="utf-8")


def _lines() -> Iterator[str]:
    yield "| variable | meaning | values | default |"
    yield "|---|---|---|---|"
    for name, field in VARIABLES.items():
        yield f"| `{name}` | {field.description} | {values_of(field).words} | {_default(field)} |"


def _default(field: FieldInfo) -> str:
    """Return the default as one would type it, or say that there is none."""
    match field.default:
        case bool(default):
            return "on" if default else "off"
        case None | ():
            return "none; required on a server" if values_of(field).required else "none"
        case tuple(folders):
            return ", ".join(_path(Path(folder)) for folder in folders)
        case Path() as folder:
            return _path(folder)
        case default:
            return f"`{default}`"


def _path(folder: Path) -> str:
    return f"`{folder.relative_to(BASE_DIR).as_posix()}`"


if __name__ == "__main__":
    main(*sys.argv[1:])

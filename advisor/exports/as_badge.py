"""A badge for a README or a wiki page: what was decided, its status, and what changed since."""

import re
from html import escape
from typing import Literal
from unicodedata import east_asian_width

# The shape and colour of a status. Only what people accepted is good; `same` approves of nothing.
Sign = Literal["good", "same", "changed", "other", "superseded", "gone"]

# White text on each has a contrast of 4.5 at least.
_GROUNDS: dict[Sign, str] = {
    "good": "#1d6b41",
    "same": "#3d5a80",
    "changed": "#805500",
    "other": "#9c2a2e",
    "superseded": "#565b63",
    "gone": "#565b63",
}
_LABEL_GROUND = "#33373d"
_HEIGHT, _PADDING, _MAX_CHARACTERS = 20, 6, 60


def as_badge(label: str, name: str, status: str, sign: Sign) -> str:
    """Return an SVG of three fields side by side. Texts longer than 60 characters are cut."""
    fields = [(label, _LABEL_GROUND), (name, _LABEL_GROUND), (status, _GROUNDS[sign])]
    drawn, left = [], 0
    for text, ground in fields:
        shown = text if len(text) <= _MAX_CHARACTERS else f"{text[: _MAX_CHARACTERS - 1]}…"
        length = round(sum(map(_width, shown)))
        # The given length holds whatever font the reader has.
        drawn.append(
            f'<rect x="{left}" width="{length + 2 * _PADDING}" height="{_HEIGHT}" fill="{ground}"/>'
            f'<text x="{left + _PADDING}" y="14" textLength="{length}">{_text(shown)}</text>'
        )
        left += length + 2 * _PADDING
    title = _text(f"{label}: {name}, {status}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left}" height="{_HEIGHT}" role="img" '
        f'aria-label="{title}"><title>{title}</title>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f"{''.join(drawn)}</g></svg>\n"
    )


def as_snippets(alt: str, src: str, href: str) -> tuple[str, str]:
    """Return what to paste to show the picture elsewhere, linked: as Markdown and as HTML."""
    alt = " ".join(alt.split())
    marked = re.sub(r"([\\\[\]`*_<>&!])", r"\\\1", alt)
    href, src, alt = map(escape, (href, src, alt))
    return f"[![{marked}]({src})]({href})", f'<a href="{href}"><img src="{src}" alt="{alt}"></a>'


def _text(text: str) -> str:
    """Return text that XML can hold: escaped, without characters that XML cannot write at all."""
    return escape("".join(char if char.isprintable() else "\ufffd" for char in text))


def _width(char: str) -> float:
    """Return about how wide Verdana draws the character at 11 pixels."""
    if east_asian_width(char) in "WF":
        return 11.5
    if char in "iljI.,:;'|! ()[]ft":
        return 4.3
    if char in "mwMW@%":
        return 10.2
    return 7.8 if char.isupper() else 6.9

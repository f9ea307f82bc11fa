"""The badge of a saved recommendation."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from advisor.exports.as_badge import _GROUNDS, Sign, as_badge, as_snippets

SVG = "{http://www.w3.org/2000/svg}"


def fields(badge: str) -> list[tuple[str, float, float, float]]:
    """Text, its left end, its length, and the right end of its ground, for each field."""
    root = ElementTree.fromstring(badge)
    grounds, texts = (list(root.iter(f"{SVG}{tag}")) for tag in ("rect", "text"))
    return [
        (
            text.text or "",
            float(text.attrib["x"]),
            float(text.attrib["textLength"]),
            float(ground.attrib["x"]) + float(ground.attrib["width"]),
        )
        for ground, text in zip(grounds, texts, strict=True)
    ]


def test_it_shows_what_was_recommended_and_how_it_stands() -> None:
    badge = as_badge("token", "Opaque session", "current", "good")

    assert [text for text, *_ in fields(badge)] == ["token", "Opaque session", "current"]


def test_it_says_the_same_to_those_who_do_not_see_it() -> None:
    root = ElementTree.fromstring(as_badge("token", "Opaque session", "current", "good"))

    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == "token: Opaque session, current"
    assert root.findtext(f"{SVG}title") == "token: Opaque session, current"


@given(st.text(max_size=80), st.text(max_size=80))
def test_every_text_stays_text_inside_its_field(name: str, status: str) -> None:
    badge = as_badge("token", name, status, "other")

    for _, left, length, right in fields(badge):
        assert left + length < right
    assert {one.tag for one in ElementTree.fromstring(badge).iter()} == {
        f"{SVG}{tag}" for tag in ("svg", "title", "g", "rect", "text")
    }


def test_it_shows_a_text_whole_that_just_fits() -> None:
    [_, (name, *_), _] = fields(as_badge("token", "n" * 60, "current", "good"))

    assert name == "n" * 60


def test_it_cuts_a_text_that_no_badge_can_hold() -> None:
    [_, (name, *_), _] = fields(as_badge("token", "n" * 240, "current", "good"))

    assert name == "n" * 59 + "…"


@pytest.mark.parametrize("sign", _GROUNDS)
def test_white_can_be_read_on_every_ground(sign: Sign) -> None:
    """WCAG 2.2, 1.4.3: a contrast of 4.5 at least."""
    channels = (int(_GROUNDS[sign][i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )

    assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5


HOSTILE = ["a](http://evil.example) [b", 'x" onerror="alert(1)', "<script>", "a\nb", "`*_!&", "\\"]


@pytest.mark.parametrize("alt", HOSTILE)
def test_what_is_pasted_is_one_linked_picture_whatever_its_name(alt: str) -> None:
    markdown, html = as_snippets(alt, "https://a.example/b.svg", "https://a.example/")

    for one in (MarkdownIt("commonmark").render(markdown), html.replace("></a>", "/></a>")):
        [link] = ElementTree.fromstring(f"<p>{one.strip()}</p>").iter("a")
        [picture] = link.iter("img")
        assert link.attrib == {"href": "https://a.example/"}
        assert picture.attrib == {"src": "https://a.example/b.svg", "alt": " ".join(alt.split())}

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
    assert {element.tag for element in ElementTree.fromstring(badge).iter()} == {
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

    for markup in (MarkdownIt("commonmark").render(markdown), html.replace("></a>", "/></a>")):
        [link] = ElementTree.fromstring(f"<p>{markup.strip()}</p>").iter("a")
        [picture] = link.iter("img")
        assert link.attrib == {"href": "https://a.example/"}
        assert picture.attrib == {"src": "https://a.example/b.svg", "alt": " ".join(alt.split())}


# Dark enough for white text, and the same in every release: badges stand in other people's pages.
GROUNDS = {"good": "#1d6b41", "changed": "#805500", "other": "#9c2a2e", "gone": "#565b63"}


@pytest.mark.parametrize("sign", GROUNDS)
def test_it_draws_three_fields_side_by_side(sign: Sign) -> None:
    drawn = as_badge("token", "Wim & Co.", "中", sign)
    assert drawn == (
        '<svg xmlns="http://www.w3.org/2000/svg" width="139" height="20" role="img" '
        'aria-label="token: Wim &amp; Co., 中"><title>token: Wim &amp; Co., 中</title>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        '<rect x="0" width="44" height="20" fill="#33373d"/>'
        '<text x="6" y="14" textLength="32">token</text>'
        '<rect x="44" width="71" height="20" fill="#33373d"/>'
        '<text x="50" y="14" textLength="59">Wim &amp; Co.</text>'
        f'<rect x="115" width="24" height="20" fill="{GROUNDS[sign]}"/>'
        '<text x="121" y="14" textLength="12">中</text></g></svg>\n'
    )


# Verdana at 11 pixels, about: narrow, plain, capital, wide, and East Asian letters.
WIDTHS = dict.fromkeys("iljI.,:;'|! ()[]ft", 43) | dict.fromkeys("abcdeghknopqrsuvxyz059-_", 69)
WIDTHS |= dict.fromkeys("ABCXYZ", 78) | dict.fromkeys("mwMW@%", 102) | dict.fromkeys("中Ａ", 115)


@pytest.mark.parametrize(("character", "width"), WIDTHS.items())
def test_it_makes_room_for_each_kind_of_letter(character: str, width: int) -> None:
    [(_, _, length, _), *_] = fields(as_badge(character * 10, "x", "x", "good"))
    assert length == width

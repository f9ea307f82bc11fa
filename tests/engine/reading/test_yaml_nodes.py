"""Where keys and values stand in a file, and what a file may not hold."""

import pytest

from advisor.engine.problems import Place
from advisor.engine.reading.yaml_nodes import (
    MAX_BYTES,
    MAX_DEPTH,
    Mapping,
    Scalar,
    Sequence,
    find,
    place_of,
    plain,
    read,
)


def readable(text: str) -> Mapping:
    root, problems = read("t.yaml", text.encode())
    assert problems == []
    return root


def marked(text: str, *path: str | int) -> str:
    """The part of the text's line that the value at the path is said to cover."""
    return covered(text, place_of(find(readable(text), path)[0]))


def marked_key(text: str, *path: str | int) -> str:
    key = find(readable(text), path)[1]
    assert key is not None
    return covered(text, place_of(key))


def covered(text: str, place: Place) -> str:
    line = text.removeprefix("\ufeff").splitlines()[place.line - 1]
    assert place.text == line
    return line[place.column - 1 :][: place.length]


# Places


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("key: value", ("key",), "value"),
        ("key:   value   # why", ("key",), "value"),
        ("a:\n  b:\n    c: d e", ("a", "b", "c"), "d e"),
        ("a: [one, two , three]", ("a", 1), "two"),
        ("a:\n- one\n- two", ("a", 1), "two"),
        ("a: {b: {c: d}}", ("a", "b", "c"), "d"),
        ('a: "quo\\"ted"', ("a",), '"quo\\"ted"'),
        ("a: 'it''s'", ("a",), "'it''s'"),
        ("größe: übergroß", ("größe",), "übergroß"),
        ("a: {k\U0001f511: \U0001f600 x, b: y}", ("a", "b"), "y"),
        ("a:\tb", ("a",), "b"),
        ("a: b\tc", ("a",), "b\tc"),
        ("x: 1\r\na: b\r\n", ("a",), "b"),
        ("x: 1\ra: b\r", ("a",), "b"),
        ("x: 1\x85a: b", ("a",), "b"),
        ("x: '1\u2028 2'\na: b", ("a",), "b"),
        ("\ufeffa: b", ("a",), "b"),
        ("\ufeff\na: b", ("a",), "b"),
        ("? a\n: b", ("a",), "b"),
        ("--- # a document\na: b\n...\n", ("a",), "b"),
    ],
)
def test_it_knows_where_a_value_stands(text: str, path: tuple[str | int, ...], value: str) -> None:
    assert marked(text, *path) == value


@pytest.mark.parametrize(
    ("text", "path", "key"),
    [
        ("key: value", ("key",), "key"),
        ("a:\n  'b c': d", ("a", "b c"), "'b c'"),
        ("a: {b: c, größe: e}", ("a", "größe"), "größe"),
        ("x: |\n  two\n  lines\na: b", ("a",), "a"),
        ("x: plain\n  goes on\na: b", ("a",), "a"),
        ("a: {yes, no: b}", ("a", "yes"), "yes"),
    ],
)
def test_it_knows_where_a_key_stands(text: str, path: tuple[str | int, ...], key: str) -> None:
    assert marked_key(text, *path) == key


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("a: |\n  one\n  two\n", "|"),
        ("a: >-\n  one\n  two\n", ">"),
        ("a: one\n  two\n", "o"),
        ('a: "one\n  two"\n', '"'),
        ("a: [one,\n  two]\n", "["),
        ("a: {b: c,\n  d: e}\n", "{"),
        ("a:\n  b: c\n", "b"),
        ("a:\n  - b\n", "-"),
    ],
)
def test_it_marks_only_the_beginning_of_what_takes_several_lines(text: str, first: str) -> None:
    assert marked(text, "a") == first


def test_it_marks_an_absent_value_right_after_its_key() -> None:
    assert place_of(find(readable("a: b\nc:\n"), ("c",))[0]) == Place("t.yaml", 2, 3, 1, "c:")


def test_it_finds_the_nearest_that_there_is() -> None:
    root = readable("a: {b: [c]}")
    b, key = find(root, ("a", "b", 7, "x"))

    assert isinstance(b, Sequence)
    assert key is not None
    assert key.text == "b"
    assert find(root, ("z",)) == (root, None)


# Values


def test_it_keeps_every_scalar_as_the_text_that_was_written() -> None:
    text = "[no, 010, 1.10, 12:30:45, ~, null, 0x1f, 1e3, 2026-11-23, '', \"\\u00e9\"]"

    assert plain(readable(f"a: {text}")) == {
        "a": ["no", "010", "1.10", "12:30:45", "~", "null", "0x1f", "1e3", "2026-11-23", "", "é"]
    }  # fmt: skip


def test_it_reads_block_scalars() -> None:
    text = "a: |\n  one\n   two\n\nb: >-\n  one\n  two\n\n  three\n"

    assert plain(readable(text)) == {"a": "one\n two\n", "b": "one two\nthree"}


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing yet\n", "---\n", "\ufeff", "--- # a\n..."])
def test_it_reads_an_empty_file_as_no_sections(text: str) -> None:
    assert plain(readable(text)) == {}


def test_it_keeps_what_stands_before_a_second_document() -> None:
    root, problems = read("t.yaml", b"a: b\n---\nc: d\n")

    assert plain(root) == {"a": "b"}
    assert [problem.id for problem in problems] == ["several-documents"]


def test_it_says_which_mappings_lost_something() -> None:
    root, _ = read("t.yaml", b"a: {b: c, b: d}\ne: {f: g}\nh: {[i]: j}\n")
    gaps = {id: node.gaps for id, node in root.items() if isinstance(node, Mapping)}

    assert gaps == {"a": True, "e": False, "h": True}


# Refusals: whole texts stand in `invalid/`; here is that each kind of writing is found.


@pytest.mark.parametrize(
    ("text", "id", "line", "column", "length"),
    [
        ("a: &b c", "anchor", 1, 4, 2),
        ("a: &b [c]", "anchor", 1, 4, 2),
        ("a: &b {c: d}", "anchor", 1, 4, 2),
        ("&a b: c", "anchor", 1, 1, 2),
        ("a: *b", "alias", 1, 4, 2),
        ("*a : b", "alias", 1, 1, 2),
        ("<<: *a", "alias", 1, 5, 2),
        ("a: !!int 1", "tag", 1, 4, 5),
        ("a: ! b", None, 0, 0, 0),
        ("a: !x [b]", "tag", 1, 4, 2),
        ("a: !x {b: c}", "tag", 1, 4, 2),
        ("a: !<tag:x> b", "tag", 1, 4, 8),
        ("!!map a: b", "tag", 1, 1, 5),
        ("{a: b}: c", "key-not-text", 1, 1, 1),
        ("[a]: c", "key-not-text", 1, 1, 1),
        ("a: b\na: c", "duplicate-key", 2, 1, 1),
        ("a: {bb: c, 'bb': d}", "duplicate-key", 1, 12, 4),
        ("a: b\n---\nc: d", "several-documents", 2, 1, 3),
        ("a: b\n...\nc: d", "syntax", 3, 1, 1),
        ("- a", "wrong-type", 1, 1, 1),
        ("word", "wrong-type", 1, 1, 4),
        ("~", "wrong-type", 1, 1, 1),
        ("a: 'b", "syntax", 1, 4, 1),
        ("a: b: c", "syntax", 1, 5, 1),
        ("a: [b", "syntax", 1, 4, 1),
        ("a: \x00", "syntax", 1, 4, 1),
        ("a:\n  b: \x1b[31m", "syntax", 2, 6, 1),
        ("a: \x7f", "syntax", 1, 4, 1),
        ("a: \ufffe", "syntax", 1, 4, 1),
        ("%YAML 9.9\n---\na: b", "syntax", 1, 1, 1),
    ],
)
def test_it_refuses_what_makes_a_file_hard_to_read(
    text: str, id: str | None, line: int, column: int, length: int
) -> None:
    _, problems = read("t.yaml", text.encode())
    places = [(p.id, p.place.line, p.place.column, p.place.length) for p in problems]

    assert places == ([(id, line, column, length)] if id else [])


def test_it_notes_an_anchor_and_a_tag_of_one_value_each_in_its_place() -> None:
    _, problems = read("t.yaml", b"a: &b !!str c")

    assert [(p.id, p.place.column, p.place.length) for p in problems] == [
        ("anchor", 4, 2),
        ("tag", 7, 5),
    ]


@pytest.mark.parametrize(
    "data", [b"a: \xff", b"a: \xed\xa0\x80", b"a: \xc3", b"\xef\xbb\xbfa: \xff"]
)
def test_it_places_a_byte_that_is_no_utf_8(data: bytes) -> None:
    _, [problem] = read("t.yaml", data)

    assert (problem.id, problem.place.line, problem.place.column) == ("not-utf8", 1, 4)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_it_reads_no_other_encoding_than_utf_8(encoding: str) -> None:
    _, [problem] = read("t.yaml", "a: b".encode(encoding))

    assert (problem.id, problem.place.line, problem.place.column) == ("not-utf8", 1, 1)


def test_it_counts_lines_before_a_bad_byte_as_yaml_does() -> None:
    _, [problem] = read("t.yaml", b"a: b\r\nc: d\re: f\n\xe2\x80\xa8 \xff")

    assert (problem.place.line, problem.place.column) == (5, 2)


def test_it_reads_a_file_of_the_largest_size_and_none_larger() -> None:
    largest = b"a: b\n" + b"#" * (MAX_BYTES - 5)

    assert read("t.yaml", largest)[1] == []
    assert [problem.id for problem in read("t.yaml", largest + b"#")[1]] == ["too-large"]


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}")])
def test_it_reads_the_deepest_nesting_and_none_deeper(opening: str, closing: str) -> None:
    deepest = "a: " + opening * (MAX_DEPTH - 2) + "b" + closing * (MAX_DEPTH - 2)
    deeper = deepest.replace("b", f"{opening}b{closing}")

    assert read("t.yaml", deepest.encode())[1] == []
    assert [p.id for p in read("t.yaml", deeper.encode())[1]] == ["too-deep"]


@pytest.mark.parametrize("sign", ["[", "{", "- ", "? ", "{a: ", "!a [", "a:\n  ["])
def test_it_survives_sixty_thousand_levels(sign: str) -> None:
    root, problems = read("t.yaml", b"a: " + sign.encode() * 60_000)

    assert plain(root) == {}
    assert problems[-1].id in ("too-deep", "syntax")


@pytest.mark.parametrize("sign", ["[", "{a: ", "- ", "? "])
def test_it_bounds_nesting_before_it_recurses(sign: str) -> None:
    _, [problem] = read("t.yaml", sign.encode() * 60_000)

    assert problem.id == "too-deep"


@pytest.mark.parametrize("code", [*range(0x20), 0x7F, 0x80, 0x9F, 0xFFFE, 0xFFFF])
def test_it_shows_the_place_of_every_character_that_yaml_refuses(code: int) -> None:
    _, problems = read("t.yaml", f"a: b\nc: 'd{chr(code)}e'".encode())
    places = [(p.actual, p.place.line, p.place.column) for p in problems]

    allowed = chr(code) in "\t\n\r"
    assert places == ([] if allowed else [(f"the control character U+{code:04X}", 2, 6)])


def test_it_gives_scalars_their_own_file() -> None:
    node = find(readable("a: b"), ("a",))[0]
    assert isinstance(node, Scalar)

    assert (node.file.name, node.text) == ("t.yaml", "b")

"""Plain data and places, beside a straightforward walk over the parser's events."""

import gc
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from advisor.engine.reader import read_files
from advisor.engine.reading.yaml_nodes import Node, Path, Sections, find, place_of, plain, read
from advisor.engine.tree.graph import Ask
from tests.support.big_trees import big_tree

# Line and column, from 1, and the length on the first line.
Spot = tuple[int, int, int]

WORDS = st.text(max_size=6) | st.sampled_from(
    ["no", "1.10", "a: b", "- c", "x\ny", "long " * 20, "é😀", "\u2028", "\x85", "#", "'", '"']
)
VALUES = st.recursive(
    WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=20,
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A mapping as PyYAML writes it, in one style or another."""
    return str(
        yaml.dump(
            draw(st.dictionaries(WORDS, VALUES, min_size=1, max_size=5)),
            Dumper=Dumper,
            default_style=draw(st.sampled_from([None, '"', "'", "|", ">"])),
            default_flow_style=draw(st.sampled_from([None, True, False])),
            indent=draw(st.integers(2, 5)),
            width=draw(st.sampled_from([10, 80, 1000])),
            allow_unicode=draw(st.booleans()),
            line_break=draw(st.sampled_from(["\n", "\r\n", "\r"])),
            explicit_start=draw(st.booleans()),
        )
    )


class Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


@given(texts())
def test_it_reads_what_the_events_say_and_knows_every_place(text: str) -> None:
    expected: dict[Path, Spot] = {}
    keys: dict[Path, Spot] = {}
    data = walked(parsed(text), (), expected, keys)

    root, problems = read("t.yaml", text.encode())

    assert problems == []
    assert plain(root) == data
    for path, spot in expected.items():
        node, key = find(root, path)
        assert seen(node) == spot
        assert (seen(key) if key else None) == keys.get(path)


def parsed(text: str) -> Iterator[Any]:
    """The events of a document, from that of its root on."""
    events = yaml.parse(text, Loader=yaml.CLoader)
    return itertools.dropwhile(lambda event: not isinstance(event, yaml.NodeEvent), events)


def walked(
    events: Iterator[Any], path: Path, values: dict[Path, Spot], keys: dict[Path, Spot]
) -> object:
    """The next value, as plain data; the spots of all that it holds are noted by their paths."""
    event = next(events)
    values[path] = spot(event)
    if isinstance(event, yaml.ScalarEvent):
        return event.value
    if isinstance(event, yaml.SequenceStartEvent):
        values[path] = (*values[path][:2], 1)
        items: list[object] = []
        while not isinstance(following := next(events), yaml.SequenceEndEvent):
            again = itertools.chain([following], events)
            items.append(walked(again, (*path, len(items)), values, keys))
        return items
    values[path] = (*values[path][:2], 1)
    children: dict[str, object] = {}
    while not isinstance(key := next(events), yaml.MappingEndEvent):
        keys[*path, key.value] = spot(key)
        children[key.value] = walked(events, (*path, key.value), values, keys)
    return children


def spot(event: Any) -> Spot:
    start, end = event.start_mark, event.end_mark
    length = max(1, end.column - start.column) if start.line == end.line else 1
    return start.line + 1, start.column + 1, length


def seen(node: Node) -> Spot:
    place = place_of(node)
    return place.line, place.column, place.length


def test_it_keeps_the_places_of_each_file_where_several_are_one() -> None:
    first, _ = read("a.yaml", b"one: 1\ntwo: [2]\n")
    second, _ = read("b.yaml", b"\nthree: {four: 5}\n")
    sections = Sections(first.file, {"one": first, "two": first, "three": second})

    places = [
        find(sections, path) for path in [("one",), ("two", 0), ("three",), ("three", "four")]
    ]

    assert sections == {"one": "1", "two": ["2"], "three": {"four": "5"}}
    assert [(p.file, p.line, p.column) for p in (place_of(node) for node, _ in places)] == [
        ("a.yaml", 1, 6),
        ("a.yaml", 2, 7),
        ("b.yaml", 2, 8),
        ("b.yaml", 2, 15),
    ]
    assert [(p.file, p.column) for p in (place_of(key) for _, key in places if key)] == [
        ("a.yaml", 1),
        ("b.yaml", 1),
        ("b.yaml", 9),
    ]


def test_it_finds_every_key_of_a_mapping_that_lost_one() -> None:
    root, _ = read("t.yaml", b"a: {b: 1, b: 2, [c]: 3, d: 4}\n")

    node, key = find(root, ("a", "d"))

    assert key is not None
    assert (seen(key), seen(node)) == ((1, 25, 1), (1, 28, 1))


# Reading as a whole


@pytest.mark.parametrize("questions", [100, 1000])
def test_it_finds_nothing_wrong_with_a_big_tree(questions: int) -> None:
    reading = read_files({"tree.yaml": big_tree(questions)})

    assert reading.problems == ()
    assert reading.tree is not None
    assert len(reading.tree.document.questions) == questions
    assert len({node.question for node in reading.tree.nodes() if isinstance(node, Ask)}) == (
        questions
    )


def test_it_places_one_misspelt_key_in_a_big_tree() -> None:
    text = big_tree(1000).replace(b"    short: Matter q7-20\n", b"    shrot: Matter q7-20\n")
    line = text[: text.index(b"shrot")].count(b"\n") + 1

    assert [(p.id, p.place.line) for p in read_files({"tree.yaml": text}).problems] == [
        ("unknown-key", line)
    ]


@pytest.mark.parametrize("collects", [True, False])
def test_it_leaves_garbage_collection_as_it_was(collects: bool) -> None:
    was = gc.isenabled()
    try:
        (gc.enable if collects else gc.disable)()
        read_files({"tree.yaml": b"a: ["})
        after = gc.isenabled()
    finally:
        (gc.enable if was else gc.disable)()

    assert after == collects

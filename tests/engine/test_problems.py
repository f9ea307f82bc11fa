"""How a problem is printed, and in which order."""

import pytest

from advisor.engine.problems import (
    Place,
    Problem,
    did_you_mean,
    in_order,
    marked,
    nearest,
    one_of,
    quoted,
)


def test_it_prints_place_finding_line_and_suggestion() -> None:
    place = Place("a.yaml", 12, 4, 3, "a: bcd e")

    assert str(Problem("bad-value", place, "`bcd`", "`x` or `y`", "try:\nx")) == (
        "a.yaml:12:4: error[bad-value]: found `bcd`; expected `x` or `y`\n"
        "  12 | a: bcd e\n"
        "     |    ^^^\n"
        "  = try:\n"
        "    x"
    )


def test_it_prints_a_problem_of_a_whole_file_without_a_line() -> None:
    problem = Problem("unused-source", Place("a.yaml"), "this", "that")

    assert str(problem) == "a.yaml: warning[unused-source]: found this; expected that"


@pytest.mark.parametrize(
    ("text", "column", "length", "line", "marker"),
    [
        ("abc", 1, 3, "abc", "^^^"),
        ("abc", 4, 1, "abc", "   ^"),
        ("", 1, 1, "", "^"),
        ("a\tbc", 3, 2, "a bc", "  ^^"),
        ("abc", 2, 0, "abc", " ^"),
        ("abc", 2, 99, "abc", " ^^"),
        ("a\x1b[31mb", 2, 1, "a\ufffd[31mb", " ^"),
        ("a\u202eb", 2, 1, "a\ufffdb", " ^"),
        ("größe", 3, 2, "größe", "  ^^"),
    ],
)
def test_it_marks_the_very_characters(
    text: str, column: int, length: int, line: str, marker: str
) -> None:
    assert marked(Place("a.yaml", 1, column, length, text)) == [f"  1 | {line}", f"    | {marker}"]


def test_it_cuts_a_long_line_around_the_place() -> None:
    text = "x" * 300 + "here" + "y" * 300

    line, marker = marked(Place("a.yaml", 1, 301, 4, text))

    assert line == "  1 | …" + "x" * 50 + "here" + "y" * 46 + "…"
    assert line[marker.index("^") : marker.rindex("^") + 1] == "here"


def test_it_keeps_what_was_found_on_one_short_line_that_a_terminal_only_shows() -> None:
    assert quoted("a\n  b") == "`a b`"
    assert quoted("x" * 61) == f"`{'x' * 59}…`"
    assert quoted("\x1b]0;title\x07") == "`\ufffd]0;title\ufffd`"


def test_it_lists_what_was_expected_and_cuts_long_lists() -> None:
    assert one_of([]) == ""
    assert one_of(["a"]) == "`a`"
    assert one_of(["a", "b", "c"]) == "`a`, `b` or `c`"
    assert one_of("abcdefghijklmn") == (
        "one of `a`, `b`, `c`, `d`, `e`, `f`, `g`, `h`, `i`, `j`, `k`, `l` and 2 more"
    )


def test_it_suggests_only_what_is_near() -> None:
    assert did_you_mean("serous", ["note", "serious"]) == "did you mean `serious`?"
    assert did_you_mean("green", ["note", "serious"]) == ""
    assert did_you_mean("green", []) == ""


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ro", "or"),  # swapped, with little in common
        ("serious", "serious"),
        ("seriuos", "serious"),
        ("erious", "serious"),
        ("seriouss", "serious"),
        ("serjous", "serious"),
        ("green", ""),
        ("", ""),
        ("x" * 1_000_000, ""),
    ],
)
def test_it_sees_what_was_meant_by_a_slip_of_the_fingers(typed: str, meant: str) -> None:
    assert nearest(typed, ["note", "or", "serious", "severe", "x" * 1_000_000]) == meant


def test_it_takes_two_swapped_letters_for_the_likelier_slip() -> None:
    assert nearest("form", ["for", "from", "forms"]) == "from"


def test_it_orders_errors_first_then_by_place_and_says_nothing_twice() -> None:
    warning = Problem("unused-source", Place("a.yaml", 1, 1), "w", "x")
    late = Problem("empty", Place("b.yaml", 1, 1), "e", "x")
    below = Problem("empty", Place("a.yaml", 10, 1), "e", "x")
    above = Problem("empty", Place("a.yaml", 9, 1), "e", "x")

    assert in_order([warning, late, below, above, below]) == (above, below, late, warning)


def test_a_place_that_is_a_whole_file_has_no_line_column_or_length() -> None:
    assert Place("tree.yaml") == Place("tree.yaml", line=0, column=0, length=0, text="")

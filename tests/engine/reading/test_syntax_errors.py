"""What is said of each mistake that YAML's parser stops at: the place, the finding, the cure."""

import pytest

from tests.support.trees import LUNCH, read

COMMAS = "put commas between entries, and quotes around a text with `: ` or `,` in it"
END = "the end of the file"
# The text of a file: the line and column that are marked, what is there, what was expected.
MISTAKES = {
    "a: {b: c\nd: e\n": (
        2, 2, "`: e`", "`,` or `}`, for the `{` that begins on line 1", COMMAS,
    ),
    "a: [b, c\nd: e\n": (
        2, 2, "`: e`", "`,` or `]`, for the `[` that begins on line 1", COMMAS,
    ),
    "{a: b\n": (1, 1, END, "`,` or `}`", ""),
    'a: "b\n': (1, 4, END, "a closing quote", ""),
    "a:\n  - b\n  c: d\n": (
        3, 3, "`c: d`",
        "`-` in the same column as its neighbours, for the block that begins on line 2", "",
    ),
    "a:\n  - b\n - c\n": (
        3, 2, "`- c`",
        "a key in the same column as its neighbours, for the block that begins on line 1", "",
    ),
    "a: [,]\n": (1, 5, "`,]`", "a value", ""),
    "a: b\nc\nd: e\n": (2, 1, "`c`", "`:` after a key", ""),
    "a: - b\n": (1, 4, "`- b`", "`- ` at the start of a line only", ""),
    "a: b: c\n": (
        1, 5, "`: c`", "no second `: ` in a line without quotes",
        "a text that contains `: ` needs quotes around it",
    ),
    "a: 'b' c\n": (
        1, 8, "`c`", "a key in the same column as its neighbours",
        "quotes go around the whole text, from its first character to its last",
    ),
    "a:\n\tb: c\n": (2, 1, "a tab", "spaces", "indent with spaces; a tab is no indent"),
    "%YAML 1.1\na: b\n": (2, 1, "`a: b`", "the end of the file, or a key", ""),
    "%x\n": (
        1, 3, "the end of the line", "YAML; the parser says: found unknown directive name",
        "a text that begins with % needs quotes around it",
    ),
    "a: *\n": (
        1, 5, "the end of the line", "a text in quotes",
        "a text that begins with * needs quotes around it",
    ),
    "a: * b\n": (
        1, 5, "`b`", "a text in quotes", "a text that begins with * needs quotes around it",
    ),
    "a: &\n": (
        1, 5, "the end of the line", "a text in quotes",
        "a text that begins with & needs quotes around it",
    ),
    **{
        f"a: {sign}b\n": (
            1, 4, f"`{sign}b`", "a letter, a digit or a quote",
            f"a text that begins with {sign} needs quotes around it",
        )
        for sign in "@`%"
    },
}  # fmt: skip


@pytest.mark.parametrize("text", MISTAKES)
def test_it_says_where_yaml_stops_and_what_cures_it(text: str) -> None:
    problem = read(text).problems[0]
    told = (problem.actual, problem.expected, problem.suggestion)
    assert (problem.id, problem.place.line, problem.place.column, *told) == (
        "syntax",
        *MISTAKES[text],
    )


@pytest.mark.parametrize(
    ("keys", "actual"),
    [
        (2, "2 keys: `k0`, `k1`"),
        (4, "4 keys: `k0`, `k1`, `k2`, `k3`"),
        (5, "5 keys: `k0`, `k1`, `k2`, `k3`, …"),
    ],
)
def test_it_names_at_most_four_keys_where_one_question_belongs(keys: int, actual: str) -> None:
    step = ", ".join(f"k{number}: {{}}" for number in range(keys))
    decided = LUNCH.replace(
        "    yes: {recommend: inside, because: It is dry there.}", f"    yes: {{{step}}}"
    )
    (problem,) = (problem for problem in read(decided).errors if problem.id == "wrong-type")
    assert problem.actual == actual
    assert problem.expected == (
        "one question, a recommendation (`recommend:`) or a jump (`branch:`)"
    )

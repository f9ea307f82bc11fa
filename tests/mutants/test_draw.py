"""What `make mutants` breaks."""

import ast
from pathlib import Path

import pytest

from tests.mutants.__main__ import ROOT, groups, program
from tests.mutants.draw import draw, mutants


def broken(source: str) -> list[str]:
    return [mutant.broken(source.encode()).decode() for mutant in mutants("a.py", source)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a in b", ["(a not in b)"]),
        ("a < b", ["(a <= b)"]),
        ("a >= b", ["(a > b)"]),
        ("a == b", ["(a != b)"]),
        ("a is b", ["(a is not b)"]),
        ("a and b", ["(a or b)"]),
        ("not a", ["(a)"]),
        ("a if b else c", ["a if (not (b)) else c"]),
        ("[a for a in b if c]", ["[a for a in b if (not (c))]"]),
        ("a = 9", ["a = 10"]),
        ("a = True", ["a = False"]),
        ("a = 'Möglich'; b = 1", ["a = 'MöglichXX'; b = 1", "a = 'Möglich'; b = 2"]),
        ("a = f'is {b} now'", ["a = (f'is {b} nowXX')"]),
        ("a.append(b)", ["pass"]),
        ("def a():\n    return b", ["def a():\n    return None"]),
        ("def a():\n    return False", ["def a():\n    return True"]),
        ("a: int = Field(ge=1)", ["a: int = Field(ge=2)"]),
        ("a: Annotated[int, Field(ge=1)]", ["a: Annotated[int, Field(ge=2)]"]),
    ],
)
def test_it_breaks(source: str, expected: list[str]) -> None:
    assert broken(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring."""',
        'a: Literal["one"]',
        "def a(b: 'C') -> 'D': ...",
        "def a():\n    return None",
        "@dataclass(frozen=True)\nclass A: ...",
        "assert a is not None",
        "a = b + c",
        "if TYPE_CHECKING:\n    a = 1",
    ],
)
def test_it_leaves_alone_what_no_test_can_guard(source: str) -> None:
    assert broken(source) == []


def test_one_seed_draws_the_same_lines_each_time_and_another_seed_others() -> None:
    paths = program(["advisor/web"])
    drawn = draw(ROOT, paths, seed=1, count=20)
    assert draw(ROOT, paths, seed=1, count=20) == drawn
    assert draw(ROOT, paths, seed=2, count=20) != drawn
    places = [(mutant.path, mutant.line) for mutant in drawn]
    assert len(set(places)) == 20


def test_a_broken_line_is_still_python() -> None:
    for mutant in draw(ROOT, program(["advisor"]), seed=3, count=60):
        ast.parse(mutant.broken((ROOT / mutant.path).read_bytes()))


def test_a_text_in_a_pattern_can_be_broken() -> None:
    assert broken("match a:\n    case {'b': c}: ...") == ["match a:\n    case {'bXX': c}: ..."]


def test_a_file_that_has_changed_is_not_broken_somewhere_else() -> None:
    (mutant,) = mutants("a.py", "a < b")
    with pytest.raises(ValueError, match="draw again"):
        mutant.broken(b"b < a")


def test_the_nearest_tests_of_a_line_run_first() -> None:
    near, room, far, browser = groups("advisor/saved/status_banner.py")
    assert "tests/saved/test_saved.py" in near
    assert "tests/saved/test_drift.py" in room
    assert "tests/register/test_register.py" in far
    assert not set(near) & set(room) & set(far)
    assert all(Path(test).parent == Path("tests/browser") for test in browser)


@pytest.mark.parametrize("path", program(["advisor"]))
def test_every_file_has_tests_that_can_notice(path: str) -> None:
    assert groups(path)[0]

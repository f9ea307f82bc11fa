"""What a value must be, at both sides of each bound, and which cautions a value earns."""

import pytest

from advisor.engine.tree.model import Caution, Parameter
from advisor.engine.tree.parameter_values import BadValue, accept, cautions


def parameter(kind: str, **more: int) -> Parameter:
    whole = {"label": "Value", "constant": "VALUE", "type": kind, "default": "1"}
    return Parameter.model_validate(whole | more)


INTEGERS = {
    (None, None): "Enter a whole number.",
    (10, None): "Enter a whole number, 10 or more.",
    (None, 60): "Enter a whole number, 60 or less.",
    (10, 60): "Enter a whole number from 10 to 60.",
}


def integer(low: int | None, high: int | None) -> Parameter:
    bounds = {"minimum": low, "maximum": high}
    return parameter("integer", **{name: n for name, n in bounds.items() if n is not None})


@pytest.mark.parametrize(("low", "high"), INTEGERS)
@pytest.mark.parametrize("text", ["ten", "1.0", "", "1e2", "--1", "1" * 13])
def test_a_text_that_is_no_number_is_refused_with_the_bounds(
    low: int | None, high: int | None, text: str
) -> None:
    with pytest.raises(BadValue) as bad:
        accept(integer(low, high), text)
    assert str(bad.value) == INTEGERS[low, high]


@pytest.mark.parametrize(
    ("low", "high", "number"),
    [(10, None, 9), (10, 60, 9), (None, 60, 61), (10, 60, 61), (0, None, -1), (None, 0, 1)],
)
def test_a_number_outside_its_bounds_is_refused(
    low: int | None, high: int | None, number: int
) -> None:
    with pytest.raises(BadValue, match=r"Enter a whole number(,| from) "):
        accept(integer(low, high), str(number))


@pytest.mark.parametrize(
    ("low", "high", "number"),
    [
        (10, None, 10),
        (10, 60, 10),
        (None, 60, 60),
        (10, 60, 60),
        (0, 0, 0),
        (None, None, -(10**11)),
    ],
)
def test_a_number_at_its_bounds_is_accepted(low: int | None, high: int | None, number: int) -> None:
    assert accept(integer(low, high), f" {number} ") == number


TEXTS = ("text", "name", "url")


@pytest.mark.parametrize("kind", TEXTS)
def test_a_value_is_needed(kind: str) -> None:
    with pytest.raises(BadValue) as bad:
        accept(parameter(kind), " \t")
    assert str(bad.value) == "Enter a value."


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize(("bound", "longest"), [({}, 200), ({"maximum": 30}, 30)])
def test_a_value_has_a_longest_length(kind: str, bound: dict[str, int], longest: int) -> None:
    text = "https://a.example/".ljust(longest, "x") if kind == "url" else "x" * longest
    assert accept(parameter(kind, **bound), text) == text
    with pytest.raises(BadValue) as bad:
        accept(parameter(kind, **bound), f"{text}x")
    assert str(bad.value) == f"Enter at most {longest} characters; this has {longest + 1}."


@pytest.mark.parametrize("text", ["a b", "é", "a/b", "a:b", "a\nb"])
def test_a_name_has_few_kinds_of_characters(text: str) -> None:
    with pytest.raises(BadValue) as bad:
        accept(parameter("name"), text)
    assert str(bad.value) == "Use letters, digits, dots, dashes and underscores only."
    assert accept(parameter("name"), "A_b-c.9") == "A_b-c.9"


@pytest.mark.parametrize(
    "text",
    [
        "auth.example",
        "ftp://auth.example",
        "https://",
        "https://jane@auth.example",
        "https://auth.example:0",
        "https://auth.example:port",
        "https://auth.example/é",
        "https://auth.example/<b>",
        "https://[auth.example",
    ],
)
def test_an_address_must_be_whole_and_without_a_user(text: str) -> None:
    with pytest.raises(BadValue) as bad:
        accept(parameter("url"), text)
    assert str(bad.value) == "Enter a full address, such as https://auth.example.com."


@pytest.mark.parametrize(
    "text", ["https://auth.example", "http://auth.example:1/a?b=c", "https://[::1]:8443/"]
)
def test_an_address_may_have_a_port_a_path_and_a_query(text: str) -> None:
    assert accept(parameter("url"), text) == text


@pytest.mark.parametrize("text", ["a\nb", "a\x00b", "a\u202eb"])
def test_a_text_is_one_line_of_printable_characters(text: str) -> None:
    with pytest.raises(BadValue) as bad:
        accept(parameter("text"), text)
    assert str(bad.value) == "Enter one line of printable characters."
    assert accept(parameter("text"), "Größe, 1 %") == "Größe, 1 %"


@pytest.mark.parametrize(
    ("condition", "earning", "passing"),
    [
        ({"above": 60}, [61], [60]),
        ({"below": 5}, [4], [5]),
        ({"above": 3, "below": 6}, [4, 5], [3, 6]),
        ({"above": 3}, ["four"], ["abc"]),
        ({"below": 3}, ["ab"], ["abc"]),
        ({"begins": "HTTP://"}, ["http://a.example"], ["https://http://a"]),
        ({"contains": "Local"}, ["the localhost", "LOCAL"], ["a.example"]),
        ({"lacks": ".Example"}, ["localhost"], ["a.example", "A.EXAMPLE"]),
        ({"begins": "a", "lacks": "b"}, ["ac"], ["ab", "c"]),
    ],
    ids=str,
)
def test_a_caution_is_earned_where_all_that_it_names_holds(
    condition: dict[str, str | int], earning: list[str | int], passing: list[str | int]
) -> None:
    whole = {"label": "Value", "constant": "VALUE", "type": "text", "default": "1"}
    caution = {"say": "Mind this."} | condition
    careful = Parameter.model_validate(whole | {"cautions": [caution]})
    assert [cautions(careful, value) for value in earning] == [careful.cautions] * len(earning)
    assert [cautions(careful, value) for value in passing] == [()] * len(passing)
    assert isinstance(careful.cautions[0], Caution)

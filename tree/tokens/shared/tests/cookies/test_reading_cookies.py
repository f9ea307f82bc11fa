"""Attacks on the name of a cookie: whatever a sibling host can plant beside the real one."""

import logging

import pytest

from cookies import AmbiguousCookie, join_cookie_headers, read_cookie
from lookalikes import lookalikes

NAME = "__Host-Http-session"
HARMLESS = [
    *("", "x", "session", "__Host-session", f"{NAME}2", f"x{NAME}", f"{NAME}.old", "x-session"),
    *("__Secure-Http-session", "__Http-session", "__Host-Http-csrf", f"%5F{NAME[1:]}"),
]


def headers(*pairs: str) -> list[bytes | str]:
    """Return the pairs in one header, as ASGI and as WSGI give it."""
    text = "; ".join(pairs)
    return [text.encode("latin-1"), text]


def test_it_returns_the_value_of_the_cookie_wherever_it_stands() -> None:
    for pairs in (
        [f"{NAME}=good"],
        [f"{NAME}=good", "a=1"],
        ["a=1", f"{NAME}=good"],
        ["a=1,2", f"{NAME}=good", "b"],
        ["a=1", "", f"{NAME}=good", ""],
    ):
        assert [read_cookie(raw, NAME) for raw in headers(*pairs)] == ["good", "good"], pairs
    assert read_cookie(f"a=1;{NAME}=good;b=2", NAME) == "good"


@pytest.mark.parametrize("value", ["", '"good"', " good ", "a=b", "=", "good,1", "\xe9", "a b"])
def test_it_returns_a_value_as_it_stands(value: str) -> None:
    for raw in headers("a=1", f"{NAME}={value}", "b=2"):
        assert read_cookie(raw, NAME) == value


@pytest.mark.parametrize("other", HARMLESS)
def test_another_cookie_neither_counts_nor_disturbs(other: str) -> None:
    for raw in headers(f"{other}=evil"):
        assert read_cookie(raw, NAME) is None
    for raw in [*headers(f"{other}=evil", f"{NAME}=good"), *headers(f"{NAME}=good", f"{other}=e")]:
        assert read_cookie(raw, NAME) == "good"


def test_without_the_cookie_there_is_no_value() -> None:
    for raw in (
        b"",
        "",
        b";",
        "; ",
        "a=1",
        f"a={NAME}",
        f"a={NAME}=evil",
        f"={NAME}=evil",
        "=evil",
    ):
        assert read_cookie(raw, NAME) is None


@pytest.mark.parametrize("lookalike", lookalikes(NAME), ids=ascii)
def test_it_refuses_a_name_that_is_nearly_the_same(lookalike: str) -> None:
    """Alone, before and after the real cookie, with and without a value."""
    for pair in (f"{lookalike}=evil", lookalike, f"{lookalike}="):
        for pairs in ([pair], [pair, f"{NAME}=good"], [f"{NAME}=good", pair], ["a=1", pair, "b=2"]):
            for raw in headers(*pairs):
                with pytest.raises(AmbiguousCookie):
                    read_cookie(raw, NAME)


@pytest.mark.parametrize(
    "raw",
    [
        f"{NAME}=evil; {NAME}=good",
        f"{NAME}=good; {NAME}=good",
        f"{NAME}=good;{NAME}=evil",
        f"{NAME}=good; a=1; {NAME}=evil",
        f"{NAME}=good; {NAME}",
        f"{NAME}",
        f"a=1;  {NAME}=evil",
        f" {NAME}=evil",
    ],
)
def test_it_refuses_a_cookie_that_occurs_twice_or_is_no_pair(raw: str) -> None:
    for each in (raw, raw.encode()):
        with pytest.raises(AmbiguousCookie):
            read_cookie(each, NAME)


@pytest.mark.parametrize("comma", [",", ", "])
def test_a_header_that_a_server_joined_by_a_comma_hides_no_cookie(comma: str) -> None:
    for raw in (
        f"{NAME}=good{comma}{NAME}=evil",
        f"a=1{comma}{NAME}=evil",
        f"a=1{comma}{NAME}=evil; {NAME}=good",
        f"{NAME}=good{comma}\xa0{NAME}=evil",
    ):
        with pytest.raises(AmbiguousCookie):
            read_cookie(raw, NAME)


def test_several_headers_of_a_request_count_as_one() -> None:
    first, second = (b"cookie", f"{NAME}=good".encode()), (b"Cookie", b"a=1")
    assert join_cookie_headers([]) == b""
    assert join_cookie_headers([(b"host", b"a"), second, first]) == b"a=1; " + first[1]
    for other in (first, (b"cookie", f"\xa0{NAME}=evil".encode("latin-1"))):
        for order in ([first, other], [other, first], [first, second, other]):
            with pytest.raises(AmbiguousCookie):
                read_cookie(join_cookie_headers(order), NAME)


def test_the_log_names_the_reason_and_no_value(caplog: pytest.LogCaptureFixture) -> None:
    lookalike = f"\xe2\x80\x80{NAME}"
    with caplog.at_level(logging.WARNING, "tokens"), pytest.raises(AmbiguousCookie) as refusal:
        read_cookie(f"{NAME}=good; {lookalike}=evil", NAME)
    assert caplog.messages == [
        f"refused a request: ['{NAME}', '\\xe2\\x80\\x80{NAME}'] where one {NAME} counts"
    ]
    assert str(refusal.value) == f"twice, or nearly: {NAME}"


def test_a_long_name_does_not_flood_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(AmbiguousCookie):
        read_cookie("; ".join("\n" * 5000 + NAME for _ in range(50)), NAME)
    (message,) = caplog.messages
    assert "\n" not in message
    assert len(message) < 1500

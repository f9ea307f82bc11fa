"""The statements that a search sends. `make test-postgresql` runs those of PostgreSQL for real."""

from collections.abc import Iterator, Sequence
from types import SimpleNamespace, TracebackType
from typing import Any, Self

import pytest

from advisor.models import State
from advisor.register import index, search
from advisor.register.index import words_of, write
from advisor.register.search import Span, Within, find

Asked = list[tuple[str, list[Any]]]


class Cursor:
    """A cursor that only notes what it is asked, and answers as it was told."""

    def __init__(self, asked: Asked, answers: Iterator[list[int]]) -> None:
        self.asked, self.answers = asked, answers

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        pass

    def execute(self, statement: str, parameters: Sequence[Any]) -> None:
        self.asked.append((statement, [*parameters]))

    def executemany(self, statement: str, rows: Sequence[Any]) -> None:
        self.asked.append((statement, [*rows]))

    def fetchall(self) -> list[tuple[int]]:
        return [(number,) for number in next(self.answers)]


def connected(
    monkeypatch: pytest.MonkeyPatch, vendor: str, *answers: list[int]
) -> list[tuple[str, list[Any]]]:
    """Put a database in the place of the real one; what it is asked."""
    asked: Asked = []
    given = iter(answers)
    fake = SimpleNamespace(vendor=vendor, cursor=lambda: Cursor(asked, given))
    for module in (index, search):
        monkeypatch.setattr(module, "connection", fake)
    return asked


WINDOW = "SELECT number FROM advisor_entry ORDER BY number DESC LIMIT 2000"
NEAR = (
    "SELECT number FROM advisor_search WHERE number = ANY(%s) AND words @@ %s::tsquery "
    "ORDER BY number DESC LIMIT 2"
)


def test_postgresql_looks_among_the_nearest_entries_first(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = connected(monkeypatch, "postgresql", [*range(2000)], [9, 7])
    assert find(["billing", "api"], Within(), Span(2)) == [9, 7]
    assert asked == [(WINDOW, []), (NEAR, [[*range(2000)], "'billing':* & 'api':*"])]


def test_postgresql_looks_no_further_where_there_is_nothing_further(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = connected(monkeypatch, "postgresql", [*range(1999)], [9])
    assert find(["billing"], Within(), Span(2)) == [9]
    assert len(asked) == 2


def test_postgresql_asks_the_index_for_a_rare_word(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = connected(monkeypatch, "postgresql", [*range(2000)], [9], [9, 4])
    within = Within(frozenset({3, 1}), (State.PROPOSED,))
    assert find(["billing"], within, Span(2, 50)) == [9, 4]
    condition = "WHERE summary_id = %s AND state = %s AND number < %s ORDER BY number DESC"
    walk = f"SELECT * FROM (SELECT number FROM advisor_entry {condition} LIMIT 2000) AS walk"
    assert asked[0] == (
        f"{walk} UNION ALL {walk} ORDER BY 1 DESC LIMIT 2000",
        [1, int(State.PROPOSED), 50, 3, int(State.PROPOSED), 50],
    )
    assert asked[2] == (
        (
            "WITH hit AS MATERIALIZED "
            "(SELECT number FROM advisor_search WHERE words @@ %s::tsquery) "
            "SELECT number FROM hit JOIN advisor_entry USING (number) "
            "WHERE number < %s ORDER BY number DESC LIMIT 2"
        ),
        [f"'billing':* & ('_1' | '_3') & ('_in{int(State.PROPOSED)}')", 50],
    )


def test_sqlite_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = connected(monkeypatch, "sqlite", [7, 9])
    within = Within(frozenset({3, 1}), (State.PROPOSED,))
    assert find(["billing", "api"], within, Span(2, 5, after=True)) == [9, 7]
    assert asked == [
        (
            (
                "SELECT advisor_search.rowid FROM advisor_search "
                "CROSS JOIN advisor_entry ON advisor_entry.number = advisor_search.rowid "
                "WHERE advisor_search MATCH %s AND advisor_search.rowid > %s "
                "ORDER BY advisor_search.rowid ASC LIMIT 2"
            ),
            [f'"billing" * AND "api" * AND ("_1" OR "_3") AND ("_in{int(State.PROPOSED)}")', 5],
        )
    ]


def test_no_summary_that_fits_asks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = connected(monkeypatch, "postgresql")
    assert find(["billing"], Within(frozenset()), Span(2)) == []
    assert asked == []


@pytest.mark.parametrize(
    ("vendor", "statement", "row"),
    [
        (
            "sqlite",
            "INSERT OR REPLACE INTO advisor_search (rowid, words) VALUES (%s, %s)",
            (7, "billing _1"),
        ),
        (
            "postgresql",
            (
                "INSERT INTO advisor_search (number, words) VALUES (%s, array_to_tsvector(%s)) "
                "ON CONFLICT (number) DO UPDATE SET words = excluded.words"
            ),
            (7, ["billing", "_1"]),
        ),
    ],
)
def test_an_entry_is_written_over_its_earlier_words(
    monkeypatch: pytest.MonkeyPatch, vendor: str, statement: str, row: tuple[int, Any]
) -> None:
    asked = connected(monkeypatch, vendor)
    write([(7, ["billing", "_1"])])
    assert asked == [(statement, [row])]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Zahlung über Größe", ["zahlung", "uber", "grosse"]),
        ("ﬁnal Ⅳ final", ["final", "iv"]),
        ("a-b_c, a's", ["a", "b", "c", "s"]),
        ("x" * 41, ["x" * 40]),
        ("***", []),
    ],
)
def test_words_are_those_that_a_reader_would_type(text: str, words: list[str]) -> None:
    assert words_of(text) == words

"""Search the register by words of title and context, newest first.

Words and marks are in a full-text index of their own, `advisor_search`: FTS5 in SQLite, a GIN index
in PostgreSQL. A mark is a word that no text can contain; it represents something that the register
filters by. Words are split and folded here, so that both databases find the same.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from django.db import connection

from advisor.models import Entry, ResultSummary, State

# Longer words are cut.
MAX_WORD = 40
# PostgreSQL searches this many of the newest entries before it asks the index for all matches.
_WINDOW = 2_000
# SQLite refuses a union of more than 500 queries.
_CHUNK_SIZE = 400
Value = int | str | list[int]
# A summary and a state, None for any.
_Place = tuple[int, State | None]
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Within:
    """The entries with one of these summaries and one of these states; None means any."""

    summaries: frozenset[int] | None = None
    states: tuple[State, ...] | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """At most `limit` entries before the number, or `after` it, nearest first."""

    limit: int
    number: int | None = None
    after: bool = False

    @property
    def order(self) -> str:
        """Return the SQL order in which the nearest entries come first."""
        return "ASC" if self.after else "DESC"

    def condition(self, column: str) -> str:
        """Return the SQL condition on a column, with a placeholder for the number."""
        return f"{column} {'>' if self.after else '<'} %s"


def find(words: Sequence[str], within: Within, span: Span) -> list[int]:
    """Return the numbers of matching entries, newest first.

    An entry matches if each of `words` is the beginning of a word in it. `words` must come from
    `words_of`.
    """
    if within.summaries is not None and not within.summaries:
        return []
    if not words:
        numbers = _walk(within, span)
    elif connection.vendor == "sqlite":
        numbers = _match(words, within, span)
    else:
        numbers = _match_in_window(words, within, span)
    return sorted(numbers, reverse=True)


def words_of(text: str) -> list[str]:
    """Return the distinct words of a text: in lower case, without accents, cut to MAX_WORD."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return list(dict.fromkeys(word[:MAX_WORD] for word in _WORD.findall(bare)))


def index_saved_entry(instance: Entry, **kwargs: object) -> None:  # noqa: ARG001 - a signal brings them
    """Index an entry. Django calls this whenever an entry is written, also by loaddata."""
    index_entry(instance, instance.summary_id)


def index_entry(entry: Entry, summary: int) -> None:
    """Write the words and marks of an entry to the index.

    A withdrawn record is indexed without words, so that nobody finds its texts.
    """
    record = entry.record
    hidden = entry.state == State.WITHDRAWN
    words = [] if hidden else words_of(f"{record.title} {record.context}")
    write([(entry.number, [*words, *marks_of(summary, entry.state)])])


def marks_of(summary: int, state: int) -> list[str]:
    """Return the marks of an entry, for its summary and its state."""
    return [_summary(summary), _state(state)]


def write(rows: Iterable[tuple[int, list[str]]]) -> None:
    """Write the words and marks of entries by number, replacing earlier ones."""
    if connection.vendor == "sqlite":
        statement = "INSERT OR REPLACE INTO advisor_search (rowid, words) VALUES (%s, %s)"
        written: list[tuple[int, str | list[str]]] = [
            (number, " ".join(words)) for number, words in rows
        ]
    else:
        statement = (
            "INSERT INTO advisor_search (number, words) VALUES (%s, array_to_tsvector(%s)) "
            "ON CONFLICT (number) DO UPDATE SET words = excluded.words"
        )
        written = list(rows)
    with connection.cursor() as cursor:
        cursor.executemany(statement, written)


def _walk(within: Within, span: Span) -> list[int]:
    """Return the numbers of entries without a search for words.

    The index of the entries gives them: one walk per summary, each of which stops after
    `span.limit` entries.
    """
    if within == Within():
        return _numbers(*_walk_of(None, None, span))
    summaries = within.summaries
    if summaries is None:
        summaries = frozenset(ResultSummary.objects.values_list("id", flat=True))
    numbers: list[int] = []
    places = [
        (summary, state) for summary in sorted(summaries) for state in within.states or [None]
    ]
    for chunk in _chunks(places):
        walks = [_walk_of(summary, state, span) for summary, state in chunk]
        joined = " UNION ALL ".join(f"SELECT * FROM ({sql}) AS walk" for sql, _ in walks)
        parameters = [value for _, values in walks for value in values]
        numbers += _numbers(f"{joined} ORDER BY 1 {span.order} LIMIT {span.limit}", parameters)
    return sorted(numbers, reverse=not span.after)[: span.limit]


def _walk_of(summary: int | None, state: State | None, span: Span) -> tuple[str, list[int]]:
    columns = {"summary_id": summary, "state": state}
    values = {column: int(value) for column, value in columns.items() if value is not None}
    conditions = [f"{column} = %s" for column in values]
    if span.number is not None:
        conditions.append(span.condition("number"))
        values["number"] = span.number
    where = f"WHERE {' AND '.join(conditions)} " if conditions else ""
    order = f"ORDER BY number {span.order} LIMIT {span.limit}"
    return f"SELECT number FROM advisor_entry {where}{order}", list(values.values())


def _match(words: Sequence[str], within: Within, span: Span) -> list[int]:
    """Return the numbers of matching entries in SQLite.

    FTS5 stores the numbers of each word and prefix in order, so it stops after `span.limit`
    entries.
    """
    parts = [f'"{word}" *' for word in words]
    parts += ["(" + " OR ".join(f'"{mark}"' for mark in marks) + ")" for marks in _marks(within)]
    condition, parameters = _bounded(span, "advisor_search.rowid")
    return _numbers(
        "SELECT advisor_search.rowid FROM advisor_search "
        "CROSS JOIN advisor_entry ON advisor_entry.number = advisor_search.rowid "
        f"WHERE advisor_search MATCH %s{condition} "
        f"ORDER BY advisor_search.rowid {span.order} LIMIT {span.limit}",
        [" AND ".join(parts), *parameters],
    )


def _match_in_window(words: Sequence[str], within: Within, span: Span) -> list[int]:
    """Return the numbers of matching entries in PostgreSQL.

    A GIN index has no order. A frequent word is found among the nearest entries; for a rare word
    the index returns few.
    """
    query = " & ".join(f"'{word}':*" for word in words)
    window = _walk(within, replace(span, limit=_WINDOW))
    order = f"ORDER BY number {span.order} LIMIT {span.limit}"
    matches = _numbers(
        "SELECT number FROM advisor_search WHERE number = ANY(%s) AND words @@ %s::tsquery "
        f"{order}",
        [window, query],
    )
    if len(matches) == span.limit or len(window) < _WINDOW:
        return matches
    for marks in _marks(within):
        query += " & (" + " | ".join(f"'{mark}'" for mark in marks) + ")"
    condition, parameters = _bounded(span, "number")
    return _numbers(
        "WITH hit AS MATERIALIZED (SELECT number FROM advisor_search WHERE words @@ %s::tsquery) "
        f"SELECT number FROM hit JOIN advisor_entry USING (number) WHERE true{condition} {order}",
        [query, *parameters],
    )


def _bounded(span: Span, column: str) -> tuple[str, list[int]]:
    if span.number is None:
        return "", []
    return f" AND {span.condition(column)}", [span.number]


def _marks(within: Within) -> Iterator[list[str]]:
    """Yield lists of marks; an entry matches if it has one mark of each list."""
    if within.summaries is not None:
        yield [_summary(id) for id in sorted(within.summaries)]
    if within.states is not None:
        yield [_state(state) for state in within.states]


def _summary(id: int) -> str:
    return f"_{id}"


def _state(state: int) -> str:
    return f"_in{int(state)}"


def _chunks(places: list[_Place]) -> Iterator[list[_Place]]:
    for start in range(0, len(places), _CHUNK_SIZE):
        yield places[start : start + _CHUNK_SIZE]


def _numbers(statement: str, parameters: Sequence[Value]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [number for (number,) in cursor.fetchall()]

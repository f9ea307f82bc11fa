"""Search the register by words, marks and days, newest first.

`index` holds the words and marks of each entry. An entry's other filters are read from the entry
and its record.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db import connection

from advisor.models import Entry, ResultSummary, State
from advisor.register.index import review_marks, state_mark, summary_mark

# Matches are counted up to this many.
MAX_TOTAL = 1_000
# PostgreSQL searches this many of the newest entries before it asks the index for all matches.
_WINDOW = 2_000
# A word that so many of them have is frequent: then no more than the window is searched.
_FREQUENT = 26
# SQLite refuses a union of more than 500 queries.
_CHUNK_SIZE = 400
# Entries that were saved at the same time get their numbers within this time of each other.
_SLACK = timedelta(minutes=10)
Value = int | str | datetime | date | list[int] | None
# A summary and a state, None for any.
_Place = tuple[int, State | None]


@dataclass(frozen=True, slots=True)
class Within:
    """The entries with one of these summaries and one of these states; None means any.

    `since` and `until` bound when they were saved; `until` is not included. `due_before` is a day
    before which their review is due. `record` is the id of the only one that can match.
    """

    summaries: frozenset[int] | None = None
    states: tuple[State, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    due_before: date | None = None
    record: str = ""


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


@dataclass(frozen=True, slots=True)
class Total:
    """How many entries match: exactly, or more than `count`."""

    count: int
    exact: bool


@dataclass(frozen=True, slots=True)
class _Condition:
    """A condition of SQL on `advisor_entry`, with the value of its placeholder.

    `{number}` stands for the column with the number of the entry.
    """

    sql: str
    value: Value


def find(words: Sequence[str], within: Within, span: Span) -> list[int]:
    """Return the numbers of matching entries, newest first.

    An entry matches if each of `words` is the beginning of a word in it. `words` must come from
    `words_of`. Where only one record can match, they do not count.
    """
    if _is_empty(within):
        return []
    conditions = [*_span_conditions(span), *_conditions(within)]
    if within.record:
        numbers = _numbers(*_unordered(within, conditions, span.limit))
    elif not words and within.due_before is None:
        numbers = _walk(within, span, conditions)
    elif connection.vendor == "sqlite":
        numbers = _match(words, within, span, conditions)
    else:
        numbers, _ = _match_in_window(words, within, span, conditions)
    return sorted(numbers, reverse=True)


def total(words: Sequence[str], within: Within) -> Total:
    """Return how many entries match, without counting further than a page takes time for."""
    if _is_empty(within):
        return Total(0, exact=True)
    conditions = [*_conditions(within)]
    most = MAX_TOTAL + 1
    if within.record or (not words and within.due_before is None):
        numbers = _numbers(*_unordered(within, conditions, most))
    elif connection.vendor == "sqlite":
        numbers = _match(words, within, Span(most), conditions)
    else:
        numbers, complete = _match_in_window(words, within, Span(most), conditions)
        if not complete:
            return Total(len(numbers), exact=False)
    return Total(min(len(numbers), MAX_TOTAL), exact=len(numbers) < most)


def _is_empty(within: Within) -> bool:
    return within.summaries == frozenset() or within.states == ()


def _walk(within: Within, span: Span, conditions: Sequence[_Condition]) -> list[int]:
    """Return the numbers of entries without a search for words.

    The index of the entries gives them: one walk per summary, each of which stops after
    `span.limit` entries.
    """
    if within.summaries is None and within.states is None:
        return _numbers(*_walk_of(None, None, span, conditions))
    summaries = within.summaries
    if summaries is None:
        summaries = frozenset(ResultSummary.objects.values_list("id", flat=True))
    numbers: list[int] = []
    places = [
        (summary, state) for summary in sorted(summaries) for state in within.states or [None]
    ]
    for chunk in _chunks(places):
        walks = [_walk_of(summary, state, span, conditions) for summary, state in chunk]
        joined = " UNION ALL ".join(f"SELECT * FROM ({sql}) AS walk" for sql, _ in walks)
        parameters = [value for _, values in walks for value in values]
        numbers += _numbers(f"{joined} ORDER BY 1 {span.order} LIMIT {span.limit}", parameters)
    return sorted(numbers, reverse=not span.after)[: span.limit]


def _walk_of(
    summary: int | None, state: State | None, span: Span, conditions: Sequence[_Condition]
) -> tuple[str, list[Value]]:
    columns = {"summary_id": summary, "state": state}
    of_place = [
        _Condition(f"{column} = %s", int(value))
        for column, value in columns.items()
        if value is not None
    ]
    where, values = _where([*of_place, *conditions])
    order = f"ORDER BY number {span.order} LIMIT {span.limit}"
    return f"SELECT number FROM advisor_entry {where}{order}", values


def _unordered(
    within: Within, conditions: Sequence[_Condition], limit: int
) -> tuple[str, list[Value]]:
    """Return the query for any matching entries, which ends as soon as there are enough."""
    columns: dict[str, Sequence[int] | None] = {
        "summary_id": None if within.summaries is None else sorted(within.summaries),
        "state": within.states,
    }
    parts, values = [], list[Value]()
    for column, wanted in columns.items():
        if wanted is not None:
            parts.append(f"{column} IN ({', '.join(['%s'] * len(wanted))})")
            values += map(int, wanted)
    more, of_conditions = _joined(conditions)
    where = " AND ".join([*parts, *filter(None, [more])])
    return (
        f"SELECT number FROM advisor_entry {f'WHERE {where} ' if where else ''}LIMIT {limit}",
        [*values, *of_conditions],
    )


def _match(
    words: Sequence[str], within: Within, span: Span, conditions: Sequence[_Condition]
) -> list[int]:
    """Return the numbers of matching entries in SQLite.

    FTS5 stores the numbers of each word and prefix in order, so it stops after `span.limit`
    entries.
    """
    parts = [f'"{word}" *' for word in words]
    parts += ["(" + " OR ".join(f'"{mark}"' for mark in marks) + ")" for marks in _marks(within)]
    more, values = _joined(conditions, "advisor_search.rowid")
    return _numbers(
        "SELECT advisor_search.rowid FROM advisor_search "
        "CROSS JOIN advisor_entry ON advisor_entry.number = advisor_search.rowid "
        f"WHERE advisor_search MATCH %s{more and f' AND {more}'} "
        f"ORDER BY advisor_search.rowid {span.order} LIMIT {span.limit}",
        [" AND ".join(parts), *values],
    )


def _match_in_window(
    words: Sequence[str], within: Within, span: Span, conditions: Sequence[_Condition]
) -> tuple[list[int], bool]:
    """Return the numbers of matching entries in PostgreSQL, and whether there are no others.

    A GIN index has no order. A frequent word is found among the nearest entries; for a rare word
    the index returns few.
    """
    # A review is due by marks, and exactly by the conditions.
    by_review = replace(within, summaries=None, states=None)
    query = _tsquery(words, by_review)
    window = _walk(within, replace(span, limit=_WINDOW), conditions)
    order = f"ORDER BY number {span.order} LIMIT {span.limit}"
    matches = _numbers(
        "SELECT number FROM advisor_search WHERE number = ANY(%s) AND words @@ %s::tsquery "
        f"{order}",
        [window, query],
    )
    if len(window) < _WINDOW:
        return matches, len(matches) < span.limit
    if len(matches) >= min(span.limit, _FREQUENT):
        return matches, False
    where, values = _where(conditions)
    numbers = _numbers(
        "WITH hit AS MATERIALIZED (SELECT number FROM advisor_search WHERE words @@ %s::tsquery) "
        f"SELECT number FROM hit JOIN advisor_entry USING (number) {where}{order}",
        [_tsquery(words, within), *values],
    )
    return numbers, len(numbers) < span.limit


def _tsquery(words: Sequence[str], within: Within) -> str:
    parts = [f"'{word}':*" for word in words]
    parts += ["(" + " | ".join(f"'{mark}'" for mark in marks) + ")" for marks in _marks(within)]
    return " & ".join(parts)


def _span_conditions(span: Span) -> Iterator[_Condition]:
    if span.number is not None:
        yield _Condition(f"{{number}} {'>' if span.after else '<'} %s", span.number)


def _conditions(within: Within) -> Iterator[_Condition]:
    """Yield the conditions that neither summary, state nor mark tells.

    Numbers grow with time. So the days first bound the numbers, and the few entries around the
    bounds are compared exactly.
    """
    if within.record:
        yield _Condition("record_id = %s", within.record)
    by_time = Entry.objects.values_list("number", flat=True)
    if within.since is not None:
        earlier = by_time.filter(record__saved_at__lt=within.since - _SLACK)
        yield _Condition("{number} > %s", earlier.order_by("-record__saved_at").first() or 0)
        yield _of_record("saved_at >= %s", connection.ops.adapt_datetimefield_value(within.since))
    if within.until is not None:
        later = by_time.filter(record__saved_at__gte=within.until + _SLACK)
        last = later.order_by("record__saved_at").first()
        if last is not None:
            yield _Condition("{number} < %s", last)
        yield _of_record("saved_at < %s", connection.ops.adapt_datetimefield_value(within.until))
    if within.due_before is not None:
        day = connection.ops.adapt_datefield_value(within.due_before)
        yield _of_record("review_by < %s", day)


def _of_record(comparison: str, value: Value) -> _Condition:
    record = "SELECT 1 FROM advisor_recommendation WHERE id = advisor_entry.record_id"
    return _Condition(f"EXISTS ({record} AND {comparison})", value)


def _where(conditions: Sequence[_Condition]) -> tuple[str, list[Value]]:
    joined, values = _joined(conditions)
    return f"WHERE {joined} " if joined else "", values


def _joined(conditions: Sequence[_Condition], number: str = "number") -> tuple[str, list[Value]]:
    """Return the conditions as SQL with their values; `number` is the column of the number."""
    sql = " AND ".join(condition.sql.format(number=number) for condition in conditions)
    return sql, [condition.value for condition in conditions]


def _marks(within: Within) -> Iterator[list[str]]:
    """Yield lists of marks; an entry matches if it has one mark of each list."""
    if within.due_before is not None:
        yield [*review_marks(within.due_before)]
    if within.summaries is not None:
        yield [summary_mark(id) for id in sorted(within.summaries)]
    if within.states is not None:
        yield [state_mark(state) for state in within.states]


def _chunks(places: list[_Place]) -> Iterator[list[_Place]]:
    for start in range(0, len(places), _CHUNK_SIZE):
        yield places[start : start + _CHUNK_SIZE]


def _numbers(statement: str, parameters: Sequence[Value]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [number for (number,) in cursor.fetchall()]

"""Index the register by words and marks, for full-text search.

The index is a table of its own, `advisor_search`: FTS5 in SQLite, with a GIN index in PostgreSQL. A
mark is a word that no text can contain; it represents something that the register filters by. Words
are split and folded here, so that both databases find the same.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise

from django.db import connection

from advisor.models import Entry, Recommendation, State

# Longer words are cut.
MAX_WORD = 40
# Reviews of earlier years are indexed as of this one.
FIRST_YEAR = 2000
Row = tuple[int, list[str]]
_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """Return the distinct words of a text: in lower case, without accents, cut to MAX_WORD."""
    return list(dict.fromkeys(word[:MAX_WORD] for word in _WORD.findall(_folded(text))))


def index_saved_entry(instance: Entry, **kwargs: object) -> None:  # noqa: ARG001 - a signal brings them
    """Index an entry. Django calls this whenever an entry is written, also by loaddata."""
    index_entry(instance, instance.summary_id)


def index_entry(entry: Entry, summary: int) -> None:
    """Write the words and marks of an entry to the index."""
    write([row_of(entry, summary)])


def row_of(entry: Entry, summary: int) -> Row:
    """Return the number of an entry, with its words and marks.

    A withdrawn record is indexed without words, so that nobody finds its texts.
    """
    record = entry.record
    # The historical model of migration 0006 has no review.
    marks = marks_of(summary, entry.state, getattr(record, "review_by", None))
    return entry.number, [*([] if entry.state == State.WITHDRAWN else _words(record)), *marks]


def marks_of(summary: int, state: int, review_by: date | None = None) -> list[str]:
    """Return the marks of an entry, for its summary, its state and the day of its review."""
    marks = [summary_mark(summary), state_mark(state)]
    if review_by is not None:
        marks += [_year_mark(review_by.year), _month_mark(review_by.year, review_by.month)]
    return marks


def summary_mark(id: int) -> str:
    """Return the mark of the entries with a summary."""
    return f"_{id}"


def state_mark(state: int) -> str:
    """Return the mark of the entries in a state."""
    return f"_in{int(state)}"


def review_marks(day: date) -> Iterator[str]:
    """Yield marks: entries whose review is due by the end of that month have one of them."""
    for year in range(FIRST_YEAR, day.year):
        yield _year_mark(year)
    for month in range(1, day.month + 1):
        yield _month_mark(day.year, month)


def write(rows: Iterable[Row]) -> None:
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


def _words(record: Recommendation) -> list[str]:
    """Return the words by which a record is found: those typed, and the parts of compound ones."""
    text = f"{record.title} {record.context} {record.author}"
    return list(dict.fromkeys([*words_of(text), *words_of(" ".join(_parts(text)))]))


def _parts(text: str) -> Iterator[str]:
    """Yield the parts of compound words: “API” of “BillingAPI”, “token” of “accessToken”."""
    for word in _WORD.findall(text):
        starts = [at for at in range(1, len(word)) if _begins_part(word, at)]
        yield from (word[start:end] for start, end in pairwise([*starts, len(word)]))


def _begins_part(word: str, at: int) -> bool:
    before, letter, after = word[at - 1], word[at], word[at + 1 : at + 2]
    if letter.isdigit() or before.isdigit():
        return letter.isdigit() != before.isdigit()
    return letter.isupper() and (before.islower() or after.islower())


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))


def _year_mark(year: int) -> str:
    return f"_due{max(year, FIRST_YEAR)}"


def _month_mark(year: int, month: int) -> str:
    return f"_due{year}{month:02}"

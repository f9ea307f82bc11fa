"""What database.py promises, on real files. No server, no network."""

import multiprocessing
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import database as kit


@pytest.fixture(autouse=True)
def values(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tests expect, whatever values were written into the kit."""
    monkeypatch.setattr(kit, "BUSY_SECONDS", 5)
    monkeypatch.setattr(kit, "CACHE_MEGABYTES", 4)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "service.sqlite3"


@pytest.fixture
def db(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(kit.connect(file)) as connection:
        connection.execute("CREATE TABLE account (id INTEGER PRIMARY KEY, balance INT) STRICT")
        connection.execute("CREATE TABLE entry (account INT NOT NULL REFERENCES account) STRICT")
        connection.execute("INSERT INTO account VALUES (1, 100)")
        yield connection


def pragma(connection: sqlite3.Connection, name: str) -> object:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def balance(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT balance FROM account").fetchone()[0])


def add(connection: sqlite3.Connection, amount: int) -> None:
    """Reads, then writes what it has computed: the way in which changes get lost."""
    with kit.write(connection):
        connection.execute("UPDATE account SET balance = ?", (balance(connection) + amount,))


# Connections


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("trusted_schema", 0),
        ("busy_timeout", 5000),
        ("cache_size", -4096),
    ],
)
def test_a_connection_has_every_safeguard(db: sqlite3.Connection, name: str, value: object) -> None:
    assert pragma(db, name) == value


def test_the_path_is_that_of_the_constant(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    monkeypatch.setattr(kit, "PATH", str(file))
    with closing(kit.connect()):
        assert file.is_file()


def test_it_makes_the_folder_that_is_missing(tmp_path: Path) -> None:
    for _ in range(2):
        with closing(kit.connect(tmp_path / "var" / "data" / "service.sqlite3")):
            assert (tmp_path / "var" / "data" / "service.sqlite3").is_file()


def test_nobody_else_on_the_machine_may_read_it(db: sqlite3.Connection, file: Path) -> None:
    add(db, 1)
    for one in file.parent.iterdir():
        assert stat.S_IMODE(one.stat().st_mode) == 0o600, one.name


@pytest.mark.parametrize("mode", ["memory", "delete"])
def test_it_refuses_a_place_without_wal(
    monkeypatch: pytest.MonkeyPatch, file: Path, mode: str
) -> None:
    opened: list[sqlite3.Connection] = []

    class WithoutWal(sqlite3.Connection):
        def execute(self, sql: str, *_: object) -> sqlite3.Cursor:
            opened.append(self)
            return super().execute(f"SELECT '{mode}'" if "journal_mode" in sql else sql)

    real = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda *args, **options: real(*args, factory=WithoutWal, **options)
    )
    with pytest.raises(kit.Unsuitable, match=f"'{mode}' instead of WAL"):
        kit.connect(file)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        sqlite3.Connection.execute(opened[0], "SELECT 1")


def test_a_reference_to_nothing_is_refused(db: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        db.execute("INSERT INTO entry VALUES (2)")


# Transactions


def test_a_write_is_there_for_the_next_connection(db: sqlite3.Connection, file: Path) -> None:
    add(db, 5)
    with closing(kit.connect(file)) as other:
        assert balance(other) == 105


def test_a_write_that_fails_leaves_nothing(db: sqlite3.Connection) -> None:
    def fail() -> None:
        with kit.write(db):
            db.execute("UPDATE account SET balance = 0")
            db.execute("INSERT INTO entry VALUES (2)")

    with pytest.raises(sqlite3.IntegrityError):
        fail()
    assert balance(db) == 100
    assert not db.in_transaction


def test_an_error_that_has_ended_the_transaction_is_told_as_it_is(db: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError), kit.write(db):
        db.execute("INSERT OR ROLLBACK INTO account VALUES (1, 0)")
    assert balance(db) == 100


def test_statements_outside_a_transaction_stand_alone(db: sqlite3.Connection, file: Path) -> None:
    db.execute("UPDATE account SET balance = 7")
    assert not db.in_transaction
    with closing(kit.connect(file)) as other:
        assert balance(other) == 7


def test_no_change_gets_lost_between_writers(db: sqlite3.Connection, file: Path) -> None:
    failed: list[BaseException] = []

    def work() -> None:
        try:
            with closing(kit.connect(file)) as connection:
                for _ in range(25):
                    add(connection, 1)
        except sqlite3.Error as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert balance(db) == 200


def test_a_writer_takes_its_turn_before_it_reads(db: sqlite3.Connection, file: Path) -> None:
    with closing(kit.connect(file)) as other, kit.write(db):
        other.execute("PRAGMA busy_timeout = 0")
        with pytest.raises(sqlite3.OperationalError, match="locked"), kit.write(other):
            pytest.fail("two writers at once")


def test_a_reader_neither_waits_for_a_writer_nor_holds_it_up(
    db: sqlite3.Connection, file: Path
) -> None:
    with closing(kit.connect(file)) as other:
        other.execute("PRAGMA busy_timeout = 0")
        with kit.read(other):
            assert balance(other) == 100
            add(db, 1)
            assert balance(other) == 100, "one state for the whole transaction"
        assert balance(other) == 101


def test_a_reader_does_not_take_the_writers_turn(db: sqlite3.Connection, file: Path) -> None:
    with closing(kit.connect(file)) as other, kit.read(other):
        db.execute("PRAGMA busy_timeout = 0")
        add(db, 1)


def test_a_killed_writer_leaves_nothing_half_done(db: sqlite3.Connection, file: Path) -> None:
    fork = multiprocessing.get_context("fork")
    ready = fork.Event()

    def half() -> None:
        connection = kit.connect(file)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE account SET balance = 0")
        ready.set()
        threading.Event().wait()

    process = fork.Process(target=half)
    process.start()
    assert ready.wait(10)
    process.kill()
    process.join()
    add(db, 1)
    assert balance(db) == 101


# Backups


def test_a_backup_holds_all_that_was_confirmed(db: sqlite3.Connection, tmp_path: Path) -> None:
    add(db, 5)
    kit.back_up(db, tmp_path / "backup.sqlite3")
    with closing(sqlite3.connect(tmp_path / "backup.sqlite3")) as restored:
        assert balance(restored) == 105
    assert stat.S_IMODE((tmp_path / "backup.sqlite3").stat().st_mode) == 0o600


def test_a_backup_holds_nothing_that_was_not(
    db: sqlite3.Connection, file: Path, tmp_path: Path
) -> None:
    with closing(kit.connect(file)) as other, kit.write(other):
        other.execute("UPDATE account SET balance = 0")
        kit.back_up(db, tmp_path / "backup.sqlite3")
    with closing(sqlite3.connect(tmp_path / "backup.sqlite3")) as restored:
        assert balance(restored) == 100


def test_a_backup_replaces_the_one_before(db: sqlite3.Connection, tmp_path: Path) -> None:
    target = tmp_path / "backup.sqlite3"
    (tmp_path / "backup.sqlite3.part").write_text("a rest of one that was interrupted")
    kit.back_up(db, target)
    add(db, 1)
    kit.back_up(db, target)
    with closing(sqlite3.connect(target)) as restored:
        assert balance(restored) == 101
    assert not (tmp_path / "backup.sqlite3.part").exists()


@pytest.mark.parametrize("page", [0, 1], ids=["the header", "a table"])
def test_a_backup_that_is_not_sound_replaces_nothing(
    db: sqlite3.Connection, tmp_path: Path, page: int
) -> None:
    target = tmp_path / "backup.sqlite3"
    kit.back_up(db, target)
    before = target.read_bytes()
    with pytest.raises(kit.Unsuitable, match="not sound"):
        kit.back_up(Damaging(db, page), target)  # type: ignore[arg-type]
    assert target.read_bytes() == before


class Damaging:
    """A connection to a disk that loses a page of what is written to it."""

    def __init__(self, connection: sqlite3.Connection, page: int) -> None:
        self.connection = connection
        self.page = page

    def execute(self, sql: str, values: tuple[str, ...]) -> None:
        self.connection.execute(sql, values)
        with Path(values[0]).open("rb+") as part:
            part.seek(self.page * 4096)
            part.write(b"\0" * 4096)


# Django


def test_django_gets_the_same_settings(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    monkeypatch.setattr(kit, "PATH", str(file))
    settings = kit.django()
    assert settings["ENGINE"] == "django.db.backends.sqlite3"
    assert settings["NAME"] == str(file)
    options = settings["OPTIONS"]
    assert isinstance(options, dict)
    assert options["transaction_mode"] == "IMMEDIATE"
    assert options["timeout"] == 5
    # What Django does with it on each new connection.
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(options["init_command"])
        assert pragma(connection, "journal_mode") == "wal"
        assert pragma(connection, "synchronous") == 2
        assert pragma(connection, "trusted_schema") == 0
        assert pragma(connection, "cache_size") == -4096

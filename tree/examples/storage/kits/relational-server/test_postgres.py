"""What postgres.py promises. Needs no server: what is looked at is what the driver would get."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

import postgres as kit


@pytest.fixture(autouse=True)
def values(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tests expect, whatever values were written into the kit or stand around it."""
    for name, value in {
        "HOST": "db.example.org", "PORT": 5433, "DATABASE": "shop", "ROLE": "shop-web",
        "STATEMENT_SECONDS": 20, "LOCK_SECONDS": 3, "IDLE_SECONDS": 40,
    }.items():  # fmt: skip
        monkeypatch.setattr(kit, name, value)
    for name in ("HOST", "CA", "PASSWORD", "PASSWORD_FILE"):
        monkeypatch.delenv(f"DATABASE_{name}", raising=False)


# Where to


def test_it_goes_to_the_database_that_the_constants_name() -> None:
    found = kit.parameters()
    assert (found["host"], found["port"]) == ("db.example.org", 5433)
    assert (found["dbname"], found["user"]) == ("shop", "shop-web")


def test_the_host_of_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_HOST", "standby.example.org")
    assert kit.parameters()["host"] == "standby.example.org"


def test_it_says_who_it_is_to_whoever_looks_at_the_server() -> None:
    assert kit.parameters()["application_name"] == "shop-web"


def test_it_takes_no_standby_for_the_primary() -> None:
    assert kit.parameters()["target_session_attrs"] == "read-write"


# Whom it trusts


def test_the_server_must_prove_its_name() -> None:
    found = kit.parameters()
    assert (found["sslmode"], found["sslrootcert"]) == ("verify-full", "system")


def test_the_certificate_of_a_provider_is_taken_from_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("-----BEGIN CERTIFICATE-----\n")
    monkeypatch.setenv("DATABASE_CA", str(file))
    found = kit.parameters()
    assert (found["sslmode"], found["sslrootcert"]) == ("verify-full", str(file))


def test_a_certificate_that_is_not_there_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_CA", str(tmp_path / "ca.pem"))
    with pytest.raises(kit.NotConfigured, match=r"DATABASE_CA: there is no file .*ca\.pem"):
        kit.parameters()


@pytest.mark.parametrize("authority", ["", None])
def test_no_certificate_is_no_reason_to_trust_everyone(
    monkeypatch: pytest.MonkeyPatch, authority: str | None
) -> None:
    if authority is not None:
        monkeypatch.setenv("DATABASE_CA", authority)
    assert kit.parameters()["sslmode"] == "verify-full"


def test_a_unix_socket_needs_no_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_HOST", "/var/run/postgresql")
    assert {"sslmode", "sslrootcert"}.isdisjoint(kit.parameters())


# The password


def test_without_a_password_libpq_looks_for_one_itself() -> None:
    assert "password" not in kit.parameters()


def test_the_password_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", " p@ss:w/rd'\\ ")
    assert kit.parameters()["password"] == " p@ss:w/rd'\\ "


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_password_may_stand_in_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, end: str
) -> None:
    file = tmp_path / "password"
    file.write_bytes(f" sécret {end}".encode())
    monkeypatch.setenv("DATABASE_PASSWORD_FILE", str(file))
    monkeypatch.setenv("DATABASE_PASSWORD", "an older one")
    assert kit.parameters()["password"] == " sécret "


def test_a_password_file_that_is_not_there_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD_FILE", str(tmp_path / "password"))
    with pytest.raises(kit.NotConfigured, match="DATABASE_PASSWORD_FILE"):
        kit.parameters()


# When it gives up


@pytest.mark.parametrize(
    "limit",
    ["statement_timeout=20s", "lock_timeout=3s", "idle_in_transaction_session_timeout=40s"],
)
def test_the_server_ends_what_takes_too_long(limit: str) -> None:
    options = str(kit.parameters()["options"])
    assert f"-c {limit}" in options.replace(" -c", "\n-c").splitlines()


def test_it_does_not_wait_for_a_server_that_is_gone() -> None:
    found = kit.parameters()
    assert 1 < int(found["connect_timeout"]) <= 10
    silence = int(found["keepalives_interval"]) * int(found["keepalives_count"])
    assert int(found["keepalives_idle"]) + silence <= 60


# Django


def test_django_gets_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "secret")
    found = kit.django()
    assert found["ENGINE"] == "django.db.backends.postgresql"
    own = {name: found[name] for name in ("HOST", "PORT", "NAME", "USER", "PASSWORD")}
    assert own == {
        "HOST": "db.example.org", "PORT": 5433, "NAME": "shop", "USER": "shop-web",
        "PASSWORD": "secret",
    }  # fmt: skip
    options = found["OPTIONS"]
    assert isinstance(options, dict)
    same = {"host": "HOST", "port": "PORT", "dbname": "NAME", "user": "USER", "password": ""}
    assert options == {k: v for k, v in kit.parameters().items() if k not in same}


def test_django_leaves_a_missing_password_to_libpq() -> None:
    assert kit.django()["PASSWORD"] == ""


def test_django_looks_at_a_connection_that_it_has_kept() -> None:
    found = kit.django()
    assert found["CONN_HEALTH_CHECKS"] is True
    assert found["CONN_MAX_AGE"] == 60


# What it tries again


class Failed(Exception):
    """As psycopg raises it."""

    def __init__(self, sqlstate: str | None) -> None:
        self.sqlstate = sqlstate


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr(kit, "pause", waited.append)
    monkeypatch.setattr(random, "uniform", lambda low, high: (low + high) / 2)
    return waited


def failing(*errors: Exception) -> Callable[[], str]:
    left = list(errors)

    def work() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return work


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
def test_a_transaction_that_lost_is_done_again(sqlstate: str, pauses: list[float]) -> None:
    assert kit.repeated(failing(Failed(sqlstate), Failed(sqlstate))) == "done"
    assert len(pauses) == 2


def test_it_is_done_again_under_django_too(pauses: list[float]) -> None:
    wrapped = RuntimeError("django.db.OperationalError")
    wrapped.__cause__ = Failed("40001")
    assert kit.repeated(failing(wrapped)) == "done"
    assert len(pauses) == 1


@pytest.mark.parametrize(
    "error", [Failed("23505"), Failed("57014"), Failed(None), ValueError("a bug")], ids=repr
)
def test_any_other_error_is_told_at_once(error: Exception, pauses: list[float]) -> None:
    with pytest.raises(type(error)) as told:
        kit.repeated(failing(error))
    assert told.value is error
    assert pauses == []


def test_it_gives_up_in_the_end_with_the_last_error(pauses: list[float]) -> None:
    errors = [Failed("40001") for _ in range(5)]
    with pytest.raises(Failed) as told:
        kit.repeated(failing(*errors))
    assert told.value is errors[-1]
    assert len(pauses) == 4


def test_each_wait_may_be_longer_than_the_one_before(pauses: list[float]) -> None:
    with pytest.raises(Failed):
        kit.repeated(failing(*[Failed("40001") for _ in range(5)]))
    assert pauses == sorted(set(pauses))
    assert sum(pauses) < 1


def test_what_succeeds_is_done_once(pauses: list[float]) -> None:
    done: list[int] = []
    kit.repeated(lambda: done.append(1))
    assert done == [1]
    assert pauses == []

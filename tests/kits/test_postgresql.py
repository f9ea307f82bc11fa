"""Kits that keep their data in a database pass their tests on a real PostgreSQL, too.

Elsewhere their tests take files of SQLite. DATABASE_URL sends them to a server, where each run has
a database of its own, and each test a schema: calls that race have connections of their own.
"""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from advisor.kits.kit import Kit
from tests.kits.running import (
    combinations,
    every_kit,
    first_way,
    kit_of,
    lay_out,
    own_tests,
    run_tests,
)
from tests.support.servers import postgresql_server

DRIVER = "psycopg"
VARIABLE = "DATABASE_URL"
TIMEOUT = 900  # a schema for each test takes its time
WITH_A_DATABASE = [variant for variant in combinations() if DRIVER in kit_of(*variant[:2]).pins]


def first_variants() -> list[tuple[str, str, str]]:
    """Every kit once, with a database and as it is without a framework."""
    first: dict[tuple[str, str], tuple[str, str, str]] = {}
    for tree, name, way in WITH_A_DATABASE:
        if way == first_way(tree):
            first.setdefault((tree, name.split()[0]), (tree, name, way))
    return list(first.values())


def files_that_need_the_store(tree: str, kit: Kit, way: str) -> list[str]:
    """The test files of a kit that no kit without a store has."""
    others = [kit_of(*kit) for kit in every_kit() if kit[0] == tree]
    common = {
        name
        for other in others
        if other.choices.get("store") is None
        for name in own_tests(other, first_way(tree))
    }
    return [name for name in own_tests(kit, way) if name not in common]


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Give the address of the PostgreSQL that the suite runs on, or start one."""
    if (url := os.environ.get(VARIABLE, "")).startswith("postgres"):
        yield url
    else:
        with postgresql_server() as url:
            yield url


@pytest.fixture
def database(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let DATABASE_URL name a database of this test alone."""
    name = f"kit_{secrets.token_hex(8)}"
    was = str(conninfo_to_dict(server)["dbname"])
    monkeypatch.setenv(VARIABLE, server.removesuffix(was) + name)
    with psycopg.connect(server, autocommit=True) as link:
        link.execute(f"CREATE DATABASE {name}")
        yield
        link.execute(f"DROP DATABASE {name} WITH (FORCE)")


# `make test-postgresql` names this test; `make test` needs no PostgreSQL.
@pytest.mark.thorough
@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(("tree", "outcome", "way"), first_variants())
def test_what_a_kit_keeps_in_postgresql_passes_its_tests(
    tree: str, outcome: str, way: str, tmp_path: Path
) -> None:
    kit = kit_of(tree, outcome)
    home = lay_out(kit, way, tmp_path / outcome)
    done = run_tests(home, *files_that_need_the_store(tree, kit, way), timeout=TIMEOUT)
    assert done.returncode == 0, done.stdout


@pytest.mark.thorough
@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(("tree", "outcome", "way"), WITH_A_DATABASE)
def test_a_way_to_run_a_kit_on_postgresql_passes_its_tests(
    tree: str, outcome: str, way: str, tmp_path: Path
) -> None:
    kit = kit_of(tree, outcome)
    home = lay_out(kit, way, tmp_path / outcome)
    done = run_tests(home, *own_tests(kit, way), timeout=TIMEOUT)
    assert done.returncode == 0, done.stdout


def test_every_kit_that_can_use_a_database_is_tried() -> None:
    """A parametrised test without parameters would be skipped in silence."""
    with_a_store = [kit for kit in every_kit() if "store" in kit_of(*kit).choices]
    assert [(tree, name.split()[0]) for tree, name, _ in first_variants()] == with_a_store
    assert with_a_store

"""The drill itself: it is the same every time, and sees what goes wrong. `make drill` runs it."""

import sys

import pytest

from advisor.engine.reader import Reading
from tests.support import fuzz
from tests.support.fuzz import KINDS, Files, Outcome, drill, files, run, summary


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Inputs of one kind only, of which all are bad in the way that the test says."""
    monkeypatch.setattr(fuzz, "KINDS", {"made": lambda _: {"tree.yaml": b"a: b"}})
    return monkeypatch


def test_it_finds_nothing_in_some_hundred_inputs_of_every_kind() -> None:
    outcomes = [outcome for outcome in drill(0, 300) if outcome.failure]

    assert outcomes == [], "\n".join(summary(outcomes))


def test_it_makes_the_same_files_of_the_same_seed() -> None:
    for seed in range(10):
        assert files(seed) == files(seed)
        assert files(seed) != files(seed + len(KINDS))


def test_it_sees_an_exception_and_says_where(broken: pytest.MonkeyPatch) -> None:
    def raising(_: Files) -> Reading:
        raise RecursionError("too deep")

    broken.setattr(fuzz, "check", raising)

    assert "RecursionError: too deep" in run(1).failure


def test_it_sees_what_takes_too_long(broken: pytest.MonkeyPatch) -> None:
    broken.setattr(fuzz, "MAX_SECONDS", 0.0)

    assert run(1).failure.startswith("took ")


def test_it_sees_what_takes_too_much_memory(broken: pytest.MonkeyPatch) -> None:
    def hungry(_: Files) -> Reading:
        return Reading(None, (b"x" * (100 * 1024 * 1024))[:0])  # type: ignore[arg-type] # empty

    broken.setattr(fuzz, "check", hungry)

    assert run(1).failure.endswith(" MB")


def test_it_names_the_seed_that_killed_a_worker_and_goes_on(
    broken: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    killer = tmp_path_factory.mktemp("drill") / "python"
    killer.write_text(
        "#!/bin/sh\n"
        'printf "%s\\tmade\\t0.1\\t9\\t1\\t\\n" "$4"\n'
        'test "$4" = 7 && exit 0\n'
        "kill -SEGV $$\n"
    )
    killer.chmod(0o755)
    broken.setattr(sys, "executable", str(killer))

    outcomes = list(drill(5, 3))

    assert [(outcome.seed, outcome.failure) for outcome in outcomes] == [
        (5, ""),
        (6, "ended its process with -11"),
        (7, ""),
    ]


def test_it_sums_up_what_it_saw() -> None:
    outcomes = [
        Outcome(0, "bytes", 0.5, 1_000_000, 0),
        Outcome(1, "lines", 0.25, 9_000_000, 3, "took 9 s"),
    ]

    assert list(summary(outcomes)) == [
        "2 inputs, 1 failures",
        "  slowest   0.50 s (bytes, --seed 0)",
        "  largest   9 MB (lines, --seed 1)",
        "  bytes     1 inputs, 1 of them without a problem",
        "  lines     1 inputs, 0 of them without a problem",
        "--seed 1 (lines): took 9 s",
    ]

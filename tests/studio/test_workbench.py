"""The process that looks at drafts: it is bounded, replaced, and outlives nobody."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from advisor.studio import workbench
from advisor.studio.workbench import Busy, Failed, TooMuch, Workbench
from tests.support import patience
from tests.support.studio import occupied

Bench = Callable[..., Workbench]


@pytest.fixture
def bench() -> Iterator[Bench]:
    opened = []

    def open_bench(job: str, **limits: Any) -> Workbench:
        opened.append(Workbench(f"tests.support.jobs:{job}", **limits))
        return opened[-1]

    yield open_bench
    for open_one in opened:
        open_one.close()


def test_it_gives_back_what_the_job_makes_of_the_task(bench: Bench) -> None:
    assert bench("echo").run({"text": "a\x00é🙂"}) == {"text": "a\x00é🙂"}


def test_it_keeps_its_worker_for_the_next_job(bench: Bench) -> None:
    echo = bench("echo")
    echo.run({})
    first = echo.pid
    echo.run({})
    assert echo.pid == first


@pytest.mark.parametrize(
    ("job", "task", "limits", "resource"),
    [
        ("endless", {"for": "ever"}, {"seconds": 0.5}, "time"),
        ("greedy", {"hundreds": 20}, {"megabytes": 800}, "memory"),
        ("dying", {"now": True}, {}, "memory"),
        ("wordy", {"words": True}, {}, "memory"),
    ],
)
def test_it_ends_a_job_that_takes_too_much_and_does_the_next(
    bench: Bench, job: str, task: dict[str, Any], limits: dict[str, Any], resource: str
) -> None:
    hostile = bench(job, **limits)
    with pytest.raises(TooMuch) as much:
        hostile.run(task)
    assert much.value.limit == resource
    harmless = {"hundreds": 0} if job == "greedy" else {}
    assert not hostile.run(harmless)


def test_it_ends_a_job_that_only_waits(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = bench("waiting", seconds=0.1)
    waiting.run({})
    with monkeypatch.context() as impatient:
        impatient.setattr(workbench, "STRETCH", 4)
        with pytest.raises(TooMuch) as much:
            waiting.run({"for": "ever"})
    assert much.value.limit == "time"
    assert waiting.run({}) == {}


def test_it_lets_a_job_have_what_it_may(bench: Bench) -> None:
    assert bench("greedy", megabytes=800).run({"hundreds": 3}) == 3


def test_a_mistake_in_the_program_is_told_without_what_was_sent(bench: Bench) -> None:
    failing = bench("failing")
    with pytest.raises(Failed) as failed:
        failing.run({"secret": "of the draft"})
    assert "ValueError at" in str(failed.value)
    assert "jobs.py:" in str(failed.value)
    assert "of the draft" not in str(failed.value)
    assert failing.run({}) == {}


def test_a_worker_that_does_not_start_is_told_at_once(bench: Bench) -> None:
    with pytest.raises(Failed, match="the worker does not start"):
        bench("no_such_job").run({})


def test_a_job_that_waits_too_long_for_another_is_told_so(bench: Bench) -> None:
    slow = bench("waiting", patience=0.1)
    with occupied(slow), pytest.raises(Busy):
        slow.run({})
    slow.patience = patience.SECONDS
    assert slow.run({}) == {}


def test_a_worker_that_died_meanwhile_is_replaced(bench: Bench) -> None:
    echo = bench("echo")
    echo.run({})
    assert echo.pid is not None
    os.kill(echo.pid, signal.SIGKILL)
    os.waitid(os.P_PID, echo.pid, os.WEXITED | os.WNOWAIT)
    assert echo.run({"again": 1}) == {"again": 1}


def test_a_forked_process_starts_a_worker_of_its_own(bench: Bench) -> None:
    """As a server does that forks once it is loaded."""
    echo = bench("echo")
    echo.run({})
    worker = echo.pid
    child = os.fork()
    if child == 0:
        try:
            good = echo.run({"from": "child"}) == {"from": "child"} and echo.pid != worker
            echo.close()
        except BaseException:
            good = False
        os._exit(0 if good else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert echo.run({"still": "ours"}) == {"still": "ours"}
    assert echo.pid == worker


# Says when its worker is up, and ends without a chance to tidy up; the worker holds its stderr.
ABANDONS = """
import os, signal, sys, threading, time, django
django.setup()
from advisor.studio.workbench import Workbench
bench = Workbench("tests.support.jobs:endless", seconds=2)
bench.run({})
if sys.argv[1] == "busy":
    threading.Thread(target=lambda: bench.run({"for": "ever"})).start()
    time.sleep(0.3)
os.write(1, b"up")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("state", ["idle", "busy"])
def test_it_outlives_nobody(tmp_path: Path, state: str) -> None:
    # Reads stderr to its end, which comes when nobody holds it any more.
    done = subprocess.run(
        [sys.executable, "-c", ABANDONS, state],
        cwd=settings.BASE_DIR,
        env={**os.environ, "ADVISOR_VAR": str(tmp_path)},
        capture_output=True,
        timeout=patience.SECONDS,
        check=False,
    )
    assert done.stdout == b"up"


def test_the_worker_has_the_limits_of_its_workbench(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbench, "STRETCH", 4)
    answer = bench("limits", seconds=2.5, megabytes=700).run({})
    assert isinstance(answer, dict)
    assert answer["memory"] == [700 * 1024**2] * 2
    # The system counts in ticks.
    assert 0 < answer["processor"] < 2.6
    # By the clock a task may take four times as long; the alarm is for a worker left alone.
    assert answer["alarm"] in (10, 11)
    assert answer["niceness"] == min(19, os.nice(0) + 5)


def test_a_workbench_allows_five_seconds_and_a_gigabyte_and_lets_others_wait_for_two() -> None:
    usual = Workbench("tests.support.jobs:echo")
    assert (usual.seconds, usual.megabytes, usual.patience) == (5, 1024, 2)

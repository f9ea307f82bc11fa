"""Runs one job after another in a process of its own, which can be killed.

A draft is text that anybody may send. What it takes to check it, in time and in memory, is bounded
by the system and not by care: the worker has a limit of memory, and is killed at the deadline.
"""

import atexit
import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from threading import Lock
from typing import Any, Literal

from django.conf import settings

# How long a worker may take to import what it needs.
START_SECONDS = 30
MAX_ANSWER_BYTES = 8 * 1024 * 1024


class Busy(Exception):
    """Another job runs; try again soon."""


class TooMuch(Exception):
    """The job took more than it may have; `what` says of what."""

    def __init__(self, what: Literal["time", "memory"]) -> None:
        super().__init__(what)
        self.what = what


class Failed(Exception):
    """The job raised: a mistake in the program. Says where, and nothing of what was sent."""


class Workbench:
    """One worker, started on demand, for jobs that take and give what JSON can hold.

    `job` names a function as `module:function`. A job is killed after `seconds` or when it needs
    more than `megabytes`; while one runs, others wait for `patience` seconds.
    """

    def __init__(
        self, job: str, seconds: float = 5, megabytes: int = 1024, patience: float = 2
    ) -> None:
        self.job = job
        self.seconds = seconds
        self.megabytes = megabytes
        self.patience = patience
        self._lock = Lock()
        self._worker: subprocess.Popen[bytes] | None = None
        self._line: Connection | None = None
        atexit.register(self.close)

    @property
    def pid(self) -> int | None:
        """The worker's, while there is one."""
        return self._worker.pid if self._worker else None

    def run(self, task: Mapping[str, object]) -> Any:
        """What the job makes of the task. Raises Busy, TooMuch or Failed; the next run is unharmed
        by any of them."""
        if not self._lock.acquire(timeout=self.patience):
            raise Busy
        try:
            answer = self._answer(json.dumps(task).encode())
        finally:
            self._lock.release()
        if "failed" in answer:
            raise Failed(answer["failed"])
        return answer["done"]

    def close(self) -> None:
        """End the worker. The next run starts another one."""
        worker, line = self._worker, self._line
        self._worker = self._line = None
        if line is not None:
            line.close()
        # Does nothing in a process that was forked from the one whose worker it is.
        if worker is not None:
            worker.kill()
            worker.wait()

    def _answer(self, task: bytes) -> Any:
        line = self._ready()
        try:
            line.send_bytes(task)
            if not line.poll(self.seconds):
                raise TooMuch("time")
            return json.loads(line.recv_bytes(MAX_ANSWER_BYTES))
        except (EOFError, OSError):
            # The worker ends itself where memory runs out, and the system where even that fails.
            self.close()
            raise TooMuch("memory") from None
        except BaseException:
            # A late answer must not be taken for that of the next task.
            self.close()
            raise

    def _ready(self) -> Connection:
        """The line to a worker that waits for a task."""
        # To a process that was forked, the worker of the one before counts as ended.
        if self._line and self._worker and self._worker.poll() is None:
            return self._line
        self.close()
        line, other_end = Pipe()
        arguments = [str(other_end.fileno()), self.job, str(self.seconds), str(self.megabytes)]
        self._worker = subprocess.Popen(  # noqa: S603 - our own program, with our own arguments
            [sys.executable, "-m", "advisor.studio.worker", *arguments],
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[other_end.fileno()],
        )
        other_end.close()
        self._line = line
        started = False
        with suppress(EOFError, OSError):
            started = line.poll(START_SECONDS) and line.recv_bytes() == b"ready"
        if not started:
            self.close()
            raise Failed("the worker does not start")
        return line

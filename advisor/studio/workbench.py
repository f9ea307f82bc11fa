"""Run one job at a time in a process of its own, which can be killed.

Anybody may send a draft. The system limits the time and memory to check it: the worker has a memory
limit, and is killed at its deadline.
"""

import atexit
import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from threading import Lock
from typing import Any, Literal

from django.conf import settings

# How long a worker may take to import its modules.
START_SECONDS = 30
# On a busy machine, the processor time of a task may take this many times longer by the clock.
STRETCH = 4
MAX_ANSWER_BYTES = 8 * 1024 * 1024


class Busy(Exception):
    """Another job is running. Trying again soon may succeed."""


class TooMuch(Exception):
    """The job exceeded its `limit`."""

    def __init__(self, limit: Literal["time", "memory"]) -> None:
        super().__init__(limit)
        self.limit = limit


class Failed(Exception):
    """The job raised an error, a fault of the program. The message has the place, but no data."""


class Workbench:
    """One worker, started on demand, for a job whose task and answer are JSON.

    `job` names a function as `module:function`. A job is killed after `seconds` of processor time,
    or when it needs more than `megabytes`. While it runs, other callers wait for `patience`
    seconds.
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
        """Return the process id of the worker, or None while there is no worker."""
        return self._worker.pid if self._worker else None

    @property
    def busy(self) -> bool:
        """Return whether a job has the worker, or is starting it."""
        return self._lock.locked()

    def run(self, task: Mapping[str, object]) -> Any:
        """Return the answer of the job to the task.

        Raise Busy, TooMuch or Failed. None of them affects later runs.
        """
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
        # In a fork of the process that started the worker, these calls do nothing.
        if worker is not None:
            worker.kill()
            worker.wait()

    def _answer(self, task: bytes) -> Any:
        line = self._ready()
        try:
            line.send_bytes(task)
            if not line.poll(STRETCH * self.seconds):
                raise TooMuch("time")
            return json.loads(line.recv_bytes(MAX_ANSWER_BYTES))
        except (EOFError, OSError):
            # Without memory the worker ends itself, or the system ends it where even that fails.
            out_of_time = self._ended_by() == -signal.SIGPROF
            self.close()
            raise TooMuch("time" if out_of_time else "memory") from None
        except BaseException:
            # A late answer must not be read as the answer of the next task.
            self.close()
            raise

    def _ended_by(self) -> int | None:
        """Return the exit code of the worker as Popen gives it, None while it lives."""
        with suppress(subprocess.TimeoutExpired):
            return self._worker.wait(timeout=1) if self._worker else None
        return None

    def _ready(self) -> Connection:
        """Return the connection to a worker that is ready for a task; start one if necessary."""
        # In a fork, `poll` reports a worker of the parent process as ended.
        if self._line and self._worker and self._worker.poll() is None:
            return self._line
        self.close()
        line, other_end = Pipe()
        limits = [str(self.seconds), str(STRETCH * self.seconds), str(self.megabytes)]
        arguments = [str(other_end.fileno()), self.job, *limits]
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

"""The process behind a workbench: python -m advisor.studio.worker LINE JOB BUSY WHOLE MEGABYTES.

It answers tasks until its line is closed, which happens whenever the process that started it ends.
A task that is running then is ended by its alarm.
"""

import json
import math
import os
import resource
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

import django


def main(line: str, job: str, busy: str, whole: str, megabytes: str) -> None:
    """Limit the memory of this process, import the job, and answer tasks on the line.

    `line` is a file descriptor, `job` names `module:function`. `busy` is the processor time of a
    task in seconds, `whole` its time by the clock.
    """
    # Ctrl-C reaches the whole process group, but this process must end only with its line.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(5)
    django.setup()
    module, _, name = job.partition(":")
    work = getattr(import_module(module), name)
    max_bytes = int(megabytes) * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (max_bytes, max_bytes))
    with Connection(int(line)) as connection:
        connection.send_bytes(b"ready")
        serve(connection, work, float(busy), math.ceil(float(whole)) + 1)


def serve(connection: Connection, work: Callable[[Any], object], busy: float, whole: int) -> None:
    """Answer tasks until the line is closed.

    A task that takes more than `busy` seconds of processor time, or `whole` by the clock, ends the
    process.
    """
    while True:
        try:
            task = connection.recv_bytes()
        except EOFError:
            return
        # Both signals end the process. The workbench kills it before the alarm, which is for when
        # the workbench is gone.
        signal.setitimer(signal.ITIMER_PROF, busy)
        signal.alarm(whole)
        answer = outcome(work, task)
        signal.alarm(0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        try:
            connection.send_bytes(answer)
        except OSError:
            return


def outcome(work: Callable[[Any], object], task: bytes) -> bytes:
    """Return the answer to a task as JSON: `done` with the result, or `failed` with the place.

    End the process where memory runs out.
    """
    try:
        return json.dumps({"done": work(json.loads(task))}).encode()
    except MemoryError:
        # Without memory even cleaning up can fail.
        os._exit(1)
    except Exception as error:
        return json.dumps({"failed": where(error)}).encode()


def where(error: Exception) -> str:
    """Return the type of an error and its place in the code.

    Its message is left out: it could contain a part of the draft, which must not be logged.
    """
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    place = f"{last.tb_frame.f_code.co_filename}:{last.tb_lineno}" if last else "nowhere"
    return f"{type(error).__name__} at {place}"


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The process behind a workbench: python -m advisor.studio.worker LINE JOB BUSY WHOLE MEGABYTES.

It answers tasks until its line is closed, as happens when the process that started it ends for
whatever reason. So it outlives nobody, but for the alarm of a task that it is busy with.
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
    """`busy` is the processor time of a task in seconds, `whole` its time by the clock."""
    # Ctrl-C goes to the whole group; the line says when it is over.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(5)
    django.setup()
    module, _, name = job.partition(":")
    work = getattr(import_module(module), name)
    most = int(megabytes) * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    with Connection(int(line)) as connection:
        connection.send_bytes(b"ready")
        serve(connection, work, float(busy), math.ceil(float(whole)) + 1)


def serve(connection: Connection, work: Callable[[Any], object], busy: float, whole: int) -> None:
    while True:
        try:
            task = connection.recv_bytes()
        except EOFError:
            return
        # Both signals end the process. Who waits for the answer kills us before the alarm, which is
        # for when nobody does any more.
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
    try:
        return json.dumps({"done": work(json.loads(task))}).encode()
    except MemoryError:
        # Nothing can be relied on now, least of all tidying up.
        os._exit(1)
    except Exception as error:
        return json.dumps({"failed": where(error)}).encode()


def where(error: Exception) -> str:
    """The kind of error and its place. Its words could hold what was sent, which no log may."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    place = f"{last.tb_frame.f_code.co_filename}:{last.tb_lineno}" if last else "nowhere"
    return f"{type(error).__name__} at {place}"


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The process behind a workbench: python -m advisor.studio.worker LINE JOB SECONDS MEGABYTES.

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


def main(line: str, job: str, seconds: str, megabytes: str) -> None:
    # Ctrl-C goes to the whole group; the line says when it is over.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(10)
    django.setup()
    module, _, name = job.partition(":")
    work = getattr(import_module(module), name)
    most = int(megabytes) * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    with Connection(int(line)) as connection:
        connection.send_bytes(b"ready")
        serve(connection, work, math.ceil(float(seconds)) + 1)


def serve(connection: Connection, work: Callable[[Any], object], seconds: int) -> None:
    while True:
        try:
            task = connection.recv_bytes()
        except EOFError:
            return
        # Who waits for the answer kills us earlier; this is for when nobody does any more.
        signal.alarm(seconds)
        answer = outcome(work, task)
        signal.alarm(0)
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

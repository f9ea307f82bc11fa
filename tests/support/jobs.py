"""Jobs for a workbench that behave badly."""

import os
import resource
import signal


def echo(task: object) -> object:
    return task


def endless(task: object) -> object:
    while task:
        pass
    return task


def waiting(task: object) -> object:
    if task:
        signal.pause()
    return task


def greedy(task: object) -> object:
    """Takes 100 MB for each of the task."""
    assert isinstance(task, dict)
    return len([bytes(100 * 1024 * 1024) for _ in range(task["hundreds"])])


def dying(task: object) -> object:
    if task:
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def failing(task: object) -> object:
    if task:
        raise ValueError(f"what was sent: {task}")
    return task


def wordy(task: object) -> object:
    return "x" * 20_000_000 if task else ""


def greedy_draft(task: object) -> object:
    return greedy({"hundreds": 20} if task else {"hundreds": 0})


def limits(_task: object) -> object:
    """The limits that the worker has set itself: memory, processor time, alarm, niceness."""
    return {
        "memory": resource.getrlimit(resource.RLIMIT_AS),
        "processor": signal.getitimer(signal.ITIMER_PROF)[0],
        "alarm": signal.alarm(0),
        "niceness": os.nice(0),
    }

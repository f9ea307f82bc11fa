"""Runs pytest in many folders, each in a fork of one process that has the libraries loaded.

`python worker.py` reads a JSON line for each run: `folder`, its test `files`, and `only`, the id of
one test or null for all of them up to the first that fails. It answers with pytest's exit code, the
test that failed first, and what was printed. A fork takes no time to start, and each sees its own
modules only.
"""

import contextlib
import importlib
import io
import json
import os
import sys

import pytest

LIBRARIES = (
    "cryptography.hazmat.primitives.asymmetric.ec", "cryptography.hazmat.primitives.serialization",
    "django.test", "fastapi.testclient", "flask", "joserfc.jwe", "joserfc.jwt", "jwt", "pyseto",
    "redis",
)  # fmt: skip


class Watcher:
    """Keeps one test where one is wanted, and remembers the first that fails."""

    def __init__(self, only: str | None) -> None:
        self.only = only
        self.failed = ""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self.only is not None:
            # An id may hold what differs from run to run; then all cases of the test are run.
            exact = [item for item in items if item.nodeid == self.only]
            test = self.only.partition("[")[0]
            items[:] = exact or [item for item in items if item.nodeid.partition("[")[0] == test]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid


def run(folder: str, files: list[str], only: str | None) -> dict[str, object]:
    """One run, in this process."""
    os.chdir(folder)
    sys.path.insert(0, folder)
    watcher = Watcher(only)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        arguments = ["-x", "-q", "-c", os.devnull, "-p", "no:cacheprovider", *files]
        code = pytest.main(arguments, plugins=[watcher])
    return {"code": int(code), "failed": watcher.failed, "printed": printed.getvalue()[-4000:]}


def forked(folder: str, files: list[str], only: str | None) -> str:
    """One run in a child: its answer as JSON."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        os.close(reading)
        answer = {"code": -1, "failed": "", "printed": "the run ended early"}
        try:
            answer = run(folder, files, only)
        finally:
            with os.fdopen(writing, "w") as pipe:
                pipe.write(json.dumps(answer))
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answered = pipe.read()
    os.waitpid(child, 0)
    return answered


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    # The kits are imported from their own folder, not from this file's.
    sys.path.pop(0)
    for library in LIBRARIES:
        importlib.import_module(library)
    for line in sys.stdin:
        print(forked(**json.loads(line)), flush=True)

"""Runs pytest in many folders, each in a fork of one process that has the libraries loaded.

`python worker.py` reads a JSON line for each run: `folder`, its test `files`, and `test`, one test
as `file::test` or nothing for all of them. A run ends with the first case that fails. The answer is
pytest's exit code, the case that failed, and what was printed. A fork takes no time to start, and
each sees its own modules only.
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


def bare(nodeid: str) -> str:
    """The name of a test without the folder of its file."""
    file, colons, test = nodeid.partition("::")
    return f"{file.rpartition('/')[2]}{colons}{test}"


class Watcher:
    """Keeps all cases of one test where one is wanted, and remembers the first that fails."""

    def __init__(self, test: str) -> None:
        self.test = test
        self.failed = ""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self.test:
            items[:] = [item for item in items if bare(item.nodeid).partition("[")[0] == self.test]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.failed:
            self.failed = bare(report.nodeid)


def run(folder: str, files: list[str], test: str) -> dict[str, object]:
    """One run, in this process."""
    os.chdir(folder)
    sys.path.insert(0, folder)
    watcher = Watcher(test)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        arguments = ["-x", "-q", "-p", "no:cacheprovider", *files]
        code = pytest.main(arguments, plugins=[watcher])
    return {"code": int(code), "failed": watcher.failed, "printed": printed.getvalue()[-4000:]}


def forked(folder: str, files: list[str], test: str) -> str:
    """One run in a child: its answer as JSON."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        os.close(reading)
        answer = {"code": -1, "failed": "", "printed": "the run ended early"}
        try:
            answer = run(folder, files, test)
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

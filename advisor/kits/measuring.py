"""Measure the kits on this machine: sizes, and costs relative to one of the kits.

Every kit runs in a process of its own, in a folder as a user would unzip it. `measure.py` in that
folder prints sizes and counts. For costs it serves as a worker that runs one batch at a time, so
that a kit and the reference take turns and the load of the machine affects both alike.
"""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from advisor.engine.tree import model
from advisor.kits.kit import TESTS, Kit

ROUNDS = 31
BATCH_SECONDS = 0.02
TIMEOUT = 120
COSTS = ("issue", "verify")
SCRIPT = "measure/measure.py"


def measure(
    document: model.Document, kits: Mapping[str, Kit], on: date, rounds: int = ROUNDS
) -> dict[str, Any]:
    """Return the section `measured` of a tree with these kits, as plain data for YAML.

    Costs are ratios to the kit that the document names as its reference. Raise CalledProcessError
    with the output of a kit that fails, and TimeoutExpired after TIMEOUT seconds.
    """
    reference = kits[document.reference] if document.reference else None
    measured: dict[str, dict[str, dict[str, str]]] = {}
    with TemporaryDirectory() as folder:
        for outcome, kit in kits.items():
            home = _unpacked(kit, Path(folder) / outcome)
            figures = _texts(json.loads(_run(home, "--json")))
            if reference is not None:
                base = _unpacked(reference, Path(folder) / "reference")
                with _worker(home) as worker, _worker(base) as reference_worker:
                    for cost in COSTS:
                        figures[f"{cost}-cost"] = _ratio(worker, reference_worker, cost, rounds)
            measured[outcome] = {
                "versions": dict(kit.pins),
                "figures": {id: figures[id] for id in document.figures if id in figures},
            }
    return {"measured": {"on": on.isoformat(), "machine": machine(), "kits": measured}}


def as_yaml(section: dict[str, Any]) -> str:
    """Return the section as the text of `measured.yaml`, with a comment not to edit it."""
    head = "# Written by `advisor kits measure`; run it again instead of editing.\n"
    return head + yaml.safe_dump(section, sort_keys=False, allow_unicode=True, width=100)


def machine() -> str:
    """Return cores, processor, system and Python version of this machine, in words."""
    cores = os.cpu_count() or 1
    return (
        f"{cores} core{'s' if cores > 1 else ''} {platform.machine()}, {platform.system()}, "
        f"Python {platform.python_version()}"
    )


def _unpacked(kit: Kit, folder: Path) -> Path:
    for file in next(iter(kit.frameworks.values())):
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text)
    return folder


def _run(home: Path, *arguments: str) -> str:
    finished = subprocess.run(
        [sys.executable, SCRIPT, *arguments],
        cwd=home,
        env=_environment(home),
        check=True,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    return finished.stdout


def _environment(home: Path) -> dict[str, str]:
    """Return the environment of a kit, with fresh keys from the kit's own samples."""
    code = "import json, samples; print(json.dumps(samples.environment()))"
    printed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(home / TESTS)},
        check=True,
        capture_output=True,
        timeout=TIMEOUT,
    )
    return {**os.environ, **json.loads(printed.stdout)}


def _texts(measured: dict[str, Any]) -> dict[str, str]:
    """Return the figures as a page prints them."""
    return {name: _text(value) for name, value in measured.items()}


def _text(value: Any) -> str:
    match value:
        case {"median": middle, "low": low, "high": high}:
            return _spread(middle, low, high)
        case _:
            return str(value)


def _spread(middle: float, low: float, high: float) -> str:
    return f"{_short(middle)} ({_short(low)}–{_short(high)})"


def _short(ratio: float) -> str:
    return f"{ratio:.0f}" if ratio >= 20 else f"{ratio:.1f}"


@contextmanager
def _worker(home: Path) -> Iterator["subprocess.Popen[str]"]:
    worker = subprocess.Popen(
        [sys.executable, SCRIPT, "--worker"],
        cwd=home,
        env=_environment(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield worker
    finally:
        worker.kill()
        worker.communicate()


def _ratio(
    worker: "subprocess.Popen[str]", reference: "subprocess.Popen[str]", cost: str, rounds: int
) -> str:
    """Return the median of the ratios of all rounds, and their interquartile range."""
    calls, reference_calls = (_batch(worker, cost) for worker in (worker, reference))
    ratios = sorted(
        (_ask(worker, cost, calls) / calls)
        / (_ask(reference, cost, reference_calls) / reference_calls)
        for _ in range(rounds)
    )
    low, high = ratios[rounds // 4], ratios[(3 * rounds) // 4]
    return _spread(median(ratios), low, high)


def _batch(worker: "subprocess.Popen[str]", cost: str) -> int:
    """Return how many calls take about BATCH_SECONDS, after a warm-up."""
    _ask(worker, cost, 5)
    return max(1, int(BATCH_SECONDS * 1e9 / (_ask(worker, cost, 20) / 20)))


def _ask(worker: "subprocess.Popen[str]", cost: str, calls: int) -> float:
    """Return the nanoseconds that this number of calls took."""
    if worker.stdin is None or worker.stdout is None:
        raise RuntimeError("the worker has no pipes")
    worker.stdin.write(f"{cost} {calls}\n")
    worker.stdin.flush()
    return float(worker.stdout.readline())

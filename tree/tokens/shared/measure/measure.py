"""Measures this kit on your machine: size of a token, cost of issuing and checking one, the store.

    python measure/measure.py           a small table
    python measure/measure.py --json    the same figures as one JSON object
    python measure/measure.py --worker  reads lines "issue N" and "verify N", and answers each with
                                        the nanoseconds that N calls took, to compare two kits

Costs are given relative to HS256 made with the standard library alone, measured in turns with the
kit, so that a machine that slows down slows down both. Needs Redis if the kit does: REDIS_URL.
"""

import gc
import importlib.util
import json
import os
import statistics
import sys
import threading
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

# The kit, and what its tests make tokens with, stand in the folders beside this one.
KIT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(KIT), str(KIT / "tests")]
# In one file with models of Django, the kit needs settings first.
if importlib.util.find_spec("django_project"):
    importlib.import_module("django_project")

import reference  # noqa: E402 - found in the folders above
import samples  # noqa: E402
import tokens  # noqa: E402

ROUNDS = 40  # of each: reference, kit, reference, kit ...
BATCH_NS = 4_000_000  # how long one turn takes, about
RACERS = 16  # browsers' tabs that refresh with the same token at once
RACES = 20

Call = Callable[[], object]


def measure() -> dict[str, Any]:
    """All figures that apply to this kit."""
    subject = f"measure-{uuid.uuid4()}"
    issue, verify = tokens.issuer(), tokens.verifier()
    sizes = [_size(issue, claims) for claims in (samples.MINIMUM, samples.TYPICAL)]
    figures: dict[str, Any] = dict(zip(("bytes-minimum", "bytes-typical"), sizes, strict=True))
    known, token = reference.issue(subject), issue(subject)
    figures |= _compare("issue", lambda: reference.issue(subject), lambda: issue(subject))
    figures |= _compare("verify", lambda: reference.verify(known), lambda: verify(token))
    # Only the kits with a Redis have it, here or in the module that opens the store.
    url = getattr(tokens, "STORE_URL", getattr(sys.modules.get("store"), "STORE_URL", None))
    if url is not None:
        import redis

        store = redis.Redis.from_url(os.environ.get("REDIS_URL", url))
        store.ping()
        figures["redis-us"] = _spread([_batch(store.ping, 20) / 20_000 for _ in range(ROUNDS)])
    if hasattr(issue, "refresh"):
        won = {_race(issue, subject) for _ in range(RACES)}
        figures["races-won"] = f"{'-'.join(map(str, sorted(won)))} of {RACERS}"
    if hasattr(tokens, "revoker"):
        tokens.revoker().revoke_all(subject)  # what was issued here does not stay in the store
    return figures


def _compare(name: str, other: Call, kit: Call) -> dict[str, Any]:
    counts = {call: max(1, BATCH_NS * 5 // _batch(call, 5)) for call in (other, kit)}
    times: dict[Call, list[float]] = {other: [], kit: []}
    for _ in range(ROUNDS):
        for call, count in counts.items():
            times[call].append(_batch(call, count) / count)
    ratios = [mine / its for its, mine in zip(times[other], times[kit], strict=True)]
    own = [nanoseconds / 1000 for nanoseconds in times[kit]]
    return {f"{name}-us": _spread(own), f"{name}-ratio": _spread(ratios)}


def _batch(call: Call, count: int) -> int:
    """Nanoseconds for so many calls."""
    gc.disable()
    try:
        start = time.perf_counter_ns()
        for _ in range(count):
            call()
        return max(1, time.perf_counter_ns() - start)
    finally:
        gc.enable()


def _spread(figures: list[float]) -> dict[str, float]:
    """The middle, and what nine tenths stay above and below."""
    low, *_, high = statistics.quantiles(figures, n=10)
    three = {"median": statistics.median(figures), "low": low, "high": high}
    return {name: float(f"{figure:.3g}") for name, figure in three.items()}


def _size(issue: Any, claims: dict[str, Any]) -> int:
    token: str = issue("user-1", claims) if claims else issue("user-1")  # opaque ones take none
    if hasattr(tokens, "revoker"):
        tokens.revoker().revoke(token)
    return len(token.encode())


def _race(issue: Any, subject: str) -> int:
    """How many new refresh tokens the racers get between them; it must be one."""
    token, start = issue.log_in(subject, "browser").refresh, threading.Barrier(RACERS)
    won: set[str] = set()

    def run() -> None:
        start.wait()
        won.add(issue.refresh(token, "browser").refresh)

    racers = [threading.Thread(target=run) for _ in range(RACERS)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    return len(won)


def work() -> None:
    """Takes orders until there are no more."""
    subject = f"measure-{uuid.uuid4()}"
    issue, verify = tokens.issuer(), tokens.verifier()
    for line in sys.stdin:
        what, count = line.split()
        token = issue(subject)  # a new one, so that it has not expired
        call = partial(issue, subject) if what == "issue" else partial(verify, token)
        sys.stdout.write(f"{_batch(call, int(count))}\n")
        sys.stdout.flush()
    if hasattr(tokens, "revoker"):
        tokens.revoker().revoke_all(subject)


def table(figures: dict[str, Any]) -> str:
    lines = [f"{'':14} {'median':>10}    nine tenths are above and below"]
    for name, figure in figures.items():
        if isinstance(figure, dict):
            spread = f"{figure['low']:g} to {figure['high']:g}"
            lines.append(f"{name:14} {figure['median']:>10g}    {spread}")
        else:
            lines.append(f"{name:14} {figure:>10}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    os.environ.update(samples.environment())
    if sys.argv[1:] == ["--worker"]:
        work()
    elif sys.argv[1:] in ([], ["--json"]):
        found = measure()
        sys.stdout.write(json.dumps(found) + "\n" if sys.argv[1:] else table(found))
    else:
        sys.exit("Usage: python measure/measure.py [--json | --worker]")

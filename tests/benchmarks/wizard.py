"""What a step of the wizard and a result cost, as ratios: `python -m tests.benchmarks.wizard`.

Each page takes turns with a constant page of the same bytes, through the same handler and the same
middleware, so that whatever else the machine does falls on both alike. Nothing is asserted: ratios
are for comparing one state of the code with another on one machine.
"""

import argparse
import os
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from wsgiref.types import WSGIEnvironment
from wsgiref.util import setup_testing_defaults

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings

from advisor import catalogue

ROUNDS = 400
WARM_UP = 20
ADDRESSES = {
    "question": "/tokens/ask?revocation=no&services=many",
    "result": "/tokens/result?revocation=no&services=many&confidential=no&team=small",
    "result-with-values": "/tokens/result?revocation=no&services=many&confidential=no&team=small"
    "&issuer=https%3A%2F%2Flogin.shop.example&access-minutes=5",
    "home": "/tokens/",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"{ROUNDS} without it")
    rounds: int = parser.parse_args().rounds
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    print(reading())
    with (
        tempfile.TemporaryDirectory() as nothing_collected,
        override_settings(
            DEBUG=False, ROOT_URLCONF="tests.benchmarks.constant", STATIC_ROOT=nothing_collected
        ),
    ):
        site = WSGIHandler()
        print(f"\n{rounds} rounds; milliseconds: median (lower and upper quartile)\n")
        print(f"{'page':<20}{'bytes':>8}{'constant':>24}{'page':>24}{'ratio':>8}")
        for name, address in ADDRESSES.items():
            print(compared(site, name, address, rounds))


def reading() -> str:
    """What loading the served trees takes: time, and memory of each process."""
    folders = [Path(folder) for folder in settings.ADVISOR_TREES]
    began = time.perf_counter()
    for folder in folders:
        catalogue.check(folder)
    seconds = time.perf_counter() - began
    tracemalloc.start()
    loaded = [catalogue.check(folder) for folder in folders]
    kept, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (
        f"{len(loaded)} tree(s) read in {seconds * 1000:.0f} ms; "
        f"{kept / 2**20:.1f} MiB kept, {most / 2**20:.1f} MiB at most while reading"
    )


def compared(site: WSGIHandler, name: str, address: str, rounds: int) -> str:
    """One line of the table: a page and its constant copy, in turns."""
    from tests.benchmarks.constant import PAGES  # needs Django set up

    PAGES[name] = page = get(site, address)
    takes: dict[str, list[float]] = {"/constant/" + name: [], address: []}
    for turn in range(WARM_UP + rounds):
        for asked, times in takes.items():
            taken = timed(lambda asked=asked: get(site, asked))  # type: ignore[misc]
            if turn >= WARM_UP:
                times.append(taken)
    still, made = takes.values()
    ratio = statistics.median(made) / statistics.median(still)
    return f"{name:<20}{len(page):>8}{spread(still):>24}{spread(made):>24}{ratio:>8.1f}"


def timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def spread(times: list[float]) -> str:
    lower, median, upper = statistics.quantiles(times, n=4)
    return f"{median:.2f} ({lower:.2f}–{upper:.2f})"


def get(site: WSGIHandler, address: str) -> bytes:
    """The body of a page, as a server would ask the application for it."""
    path, _, query = address.partition("?")
    environ: WSGIEnvironment = {"PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": "127.0.0.1"}
    setup_testing_defaults(environ)
    statuses: list[str] = []

    def start_response(status: str, *_: object) -> Callable[[bytes], object]:
        statuses.append(status)
        return lambda _: None

    response = site(environ, start_response)
    body = b"".join(response)
    response.close()
    if statuses != ["200 OK"]:
        raise RuntimeError(f"{address} answers {statuses}")
    return body


if __name__ == "__main__":
    main()

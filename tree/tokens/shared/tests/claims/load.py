"""Two issuers and two services at work, while a test restarts them with other keys."""

import random
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import tokens as kit
from by_hand import LIFE, Clock, Issue, Verify


class Load:
    """Remembers how many tokens of the old and of the new key each service accepted."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.issuers: list[tuple[str, Issue]] = [("old", kit.issuer())] * 2
        self.services: list[Verify] = [kit.verifier()] * 2
        self.jobs: list[Future[None]] = []
        first = self.issuers[0][1]("user-0")
        self.issued = deque([("old", clock.at, first)], maxlen=60)
        self.accepted = [Counter[str](), Counter[str]()]
        self.refused: list[str] = []
        self.stop = threading.Event()

    def issue(self, which: int) -> None:
        while not self.stop.is_set():
            (key, issue), at = self.issuers[which], self.clock.at
            self.issued.append((key, at, issue("user-1")))

    def check(self, which: int) -> None:
        while not self.stop.is_set():
            key, at, token = random.choice(self.issued)
            try:
                self.services[which](token)
                self.accepted[which][key] += 1
            except kit.InvalidToken as error:
                if self.clock.at < at + LIFE:
                    self.refused.append(f"{key}: {error}")

    def work(self, key: str) -> None:
        """Go on until both services have accepted 20 more tokens of the key."""
        goals, end = [count[key] + 20 for count in self.accepted], time.monotonic() + 30
        while any(count[key] < goal for count, goal in zip(self.accepted, goals, strict=True)):
            assert time.monotonic() < end, self.refused
            assert not any(job.done() for job in self.jobs)
            time.sleep(0.002)

    def restart(self, key: str, *parts: str) -> None:
        """Restart `issuers`, `services` or both, one machine after the other, each with a while of
        work. From then on the issuers use the key."""
        for machine in (0, 1):
            if "issuers" in parts:
                self.issuers[machine] = (key, kit.issuer())
            if "services" in parts:
                self.services[machine] = kit.verifier()
            self.work(key)


@contextmanager
def under_load(clock: Clock) -> Iterator[Load]:
    """Yield issuers and services at work. Fail if one of them refused a good token."""
    load = Load(clock)
    with ThreadPoolExecutor() as pool:
        for job in (load.issue, load.check):
            load.jobs += [pool.submit(job, which) for which in (0, 1)]
        try:
            load.work("old")
            yield load
        finally:
            load.stop.set()
    for running in load.jobs:
        running.result()
    assert load.refused == []

"""A short memory of good answers, so that a busy user asks the store only now and then.

While an answer is remembered, a token that was revoked still works, in this process: the number of
seconds is a delay of every logout. It counts from before the store was asked. Refusals are not
remembered.
"""

import copy
import hashlib
import threading
import time
from collections.abc import Callable
from typing import Any

MOST_SECONDS = 60  # longer would be another promise than "at once"
MOST_ANSWERS = 10_000  # the oldest goes first


def remember(
    verify: Callable[[str], dict[str, Any]], seconds: int
) -> Callable[[str], dict[str, Any]]:
    """Return a function that asks `verify` about a token once in so many seconds. With 0 it is
    `verify` itself."""
    if not 0 <= seconds <= MOST_SECONDS:
        raise ValueError(f"Answers are remembered for 0 to {MOST_SECONDS} seconds.")
    if seconds == 0:
        return verify
    answers: dict[str, tuple[float, dict[str, Any]]] = {}  # by hashes: memory holds no tokens
    lock = threading.Lock()

    def verify_or_remember(token: str) -> dict[str, Any]:
        if not isinstance(token, str) or len(token) > 100:
            return verify(token)  # which refuses
        key = hashlib.sha256(token.encode(errors="replace")).hexdigest()
        asked = steady_seconds()
        with lock:
            until, answer = answers.get(key, (asked, {}))
        if asked < until:
            return copy.deepcopy(answer)  # what a caller changes is not remembered
        answer = verify(token)
        with lock:
            answers.pop(key, None)  # so that it goes in as the latest
            answers[key] = asked + seconds, copy.deepcopy(answer)
            while len(answers) > MOST_ANSWERS:
                del answers[next(iter(answers))]
        return answer

    return verify_or_remember


def steady_seconds() -> float:
    """Return a time that nobody sets back."""
    return time.monotonic()

"""Trees for the tests of this folder: a small one as text, and how to read one that must be good.

The bad trees under `invalid/` are the small one with one thing changed.
"""

import json
from pathlib import Path

from advisor.engine.reader import Reading, read_files
from advisor.engine.tree.graph import Tree

ENGINE_TESTS = Path(__file__).parents[1] / "engine"
MESSAGING = ENGINE_TESTS.parent / "trees" / "messaging"

LUNCH = """\
format: 1
title: Where to eat
summary: Indoors or outdoors.
questions:
  rain:
    ask: Does it rain?
    short: Rain
    answers:
      yes: {label: It does, because: Wet chairs.}
      no: {label: It does not, because: Dry chairs.}
decide:
  rain:
    yes: {recommend: inside, because: It is dry there.}
    no: {recommend: outside, because: The air is better.}
outcomes:
  inside:
    name: Inside
    verdict: A table under a roof.
    ruled-out:
      rain: {no: Nobody wants a roof today.}
  outside:
    name: Outside
    verdict: A table in the garden.
    ruled-out:
      rain: {yes: The garden is wet.}
"""


LUNCH_POLICY = """\
format: 1
title: Dry
owner: The cook
reason: Soup gets cold.
review-by: 2999-01-01
rules:
  no-garden:
    because: It may rain later.
    forbid: outside
    use: inside
  towels:
    because: Chairs stay wet for an hour.
    when: {answers: {rain: [yes]}, outcomes: [inside]}
    require: A towel for each guest.
  menu:
    because: Nobody reads a long one.
    caveat: {title: Soup only, weight: note, text: The kitchen is small.}
  words:
    because: It has a stove too.
    replace: outcomes.inside.verdict
    with: A table by the stove.
cases:
  - {answers: {rain: no}, expect: inside}
"""


def question(*answers: str) -> dict[str, object]:
    """A question as a document has it, its texts made of its answers' ids."""
    texts = {answer: {"label": answer, "because": f"because of {answer}"} for answer in answers}
    return {"ask": "What?", "short": "What", "answers": texts}


def outcome(ruled_out: dict[str, dict[str, str]] | None = None) -> dict[str, object]:
    return {"name": "An outcome", "verdict": "One of several.", "ruled-out": ruled_out or {}}


def document(**sections: object) -> dict[str, object]:
    return {"format": "1", "title": "Made", "summary": "Made by a test."} | sections


def read_document(document: dict[str, object]) -> Reading:
    """JSON is YAML, and needs no care with quotes."""
    return read(json.dumps(document, indent=1, ensure_ascii=False))


def changed(old: str, new: str, text: str = LUNCH) -> str:
    """The text with one passage replaced, which must be there exactly once."""
    assert text.count(old) == 1
    return text.replace(old, new)


# The small tree with a third answer.
WITH_SNOW = changed(
    "      no: {label: It does not, because: Dry chairs.}\n",
    "      no: {label: It does not, because: Dry chairs.}\n"
    "      snow: {label: It snows, because: White chairs.}\n",
    changed(
        "    no: {recommend: outside",
        "    snow: {recommend: inside, because: It is warm.}\n    no: {recommend: outside",
        changed("{yes: The garden is wet.}", "{yes: The garden is wet., snow: White.}"),
    ),
)


def read(text: str | bytes) -> Reading:
    data = text if isinstance(text, bytes) else text.encode()
    return read_files({"tree.yaml": data})


def good(document: dict[str, object]) -> Tree:
    """The tree of a document that has no errors."""
    reading = read_document(document)
    assert reading.errors == ()
    assert reading.tree is not None
    return reading.tree


def printed(reading: Reading) -> str:
    return "".join(f"{problem}\n" for problem in reading.problems)

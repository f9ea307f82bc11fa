"""What can be wrong with a tree: a problem with its place, and how it is printed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

# Nobody reads more, and a suggestion for each costs more than reading the file.
MAX_PROBLEMS = 1000
MAX_SUGGESTIONS = 100
# Longer words are compared with nothing: nobody types them.
MAX_COMPARED = 200
MAX_QUOTED = 10_000

Severity = Literal["error", "warning"]
Part = Literal["error", "warning", "place", "marker", "suggestion"]

# Every id that a problem can have. docs/problems explains each, and tests/engine/invalid has a bad
# tree for each; tests hold the three together.
ERRORS = frozenset({
    # the file
    "no-tree", "wrong-ending", "unreadable", "too-large", "not-utf8", "syntax",
    "several-documents", "too-deep", "anchor", "alias", "tag", "key-not-text",
    "duplicate-key", "section-twice", "swallowed",
    # the schema
    "unknown-key", "missing-key", "misplaced", "wrong-type", "empty", "too-long", "too-few",
    "bad-id", "bad-value",
    # the graph
    "unknown-question", "unknown-answer", "missing-answer", "answer-twice", "unknown-outcome",
    "unknown-branch", "unknown-kit", "unknown-way", "unknown-figure", "unknown-source",
    "branch-cycle", "question-twice", "too-tall", "id-taken", "constant-taken",
    "recommended-twice", "missing-reason", "case-incomplete", "case-fails",
    # the policies
    "one-effect", "unknown-parameter", "unknown-field", "shown-early", "no-number", "limit-empty",
    "no-choice", "unknown-option",
    "policy-conflict", "substitute-forbidden", "policy-twice", "too-tangled",
    # the kits
    "kit-unlisted", "kit-without-module", "kit-without-folder", "kit-clash", "kit-not-python",
    "kit-default", "kit-outdated", "kit-place",
})  # fmt: skip
WARNINGS = frozenset({
    "unused-question", "unused-outcome", "unused-branch", "unused-caveat", "unused-source",
    "unused-reason", "unused-parameter", "changes-nothing", "case-extra",
    "kit-name-clash", "kit-not-joinable", "kit-unreached",
    "listed-twice", "too-many", "limit-wider", "never-fires", "review-overdue",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands.

    `line` and `column` count from 1, in characters; 0 is the whole file. `length` is how many
    characters to mark, `text` the source line itself.
    """

    file: str
    line: int = 0
    column: int = 0
    length: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: what stands there, what was expected, what may have been meant.

    It reads "found <actual>; expected <expected>".
    """

    id: str
    place: Place
    actual: str
    expected: str
    suggestion: str = ""

    @property
    def severity(self) -> Severity:
        """Return `error` for what makes the tree unusable, else `warning`."""
        return "warning" if self.id in WARNINGS else "error"

    def __str__(self) -> str:
        return printed(self)


def printed(problem: Problem, paint: Callable[[Part, str], str] = lambda _, text: text) -> str:
    """Return the problem as lines of text: place, message, the marked line, suggestion.

    `paint` gives the parts that differ in weight their colours.
    """
    place = problem.place
    head = printable(place.file)
    if place.line:
        head += f":{place.line}:{place.column}"
    kind = paint(problem.severity, f"{problem.severity}[{problem.id}]")
    message = f"found {problem.actual}; expected {problem.expected}"
    lines = [f"{paint('place', f'{head}:')} {kind}: {message}"]
    if place.line:
        line, marker = marked(place)
        bar = marker.index("|") + 1
        lines += [line, marker[:bar] + paint("marker", marker[bar:])]
    if problem.suggestion:
        indented = problem.suggestion.replace("\n", "\n    ")
        lines.append(f"  = {paint('suggestion', indented)}")
    return "\n".join(lines)


def marked(place: Place, width: int = 100) -> list[str]:
    """Return the source line with a marker under the place; a long line is cut around it."""
    start = max(0, place.column - 1 - width // 2)
    shown = printable(place.text[start : start + width].replace("\t", " "))
    lead, tail = "…" if start else "", "…" if len(place.text) > start + width else ""
    number = str(place.line)
    offset = place.column - 1 - start + len(lead)
    marker = "^" * max(1, min(place.length, len(shown) + len(lead) - offset))
    return [f"  {number} | {lead}{shown}{tail}", f"  {' ' * len(number)} | {' ' * offset}{marker}"]


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return each problem once, errors before warnings, then by place."""
    return tuple(
        sorted(
            dict.fromkeys(problems),
            key=lambda p: (p.severity, p.place.file, p.place.line, p.place.column, p.id, p.actual),
        )
    )


def nearest(text: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return the known word that was probably meant, or an empty string.

    A single slip of the fingers counts before any likeness: `ro` has little in common with `or`.
    """
    words = [word for word in known if len(word) <= MAX_COMPARED]
    typed = text[: MAX_COMPARED + 1]
    if typed in words:
        return typed
    slips = [
        word
        for word, *_ in process.extract(typed, words, scorer=OSA.distance, score_cutoff=1)
        if len(word) > 1
    ]
    if slips:
        # Two letters swapped is the likeliest slip: no letter is missing.
        return max(slips, key=lambda word: (sorted(word) == sorted(typed), fuzz.ratio(typed, word)))
    match = process.extractOne(typed, words, scorer=fuzz.ratio, score_cutoff=100 * cutoff)
    return match[0] if match else ""


def did_you_mean(typed: str, known: Iterable[str]) -> str:
    """Return a suggestion where a known word is near, else an empty string."""
    near = nearest(typed, known)
    return f"did you mean `{near}`?" if near else ""


def quoted(value: object, limit: int = 60) -> str:
    """Return a text in backticks, on one line of at most `limit` characters."""
    whole = str(value)
    # Of a text of megabytes no more is looked at than can be shown.
    text = printable(" ".join(whole[:MAX_QUOTED].split()))
    fits = len(whole) <= MAX_QUOTED and len(text) <= limit
    return f"`{text if fits else text[: limit - 1] + '…'}`"


def printable(text: str) -> str:
    """Return the text with a sign for each character that a terminal would obey, not show."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def one_of(words: Iterable[str]) -> str:
    """Return words as a choice, `a`, `b` or `c`, for the expected part of a message.

    Cut after twelve.
    """
    known = [f"`{word}`" for word in words]
    if len(known) > 12:
        return f"one of {', '.join(known[:12])} and {len(known) - 12} more"
    return f"{', '.join(known[:-1])} or {known[-1]}" if len(known) > 1 else "".join(known)

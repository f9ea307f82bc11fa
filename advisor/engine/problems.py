"""What can be wrong with a tree: a problem with its place, and how it is printed."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from heapq import nsmallest
from typing import Literal

# Nobody reads more, and a suggestion for each costs more than reading the file.
MAX_PROBLEMS = 1000
MAX_SUGGESTIONS = 100
# How much of a long word, and how many of many words, a suggestion compares in full.
MAX_COMPARED, MAX_CANDIDATES = 200, 50
MAX_QUOTED = 10_000

Severity = Literal["error", "warning"]
Part = Literal["error", "warning", "place", "marker", "suggestion"]

# Every id that a problem can have. tree/README.md explains each, and tests/engine/invalid has a
# bad file for each; a test holds the three together.
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
    "policy-conflict", "substitute-forbidden", "policy-twice", "too-tangled",
    # the kits
    "kit-unlisted", "kit-without-module", "kit-without-folder", "kit-clash", "kit-not-python",
    "kit-default", "kit-outdated",
})  # fmt: skip
WARNINGS = frozenset({
    "unused-question", "unused-outcome", "unused-branch", "unused-caveat", "unused-source",
    "unused-reason", "unused-parameter", "changes-nothing", "case-extra",
    "listed-twice", "too-many", "limit-wider", "never-fires", "review-overdue",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands. `line` and `column` count from 1, in characters; 0 is the whole file.

    `length` is how many characters to mark, `text` the source line itself.
    """

    file: str
    line: int = 0
    column: int = 0
    length: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: what was found, what was expected, and what may have been meant."""

    id: str
    place: Place
    found: str
    expected: str
    suggestion: str = ""

    @property
    def severity(self) -> Severity:
        return "warning" if self.id in WARNINGS else "error"

    def __str__(self) -> str:
        return printed(self)


def printed(problem: Problem, paint: Callable[[Part, str], str] = lambda _, text: text) -> str:
    """The problem as lines of text: place, finding, the marked line, suggestion.

    `paint` gives the parts that differ in weight their colours.
    """
    place = problem.place
    head = printable(place.file)
    if place.line:
        head += f":{place.line}:{place.column}"
    kind = paint(problem.severity, f"{problem.severity}[{problem.id}]")
    message = f"found {problem.found}; expected {problem.expected}"
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
    """The source line with a marker under the place; a long line is cut around it."""
    start = max(0, place.column - 1 - width // 2)
    shown = printable(place.text[start : start + width].replace("\t", " "))
    lead, tail = "…" if start else "", "…" if len(place.text) > start + width else ""
    number = str(place.line)
    offset = place.column - 1 - start + len(lead)
    marker = "^" * max(1, min(place.length, len(shown) + len(lead) - offset))
    return [f"  {number} | {lead}{shown}{tail}", f"  {' ' * len(number)} | {' ' * offset}{marker}"]


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Errors before warnings, then by place; each problem once."""
    return tuple(
        sorted(
            dict.fromkeys(problems),
            key=lambda p: (p.severity, p.place.file, p.place.line, p.place.column, p.id, p.found),
        )
    )


def nearest(found: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known word that may have been meant, or an empty string.

    One slip of the fingers counts before any likeness: difflib sees nothing in `ro` of `or`.
    """
    best, most = "", 0.0
    matcher = SequenceMatcher(b=found[:MAX_COMPARED])
    words = known if isinstance(known, Collection) else list(known)
    if len(words) > MAX_CANDIDATES:
        if found in words:
            return found
        words = nsmallest(MAX_CANDIDATES, words, key=lambda word: _unlike(found, word))
    for word in words:
        if word == found:
            return word
        if abs(len(word) - len(found)) > max(len(word), len(found)) / 2 + 1:
            continue
        matcher.set_seq1(word[:MAX_COMPARED])
        slip = _is_one_slip(found, word)
        if not slip and matcher.real_quick_ratio() < cutoff:
            continue
        # Two letters swapped is the likeliest slip: none is missing.
        likeness = matcher.ratio() + slip + (slip and sorted(word) == sorted(found))
        if likeness > most and (slip or likeness >= cutoff):
            best, most = word, likeness
    return best


def _unlike(found: str, word: str) -> int:
    """A cheap guess at how little two words have in common."""
    return abs(len(found) - len(word)) + 2 * (found[:1] != word[:1]) + 2 * (found[-3:] != word[-3:])


def _is_one_slip(found: str, meant: str) -> bool:
    """Whether one letter was dropped, added or replaced, or two neighbours were swapped."""
    if abs(len(found) - len(meant)) > 1 or len(meant) < 2:
        return False
    start = next((n for n, (a, b) in enumerate(zip(found, meant, strict=False)) if a != b), None)
    if start is None:
        return found != meant
    found, meant = found[start:], meant[start:]
    swapped = found[:2] == meant[1::-1] and found[2:] == meant[2:]
    return swapped or found[1:] in (meant, meant[1:]) or found == meant[1:]


def did_you_mean(found: str, known: Iterable[str]) -> str:
    """A suggestion where a known word is near, else an empty string."""
    near = nearest(found, known)
    return f"did you mean `{near}`?" if near else ""


def quoted(found: object, limit: int = 60) -> str:
    """What was found, in backticks, on one line and bounded."""
    whole = str(found)
    # Of a text of megabytes no more is looked at than can be shown.
    text = printable(" ".join(whole[:MAX_QUOTED].split()))
    fits = len(whole) <= MAX_QUOTED and len(text) <= limit
    return f"`{text if fits else text[: limit - 1] + '…'}`"


def printable(text: str) -> str:
    """The text with a sign for each character that a terminal would obey instead of showing."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def one_of(words: Iterable[str]) -> str:
    """`a`, `b` or `c`, for the expected part of a message; long lists are cut."""
    known = [f"`{word}`" for word in words]
    if len(known) > 12:
        return f"one of {', '.join(known[:12])} and {len(known) - 12} more"
    return f"{', '.join(known[:-1])} or {known[-1]}" if len(known) > 1 else "".join(known)

"""Say in words what today's tree makes of a saved decision, to people who were not there."""

from collections.abc import Iterator
from datetime import datetime

from django.template.defaultfilters import date as format_date

from advisor.engine.comparing.drift import Drift
from advisor.engine.comparing.results import Change
from advisor.engine.walking.evaluate import Result
from advisor.saved import pages
from advisor.saved.drift_today import CodeDrift, DriftToday

# The kinds of changes that matter most come first; the others keep their order.
_IMPORTANCE = ("outcome", "first", "requirements", "caveats", "rulings", "departure", "verdict")
_FILE_CHANGES = {"changed": "Changed files", "added": "New files", "gone": "Removed files"}
_CHANGES = {"changed": "changed", "added": "new", "gone": "removed"}
_NOT_KNOWN = "Nobody can tell, because these answers lead to no result today."


def drift_questions(old: Result, today: DriftToday) -> tuple[pages.DriftQuestionPart, ...]:
    """Answer the three questions about a saved decision."""
    drift = today.drift
    renamed = tuple(cause.line for cause in drift.renamed)
    causes = () if drift.status == "barred" else tuple(cause.line for cause in drift.causes)
    return (
        pages.DriftQuestionPart(
            "Would the same answers get the same recommendation?",
            _recommendation(old, drift),
            (*causes, *renamed),
        ),
        pages.DriftQuestionPart(
            f"Is the chosen {old.words.outcome} still allowed?",
            *_allowed(old, drift),
        ),
        pages.DriftQuestionPart(
            "Have its advice or code changed?",
            _changed(drift, today.config),
            tuple(_code_lines(today.config)) if today.config else (),
        ),
    )


def substantive(changes: tuple[Change, ...]) -> list[Change]:
    """Return the changes of the advice, those that matter most first."""
    return sorted(
        (change for change in changes if not change.editorial),
        key=lambda change: (
            _IMPORTANCE.index(change.kind) if change.kind in _IMPORTANCE else len(_IMPORTANCE)
        ),
    )


def file_changes(code: CodeDrift) -> tuple[pages.FileChangePart, ...]:
    """Build the changes of the files, each with its difference."""
    return tuple(
        pages.FileChangePart(
            file.name,
            f"{_CHANGES[file.kind]}, {', '.join(file.frameworks)}",
            tuple(map(_diff_line, file.lines)),
            file.cut,
        )
        for file in code.files
    )


def since(versions: tuple[datetime, datetime | None] | None) -> str:
    """Say when the tree changed, as far as saved decisions tell."""
    if versions is None:
        return ""
    then, now = (format_date(time, "j F Y") if time else "" for time in versions)
    if not now:
        return f"The version of then was last used for a decision on {then}."
    if then == now:
        return f"The tree changed on {then}."
    return f"The tree changed between {then} and {now}: decisions were saved with both versions."


def _recommendation(old: Result, drift: Drift) -> str:
    if drift.today is None:
        return "Nobody can tell."
    if drift.status != "outcome":
        return f"Yes: “{old.recommended_name}”."
    chosen = " That is what was chosen." if old.outcome == drift.today.outcome else ""
    return f"No: “{old.recommended_name}” then, “{drift.today.name}” today.{chosen}"


def _allowed(old: Result, drift: Drift) -> tuple[str, tuple[str, ...]]:
    if drift.today is None:
        return _NOT_KNOWN, ()
    if drift.forbidden is not None:
        return f"No: “{old.name}” cannot be chosen for these answers.", (drift.forbidden.line,)
    return f"Yes: “{old.name}” can be chosen.", ()


def _changed(drift: Drift, code: CodeDrift | None) -> str:
    if drift.today is None:
        return _NOT_KNOWN
    if code is None:
        return "There is no advice and no code to compare, because it cannot be chosen."
    count = len(substantive(drift.changes))
    advice = (
        ("The advice has changed", f"in {count} place{'s' if count > 1 else ''}.")
        if count
        else ("The advice has not changed.", "")
    )
    words = {
        "same": "The code has not changed.",
        "changed": "The code has changed.",
        "new": "There is code today.",
        "gone": "There is no code any more.",
        "unwritable": "The code cannot be written with these settings today.",
    }
    if not count and code.state == "same":
        return "No."
    return " ".join(filter(None, (*advice, words[code.state])))


def _code_lines(code: CodeDrift) -> Iterator[str]:
    for kind, words in _FILE_CHANGES.items():
        names = dict.fromkeys(file.name for file in code.files if file.kind == kind)
        if names:
            yield f"{words}: {', '.join(names)}"
    yield from code.messages


def _diff_line(line: str) -> pages.DiffLinePart:
    match line[:1]:
        case "+":
            return pages.DiffLinePart("added", line)
        case "-":
            return pages.DiffLinePart("removed", line)
        case "@":
            return pages.DiffLinePart("place", "…")
    return pages.DiffLinePart("same", line)

"""Check a draft, and render its problems, its picture, a walk and its differences as HTML.

`find` runs in the worker of a workbench and renders there too, because time and memory for a
hostile draft are limited there.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypedDict
from urllib.parse import urlencode

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from advisor.engine.problems import Problem, in_order, marked
from advisor.engine.reader import Reading, read_files, read_folder
from advisor.engine.tree.graph import Tree, takes
from advisor.engine.walking import evaluate as engine
from advisor.exports.report import counted
from advisor.kits.reading import read_kits
from advisor.studio import draft as drafts
from advisor.studio.differences import differences
from advisor.studio.pages import FindingsPart, ProblemPart, WalkChoicePart, WalkPart, WalkStepPart
from advisor.web.markup import markdown
from advisor.wizard.build import choices
from advisor.wizard.build_parts import outcome, position, ruled_out, step, vocabulary
from advisor.wizard.build_result import recommendation
from advisor.wizard.result_parts import RecommendationPart
from advisor.wizard.tree_picture import picture_of_draft

# A longer list helps nobody: the first problems say what is wrong.
MAX_PROBLEMS = 100


class Task(TypedDict):
    """A draft to check: the folder of the served tree, and the files and answers of the draft.

    `stale` says that the page keeps older findings where the draft allows no new ones.
    """

    folder: str
    files: dict[str, str]
    walk: dict[str, str]
    stale: bool


def find(task: Task) -> tuple[str, str]:
    """Return two pieces of HTML: the problems of the draft, and everything else."""
    folder, files = Path(task["folder"]), task["files"]
    reading = _with_kits(_read(files), folder)
    today = read_folder(folder)
    # Only policies need to know the parameters of kits, and reading kits is slow.
    if today.walkable and today.walkable.policies:
        today = _with_kits(today, folder)
    # A tree whose only errors are in cases or reasons can be walked.
    tree = reading.walkable
    walk = _valid_answers(tree, task["walk"]) if tree else {}
    state = engine.evaluate(tree, walk) if tree else None
    trail = {step.question: step.answer for step in state.trail} if state else {}
    page = FindingsPart(
        summary=_summary(reading),
        problems=tuple(_problem(problem, files) for problem in reading.problems[:MAX_PROBLEMS]),
        more=max(0, len(reading.problems) - MAX_PROBLEMS),
        broken=tree is None,
        edited=_edited(folder, files),
        walked=urlencode(walk),
        walk=_walk(tree, state) if tree and state else None,
        picture=picture_of_draft(tree, trail) if tree else None,
        unfit=tree is not None and bool(reading.errors),
        differences=differences(today.walkable, tree) if tree else None,
        stale=task["stale"],
    )
    context = {"page": page}
    problems, rest = (f"studio/{part}.html" for part in ("problems", "rest"))
    return render_to_string(problems, context), render_to_string(rest, context)


def _read(files: Mapping[str, str]) -> Reading:
    """Return the draft, read without kits. A policy file without text is left out."""
    contents = {
        name: text.encode(errors="replace")
        for name, text in files.items()
        if text.strip() or not name.startswith(drafts.POLICIES)
    }
    return read_files(contents, today=timezone.localdate())


def _with_kits(reading: Reading, folder: Path) -> Reading:
    """Return the reading with the kits of the served tree and their problems."""
    if reading.walkable is None:
        return reading
    kits, problems = read_kits(folder, reading.walkable.without_policies, folder.name)
    taken = {outcome: tuple(kit.takes()) for outcome, kit in kits.items()}
    whole = replace(reading.walkable, taken=taken)
    return replace(reading, problems=in_order((*reading.problems, *problems)), walkable=whole)


def _valid_answers(tree: Tree, walk: Mapping[str, str]) -> dict[str, str]:
    """Return the answers that the draft still has, so that a walk can go on."""
    questions = tree.document.questions
    return {
        question: answer
        for question, answer in walk.items()
        if question in questions and takes(questions[question], answer)
    }


def _summary(reading: Reading) -> str:
    errors = len(reading.errors)
    counts = ((errors, "error"), (len(reading.problems) - errors, "warning"))
    phrases = [counted(n, noun) for n, noun in counts if n]
    return ", ".join(phrases) or "No problems"


def _edited(folder: Path, files: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the files that differ from the served tree."""
    try:
        loaded = drafts.of_folder(folder).files
    except drafts.TooLarge:
        return ()
    return tuple(name for name, text in files.items() if loaded.get(name) != text)


def _problem(problem: Problem, files: Mapping[str, str]) -> ProblemPart:
    place = problem.place
    return ProblemPart(
        severity=problem.severity,
        id=problem.id,
        file=place.file,
        line=place.line,
        column=place.column,
        length=place.length,
        editable=place.file in files,
        message=_coded(f"Found {problem.actual}; expected {problem.expected}."),
        plain=f"{problem.severity}: found {problem.actual}; expected {problem.expected}",
        excerpt="\n".join(marked(place, 60)) if place.line else "",
        hint=_coded("" if "\n" in problem.suggestion else _sentence(problem.suggestion)),
        paste=problem.suggestion if "\n" in problem.suggestion else "",
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _coded(text: str) -> SafeString:
    """Return a text as HTML, with the parts in backticks as code."""
    pieces = text.split("`")
    return format_html_join(
        mark_safe(""),
        "{}",
        (
            (format_html("<code>{}</code>", piece) if index % 2 else piece,)
            for index, piece in enumerate(pieces)
        ),
    )


def _walk(tree: Tree, state: engine.Asking | engine.Result) -> WalkPart:
    answers = state.given
    asking = state if isinstance(state, engine.Asking) else None
    return WalkPart(
        trail=tuple(_step(step, answers) for step in state.trail),
        words=vocabulary(tree.document.words),
        position=position(asking) if asking else "",
        ask=tree.document.questions[asking.question].ask if asking else "",
        hint=markdown((asking and tree.document.questions[asking.question].hint) or ""),
        choices=_choices(tree, asking) if asking else (),
        in_play=tuple(map(outcome, asking.in_play)) if asking else (),
        ruled_out=tuple(map(ruled_out, state.ruled_out)),
        recommendation=_recommendation(state) if isinstance(state, engine.Result) else None,
    )


def _step(step: engine.Answered, answers: Mapping[str, str]) -> WalkStepPart:
    without = {id: answer for id, answer in answers.items() if id != step.question}
    return WalkStepPart(step.short, step.ask, step.label, urlencode(without))


def _choices(tree: Tree, asking: engine.Asking) -> tuple[WalkChoicePart, ...]:
    question = tree.document.questions[asking.question]
    return tuple(
        WalkChoicePart(
            choice.label, choice.hint, urlencode({**asking.given, asking.question: choice.value})
        )
        for choice in choices(question)
    )


def _recommendation(result: engine.Result) -> RecommendationPart:
    steps = tuple(step(answered, "") for answered in result.trail)
    return recommendation(result, None, steps)

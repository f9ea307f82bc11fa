"""`advisor tree draw`: draw a tree as a diagram for a README, a wiki or a design document."""

from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from django.core.management import CommandError

from advisor import catalogue
from advisor.engine.printing.diagrams import MAX_NODES, as_dot, as_mermaid
from advisor.engine.tree.graph import Tree
from advisor.engine.walking.evaluate import UnknownAnswer, evaluate
from advisor.management.printing import whole_number
from advisor.management.tree import sides
from advisor.management.tree.policies import policy_argument

HELP = "draw a tree as Mermaid or DOT"
DESCRIPTION = """\
Draws a tree. Each question and each recommendation appears once. Answers that lead to the same
place share one arrow.

Exit codes: 0 drawn, 1 the tree has errors, 2 wrong usage."""

_FORMATS = {"mermaid": as_mermaid, "dot": as_dot}


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the action."""
    parser.formatter_class = RawDescriptionHelpFormatter
    parser.add_argument(
        "folder", nargs="?", type=Path, metavar="FOLDER", help="default: the served tree"
    )
    parser.add_argument(
        "--format",
        choices=_FORMATS,
        default="mermaid",
        help="mermaid (the default), which GitHub and GitLab show; dot, for Graphviz",
    )
    parser.add_argument(
        "--answers",
        nargs="+",
        default=(),
        type=_answer,
        metavar="QUESTION=ANSWER",
        help="mark the path of these answers",
    )
    policy_argument(parser)
    parser.add_argument(
        "--limit",
        type=whole_number,
        default=MAX_NODES,
        metavar="NODES",
        help=f"draw at most so many nodes, the nearest first (default: {MAX_NODES}); Mermaid's own "
        "limits may allow fewer",
    )


def run(options: Mapping[str, Any], out: TextIO) -> int:
    """Write the diagram; return 0.

    Raise CommandError where the tree is not valid, and with exit code 2 for an unknown answer.
    """
    folder = options["folder"] or sides.only_served()
    reading = catalogue.read(folder, options["policies"])
    if reading.tree is None:
        raise CommandError("\n\n".join(map(str, reading.problems)))
    answers = _known(reading.tree, dict(options["answers"]))
    out.write(_FORMATS[options["format"]](reading.tree, answers, options["limit"]))
    return 0


def _known(tree: Tree, answers: Mapping[str, str]) -> dict[str, str]:
    """Return the answers on the path, with the one that is assumed where one is `unsure`."""
    for question in answers:
        if question not in tree.document.questions:
            known = ", ".join(tree.document.questions)
            message = f"the tree has no question {question!r}; it has {known}"
            raise CommandError(message, returncode=2)
    try:
        state = evaluate(tree, answers)
    except UnknownAnswer as unknown:
        message = f"{unknown}; it has {', '.join(unknown.known)}"
        raise CommandError(message, returncode=2) from None
    return {step.question: step.answer for step in state.trail}


def _answer(text: str) -> tuple[str, str]:
    question, _, answer = text.partition("=")
    if not answer:
        raise ArgumentTypeError(f"{text!r} is not of the form QUESTION=ANSWER")
    return question, answer

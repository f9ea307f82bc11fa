"""Bad trees that a test makes, because no folder should hold what is wrong with them.

Each comes with the same thing made right: just inside the bound that the bad one breaks.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from advisor.engine.problems import MAX_PROBLEMS, Place
from advisor.engine.reader import Reading, read_files, read_folder
from advisor.engine.reading.yaml_nodes import MAX_BYTES
from tests.support.policies import policy, with_policies
from tests.support.trees import LUNCH, document, outcome, question, read, read_document


@dataclass(frozen=True, slots=True)
class MadeTree:
    id: str
    wrong: Callable[[Path], Reading]
    right: Callable[[Path], Reading]
    expected: str

    def __str__(self) -> str:
        return self.id


def file_of_size(size: int) -> Reading:
    return read_files({"tree.yaml": LUNCH.encode(), "caveats.yaml": b"#" * size})


def sources_without_title(count: int) -> Reading:
    """Return the last problem of a tree in which each source lacks its title."""
    reading = read(
        LUNCH + "sources:\n" + "".join(f"  s{n}: {{kind: guide}}\n" for n in range(count))
    )
    return replace(reading, problems=reading.problems[-1:])


def questions_in_a_row(count: int) -> Reading:
    """Return a tree of questions, each in a branch that jumps to the next."""
    ids = [f"q{n}" for n in range(count)]
    step: dict[str, object] = {"recommend": "end", "because": "No question is left."}
    branches: dict[str, object] = {}
    for id in reversed(ids):
        branches[id] = {id: {"stop": {"recommend": "end", "because": id}, "go": step}}
        step = {"branch": id}
    return read_document(
        document(
            questions={id: question("stop", "go") for id in ids},
            decide=step,
            branches=branches,
            outcomes={"end": outcome()},
        )
    )


def two_policies(folder: Path, first: str, second: str) -> Reading:
    """Return the tree read with two policies, which `--policy` would name."""
    given = [folder / first, folder / second]
    for path in given:
        path.parent.mkdir()
        path.write_text(policy(dry={"require": "Bring a towel."}))
    (folder / "tree.yaml").write_text(LUNCH)
    reading = read_folder(folder, "lunch", policies=given)
    prefix = f"{folder}/"
    shown = tuple(
        replace(
            problem,
            place=Place(problem.place.file.replace(prefix, "")),
            actual=problem.actual.replace(prefix, ""),
        )
        for problem in reading.problems
    )
    return Reading(reading.tree, shown)


def conditions(count: int) -> Reading:
    """Return sixteen questions in a row, with rules that each depend on one of them."""
    ids = [f"q{n}" for n in range(16)]
    step: dict[str, object] = {"recommend": "one", "because": "The end.", "or": {"two": "Or not."}}
    branches: dict[str, object] = {}
    for id in reversed(ids):
        branches[id] = {id: {"stop, go": step}}
        step = {"branch": id}
    answers_of_all = {id: ["go"] for id in ids}
    # A caveat that depends on all, or the questions would change nothing.
    caveat = {"title": "All", "weight": "note", "text": "All.", "when": {"answers": answers_of_all}}
    tree = document(
        questions={id: question("stop", "go") for id in ids},
        decide=step,
        branches=branches,
        outcomes={"one": outcome(), "two": outcome()},
        caveats={"all": caveat | {"sources": ["s"]}},
        sources={"s": {"title": "S", "kind": "guide"}},
    )
    when = {id: {"answers": {id: ["go"]}} for id in ids[:count]}
    rules = {id: {"when": when[id], "forbid": "one", "use": "two"} for id in when}
    return with_policies(json.dumps(tree), house=policy(**rules))


MADE = [
    MadeTree(
        "too-large",
        lambda _: file_of_size(MAX_BYTES + 1),
        lambda _: file_of_size(MAX_BYTES),
        "caveats.yaml: error[too-large]: found more than 67108864 bytes;"
        " expected a file of 64 MiB at most\n",
    ),
    MadeTree(
        "too-many",
        lambda _: sources_without_title(MAX_PROBLEMS + 1),
        lambda _: sources_without_title(MAX_PROBLEMS),
        "the tree: warning[too-many]: found more than 1000 problems;"
        " expected those above to be fixed first\n",
    ),
    MadeTree(
        "policy-twice",
        lambda folder: two_policies(folder, "old/house.yaml", "new/house.yaml"),
        lambda folder: two_policies(folder, "old/house.yaml", "new/yard.yaml"),
        "new/house.yaml: error[policy-twice]: found the policy `house` again,"
        " first in old/house.yaml; expected each policy once\n",
    ),
    MadeTree(
        "too-tangled",
        lambda _: conditions(16),
        lambda _: conditions(8),
        "policies/house.yaml:10:12: error[too-tangled]: found conditions that tell apart more than"
        " 50068 places of the tree; expected rules with fewer answers under `when`\n"
        '  10 |    "when": {\n'
        "     |            ^\n",
    ),
    MadeTree(
        "too-tall",
        lambda _: questions_in_a_row(202),
        lambda _: questions_in_a_row(200),
        "tree.yaml:5041:4: error[too-tall]: found 201 questions on one path; expected 200 at most\n"
        '  5041 |    "q1": {\n'
        "       |    ^^^^\n",
    ),
]

"""Every problem that a tree can have: an example of it, the whole text of it, its help."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from advisor.engine.problems import ERRORS, WARNINGS, Place
from advisor.engine.reader import Reading, read_files, read_folder
from advisor.engine.reading.yaml_nodes import MAX_BYTES
from tests.support.policies import policy, with_policies
from tests.support.trees import (
    HERE,
    LUNCH,
    changed,
    document,
    outcome,
    printed,
    question,
    read,
    read_document,
)

INVALID = HERE / "invalid"
EXAMPLES = sorted(folder.name for folder in INVALID.iterdir())
# When the policies among them are read.
TODAY = date(2026, 11, 23)
HELP = HERE.parents[1] / "tree" / "README.md"
# What only the folder of kits shows is tested beside the code that reads it.
OF_KITS = frozenset({id for id in ERRORS if id.startswith("kit-")} | {"unused-parameter"})


def id_of(example: str) -> str:
    """`unknown-key-2` is the second example of `unknown-key`."""
    return re.sub(r"-[0-9]+$", "", example)


@pytest.mark.parametrize("example", EXAMPLES)
def test_it_prints_exactly_what_is_wrong_with_a_bad_tree(example: str) -> None:
    reading = read_folder(INVALID / example, example, today=TODAY)

    assert printed(reading) == (INVALID / example / "expected.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("example", EXAMPLES)
def test_it_shows_in_each_example_the_problem_that_names_it(example: str) -> None:
    reading = read_folder(INVALID / example, today=TODAY)

    assert id_of(example) in {problem.id for problem in reading.problems}


@pytest.mark.parametrize("example", EXAMPLES)
def test_it_gives_a_tree_for_warnings_only(example: str) -> None:
    reading = read_folder(INVALID / example)

    assert (reading.tree is None) == (id_of(example) in ERRORS)


# What no readable folder in a repository can hold.


def no_tree(folder: Path) -> Reading:
    return read_folder(folder, "lunch")


def unreadable(folder: Path) -> Reading:
    (folder / "tree.yaml").write_text(LUNCH)
    (folder / "caveats.yaml").mkdir()
    (folder / "sources.yaml").symlink_to("nowhere.yaml")
    return read_folder(folder, "lunch")


def unreadable_alone(folder: Path) -> Reading:
    (folder / "tree.yaml").mkdir()
    return read_folder(folder, "lunch")


def not_utf8(_: Path) -> Reading:
    return read(changed("The garden", "The gärden").encode("latin-1"))


def too_large(_: Path) -> Reading:
    return read_files({"tree.yaml": LUNCH.encode(), "caveats.yaml": b"#" * (MAX_BYTES + 1)})


def too_many(_: Path) -> Reading:
    """A thousand and one sources without a title; the last line is not shown."""
    reading = read(
        LUNCH + "sources:\n" + "".join(f"  s{n}: {{kind: guide}}\n" for n in range(1001))
    )
    assert [p.place.line for p in reading.problems[:-1]] == [*range(27, 1027)]
    return replace(reading, problems=reading.problems[-1:])


def too_tall(_: Path) -> Reading:
    """202 questions in a row, each in a branch that jumps to the next."""
    ids = [f"q{n}" for n in range(202)]
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


def policy_twice(folder: Path) -> Reading:
    given = [folder / name / "house.yaml" for name in ("old", "new")]
    for path in given:
        path.parent.mkdir()
        path.write_text(policy(dry={"require": "Bring a towel."}))
    (folder / "tree.yaml").write_text(LUNCH)
    reading = read_folder(folder, "lunch", policies=given)
    shown = (
        replace(p, place=Place(p.place.file.replace(f"{folder}/", ""))) for p in reading.problems
    )
    found = (replace(p, actual=p.actual.replace(f"{folder}/", "")) for p in shown)
    return Reading(reading.tree, tuple(found))


def too_tangled(_: Path) -> Reading:
    """Sixteen questions in a row, and for each a rule that depends on it."""
    ids = [f"q{n}" for n in range(16)]
    step: dict[str, object] = {"recommend": "one", "because": "The end.", "or": {"two": "Or not."}}
    branches: dict[str, object] = {}
    for id in reversed(ids):
        branches[id] = {id: {"stop, go": step}}
        step = {"branch": id}
    every = {id: ["go"] for id in ids}
    # A caveat that depends on all, or the questions would change nothing.
    caveat = {"title": "All", "weight": "note", "text": "All.", "when": {"answers": every}}
    tree = document(
        questions={id: question("stop", "go") for id in ids},
        decide=step,
        branches=branches,
        outcomes={"one": outcome(), "two": outcome()},
        caveats={"all": caveat | {"sources": ["s"]}},
        sources={"s": {"title": "S", "kind": "guide"}},
    )
    when = {id: {"answers": {id: ["go"]}} for id in ids}
    rules = {id: {"when": when[id], "forbid": "one", "use": "two"} for id in ids}
    return with_policies(json.dumps(tree), house=policy(**rules))


MADE: dict[str, tuple[Callable[[Path], Reading], str]] = {
    "no-tree": (
        no_tree,
        "lunch: error[no-tree]: found no `.yaml` file; expected a folder with `tree.yaml`\n",
    ),
    "unreadable": (
        unreadable,
        "lunch/caveats.yaml: error[unreadable]: found a file that cannot be read"
        " (Is a directory); expected a readable file\n"
        "lunch/sources.yaml: error[unreadable]: found a file that cannot be read"
        " (No such file or directory); expected a readable file\n",
    ),
    "unreadable-2": (
        unreadable_alone,
        "lunch/tree.yaml: error[unreadable]: found a file that cannot be read"
        " (Is a directory); expected a readable file\n",
    ),
    "not-utf8": (
        not_utf8,
        "tree.yaml:25:24: error[not-utf8]: found the byte 0xe4; expected text in UTF-8\n"
        "  25 |       rain: {yes: The g\ufffdrden is wet.}\n"
        "     |                        ^\n"
        "  = save the file as UTF-8\n",
    ),
    "too-large": (
        too_large,
        "caveats.yaml: error[too-large]: found more than 67108864 bytes;"
        " expected a file of 64 MiB at most\n",
    ),
    "too-many": (
        too_many,
        "the tree: warning[too-many]: found more than 1000 problems;"
        " expected those above to be mended first\n",
    ),
    "policy-twice": (
        policy_twice,
        "new/house.yaml: error[policy-twice]: found the policy `house` again,"
        " first in old/house.yaml; expected each policy once\n",
    ),
    "too-tangled": (
        too_tangled,
        "policies/house.yaml:10:12: error[too-tangled]: found conditions that tell apart more than"
        " 50068 places of the tree; expected rules with fewer answers under `when`\n"
        '  10 |    "when": {\n'
        "     |            ^\n",
    ),
    "too-tall": (
        too_tall,
        "tree.yaml:5041:4: error[too-tall]: found 201 questions on one path; expected 200 at most\n"
        '  5041 |    "q1": {\n'
        "       |    ^^^^\n",
    ),
}


@pytest.mark.parametrize("example", MADE)
def test_it_prints_exactly_what_is_wrong_with_a_tree_that_is_made(
    example: str, tmp_path: Path
) -> None:
    make, expected = MADE[example]

    reading = make(tmp_path)

    assert printed(reading) == expected
    assert id_of(example) in {problem.id for problem in reading.problems}


def shown() -> set[str]:
    return {id_of(example) for example in (*EXAMPLES, *MADE)}


def test_it_has_an_example_of_every_problem_and_of_no_other() -> None:
    assert shown() == (ERRORS | WARNINGS) - OF_KITS


def explanations() -> str:
    """The last part of the editors' manual."""
    return HELP.read_text(encoding="utf-8").partition("\n## Problems, and what to do\n")[2]


def test_it_explains_every_problem_and_no_other() -> None:
    headings = re.findall(r"^### (.*)$", explanations(), re.MULTILINE)

    assert sorted(headings) == sorted(f"`{id}`" for id in ERRORS | WARNINGS)


def test_it_says_something_under_every_heading() -> None:
    parts = re.split(r"^### .*$", explanations(), flags=re.MULTILINE)[1:]

    assert len(parts) == len(ERRORS | WARNINGS)
    assert min(len(part.strip()) for part in parts) > 40


def test_it_counts_no_problem_as_both_an_error_and_a_warning() -> None:
    assert not ERRORS & WARNINGS

"""Whatever the files hold: problems or a tree, and never an exception."""

import json
from pathlib import Path
from random import Random

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from advisor.engine.reader import Reading, read_files, read_folder
from tests.support.contract import check
from tests.support.trees import (
    ENGINE_TESTS,
    LUNCH,
    MESSAGING,
    changed,
    document,
    outcome,
    printed,
    question,
    read,
    read_document,
)


def ids(reading: Reading) -> list[str]:
    return [problem.id for problem in reading.problems]


# All problems, and none that only follows from another


def test_it_reports_mistakes_of_all_kinds_at_once() -> None:
    text = changed("short: Rain", "shrot: Rain")
    text = changed("verdict: A table under a roof.", "verdict: []", text)
    text = changed("{recommend: inside, because", "{recommend: inside, becuase", text)
    text = changed("title: Where to eat", "title: &a Where to eat", text)
    text += "sources:\n  almanac: {title: A, kind: guide, url: ftp://x}\n  diary: {kind: tome}\n"
    text += "cases:\n  - {answers: {snow: yes}, expect: inside}\n  - {expect: nowhere}\n"

    places = [(p.id, p.place.line, p.place.column) for p in read(text).problems]

    assert places == [
        ("anchor", 2, 8),
        ("unknown-key", 7, 5),
        ("unknown-key", 13, 30),
        ("wrong-type", 18, 14),
        ("bad-value", 27, 41),
        ("missing-key", 28, 3),
        ("bad-value", 28, 17),
        ("unknown-question", 30, 16),
        ("missing-key", 31, 5),
    ]


def test_it_reports_problems_of_all_files_at_once() -> None:
    files = {
        "a/tree.yaml": changed("short: Rain", "shrot: Rain"),
        "a/cases.yaml": "cases: {}",
        "a/sources.yaml": "sources: [",
    }
    reading = read_files({name: text.encode() for name, text in files.items()})

    assert [(p.place.file, p.id) for p in reading.problems] == [
        ("a/cases.yaml", "wrong-type"),
        ("a/sources.yaml", "syntax"),
        ("a/tree.yaml", "unknown-key"),
    ]


@pytest.mark.parametrize("section", ["questions", "outcomes", "caveats", "sources"])
def test_it_does_not_blame_references_for_a_file_that_cannot_be_read(section: str) -> None:
    whole = yaml.safe_load((ENGINE_TESTS / "valid/everything/tree.yaml").read_text())
    rest = {name: value for name, value in whole.items() if name != section}
    files = {"tree.yaml": yaml.safe_dump(rest), f"{section}.yaml": f"{section}: {{"}

    reading = read_files({name: text.encode() for name, text in files.items()})

    assert ids(reading) == ["syntax"]


def test_it_does_not_blame_references_for_a_section_that_was_refused() -> None:
    text = LUNCH[: LUNCH.index("outcomes:")] + "outcomes: none\n"

    assert ids(read(text)) == ["wrong-type"]


def test_it_does_not_blame_the_rest_for_an_item_that_was_refused() -> None:
    assert ids(read(changed("    verdict: A table under a roof.\n", ""))) == ["missing-key"]


def test_it_does_not_blame_the_whole_for_a_refused_step() -> None:
    refused = changed("{recommend: outside, because: The air is better.}", "{recommend: [outside]}")

    assert ids(read(refused)) == ["missing-key", "wrong-type"]


def test_it_finds_a_wrong_reference_beside_a_refused_one() -> None:
    text = changed("    verdict: A table under a roof.\n", "")
    text = changed("{recommend: outside,", "{recommend: nowhere,", text)

    assert ids(read(text)) == ["unknown-outcome", "missing-key"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("    no: {recommend", "    No: {recommend", "bad-id"),
        ("decide:\n  rain:", "decide:\n  Rain:", "bad-id"),
        ("    no: {recommend: outside,", "    no: {recommend: [],", "wrong-type"),
        ("    no: {recommend: outside, because: The air is better.}", "    no: x", "wrong-type"),
        ("outcomes:\n", "branches: x\noutcomes:\n", "wrong-type"),
        ("outcomes:\n", "branches: {x: y}\noutcomes:\n", "wrong-type"),
        ("outcomes:\n", "branches: {X: {branch: x}}\noutcomes:\n", "bad-id"),
        ("outcomes:\n", "branches: {x: {rain: {Y: {branch: x}}}}\noutcomes:\n", "bad-id"),
        ("outcomes:\n", "branches: {x: {rain: {'yes, no': {}}}}\noutcomes:\n", "wrong-type"),
    ],
)
def test_it_goes_on_after_a_step_that_was_refused(old: str, new: str, expected: str) -> None:
    text = changed(old, new) + "cases:\n  - {answers: {snow: yes}, expect: inside}\n"

    assert sorted(ids(read(text))) == sorted([expected, "unknown-question"])


def test_it_does_not_blame_jumps_for_branches_that_were_refused() -> None:
    text = changed("{recommend: outside, because: The air is better.}", "{branch: dry}")

    assert ids(read(text + "branches: none\n")) == ["wrong-type"]
    assert ids(read(text + "branches: {Dry: {branch: x}}\n")) == ["bad-id"]
    assert ids(read(text + "branches: {dry: {rain: []}}\n")) == ["wrong-type"]


@pytest.mark.parametrize("key", ["<leaf>", "<jump>", "<question>", "[key]"])
@pytest.mark.parametrize(
    ("old", "expected"),
    [
        ("questions:\n", "unknown-key"),
        ("  rain:\n    ask", "bad-id"),
        ("    ask: ", "unknown-key"),
        ("      yes: {label", "bad-id"),
        ("    yes: {recommend", "bad-id"),
    ],
)
def test_it_takes_no_key_for_a_sign_of_its_own(key: str, old: str, expected: str) -> None:
    """pydantic tells where it refused something by such words, among the keys themselves."""
    indent = " " * (len(old) - len(old.lstrip()))

    [problem] = read(changed(old, f'{indent}"{key}":\n{old}')).problems

    assert (problem.id, problem.place.column) == (expected, len(indent) + 1)
    assert problem.place.text == f'{indent}"{key}":'


def test_it_still_checks_cases_that_have_nothing_to_do_with_a_mistake() -> None:
    text = (
        LUNCH
        + "sources:\n  diary: {kind: guide}\ncases:\n  - {answers: {rain: no}, expect: inside}\n"
    )

    assert ids(read(text)) == ["missing-key", "case-fails"]


def test_it_keeps_the_place_of_cases_after_a_refused_one() -> None:
    text = LUNCH + "cases:\n  - {}\n  - {answers: {rain: no}, expect: inside}\n"

    assert [(p.id, p.place.line) for p in read(text).problems] == [
        ("missing-key", 27),
        ("missing-key", 27),
        ("case-fails", 28),
    ]


def test_it_reads_no_files_as_no_tree() -> None:
    assert printed(read_files({})) == (
        "the tree: error[no-tree]: found no `.yaml` file; expected a folder with `tree.yaml`\n"
    )


def test_it_names_what_an_empty_tree_lacks() -> None:
    assert [str(problem) for problem in read("").problems] == [
        f"tree.yaml: error[missing-key]: found no `{key}`; expected the key `{key}` in the tree"
        for key in ("decide", "format", "outcomes", "questions", "summary", "title")
    ]


def test_it_names_files_by_the_folder_or_by_the_name_that_it_is_given() -> None:
    folder = ENGINE_TESTS / "invalid" / "anchor" / "reason-with-anchor"

    assert read_folder(folder).problems[0].place.file == f"{folder.as_posix()}/tree.yaml"
    assert read_folder(folder, "t").problems[0].place.file == "t/tree.yaml"


def test_it_gives_no_tree_where_a_file_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "tree.yaml").write_text(LUNCH)
    (tmp_path / "cases.yaml").mkdir()

    assert read_folder(tmp_path).tree is None


# Depth


def chain(length: int, asking: bool) -> dict[str, object]:
    """Branches that jump to each other in a row, each after a question of its own if asking."""
    questions = {f"q{n}": question("stop", "go") for n in range(length)}
    branches: dict[str, object] = {f"b{length}": {"recommend": "end", "because": "It ends."}}
    for n in range(length):
        jump = {"branch": f"b{n + 1}"}
        stop = {"recommend": "end", "because": f"Stopped at {n}."}
        branches[f"b{n}"] = {f"q{n}": {"stop": stop, "go": jump}} if asking else jump
    return document(
        questions=questions,
        decide={"branch": "b0"},
        branches=branches,
        outcomes={"end": outcome()},
    )


def test_it_follows_a_thousand_jumps() -> None:
    reading = read_document(chain(1000, asking=False))
    assert reading.tree is not None

    assert reading.errors == ()
    assert len(list(reading.tree.nodes())) == 1


def test_it_reports_a_thousand_questions_in_a_row_once() -> None:
    assert ids(read_document(chain(1000, asking=True))) == ["too-tall"]


def test_it_reports_a_circle_of_a_thousand_branches_once() -> None:
    tree = chain(1000, asking=True)
    branches = tree["branches"]
    assert isinstance(branches, dict)
    branches["b1000"] = {"branch": "b0"}

    assert ids(read_document(tree)) == ["branch-cycle"]


def test_it_reads_two_hundred_questions_in_a_row() -> None:
    tree = read_document(chain(200, asking=True)).tree
    assert tree is not None

    assert (tree.root.shortest, tree.root.longest) == (1, 200)


def test_it_reports_each_of_several_circles() -> None:
    branches = {"a": "b", "b": "a", "c": "d", "d": "d", "e": "a"}
    tree = chain(1, asking=True)
    tree["branches"] = {id: {"branch": to} for id, to in branches.items()}
    tree["decide"] = {"q0": {"stop": {"branch": "c"}, "go": {"branch": "e"}}}

    assert [p.actual for p in read_document(tree).problems] == [
        "a circle: a → b → a",
        "a circle: d → d",
    ]


# Anything at all


@given(st.lists(st.binary(max_size=200), max_size=3))
def test_it_survives_any_bytes(contents: list[bytes]) -> None:
    check({f"{n}/tree.yaml": data for n, data in enumerate(contents)})


@given(st.text(max_size=200))
@example("\x85a: b")
@example("a: \u2028- b\n\u2029- c")
@example("\ufeff\ufeffa: b")
@example("? |\n  a\n: b")
@example("a: b\n: c\n")
def test_it_survives_any_text(text: str) -> None:
    check({"tree.yaml": text.encode()})


@given(st.text(alphabet="ab:-[]{},&*!|>'\"%@`#? \n\t\r\x85\u2028\ufeffé😀", max_size=60))
def test_it_survives_any_use_of_the_signs_of_yaml(text: str) -> None:
    check({"tree.yaml": text.encode()})


SCHEMA_WORDS = """
    because branch recommend or note first words cases parameters default
    constant type integer minimum maximum corrects 1 -1 1.5 1e999 9999999999999
"""
WORDS = sorted(
    {"<leaf>", "[key]", "<question>", "", "0", "a, b", "A", "é", "x" * 401, "…", "<<"}
    | {word.strip("{}[],:\"'") for word in (MESSAGING / "tree.yaml").read_text().split()}
    | set(SCHEMA_WORDS.split())
)
NESTED = st.recursive(
    st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner),
    max_leaves=15,
)
GOOD = [
    (MESSAGING / "tree.yaml").read_text(),
    (ENGINE_TESTS / "valid/everything/tree.yaml").read_text(),
    (ENGINE_TESTS / "valid/branches/tree.yaml").read_text(),
]


@given(st.dictionaries(st.sampled_from(WORDS), NESTED))
def test_it_survives_any_structure(structure: dict[str, object]) -> None:
    check({"tree.yaml": json.dumps(structure, ensure_ascii=False).encode()})


@given(st.data())
def test_it_survives_any_structure_inside_a_good_tree(data: st.DataObject) -> None:
    tree = yaml.load(data.draw(st.sampled_from(GOOD)), Loader=yaml.BaseLoader)
    for _ in range(data.draw(st.integers(1, 3))):
        place = tree
        while True:
            keys: list[object] = list(place) if isinstance(place, dict) else [*range(len(place))]
            key = data.draw(st.sampled_from(keys))
            inner = place[key]
            if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
                break
            place = inner
        place[key] = data.draw(NESTED)
    check({"tree.yaml": json.dumps(tree, ensure_ascii=False, indent=1).encode()})


def delete(lines: list[str], random: Random) -> None:
    del lines[random.randrange(len(lines))]


def repeat(lines: list[str], random: Random) -> None:
    lines.insert(random.randrange(len(lines)), random.choice(lines))


def indent(lines: list[str], random: Random) -> None:
    at = random.randrange(len(lines))
    lines[at] = random.choice([" " + lines[at], "  " + lines[at], lines[at][1:], "\t" + lines[at]])


def swap(lines: list[str], random: Random) -> None:
    at = random.randrange(len(lines))
    characters = list(lines[at])
    if len(characters) > 1:
        left = random.randrange(len(characters) - 1)
        characters[left : left + 2] = reversed(characters[left : left + 2])
    lines[at] = "".join(characters)


def misspell(lines: list[str], random: Random) -> None:
    at = random.randrange(len(lines))
    words = lines[at].split(" ")
    words[random.randrange(len(words))] = random.choice(WORDS)
    lines[at] = " ".join(words)


@given(st.sampled_from(GOOD), st.randoms(use_true_random=False), st.integers(1, 6))
def test_it_survives_any_slip_of_an_editor(text: str, random: Random, slips: int) -> None:
    lines = text.splitlines()
    for _ in range(slips):
        if lines:
            random.choice([delete, repeat, indent, swap, misspell])(lines, random)
    check({"tree.yaml": "\n".join(lines).encode()})


@pytest.mark.parametrize("at", range(LUNCH.count("\n")))
def test_it_reports_the_loss_of_any_line_of_the_smallest_tree(at: int) -> None:
    lines = LUNCH.splitlines()

    assert check({"tree.yaml": "\n".join(lines[:at] + lines[at + 1 :]).encode()}).problems

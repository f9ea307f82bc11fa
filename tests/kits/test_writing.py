"""Kits: what is read from their folders, and what becomes of the user's values."""

import ast
import io
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from advisor import catalogue
from advisor.engine.reader import read_folder
from advisor.engine.tree.graph import Tree
from advisor.engine.tree.model import Parameter
from advisor.engine.tree.parameter_values import BadValue, accept
from advisor.kits.download import as_zip
from advisor.kits.kit import KitFile
from advisor.kits.reading import read_kits
from advisor.kits.selecting import select
from advisor.kits.writing import write, write_literals
from tests.kits.running import own_tests

ROOT = Path(__file__).resolve().parents[2]
TOKENS = ROOT / "tree" / "tokens"
MODULE = (
    '"""Doc."""\n\nNAME = "old"  # a comment\nCOUNT = 5\n\n\ndef f() -> str:\n    return NAME\n'
)


def parameter(kind: str = "text", **more: object) -> Parameter:
    whole = {"label": "Name", "constant": "NAME", "type": kind, "default": "old", **more}
    return Parameter.model_validate(whole)


def constants(module: str) -> dict[str, object]:
    names: dict[str, object] = {}
    exec(compile(module, "<kit>", "exec"), names)
    return names


# Values into literals

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
HOSTILE = [
    '"', "'", "\\", '\\"', '"""', "'''", "\\N{BULLET}", "\n", "\r\n", "\0", "{NAME}", "%s", "#",
    '"; import os #', "\u2028", "\x85", "\x0c", "\u202e", "🙂", "é", "\ufeff", "x" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_hostile_text_stays_a_text(text: str) -> None:
    """Even those that no parameter accepts."""
    written = write_literals(MODULE, {"NAME": text})
    assert constants(written)["NAME"] == text
    assert written.isascii()
    assert written.count("\n") == MODULE.count("\n")


@given(ANY_TEXT, st.integers())
def test_any_value_is_read_back_and_changes_nothing_else(text: str, number: int) -> None:
    written = write_literals(MODULE, {"NAME": text, "COUNT": number})
    before, after = ast.parse(MODULE), ast.parse(written)
    assert constants(written)["NAME"] == text
    assert constants(written)["COUNT"] == number
    assert [ast.dump(node) for node in after.body[:1] + after.body[3:]] == [
        ast.dump(node) for node in before.body[:1] + before.body[3:]
    ]
    assert "  # a comment\n" in written


@given(st.sampled_from(["text", "url", "name", "integer"]), ANY_TEXT)
@example("text", "\u202e")
@example("integer", "-1")
@example("integer", "9" * 12)
@example("url", "https://a.example/'")
@example("text", "a\x85b")
@example("text", "\ud800")
def test_a_value_is_refused_with_a_sentence_or_written(kind: str, text: str) -> None:
    read = select(None, {"it": parameter(kind)}, {"it": text}, also=["it"])
    assert read.settings.keys() ^ read.messages.keys() == {"it"}
    assert all(message.endswith(".") for message in read.messages.values())
    for value in read.settings.values():
        assert constants(write_literals(MODULE, {"NAME": value}))["NAME"] == value


@pytest.mark.parametrize("kind", ["text", "url", "name", "integer"])
@pytest.mark.parametrize("text", ["a\nb", "a\0b", "\ud800", "a\u2028b", "\u202ea", "a" * 201, ""])
def test_no_parameter_takes_what_is_not_one_printable_line(kind: str, text: str) -> None:
    with pytest.raises(BadValue):
        accept(parameter(kind), text)


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ('NAME = "é"; OTHER = "ß"; NAME = "x"\n', 'NAME = 7; OTHER = "ß"; NAME = 7\n'),
        ('É = "日本語"; NAME = "x"  # ü\n', 'É = "日本語"; NAME = 7  # ü\n'),
        ('# -*- coding: latin-1 -*-\nNAME = "é"\n', "# -*- coding: latin-1 -*-\nNAME = 7\n"),
        ('A = 1\r\nNAME = "x"\r\nB = 2\r\n', "A = 1\r\nNAME = 7\r\nB = 2\r\n"),
        ('A = 1\rNAME = "x"\rB = 2\r', "A = 1\rNAME = 7\rB = 2\r"),
        ('A = 1\n\x0c\nNAME = "x"\x0c\n', "A = 1\n\x0c\nNAME = 7\x0c\n"),
        ('\x0cNAME = "x"\n', "\x0cNAME = 7\n"),
        ('A = "\u2028"\nNAME = "x"\n', 'A = "\u2028"\nNAME = 7\n'),
        ('NAME = u"x"\n', "NAME = 7\n"),
        ('NAME = r"\\x"\n', "NAME = 7\n"),
        ('NAME = "a" "b"\n', "NAME = 7\n"),
        ("NAME = -3\n", "NAME = 7\n"),
        ("NAME = 1_000\n", "NAME = 7\n"),
        ('NAME = "x"', "NAME = 7"),
        ('NAME = ("x")\n', "NAME = (7)\n"),
        ('NAME = \\\n  "x"\n', "NAME = \\\n  7\n"),
    ],
)
def test_it_finds_the_literal(module: str, expected: str) -> None:
    assert write_literals(module, {"NAME": 7}) == expected


@pytest.mark.parametrize(
    "module",
    [
        'NAME = f"x"\n',
        'NAME = b"x"\n',
        "NAME = 1.5\n",
        "NAME = True\n",
        "NAME = None\n",
        "NAME = -1.5\n",
        'NAME = ["x"]\n',
        'NAME = OTHER = "x"\n',
        'NAME: str = "x"\n',
        'NAME = """x\ny"""\n',
        'if True:\n    NAME = "x"\n',
        'def f():\n    NAME = "x"\n',
        '"""\nNAME = "x"\n"""\n',
        '# NAME = "x"\n',
    ],
)
def test_it_leaves_everything_else_alone(module: str) -> None:
    assert write_literals(module, {"NAME": "y"}) == module


@pytest.mark.parametrize("value", [-1, -(10**12), 0, 10**12])
def test_it_writes_whole_numbers_of_either_sign(value: int) -> None:
    assert constants(write_literals(MODULE, {"COUNT": value}))["COUNT"] == value


# Kits that are shipped

KITS = sorted(folder.name for folder in (TOKENS / "kits").glob("[!._]*"))


@pytest.fixture
def served() -> catalogue.LoadedTree:
    return catalogue.loaded_trees()["tokens"]


@pytest.mark.parametrize("outcome", KITS)
def test_a_shipped_kit_with_its_defaults_is_itself(
    served: catalogue.LoadedTree, outcome: str
) -> None:
    kit, parameters = served.kits[outcome], served.tree.document.parameters
    read = select(kit, parameters, {id: parameters[id].default for id in kit.parameters})
    assert kit.parameters
    assert read.messages == {}
    assert write(kit, parameters, read.settings) == kit.frameworks
    assert write(kit, parameters, {}) == kit.frameworks


@pytest.mark.parametrize("outcome", KITS)
def test_a_shipped_kit_takes_every_value_of_its_parameters(
    served: catalogue.LoadedTree, outcome: str
) -> None:
    kit, parameters = served.kits[outcome], served.tree.document.parameters
    given_values: dict[str, str | int] = {
        id: 1 if parameters[id].type == "integer" else "http://é" for id in kit.parameters
    }
    ways = write(kit, parameters, given_values)
    plain = next(iter(ways.values()))
    module = plain[0]
    # A constant may stand in a module that comes with a choice, such as that of a store.
    written = {
        node.targets[0].id: node.value.value
        for file in plain
        if file.name.endswith(".py") and not file.supporting
        for node in ast.parse(file.text).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    wanted = {parameters[id].constant or "": value for id, value in given_values.items()}
    assert {name: written[name] for name in wanted} == wanted
    for way, files in ways.items():
        assert files[0] == module
        for before, after in zip(kit.frameworks[way][1:], files[1:], strict=True):
            holds = any(f"\n{constant} = " in before.text for constant in wanted)
            assert (after == before) is not (holds and not before.supporting), after.name


def test_every_outcome_has_a_kit_with_all_that_a_user_needs(served: catalogue.LoadedTree) -> None:
    assert set(served.kits) == set(served.tree.document.outcomes)
    needed = {
        "mutants.yaml",
        "requirements.txt",
        "README.md",
        "measure.py",
        "confirm.py",
    }
    for kit in served.kits.values():
        assert list(kit.frameworks) == list(served.tree.document.frameworks)
        for way, files in kit.frameworks.items():
            names = [file.name for file in files]
            assert names[0] == kit.module
            assert needed <= set(names)
            assert set(own_tests(kit, way)) <= set(names)
            assert own_tests(kit, way) != []


def test_every_module_of_a_kit_is_short_enough_to_be_read(served: catalogue.LoadedTree) -> None:
    for outcome, kit in served.kits.items():
        for file in next(iter(kit.frameworks.values())):
            if file.name.endswith(".py") and not file.name.startswith("test_"):
                # What only comes along is no code of the service.
                longest = 250 if file.supporting else 170
                assert file.text.count("\n") <= longest, f"{outcome}: {file.name}"


# The zip


def test_a_zip_is_the_same_bytes_each_time_and_opens() -> None:
    files = (KitFile("a.py", "A = 1\n"), KitFile("b.txt", "é\r\n"))
    packed = as_zip("kit", files)
    assert as_zip("kit", files) == packed
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "kit/a.py": b"A = 1\n",
            "kit/b.txt": "é\r\n".encode(),
        }
        entries = archive.infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {0o644}


# Kits that are wrong

TREE = """\
format: 1
title: A tree
summary: A tree.
questions:
  wait:
    ask: Wait?
    short: Waiting
    answers:
      yes: {label: Yes, because: Yes.}
      no: {label: No, because: No.}
decide:
  wait:
    yes, no: {recommend: queue-one, because: Because.}
outcomes:
  queue-one: {name: Queue, verdict: A queue.}
parameters:
  name: {label: Name, constant: NAME, type: text, default: old}
frameworks:
  plain: {label: Plain}
  framed: {label: Framed}
kits:
  queue-one:
    module: queue.py
    extras: [common]
    frameworks: {framed: [frames/one]}
libraries:
  a-library: {minimum: 1.10.2, because: "An older one, 1.9, leaks."}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    (tmp_path / "tree.yaml").write_text(TREE)
    for folder in ("common", "frames/one"):
        (tmp_path / "shared" / folder).mkdir(parents=True)
    read = read_folder(tmp_path).tree
    assert read is not None
    return read


def problems(tmp_path: Path, tree: Tree, **files: bytes) -> tuple[list[str], list[str]]:
    """The kits that could be read from `kits/queue-one/`, and what was said."""
    folder = tmp_path / "kits" / "queue-one"
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name.replace("__", ".")).write_bytes(data)
    kits, problems_read = read_kits(tmp_path, tree, "tree")
    return list(kits), [str(problem) for problem in problems_read]


UNUSED = (
    "tree/kits: warning[unused-parameter]: found the parameter `name`, "
    "whose constant `NAME` no kit has; expected parameters that some kit takes"
)


def test_a_good_kit_has_no_problem(tmp_path: Path, tree: Tree) -> None:
    assert problems(tmp_path, tree, queue__py=b'NAME = "old"\n') == (["queue-one"], [])


def test_a_tree_needs_no_kits(tmp_path: Path, tree: Tree) -> None:
    document = tree.document.model_copy(update={"kits": {}})
    kits, problems_read = read_kits(tmp_path, replace(tree, document=document), "tree")
    assert kits == {}
    assert [str(problem) for problem in problems_read] == [UNUSED]


def test_a_folder_of_a_kit_must_be_listed(tmp_path: Path, tree: Tree) -> None:
    (tmp_path / "kits" / "queue-two").mkdir(parents=True)
    kits, printed = problems(tmp_path, tree, queue__py=b'NAME = "old"\n')
    assert kits == ["queue-one"]
    assert printed == [
        (
            "tree/kits/queue-two: error[kit-unlisted]: "
            "found this folder; expected a folder that the section `kits` lists\n"
            "  = did you mean `queue-one`?"
        )
    ]


def test_a_kit_must_have_its_module(tmp_path: Path, tree: Tree) -> None:
    kits, printed = problems(tmp_path, tree, other__py=b'NAME = "old"\n')
    assert kits == []
    assert printed == [
        (
            "tree/kits/queue-one: error[kit-without-module]: "
            "found no `queue.py`; expected the kit's module"
        )
    ]


def test_a_way_must_have_its_folder(tmp_path: Path, tree: Tree) -> None:
    (tmp_path / "shared" / "frames" / "one").rmdir()
    kits, printed = problems(tmp_path, tree, queue__py=b'NAME = "old"\n')
    assert kits == []
    assert printed == [
        (
            "tree/shared/frames/one: error[kit-without-folder]: "
            "found no such folder; expected the folder of a framework"
        )
    ]


def test_a_way_adds_its_files_to_the_kit(tmp_path: Path, tree: Tree) -> None:
    shared = tmp_path / "shared"
    (shared / "common" / "measure.py").write_text("M = 1\n")
    (shared / "frames" / "one" / "framed.py").write_text("F = 1\n")
    (shared / "frames" / "one" / "requirements.txt").write_text("frame==2.0\na-library==1.10.2\n")
    (shared / "frames" / "one" / "README.md").write_text("## Framed\n")
    files = {
        "queue__py": b'"""Queues. They wait."""\n\nNAME = "old"\n',
        "requirements__txt": b"a-library==1.10.2\n",
        "README__md": b"# Queue\n",
    }
    assert problems(tmp_path, tree, **files) == (["queue-one"], [])
    kit = read_kits(tmp_path, tree, "tree")[0]["queue-one"]
    plain, framed = (
        {file.name: file.text for file in kit.frameworks[way]} for way in kit.frameworks
    )
    assert list(plain) == ["queue.py", "measure.py", "README.md", "requirements.txt"]
    assert framed["framed.py"] == "F = 1\n"
    assert framed["requirements.txt"] == "a-library==1.10.2\nframe==2.0\n"
    contents = "The code, to be copied into one folder of your import path:\n\n"
    contents += "- `queue.py`: Queues.\n- `framed.py`"
    pins = "- `requirements.txt`: `pip install -r requirements.txt`.\n- `common/`: described below."
    assert framed["README.md"] == (
        f"# Queue\n\n## In this folder\n\n{contents}\n{pins}\n\n## Framed\n"
    )
    assert kit.pins == {"a-library": "1.10.2"}


def test_two_files_of_one_name_clash(tmp_path: Path, tree: Tree) -> None:
    (tmp_path / "shared" / "frames" / "one" / "queue.py").write_text("F = 1\n")
    kits, printed = problems(tmp_path, tree, queue__py=b'NAME = "old"\n')
    assert kits == []
    assert printed == [
        (
            "tree/kits/queue-one: error[kit-clash]: "
            "found two files `queue.py`; expected another name for one of them"
        )
    ]


@pytest.mark.parametrize("pin", ["a-library==1.9", "A_Library[x]==1.10.1"])
def test_a_pin_below_the_minimum_is_refused(tmp_path: Path, tree: Tree, pin: str) -> None:
    files = {"queue__py": b'NAME = "old"\n', "requirements__txt": f"{pin}\n".encode()}
    _, printed = problems(tmp_path, tree, **files)
    version = pin.split("==")[1]
    assert printed[0] == (
        f"tree/kits/queue-one: error[kit-outdated]: found a-library {version}; "
        "expected 1.10.2 or later: An older one, 1.9, leaks."
    )


@pytest.mark.parametrize(
    ("data", "place", "actual"),
    [
        (b"NAME = \n", "tree/kits/queue-one/queue.py:1:1", "invalid syntax"),
        (b"A = 1\n  B = 2\n", "tree/kits/queue-one/queue.py:2:1", "unexpected indent"),
    ],
)
def test_a_kit_must_be_python(
    tmp_path: Path, tree: Tree, data: bytes, place: str, actual: str
) -> None:
    read, printed = problems(tmp_path, tree, queue__py=data)
    assert read == []
    assert printed[0].splitlines()[0] == (
        f"{place}: error[kit-not-python]: found {actual}; expected a Python file"
    )


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe",
        b'NAME = "\xe9"\n',
        b"A = 1\0\n",
        b"#" * (256 * 1024 + 1),
        b"\xef\xbb\xbfA = 1\n",
    ],
    ids=["UTF-16", "Latin-1", "NUL", "too large", "byte order mark"],
)
def test_a_kit_must_be_text_of_a_bounded_size(tmp_path: Path, tree: Tree, data: bytes) -> None:
    read, printed = problems(tmp_path, tree, queue__py=data)
    assert read == []
    assert printed[0].startswith("tree/kits/queue-one/queue.py")
    assert "error[kit-not-python]" in printed[0]


def test_every_python_file_of_a_kit_must_be_python(tmp_path: Path, tree: Tree) -> None:
    files = {"queue__py": b'NAME = "old"\n', "test_queue__py": b"def\n"}
    read, printed = problems(tmp_path, tree, **files)
    assert read == []
    assert printed[0].startswith("tree/kits/queue-one/test_queue.py:1:1: error[kit-not-python]: ")


def test_a_module_must_hold_the_default_of_the_tree(tmp_path: Path, tree: Tree) -> None:
    _, printed = problems(tmp_path, tree, queue__py='É = 1; NAME = "new"  # x\n'.encode())
    assert printed == [
        (
            "tree/kits/queue-one/queue.py:1:15: error[kit-default]: "
            "found NAME = 'new'; expected the default `old`\n"
            '  1 | É = 1; NAME = "new"  # x\n'
            "    |               ^^^^^"
        )
    ]


def test_a_number_is_not_the_text_of_its_digits(tmp_path: Path, tree: Tree) -> None:
    _, printed = problems(tmp_path, tree, queue__py=b"NAME = 5\n")
    assert "error[kit-default]: found NAME = 5; expected the default `old`" in printed[0]


def test_a_parameter_that_no_kit_takes_is_a_warning(tmp_path: Path, tree: Tree) -> None:
    kits, printed = problems(tmp_path, tree, queue__py=b"A = 1\n")
    assert kits == ["queue-one"]
    assert printed == [UNUSED]


def test_hidden_files_and_folders_are_no_part_of_a_kit(tmp_path: Path, tree: Tree) -> None:
    (tmp_path / "kits" / "__pycache__").mkdir(parents=True)
    (tmp_path / "kits" / "queue-one" / "__pycache__").mkdir(parents=True)
    given = {"queue__py": b'NAME = "old"\n', "__DS_Store": b"\xff"}
    assert problems(tmp_path, tree, **given) == (["queue-one"], [])
    read, _ = read_kits(tmp_path, tree, "tree")
    assert [file.name for file in read["queue-one"].frameworks["plain"]] == ["queue.py"]


# The version


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "tokens"
    shutil.copytree(TOKENS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.mark.parametrize(
    "file",
    [
        "tree.yaml",
        "cases.yaml",
        "kits/jwe/tokens.py",
        "kits/jwe/requirements.txt",
        "kits/jwe/__init__.py",
    ],
)
def test_the_version_changes_with_any_file(copy: Path, file: str) -> None:
    before = catalogue.version(copy)
    with (copy / file).open("a") as opened:
        opened.write("\n")
    assert catalogue.version(copy) != before


def test_the_version_changes_with_a_name_and_a_deletion(copy: Path) -> None:
    versions = [catalogue.version(copy)]
    notes = copy / "kits" / "jwe" / "requirements.txt"
    renamed = notes.rename(notes.with_name("needs.txt"))
    versions.append(catalogue.version(copy))
    renamed.unlink()
    versions.append(catalogue.version(copy))
    assert len(set(versions)) == 3


def test_the_version_tells_two_files_from_their_sum(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("xb")
    first = catalogue.version(tmp_path)
    (tmp_path / "a").write_text("x")
    (tmp_path / "b").write_text("")
    assert catalogue.version(tmp_path) != first


@pytest.mark.parametrize("file", ["kits/jwe/__pycache__/jwe.pyc", ".DS_Store", ".git/HEAD"])
def test_the_version_does_not_change_with_what_tools_leave(copy: Path, file: str) -> None:
    before = catalogue.version(copy)
    (copy / file).parent.mkdir(parents=True, exist_ok=True)
    (copy / file).write_text("x")
    assert catalogue.version(copy) == before


def test_the_version_does_not_depend_on_where_the_folder_lies(copy: Path) -> None:
    other = copy.rename(copy.with_name("elsewhere"))
    assert len(catalogue.version(other)) == 64
    again = shutil.copytree(other, copy)
    assert catalogue.version(Path(again)) == catalogue.version(other)

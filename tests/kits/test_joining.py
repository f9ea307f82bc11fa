"""The modules of a kit become one file that does what they did, under any name."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from advisor.kits.joining.join import apart, join
from advisor.kits.joining.parts import Module, NameClash, NotJoinable
from tests.kits.running import joined_kits, kit_of

MAIN = Module(
    "tokens.py",
    '''"""Tables.

For lunch.
"""

import os
from collections.abc import Callable

from store import Table, lay

__all__ = ["seats"]

SEATS = 4  # how many come
# What is on it.
DISHES = ("soup", os.sep)

Serve = Callable[[], Table]


def seats() -> int:
    """Return tokens.SEATS."""
    return lay(SEATS).seats


if __name__ == "__main__":
    print(seats())
''',
)
STORE = Module(
    "store.py",
    '''"""Where tables stand."""

import os.path
from dataclasses import dataclass

import tokens_of_others

LEGS = 4


@dataclass
class Table:
    seats: int


# Used by all.
def lay(count: int) -> Table:
    return Table(count)  # at once
'''.replace("import tokens_of_others\n\n", ""),
)
GRILL = Module(
    "grill.py",
    '''"""Tables at the grill."""

import tokens


def grill() -> int:
    for _ in [tokens.SEATS for _ in range(1)]:
        pass
    made = {"é": tokens.seats()}  # bytes and characters differ here
    return made["é"] + tokens.SEATS
''',
)


def names(text: str) -> list[str]:
    bound: list[str] = []
    for node in ast.parse(text).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]):
                bound.append(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                bound.append(name)
    return bound


def test_imports_and_constants_come_first_and_each_module_is_a_part() -> None:
    text = join([MAIN, STORE, GRILL])
    assert text.startswith('"""Tables.\n\nFor lunch.\n"""\n\nimport os\nimport os.path\nfrom ')
    assert "import tokens" not in text
    assert "from store" not in text
    assert names(text) == [
        "__all__", "SEATS", "DISHES", "LEGS", "Table", "lay", "Serve", "seats", "grill",
    ]  # fmt: skip
    for line in ("# --- store.py ---", "# Where tables stand.", "# Used by all.\ndef lay"):
        assert line in text
    assert "SEATS = 4  # how many come\n# What is on it.\nDISHES" in text
    assert "return Table(count)  # at once\n" in text
    assert text.endswith('if __name__ == "__main__":\n    print(seats())\n')


def test_a_framework_uses_plain_names_and_adds_its_own_to_all() -> None:
    text = join([MAIN, STORE, GRILL])
    assert '    made = {"é": seats()}  # bytes and characters differ here\n' in text
    assert '__all__ = [\n    "grill",\n    "seats",\n]' in text
    assert "Return tokens.SEATS." in text  # prose stays


def test_it_runs_under_any_name_in_a_package_and_beside_another(tmp_path: Path) -> None:
    package = tmp_path / "app" / "auth"
    package.mkdir(parents=True)
    (tmp_path / "store.py").write_text("raise RuntimeError\n")  # another module of that name
    for name in ("lunch", "dinner"):
        (package / f"{name}.py").write_text(join([MAIN, STORE, GRILL]))
    code = (
        "from app.auth import dinner, lunch; dinner.SEATS = 5; print(lunch.grill(), dinner.grill())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "8 10\n"


CLASHES = {
    "two functions": ("def lay() -> None: ...\n", 1, "`lay`, which store.py:15 defines too"),
    "a constant and a class": ("\n\nTable = 1\n", 3, "`Table`, which store.py:10 defines too"),
    "a local name": (
        "import tokens\n\n\ndef f() -> int:\n    seats = tokens.seats()\n    return seats\n",
        5,
        "`tokens.seats` where `seats` is a local name",
    ),
    "an argument": (
        "import tokens\n\n\ndef f(SEATS: int) -> int:\n    return tokens.SEATS\n",
        5,
        "`tokens.SEATS` where `SEATS` is a local name",
    ),
    "an import": ("from pathlib import Path as Table\n", 1, None),
    "another import": (
        "import pathlib as os\n", 1, "`os`, which store.py:3 imports from elsewhere",
    ),
}  # fmt: skip


@pytest.mark.parametrize("clash", CLASHES)
def test_it_tells_both_places_of_a_name_that_stands_for_two_things(clash: str) -> None:
    text, line, actual = CLASHES[clash]
    with pytest.raises(NameClash) as told:
        join([MAIN, STORE, Module("grill.py", text)])
    if actual is None:
        assert (told.value.file, told.value.line) == ("store.py", 10)
        assert told.value.actual == "`Table`, which grill.py:1 imports"
    else:
        refused = (told.value.file, told.value.line, told.value.actual)
        assert refused == ("grill.py", line, actual)


def test_a_name_of_pythons_own_that_another_module_defines_is_a_clash() -> None:
    with pytest.raises(NameClash, match="takes for Python's own"):
        join([MAIN, Module("store.py", STORE.text + "\n\ndef print() -> None: ...\n")])


def test_the_same_statement_in_two_modules_is_no_clash_and_stands_once() -> None:
    log = 'import logging\n\nlog = logging.getLogger("tokens")\n'
    text = join([MAIN, Module("store.py", STORE.text + log), Module("more.py", log)])
    assert text.count('logging.getLogger("tokens")') == 1


NOT_JOINABLE = {
    "from store import *\n": "`from store import *`",
    "from os import *\n": "`import *`",
    "from store import lay as put\n": "`from store import lay as put`",
    "import tokens\n\nx = tokens\n": "the module `tokens` as a value",
    "def f() -> None:\n    import store\n": "`import store` inside",
    "x = 1; y = 2\n": "two statements on one line",
    "from store import gone\n": "`store.gone`, which is not there",
    "import tokens\n\nX = f'{tokens.SEATS}'\n": None,
}


@pytest.mark.parametrize("text", NOT_JOINABLE)
def test_it_refuses_what_one_file_would_do_otherwise(text: str) -> None:
    modules = [MAIN, STORE, Module("grill.py", text)]
    if NOT_JOINABLE[text] is None:
        assert "X = f'{SEATS}'" in join(modules)
        return
    with pytest.raises(NotJoinable) as told:
        join(modules)
    assert (told.value.file, told.value.actual) == ("grill.py", NOT_JOINABLE[text])


def test_it_refuses_a_circle_of_imports() -> None:
    around = Module("store.py", f"{STORE.text}\n\nfrom tokens import SEATS\n")
    with pytest.raises(NotJoinable, match="a circle of imports: tokens → store"):
        join([MAIN, around])


def test_a_file_apart_has_copies_of_the_constants_and_names_the_one_file() -> None:
    settings = Module(
        "grill_settings.py",
        '"""Settings."""\n\nimport os\n\nimport tokens\n\nENGINE = "store"\nCLASS = "store.Table"\n'
        'OTHER = "restore"\nCOUNT = tokens.SEATS * 2\n',
    )
    text = apart(settings, [MAIN, STORE])
    made: dict[str, object] = {}
    exec(text, made)
    assert (made["ENGINE"], made["CLASS"], made["OTHER"]) == ("tokens", "tokens.Table", "restore")
    assert made["COUNT"] == 8
    assert "# As in tokens.py\nSEATS = 4  # how many come\n" in text


def test_a_file_apart_can_have_constants_alone() -> None:
    with pytest.raises(NotJoinable, match="`seats`, which is no constant"):
        apart(Module("grill_settings.py", "import tokens\n\nX = tokens.seats()\n"), [MAIN, STORE])


@pytest.mark.parametrize("command", [["check", "--select", "F,E9,I"], ["format", "--check"]])
def test_the_files_of_the_shipped_kits_are_clean(command: list[str], tmp_path: Path) -> None:
    """Sorted imports, no name that is missing, and the form that ruff gives."""
    for number, (tree, outcome, way) in enumerate(joined_kits()):
        folder = tmp_path / f"{number}-{tree}-{outcome}-{way}"
        folder.mkdir()
        for file in kit_of(tree, outcome).joined[way]:
            (folder / file.name).write_text(file.text)
    # Each folder is a project of its own, whose modules are first-party to each other.
    options = ["--isolated", "--line-length", "100", "--config", 'src = ["*"]']
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, *options, "."],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert len(joined_kits()) > 50

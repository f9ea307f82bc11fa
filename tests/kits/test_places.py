"""A value goes into a file of any format at its place, quoted, and changes nothing else."""

import configparser
import json
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from advisor import catalogue
from advisor.kits.places import NotWritable, filled, write_places
from advisor.kits.selecting import select
from advisor.kits.writing import write, write_joined
from tests.support.bad_trees import OF_KITS

BAD_TREE = OF_KITS / "kit-unreached" / "default-in-sql"
PLACES = "{clear.sql: {days: \"INTERVAL '{value} days'\"}}"

ANY_LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1).filter(
    lambda text: text.isprintable() and text == text.strip()
)


def ini(text: str) -> Any:
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    return parser["a"]["x"]


FORMATS: dict[str, tuple[str, str, Callable[[str], Any]]] = {
    "a.json": ('{"x": "old", "n": 5}', '"x": {value}', lambda text: json.loads(text)["x"]),
    "in.json": ('{"x": "old"}', '"x": "{value}"', lambda text: json.loads(text)["x"]),
    "a.yaml": ('x: "old"\ny: old\n', "x: {value}", lambda text: yaml.safe_load(text)["x"]),
    "single.yml": ("x: 'old'\n", "x: '{value}'", lambda text: yaml.safe_load(text)["x"]),
    "a.toml": ('x = "old"\n', "x = {value}", lambda text: tomllib.loads(text)["x"]),
    "a.ini": ("[a]\nx = old\ny = old\n", "x = {value}", ini),
}


@pytest.mark.parametrize("file", FORMATS)
@given(value=ANY_LINE)
def test_any_text_is_read_back_or_refused(file: str, value: str) -> None:
    text, place, read = FORMATS[file]
    try:
        written = write_places(file, text, {place: ("old", value)})
    except NotWritable:
        return
    assert read(written) == value


@pytest.mark.parametrize("file", FORMATS)
@pytest.mark.parametrize("value", ["new", 'a"b', "a: b", "a #b", "x\\y", "é"])
def test_usual_texts_are_written(file: str, value: str) -> None:
    text, place, read = FORMATS[file]
    assert read(write_places(file, text, {place: ("old", value)})) == value


@pytest.mark.parametrize(
    ("file", "place", "value", "written"),
    [
        ("a.sql", "INTERVAL '{value} days'", 7, "INTERVAL '7 days'"),
        ("a.sql", "= {value};", "o'; DROP", "= 'o''; DROP';"),
        ("a.sql", "= '{value}';", "o'", "= 'o''';"),
        ("a.sh", "X={value}", "a b; rm", "X='a b; rm'"),
        ("a.yaml", "on: {value}", True, "on: true"),
        ("a.conf", "days {value}", 7, "days 7"),
        ("a.conf", "url {value}", "https://a.example", "url https://a.example"),
    ],
)
def test_a_value_is_quoted_as_the_format_asks(
    file: str, place: str, value: str | int, written: str
) -> None:
    assert filled(file, place, value) == written


NO_QUOTING = "this kind of file has no known quoting"
SHELL = "a shell would read this value as more than a text"


@pytest.mark.parametrize(
    ("file", "place", "value", "why"),
    [
        ("a.conf", "x {value}", "a b", NO_QUOTING),
        ("a.conf", "x '{value}'", "a'b", NO_QUOTING),
        ("a.sh", 'X="{value}"', "$(id)", SHELL),
        ("a.sh", "X='{value}'", "a'b", SHELL),
        ("a.json", "'{value}'", "x", "JSON has no single quotes"),
        ("a.toml", "x = '{value}'", "a'b", "a literal string of TOML holds no single quote"),
    ],
)
def test_a_value_that_a_format_cannot_hold_is_refused(
    file: str, place: str, value: str, why: str
) -> None:
    with pytest.raises(NotWritable) as refused:
        filled(file, place, value)
    assert str(refused.value) == why


def test_a_place_stands_once_and_a_value_changes_nothing_else() -> None:
    with pytest.raises(NotWritable, match="does not stand once"):
        write_places("a.yaml", "x: 5\nyx: 5\n", {"x: {value}": (5, 6)})
    with pytest.raises(NotWritable, match="changes more than its place"):
        write_places("a.ini", "[a]\nx = 5\n", {"x = {value}": (5, "6\n[b]")})
    text = write_places("a.json", '{"a": 5, "b": "x5"}', {'"a": {value}': (5, 7)})
    assert json.loads(text) == {"a": 7, "b": "x5"}


def test_a_value_reaches_every_file_of_a_kit_that_holds_it(tmp_path: Path) -> None:
    shutil.copytree(BAD_TREE, tmp_path / "lunch")
    (tmp_path / "lunch" / "tree.yaml").write_text(
        (BAD_TREE / "tree.yaml").read_text().replace("table.py}", f"table.py, places: {PLACES}}}")
    )
    (tmp_path / "lunch" / "kits" / "inside" / "chairs.py").write_text("DAYS = 30\n")
    loaded, problems = catalogue.check(tmp_path / "lunch")
    assert loaded is not None, problems
    assert problems == ()
    kit, parameters = loaded.kits["inside"], loaded.tree.document.parameters
    files = {file.name: file.text for file in write(kit, parameters, {"days": 7})["plain"]}
    assert "DAYS = 7\n" in files["table.py"]
    assert files["chairs.py"] == "DAYS = 7\n"
    assert files["clear.sql"] == "DELETE FROM crumbs WHERE age > INTERVAL '7 days';\n"
    (joined, sql) = write_joined(kit, parameters, {"days": 7})["plain"]
    assert joined.text.count("DAYS = 7") == 1
    assert sql.text == files["clear.sql"]


def test_a_value_that_a_file_cannot_hold_has_a_message_beside_its_field(tmp_path: Path) -> None:
    shutil.copytree(BAD_TREE, tmp_path / "lunch")
    tree = tmp_path / "lunch" / "tree.yaml"
    places = "{lunch.conf: {guest: 'guest {value}'}}"
    text = tree.read_text().replace("table.py}", f"table.py, places: {places}}}")
    guest = "  guest: {label: Guest, constant: GUEST, type: text, default: anna}\n"
    tree.write_text(text.replace("parameters:\n", f"parameters:\n{guest}", 1))
    folder = tmp_path / "lunch" / "kits" / "inside"
    (folder / "table.py").write_text('DAYS = 30\nGUEST = "anna"\n')
    (folder / "lunch.conf").write_text("guest anna\n")
    loaded, problems = catalogue.check(tmp_path / "lunch")
    assert loaded is not None, problems

    parameters = loaded.tree.document.parameters
    selection = select(loaded.kits["inside"], parameters, {"guest": "anna and bo"})
    assert selection.messages == {"guest": f"This cannot be written into lunch.conf: {NO_QUOTING}."}
    assert select(loaded.kits["inside"], parameters, {"guest": "bo"}).messages == {}

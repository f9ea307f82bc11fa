"""Choices select the variant of a kit, and a kit may lack an option."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from advisor import catalogue
from advisor.catalogue import LoadedTree
from advisor.kits.selecting import Selection, select

TREE = """
format: 1
title: Where to eat
summary: Indoors or outdoors.
questions:
  rain:
    ask: Does it rain?
    short: Rain
    answers:
      yes: {label: It does, because: Wet chairs.}
      no: {label: It does not, because: Dry chairs.}
decide:
  rain:
    yes: {recommend: inside, because: It is dry there.}
    no: {recommend: inside, because: It is quiet there.}
outcomes:
  inside: {name: Inside, verdict: A table under a roof.}
parameters:
  light:
    label: Light
    type: choice
    options: {candle: {label: A candle}, lamp: {label: A lamp}}
    default: candle
  music: {label: Music, type: flag, constant: MUSIC, default: no}
  shade:
    label: Shade
    type: choice
    options: {tree: {label: A tree}, umbrella: {label: An umbrella}, roof: {label: A roof}}
    default: tree
frameworks:
  plain: {label: By hand}
  grill: {label: On the grill}
kits:
  inside:
    module: table.py
    choices:
      light:
        candle: {modules: [candle]}
        lamp: {modules: [lamp]}
      shade:
        umbrella: {frameworks: {grill: [smoke]}}
        roof:
          choices: {light: {lamp: {modules: [switch]}}}
"""


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedTree:
    (tmp_path / "tree.yaml").write_text(TREE)
    for name in ("candle", "lamp", "smoke", "switch"):
        (tmp_path / "shared" / name).mkdir(parents=True)
        (tmp_path / "shared" / name / f"{name}.py").write_text(f'"""A {name}."""\n')
    (tmp_path / "kits" / "inside").mkdir(parents=True)
    (tmp_path / "kits" / "inside" / "table.py").write_text("MUSIC = False\n")
    tree, problems = catalogue.check(tmp_path)
    assert tree is not None, problems
    return tree


def selected(loaded: LoadedTree, **texts: str) -> Selection:
    return select(loaded.kits["inside"], loaded.tree.document.parameters, texts)


def names(selection: Selection) -> Mapping[str, set[str]]:
    assert selection.kit is not None
    frameworks = selection.kit.frameworks.items()
    return {framework: {file.name for file in files} for framework, files in frameworks}


def test_the_default_comes_first_and_an_option_that_a_kit_lacks_is_replaced(
    loaded: LoadedTree,
) -> None:
    selection = selected(loaded)
    assert selection.settings == {"light": "candle", "music": False, "shade": "umbrella"}
    assert names(selection) == {
        "plain": {"table.py", "candle.py"},
        "grill": {"table.py", "candle.py", "smoke.py"},
    }


def test_two_choices_select_independently(loaded: LoadedTree) -> None:
    assert names(selected(loaded, light="lamp"))["grill"] == {"table.py", "lamp.py", "smoke.py"}
    roofed = names(selected(loaded, light="lamp", shade="roof"))
    assert roofed == {"plain": {"table.py", "lamp.py", "switch.py"}}


def test_an_option_that_a_kit_does_not_have_is_refused(loaded: LoadedTree) -> None:
    selection = selected(loaded, light="lamp", shade="tree")
    assert selection.messages == {"shade": "Choose “An umbrella” or “A roof”."}
    assert list(selection.parameters["shade"].choices) == ["umbrella", "roof"]


def test_an_option_that_does_not_go_with_another_is_refused(loaded: LoadedTree) -> None:
    selection = selected(loaded, light="candle", shade="roof")
    assert selection.messages == {"shade": "Choose “An umbrella”."}
    assert "candle.py" in names(selection)["plain"]


def test_what_a_kit_takes_are_the_choices_and_the_constants_of_all_variants(
    loaded: LoadedTree,
) -> None:
    kit = loaded.kits["inside"]
    assert kit.takes() == {"light", "music", "shade"}
    assert [variant.choices for variant in kit.variants] == [
        {"light": "candle", "shade": "umbrella"},
        {"light": "lamp", "shade": "umbrella"},
        {"light": "lamp", "shade": "roof"},
    ]

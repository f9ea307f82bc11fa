"""`advisor kits measure`, on few rounds: that it measures, not how fast anything is."""

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from advisor.engine.tree.model import Measured
from advisor.kits.measuring import as_yaml, measure
from tests.kits.running import served

TOKENS = served("tokens")

DAY = date(2026, 11, 23)


def measured(*outcomes: str) -> Measured:
    """The section as a tree would hold it, for some kits and the reference."""
    few = {id: TOKENS.kits[id] for id in ("jwt-hs256", *outcomes)}
    section = as_yaml(measure(TOKENS.tree.document, few, DAY, rounds=1))
    return Measured.model_validate(yaml.safe_load(section)["measured"])


def test_it_measures_what_applies_to_a_kit() -> None:
    figures = measured("access-refresh")
    assert figures.on == "2026-11-23"
    stateful, reference = figures.kits["access-refresh"], figures.kits["jwt-hs256"]
    assert stateful.figures["races-won"] == "1 of 16"
    assert float(stateful.figures["redis-us"].split()[0]) > 0
    assert {"redis-us", "races-won"}.isdisjoint(reference.figures)
    assert int(reference.figures["bytes-minimum"]) < int(reference.figures["bytes-typical"])
    assert reference.versions == {"pyjwt": TOKENS.kits["jwt-hs256"].pins["pyjwt"]}


def test_it_measures_costs_against_the_reference() -> None:
    figures = measured("jwe-nested").kits["jwe-nested"].figures
    # Two layers cost more than one keyed hash, on every machine.
    assert float(figures["issue-cost"].split()[0]) > 1
    assert float(figures["verify-cost"].split()[0]) > 1


def test_the_shipped_figures_are_of_every_kit_with_its_present_versions() -> None:
    section = TOKENS.tree.document.measured
    assert section is not None
    assert {id: kit.versions for id, kit in section.kits.items()} == {
        id: dict(kit.pins) for id, kit in TOKENS.kits.items()
    }


def test_it_says_what_is_wrong_with_a_broken_tree(tmp_path: Path) -> None:
    (tmp_path / "tree.yaml").write_text("format: 2\n")
    with pytest.raises(CommandError, match="error\\[bad-value\\]"):
        call_command("kits", "measure", str(tmp_path), stdout=StringIO())

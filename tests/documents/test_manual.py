"""The manual of the tree and the page of policies: their examples are read, and lack no key."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from advisor.engine.reader import read_files, read_folder
from advisor.engine.tree.json_schema import json_schema, policy_schema

ROOT = Path(__file__).parents[2]
MANUAL = (ROOT / "tree" / "README.md").read_text(encoding="utf-8")
POLICIES = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
# `advisor kits measure` writes this section, nobody else.
NOT_BY_HAND = {"measured", "on", "machine", "versions"}


def examples(text: str) -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def keys_of(schema: Any) -> Iterator[str]:
    """Yield the name of each field in a JSON Schema."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for value in schema.values():
            yield from keys_of(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from keys_of(value)


def not_shown(schema: str, text: str) -> set[str]:
    """Return the keys that stand in no example."""
    shown = set(re.findall(r"([a-z-]+):(?:\s|$)", "\n".join(examples(text))))
    mentioned = (
        set(re.findall(r"also: ([a-z, ]+);", text)[0].split(", ")) if "also:" in text else set()
    )
    return set(keys_of(json.loads(schema))) - shown - mentioned


def test_the_small_tree_of_the_manual_is_complete_and_right() -> None:
    small, *_ = examples(MANUAL)

    assert read_files({"tree.yaml": small.encode()}).problems == ()


def test_the_sections_of_the_manual_are_one_tree_without_a_problem() -> None:
    _, *sections = examples(MANUAL)

    assert len(sections) == 5
    assert read_files({"tree.yaml": "\n".join(sections).encode()}).problems == ()


def test_the_manual_shows_every_key_that_an_author_writes() -> None:
    assert not_shown(json_schema(), MANUAL) - NOT_BY_HAND == set()


def test_the_policy_in_the_documents_fits_the_tree_of_tokens(tmp_path: Path) -> None:
    [policy] = examples(POLICIES)
    (tmp_path / "bank.yaml").write_text(policy, encoding="utf-8")

    reading = read_folder(ROOT / "tree" / "tokens", policies=[tmp_path / "bank.yaml"])

    assert reading.problems == ()
    assert reading.tree is not None
    assert "bank" in reading.tree.policies


def test_the_documents_show_every_key_of_a_policy() -> None:
    assert not_shown(policy_schema(), POLICIES) - {"short", "url", "note"} == set()


@pytest.mark.parametrize("key", ["corrects", "first", "lacks", "modules", "review-by"])
def test_it_notices_a_key_that_no_example_shows(key: str) -> None:
    schema, text = (policy_schema(), POLICIES) if key == "review-by" else (json_schema(), MANUAL)

    assert key in not_shown(schema, text.replace(f"{key}:", "x:").replace(f", {key}", ""))


def test_the_manual_is_short() -> None:
    assert len(MANUAL.splitlines()) <= 250

"""Policies for the tests of this folder: rules as data, and a small tree read with them."""

import json
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings as site

from advisor.engine.reader import Reading, read_files
from advisor.engine.tree.graph import Tree
from tests.support.trees import LUNCH


def policy(**rules: Mapping[str, object]) -> str:
    """A policy's file; each rule's reason is its id unless it gives one. Underscores are dashes."""
    whole = {"format": "1", "title": "House rules", "owner": "The cook", "reason": "To stay dry."}
    written = {id.replace("_", "-"): {"because": f"{id}.", **rule} for id, rule in rules.items()}
    return json.dumps(whole | {"review-by": "2027-06-30", "rules": written}, indent=1)


def with_policies(tree: str = LUNCH, **policies: str) -> Reading:
    """The tree read with policies, by their ids."""
    files = {"tree.yaml": tree} | {f"policies/{id}.yaml": text for id, text in policies.items()}
    return read_files({name: text.encode() for name, text in files.items()})


def ruled(tree: str = LUNCH, **rules: Mapping[str, object]) -> Tree:
    """The effective tree under one policy, `house`, which has no errors."""
    reading = with_policies(tree, house=policy(**rules))
    assert reading.errors == (), list(map(str, reading.errors))
    assert reading.tree is not None
    return reading.tree


BANK = Path(site.BASE_DIR) / "tree" / "examples" / "policies" / "bank.yaml"

TITLE = "Token policy of the retail bank"

"""Folders with the small tree in them, with a kit or a policy, and edits of them."""

from pathlib import Path

from tests.support.trees import LUNCH, LUNCH_POLICY

KIT = "ROOM = 1\n\n\ndef book() -> int:\n    return ROOM\n"

WITH_KIT = (
    LUNCH
    + "frameworks: {plain: {label: Plain}, web: {label: Web}}\n"
    + "kits: {inside: {module: book.py, frameworks: {web: []}}}\n"
)


def lunch(folder: Path, text: str = LUNCH) -> Path:
    folder.mkdir(parents=True)
    (folder / "tree.yaml").write_text(text)
    return folder


def with_kit(folder: Path, kit: str = KIT) -> Path:
    lunch(folder, WITH_KIT)
    (folder / "kits" / "inside").mkdir(parents=True)
    (folder / "kits" / "inside" / "book.py").write_text(kit)
    return folder


def edit(folder: Path, old: str, new: str) -> None:
    text = (folder / "tree.yaml").read_text()
    assert text.count(old) == 1
    (folder / "tree.yaml").write_text(text.replace(old, new))


def policy(folder: Path, forbid: str = "outside") -> Path:
    """A policy that forbids an outcome of the lunch."""
    path = folder / "dry.yaml"
    rules, _, _ = LUNCH_POLICY.partition("  towels:")
    path.write_text(rules.replace("forbid: outside", f"forbid: {forbid}"))
    return path

"""Compare the kits of two trees: list each changed file once, with all kits that contain it."""

from collections.abc import Iterator, Mapping
from difflib import unified_diff

from advisor.exports.comparison import FileChange
from advisor.kits.kit import Kit


def kit_changes(old: Mapping[str, Kit], new: Mapping[str, Kit]) -> tuple[FileChange, ...]:
    """Return the files that were added, removed or changed between two sets of kits by outcome.

    A kit that was added or removed as a whole is one change with an empty file name.
    """
    places: dict[tuple[str, str | None, str | None], list[tuple[str, str]]] = {}
    for outcome in {**old, **new}:
        olds, news = (_variants(kits.get(outcome)) for kits in (old, new))
        for options in {**olds, **news}:
            for framework, file, before, after in _files(olds.get(options), news.get(options)):
                if before != after:
                    users = places.setdefault((file, before, after), [])
                    if (outcome, framework) not in users:
                        users.append((outcome, framework))
    return tuple(_change(*key, users) for key, users in places.items())


def _variants(kit: Kit | None) -> dict[tuple[tuple[str, str], ...], Kit]:
    """Return the variants of a kit by their options; that for the defaults has none."""
    if kit is None:
        return {}
    return {(): kit} | {tuple(variant.choices.items()): variant for variant in kit.others}


def _files(old: Kit | None, new: Kit | None) -> Iterator[tuple[str, str, str | None, str | None]]:
    """Yield the framework, the file name, and the text before and after, of every file."""
    if old is None or new is None:
        yield "", "", "" if old else None, "" if new else None
        return
    for framework in {**old.frameworks, **new.frameworks}:
        before, after = (
            {file.name: file.text for file in kit.frameworks.get(framework, ())}
            for kit in (old, new)
        )
        for name in {**before, **after}:
            yield framework, name, before.get(name), after.get(name)


def _change(
    name: str, before: str | None, after: str | None, places: list[tuple[str, str]]
) -> FileChange:
    outcomes = tuple(dict.fromkeys(outcome for outcome, _ in places))
    frameworks = tuple(dict.fromkeys(framework for _, framework in places if framework))
    if before is None:
        return FileChange(name, "added", outcomes, frameworks)
    if after is None:
        return FileChange(name, "gone", outcomes, frameworks)
    lines = unified_diff(before.splitlines(), after.splitlines(), n=2, lineterm="")
    return FileChange(name, "changed", outcomes, frameworks, tuple(lines)[2:])

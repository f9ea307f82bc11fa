"""Compare saved decisions with today's trees, which may give other advice by now."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import unified_diff
from functools import lru_cache
from typing import Literal

from django.db.models import Max, Min

from advisor import catalogue
from advisor.catalogue import LoadedTree
from advisor.engine.comparing.drift import Cause, Drift, Status, drift
from advisor.engine.policies.effective import document_for
from advisor.engine.walking.evaluate import Result
from advisor.kits.bundle import Bundle
from advisor.kits.kit import KitFile, fingerprint
from advisor.kits.selecting import select
from advisor.kits.writing import write
from advisor.models import Content, Recommendation, ResultSummary
from advisor.saved import records

FileChangeKind = Literal["changed", "added", "gone"]
# How many files are compared line by line, and how much of each comparison is shown.
MAX_DIFFS = 20
MAX_DIFF_LINES = 80
MAX_LINE = 300
MAX_COMPARED_LINES = 2_000
# How many stored results are held in memory at once.
_CHUNK_SIZE = 500
# Statuses that were computed, by tree, version of the tree, and sha256 of the result.
_known: dict[tuple[str, str, str], Status] = {}
_MAX_KNOWN = 100_000
# Fingerprints of the kits by outcome, for each tree and its version.
_fingerprints: dict[tuple[str, str], Mapping[str, str]] = {}
_MAX_VERSIONS = 20


@dataclass(frozen=True, slots=True)
class SummaryDrift:
    """The drift of all records with one summary.

    `code` says whether the kit of the chosen outcome is another one today, for whatever settings;
    it is `unknown` where a record has no fingerprint of its kit, or where the tree is gone.
    """

    status: Status
    code: Literal["same", "changed", "unknown"]

    def matches(self, drift: str) -> bool:
        """Return whether this is the status `drift`, or `code` and the code changed."""
        return self.code == "changed" if drift == "code" else self.status == drift


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that is another one today, with the labels of the frameworks in which it is.

    `lines` are the beginning of a unified diff, without the lines that name the files; `cut` says
    that it goes on. A file that is new, gone, too long or one of too many has no lines.
    """

    name: str
    kind: FileChangeKind
    frameworks: tuple[str, ...]
    supporting: bool
    lines: tuple[str, ...] = ()
    cut: bool = False


@dataclass(frozen=True, slots=True)
class CodeDrift:
    """The difference between the stored files and the files of today with the same values.

    `files` are those that changed, the code before what supports it. `messages` say why a value is
    not valid today.
    """

    state: Literal["same", "changed", "new", "gone", "unwritable"]
    files: tuple[FileChange, ...] = ()
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DriftToday:
    """The drift of a record, today's tree (None if it is gone), and the drift of its code.

    `config` is None where what was chosen cannot be chosen today.
    """

    drift: Drift
    loaded: LoadedTree | None
    config: CodeDrift | None


def drift_today(record: Recommendation, bundle: Bundle) -> DriftToday:
    """Return the drift of a record. Its status is `unanswerable` without a valid tree."""
    try:
        loaded = catalogue.loaded_trees().get(record.tree)
    except catalogue.BrokenTree:
        return _drift_without_tree("Somebody is editing the tree, and it has errors at the moment.")
    if loaded is None:
        return _drift_without_tree(f"This site no longer serves the tree “{bundle.result.tree}”.")
    return drift_of(record, bundle, loaded)


def drift_of(record: Recommendation, bundle: Bundle, loaded: LoadedTree) -> DriftToday:
    """Return the drift of a record against a tree."""
    drift_now = drift(bundle.result, loaded.tree)
    allowed = drift_now.today is not None and drift_now.forbidden is None
    answers = {step.question: step.answer for step in drift_now.trail}
    config = _code_drift(record, bundle, loaded, answers) if allowed else None
    return DriftToday(drift_now, loaded, config)


def versions_in_use(
    record: Recommendation, loaded: LoadedTree
) -> tuple[datetime, datetime | None] | None:
    """Return when the version of a record was last used, and when that of today was first.

    Only saved decisions tell: the time of the last one with the version of then, and of the first
    one with today's, which is None where there is none. Return None where the version is the same,
    or where the site has gone back to an older one.
    """
    if loaded.version == record.version:
        return None
    of_tree = Recommendation.objects.filter(tree=record.tree).order_by()
    then = of_tree.filter(version=record.version).aggregate(time=Max("saved_at"))["time"]
    now = of_tree.filter(version=loaded.version).aggregate(time=Min("saved_at"))["time"]
    return None if now is not None and now < then else (then, now)


def summary_drifts(
    summaries: Collection[ResultSummary], trees: Mapping[str, LoadedTree]
) -> dict[int, SummaryDrift]:
    """Return the drift of each summary by its id."""
    statuses = drift_statuses({(summary.tree, summary.result) for summary in summaries}, trees)
    kits = {loaded.slug: fingerprints(loaded) for loaded in trees.values()}
    return {
        summary.id: SummaryDrift(
            statuses[summary.tree, summary.result],
            kit_drift(summary.kit, kits[summary.tree].get(summary.outcome, ""))
            if summary.tree in kits
            else "unknown",
        )
        for summary in summaries
    }


def kit_drift(then: str, today: str) -> Literal["same", "changed", "unknown"]:
    """Compare two fingerprints of a kit, which are empty where there is no kit.

    The one of then is also empty in records of releases that stored none.
    """
    if not then:
        return "unknown" if today else "same"
    return "same" if then == today else "changed"


def fingerprints(loaded: LoadedTree) -> Mapping[str, str]:
    """Return the fingerprints of all kits of a tree, by outcome; computed once per version."""
    key = loaded.slug, loaded.version
    if key not in _fingerprints:
        if len(_fingerprints) >= _MAX_VERSIONS:
            _fingerprints.clear()
        _fingerprints[key] = {outcome: fingerprint(kit) for outcome, kit in loaded.kits.items()}
    return _fingerprints[key]


def drift_statuses(
    wanted: Collection[tuple[str, str]], trees: Mapping[str, LoadedTree]
) -> dict[tuple[str, str], Status]:
    """Return the status of each pair of a tree and the sha256 of a result.

    All records with the same result share it. Each pair is evaluated once per version of its tree
    and then kept in memory.
    """
    by_key: dict[tuple[str, str], Status] = {}
    missing: list[tuple[str, str]] = []
    for tree, result in sorted(wanted):
        loaded = trees.get(tree)
        known = _known.get((tree, loaded.version, result)) if loaded else "unanswerable"
        if known is None:
            missing.append((tree, result))
        else:
            by_key[tree, result] = known
    if len(_known) + len(missing) > _MAX_KNOWN:
        _known.clear()
    for key, _, drift_now in drifts_of(missing, trees):
        tree, result = key
        by_key[key] = _known[tree, trees[tree].version, result] = drift_now.status
    return by_key


def drifts_of(
    wanted: Collection[tuple[str, str]], trees: Mapping[str, LoadedTree]
) -> Iterator[tuple[tuple[str, str], Result | None, Drift]]:
    """Yield each pair of a tree and the sha256 of a result, with the stored result and its drift.

    The result is None where this release cannot read it. Results are loaded in chunks, because
    there may be many.
    """
    keys = sorted(wanted)
    for start in range(0, len(keys), _CHUNK_SIZE):
        chunk = keys[start : start + _CHUNK_SIZE]
        texts = Content.objects.in_bulk([result for _, result in chunk])
        for key in chunk:
            tree, result = key
            loaded = trees.get(tree)
            try:
                old = records.read_result(texts[result].text)
            except (KeyError, ValueError):
                yield (
                    key,
                    None,
                    _unanswerable("It is stored in a form that this release cannot read."),
                )
                continue
            if loaded is None:
                yield key, old, _unanswerable(f"This site no longer serves the tree {tree}.")
            else:
                yield key, old, drift(old, loaded.tree)


def _drift_without_tree(why: str) -> DriftToday:
    return DriftToday(_unanswerable(why), None, None)


def _unanswerable(why: str) -> Drift:
    return Drift("unanswerable", (), None, (Cause("gone", why),))


def _code_drift(
    record: Recommendation, bundle: Bundle, loaded: LoadedTree, answers: Mapping[str, str]
) -> CodeDrift:
    kit = loaded.kits.get(bundle.result.outcome)
    if kit is None:
        return CodeDrift("gone" if bundle.frameworks else "same")
    if not bundle.frameworks:
        return CodeDrift("new")
    result = bundle.result
    parameters = document_for(loaded.tree, result.outcome, answers).parameters
    # What was chosen stays chosen, whatever the default is today.
    choices = {choice.parameter: choice.option for choice in result.choices}
    given = {id: str(text) for id, text in record.values.items()}
    texts = {id: text for id, text in (choices | given).items() if id in parameters}
    selection = select(kit, parameters, texts)
    if selection.kit is None or selection.messages:
        return CodeDrift(
            "unwritable",
            messages=tuple(
                f"{parameters[id].label}, “{texts.get(id, parameters[id].default)}”: {message}"
                for id, message in selection.messages.items()
            ),
        )
    files = _file_changes(bundle, write(selection.kit, parameters, selection.settings))
    return CodeDrift("changed", files) if files else CodeDrift("same")


def _file_changes(
    bundle: Bundle, written: Mapping[str, tuple[KitFile, ...]]
) -> tuple[FileChange, ...]:
    """Compare the stored files with those of today; equal changes in frameworks are one."""
    labels = {framework.id: framework.label for framework in bundle.frameworks}
    then = {
        (framework.id, file.path): file
        for framework in bundle.frameworks
        for file in framework.files
    }
    today = {(id, file.path): file for id, files in written.items() for file in files}
    where: dict[tuple[str, str | None, str | None, bool], list[str]] = {}
    for place in {**then, **today}:
        old, new = then.get(place), today.get(place)
        before, after = (file.text if file else None for file in (old, new))
        if before != after:
            supporting = all(file.supporting for file in (old, new) if file)
            framework, name = place
            where.setdefault((name, before, after, supporting), []).append(
                labels.get(framework, framework)
            )
    changed = sorted(where.items(), key=lambda item: item[0][3])
    return tuple(
        _file_change(name, before, after, tuple(frameworks), supporting, at < MAX_DIFFS)
        for at, ((name, before, after, supporting), frameworks) in enumerate(changed)
    )


def _file_change(
    name: str,
    before: str | None,
    after: str | None,
    frameworks: tuple[str, ...],
    supporting: bool,  # noqa: FBT001 - all given by place
    with_lines: bool,  # noqa: FBT001
) -> FileChange:
    if before is None or after is None:
        kind: FileChangeKind = "added" if before is None else "gone"
        return FileChange(name, kind, frameworks, supporting)
    lines = _unified(before, after) if with_lines else ()
    shown = tuple(line[:MAX_LINE] for line in lines[:MAX_DIFF_LINES])
    return FileChange(
        name, "changed", frameworks, supporting, shown, cut=len(lines) > MAX_DIFF_LINES
    )


@lru_cache(maxsize=200)
def _unified(before: str, after: str) -> tuple[str, ...]:
    """Return a unified diff without its head; nothing where a text is too long to compare."""
    texts = before.splitlines(), after.splitlines()
    if max(map(len, texts)) > MAX_COMPARED_LINES:
        return ()
    return tuple(unified_diff(*texts, lineterm="", n=2))[2:]

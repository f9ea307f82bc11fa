"""Adds to the corpus what it lacks, and refuses to change what it has."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.core.management import call_command
from django.test import Client

from advisor import catalogue
from advisor.engine.tree.model import UNSURE
from advisor.models import Content, Recommendation
from advisor.saved import records
from tests.golden import corpus
from tests.support.html import form, get
from tests.support.site import results

TREE = Path(settings.BASE_DIR) / "tree"
# The first release whose records stand in the corpus as it saved them.
RELEASE = "0.2.0"
FIRST_DAY = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOSTILE = '"><script>alert(1)</script> {{ x }} `a` *b* _c_ [d](e) | & \u202e – ﬂ\\'


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a record is made: which tree under which policies, and what the visitor did."""

    name: str
    tree: Path
    answers: dict[str, str]
    policies: tuple[str, ...] = ()
    texts: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    first_release: bool = False
    choose: str = ""
    # Kinds of events, in order.
    events: tuple[str, ...] = ()


def add_missing() -> int:
    """The exit code: 1 where this release answers otherwise than the corpus has it."""
    call_command("migrate", verbosity=0)
    for folder in (corpus.RECORDS, corpus.CONTENTS, corpus.EXPECTED):
        folder.mkdir(exist_ok=True)
    before = corpus.names()
    changed = [ending for name in before for ending in differing(name)]
    for recipe in recipes():
        if recipe.name not in before:
            add(recipe)
    after = corpus.names()
    print(f"{len(after) - len(before)} records added, {len(after)} in all.")
    if changed:
        print("Not changed, though this release answers otherwise:", *changed, sep="\n  ")
    return 1 if changed else 0


def differing(name: str) -> list[str]:
    return corpus.shown(Client(), corpus.load(name)).differing(name)


def recipes() -> Iterator[Recipe]:
    """One for every outcome of the first tree, and for each further thing that records may hold."""
    tokens, storage = TREE / "tokens", TREE / "examples" / "storage"
    yield from of_each_outcome(tokens)
    first = next(of_each_outcome(tokens))
    # With a kit and without one.
    yield from (named(storage, outcome) for outcome in ("relational-server", "document-store"))
    values = {"access-minutes": "5", "issuer": "https://id.example.org/r?a=b&c='d'"}
    texts = {"title": HOSTILE, "context": f"# {HOSTILE}\n\n```\n{HOSTILE}\n", "author": HOSTILE}
    yield replace(named(tokens, "jwt-asymmetric"), name="values", values=values)
    yield replace(first, name="hostile-texts", texts=texts)
    yield replace(first, name="first-release", first_release=True)
    decided = {
        "decision_makers": "Ann, Bob: chair",
        "consulted": "Security",
        "informed": 'Support "first line"',
        "discussion": "https://git.example.org/pulls/7?a=b&c=d#note_1",
        "review_by": "2999-12-31",
    }
    departing = replace(
        named(tokens, "jwt-asymmetric"),
        choose="paseto-public",
        texts=decided | {"reason": "We *run* it.\n\n# Already\n"},
    )
    yield replace(departing, name="decided-proposed")
    yield replace(departing, name="decided-accepted", events=("accepted",))
    yield replace(departing, name="decided-deprecated", events=("accepted", "deprecated"))
    yield replace(first, name="decided-rejected", events=("rejected",))
    unsure = dict.fromkeys(first.answers, UNSURE)
    yield replace(first, name="assumed-everything", answers=unsure)
    one_unsure = replace(
        departing, answers=departing.answers | {"revocation": UNSURE}, choose="paseto-blocklist"
    )
    yield replace(one_unsure, name="assumed-chosen-accepted", events=("accepted",))
    for policy in sorted((TREE / "examples" / "policies").glob("*.yaml")):
        yield from of_each_outcome(tokens, policy.stem)


def of_each_outcome(tree: Path, *policies: str) -> Iterator[Recipe]:
    """The first answers that lead to each outcome; under policies, those that a policy changed."""
    done: set[str] = set()
    with loaded(tree, policies):
        of_tree = list(results(tree.name))
    for result in of_tree:
        if result.outcome not in done and (not policies or result.rulings):
            done.add(result.outcome)
            name = "-".join((tree.name, *policies, result.outcome))
            yield Recipe(name, tree, result.answers, policies)


def named(tree: Path, outcome: str) -> Recipe:
    return next(
        recipe for recipe in of_each_outcome(tree) if recipe.name == f"{tree.name}-{outcome}"
    )


@contextmanager
def loaded(tree: Path, policies: tuple[str, ...]) -> Iterator[None]:
    """The site on one tree under policies, for a while."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / tree.name
        shutil.copytree(tree, copy, ignore=shutil.ignore_patterns("__pycache__"))
        for policy in policies:
            shutil.copy(TREE / "examples" / "policies" / f"{policy}.yaml", copy / "policies")
        settings.ADVISOR_TREES = [str(copy)]
        catalogue.reload()
        yield


def add(recipe: Recipe) -> None:
    """Save as a visitor does, then write down the row, its texts and what is seen of it."""
    client = Client()
    with loaded(recipe.tree, recipe.policies):
        choose = {"choose": recipe.choose} if recipe.choose else {}
        state = urlencode({**recipe.answers, **recipe.values, **choose})
        address = f"/{recipe.tree.name}/save?{state}"
        texts = {"title": "Billing API", "author": "Team Blue", "context": "We *must* decide."}
        link = form(get(client, address)).fill(**texts | recipe.texts).post(client)["Location"]
    record = Recommendation.objects.get(pk=link.split("/")[2])
    if recipe.first_release:
        as_in_the_first_release(record)
    if not recipe.values:
        # The other frameworks are of the same kind, and would make the corpus four times as large.
        record.frameworks = record.frameworks[:1]
    record.submission_hash = records.sha256_of(f"{RELEASE} {recipe.name}")
    record.id = record.submission_hash[:22]
    record.saved_at = FIRST_DAY + timedelta(days=len(corpus.names()))
    for sha256 in corpus.contents(record):
        (corpus.CONTENTS / sha256).write_text(Content.objects.get(pk=sha256).text)
    held = {name: getattr(record, name) for name in corpus.FIELDS}
    held["saved_at"] = record.saved_at.isoformat()
    held |= {name: getattr(record, name) for name in corpus.DECIDED}
    held["review_by"] = record.review_by.isoformat() if record.review_by else None
    held["events"] = [
        {
            "kind": kind,
            "by": f"Board {number} <b>",
            "at": (record.saved_at + timedelta(days=number)).isoformat(),
            "note": "In *these* words.\n\n# No heading",
        }
        for number, kind in enumerate(recipe.events, 1)
    ]
    if recipe.first_release:
        later = ("settings", "kit", "identified", *corpus.DECIDED, "events")
        held = {name: held[name] for name in held if name not in later} | {"format": 1}
    text = json.dumps(held, indent=1, ensure_ascii=False)
    (corpus.RECORDS / f"{recipe.name}.json").write_text(f"{text}\n")
    for ending, data in corpus.shown(client, corpus.load(recipe.name)).files.items():
        (corpus.EXPECTED / f"{recipe.name}{ending}").write_bytes(data)


def as_in_the_first_release(record: Recommendation) -> None:
    """Before policies and what-if: their fields were not kept at all."""
    held = json.loads(Content.objects.get(pk=record.result).text)
    for caveat in held["caveats"]:
        del caveat["policy"]
    for name in ("rulings", "requirements", "alone", "nearest", "sensitivity"):
        del held[name]
    text = json.dumps(held, ensure_ascii=False, separators=(",", ":"))
    record.result = records.sha256_of(text)
    Content.objects.get_or_create(sha256=record.result, defaults={"text": text})

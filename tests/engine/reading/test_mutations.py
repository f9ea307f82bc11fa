"""A mistake in the real tree, or in a policy on top of it, is reported, where it was made and with
the word that was meant.

`MUTATIONS` sets how many mistakes are made, `MUTATIONS_FROM` which comes first.
"""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from advisor.engine.problems import Problem
from advisor.engine.reader import read_files
from tests.support.mutations import KINDS, Mutation, mutation
from tests.support.trees import ENGINE_TESTS

TREE = ENGINE_TESTS.parents[1] / "tree" / "tokens"
# One at a time: they forbid what another uses.
POLICIES = sorted((TREE.parent / "examples" / "policies").glob("*.yaml"))
# Written by a program; nobody makes mistakes in it.
NOT_WRITTEN_BY_HAND = {"measured.yaml"}
FIRST, NUMBER = int(os.environ.get("MUTATIONS_FROM", "0")), int(os.environ.get("MUTATIONS", "500"))


@dataclass
class Tally:
    """What became of the mistakes; each list holds those that fall short, as a reader sees them."""

    made: Counter[str] = field(default_factory=Counter)
    unnoticed: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    not_meant: list[str] = field(default_factory=list)
    further: list[tuple[int, str]] = field(default_factory=list)
    touched: set[tuple[str, int]] = field(default_factory=set)

    def add(self, made: Mutation, problems: tuple[Problem, ...]) -> None:
        self.made[made.kind] += 1
        self.touched |= made.belongs
        if not problems:
            self.unnoticed.append(made.title)
            return
        first = problems[0]
        shown = f"{made.title}\n{first}"
        if (first.place.file, first.place.line) not in made.belongs:
            self.elsewhere.append(shown)
        if made.meant and f"`{made.meant}`" not in first.suggestion:
            self.not_meant.append(shown)
        self.further.append((len(problems) - 1, made.title))

    def lines(self) -> Iterator[str]:
        total, misspelt = self.made.total(), self.made["misspelt"]
        most, worst = max(self.further)
        mean = sum(count for count, _ in self.further) / total
        alone = sum(count == 0 for count, _ in self.further)
        yield f"{total} mistakes from seed {FIRST} on, at {len(self.touched)} lines:"
        yield f"  reported                     {total - len(self.unnoticed)} of {total}"
        yield f"  first problem in its place   {total - len(self.elsewhere)} of {total}"
        yield f"  the right word suggested     {misspelt - len(self.not_meant)} of {misspelt}"
        yield f"  one problem and no other     {alone} of {total}"
        yield f"  further problems             {mean:.2f} on average, {most} at most ({worst})"


@cache
def tree() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(TREE.glob("*.yaml"))}


@cache
def by_hand(policy: Path) -> dict[str, str]:
    written = {name: text for name, text in tree().items() if name not in NOT_WRITTEN_BY_HAND}
    return written | {f"policies/{policy.name}": policy.read_text(encoding="utf-8")}


def mistake(seed: int) -> Mutation:
    return mutation(by_hand(POLICIES[seed // len(KINDS) % len(POLICIES)]), seed)


@pytest.fixture(scope="module")
def tally() -> Tally:
    result = Tally()
    rest = {name: tree()[name].encode() for name in NOT_WRITTEN_BY_HAND}
    for seed in range(FIRST, FIRST + NUMBER):
        made = mistake(seed)
        result.add(made, read_files({**rest, **made.files}).problems)
    return result


def test_it_prints_what_became_of_the_mistakes(
    tally: Tally, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print("", *tally.lines(), sep="\n")

    assert tally.made.total() == NUMBER


def test_it_makes_mistakes_of_all_kinds_all_over_the_tree(tally: Tally) -> None:
    assert set(tally.made) == set(KINDS)
    assert {file for file, _ in tally.touched} == set().union(*map(by_hand, POLICIES))
    assert len(tally.touched) > NUMBER / 2


def test_it_reports_every_mistake(tally: Tally) -> None:
    assert tally.unnoticed == []


def test_it_reports_mistakes_where_they_were_made(tally: Tally) -> None:
    assert len(tally.elsewhere) <= 0.02 * tally.made.total(), "\n\n".join(tally.elsewhere)


def test_it_suggests_the_word_that_was_meant(tally: Tally) -> None:
    assert len(tally.not_meant) <= 0.05 * tally.made["misspelt"], "\n\n".join(tally.not_meant)


def test_it_says_one_thing_about_one_mistake(tally: Tally) -> None:
    alone = sum(count == 0 for count, _ in tally.further)

    assert alone >= 0.85 * tally.made.total(), tally.further


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.stem)
def test_it_finds_nothing_wrong_with_the_tree_as_it_is(policy: Path) -> None:
    files = tree() | by_hand(policy)
    assert read_files({name: text.encode() for name, text in files.items()}).problems == ()


def test_it_makes_the_same_mistake_of_the_same_seed() -> None:
    assert mistake(7) == mistake(7)
    assert mistake(7) != mistake(13)

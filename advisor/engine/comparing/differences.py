"""What differs between two trees, as data."""

from dataclasses import dataclass

from advisor.engine.comparing.decision_diagram import Cube
from advisor.engine.comparing.results import Change
from advisor.engine.comparing.section_diff import SectionChange


@dataclass(frozen=True, slots=True)
class Extent:
    """How many answer sets, and which: `regions` do not overlap, `more` counts those not listed."""

    count: int
    regions: tuple[Cube, ...]
    more: int


@dataclass(frozen=True, slots=True)
class OutcomeChange:
    """Answer sets that led to one outcome and now lead to another.

    `policies` are the rules that made it, in words, where it was not the tree.
    """

    old: str
    old_name: str
    new: str
    new_name: str
    where: Extent
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AdviceChange:
    """A change that readers of these answer sets see, though the outcome is the same."""

    change: Change
    where: Extent


@dataclass(frozen=True, slots=True)
class UnmatchedAnswer:
    """An answer that only one of the trees has, and the answer sets that hold it."""

    question: str
    answer: str
    where: Extent


@dataclass(frozen=True, slots=True)
class Counts:
    """Answer sets by what becomes of them: `gone` only the old tree takes, `added` only the new."""

    same: int
    advice: int
    outcome: int
    gone: int
    added: int

    @property
    def total(self) -> int:
        """Return the number of all answer sets."""
        return self.same + self.advice + self.outcome + self.gone + self.added


@dataclass(frozen=True, slots=True)
class Kept:
    """The old tree's answer sets, as saved decisions hold them, by the status of their drift."""

    current: int
    advice: int
    outcome: int
    unanswerable: int


@dataclass(frozen=True, slots=True)
class TreeDiff:
    """What differs between two trees.

    `sections` are changes of what is written, `leads`, `changes`, `gone` and `added` those of what
    is said, the most frequent first. `counts` and `kept` are None, and lists incomplete, where
    `unfinished` says so and why.
    """

    sections: tuple[SectionChange, ...]
    counts: Counts | None
    kept: Kept | None
    leads: tuple[OutcomeChange, ...]
    changes: tuple[AdviceChange, ...]
    gone: tuple[UnmatchedAnswer, ...]
    added: tuple[UnmatchedAnswer, ...]
    unfinished: str = ""

    @property
    def differs(self) -> bool:
        """Return whether anything differs, be it only as it is written."""
        return bool(self.sections or self.says_otherwise)

    @property
    def says_otherwise(self) -> bool:
        """Return whether some answers get other advice, or none, or are new."""
        substantive = any(not shown.change.editorial for shown in self.changes)
        return bool(self.leads or substantive or self.gone or self.added or self.unfinished)

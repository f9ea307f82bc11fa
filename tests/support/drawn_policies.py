"""Draw policies on a small tree at random, and apply their rules by hand to every path.

By hand means: take the leaf as it is written, see which rules hold for its path, change what they
say. It knows nothing of graphs, and finds for itself where rules contradict each other.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from hypothesis import strategies as st

from advisor.engine.reader import Reading, read_files
from advisor.engine.tree.graph import applies
from advisor.engine.tree.model import When
from tests.support.drawn_trees import OUTCOMES, Answers, End, Fork, Made, trees

LOW, HIGH = 10, 90

PARAMETER = {"label": "P", "constant": "P", "type": "integer", "default": "50"} | {
    "minimum": str(LOW),
    "maximum": str(HIGH),
}


@dataclass(frozen=True)
class Rule:
    policy: str
    id: str
    when: When
    effect: dict[str, object]

    def written(self) -> dict[str, object]:
        return {"because": f"because of {self.id}", "when": self.when.model_dump()} | self.effect

    @property
    def bans(self) -> bool:
        return "forbid" in self.effect

    def touches(self) -> list[str]:
        if "limit" in self.effect:
            return [key for key in ("minimum", "maximum") if key in self.effect]
        return [str(self.effect["replace"])] if "replace" in self.effect else []


@dataclass(frozen=True)
class Ruled:
    made: Made
    rules: tuple[Rule, ...]

    def read(self, *, backwards: bool = False) -> Reading:
        document = self.made.written() | {"parameters": {"p": PARAMETER}}
        files = {"tree.yaml": json.dumps(document)}
        rules = self.rules[::-1] if backwards else self.rules
        for policy in dict.fromkeys(rule.policy for rule in rules):
            of_policy = {rule.id: rule.written() for rule in rules if rule.policy == policy}
            files[f"policies/{policy}.yaml"] = json.dumps(
                {"format": "1", "title": policy, "owner": "A test", "reason": "To see."}
                | {"review-by": "2027-01-01", "rules": of_policy}
            )
        ordered = reversed(files.items()) if backwards else files.items()
        return read_files({name: text.encode() for name, text in ordered})

    def paths(self) -> Iterator[tuple[Answers, End, "Effects"]]:
        for answers, end in self.made.paths(self.made.root, {}):
            yield answers, end, self.effects_on(answers, end)

    def effects_on(self, answers: Answers, end: End) -> "Effects":
        named = (end.chosen, *end.others)
        all_bans = [r for r in self.rules if r.bans and applies(r.when, end.chosen, answers)]
        forbidden = {rule.effect["forbid"] for rule in all_bans}
        bans = [rule for rule in all_bans if rule.effect["forbid"] in named]
        uses = [str(rule.effect["use"]) for rule in bans if rule.effect["forbid"] == end.chosen]
        chosen = uses[0] if uses else end.chosen
        others = [id for id in end.others if id not in forbidden and id != chosen]
        rest = [r for r in self.rules if not r.bans and applies(r.when, chosen, answers)]
        rivals = len(set(uses)) > 1
        undone = bool(forbidden & set(uses))
        return Effects(chosen, tuple(others), bans, rest, rivals=rivals, undone=undone)

    def in_play(self, step: End | Fork, so_far: Answers) -> set[str]:
        told = (self.effects_on(answers, end) for answers, end in self.made.paths(step, so_far))
        return {id for effects in told for id in (effects.chosen, *effects.others)}


@dataclass(frozen=True)
class Effects:
    chosen: str
    others: tuple[str, ...]
    bans: list[Rule]
    rest: list[Rule]
    rivals: bool
    undone: bool

    @property
    def names(self) -> list[tuple[str, str]]:
        shown = [*self.bans, *(rule for rule in self.rest if "replace" not in rule.effect)]
        return sorted((rule.policy, rule.id) for rule in shown)

    @property
    def clashes(self) -> bool:
        return any(
            set(rule.touches()) & set(rival.touches()) for rule, rival in combinations(self.rest, 2)
        )

    @property
    def bounds(self) -> tuple[int, int]:
        limits = [rule.effect for rule in self.rest if "limit" in rule.effect]
        lows = [int(str(limit["minimum"])) for limit in limits if "minimum" in limit]
        highs = [int(str(limit["maximum"])) for limit in limits if "maximum" in limit]
        return max([LOW, *lows]), min([HIGH, *highs])


@st.composite
def ruled(draw: st.DrawFn) -> Ruled:
    made = draw(trees())
    named = made.in_play(made.root)
    rules = []
    for n in range(draw(st.integers(1, 4))):
        # Most rules should do something, and some should meet.
        asked = draw(st.lists(st.sampled_from(sorted(made.questions)), max_size=1, unique=True))
        outcomes = st.lists(st.sampled_from(named), min_size=1, max_size=2, unique=True)
        when = When(
            outcomes=tuple(draw(outcomes)) if draw(st.integers(0, 3)) == 0 else (),
            answers={
                id: tuple(
                    draw(st.lists(st.sampled_from(made.questions[id]), min_size=1, unique=True))
                )
                for id in asked
            },
        )
        forbid = draw(st.sampled_from(named))
        use = draw(st.sampled_from([id for id in OUTCOMES if id != forbid]))
        effect: dict[str, object] = draw(
            st.sampled_from([
                {"forbid": forbid, "use": use},
                {"forbid": forbid, "use": use},
                {"require": "Do it."},
                {"caveat": {"title": "Mind", "weight": "note", "text": "the step"}},
                {"limit": "p", "maximum": str(draw(st.integers(20, 80)))},
                {"limit": "p", "minimum": str(draw(st.integers(20, 80)))},
                {"replace": "sources.s.title", "with": "Another title"},
            ])
        )  # fmt: skip
        rules.append(Rule(draw(st.sampled_from(["one", "two"])), f"r{n}", when, effect))
    return Ruled(made, tuple(rules))

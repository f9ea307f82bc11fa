"""Draw small trees at random: as they are written, and as they are meant.

What is meant knows nothing of sharing: it follows the written steps, jumps included, and asks of
each place what the leaves below it name.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from hypothesis import strategies as st

from advisor.engine.tree.model import When
from tests.support.trees import document, outcome, question

OUTCOMES = ("w", "x", "y", "z")

WORDS = ("one", "two", "three")

Answers = dict[str, str]


@dataclass(frozen=True)
class End:
    """A leaf as it is written."""

    chosen: str
    others: tuple[str, ...]
    because: str

    def written(self) -> dict[str, object]:
        others = {id: f"rather {id}" for id in self.others}
        return {"recommend": self.chosen, "because": self.because, "or": others}


@dataclass(frozen=True)
class Fork:
    """A question as it is placed: groups of answers, and what follows each group."""

    question: str
    groups: tuple[tuple[tuple[str, ...], "Step"], ...]

    def written(self) -> dict[str, object]:
        return {self.question: {", ".join(ids): step.written() for ids, step in self.groups}}

    def after(self, answer: str) -> "End | Fork":
        [step] = [step for ids, step in self.groups if answer in ids]
        return followed(step)


@dataclass(frozen=True)
class Jump:
    branch: str
    to: "Step"

    def written(self) -> dict[str, object]:
        return {"branch": self.branch}


Step = End | Fork | Jump


def followed(step: Step) -> End | Fork:
    return followed(step.to) if isinstance(step, Jump) else step


@dataclass
class Made:
    """A random tree: what was written, and what was meant."""

    questions: dict[str, tuple[str, ...]]
    decide: Step
    branches: dict[str, Step]
    caveats: dict[str, When] = field(default_factory=dict)
    reasons: bool = True

    def written(self) -> dict[str, object]:
        every_reason = {
            id: {answer: f"{id} {answer}" for answer in answers}
            for id, answers in self.questions.items()
        }
        return document(
            questions={
                id: question(*answers) | {"ask": f"What is {id}?"}
                for id, answers in self.questions.items()
            },
            decide=self.decide.written(),
            branches={id: step.written() for id, step in self.branches.items()},
            outcomes={id: outcome(every_reason if self.reasons else {}) for id in OUTCOMES},
            caveats={
                id: {"title": id, "weight": "note", "text": id, "sources": ["s"]}
                | {"when": when.model_dump()}
                for id, when in self.caveats.items()
            },
            sources={"s": {"title": "S", "kind": "guide"}},
        )

    @property
    def root(self) -> End | Fork:
        return followed(self.decide)

    def paths(self, step: End | Fork, so_far: Answers) -> Iterator[tuple[Answers, End]]:
        if isinstance(step, End):
            yield so_far, step
            return
        for answer in self.questions[step.question]:
            yield from self.paths(step.after(answer), so_far | {step.question: answer})

    def ends(self, step: End | Fork) -> list[End]:
        return [end for _, end in self.paths(step, {})]

    def in_play(self, step: End | Fork) -> list[str]:
        named = {id for end in self.ends(step) for id in (end.chosen, *end.others)}
        return [id for id in OUTCOMES if id in named]

    def ruled_out(self, answers: Answers) -> list[tuple[str, str, str]]:
        """Outcome, question and answer, for the answers of one path or of its beginning."""
        lost = []
        step = self.root
        for id, answer in answers.items():
            assert isinstance(step, Fork)
            before, step = self.in_play(step), step.after(answer)
            lost += [(out, id, answer) for out in before if out not in self.in_play(step)]
        return lost

    def below(self, step: End | Fork) -> set[str]:
        """The questions that some path from here asks."""
        return {id for answers, _ in self.paths(step, {}) for id in answers}


@st.composite
def steps(draw: st.DrawFn, free: frozenset[str], made: Made, uses: dict[str, set[str]]) -> Step:
    """A step that asks only free questions, itself or in the branches that it jumps to."""
    open_to_jump = sorted(id for id in made.branches if uses[id] <= free)
    kinds = ["end", *(["fork"] * 3 if free else []), *(["jump"] * 2 if open_to_jump else [])]
    match draw(st.sampled_from(kinds)):
        case "jump":
            branch = draw(st.sampled_from(open_to_jump))
            return Jump(branch, made.branches[branch])
        case "fork":
            id = draw(st.sampled_from(sorted(free)))
            homes: dict[int, list[str]] = {}
            for answer in draw(st.permutations(made.questions[id])):
                homes.setdefault(draw(st.integers(0, 2)), []).append(answer)
            inner = steps(free - {id}, made, uses)
            return Fork(id, tuple((tuple(ids), draw(inner)) for ids in homes.values()))
    chosen, *others = draw(st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=2, unique=True))
    return End(chosen, tuple(others), draw(st.sampled_from(["for one reason", "for another"])))


@st.composite
def trees(draw: st.DrawFn) -> Made:
    questions = {f"q{n}": WORDS[: draw(st.integers(2, 3))] for n in range(draw(st.integers(1, 4)))}
    ids = frozenset(questions)
    made = Made(questions, End("w", (), ""), {})
    uses: dict[str, set[str]] = {}
    for n in range(draw(st.integers(0, 3))):
        step = draw(steps(ids, made, uses))
        made.branches[f"b{n}"] = step
        uses[f"b{n}"] = made.below(followed(step))
    made.decide = draw(steps(ids, made, uses))
    for n in range(draw(st.integers(0, 2))):
        asked = draw(st.lists(st.sampled_from(sorted(ids)), max_size=2, unique=True))
        made.caveats[f"c{n}"] = When(
            outcomes=tuple(draw(st.lists(st.sampled_from(OUTCOMES), max_size=2, unique=True))),
            answers={
                id: tuple(draw(st.lists(st.sampled_from(questions[id]), min_size=1, unique=True)))
                for id in asked
            },
        )
    return made


@st.composite
def trees_with_answers(draw: st.DrawFn) -> tuple[Made, Answers]:
    """A tree, and answers in any order, some of which may not matter."""
    made = draw(trees())
    given_ids = draw(st.lists(st.sampled_from(sorted(made.questions)), unique=True))
    return made, {id: draw(st.sampled_from(made.questions[id])) for id in given_ids}

"""The graph and what is evaluated on it, against a walk along every path of random small trees.

The walk knows nothing of sharing: it follows the written steps, jumps included, and asks of each
place what the leaves below it name.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from hypothesis import given, note
from hypothesis import strategies as st

from advisor.engine.tree.graph import Ask, Leaf, Node, applies
from advisor.engine.tree.model import When
from advisor.engine.walking.evaluate import Asking, Result, evaluate
from tests.support.trees import document, good, outcome, question, read_document

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
            questions={id: question(*answers) for id, answers in self.questions.items()},
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
        found = []
        step = self.root
        for id, answer in answers.items():
            assert isinstance(step, Fork)
            before, step = self.in_play(step), step.after(answer)
            found += [(out, id, answer) for out in before if out not in self.in_play(step)]
        return found

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
    every = frozenset(questions)
    made = Made(questions, End("w", (), ""), {})
    uses: dict[str, set[str]] = {}
    for n in range(draw(st.integers(0, 3))):
        step = draw(steps(every, made, uses))
        made.branches[f"b{n}"] = step
        uses[f"b{n}"] = made.below(followed(step))
    made.decide = draw(steps(every, made, uses))
    for n in range(draw(st.integers(0, 2))):
        asked = draw(st.lists(st.sampled_from(sorted(every)), max_size=2, unique=True))
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


@given(trees())
def test_it_recommends_what_stands_at_the_end_of_every_path(made: Made) -> None:
    tree = good(made.written())

    for answers, end in made.paths(made.root, {}):
        result = evaluate(tree, answers)
        assert isinstance(result, Result)
        assert (result.outcome, result.because) == (end.chosen, end.because)
        assert [a.outcome for a in result.alternatives] == list(end.others)
        assert [(step.question, step.answer) for step in result.trail] == list(answers.items())
        assert result.answers == answers


@given(trees())
def test_it_rules_an_outcome_out_by_the_answer_after_which_no_leaf_names_it(made: Made) -> None:
    tree = good(made.written())

    for answers, _ in made.paths(made.root, {}):
        result = evaluate(tree, answers)
        found = [(out.outcome, out.question, out.answer) for out in result.ruled_out]
        assert found == made.ruled_out(answers)
        assert [r.because for r in result.ruled_out] == [f"{q} {a}" for _, q, a in found]


@given(trees_with_answers())
def test_it_asks_the_next_question_and_keeps_what_it_may_still_lead_to(
    drawn: tuple[Made, Answers],
) -> None:
    made, answers = drawn
    step, trail = made.root, {}
    while isinstance(step, Fork) and step.question in answers:
        trail[step.question] = answers[step.question]
        step = step.after(answers[step.question])

    found = evaluate(good(made.written()), answers)

    assert [(s.question, s.answer) for s in found.trail] == list(trail.items())
    assert [(r.outcome, r.question, r.answer) for r in found.ruled_out] == made.ruled_out(trail)
    if isinstance(step, End):
        assert isinstance(found, Result)
        return
    assert isinstance(found, Asking)
    assert found.question == step.question
    assert [option.outcome for option in found.in_play] == made.in_play(step)
    assert found.kept == {id: a for id, a in answers.items() if id in made.below(step)}
    assert found.answers == trail | found.kept
    assert list(found.answers)[: len(trail)] == list(trail)


@given(trees_with_answers())
def test_it_ignores_answers_that_the_path_does_not_ask_for(drawn: tuple[Made, Answers]) -> None:
    made, answers = drawn
    tree = good(made.written())

    found = evaluate(tree, answers)

    assert evaluate(tree, found.answers) == found
    assert evaluate(tree, answers | {"no-question": "whatever"}) == found
    assert evaluate(tree, dict(reversed(answers.items()))) == found


@given(trees_with_answers())
def test_it_evaluates_the_same_answers_to_the_same_every_time(drawn: tuple[Made, Answers]) -> None:
    made, answers = drawn
    before = dict(answers)

    # Two readings share no object; nodes compare by identity, so a question's is left out.
    first, second = (evaluate(good(made.written()), answers) for _ in range(2))

    assert answers == before
    if isinstance(first, Result):
        assert first == second
    else:
        assert isinstance(second, Asking)
        assert (first.question, first.trail, first.kept) == (
            second.question, second.trail, second.kept
        )  # fmt: skip


@given(trees())
def test_it_knows_of_every_node_what_can_follow(made: Made) -> None:
    """In play, chosen, shortest, longest, and the leaves of the drawing where equals are one."""
    tree = good(made.written())

    def check(node: Node, step: End | Fork) -> None:
        lengths = [len(answers) for answers, _ in made.paths(step, {})]
        assert (node.shortest, node.longest) == (min(lengths), max(lengths))
        assert list(tree.outcomes(node.in_play)) == made.in_play(step)
        assert set(tree.outcomes(node.chosen)) == {end.chosen for end in made.ends(step)}
        if isinstance(step, Fork):
            assert isinstance(node, Ask)
            assert node.question == step.question
            assert tuple(node.next) == made.questions[step.question]
            assert node.leaves == sum({id(n): n.leaves for n in node.next.values()}.values())
            for answer, child in node.next.items():
                check(child, step.after(answer))
        else:
            assert isinstance(node, Leaf)
            assert node.leaves == 1

    check(tree.root, made.root)


@given(trees())
def test_it_makes_one_node_of_equal_sub_trees(made: Made) -> None:
    tree = good(made.written())

    def meaning(step: End | Fork) -> tuple[object, ...]:
        if isinstance(step, End):
            return (step,)
        answers = made.questions[step.question]
        return (step.question, *(meaning(step.after(answer)) for answer in answers))

    def places(step: End | Fork) -> Iterator[End | Fork]:
        yield step
        if isinstance(step, Fork):
            for answer in made.questions[step.question]:
                yield from places(step.after(answer))

    nodes = list(tree.nodes())

    assert nodes[0] is tree.root
    assert len(nodes) == len({meaning(step) for step in places(made.root)})


@given(trees())
def test_it_shows_a_caveat_where_its_condition_holds(made: Made) -> None:
    tree = good(made.written())

    for answers, end in made.paths(made.root, {}):
        result = evaluate(tree, answers)
        assert isinstance(result, Result)
        assert [caveat.id for caveat in result.caveats] == [
            id for id, when in made.caveats.items() if fits(when, end.chosen, answers)
        ]


def fits(when: When, chosen: str, answers: Answers) -> bool:
    if when.outcomes and chosen not in when.outcomes:
        return False
    return not any(id not in answers or answers[id] not in when.answers[id] for id in when.answers)


@given(trees())
def test_it_warns_of_exactly_what_no_path_uses(made: Made) -> None:
    paths = list(made.paths(made.root, {}))
    jumped = set[str]()
    waiting: list[Step] = [made.decide, *made.branches.values()]
    while waiting:
        match waiting.pop():
            case Jump(branch):
                jumped.add(branch)
            case Fork(_, groups):
                waiting += [step for _, step in groups]
    in_play = made.in_play(made.root)
    shown = {triple for answers, _ in paths for triple in made.ruled_out(answers)}
    expected = {
        "unused-question": set(made.questions) - made.below(made.root),
        "unused-outcome": set(OUTCOMES) - set(in_play),
        "unused-branch": set(made.branches) - jumped,
        "unused-caveat": {
            id for id, when in made.caveats.items()
            if not any(fits(when, end.chosen, answers) for answers, end in paths)
        },
        "unused-source": set() if made.caveats else {"s"},
    }  # fmt: skip
    # Not a set: the message leaves it to the place to say of which outcome it speaks.
    unused_reasons = sorted(
        f"{id} {answer}" for out in in_play
        for id, answers in made.questions.items() for answer in answers
        if (out, id, answer) not in shown
    )  # fmt: skip
    reasons: list[str] = []
    found: dict[str, set[str]] = {id: set() for id in expected}
    for problem in read_document(made.written()).problems:
        words = problem.actual.replace("`", "").replace(",", "").split()
        if problem.id == "unused-reason":
            reasons.append(f"{words[3]} {words[4]}")
        elif problem.id != "changes-nothing":
            found[problem.id].add(words[2])

    assert found == expected
    assert sorted(reasons) == unused_reasons


@given(trees())
def test_it_demands_a_reason_for_every_outcome_that_an_answer_can_rule_out(made: Made) -> None:
    made.reasons = False
    needed = {
        f"no reason why `{id}` `{answer}` rules `{out}` out"
        for answers, _ in made.paths(made.root, {})
        for out, id, answer in made.ruled_out(answers)
    }
    errors = read_document(made.written()).errors
    note(str(made))

    assert {problem.id for problem in errors} <= {"missing-reason"}
    assert {problem.actual for problem in errors} == needed
    assert len(errors) == len(needed)


@given(trees())
def test_it_warns_of_a_question_whose_answers_all_mean_the_same(made: Made) -> None:
    """Wherever it is written, but once for each place, and not where a caveat depends on it."""
    asked_by_caveats = {id for when in made.caveats.values() for id in when.answers}

    def same(step: Step) -> Iterator[str]:
        if isinstance(step, Fork):
            meant = {str(plain(after)) for _, after in step.groups}
            if len(meant) == 1 and step.question not in asked_by_caveats:
                yield step.question
            for _, after in step.groups:
                yield from same(after)

    def plain(step: Step) -> object:
        step = followed(step)
        if isinstance(step, End):
            return step
        return step.question, [plain(step.after(a)) for a in made.questions[step.question]]

    written = [made.decide, *made.branches.values()]
    expected = sorted(
        f"the question `{id}`, whose answers all lead to the same advice"
        for step in written for id in same(step)
    )  # fmt: skip
    problems = read_document(made.written()).problems

    assert sorted(p.actual for p in problems if p.id == "changes-nothing") == expected


@given(trees_with_answers())
def test_it_holds_a_case_for_every_path_and_fails_every_wrong_one(
    drawn: tuple[Made, Answers],
) -> None:
    made, answers = drawn
    paths = list(made.paths(made.root, {}))[:10]
    right = [{"answers": path, "expect": end.chosen} for path, end in paths]
    wrong = [
        {"answers": path, "expect": next(id for id in OUTCOMES if id != end.chosen)}
        for path, end in paths
    ]
    step, used = made.root, set[str]()
    while isinstance(step, Fork) and step.question in answers:
        used.add(step.question)
        step = step.after(answers[step.question])
    expected = ["case-fails"] * len(wrong)
    if isinstance(step, Fork):
        expected += ["case-incomplete"]
    else:
        expected += ["case-extra"] * len(answers.keys() - used)
    chosen = made.ends(step)[0].chosen
    cases = [*right, *wrong, {"answers": answers, "expect": chosen}]

    problems = read_document(made.written() | {"cases": cases}).problems

    assert sorted(p.id for p in problems if p.id.startswith("case-")) == sorted(expected)


@given(trees())
def test_it_tells_a_condition_that_holds_from_one_that_does_not(made: Made) -> None:
    for answers, end in made.paths(made.root, {}):
        for when in made.caveats.values():
            assert applies(when, end.chosen, answers) == fits(when, end.chosen, answers)

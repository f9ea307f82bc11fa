"""The graph and what is evaluated on it, against a walk along every path of random small trees."""

from collections.abc import Iterator

from hypothesis import given, note

from advisor.engine.tree.graph import Ask, Leaf, Node, applies
from advisor.engine.tree.model import When
from advisor.engine.walking.evaluate import Asking, Result, evaluate
from tests.support.drawn_trees import (
    OUTCOMES,
    Answers,
    End,
    Fork,
    Jump,
    Made,
    Step,
    followed,
    trees,
    trees_with_answers,
)
from tests.support.trees import good, read_document


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
        ruled_out = [(out.outcome, out.question, out.answer) for out in result.ruled_out]
        assert ruled_out == made.ruled_out(answers)
        assert [r.because for r in result.ruled_out] == [f"{q} {a}" for _, q, a in ruled_out]


@given(trees_with_answers())
def test_it_asks_the_next_question_and_keeps_what_it_may_still_lead_to(
    drawn: tuple[Made, Answers],
) -> None:
    made, answers = drawn
    step, trail = made.root, {}
    while isinstance(step, Fork) and step.question in answers:
        trail[step.question] = answers[step.question]
        step = step.after(answers[step.question])

    reached = evaluate(good(made.written()), answers)

    assert [(s.question, s.answer) for s in reached.trail] == list(trail.items())
    assert [(r.outcome, r.question, r.answer) for r in reached.ruled_out] == made.ruled_out(trail)
    if isinstance(step, End):
        assert isinstance(reached, Result)
        return
    assert isinstance(reached, Asking)
    assert reached.question == step.question
    assert [option.outcome for option in reached.in_play] == made.in_play(step)
    assert reached.kept == {id: a for id, a in answers.items() if id in made.below(step)}
    assert reached.given == trail | reached.kept
    assert list(reached.given)[: len(trail)] == list(trail)


@given(trees_with_answers())
def test_it_ignores_answers_that_the_path_does_not_ask_for(drawn: tuple[Made, Answers]) -> None:
    made, answers = drawn
    tree = good(made.written())

    step = evaluate(tree, answers)

    assert evaluate(tree, step.given) == step
    assert evaluate(tree, answers | {"no-question": "whatever"}) == step
    assert evaluate(tree, dict(reversed(answers.items()))) == step


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
    unreachable: dict[str, set[str]] = {id: set() for id in expected}
    for problem in read_document(made.written()).problems:
        words = problem.actual.replace("`", "").replace(",", "").split()
        if problem.id == "unused-reason":
            reasons.append(f"{words[3]} {words[4]}")
        elif problem.id != "changes-nothing":
            unreachable[problem.id].add(words[2])

    assert unreachable == expected
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

"""Policies on random small trees, against their rules applied by hand to every path."""

from hypothesis import assume, given

from advisor.engine.policies.effective import document_for
from advisor.engine.walking.evaluate import Asking, Result, RuledOut, evaluate
from tests.support.drawn_policies import Ruled, ruled
from tests.support.drawn_trees import OUTCOMES, Answers, Fork, Made


@given(ruled())
def test_it_finds_a_contradiction_where_some_path_meets_one_and_nowhere_else(drawn: Ruled) -> None:
    told = [told for _, _, told in drawn.paths()]
    expected = set()
    if any(effects.rivals for effects in told) or any(effects.clashes for effects in told):
        expected.add("policy-conflict")
    if any(effects.undone for effects in told):
        expected.add("substitute-forbidden")
    if not any(effects.clashes or effects.rivals or effects.undone for effects in told):
        expected |= {"limit-empty" for effects in told if effects.bounds[0] > effects.bounds[1]}

    reading = drawn.read()

    assert {problem.id for problem in reading.errors} - {"limit-empty"} == expected - {
        "limit-empty"
    }
    if not expected - {"limit-empty"}:
        assert {problem.id for problem in reading.errors} == expected


@given(ruled())
def test_it_warns_of_each_rule_that_holds_on_no_path_and_of_no_other(drawn: Ruled) -> None:
    reading = drawn.read()
    assume(not reading.errors)
    held = {id for _, _, told in drawn.paths() for id in (r.id for r in (*told.bans, *told.rest))}

    warned = {problem.actual.split("`")[1] for problem in reading.problems if "never" in problem.id}

    assert warned == {rule.id for rule in drawn.rules} - held


@given(ruled())
def test_it_says_on_every_path_what_the_rules_make_of_the_leaf(drawn: Ruled) -> None:
    tree = drawn.read().tree
    assume(tree is not None)
    assert tree is not None

    for answers, end, told in drawn.paths():
        result = evaluate(tree, answers)
        assert isinstance(result, Result)
        assert result.outcome == told.chosen
        assert [alternative.outcome for alternative in result.alternatives] == list(told.others)
        kept = told.chosen == end.chosen
        assert (result.alone.outcome if result.alone else None) == (None if kept else end.chosen)
        assert sorted(r for r in names(result) if r in told.names) == told.names
        assert {*names(result)[: len(told.bans)]} == {(r.policy, r.id) for r in told.bans}
        assert {(requirement.policy, requirement.rule) for requirement in result.requirements} == {
            (rule.policy, rule.id) for rule in told.rest if "require" in rule.effect
        }
        assert {caveat.id for caveat in result.caveats if caveat.policy} == {
            f"{rule.policy}:{rule.id}" for rule in told.rest if "caveat" in rule.effect
        }
        parameter = document_for(tree, result.outcome, answers).parameters["p"]
        low, high = told.bounds
        assert (parameter.minimum, parameter.maximum) == (low, high)
        assert parameter.default == str(min(max(50, low), high))


def names(result: Result) -> list[tuple[str, str]]:
    return [(ruling.policy, ruling.rule) for ruling in result.rulings]


@given(ruled())
def test_it_lists_a_rewording_where_the_result_shows_the_words(drawn: Ruled) -> None:
    tree = drawn.read().tree
    assume(tree is not None)
    assert tree is not None

    for answers, _, told in drawn.paths():
        result = evaluate(tree, answers)
        assert isinstance(result, Result)
        cited = {source.title for caveat in result.caveats for source in caveat.sources}
        rewordings = {(r.policy, r.id) for r in told.rest if "replace" in r.effect}
        listed = {name for name in names(result) if name not in told.names}
        assert listed == (rewordings if "Another title" in cited else set())
        assert ("S" in cited) == (bool(cited & {"S", "Another title"}) and not rewordings)


@given(ruled())
def test_it_keeps_in_play_what_some_path_can_still_end_in(drawn: Ruled) -> None:
    tree = drawn.read().tree
    assume(tree is not None)
    assert tree is not None
    made = drawn.made

    for whole, _ in made.paths(made.root, {}):
        step, before = made.root, drawn.in_play(made.root, {})
        from_start = set(made.in_play(made.root)) - before
        expected = [(id, "", "") for id in OUTCOMES if id in from_start]
        so_far: Answers = {}
        for question, answer in whole.items():
            asking = evaluate(tree, so_far)
            assert isinstance(asking, Asking)
            assert {option.outcome for option in asking.in_play} == before
            assert isinstance(step, Fork)
            so_far, step = so_far | {question: answer}, step.after(answer)
            after = drawn.in_play(step, so_far)
            expected += [(id, question, answer) for id in OUTCOMES if id in before - after]
            before = after
        ended = evaluate(tree, whole)
        assert [(out.outcome, out.question, out.answer) for out in ended.ruled_out] == expected
        for out in ended.ruled_out:
            by_policy = not out.question or out.outcome in left_by_tree(made, out, whole)
            words = f"{out.question} {out.answer}"
            assert out.because.startswith("Policy “") if by_policy else out.because == words


def left_by_tree(made: Made, out: RuledOut, answers: Answers) -> list[str]:
    """What the tree alone leaves in play after the answer that took the outcome out."""
    step = made.root
    for question, answer in answers.items():
        assert isinstance(step, Fork)
        step = step.after(answer)
        if question == out.question:
            break
    return made.in_play(step)


@given(ruled())
def test_it_makes_the_same_of_the_files_and_rules_in_any_order(drawn: Ruled) -> None:
    first, second = drawn.read(), drawn.read(backwards=True)

    assert {str(p).split(": ", 1)[1].split("\n")[0] for p in first.problems} == {
        str(p).split(": ", 1)[1].split("\n")[0] for p in second.problems
    }
    assert (first.tree is None) == (second.tree is None)
    if first.tree and second.tree:
        assert first.tree.document == second.tree.document
        for answers, _ in drawn.made.paths(drawn.made.root, {}):
            assert evaluate(first.tree, answers) == evaluate(second.tree, answers)


@given(ruled())
def test_it_shares_every_node_that_no_rule_changes(drawn: Ruled) -> None:
    """A tree whose recommendations stay the same is the very same graph."""
    tree = drawn.read().tree
    assume(tree is not None)
    assert tree is not None

    if not any(told.bans for _, _, told in drawn.paths()):
        assert tree.root is tree.without_policies.root

"""What other answers would have led to, against a walk along every path of random small trees."""

from hypothesis import given

from advisor.engine.tree.graph import Tree
from advisor.engine.walking.evaluate import Result, evaluate
from advisor.engine.walking.sensitivity import with_what_if
from tests.support.drawn_trees import Answers, Made, trees
from tests.support.trees import document, good, outcome, question


def seen_from(tree: Tree, answers: Answers) -> Result:
    result = evaluate(tree, answers)
    assert isinstance(result, Result)
    return with_what_if(tree, result)


def cost(before: Answers, after: Answers) -> tuple[int, int]:
    """How many answers differ, and how many more questions are answered."""
    changed = sum(before.get(id, answer) != answer for id, answer in after.items())
    return changed, len(after.keys() - before.keys())


@given(trees())
def test_it_finds_the_smallest_change_that_selects_each_other_outcome(made: Made) -> None:
    tree = good(made.written())
    paths = [(answers, end.chosen) for answers, end in made.paths(made.root, {})]

    for answers, chosen in paths:
        nearest = {near.outcome: near for near in seen_from(tree, answers).nearest}

        assert nearest.keys() == {outcome for _, outcome in paths} - {chosen}
        for id, near in nearest.items():
            costs = [cost(answers, other) for other, outcome in paths if outcome == id]
            assert (near.answers, id) in paths
            assert cost(answers, near.answers) == min(costs)
            assert (len(near.changed), len(near.added)) == min(costs)


@given(trees())
def test_it_names_exactly_the_answers_that_differ(made: Made) -> None:
    tree = good(made.written())

    for answers, _ in made.paths(made.root, {}):
        for near in seen_from(tree, answers).nearest:
            changed = {other.question: other.answer for other in near.changed}
            added = {other.question: other.answer for other in near.added}
            differ = {id: a for id, a in near.answers.items() if answers.get(id) != a}
            assert changed == {id: a for id, a in differ.items() if id in answers}
            assert added == {id: a for id, a in differ.items() if id not in answers}


@given(trees())
def test_it_says_of_every_other_answer_what_may_come_out(made: Made) -> None:
    tree = good(made.written())
    paths = [(answers, end.chosen) for answers, end in made.paths(made.root, {})]

    for answers, _ in paths:
        changes = {
            (instead.other.question, instead.other.answer): [o.outcome for o in instead.outcomes]
            for instead in seen_from(tree, answers).sensitivity
        }

        expected = {}
        for asked, given_answer in answers.items():
            for answer in made.questions[asked]:
                if answer != given_answer:
                    wanted = answers | {asked: answer}
                    expected[asked, answer] = [
                        id for id in tree.outcome_ids
                        if any(outcome == id and fits(wanted, other) for other, outcome in paths)
                    ]  # fmt: skip
        assert changes == expected


def fits(wanted: Answers, path: Answers) -> bool:
    return all(wanted.get(id, answer) == answer for id, answer in path.items())


@given(trees())
def test_it_gives_the_answers_up_to_what_the_other_answer_leads_to(made: Made) -> None:
    tree = good(made.written())

    for answers, _ in made.paths(made.root, {}):
        for instead in seen_from(tree, answers).sensitivity:
            after = evaluate(tree, answers | {instead.other.question: instead.other.answer})
            assert instead.answers == {step.question: step.answer for step in after.trail}
            assert isinstance(after, Result) <= (len(instead.outcomes) == 1)


def test_it_prefers_a_late_change_to_an_early_one() -> None:
    end = {id: {"recommend": id, "because": "…"} for id in ("x", "y")}
    tree = good(
        document(
            questions={"first": question("no", "yes"), "second": question("no", "yes")},
            decide={
                "first": {
                    "no": {"second": {"no": end["x"], "yes": end["y"]}},
                    "yes": {"second": {"no": end["y"], "yes": end["x"]}},
                }
            },
            outcomes={"x": outcome(LABELS), "y": outcome(LABELS)},
        )
    )

    [near] = seen_from(tree, {"first": "no", "second": "no"}).nearest

    assert near.answers == {"first": "no", "second": "yes"}


LABELS = {id: {"no": "…", "yes": "…"} for id in ("first", "second")}


def test_it_stays_quick_where_paths_cannot_be_counted_out() -> None:
    """Forty questions with two answers: 2^40 sets of answers, two nodes for each question."""
    ids = [f"q{n}" for n in range(40)]
    branches: dict[str, object] = {}
    for n, id in enumerate(ids):
        for parity in ("even", "odd"):
            turned = {"even": "odd", "odd": "even"}[parity]
            last = n + 1 == len(ids)
            branches[f"{id}-{parity}"] = {
                id: {
                    answer: {"recommend": after, "because": "…"}
                    if last
                    else {"branch": f"{ids[n + 1]}-{after}"}
                    for answer, after in (("no", parity), ("yes", turned))
                }
            }
    tree = good(
        document(
            questions={id: question("no", "yes") for id in ids},
            decide={"branch": "q0-even"},
            branches=branches,
            outcomes={
                parity: outcome({ids[-1]: {"no": "…", "yes": "…"}}) for parity in ("even", "odd")
            },
        )
    )

    result = seen_from(tree, dict.fromkeys(ids, "no"))

    assert result.outcome == "even"
    assert [
        (near.outcome, list(near.answers.values()).count("yes")) for near in result.nearest
    ] == [("odd", 1)]
    assert len(result.sensitivity) == 40
    assert {tuple(o.outcome for o in instead.outcomes) for instead in result.sensitivity} == {
        ("odd",)
    }

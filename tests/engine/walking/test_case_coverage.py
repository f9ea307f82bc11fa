"""What the cases of a tree reach, against a walk along every path of random small trees."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.engine.tree.graph import Tree
from advisor.engine.tree.model import Case
from advisor.engine.walking.case_coverage import Count, count_paths, coverage, walk_case
from advisor.engine.walking.evaluate import Result, evaluate
from tests.support.drawn_trees import Answers, End, Fork, Made, trees
from tests.support.trees import LUNCH, document, good, outcome, question, read


def case(answers: Mapping[str, str], expect: str = "w") -> Case:
    return Case(answers=dict(answers), expect=expect)


@st.composite
def trees_with_cases(draw: st.DrawFn) -> tuple[Made, list[Answers]]:
    """A tree, and answers of some of its paths, some of them cut short."""
    made = draw(trees())
    paths = [answers for answers, _ in made.paths(made.root, {})]
    chosen = draw(st.lists(st.sampled_from(paths), max_size=6))
    return made, [dict(list(path.items())[: draw(st.integers(0, 6))]) for path in chosen]


def steps(made: Made, answers: Answers) -> list[tuple[object, str]]:
    """Each place on a path that asks, by what stands there, with the answer given."""
    places = []
    step = made.root
    for answer in answers.values():
        assert isinstance(step, Fork)
        places.append((meaning(made, step), answer))
        step = step.after(answer)
    return places


def meaning(made: Made, step: End | Fork) -> object:
    """What a place says, so that equal places are one."""
    if isinstance(step, End):
        return step
    below = (meaning(made, step.after(answer)) for answer in made.questions[step.question])
    return (step.question, *below)


@given(trees_with_cases())
def test_it_counts_what_a_walk_along_every_path_counts(drawn: tuple[Made, list[Answers]]) -> None:
    made, given_answers = drawn
    paths = list(made.paths(made.root, {}))
    whole = [(answers, end) for answers, end in paths if answers in given_answers]

    covered = coverage(good(made.written()), map(case, given_answers))

    assert covered.paths == Count(len(whole), len(paths))
    assert covered.leaves == Count(len({end for _, end in whole}), len({end for _, end in paths}))
    assert covered.answers == Count(
        len({step for answers, _ in whole for step in steps(made, answers)}),
        len({step for answers, _ in paths for step in steps(made, answers)}),
    )


@given(trees_with_cases())
def test_it_lists_exactly_the_recommendations_that_no_case_reaches(
    drawn: tuple[Made, list[Answers]],
) -> None:
    made, given_answers = drawn
    ends = {tuple(answers.items()): end for answers, end in made.paths(made.root, {})}
    reached = {ends[way] for a in given_answers if (way := tuple(a.items())) in ends}

    covered = coverage(good(made.written()), map(case, given_answers), limit=10_000)

    missed = [ends[tuple(missed_leaf.answers.items())] for missed_leaf in covered.missed_leaves]
    assert len(missed) == len(set(missed))
    assert set(missed) == set(ends.values()) - reached
    assert [missed_leaf.expect for missed_leaf in covered.missed_leaves] == [
        end.chosen for end in missed
    ]


@given(trees_with_cases())
def test_it_lists_the_answers_that_no_case_gives_where_some_case_comes_by(
    drawn: tuple[Made, list[Answers]],
) -> None:
    made, given_answers = drawn
    paths = [answers for answers, _ in made.paths(made.root, {})]
    whole = [answers for answers in paths if answers in given_answers]
    given_steps = {step for answers in whole for step in steps(made, answers)}
    met = {place for place, _ in given_steps} | {meaning(made, made.root)}
    all_steps = {step for answers in paths for step in steps(made, answers)}

    covered = coverage(good(made.written()), map(case, given_answers), limit=10_000)

    listed = [steps(made, dict(answers))[-1] for answers in covered.missed_answers]
    assert len(listed) == len(set(listed))
    assert set(listed) == {step for step in all_steps - given_steps if step[0] in met}


@given(trees_with_cases())
def test_it_suggests_cases_that_hold_and_reach_everything(
    drawn: tuple[Made, list[Answers]],
) -> None:
    made, given_answers = drawn
    tree = good(made.written())
    cases = list(map(case, given_answers))

    suggested = coverage(tree, cases, limit=10_000).suggested

    assert all(walk_case(tree, suggestion).holds for suggestion in suggested)
    assert all(
        evaluate(tree, suggestion.answers).given == suggestion.answers for suggestion in suggested
    )
    after = coverage(tree, [*cases, *suggested])
    assert after.leaves.percent == after.answers.percent == 100
    assert (after.missed_leaves, after.missed_answers, after.suggested) == ((), (), ())


def forty() -> Tree:
    """Forty questions, the next of which is asked whatever the answer before was."""
    ids = [f"q{n}" for n in range(40)]
    step: dict[str, object] = {"recommend": "a", "because": "all yes"}
    branches: dict[str, object] = {}
    for n, id in reversed(list(enumerate(ids))):
        last = {"recommend": "b", "because": "a no"} if n == 39 else step
        branches[id] = {id: {"yes": step, "no": last}}
        step = {"branch": id}
    sections = {
        "questions": {id: question("yes", "no") for id in ids},
        "outcomes": {
            "a": outcome({"q39": {"no": "no"}}), "b": outcome({"q39": {"yes": "yes"}})
        },
        "caveats": {
            "c": {"title": "C", "weight": "note", "text": "C", "sources": ["s"]}
            | {"when": {"answers": {id: ["yes"] for id in ids}}}
        },
        "sources": {"s": {"title": "S", "kind": "guide"}},
    }  # fmt: skip
    return good(document(decide=step, branches=branches, **sections))


def test_it_counts_ways_without_walking_them() -> None:
    tree = forty()
    yes = {f"q{n}": "yes" for n in range(40)}

    covered = coverage(tree, [case(yes, "a")])

    assert count_paths(tree.root) == 2**40
    assert covered.paths == Count(1, 2**40)
    assert covered.answers == Count(40, 80)
    assert [missed_leaf.expect for missed_leaf in covered.missed_leaves] == ["b"]


def test_it_cuts_its_lists_and_not_its_counts() -> None:
    covered = coverage(forty(), [case({f"q{n}": "yes" for n in range(40)}, "a")], limit=3)

    assert covered.missed_answers == tuple(
        {f"q{before}": "yes" for before in range(n)} | {f"q{n}": "no"} for n in range(3)
    )
    assert covered.answers == Count(40, 80)
    assert len(covered.suggested) == 2  # one for the other outcome, one with `no` everywhere else


@pytest.mark.parametrize(
    ("reached", "total", "percent"),
    [(0, 3, 0), (2, 3, 66), (3, 3, 100), (999, 1000, 99), (0, 0, 100)],
)
def test_it_says_100_percent_of_everything_only(reached: int, total: int, percent: int) -> None:
    assert Count(reached, total).percent == percent


def test_it_holds_where_the_answers_lead_to_what_is_expected() -> None:
    tree = read(LUNCH).tree
    assert tree is not None

    assert walk_case(tree, case({"rain": "yes"}, "inside")).holds
    assert not walk_case(tree, case({"rain": "yes"}, "outside")).holds
    assert not walk_case(tree, case({}, "inside")).holds
    assert not walk_case(tree, case({"rain": "hail"}, "inside")).holds


def test_it_knows_the_only_way_through_a_tree_without_questions() -> None:
    step = {"recommend": "only", "because": "Nothing else."}
    tree = good(
        document(questions={"later": question("a", "b")}, decide=step, outcomes={"only": outcome()})
    )

    assert isinstance(evaluate(tree, {}), Result)
    covered = coverage(tree, [])
    assert (covered.paths, covered.leaves, covered.answers) == (
        Count(0, 1),
        Count(0, 1),
        Count(0, 0),
    )
    assert covered.suggested == (Case(answers={}, expect="only"),)
    assert coverage(tree, [case({}, "only")]).paths == Count(1, 1)

"""Answers in, the next question or a result out."""

import json
from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from advisor.engine.reader import read_folder
from advisor.engine.tree.graph import Ask, Tree
from advisor.engine.walking.evaluate import (
    Alternative,
    Answered,
    Asking,
    Option,
    Result,
    ResultCitation,
    RuledOut,
    UnknownAnswer,
    evaluate,
)
from tests.support.trees import (
    ENGINE_TESTS,
    MESSAGING,
    document,
    good,
    outcome,
    question,
    read_document,
)


@pytest.fixture
def messaging() -> Tree:
    tree = read_folder(MESSAGING).tree
    assert tree is not None
    return tree


@pytest.fixture
def whole_tree() -> Tree:
    tree = read_folder(ENGINE_TESTS / "valid" / "everything").tree
    assert tree is not None
    return tree


def asking(tree: Tree, **answers: str) -> Asking:
    step = evaluate(tree, answers)
    assert isinstance(step, Asking)
    return step


def result(tree: Tree, **answers: str) -> Result:
    step = evaluate(tree, answers)
    assert isinstance(step, Result)
    return step


def test_it_begins_with_the_first_question_and_everything_in_play(messaging: Tree) -> None:
    first = asking(messaging)

    assert first.question == "wait"
    assert first.node is messaging.root
    assert (first.trail, first.kept, first.ruled_out) == ((), {}, ())
    assert first.in_play == (
        Option("request", "Request and response", "One service calls the other and waits."),
        Option(
            "queue", "Message queue", "A broker keeps each message until one worker has done it."
        ),
        Option(
            "log",
            "Event log",
            "Events stay in order on disk, and readers move through them at their own pace.",
        ),
    )


def test_it_goes_on_to_the_next_question(messaging: Tree) -> None:
    second = asking(messaging, wait="no")

    assert second.question == "readers"
    assert second.trail == (
        Answered(
            "wait",
            "Does the caller need the answer before it goes on?",
            "Waiting",
            "no",
            "No, it goes on",
            "Nothing is gained by holding the caller while the work is done.",
        ),
    )
    assert second.ruled_out == (
        RuledOut(
            "request",
            "Request and response",
            "wait",
            "Waiting",
            "no",
            "No, it goes on",
            "Nobody waits for the answer, so nobody needs to be held.",
        ),
    )
    assert [option.outcome for option in second.in_play] == ["queue", "log"]


def test_it_keeps_later_answers_in_the_order_of_the_tree(messaging: Tree) -> None:
    next_step = asking(messaging, replay="yes", readers="several")

    assert list(next_step.kept.items()) == [("readers", "several"), ("replay", "yes")]
    assert next_step.given == {"readers": "several", "replay": "yes"}


def test_it_walks_the_nodes_in_the_order_of_the_answers(messaging: Tree) -> None:
    names = [
        node.question if isinstance(node, Ask) else node.advice.recommend
        for node in messaging.nodes()
    ]

    assert names == ["wait", "request", "readers", "queue", "replay", "log", "queue"]


def test_it_keeps_an_answer_that_only_some_answers_lead_to(messaging: Tree) -> None:
    assert asking(messaging, wait="no", replay="yes").kept == {"replay": "yes"}


def test_it_drops_an_answer_that_nothing_leads_to_any_more(messaging: Tree) -> None:
    recommended = result(messaging, wait="yes", replay="no", readers="one")

    assert recommended.given == {"wait": "yes"}


def test_it_recommends_at_the_end_of_a_path(whole_tree: Tree) -> None:
    recommended = result(whole_tree, distance="near")
    leaflet = ResultCitation("leaflet", "The leaflet", "The leaflet", "p. 3", "", "")
    survey = ResultCitation(
        "survey", "The survey", "Survey", "", "https://example.com/survey", "one year"
    )

    assert recommended.tree == "How to get to work"
    assert (recommended.outcome, recommended.name) == ("bike", "Bicycle")
    assert recommended.verdict == "Two wheels and your own legs."
    assert recommended.because == "It is the fastest."
    assert recommended.first == "Pump up the tyres."
    assert recommended.note == "The leaflet prefers walking."
    assert recommended.sources == (leaflet, survey, replace(leaflet, place="p. 4"))
    assert recommended.gives == ("exercise", "no timetable")
    assert recommended.costs == ("sweat",)
    assert recommended.alternatives == (
        Alternative("bus", "Bus", "Somebody else drives.", "When it rains."),
    )
    assert recommended.ruled_out == ()


def test_it_orders_caveats_by_weight(whole_tree: Tree) -> None:
    near, far = result(whole_tree, distance="near"), result(whole_tree, distance="far")

    assert [caveat.id for caveat in near.caveats] == ["helmet", "ticket", "lights"]
    assert [caveat.id for caveat in far.caveats] == ["ticket"]


def test_it_says_what_a_caveat_corrects_and_by_which_source(whole_tree: Tree) -> None:
    helmet, ticket, _ = result(whole_tree, distance="near").caveats

    assert (helmet.corrects, ticket.corrects) == ("A cap will do.", "")
    assert helmet.sources[0].place == "§1"


def test_it_leaves_empty_what_a_recommendation_does_not_say(whole_tree: Tree) -> None:
    recommended = result(whole_tree, distance="far")

    assert (recommended.first, recommended.note, recommended.sources, recommended.alternatives) == (
        "",
        "",
        (),
        (),
    )


@pytest.mark.parametrize(
    "answers",
    [
        {"wait": "maybe"},
        {"wait": ""},
        {"wait": "YES"},
        {"wait": " yes"},
        {"wait": "yes", "replay": "maybe"},
    ],
)
def test_it_never_guesses_an_answer(messaging: Tree, answers: dict[str, str]) -> None:
    question, answer = list(answers.items())[-1]

    with pytest.raises(UnknownAnswer) as raised:
        evaluate(messaging, answers)

    assert str(raised.value) == f"{answer!r} is not a valid answer to {question!r}"
    assert (raised.value.question, raised.value.answer) == (question, answer)
    assert raised.value.known == ("yes", "no")


def test_it_leaves_out_what_is_no_question_of_the_tree(messaging: Tree) -> None:
    assert evaluate(messaging, {"weather": "fine", "asked": "wait"}) == evaluate(messaging, {})


@pytest.mark.parametrize(
    "answers",
    [
        {"wait": "yes"},
        {"wait": "no", "readers": "one"},
        {"wait": "no", "readers": "several", "replay": "yes"},
        {"wait": "no", "readers": "several", "replay": "no"},
    ],
)
def test_it_makes_results_that_survive_as_json(messaging: Tree, answers: dict[str, str]) -> None:
    original, kept = result(messaging, **answers), TypeAdapter(Result)

    assert kept.validate_json(kept.dump_json(original)) == original
    assert kept.validate_python(json.loads(json.dumps(kept.dump_python(original)))) == original


def test_it_keeps_every_text_of_a_result_as_data(whole_tree: Tree) -> None:
    original, kept = result(whole_tree, distance="near"), TypeAdapter(Result)

    assert kept.validate_json(kept.dump_json(original)) == original


def parity(length: int) -> dict[str, object]:
    """As many questions as the length, on every path; the answer depends on all of them.

    Of the two branches for each question, `odd` goes on when one of the answers so far was odd.
    """
    turn = {"even": "odd", "odd": "even"}
    branches: dict[str, object] = {}
    for n in range(length):
        for side, other in turn.items():
            steps: list[object] = [{"branch": f"{to}-{n + 1}"} for to in (side, other)]
            if n == length - 1:
                steps = [{"recommend": to, "because": f"It is {to}."} for to in (side, other)]
            branches[f"{side}-{n}"] = {f"q{n}": dict(zip(("stay", "turn"), steps, strict=True))}
    del branches["odd-0"]
    last = f"q{length - 1}"
    reasons = {last: {"stay": "The other one.", "turn": "The other one."}}
    return document(
        questions={f"q{n}": question("stay", "turn") for n in range(length)},
        decide={"branch": "even-0"},
        branches=branches,
        outcomes={"even": outcome(reasons), "odd": outcome(reasons)},
        caveats={
            "all": {
                "title": "After all turns",
                "weight": "note",
                "text": "Only where every answer was a turn.",
                "when": {"answers": {f"q{n}": ["turn"] for n in range(length)}},
                "sources": ["s"],
            }
        },
        sources={"s": {"title": "S", "kind": "guide"}},
    )


def test_it_walks_two_to_the_fortieth_paths_as_eighty_one_nodes() -> None:
    tree = good(parity(40))

    assert len(list(tree.nodes())) == 1 + 2 * 39 + 2
    assert (tree.root.shortest, tree.root.longest) == (40, 40)


def test_it_counts_turns_along_forty_questions() -> None:
    tree = good(parity(40))
    turns = {f"q{n}": "turn" if n % 3 == 0 else "stay" for n in range(40)}
    all_turns = dict.fromkeys(turns, "turn")

    assert result(tree, **turns).outcome == "even"
    assert result(tree, **(turns | {"q1": "turn"})).outcome == "odd"
    assert [out.question for out in result(tree, **turns).ruled_out] == ["q39"]
    assert result(tree, **turns).caveats == ()
    assert [caveat.id for caveat in result(tree, **all_turns).caveats] == ["all"]


def test_it_keeps_answers_across_a_change_of_the_first_of_forty() -> None:
    tree = good(parity(40))
    later = {f"q{n}": "stay" for n in range(1, 40)}

    assert asking(tree, **later).kept == later


def skipping(length: int) -> dict[str, object]:
    """Questions that any path may skip, and a caveat that wants all of them: 2**length subsets."""
    questions: dict[str, object] = {}
    branches: dict[str, object] = {f"b{length}": {"recommend": "end", "because": "It ends."}}
    for n in range(length):
        on = {"branch": f"b{n + 1}"}
        questions |= {f"s{n}": question("ask", "skip"), f"q{n}": question("yes", "no")}
        branches[f"b{n}"] = {f"s{n}": {"ask": {f"q{n}": {"yes, no": on}}, "skip": on}}
    caveat = {"title": "C", "weight": "note", "text": "T", "sources": ["s"]}
    wanted: dict[str, object] = {f"q{n}": ["yes"] for n in range(length)}
    return document(
        questions=questions,
        decide={"branch": "b0"},
        branches=branches,
        outcomes={"end": outcome(), "never": outcome()},
        caveats={
            "met": caveat | {"when": {"answers": wanted}},
            "missed": caveat | {"when": {"outcomes": ["never"], "answers": wanted}},
        },
        sources={"s": {"title": "S", "kind": "guide"}},
    )


def test_it_finds_a_condition_that_fails_without_trying_every_path() -> None:
    problems = read_document(skipping(40)).problems

    assert [p.actual for p in problems if p.id == "unused-caveat"] == [
        "the caveat `missed`, which no result shows"
    ]

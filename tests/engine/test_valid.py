"""Good trees, and that they mean what they say."""

import pytest

from advisor.engine.reader import read_folder
from advisor.engine.tree.graph import Ask, Leaf, Tree
from advisor.engine.tree.model import CaveatWhen, Parameter
from advisor.engine.walking.evaluate import Result, evaluate
from tests.support.trees import (
    ENGINE_TESTS,
    LUNCH,
    MESSAGING,
    good,
    outcome,
    printed,
    question,
    read,
)

VALID = ENGINE_TESTS / "valid"
EXAMPLES = sorted(folder.name for folder in VALID.iterdir())


def valid(example: str) -> Tree:
    tree = read_folder(VALID / example, example).tree
    assert tree is not None
    return tree


def result(tree: Tree, **answers: str) -> Result:
    step = evaluate(tree, answers)
    assert isinstance(step, Result)
    return step


@pytest.mark.parametrize("example", EXAMPLES)
def test_it_finds_nothing_wrong_with_a_good_tree(example: str) -> None:
    expected = {
        "one-recommendation": (
            "one-recommendation/tree.yaml:5:3: warning[unused-question]: found the question"
            " `later`, which no path asks; expected it to be placed in the tree, or removed\n"
            "  5 |   later:\n"
            "    |   ^^^^^\n"
        )
    }

    assert printed(read_folder(VALID / example, example)) == expected.get(example, "")


def test_it_finds_nothing_wrong_with_a_tree_of_another_subject() -> None:
    assert read_folder(MESSAGING).problems == ()


def test_it_reads_every_section() -> None:
    document = valid("everything").document

    assert document.title == "How to get to work"
    assert document.summary == "A ride to work, by weather and distance."
    assert document.words.model_dump() == {
        "outcome": "ride",
        "outcomes": "rides",
        "corrections": "What the leaflet gets wrong",
    }
    assert document.questions["distance"].hint == "Measure the way that you would really take."
    assert document.questions["distance"].sources == ("leaflet p. 2",)
    assert document.questions["distance"].answers["near"].hint == "less than 5 km"
    assert document.outcomes["bike"].gives == ("exercise", "no timetable")
    assert document.outcomes["bike"].costs == ("sweat",)
    assert document.outcomes["bike"].ruled_out == {"distance": {"far": "Too far for most legs."}}
    assert document.caveats["lights"].when == CaveatWhen(
        outcomes=("bike",), answers={"distance": ("near",)}
    )
    assert document.caveats["ticket"].when == CaveatWhen()
    assert document.caveats["helmet"].corrects == "A cap will do."
    assert document.sources["survey"].url == "https://example.com/survey"
    assert document.cases[1].expect == "bus"


def test_it_reads_numbers_where_the_schema_wants_numbers() -> None:
    parameters = valid("everything").document.parameters

    assert parameters["speed"] == Parameter(
        label="Speed",
        constant="SPEED",
        type="integer",
        default="15",
        help="On the flat.",
        unit="km/h",
        minimum=5,
        maximum=40,
    )
    assert parameters["home"].minimum is None


def test_it_calls_things_by_plain_words_where_a_tree_has_none() -> None:
    words = valid("branches").document.words

    assert (words.outcome, words.outcomes, words.corrections) == (
        "option",
        "options",
        "Corrections",
    )


def test_it_keeps_all_that_a_recommendation_says() -> None:
    root = valid("everything").root
    assert isinstance(root, Ask)
    leaf = root.next["near"]
    assert isinstance(leaf, Leaf)

    assert leaf.advice.or_ == {"bus": "When it rains."}
    assert leaf.advice.first == "Pump up the tyres."
    assert leaf.advice.note == "The leaflet prefers walking."
    assert leaf.advice.sources == ("leaflet p. 3", "survey")


def test_it_reads_the_same_from_one_file_or_several() -> None:
    several, whole = valid("several-files"), read(LUNCH).tree
    assert whole is not None

    assert several.document.model_copy(update={"cases": ()}) == whole.document


def test_it_reads_yaml_files_only_and_none_that_an_editor_hides() -> None:
    folder = VALID / "several-files"

    assert {".draft.yaml", "notes.txt"} <= {path.name for path in folder.iterdir()}
    assert read_folder(folder).problems == ()


@pytest.mark.parametrize("season", ["spring", "autumn", "winter"])
def test_it_leads_grouped_answers_to_one_place(season: str) -> None:
    root = valid("grouped-answers").root
    assert isinstance(root, Ask)

    assert root.next[season] is root.next["winter"]
    assert root.next[season] is not root.next["summer"]


def test_it_orders_answers_as_their_question_does() -> None:
    root = valid("grouped-answers").root
    assert isinstance(root, Ask)

    assert list(root.next) == ["spring", "summer", "autumn", "winter"]
    assert root.branches() == [
        (("spring", "autumn", "winter"), root.next["winter"]),
        (("summer",), root.next["summer"]),
    ]


def test_it_follows_branches_that_stand_in_any_order() -> None:
    tree = valid("branches")

    assert result(tree, time="morning", guests="yes").outcome == "coffee"
    assert result(tree, time="morning", guests="no").outcome == "water"
    assert result(tree, time="noon").outcome == "water"
    assert result(tree, time="night", guests="no").outcome == "water"


def test_it_holds_equal_sub_trees_once() -> None:
    root = valid("branches").root
    assert isinstance(root, Ask)
    morning = root.next["morning"]
    assert isinstance(morning, Ask)

    assert root.next["night"] is morning
    assert morning.next["no"] is root.next["noon"]
    assert len(list(valid("branches").nodes())) == 4


def test_it_recommends_at_once_where_nothing_is_asked() -> None:
    recommended = result(valid("one-recommendation"))

    assert recommended.outcome == "only"
    assert recommended.trail == ()


def test_it_takes_every_value_for_text() -> None:
    tree = valid("plain-text")
    question = tree.document.questions["version"]
    texts = {id: (answer.label, answer.because) for id, answer in question.answers.items()}

    assert tree.document.title == 'It\'s "text"'
    assert tree.document.summary == "First line.\n\n- a point"
    assert (question.ask, question.short, question.hint) == ("12:30:45", "no", "folded into one")
    assert texts == {
        "no": ("no", "010"),
        "010": ("1.10", "~"),
        "1e3": ("0x1F", "2026-11-23"),
        "true": ("!", "null"),
        "null": ("é\tA", "a: b # c"),
    }
    assert tree.outcome_ids == ("010", "null")
    assert tree.document.outcomes["null"].verdict == "spaces around"


def test_it_keeps_the_written_text_of_answers_that_yaml_takes_for_other_things() -> None:
    tree = valid("plain-text")

    assert result(tree, version="010").because == "1_000"
    assert result(tree, version="null").because == ".inf"
    assert result(tree, version="no").because == "yes"
    assert result(tree, version="no").ruled_out[0].because == "="


def test_it_takes_json_for_the_yaml_that_it_is() -> None:
    tree = good(
        {
            "format": "1",
            "title": "JSON",
            "summary": "A subset of YAML.",
            "questions": {"q": question("a", "b")},
            "decide": {
                "q": {
                    "a": {"recommend": "x", "because": "A"},
                    "b": {"recommend": "x", "because": "B"},
                }
            },
            "outcomes": {"x": outcome()},
        }
    )

    assert result(tree, q="b").because == "B"

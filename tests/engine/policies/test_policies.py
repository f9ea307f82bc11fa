"""What policies make of a tree; the bad ones stand under `invalid/`."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from advisor.engine.policies.effective import (
    bounds,
    document_for,
    required_sign_offs,
    varying,
)
from advisor.engine.reader import read_folder
from advisor.engine.tree.graph import Ask, Tree
from advisor.engine.tree.policy_model import Limit
from advisor.engine.walking.evaluate import Asking, Result, evaluate, taken_out_by_policies
from tests.support.policies import policy, ruled, with_policies
from tests.support.trees import LUNCH, changed, document, good, outcome, question, read_document

# Outside may also be at home; and there is a number to limit.
PICNIC = (
    changed(
        "{recommend: outside, because: The air is better.}",
        "{recommend: outside, because: The air is better., or: {home: With time., inside: Or in.},"
        " first: Sweep the leaves., note: Mind the wasps.}",
    )
    + """\
  home:
    name: Home
    verdict: A table at home.
    ruled-out:
      rain: {yes: Too wet to walk.}
parameters:
  minutes: {label: Minutes, constant: MINUTES, type: integer, default: 30, minimum: 10, maximum: 60,
            help: How long., unit: min}
  place: {label: Place, constant: PLACE, type: text, default: here}
caveats:
  wasps: {title: Wasps, weight: note, text: They like jam., sources: [book],
          when: {outcomes: [home]}}
sources:
  book: {title: A book, kind: guide}
"""
)
DRY = {"because": "Chairs rust.", "forbid": "outside", "use": "inside"}


def result(tree: Tree, **answers: str) -> Result:
    result = evaluate(tree, answers)
    assert isinstance(result, Result)
    return result


def test_it_recommends_the_substitute_for_the_reason_of_the_rule() -> None:
    dry = result(ruled(PICNIC, dry=DRY), rain="no")

    assert (dry.outcome, dry.because) == ("inside", "Chairs rust.")
    assert (dry.first, dry.note) == ("", "")
    assert [alternative.outcome for alternative in dry.alternatives] == ["home"]
    [cited] = dry.sources
    assert (cited.title, cited.place) == ("House rules", "rule dry")
    assert cited.note == "The cook; review due by 2027-06-30."


def test_it_says_what_changed_and_what_the_tree_alone_would_have_said() -> None:
    dry = result(ruled(PICNIC, dry=DRY), rain="no")

    [ruling] = dry.rulings
    assert (ruling.policy, ruling.title, ruling.owner) == ("house", "House rules", "The cook")
    assert (ruling.rule, ruling.because) == ("dry", "Chairs rust.")
    assert ruling.effect == "Recommends “Inside” instead of “Outside”."
    assert dry.alone is not None
    assert dry.alone.outcome == "outside"


def test_it_leaves_a_result_alone_that_no_rule_changes() -> None:
    wet = result(ruled(PICNIC, dry=DRY), rain="yes")

    assert wet.outcome == "inside"
    assert (wet.rulings, wet.requirements, wet.alone) == ((), (), None)


def test_it_drops_a_forbidden_alternative() -> None:
    dry = result(ruled(PICNIC, out={"forbid": "home", "use": "inside"}), rain="no")

    assert dry.outcome == "outside"
    assert dry.first == "Sweep the leaves."
    assert [alternative.outcome for alternative in dry.alternatives] == ["inside"]
    assert [ruling.effect for ruling in dry.rulings] == ["Excludes “Home” from the alternatives."]
    assert dry.alone is None


def test_it_forbids_where_the_tree_alone_recommends_what_the_condition_names() -> None:
    only_there = {"when": {"outcomes": ["outside"]}, "forbid": "inside", "use": "home"}
    tree = ruled(PICNIC, there=only_there)

    assert result(tree, rain="yes").outcome == "inside"
    assert [alternative.outcome for alternative in result(tree, rain="no").alternatives] == ["home"]


def test_it_gives_the_reasons_of_all_rules_that_agree() -> None:
    wasps = {"because": "Wasps.", "when": {"answers": {"rain": ["no"]}}}
    ruled_result = result(
        ruled(PICNIC, dry=DRY, wasps=wasps | {"forbid": "outside", "use": "inside"}), rain="no"
    )

    assert ruled_result.because == "Chairs rust.\n\nWasps."
    assert [ruling.rule for ruling in ruled_result.rulings] == ["dry", "wasps"]
    assert [source.place for source in ruled_result.sources] == ["rule dry", "rule wasps"]


def test_it_takes_an_outcome_out_of_play_that_no_way_leads_to_any_more() -> None:
    tree = ruled(PICNIC, dry=DRY)
    asking = evaluate(tree, {})

    assert isinstance(asking, Asking)
    assert [option.outcome for option in asking.in_play] == ["inside", "home"]
    [out] = asking.ruled_out
    assert (out.outcome, out.question, out.short, out.label) == (
        "outside",
        "",
        "Policy",
        "House rules",
    )
    assert out.because == "Policy “House rules”, rule dry: Chairs rust."
    assert taken_out_by_policies(tree) == asking.ruled_out
    assert result(tree, rain="yes").ruled_out[0] == out


def test_it_takes_nothing_out_without_policies() -> None:
    assert taken_out_by_policies(good(json.loads(json.dumps(SEATS)))) == ()


# Two questions, so that an outcome can be forbidden on one side only.
SEATS = document(
    questions={"rain": question("yes", "no"), "many": question("yes", "no")},
    decide={
        "rain": {
            "yes": {"recommend": "in", "because": "Dry."},
            "no": {
                "many": {
                    "yes": {"recommend": "out", "because": "Room."},
                    "no": {"recommend": "out", "because": "Air.", "or": {"in": "When cold."}},
                }
            },
        }
    },
    outcomes={
        "in": outcome({"many": {"yes": "Too small."}}),
        "out": outcome({"rain": {"yes": "Wet."}}),
        "tent": outcome(),
    },
)


def test_it_gives_the_policy_as_the_reason_where_the_tree_has_none() -> None:
    """`out` is left on one side only, and the tree never ruled it out there."""
    few = {
        "because": "Noise.",
        "when": {"answers": {"many": ["no"]}},
        "forbid": "out",
        "use": "tent",
    }
    tree = ruled(json.dumps(SEATS), few=few)

    [out] = result(tree, rain="no", many="no").ruled_out
    assert (out.outcome, out.question, out.answer) == ("out", "many", "no")
    assert out.because == "Policy “House rules”, rule few: Noise."


def test_it_says_of_a_substitute_that_it_stands_elsewhere() -> None:
    few = {
        "because": "Noise.",
        "when": {"answers": {"many": ["no"]}},
        "forbid": "out",
        "use": "tent",
    }
    tree = ruled(json.dumps(SEATS), few=few)

    gone = {out.outcome: out.because for out in result(tree, rain="yes").ruled_out}

    assert gone["out"] == "Wet."
    assert gone["tent"] == (
        "The tree does not offer it for these answers.\n\n"
        "Policy “House rules”, rule few uses it in place of “An outcome”, which does not apply"
        " here."
    )


def test_it_warns_of_no_outcome_that_a_policy_uses() -> None:
    """The tree alone never names `tent`; that warning is the tree's own."""
    reading = with_policies(
        json.dumps(SEATS), house=policy(few=DRY | {"forbid": "out", "use": "tent"})
    )

    assert [problem.id for problem in reading.problems] == ["unused-outcome"]


# Parameters and fields


def test_it_narrows_a_parameter_and_its_default_and_says_who_does() -> None:
    tree = ruled(PICNIC, quick={"limit": "minutes", "maximum": "20"})

    minutes = tree.document.parameters["minutes"]
    assert (minutes.minimum, minutes.maximum, minutes.default) == (10, 20, "20")
    assert minutes.help == "How long. At most 20 min (House rules)."
    assert tree.without_policies.document.parameters["minutes"].default == "30"
    effects = [ruling.effect for ruling in result(tree, rain="yes").rulings]
    assert effects == ["Minutes: at most 20 min."]


@pytest.mark.parametrize(
    ("unit", "most", "words"),
    [("days", 1, "at most 1 day"), ("days", 2, "at most 2 days"), ("ms", 1, "at most 1 ms")],
)
def test_it_says_a_unit_in_the_number_of_its_bound(unit: str, most: int, words: str) -> None:
    limit = Limit(because="So.", limit="minutes", maximum=most)

    assert bounds(limit, unit) == words


def test_it_joins_the_bounds_of_several_rules() -> None:
    tree = ruled(
        PICNIC,
        quick={"limit": "minutes", "maximum": "50"},
        slow={"limit": "minutes", "minimum": "40"},
    )

    minutes = tree.document.parameters["minutes"]
    assert (minutes.minimum, minutes.maximum, minutes.default) == (40, 50, "40")


def test_it_limits_for_single_results_under_a_condition() -> None:
    quick = {
        "when": {"outcomes": ["outside"]},
        "limit": "minutes",
        "minimum": "15",
        "maximum": "20",
    }
    tree = ruled(PICNIC, quick=quick)

    assert tree.document.parameters == tree.without_policies.document.parameters
    assert document_for(tree, "outside", {"rain": "no"}).parameters["minutes"].default == "20"
    assert document_for(tree, "inside", {"rain": "yes"}) == tree.document
    assert varying(tree) == {"minutes"}
    assert [r.effect for r in result(tree, rain="no").rulings] == ["Minutes: from 15 to 20 min."]
    assert result(tree, rain="yes").rulings == ()


def test_it_counts_a_limit_only_where_the_kit_takes_the_parameter() -> None:
    tree = ruled(PICNIC, quick={"limit": "minutes", "maximum": "20"})
    read = replace(tree, taken={"inside": ("minutes",), "outside": ("place",)})

    assert [ruling.rule for ruling in result(read, rain="yes").rulings] == ["quick"]
    assert result(read, rain="no").rulings == ()


def test_it_replaces_one_field_everywhere() -> None:
    words = {"replace": "outcomes.inside.verdict", "with": "Under our roof."}
    tree = ruled(PICNIC, words=words)

    assert tree.document.outcomes["inside"].verdict == "Under our roof."
    assert tree.document.outcomes["inside"].name == "Inside"
    reworded = result(tree, rain="yes")
    assert reworded.verdict == "Under our roof."
    assert [r.effect for r in reworded.rulings] == ["Rewords outcomes.inside.verdict."]


def test_it_names_a_rewording_only_where_it_shows() -> None:
    tree = ruled(
        PICNIC,
        of_home={"replace": "outcomes.home.verdict", "with": "Our home."},
        of_no={"replace": "questions.rain.answers.no.label", "with": "Not a drop"},
        of_reason={"replace": "outcomes.outside.ruled-out.rain.yes", "with": "Soaked."},
        of_summary={"replace": "summary", "with": "Where to sit."},
        of_minutes={"replace": "parameters.minutes.minimum", "with": "5"},
    )

    assert tree.document.parameters["minutes"].minimum == 5
    wet, dry = result(tree, rain="yes"), result(tree, rain="no")
    assert {ruling.rule for ruling in wet.rulings} == {"of-reason", "of-minutes"}
    assert {ruling.rule for ruling in dry.rulings} == {"of-home", "of-no", "of-minutes"}
    assert [out.because for out in wet.ruled_out if out.outcome == "outside"] == ["Soaked."]


def test_it_replaces_for_single_results_what_only_they_show() -> None:
    words = {"replace": "parameters.place.default", "with": "there"}
    tree = ruled(PICNIC, words=words | {"when": {"answers": {"rain": ["no"]}}})

    assert document_for(tree, "outside", {"rain": "no"}).parameters["place"].default == "there"
    assert document_for(tree, "inside", {"rain": "yes"}).parameters["place"].default == "here"


def test_it_adds_caveats_and_requirements_for_the_effective_outcome() -> None:
    inside = {"when": {"outcomes": ["inside"]}}
    tree = ruled(
        PICNIC,
        dry=DRY,
        door=inside | {"caveat": {"title": "Door", "weight": "serious", "text": "It sticks."}},
        shoes=inside | {"require": "Take off your shoes."},
        gone={"when": {"outcomes": ["home"]}, "require": "Call first."},
    )

    inside_result = result(tree, rain="no")

    [door] = inside_result.caveats
    assert (door.id, door.title, door.policy) == ("house:door", "Door", "House rules")
    assert [source.title for source in door.sources] == ["House rules"]
    assert [(r.policy, r.rule, r.text) for r in inside_result.requirements] == [
        ("house", "shoes", "Take off your shoes.")
    ]
    assert {ruling.rule for ruling in inside_result.rulings} == {"dry", "door", "shoes"}


# Reading


@pytest.mark.parametrize(("today", "overdue"), [(1, False), (30, False), (31, True)])
def test_it_warns_from_the_day_after_the_review_was_due(
    tmp_path: Path, today: int, overdue: bool
) -> None:
    (tmp_path / "tree.yaml").write_text(LUNCH)
    (tmp_path / "policies").mkdir()
    text = policy(dry=DRY).replace("2027-06-30", "2027-01-30")
    (tmp_path / "policies" / "house.yaml").write_text(text)

    reading = read_folder(tmp_path, today=date(2027, 1, today))

    assert [p.id for p in reading.problems] == (["review-overdue"] if overdue else [])
    assert reading.tree is not None
    assert read_folder(tmp_path).problems == ()


def test_it_reads_a_given_file_in_place_of_its_namesake(tmp_path: Path) -> None:
    (tmp_path / "tree.yaml").write_text(LUNCH)
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "house.yaml").write_text(policy(dry=DRY))
    draft = tmp_path / "drafts" / "house.yaml"
    draft.parent.mkdir()
    draft.write_text(policy(wet={"require": "Bring a towel."}))

    tree = read_folder(tmp_path, policies=[draft]).tree

    assert tree is not None
    assert list(tree.policies) == ["house"]
    assert list(tree.policies["house"].rules) == ["wet"]


def test_it_lists_the_problems_of_tree_and_policies_at_once() -> None:
    broken = changed("recommend: outside", "recommend: outsid")
    dry, wet = policy(dry=DRY | {"use": "insid"}), policy(wet={"forbid": "inside"})
    reading = with_policies(broken, house=dry, yard=wet)

    assert reading.tree is None
    assert [(p.place.file, p.id) for p in reading.errors] == [
        ("policies/house.yaml", "unknown-outcome"),
        ("policies/yard.yaml", "missing-key"),
        ("tree.yaml", "unknown-outcome"),
    ]


def test_it_says_nothing_of_ids_that_a_broken_tree_may_have() -> None:
    broken = changed("  inside:\n    name: Inside\n", "  inside:\n    nam: Inside\n")
    reading = with_policies(broken, house=policy(dry=DRY))

    assert {problem.place.file for problem in reading.errors} == {"tree.yaml"}


def test_it_has_the_tree_itself_when_no_policy_is_in_force() -> None:
    tree = good(json.loads(json.dumps(SEATS)))

    assert tree.without_policies is tree
    assert tree.policies == {}


def test_it_keeps_a_tree_of_forty_questions_small() -> None:
    """2⁴⁰ paths, and two rules whose conditions stand at either end of them."""
    ids = [f"q{n}" for n in range(40)]
    leaves = {"a": {"recommend": "one", "because": "a"}, "b": {"recommend": "two", "because": "b"}}
    step: dict[str, object] = {ids[-1]: leaves}
    branches: dict[str, object] = {}
    for id in reversed(ids[:-1]):
        branches[id] = step
        step = {id: {"a, b": {"branch": id}}}
    # A caveat that depends on all of them, or the questions would change nothing.
    caveat = {"title": "C", "weight": "note", "text": "C", "sources": ["s"]}
    reasons = {ids[-1]: {"a": "No.", "b": "No."}}
    whole = document(
        questions={id: question("a", "b") for id in ids},
        decide=step,
        branches=branches,
        outcomes={"one": outcome(reasons), "two": outcome(reasons), "three": outcome()},
        caveats={"c": caveat | {"when": {"answers": {id: ["a"] for id in ids}}}},
        sources={"s": {"title": "S", "kind": "guide"}},
    )
    assert read_document(whole).tree is not None
    tree = ruled(
        json.dumps(whole),
        early={"when": {"answers": {"q0": ["a"]}}, "forbid": "one", "use": "three"},
        both={"when": {"answers": {"q1": ["b"], "q39": ["b"]}}, "forbid": "two", "use": "three"},
    )

    assert sum(1 for _ in tree.without_policies.nodes()) == 42
    assert sum(1 for _ in tree.nodes()) < 4 * 42
    assert (tree.root.shortest, tree.root.longest) == (40, 40)
    answers = dict.fromkeys(ids, "b")
    assert result(tree, **answers).outcome == "three"
    assert result(tree, **answers | {"q1": "a"}).outcome == "two"
    assert result(tree, **answers | {"q0": "a", "q39": "a"}).outcome == "three"
    assert result(tree, **answers | {"q39": "a"}).outcome == "one"


FEW = {"because": "Noise.", "when": {"answers": {"many": ["no"]}}}


def test_it_leaves_a_leaf_alone_whose_path_does_not_ask_what_the_rule_wants_to_know() -> None:
    tree = ruled(json.dumps(SEATS), few=FEW | {"forbid": "in", "use": "out"})

    assert result(tree, rain="yes").outcome == "in"
    assert result(tree, rain="no", many="no").alternatives == ()


def test_it_keeps_the_very_nodes_below_which_nothing_changes() -> None:
    tree = ruled(json.dumps(SEATS), few=FEW | {"forbid": "out", "use": "tent"})
    root, before = tree.root, tree.without_policies.root

    assert isinstance(root, Ask)
    assert isinstance(before, Ask)
    assert root is not before
    assert root.next["yes"] is before.next["yes"]
    assert root.next["no"] is not before.next["no"]
    # The second rule concerns nothing that some path names under its condition.
    same = ruled(
        json.dumps(SEATS), few=FEW | {"when": {"outcomes": ["in"]}, "forbid": "out", "use": "in"}
    )
    assert same.root is same.without_policies.root


def test_it_lets_rules_touch_the_same_thing_where_they_never_meet() -> None:
    def one_side(answer: str, maximum: str) -> dict[str, object]:
        when = {"answers": {"rain": [answer]}}
        return {"when": when, "limit": "minutes", "maximum": maximum}

    tree = ruled(PICNIC, wet=one_side("yes", "20"), dry=one_side("no", "15"))

    assert document_for(tree, "inside", {"rain": "yes"}).parameters["minutes"].maximum == 20
    assert document_for(tree, "outside", {"rain": "no"}).parameters["minutes"].maximum == 15


def test_it_applies_what_always_holds_once() -> None:
    when = {"outcomes": ["outside"]}
    tree = ruled(
        PICNIC,
        quick={"limit": "minutes", "maximum": "20"},
        slow={"when": when, "limit": "minutes", "minimum": "15"},
    )

    narrowed = document_for(tree, "outside", {"rain": "no"}).parameters["minutes"]
    assert (narrowed.minimum, narrowed.maximum) == (15, 20)
    assert narrowed.help == "How long. At most 20 min (House rules). At least 15 min (House rules)."


def test_it_judges_conditions_by_what_is_recommended_with_the_policies() -> None:
    in_tent = {"when": {"outcomes": ["tent"]}, "require": "Bring pegs."}
    gone = {"when": {"outcomes": ["in"]}, "require": "Book a table."}
    out = {"forbid": "out", "use": "tent"}
    only_in = {"because": "Too warm.", "forbid": "in", "use": "tent"}
    reading = with_policies(
        json.dumps(SEATS), house=policy(there=in_tent, gone=gone, out=out, only_in=only_in)
    )

    warned = [problem.actual for problem in reading.problems if problem.id == "never-fires"]
    assert warned == ["the rule `gone`, which changes no result"]


def test_it_does_not_miss_a_source_that_is_only_misspelt() -> None:
    """The source is there; what is wrong with it is said once."""
    text = json.loads(policy(dry={"caveat": {"title": "A", "weight": "note", "text": "B"}}))
    text["rules"]["dry"]["caveat"]["sources"] = ["book"]
    text["sources"] = {"book": {"titel": "A book", "kind": "guide"}}

    reading = with_policies(house=json.dumps(text))

    assert [problem.id for problem in reading.errors] == ["unknown-key"]


def test_it_says_that_a_case_of_a_policy_fails_with_the_other_policies_in_force() -> None:
    held = json.loads(policy(towel={"require": "Bring a towel."}))
    held["cases"] = [{"answers": {"rain": "no"}, "expect": "outside"}]

    assert with_policies(house=json.dumps(held)).errors == ()
    combined = with_policies(house=json.dumps(held), yard=policy(dry=DRY))
    assert [(p.place.file, p.id) for p in combined.errors] == [
        ("policies/house.yaml", "case-fails")
    ]


def test_each_rule_that_touches_a_field_again_is_a_conflict_with_the_first() -> None:
    words = {"replace": "outcomes.inside.verdict", "with": "Warm."}
    reading = with_policies(house=policy(one=words, two=words, three=words))
    assert [(problem.id, problem.place.line) for problem in reading.errors] == [
        ("policy-conflict", 15),
        ("policy-conflict", 20),
    ]
    assert all("the rule `one`" in problem.actual for problem in reading.errors)


def asking(number: str, key: str = "requires") -> str:
    """A policy that asks for so many sign-offs."""
    whole = json.loads(policy(**{key: {"require": "Look twice."}}))
    return json.dumps(whole | {"sign-offs": number})


def test_the_policy_that_asks_for_most_sign_offs_counts() -> None:
    plain = with_policies(house=policy(dry=DRY)).tree
    strict = with_policies(first=asking("2"), second=asking("3", "also")).tree
    assert plain is not None
    assert strict is not None
    assert required_sign_offs({}) == required_sign_offs(plain.policies) == 1
    assert required_sign_offs(strict.policies) == 3


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("0", "1 or more"),
        ("-1", "1 or more"),
        ("10", "9 or less"),
        ("two", "a whole number"),
        ("2.5", "a whole number"),
    ],
)
def test_a_number_of_sign_offs_that_cannot_be_is_a_problem(number: str, expected: str) -> None:
    [problem] = with_policies(house=asking(number)).errors
    assert (problem.id, problem.expected) == ("bad-value", expected)

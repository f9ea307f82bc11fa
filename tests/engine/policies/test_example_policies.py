"""The policies under tree/examples: each is in order and does what it says for all answer sets."""

from datetime import date
from functools import cache
from itertools import product
from pathlib import Path

import pytest

from advisor.engine.policies.effective import document_for
from advisor.engine.reader import Reading, read_folder
from advisor.engine.tree.graph import Tree
from advisor.engine.walking.evaluate import Result, evaluate

TREE = Path(__file__).parents[3] / "tree"
EXAMPLES = TREE / "examples" / "policies"
TODAY = date(2026, 11, 23)
SECRETS = {"jwt-hs256", "paseto-local", "jwe"}
READABLE = {"jwt-hs256", "jwt-asymmetric", "paseto-public", "access-refresh"}
READABLE |= {"jwt-blocklist", "paseto-blocklist"}


@cache
def reading(name: str) -> Reading:
    return read_folder(TREE / "tokens", today=TODAY, policies=[EXAMPLES / f"{name}.yaml"])


def tree(name: str) -> Tree:
    tree = reading(name).tree
    assert tree is not None
    return tree


def results(name: str) -> list[Result]:
    questions = tree(name).document.questions
    sets = product(
        *([(id, answer) for answer in question.answers] for id, question in questions.items())
    )
    results = [evaluate(tree(name), dict(answers)) for answers in sets]
    assert len(results) == 36
    return [result for result in results if isinstance(result, Result)]


def named(result: Result) -> set[str]:
    return {result.outcome, *(alternative.outcome for alternative in result.alternatives)}


@pytest.mark.parametrize("path", sorted(EXAMPLES.iterdir()), ids=lambda path: path.name)
def test_an_example_has_no_problem_and_cases(path: Path) -> None:
    assert path.suffix == ".yaml"
    assert reading(path.stem).problems == ()
    assert len(tree(path.stem).policies[path.stem].cases) >= 5


@pytest.mark.parametrize("name", ["bank", "encrypted-claims", "sessions-only"])
def test_an_example_says_of_every_change_what_the_tree_alone_recommends(name: str) -> None:
    for result in results(name):
        alone = evaluate(tree(name).without_policies, result.answers)
        assert isinstance(alone, Result)
        assert (result.alone.outcome if result.alone else result.outcome) == alone.outcome
        assert not result.alone or result.rulings[0].effect.startswith("Recommends")


def test_the_bank_names_no_shared_secret_anywhere() -> None:
    assert all(not named(result) & SECRETS for result in results("bank"))


def test_the_bank_changes_the_recommendation_for_shared_secrets_only() -> None:
    changed = [result.alone.outcome for result in results("bank") if result.alone]
    assert sorted(changed) == sorted(SECRETS)


def test_the_bank_caps_lifetimes_and_defaults_in_every_result() -> None:
    for result in results("bank"):
        parameters = document_for(tree("bank"), result.outcome, result.answers).parameters
        for id, cap in [("access-minutes", 10), ("idle-minutes", 15), ("absolute-hours", 10)]:
            assert parameters[id].maximum == cap
            assert int(parameters[id].default) <= cap
        assert parameters["refresh-absolute-days"].maximum == 1


def test_the_bank_wants_an_attack_test_of_all_and_a_register_of_keys_where_there_are_keys() -> None:
    for result in results("bank"):
        wanted = {requirement.rule for requirement in result.requirements}
        keys = not result.outcome.startswith("opaque")
        assert wanted == ({"attack-test", "key-register"} if keys else {"attack-test"})
        assert any(caveat.policy for caveat in result.caveats) == keys


def test_encrypted_claims_leave_no_readable_token() -> None:
    assert all(not named(result) & READABLE for result in results("encrypted-claims"))


def test_encrypted_claims_ask_for_two_sets_of_keys_of_no_small_team() -> None:
    for result in results("encrypted-claims"):
        assert result.outcome != "jwe-nested" or result.answers["team"] != "small"


def test_sessions_only_means_sessions_only() -> None:
    homes = {"one": "opaque-session", "many": "opaque-introspection"}
    for result in results("sessions-only"):
        assert result.outcome == homes[result.answers["services"]]
        assert named(result) <= set(homes.values())


def test_none_is_in_force_in_the_tree_that_ships() -> None:
    shipped = read_folder(TREE / "tokens").tree
    assert shipped is not None
    assert shipped.policies == {}
    assert [path.name for path in (TREE / "tokens" / "policies").iterdir()] == ["README.md"]

"""What the models say themselves; readers of a tree get the words of `schema_messages`."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from advisor.engine.tree.model import Placed
from advisor.engine.tree.policy_model import Limit, Policy

RULE = {"because": "Why."}
POLICY = {"format": "1", "title": "A", "owner": "A", "reason": "A", "review-by": "2027-06-30"}


def refused(model: type[BaseModel], value: Any) -> tuple[str, str]:
    """The type and the words of the only error."""
    with pytest.raises(ValidationError) as invalid:
        model.model_validate(value)
    (error,) = invalid.value.errors()
    return error["type"], error["msg"]


@pytest.mark.parametrize(
    ("model", "value", "kind", "words"),
    [
        (Placed, {}, "one_question", "0 keys"),
        (Placed, {"a": {}, "b": {}}, "one_question", "2 keys"),
        (Limit, RULE | {"limit": "minutes"}, "no_bound", "no bound"),
        (Policy, POLICY | {"rules": {"a": RULE}}, "one_effect", "one effect"),
        (
            Policy,
            POLICY | {"rules": {"a": RULE | {"forbid": "x", "use": "y"}}, "review-by": "June"},
            "no_date",
            "no date",
        ),
    ],
)
def test_a_model_says_in_two_words_what_it_refuses(
    model: type[BaseModel], value: Any, kind: str, words: str
) -> None:
    assert refused(model, value) == (kind, words)

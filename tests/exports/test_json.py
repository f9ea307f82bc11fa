"""A result as JSON."""

import json

import pytest
from pydantic import TypeAdapter

from advisor.engine.evaluate import Result
from advisor.exports.as_json import as_json
from tests.exports.test_markdown import RESULT, read


@pytest.mark.parametrize(
    "result",
    [
        RESULT,
        read("tree/tokens", revocation="no", services="one", confidential="no", team="runs-jwt"),
    ],
    ids=["messaging", "tokens"],
)
def test_it_holds_the_whole_result(result: Result) -> None:
    held = json.loads(as_json(result, {}))
    assert TypeAdapter(Result).validate_python(held["result"]) == result


def test_it_begins_with_what_it_is_about() -> None:
    held = json.loads(as_json(RESULT, {"tree": "messaging", "version": "00"}))
    assert list(held) == ["tree", "version", "answers", "result"]
    assert held["answers"] == {"wait": "no", "readers": "several", "replay": "no"}


def test_it_is_utf_8_that_a_person_can_read() -> None:
    data = as_json(RESULT, {"author": "Zoë 🙂"})
    assert data.startswith('{\n  "author": "Zoë 🙂",\n'.encode())
    assert data.endswith(b"}\n")

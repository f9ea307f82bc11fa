"""A result as JSON."""

import json

import pytest
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from advisor.engine.walking.evaluate import Result
from advisor.exports.as_json import Exported, Saved, as_json, json_schema
from tests.support.exported import RESULT, read

SAVED = Saved(
    permalink="https://a.example/r/x/",
    title="Orders to shipping",
    context="",
    author="Zoë 🙂",
    identified=False,
    at="2026-11-23T10:00:00+00:00",
)


def exported(result: Result, saved: Saved | None = None) -> Exported:
    return Exported.model_validate(
        {
            "$schema": "https://a.example/recommendation.schema.json",
            "tree": "messaging",
            "version": "0" * 64,
            "saved": saved,
            "answers": result.answers,
            "settings": {"issuer": "https://id.example", "minutes": 5},
            "result": result,
        }
    )


@pytest.mark.parametrize(
    "result",
    [
        RESULT,
        read("tree/tokens", revocation="no", services="one", confidential="no", team="runs-jwt"),
    ],
    ids=["messaging", "tokens"],
)
def test_it_holds_the_whole_result(result: Result) -> None:
    held = json.loads(as_json(exported(result)))
    assert TypeAdapter(Result).validate_python(held["result"]) == result


def test_it_begins_with_what_it_is() -> None:
    held = json.loads(as_json(exported(RESULT)))
    assert list(held) == [
        "$schema", "format", "tree", "version", "saved", "answers", "settings", "result"
    ]  # fmt: skip
    assert held["$schema"] == "https://a.example/recommendation.schema.json"
    assert held["answers"] == {"wait": "no", "readers": "several", "replay": "no"}
    assert held["settings"] == {"issuer": "https://id.example", "minutes": 5}


def test_it_is_utf_8_that_a_person_can_read() -> None:
    data = as_json(exported(RESULT, saved=SAVED))
    assert data.startswith(b'{\n  "$schema": "https://a.example/')
    assert '    "author": "Zoë 🙂",\n'.encode() in data
    assert data.endswith(b"}\n")


@pytest.mark.parametrize("saved", [None, SAVED], ids=["live", "saved"])
def test_it_is_what_the_published_schema_says(saved: Saved | None) -> None:
    validator = Draft202012Validator(json.loads(json_schema()))
    held = json.loads(as_json(exported(RESULT, saved=saved)))
    assert list(validator.iter_errors(held)) == []
    held["result"]["caveats"][0]["weight"] = "grave"
    assert [error.message for error in validator.iter_errors(held)] == [
        "'grave' is not one of ['serious', 'important', 'note']"
    ]

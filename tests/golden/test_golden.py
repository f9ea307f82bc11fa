"""A saved recommendation is for ever: what earlier releases have saved, this one shows alike."""

import json

import pytest
from django.test import Client
from jsonschema import Draft202012Validator

from advisor import catalogue
from advisor.exports.as_json import json_schema
from advisor.saved import records
from tests.golden import corpus
from tests.support.html import page
from tests.support.site import results

pytestmark = pytest.mark.django_db
each_record = pytest.mark.parametrize("name", corpus.names())

BROKEN = """
This release would show a saved recommendation otherwise than the one that saved it: {files}.
People have linked to what it says, so do not edit the file. Show what is in old records as before;
if new ones must look different, give their rows another `format` and keep the code for format 1.
The difference: git diff --no-index {path} {here}
"""


@each_record
def test_it_shows_a_record_byte_for_byte_as_when_it_was_saved(
    client: Client, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shown = corpus.shown(client, corpus.load(name))
    if differing := shown.differing(name):
        folder = tmp_path_factory.mktemp("shown")
        for ending, data in shown.files.items():
            (folder / f"{name}{ending}").write_bytes(data)
        path, new = corpus.EXPECTED / differing[0], folder / differing[0]
        pytest.fail(BROKEN.format(files=", ".join(differing), path=path, here=new), pytrace=False)


@each_record
def test_its_page_shows_all_that_was_recommended(client: Client, name: str) -> None:
    record = corpus.load(name)
    result = records.read_record(record).result
    response = client.get(f"/r/{record.id}/")
    shown = page(response)
    assert response.status_code == 200
    assert shown.one("h1").text == " ".join(record.title.split())
    assert shown.one("h2", id="outcome").text == result.name
    assert [span.text for span in shown.one("ol", class_="trail").all("span", class_="answer")] == [
        step.label for step in result.trail
    ]
    assert {article["id"] for article in shown.all("article", class_="caveat")} == {
        f"caveat-{caveat.id}" for caveat in result.caveats
    }
    assert not shown.one("main").all("script")


@each_record
def test_the_published_schema_fits_every_record(name: str) -> None:
    held = json.loads((corpus.EXPECTED / f"{name}.json").read_text())
    assert list(Draft202012Validator(json.loads(json_schema())).iter_errors(held)) == []


def test_there_is_a_record_of_every_outcome_that_answers_lead_to() -> None:
    held = {str(records.read_result(_text(name)).outcome) for name in corpus.names()}
    assert {result.outcome for result in results("tokens")} <= held, (
        "make golden adds what is missing"
    )


def test_there_is_a_record_of_the_first_release_and_of_another_tree() -> None:
    rows = {name: corpus.row(name) for name in corpus.names()}
    assert "settings" not in rows["first-release"]
    assert "nearest" not in json.loads(_text("first-release"))
    assert {row["tree"] for row in rows.values()} > {next(iter(catalogue.loaded_trees()))}


def test_there_are_records_with_values_and_with_a_correction() -> None:
    assert corpus.row("values")["values"]
    corrected = [
        name
        for name in corpus.names()
        if any(caveat.corrects for caveat in records.read_result(_text(name)).caveats)
    ]
    assert corrected


def test_there_are_records_that_policies_changed() -> None:
    results = {name: records.read_result(_text(name)) for name in corpus.names()}
    policies = {ruling.policy for result in results.values() for ruling in result.rulings}
    assert policies >= {"bank", "encrypted-claims", "sessions-only"}
    assert any(result.alone for result in results.values())
    assert any(result.requirements for result in results.values())


def test_there_are_records_of_decisions_that_people_recorded() -> None:
    rows = [corpus.row(name) for name in corpus.names()]
    decided = [row for row in rows if row["format"] == 2]
    kinds = {tuple(event["kind"] for event in events_of(row)) for row in decided}
    assert kinds >= {(), ("accepted",), ("rejected",), ("accepted", "deprecated")}
    assert any(row["reason"] and row["review_by"] and row["discussion"] for row in decided)


def test_there_are_records_of_answers_that_nobody_was_sure_of() -> None:
    results = [records.read_result(_text(name)) for name in corpus.names()]
    assumed = [result for result in results if result.assumptions]
    assert any(len(result.assumptions) == len(result.trail) for result in assumed)
    assert any(result.departure for result in assumed)


def events_of(row: dict[str, object]) -> list[dict[str, str]]:
    events = row["events"]
    assert isinstance(events, list)
    return events


def test_no_text_of_the_corpus_has_been_edited() -> None:
    for path in corpus.CONTENTS.iterdir():
        assert records.sha256_of(path.read_text()) == path.name


def _text(name: str) -> str:
    return (corpus.CONTENTS / str(corpus.row(name)["result"])).read_text()

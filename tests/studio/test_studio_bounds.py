"""The studio keeps nothing, takes no more than it may, and can be switched off."""

import logging
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from advisor.studio import draft, views
from advisor.studio.workbench import Workbench
from tests.support.html import form, page
from tests.support.site import Editable
from tests.support.studio import STUDIO, TREE, edited, occupied, opened, press, problems, send

# Download


def test_download_gives_exactly_the_text(client: Client) -> None:
    text = "# é\n\nformat: 1\n  \n"
    filled = opened(client).set(TREE, text.replace("\n", "\r\n"))
    response = press(filled, client, "show", "tree.yaml", f"{STUDIO}/download")
    assert response.content.decode() == text
    assert response["Content-Disposition"] == 'attachment; filename="tree.yaml"'
    assert response["X-Content-Type-Options"] == "nosniff"


# Nothing is kept


@pytest.mark.django_db
@pytest.mark.parametrize("action", ["", "/policy", "/download"])
def test_it_keeps_nothing_of_a_draft(
    client: Client,
    editable: Editable,
    django_assert_num_queries: DjangoAssertNumQueries,
    caplog: pytest.LogCaptureFixture,
    action: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    filled = edited(client, "format: 1", "format: sentinel")
    before = state(editable.folder)
    with django_assert_num_queries(0):
        response = send(client, [*filled.fields, ("policy", "rules")], STUDIO + action)
    assert response.status_code == 200
    assert state(editable.folder) == before
    assert "sentinel" not in caplog.text
    assert not response.cookies
    assert page(client.get(STUDIO)).one(id="problems").text == "No problems"


def state(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_it_needs_no_form_token() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert send(strict, opened(strict).fields).status_code == 200


# Bounds


def test_it_refuses_more_text_than_it_takes_and_says_what_to_do(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draft, "MAX_BYTES", 1000)
    fields = [(TREE, "é" * 501)]
    response = send(client, fields)
    assert response.status_code == 413
    assert page(response).one("h1").text == "Too much text"
    assert "Your text is still on the previous page" in page(response).one("main").text
    assert send(client, [(TREE, "é" * 500)]).status_code == 200


def test_it_refuses_a_large_form_unread(client: Client) -> None:
    response = send(client, [(TREE, "x" * (draft.MAX_FORM_BYTES + 1))])
    assert response.status_code == 413


def test_it_takes_a_draft_larger_than_any_other_form_may_be(client: Client) -> None:
    filled = edited(client, "format: 1", "format: 1 # " + "é" * 200_000)
    response = filled.post(client)
    assert response.status_code == 200
    assert problems(response).one("h2").text == "No problems"


@pytest.mark.parametrize(
    ("job", "limits", "sentence"),
    [
        ("endless", {"seconds": 0.5}, "takes longer than 0.5 seconds"),
        ("greedy_draft", {"megabytes": 700}, "takes more than 700 MB of memory"),
    ],
)
def test_a_draft_that_takes_too_much_is_told_so_and_the_text_comes_back(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    job: str,
    limits: dict[str, float],
    sentence: str,
) -> None:
    filled = edited(client, "format: 1", "format: 1 # mine")
    bench = Workbench(f"tests.support.jobs:{job}", **limits)  # type: ignore[arg-type]  # two kinds of numbers
    with monkeypatch.context() as hostile:
        hostile.setattr(views, "bench", bench)
        response = filled.post(client)
    bench.close()
    assert response.status_code == 422
    assert sentence in problems(response).text
    again = form(response)
    assert "# mine" in dict(again.fields)[TREE]
    assert problems(again.post(client)).one("h2").text == "No problems"


def test_while_another_draft_is_looked_at_it_says_when_to_come_back(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = Workbench("tests.support.jobs:waiting", patience=0.01)
    monkeypatch.setattr(views, "bench", busy)
    with occupied(busy):
        response = client.get(STUDIO)
    assert response.status_code == 503
    assert response["Retry-After"] == "2"
    assert problems(response).one("h2").text == "Busy"


HOSTILE = {
    "nothing": "",
    "brackets": "[" * 100_000,
    "a control character": "a: \x00b",
    "half a character": "a: \ud800",
    "a bomb": "a: &a [x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(1000)),
    "many answers": "decide:\n  q:\n" + "".join(f"    a{n}: x\n" for n in range(20_000)),
    "a long line": "title: " + "x" * 400_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_it_answers_any_text_with_its_problems(client: Client, text: str) -> None:
    fields = [(TREE, text.encode(errors="replace").decode())]
    response = send(client, fields)
    assert response.status_code in (200, 422)
    assert problems(response).one("h2").text != "No problems"
    assert len(response.content) < 3_000_000


@pytest.mark.usefixtures("messaging")
def test_it_draws_a_tree_of_many_questions_on_one_way_as_far_as_it_goes(client: Client) -> None:
    fields = [(TREE, tall(150)), ("walk", "&".join(f"q{n}=a" for n in range(40)))]
    whole = page(send(client, fields, "/messaging/studio"))
    assert "Question 41 of 150" in whole.one(id="walk").text
    assert "more paths" in whole.one(id="drawn").text


def tall(questions: int) -> str:
    """A tree that asks all of them on every way; the last answer alone decides."""
    last = questions - 1
    asked = "".join(
        f"  q{n}: {{ask: Q {n}?, short: Q{n}, answers: "
        "{a: {label: A, because: A}, b: {label: B, because: B}}}\n"
        for n in range(questions)
    )
    ways = "".join(
        f"  b{n}: {{q{n}: {{a: {{branch: b{n + 1}}}, b: {{branch: b{n + 1}}}}}}}\n"
        for n in range(1, last)
    )
    return (
        f"format: 1\ntitle: Tall\nsummary: Tall\nquestions:\n{asked}"
        "decide: {q0: {a: {branch: b1}, b: {branch: b1}}}\n"
        f"branches:\n{ways}  b{last}: {{q{last}: {{a: {{recommend: x, because: X}}, "
        "b: {recommend: y, because: Y}}}\n"
        f"outcomes:\n  x: {{name: X, verdict: X, ruled-out: {{q{last}: {{b: No}}}}}}\n"
        f"  y: {{name: Y, verdict: Y, ruled-out: {{q{last}: {{a: No}}}}}}\n"
    )


@pytest.mark.parametrize("name", ["file:../tree.yaml", "file:/etc/passwd.yaml", "file:a/b.yaml"])
def test_it_takes_no_file_that_a_tree_cannot_have(client: Client, name: str) -> None:
    again = form(send(client, [(TREE, "format: 1"), (name, "format: 1")]))
    assert [field for field, _ in again.fields if field.startswith("file:")] == [TREE]


# As a fragment


def test_to_htmx_it_answers_with_the_parts_alone(client: Client) -> None:
    response = send(client, opened(client).fields, HX_Request="true")
    text = response.content.decode()
    assert "<main" not in text
    assert "<textarea" not in text
    for id in ("problems", "changes", "walk", "drawn"):
        assert f'id="{id}"' in text


def test_to_htmx_an_error_leaves_the_older_parts_alone(client: Client) -> None:
    fields = edited(client, "format: 1", "format: 2").fields
    text = send(client, fields, HX_Request="true").content.decode()
    assert 'id="problems"' in text
    assert 'id="walk"' not in text
    assert "Below is what the draft showed before" in text


def test_to_htmx_too_much_text_is_a_part_too(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draft, "MAX_BYTES", 10)
    response = send(client, [(TREE, "x" * 11)], HX_Request="true")
    assert response.status_code == 413
    assert response.content.decode().lstrip().startswith("<section")


# On and off


def test_the_start_page_leads_to_it(client: Client) -> None:
    assert page(client.get("/tokens/")).link("Try out a change to the tree") == STUDIO


@pytest.mark.parametrize("path", [STUDIO, f"{STUDIO}/policy", f"{STUDIO}/download"])
def test_it_can_be_switched_off(client: Client, settings: Settings, path: str) -> None:
    settings.ADVISOR_STUDIO = False
    assert client.get(path).status_code in (404, 405)
    assert send(client, [(TREE, "format: 1")], path).status_code == 404
    assert not [link for link in page(client.get("/")).all("a") if "studio" in link["href"]]


def test_an_unknown_tree_has_none(client: Client) -> None:
    assert client.get("/wine/studio").status_code == 404


def test_a_broken_tree_can_be_mended_in_it(
    client: Client, editable: Editable, settings: Settings
) -> None:
    settings.ADVISOR_RELOAD = True
    good = (editable.folder / "tree.yaml").read_text()
    editable.replace("tree.yaml", "format: 1", "format: 2")
    way = page(client.get("/")).link("Fix it in a draft")
    broken = client.get(way)
    assert broken.status_code == 200
    assert problems(broken).one("h2").text == "1 error"
    mended = form(broken).set(TREE, good).post(client)
    assert problems(mended).one("h2").text == "No problems"
    assert "so the draft cannot be compared with it" in page(mended).one(id="changes").text

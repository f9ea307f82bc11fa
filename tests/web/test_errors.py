"""Pages that say what went wrong and how to go on, with DEBUG off, as in use."""

from pathlib import Path

import pytest
from django.db import DatabaseError
from django.test import Client
from pytest_django import Settings

from advisor import catalogue
from tests.support.html import page
from tests.support.site import ANSWERS, RESULT, Editable, has_a_way_on

ADDRESSES_OF_NOTHING = ["/nothing/", "/nothing/ask", "/tokens/nothing", "/r/x/", "/static/x"]


@pytest.fixture
def calm() -> Client:
    """A client that sees the page of a failure instead of the exception."""
    return Client(raise_request_exception=False)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ADDRESSES_OF_NOTHING)
def test_404_says_so_and_leads_on(client: Client, settings: Settings, path: str) -> None:
    response = client.get(path)
    missing = page(response)
    assert not settings.DEBUG
    assert response.status_code == 404
    assert missing.one("h1").text == "Page not found"
    assert missing.one("main").link("Go to the start page") == "/"


def test_404_does_not_repeat_the_address(client: Client) -> None:
    assert b"alert" not in client.get("/<script>alert(1)</script>").content


def test_400_leads_on(client: Client) -> None:
    response = client.get("/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert page(response).one("h1").text == "This request is not valid"
    assert has_a_way_on(page(response))
    assert b"evil.example" not in response.content


def test_500_says_that_nothing_was_saved(calm: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr("advisor.wizard.views.build.result_page", fail)
    response = calm.get(RESULT)
    failed = page(response)
    assert response.status_code == 500
    assert failed.one("h1").text == "There is a problem with this site"
    assert "This request saved nothing." in failed.one("main").text
    assert has_a_way_on(failed)
    assert b"secret" not in response.content
    assert b"Traceback" not in response.content


@pytest.mark.parametrize("path", ["/", "/tokens/ask", RESULT, f"/tokens/kit.zip?{ANSWERS}"])
def test_a_broken_tree_is_a_500_without_its_problems(
    calm: Client, editable: Editable, path: str
) -> None:
    editable.edit("tree.yaml", lambda text: text.replace("format: 1", "format: 2"))
    response = calm.get(path)
    assert response.status_code == 500
    assert has_a_way_on(page(response))
    assert b"tree.yaml" not in response.content


def test_a_mended_tree_is_served_again(calm: Client, editable: Editable) -> None:
    editable.replace("tree.yaml", "format: 1", "format: 2")
    assert calm.get("/").status_code == 500
    editable.replace("tree.yaml", "format: 2", "format: 1")
    assert calm.get("/").status_code == 200


def test_a_failed_form_token_is_explained() -> None:
    strict = Client(enforce_csrf_checks=True)
    elsewhere = {"Origin": "https://evil.example"}
    response = strict.post(f"/tokens/save?{ANSWERS}", {"title": "x"}, headers=elsewhere)
    refused = page(response)
    assert response.status_code == 403
    assert refused.one("h1").text == "Your form has expired"
    assert "your browser blocks cookies" in refused.one("main").text
    assert has_a_way_on(refused)


@pytest.mark.django_db
def test_the_probes_answer(client: Client) -> None:
    assert client.get("/healthz/live").content == b"live\n"
    assert client.get("/healthz/ready").content == b"ready\n"


@pytest.mark.django_db
def test_it_is_live_but_not_ready_on_a_broken_tree(client: Client, editable: Editable) -> None:
    editable.delete()
    assert client.get("/healthz/live").status_code == 200
    response = client.get("/healthz/ready")
    assert response.status_code == 503
    assert response.content == b"not ready\n"


def test_it_is_not_ready_without_its_database(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise DatabaseError("no such file")

    monkeypatch.setattr("advisor.web.probes.connection.ensure_connection", fail)
    assert client.get("/healthz/live").status_code == 200
    assert client.get("/healthz/ready").status_code == 503


def test_the_catalogue_tells_every_problem_of_a_broken_tree(
    settings: Settings, tmp_path: Path
) -> None:
    settings.ADVISOR_TREES = [str(tmp_path / "none")]
    with pytest.raises(catalogue.BrokenTree) as broken:
        catalogue.loaded_trees()
    assert str(broken.value) == (
        f"{tmp_path}/none: error[no-tree]: found no `.yaml` file; "
        "expected a folder with `tree.yaml`"
    )

"""Under `make run`: an edit of a tree shows on the next page; a broken one says what is wrong."""

import shutil
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from tests.support.html import page
from tests.support.saving import frozen, save
from tests.support.site import RESULT, SAVE

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tree(tmp_path: Path, settings: Settings) -> Path:
    """A copy of the shipped tree that is served and read again when it changes."""
    folder = tmp_path / "tokens"
    shutil.copytree(ROOT / "tree" / "tokens", folder)
    settings.ADVISOR_TREES = [str(folder)]
    settings.ADVISOR_RELOAD = True
    return folder


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_an_edit_shows_on_the_next_page(client: Client, tree: Path) -> None:
    client.get("/")
    edit(tree / "tree.yaml", "title: Which token", "title: Which kind of token")
    assert page(client.get("/")).one("h1").text.startswith("Which kind of token")


def test_without_the_setting_an_edit_waits_for_a_restart(
    client: Client, tree: Path, settings: Settings
) -> None:
    settings.ADVISOR_RELOAD = False
    client.get("/")
    edit(tree / "tree.yaml", "title: Which token", "title: Which kind of token")
    assert page(client.get("/")).one("h1").text.startswith("Which token")


@pytest.mark.parametrize("path", ["/", "/tokens/", "/tokens/ask", RESULT, SAVE])
def test_a_broken_edit_shows_its_problems(client: Client, tree: Path, path: str) -> None:
    edit(tree / "tree.yaml", "recommend: jwt-hs256", "recommend: jwt-hs265")
    response = client.get(path)
    assert response.status_code == 503
    (problem,) = page(response).all("pre")
    assert "tree.yaml:" in problem.raw
    assert "error[unknown-outcome]: found `jwt-hs265`" in problem.raw
    assert "did you mean `jwt-hs256`?" in problem.raw


def test_a_mended_edit_shows_the_page_again(client: Client, tree: Path) -> None:
    edit(tree / "tree.yaml", "recommend: jwt-hs256", "recommend: jwt-hs265")
    assert client.get("/").status_code == 503
    edit(tree / "tree.yaml", "recommend: jwt-hs265", "recommend: jwt-hs256")
    assert client.get("/").status_code == 200


@pytest.mark.django_db
def test_a_saved_link_is_served_while_the_tree_is_broken(client: Client, tree: Path) -> None:
    address = save(client)
    before = frozen(client.get(address).content)
    edit(tree / "tree.yaml", "recommend: jwt-hs256", "recommend: jwt-hs265")
    response = client.get(address)
    assert (response.status_code, frozen(response.content)) == (200, before)

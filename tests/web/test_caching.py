"""Pages before saving are pure functions of the tree and the address, and caches may know it."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.support.site import ANSWERS, BEFORE_SAVING, RESULT, Editable

each_page = pytest.mark.parametrize("path", BEFORE_SAVING.values(), ids=BEFORE_SAVING)
# What a cache may keep; errors are computed again.
KEPT = {
    kind: path
    for kind, path in BEFORE_SAVING.items()
    if not kind.startswith(("no answer", "unknown", "result with a wrong"))
}
each_kept_page = pytest.mark.parametrize("path", KEPT.values(), ids=KEPT)


@each_page
@pytest.mark.django_db  # so that a query would be counted, instead of refused
def test_it_asks_no_database_and_knows_nobody(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, path: str
) -> None:
    with django_assert_num_queries(0):
        response = client.get(path)
    assert response.status_code in (200, 400, 422)
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


@each_page
def test_it_may_be_kept_and_must_be_asked_about(client: Client, path: str) -> None:
    directives = client.get(path)["Cache-Control"].split(", ")
    assert sorted(directives) == ["no-cache", "public"]


@each_page
def test_it_is_the_same_bytes_each_time(client: Client, path: str) -> None:
    assert client.get(path).content == client.get(path, headers={"Cookie": "csrftoken=x"}).content


@each_kept_page
def test_it_answers_304_to_its_own_etag(client: Client, path: str) -> None:
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert first.status_code == 200
    assert again.status_code == 304
    assert again.content == b""
    assert again["ETag"] == first["ETag"]
    assert not again.cookies


@each_kept_page
def test_it_sends_the_page_to_another_etag(client: Client, path: str) -> None:
    response = client.get(path, headers={"If-None-Match": '"0123"'})
    assert response.status_code == 200
    assert response.content


def test_it_has_another_etag_for_other_answers(client: Client) -> None:
    paths = ["/tokens/ask", "/tokens/ask?revocation=no", RESULT, f"{RESULT}&access-minutes=5"]
    assert len({client.get(path)["ETag"] for path in paths}) == len(paths)


@pytest.mark.parametrize(
    ("path", "file", "old", "new"),
    [
        ("/", "tree.yaml", "title: Which token", "title: Which kind of token"),
        ("/tokens/ask", "tree.yaml", "stolen laptop", "lost telephone"),
        (RESULT, "outcomes.yaml", "name: JWT signed", "name: A JWT, signed"),
        (f"/tokens/result.md?{ANSWERS}", "cases.yaml", "cases:", "cases: "),
        (f"/tokens/result.json?{ANSWERS}", "cases.yaml", "cases:", "cases: "),
        (f"/tokens/kit.zip?{ANSWERS}", "kits/jwt-hs256/requirements.txt", "\n", "\n# pinned\n"),
    ],
)
def test_it_has_another_etag_after_an_edit_that_shows(
    client: Client, editable: Editable, path: str, file: str, old: str, new: str
) -> None:
    before = client.get(path)
    editable.replace(file, old, new)
    after = client.get(path, headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert after["ETag"] != before["ETag"]


def test_it_has_the_same_etag_after_an_edit_that_does_not_show(
    client: Client, editable: Editable
) -> None:
    before = client.get("/tokens/ask")
    editable.replace("outcomes.yaml", "ruled-out:", "ruled-out: ")
    after = client.get("/tokens/ask", headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 304


@pytest.mark.parametrize("path", ["/healthz/live", "/healthz/ready"])
@pytest.mark.django_db
def test_probes_are_never_kept(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert not response.has_header("ETag")

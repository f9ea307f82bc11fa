"""What kind of answer each address gives: its type, how it may be kept, and its file name."""

import pytest
from django.test import Client

from tests.support.html import form, get
from tests.support.saving import save
from tests.support.site import ANSWERS, RESULT, SAVE

pytestmark = pytest.mark.django_db

HTML = "text/html; charset=utf-8"
JSON = "application/json"
MARKDOWN = "text/markdown; charset=utf-8"
ZIP = "application/zip"
# By address; {saved} is that of a saved decision.
TYPES = {
    "/": HTML,
    "/tokens/": HTML,
    "/tokens/ask": HTML,
    RESULT: HTML,
    f"/tokens/result.json?{ANSWERS}": JSON,
    f"/tokens/result.md?{ANSWERS}": MARKDOWN,
    f"/tokens/kit.zip?{ANSWERS}": ZIP,
    "/tokens/compare": HTML,
    SAVE: HTML,
    "/tokens/studio": HTML,
    "/recommendation.schema.json": "application/schema+json",
    "/r/": HTML,
    "/r/register.json": JSON,
    "{saved}": HTML,
    "{saved}recommendation.md": MARKDOWN,
    "{saved}recommendation.json": JSON,
    "{saved}kit.zip": ZIP,
    "{saved}badge.svg": "image/svg+xml",
    "/healthz/live": "text/plain",
    "/healthz/ready": "text/plain",
}


@pytest.mark.parametrize("address", TYPES)
def test_an_address_answers_with_its_type(client: Client, address: str) -> None:
    saved = save(client) if "{saved}" in address else ""
    response = client.get(address.format(saved=saved))
    assert response.status_code == 200
    assert response["Content-Type"] == TYPES[address]
    assert client.head(address.format(saved=saved)).status_code == 200


def test_a_file_of_a_draft_is_downloaded_as_yaml(client: Client) -> None:
    opened = form(get(client, "/tokens/studio"))
    answer = client.post("/tokens/studio/download", dict(opened.fields))
    assert answer["Content-Type"] == "application/yaml; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="')


def test_a_badge_may_be_shown_on_other_sites_and_a_page_may_not(client: Client) -> None:
    path = save(client)
    assert client.get(f"{path}badge.svg")["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not client.get(path).has_header("Cross-Origin-Resource-Policy")

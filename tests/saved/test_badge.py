"""GET /r/<id>/badge.svg, and what to paste to show it."""

from xml.etree import ElementTree

import pytest
from django.test import Client

from advisor.models import Recommendation
from tests.support.html import page
from tests.support.saving import save
from tests.support.site import NAME, Editable, swap

pytestmark = pytest.mark.django_db


def told(client: Client, path: str) -> str:
    response = client.get(f"{path}badge.svg")
    assert response.status_code == 200
    return ElementTree.fromstring(response.content).attrib["aria-label"]


def test_it_tells_the_recommendation_in_the_words_of_the_tree_and_how_it_stands(
    client: Client,
) -> None:
    assert told(client, save(client)) == f"token: {NAME}, proposed, advice unchanged"


def test_it_tells_what_was_recommended_then(client: Client, editable: Editable) -> None:
    path = save(client)
    swap(editable)
    assert told(client, path) == f"token: {NAME}, proposed, different token today"
    editable.delete()
    assert told(client, path) == f"token: {NAME}, proposed, cannot be evaluated today"


def test_it_tells_that_the_config_has_changed(client: Client, editable: Editable) -> None:
    path = save(client)
    editable.replace("kits/jwt-hs256/tokens.py", "import base64\n", "# changed\nimport base64\n")
    assert told(client, path) == f"token: {NAME}, proposed, code changed"


def test_it_tells_of_a_record_that_this_release_cannot_show(client: Client) -> None:
    path = save(client)
    Recommendation.objects.update(format=3)
    assert told(client, path) == "Advisor: recommendation, cannot be shown"


def test_other_sites_may_show_it_and_run_nothing_in_it(client: Client) -> None:
    response = client.get(f"{save(client)}badge.svg")
    assert response["Content-Type"] == "image/svg+xml"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert not response.cookies


def test_a_cache_asks_each_time_and_hears_of_a_change(client: Client, editable: Editable) -> None:
    path = f"{save(client)}badge.svg"
    first = client.get(path)
    assert sorted(first["Cache-Control"].split(", ")) == ["no-cache", "public"]
    assert client.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 304
    swap(editable)
    assert client.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_no_other_page_is_shown_by_other_sites(client: Client) -> None:
    path = save(client)
    for ending in ("", "recommendation.json", "kit.zip"):
        assert client.get(path + ending).get("Cross-Origin-Resource-Policy") != "cross-origin"


def test_the_page_has_the_markdown_and_the_html_to_paste(client: Client) -> None:
    path = save(client)
    link = f"http://testserver{path}"
    shown = page(client.get(path))
    alt = f"token: {NAME}"
    assert shown.one(id="badge-markdown").one("pre").text == f"[![{alt}]({link}badge.svg)]({link})"
    assert shown.one(id="badge-html").one("pre").text == (
        f'<a href="{link}"><img src="{link}badge.svg" alt="{alt}"></a>'
    )


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_only_answers_a_get(client: Client, method: str) -> None:
    assert getattr(client, method)(f"{save(client)}badge.svg").status_code == 405


def test_it_knows_no_other_id(client: Client) -> None:
    save(client)
    assert client.get("/r/AAAAAAAAAAAAAAAAAAAAAA/badge.svg").status_code == 404

"""GET and POST /<tree>/save"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings as site
from django.db import connections
from django.test import Client

from advisor.models import Content, Recommendation
from advisor.saved.records import read_record
from tests.support.html import Form, form, page, pairs
from tests.support.site import ANSWERS, RESULT, SAVE, Editable, has_a_way_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def strict() -> Client:
    """A client that has to send the form token, as a browser has."""
    return Client(enforce_csrf_checks=True)


def filled(client: Client, path: str = SAVE, **texts: str) -> Form:
    """The form as the page sends it, with a title and an author."""
    return form(client.get(path)).fill(**({"title": "Billing API", "author": "Team Blue"} | texts))


def test_it_shows_the_form_and_what_will_be_saved(client: Client) -> None:
    response = client.get(SAVE)
    shown = page(response)
    assert response.status_code == 200
    assert [label.text for label in shown.one("form").all("label")] == [
        "Title",
        "Context (optional)",
        "Author",
        "Decision makers (optional)",
        "Consulted (optional)",
        "Informed (optional)",
        "Link to the discussion (optional)",
        "Review again by (optional)",
    ]
    assert shown.one("strong", class_="name").text == page(client.get(RESULT)).one("h1").text
    assert shown.one("main").link("Back to the recommendation") == RESULT
    assert not shown.has(class_="error-summary")


def test_it_ties_every_label_and_hint_to_its_field(client: Client) -> None:
    shown = page(client.get(SAVE)).one("form")
    for label in shown.all("label"):
        control = shown.one(id=label["for"])
        assert control.tag in ("input", "textarea")
        assert shown.one(id=control["aria-describedby"]).text


def test_it_is_never_kept_by_a_cache(client: Client) -> None:
    response = client.get(SAVE)
    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]
    assert not response.has_header("ETag")


def test_it_sets_the_one_cookie_of_the_site(client: Client) -> None:
    response = client.get(SAVE)
    (cookie,) = response.cookies.values()
    assert cookie.key == site.CSRF_COOKIE_NAME
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert not cookie["domain"]


def test_it_answers_a_post_with_the_permalink(client: Client) -> None:
    response = filled(client).post(client)
    record = Recommendation.objects.get()
    assert response.status_code == 303
    assert response["Location"] == f"/r/{record.id}/"
    assert client.get(response["Location"]).status_code == 200


def test_it_keeps_what_was_typed_and_what_was_answered(client: Client) -> None:
    path = f"{SAVE}&issuer=https%3A%2F%2Fid.example.org"
    filled(client, path, context="We *must*.").post(client)
    record = Recommendation.objects.get()
    assert (record.title, record.context, record.author) == (
        "Billing API",
        "We *must*.",
        "Team Blue",
    )
    assert record.tree == "tokens"
    assert record.answers == dict(pairs(f"?{ANSWERS}"))
    assert record.values == {"issuer": "https://id.example.org"}
    kept = read_record(record)
    assert kept.result.outcome == "jwt-hs256"
    assert 'ISSUER = "https://id.example.org"' in kept.frameworks[0].files[0].text
    assert [framework.label for framework in kept.frameworks] == [
        "Plain Python",
        "Django",
        "FastAPI",
        "Flask",
    ]


def test_records_share_what_they_have_in_common(client: Client) -> None:
    filled(client).post(client)
    before = Content.objects.count()
    filled(client, title="Another API").post(client)
    assert Recommendation.objects.count() == 2
    assert Content.objects.count() == before


def test_a_double_click_makes_one_record(client: Client) -> None:
    opened = filled(client)
    first, second = opened.post(client), opened.post(client)
    assert Recommendation.objects.count() == 1
    assert second.status_code == 303
    assert second["Location"] == first["Location"]


@pytest.mark.django_db(transaction=True)
def test_posts_at_the_same_moment_make_one_record(client: Client) -> None:
    opened = filled(client)
    senders = 12
    gate = threading.Barrier(senders)

    def send(_: int) -> tuple[int, str]:
        gate.wait()
        try:
            response = opened.post(Client(raise_request_exception=False))
            return response.status_code, response.headers.get("Location", "")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(senders) as pool:
        answers = set(pool.map(send, range(senders)))
    record = Recommendation.objects.get()
    assert answers == {(303, f"/r/{record.id}/")}


def test_other_texts_from_the_same_form_make_another_record(client: Client) -> None:
    opened = filled(client)
    first = opened.post(client)
    second = opened.fill(title="Billing API, second thoughts").post(client)
    assert second["Location"] != first["Location"]
    assert Recommendation.objects.count() == 2


def test_the_same_texts_from_another_browser_make_another_record(client: Client) -> None:
    another = Client()
    first, second = filled(client).post(client), filled(another).post(another)
    assert second["Location"] != first["Location"]


def test_other_values_from_the_same_form_make_another_record(client: Client) -> None:
    opened = filled(client)
    first = opened.post(client)
    opened.element.attributes["action"] += "&access-minutes=5"
    assert opened.post(client)["Location"] != first["Location"]


EMPTY_TITLE = "Enter a title."
EMPTY_AUTHOR = "Enter an author."


@pytest.mark.parametrize(
    ("texts", "messages"),
    [
        ({"title": "", "author": ""}, [EMPTY_TITLE, EMPTY_AUTHOR]),
        ({"title": " \t "}, [EMPTY_TITLE]),
        ({"author": "\u2003"}, [EMPTY_AUTHOR]),
        ({"title": "x" * 121}, ["The title must be 120 characters or fewer; it has 121."]),
        ({"author": "x" * 121}, ["The author must be 120 characters or fewer; it has 121."]),
        (
            {"context": "x" * 10_001},
            ["The context must be 10000 characters or fewer; it has 10001."],
        ),
        ({"title": "a\0b"}, ["Null characters are not allowed."]),
    ],
)
def test_it_says_what_is_wrong_and_saves_nothing(
    client: Client, texts: dict[str, str], messages: list[str]
) -> None:
    response = filled(client, **texts).post(client)
    refused = page(response)
    links = refused.one(class_="error-summary").all("a")
    assert response.status_code == 422
    assert [link.text for link in links] == messages
    assert all(refused.has(id=link["href"].removeprefix("#")) for link in links)
    assert refused.one("title").text.startswith("Error: ")
    assert not Recommendation.objects.exists()


def test_it_takes_the_longest_texts(client: Client) -> None:
    response = filled(client, title="t" * 120, author="a" * 120, context="c" * 10_000).post(client)
    assert response.status_code == 303


def test_it_ties_an_error_to_its_field(client: Client) -> None:
    refused = page(filled(client, title="").post(client))
    field = refused.one("input", name="title")
    assert field["aria-invalid"] == "true"
    described = [refused.one(id=id).text for id in field["aria-describedby"].split()]
    assert f"Error: {EMPTY_TITLE}" in described


def test_nothing_typed_is_lost_on_an_error(client: Client) -> None:
    context = "Line one\n\n</textarea><script>alert(\"1\")</script> & 'more'"
    author = '"><b>Ann</b>'
    opened = filled(client, title="", context=context, author=author)
    before = dict(opened.fields)
    after = form(opened.post(client))
    kept = dict(after.fields)
    assert kept["context"] == context
    assert kept["author"] == author
    assert kept["submission"] == before["submission"]
    assert kept["version"] == before["version"]


def test_typed_markup_comes_back_as_text(client: Client) -> None:
    markup = "</textarea><script>alert(1)</script><img src=x>"
    refused = page(filled(client, title="", context=markup, author=markup).post(client))
    assert not refused.one("main").all("script")
    assert not refused.one("main").all("img")


def test_the_corrected_form_saves_once(client: Client) -> None:
    refused = filled(client, title="").post(client)
    response = form(refused).fill(title="Billing API").post(client)
    assert response.status_code == 303
    assert Recommendation.objects.count() == 1


def test_it_saves_nothing_when_the_tree_was_edited_meanwhile(
    client: Client, editable: Editable
) -> None:
    opened = filled(client, context="Much typing")
    editable.replace("tree.yaml", "title: Which token", "title: Which kind of token")
    response = opened.post(client)
    refused = page(response)
    assert response.status_code == 422
    assert (
        "The tree has changed since you opened this page"
        in refused.one(class_="error-summary").text
    )
    assert dict(form(response).fields)["context"] == "Much typing"
    assert not Recommendation.objects.exists()


def test_it_saves_when_sent_again_after_an_edit(client: Client, editable: Editable) -> None:
    opened = filled(client)
    editable.replace("tree.yaml", "title: Which token", "title: Which kind of token")
    response = form(opened.post(client)).post(client)
    assert response.status_code == 303
    assert read_record(Recommendation.objects.get()).result.tree.startswith("Which kind of token")


def test_an_edit_that_closes_the_address_leads_to_what_is_open(
    client: Client, editable: Editable
) -> None:
    opened = filled(client)
    editable.replace("tree.yaml", "runs-jwt", "knows-jwt")
    editable.replace("cases.yaml", "runs-jwt", "knows-jwt")
    editable.replace("outcomes.yaml", "runs-jwt", "knows-jwt")
    editable.edit("caveats.yaml", lambda text: text.replace("runs-jwt", "knows-jwt") + "\n")
    response = opened.post(client)
    assert response.status_code == 400
    assert has_a_way_on(page(response))
    assert not Recommendation.objects.exists()


@pytest.mark.parametrize("missing", ["submission", "version"])
def test_a_form_without_its_hidden_fields_can_still_be_sent(client: Client, missing: str) -> None:
    opened = filled(client, context="Much typing")
    opened.fields = [field for field in opened.fields if field[0] != missing]
    response = opened.post(client)
    assert response.status_code == 422
    assert page(response).one(class_="error-summary").all("li")
    again = form(response)
    assert dict(again.fields)["context"] == "Much typing"
    assert again.post(client).status_code == 303


@pytest.mark.parametrize("name", ["submission", "version"])
def test_hidden_fields_are_bounded(client: Client, name: str) -> None:
    response = filled(client).set(name, "x" * 65).post(client)
    assert response.status_code == 422
    assert not Recommendation.objects.exists()


def test_an_empty_post_is_an_error_and_no_fresh_form(client: Client) -> None:
    response = client.post(SAVE, {})
    assert response.status_code == 422
    assert EMPTY_TITLE in page(response).one(class_="error-summary").text


def test_it_takes_the_post_of_a_browser_that_kept_the_cookie(strict: Client) -> None:
    assert filled(strict).post(strict).status_code == 303


def test_it_refuses_a_post_without_the_cookie(strict: Client) -> None:
    opened = filled(strict)
    strict.cookies.clear()
    response = opened.post(strict)
    assert response.status_code == 403
    assert has_a_way_on(page(response))
    assert not Recommendation.objects.exists()


def test_it_refuses_a_post_without_the_token(strict: Client) -> None:
    opened = filled(strict)
    opened.fields = [field for field in opened.fields if field[0] != "csrfmiddlewaretoken"]
    assert opened.post(strict).status_code == 403
    assert not Recommendation.objects.exists()


def test_it_refuses_a_post_from_another_site(strict: Client) -> None:
    opened = filled(strict)
    response = opened.post(strict, {"Origin": "https://evil.example"})
    assert response.status_code == 403
    assert not Recommendation.objects.exists()


def test_it_refuses_more_than_100_fields(client: Client) -> None:
    opened = filled(client)
    opened.fields += [(f"x{number}", "1") for number in range(100)]
    response = opened.post(client)
    assert response.status_code == 400
    assert has_a_way_on(page(response))


def test_it_refuses_a_body_that_is_too_large(client: Client) -> None:
    response = filled(client, context="x" * 300_000).post(client)
    assert response.status_code == 400
    assert has_a_way_on(page(response))


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_it_rejects_other_methods(client: Client, method: str) -> None:
    assert getattr(client, method)(SAVE).status_code == 405


def test_a_body_that_is_no_form_is_an_empty_form(client: Client) -> None:
    response = client.post(SAVE, "garbage", content_type="multipart/form-data; boundary=x")
    assert response.status_code == 422
    assert not Recommendation.objects.exists()

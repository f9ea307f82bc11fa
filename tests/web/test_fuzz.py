"""Any query string is answered: no failure of ours, and no endless redirects."""

from urllib.parse import quote, quote_from_bytes, urljoin

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from advisor import catalogue
from tests.support.html import MAX_HOPS
from tests.support.site import ANSWERS

VIEWS = ("ask", "result", "result.json", "result.md", "kit.zip", "save", "compare")
DOCUMENT = catalogue.loaded_trees()["tokens"].tree.document
KNOWN = [*DOCUMENT.questions, *DOCUMENT.parameters, "asked"]
GOOD = [answer for question in DOCUMENT.questions.values() for answer in question.answers]

encoded = st.one_of(
    st.text().map(lambda text: quote(text.encode("utf-8", "surrogatepass"), safe="")),
    st.binary().map(quote_from_bytes),
    # What a careless program sends: raw bytes and broken escapes.
    st.text(st.characters(max_codepoint=255, exclude_characters="#"), max_size=30),
    st.sampled_from(["%", "%z", "%0", "+", "%00", "%ED%A0%80", "%0D%0A", "%E2%80%AE"]),
)
names = st.one_of(st.sampled_from(KNOWN), encoded)
values = st.one_of(st.sampled_from([*GOOD, "1", "-1", "9" * 13, "https://a.example"]), encoded)
mixtures = st.lists(st.tuples(names, values), max_size=12).map(
    lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
)
queries = st.one_of(encoded, mixtures, mixtures.map(lambda more: f"{ANSWERS}&{more}"))


@pytest.mark.parametrize("view", VIEWS)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(query=queries)
@example(query="\xff" * 1500)
@example(query=f"{ANSWERS}&issuer=" + "\xff" * 1200)
@example(query=f"{ANSWERS}&access-minutes=%EF%BC%95")
@example(query=f"{ANSWERS}&asked=team&asked=team")
def test_any_query_comes_to_an_end(view: str, query: str) -> None:
    client = Client()
    path = f"/tokens/{view}"
    for _ in range(MAX_HOPS + 1):
        response = client.get(path, QUERY_STRING=query)
        assert response.status_code < 500
        if response.status_code != 303:
            break
        path, _, query = urljoin(path, response["Location"]).partition("?")
    assert response.status_code in (200, 400, 414, 422)


@settings(max_examples=150, deadline=None)
@given(mixtures)
def test_a_canonical_address_stays(query: str) -> None:
    """Where a redirect leads, no second one follows within the same page."""
    client = Client()
    response = client.get("/tokens/ask", QUERY_STRING=query)
    if response.status_code == 303 and response["Location"].startswith("/tokens/ask"):
        assert client.get(response["Location"]).status_code in (200, 414)


@settings(max_examples=150, deadline=None)
@given(st.text())
def test_any_path_is_answered(path: str) -> None:
    address = "/" + quote(path.encode("utf-8", "surrogatepass"), safe="/")
    assert Client().get("/tokens" + address).status_code in (200, 301, 303, 404)

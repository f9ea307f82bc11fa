"""A moderator withdraws a recommendation in Django's admin."""

from pathlib import Path

import pytest
from django.conf import settings as site
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Permission, User
from django.test import Client

from advisor.models import Recommendation
from tests.support.deployed import environment, run, serving
from tests.support.html import Element, Form, page
from tests.support.kit_files import unpacked
from tests.support.saving import relations, save, save_again, titles

pytestmark = pytest.mark.django_db

SECRETS = ("Salaries of Ann", "Only for the board", "Mallory")
BECAUSE = "It names a person.\nSee <b>the policy</b>."
ADMIN = "/admin/advisor/recommendation/"


@pytest.fixture
def moderator(moderated: None) -> Client:  # noqa: ARG001 - its effect
    """Somebody who may withdraw, and nothing else."""
    user = User.objects.create_user("mia", password="a long password", is_staff=True)
    wanted = ["view_recommendation", "change_recommendation"]
    user.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    client = Client()
    assert client.login(username="mia", password="a long password")
    return client


@pytest.fixture
def address(client: Client) -> str:
    """The record that has to go."""
    title, context, author = SECRETS
    return save(client, title=title, context=context, author=author)


def record() -> Recommendation:
    return Recommendation.objects.order_by("saved_at")[0]


def withdrawing(moderator: Client, address: str) -> Form:
    """The moderator's form, found by the link of the record."""
    listed = page(moderator.get(ADMIN, {"q": f"https://advisor.example{address}"}))
    (row,) = listed.one("table", id="result_list").one("tbody").all("tr")
    shown = page(moderator.get(row.one("th").one("a")["href"])).one(
        "form", id="recommendation_form"
    )
    shown.attributes["action"] = row.one("th").one("a")["href"]
    return Form(shown)


def withdraw(moderator: Client, address: str, because: str = BECAUSE) -> None:
    sent = withdrawing(moderator, address).set("withdrawn_because", because).post(moderator)
    assert sent.status_code == 302


def shown(client: Client, address: str) -> Element:
    response = client.get(address)
    assert response.status_code == 200
    return page(response)


def test_the_link_says_that_it_is_withdrawn_when_and_why(
    client: Client, moderator: Client, address: str
) -> None:
    withdraw(moderator, address)
    page = shown(client, address)
    notice = page.one("aside", class_="withdrawn")
    day = record().withdrawn_at
    assert day is not None
    assert notice.one("h2").text == f"Withdrawn on {day.day} {day:%B %Y}"
    assert notice.one(class_="reason").text == "It names a person. See <b>the policy</b>."
    assert page.one("h1").text == "Withdrawn decision"
    assert not page.has("meta", property="og:title")


def test_the_link_keeps_answers_result_and_config(
    client: Client, moderator: Client, address: str
) -> None:
    def kept() -> list[str]:
        main = shown(client, address).one("main")
        return [main.one(id=part).text for part in ("why", "outcome", "caveats")]

    def files() -> dict[str, str]:
        return unpacked(client.get(f"{address}kit.zip").content)

    before, archive = kept(), files()
    withdraw(moderator, address)
    readme = "jwt-hs256/README.md"
    note = "> Status when downloaded: withdrawn.\n"
    assert kept() == before
    assert note in files()[readme]
    assert files() | {readme: files()[readme].replace(note, "")} == archive


@pytest.mark.parametrize(
    "path", ["", "recommendation.md", "recommendation.json", "kit.zip", "badge.svg"]
)
def test_nothing_shows_what_was_typed(
    client: Client, moderator: Client, address: str, path: str
) -> None:
    withdraw(moderator, address)
    response = client.get(address + path)
    assert response.status_code == 200
    for secret in SECRETS:
        assert secret.encode() not in response.content


def test_the_exports_say_it_too(client: Client, moderator: Client, address: str) -> None:
    withdraw(moderator, address)
    saved = client.get(f"{address}recommendation.json").json()["saved"]
    day = record().withdrawn_at
    assert day is not None
    assert saved["withdrawn"] == {"at": day.isoformat(), "because": BECAUSE}
    markdown = client.get(f"{address}recommendation.md").content.decode()
    assert "status: withdrawn" in markdown
    assert f"This decision was withdrawn on {day:%Y-%m-%d}: It names" in markdown
    assert "\\<b>the" in markdown
    assert ">withdrawn</text>" in client.get(f"{address}badge.svg").content.decode()


def test_the_register_lists_it_without_what_was_typed(
    client: Client, moderator: Client, address: str
) -> None:
    withdraw(moderator, address)
    for path in ("/r/", "/r/?status=withdrawn", "/r/register.json"):
        response = client.get(path)
        assert b"Withdrawn decision" in response.content
        for secret in SECRETS:
            assert secret.encode() not in response.content
    assert titles(client, "/r/?status=current") == []
    (item,) = client.get("/r/register.json").json()["recommendations"]
    assert item["status"] == "withdrawn"
    assert item["withdrawn"]["because"].startswith("It names a person.")


@pytest.mark.parametrize("word", ["salaries", "board"])
def test_nobody_finds_it_by_its_words(
    client: Client, moderator: Client, address: str, word: str
) -> None:
    assert titles(client, f"/r/?q={word}") == [SECRETS[0]]
    withdraw(moderator, address)
    assert titles(client, f"/r/?q={word}") == []


def test_its_successor_does_not_tell_its_title(
    client: Client, moderator: Client, address: str
) -> None:
    second = save_again(client, address, "Second")
    withdraw(moderator, address)
    (line,) = relations(client, second)
    assert line.startswith("Supersedes Withdrawn decision, saved on ")
    assert titles(client, "/r/?status=superseded") == []


def test_an_empty_reason_takes_it_back(client: Client, moderator: Client, address: str) -> None:
    before = client.get(address).content
    withdraw(moderator, address)
    withdraw(moderator, address, "")
    assert client.get(address).content == before
    assert titles(client, "/r/?q=salaries&status=current") == [SECRETS[0]]


def test_taken_back_it_is_superseded_as_before(
    client: Client, moderator: Client, address: str
) -> None:
    save_again(client, address, "Second")
    withdraw(moderator, address)
    withdraw(moderator, address, " ")
    assert titles(client, "/r/?status=superseded") == [SECRETS[0]]


def test_a_better_reason_keeps_the_date(moderator: Client, address: str) -> None:
    withdraw(moderator, address, "It is wrong.")
    first = record().withdrawn_at
    withdraw(moderator, address, "It names a person.")
    assert record().withdrawn_at == first
    assert record().withdrawn_because == "It names a person."
    assert record().withdrawn_by == "mia"


def test_the_admin_keeps_who_did_what(moderator: Client, address: str) -> None:
    withdraw(moderator, address)
    history = page(moderator.get(f"{ADMIN}{quote(record().pk)}/history/"))
    assert "Withdrawn: It names a person." in history.one(id="change-history").text
    assert "mia" in history.one(id="change-history").text


def test_a_moderator_can_change_nothing_else(moderator: Client, address: str) -> None:
    sent = withdrawing(moderator, address).set("withdrawn_because", BECAUSE)
    names = {name for name, _ in sent.fields}
    assert names == {"csrfmiddlewaretoken", "withdrawn_because", "_save"}
    sent.fields += [("title", "Other"), ("author", "Other"), ("withdrawn_by", "nobody")]
    assert sent.post(moderator).status_code == 302
    assert (record().title, record().author) == (SECRETS[0], SECRETS[2])
    assert record().withdrawn_by == "mia"


@pytest.mark.parametrize("page", ["add/", "{id}/delete/"])
@pytest.mark.usefixtures("address")
def test_a_moderator_can_neither_add_nor_delete(moderator: Client, page: str) -> None:
    assert moderator.get(ADMIN + page.format(id=quote(record().pk))).status_code == 403
    assert moderator.post(ADMIN + page.format(id=quote(record().pk))).status_code == 403
    user = User.objects.get()
    user.is_superuser = True
    user.save()
    assert moderator.post(ADMIN + page.format(id=quote(record().pk))).status_code == 403
    assert Recommendation.objects.count() == 1


@pytest.mark.usefixtures("address")
def test_who_may_only_look_cannot_withdraw(moderator: Client) -> None:
    User.objects.get().user_permissions.remove(
        Permission.objects.get(codename="change_recommendation")
    )
    change = f"{ADMIN}{quote(record().pk)}/change/"
    assert moderator.get(change).status_code == 200
    assert moderator.post(change, {"withdrawn_because": BECAUSE}).status_code == 403
    assert record().withdrawn_at is None


@pytest.mark.usefixtures("moderated", "address")
def test_visitors_are_asked_to_sign_in(client: Client) -> None:
    response = client.get(ADMIN)
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")
    assert (
        client.post(f"{ADMIN}{quote(record().pk)}/change/", {"withdrawn_because": "x"}).status_code
        == 302
    )
    assert record().withdrawn_at is None


@pytest.mark.usefixtures("moderated")
def test_pages_before_saving_stay_without_cookies(client: Client) -> None:
    for path in ("/", "/tokens/ask", "/r/"):
        response = client.get(path)
        assert not response.cookies
        assert "Cookie" not in response.get("Vary", "")


def test_there_is_no_admin_unless_it_is_asked_for(client: Client) -> None:
    assert client.get("/admin/").status_code == 404
    assert client.get("/admin/login/").status_code == 404


@pytest.mark.parametrize(
    "access", [{}, {"ADVISOR_ACCESS": "proxy", "ADVISOR_PROXY_ADDRESSES": "unix"}]
)
def test_an_installation_with_moderators_passes_its_checks(
    tmp_path: Path, access: dict[str, str]
) -> None:
    env = environment(ADVISOR_VAR=str(tmp_path), ADVISOR_MODERATION="1", **access)
    done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", env=env)
    assert done.returncode == 0, done.stderr


def test_an_installation_has_moderators_where_it_says_so(tmp_path: Path) -> None:
    with serving(tmp_path, ADVISOR_MODERATION="1") as running:
        answer = running.get("/admin/login/")
        assert answer.status == 200
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "__Host-csrf" in answer.headers["Set-Cookie"]
        assert running.get("/admin/").status == 302
        assert running.get("/").status == 200


def test_a_tree_cannot_take_the_address_of_the_admin() -> None:
    from advisor.ops.checks import TAKEN

    assert "admin" in TAKEN
    assert site.ROOT_URLCONF == "advisor.urls"


@pytest.mark.usefixtures("address")
def test_the_moderators_list_counts_no_more_records_than_it_shows(moderator: Client) -> None:
    searched = page(moderator.get(ADMIN, {"q": "nothing"}))
    assert searched.one(class_="quiet").one("a").text == "Show all"


COLUMNS = ["Title", "Author", "Tree", "Saved at", "Withdrawn at"]
FIELDS = [
    "Link", "Title", "Context", "Author", "Identified", "Reason", "Decision makers", "Consulted",
    "Informed", "Discussion", "Review by", "Saved at", "Tree", "Version",
    "Withdrawn at", "Withdrawn by", "Reason",
]  # fmt: skip


def test_the_moderators_list_shows_the_newest_first(
    client: Client, moderator: Client, address: str
) -> None:
    save_again(client, address, "Second")
    listed = page(moderator.get(ADMIN))
    assert [
        head.text for head in listed.one("table", id="result_list").one("thead").all("th")
    ] == COLUMNS
    rows = listed.one("table", id="result_list").one("tbody").all("tr")
    assert [row.one("th").text for row in rows] == ["Second", SECRETS[0]]
    assert listed.one(id="searchbar_helptext").text == "Link or id of a decision"
    assert not listed.has("select", name="action")


def test_the_moderators_form_shows_the_record_and_says_what_a_reason_does(
    moderator: Client, address: str
) -> None:
    shown = withdrawing(moderator, address).element
    labels = [*shown.all("label"), *shown.all("div", class_="flex-container")]
    assert {label.text.partition(":")[0] for label in labels} >= set(FIELDS)
    assert shown.all("a", href=address)[0].text == address
    assert shown.one(class_="help").text == (
        "A reason withdraws the decision, and everyone with the link can read it. The page of the "
        "decision still shows the answers and the result, but hides everything that people typed. "
        "Delete the reason to restore the decision."
    )
    assert shown.one("textarea")["rows"] == "4"
    assert shown.one("textarea")["maxlength"] == "1000"


def test_the_history_says_that_a_decision_was_restored(moderator: Client, address: str) -> None:
    withdraw(moderator, address)
    history = f"{ADMIN}{quote(record().pk)}/history/"
    assert "Restored" not in page(moderator.get(history)).one(id="change-history").text
    withdraw(moderator, address, "")
    assert "Restored" in page(moderator.get(history)).one(id="change-history").text

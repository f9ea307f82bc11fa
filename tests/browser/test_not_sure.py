"""Somebody who does not know an answer: from the question to the record, and to a sure answer."""

import pytest
from playwright.sync_api import expect

from advisor.models import Recommendation
from tests.support.visit import TITLE, Visit
from tests.support.windows import NewVisit


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def team(request: pytest.FixtureRequest, new_visit: NewVisit) -> Visit:
    """The team that decides."""
    return new_visit(java_script_enabled=request.param)


def not_sure(visit: Visit) -> None:
    visit.page.get_by_text("Not sure", exact=True).click()
    visit.go_on()


def test_what_nobody_was_sure_of_stays_an_open_point_until_it_is_answered(team: Visit) -> None:
    team.start()
    not_sure(team)
    team.answer({"services": "many", "confidential": "no", "team": "runs-jwt"})
    team.recommends("jwt-blocklist")
    assert team.state["revocation"] == "unsure"
    points = team.page.get_by_role("region", name="Open points")
    expect(points).to_contain_text("Assumed: Yes, at once")
    expect(points.get_by_role("link", name="Yes, within minutes")).to_be_visible()

    team.page.get_by_role("link", name="Save as decision").click()
    team.save()
    first = team.path
    expect(points).to_contain_text("Nobody was sure of this answer")
    expect(team.page.locator(".trail").first).to_contain_text("assumed")

    team.page.get_by_role("link", name="Replace this decision").click()
    points.get_by_role("link", name="Answer this question").click()
    team.asks("revocation")
    team.choose("revocation", "soon")
    team.go_on()
    team.recommends("access-refresh")
    expect(points).to_have_count(0)
    team.page.get_by_role("link", name="Save as decision").click()
    expect(team.page.get_by_label("Title")).to_have_value(TITLE)
    team.page.get_by_role("button", name="Save").click()
    expect(team.heading).to_have_text(TITLE)
    expect(points).to_have_count(0)

    team.go(first)
    expect(team.page.locator(".decision-status")).to_contain_text("Superseded")
    expect(points).to_be_visible()
    assert Recommendation.objects.count() == 2


def test_several_open_points_are_listed_in_the_order_of_the_questions(team: Visit) -> None:
    team.start()
    for question in ("revocation", "services", "confidential", "team"):
        team.asks(question)
        not_sure(team)
    points = team.page.get_by_role("region", name="Open points")
    expect(points.get_by_role("listitem")).to_have_count(4)
    expect(points).to_contain_text("Nobody was sure of these answers")

"""The whole journey in a browser that runs no script: links and forms alone."""

import re

from playwright.sync_api import expect

from advisor.models import Recommendation
from tests.support.visit import ANSWERS, AUTHOR, CONTEXT, RESULT, SAVE, TITLE, Visit, ask_of
from tests.support.windows import NewVisit

ISSUER = "https://login.shop.example"


def test_the_way_from_the_start_page_leads_to_a_link_that_others_can_open(
    plain: Visit, new_visit: NewVisit
) -> None:
    plain.start()
    given: dict[str, str] = {}
    for number, (question, answer) in enumerate(ANSWERS.items(), 1):
        plain.asks(question)
        expect(plain.page.get_by_text(f"Question {number} of 4")).to_be_visible()
        assert plain.page.locator("input:checked").count() == 0
        plain.choose(question, answer)
        plain.go_on()
        given[question] = answer
        assert plain.state == given
    plain.recommends("jwt-asymmetric")

    plain.page.get_by_label("Issuer").fill(ISSUER)
    plain.page.get_by_role("button", name="Apply to the code").click()
    expect(plain.file).to_contain_text(f'ISSUER = "{ISSUER}"')
    expect(plain.file).to_be_in_viewport()
    plain.page.get_by_role("link", name="Save as decision").click()

    plain.fill_in(title="", context=CONTEXT, author=AUTHOR)
    plain.page.get_by_role("button", name="Save").click()
    expect(plain.page.get_by_role("alert")).to_contain_text("Enter a title.")
    expect(plain.page.get_by_label("Context")).to_have_value(CONTEXT)
    expect(plain.page.get_by_label("Author")).to_have_value(AUTHOR)
    plain.save()
    expect(plain.heading).to_have_text(TITLE)
    assert re.fullmatch(r"/r/[\w-]{22}/", plain.path)

    expect(plain.page.locator("#secret-link")).to_be_visible()
    plain.page.reload()  # the secret link is shown once
    other = new_visit(java_script_enabled=False)
    other.go(plain.path)
    expect(other.heading).to_have_text(TITLE)
    expect(other.file).to_contain_text(f'ISSUER = "{ISSUER}"')
    assert other.page.locator("main").inner_html() == plain.page.locator("main").inner_html()


def test_no_answer_chosen_is_an_error_that_leads_to_the_answers(plain: Visit) -> None:
    plain.start()
    plain.go_on()
    alert = plain.page.get_by_role("alert")
    expect(plain.page).to_have_title(f"Error: {ask_of('revocation')} – Advisor")
    alert.get_by_role("link", name="Choose an answer.").click()
    expect(plain.page.get_by_role("radio").first).to_be_focused()


def test_change_keeps_the_other_answers(plain: Visit) -> None:
    plain.go(RESULT)
    change = f"Change the answer to: {ask_of('team')}"
    plain.page.get_by_role("link", name=change).click()
    plain.answer({"team": "runs-jwt"})
    plain.recommends("jwt-asymmetric")
    assert plain.state == {**ANSWERS, "team": "runs-jwt"}


def test_back_and_reload_are_the_browser_s_own(plain: Visit) -> None:
    plain.start()
    plain.answer({"revocation": "no", "services": "many"})
    plain.asks("confidential")
    plain.page.reload()
    plain.asks("confidential")
    plain.page.go_back()
    plain.asks("services")


def test_no_copy_button_promises_what_only_a_script_can_do(plain: Visit) -> None:
    plain.go(RESULT)
    expect(plain.file).to_be_visible()
    assert [
        button for button in plain.page.locator("[data-copy]").all() if button.is_visible()
    ] == []


def test_reloading_the_saved_page_saves_nothing(plain: Visit) -> None:
    plain.go(SAVE)
    plain.save()
    plain.page.reload()
    expect(plain.heading).to_have_text(TITLE)
    assert Recommendation.objects.count() == 1

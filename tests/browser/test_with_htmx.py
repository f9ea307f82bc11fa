"""The whole journey as most people make it: htmx swaps the page's main part."""

import io
import re
import zipfile

import pytest
from playwright.sync_api import expect

from advisor.models import Recommendation
from tests.support.visit import ANSWERS, AUTHOR, CONTEXT, RESULT, SAVE, TITLE, Visit, ask_of
from tests.support.windows import NewVisit

ISSUER = "https://login.shop.example"


def test_the_questions_follow_each_other_without_a_page_load(visit: Visit) -> None:
    visit.go("/")
    visit.mark()
    visit.page.get_by_role("link", name="Start", exact=True).click()
    given: dict[str, str] = {}
    for number, (question, answer) in enumerate(ANSWERS.items(), 1):
        visit.asks(question)
        expect(visit.page.get_by_text(f"Question {number} of 4")).to_be_visible()
        expect(visit.page).to_have_title(f"{ask_of(question)} – Advisor")
        expect(visit.heading).to_be_focused()
        assert visit.state == given
        assert visit.page.locator("input:checked").count() == 0
        visit.choose(question, answer)
        visit.go_on()
        given[question] = answer
    visit.recommends("jwt-asymmetric")
    expect(visit.heading).to_be_focused()
    assert visit.path == "/tokens/result"
    assert visit.state == ANSWERS
    assert visit.stayed


def test_back_and_forward_walk_through_the_questions(visit: Visit) -> None:
    visit.start()
    visit.mark()
    visit.answer({"revocation": "no", "services": "many"})
    visit.asks("confidential")
    for question in ("services", "revocation"):
        visit.page.go_back()
        visit.asks(question)
        expect(visit.page).to_have_title(f"{ask_of(question)} – Advisor")
    visit.page.go_forward()
    visit.asks("services")
    assert visit.state == {"revocation": "no"}
    # What came back from the history works as before, without a page load.
    visit.answer({"services": "one"})
    visit.asks("confidential")
    assert visit.state == {"revocation": "no", "services": "one"}
    assert visit.stayed


def test_back_leads_from_the_first_question_to_the_start_page(visit: Visit) -> None:
    visit.start()
    visit.page.go_back()
    expect(visit.page.get_by_role("link", name="Start", exact=True)).to_be_visible()
    assert visit.path == "/"


def test_a_reload_in_the_middle_shows_the_same_question(visit: Visit) -> None:
    visit.start()
    visit.answer({"revocation": "no", "services": "many"})
    visit.asks("confidential")
    visit.page.reload()
    visit.asks("confidential")
    expect(visit.page.get_by_text("Question 3 of 4")).to_be_visible()


def test_the_back_link_asks_the_question_before(visit: Visit) -> None:
    visit.start()
    visit.answer({"revocation": "no", "services": "many"})
    visit.asks("confidential")
    visit.page.get_by_role("link", name="Back", exact=True).click()
    visit.asks("services")
    assert visit.state == {"revocation": "no"}


def test_change_asks_one_question_and_keeps_the_other_answers(visit: Visit) -> None:
    visit.go(RESULT)
    change = f"Change the answer to: {ask_of('services')}"
    visit.page.get_by_role("link", name=change).click()
    visit.asks("services")
    visit.choose("services", "one")
    visit.go_on()
    visit.recommends("opaque-session")
    assert visit.state == {**ANSWERS, "services": "one"}


def test_a_link_opens_in_a_tab_of_its_own(visit: Visit) -> None:
    visit.start()
    visit.answer({"revocation": "no"})
    visit.asks("services")
    with visit.page.context.expect_page() as opened:
        visit.page.get_by_role("link", name="Back", exact=True).click(modifiers=["ControlOrMeta"])
    opened_visit = Visit(opened.value, visit.site)
    opened_visit.page.bring_to_front()  # Chromium gives a tab in the background little time
    opened_visit.asks("revocation")
    opened_visit.answer()
    opened_visit.recommends("jwt-asymmetric")
    visit.page.bring_to_front()
    visit.asks("services")


def test_values_are_written_into_the_files(visit: Visit) -> None:
    visit.go(RESULT)
    visit.mark()
    visit.page.get_by_label("Issuer").fill(ISSUER)
    visit.page.get_by_label("Access token lifetime").fill("5")
    visit.page.get_by_role("button", name="Apply to the code").click()
    expect(visit.file).to_contain_text(f'ISSUER = "{ISSUER}"')
    expect(visit.file).to_contain_text("ACCESS_MINUTES = 5")
    assert visit.state == {**ANSWERS, "issuer": ISSUER, "access-minutes": "5"}
    assert visit.stayed


def test_a_value_that_is_none_is_said_beside_its_field_and_kept(visit: Visit) -> None:
    visit.go(RESULT)
    field = visit.page.get_by_label("Access token lifetime")
    field.fill("6000")
    visit.page.get_by_role("button", name="Apply to the code").click()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("6000")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(re.compile("Error: .*1440"))


def test_copy_puts_the_whole_file_on_the_clipboard(new_visit: NewVisit) -> None:
    visit = new_visit(permissions=["clipboard-read", "clipboard-write"])
    visit.go(f"{RESULT}&issuer={ISSUER}")
    visit.page.get_by_role("button", name="Copy tokens.py").click()
    expect(visit.page.get_by_role("status")).to_have_text("Copied")
    copied = visit.page.evaluate("navigator.clipboard.readText()")
    assert copied == zipped(visit)["jwt-asymmetric/tokens.py"]


def test_copy_without_a_clipboard_selects_the_file(visit: Visit) -> None:
    visit.go(RESULT)
    visit.page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }"
    )
    visit.page.get_by_role("button", name="Copy tokens.py").click()
    expect(visit.page.get_by_role("status")).to_have_text(
        "The text is selected. Copy it with your keyboard."
    )
    selected = visit.page.evaluate("String(getSelection())").strip()
    assert selected == zipped(visit)["jwt-asymmetric/tokens.py"].strip()


def test_copy_as_markdown_puts_the_record_on_the_clipboard(new_visit: NewVisit) -> None:
    visit = new_visit(permissions=["clipboard-read", "clipboard-write"])
    visit.go(SAVE)
    visit.save()
    visit.page.get_by_role("button", name="Copy as Markdown").click()
    expect(visit.page.get_by_role("status")).to_have_text("Copied")
    copied = visit.page.evaluate("navigator.clipboard.readText()")
    href = visit.page.get_by_role("link", name="Markdown").get_attribute("href")
    whole = visit.page.request.get(f"{visit.site}{href}").text()
    assert whole.startswith("---\nstatus: proposed\n")
    # A comment of a pull request takes no front matter.
    assert copied == visit.page.request.get(f"{visit.site}{href}?as=comment").text()
    assert copied.startswith("# Checkout service\n")


@pytest.mark.parametrize(
    "trouble",
    [
        "() => { navigator.clipboard.write = () => Promise.reject(new Error('no')); }",
        "() => { window.fetch = () => Promise.reject(new Error('offline')); }",
        "() => { window.fetch = () => Promise.resolve(new Response('', {status: 501})); }",
    ],
)
def test_copy_as_markdown_says_where_it_failed(new_visit: NewVisit, trouble: str) -> None:
    visit = new_visit(permissions=["clipboard-read", "clipboard-write"])
    visit.go(RESULT)
    visit.page.evaluate(trouble)
    button = visit.page.get_by_role("button", name="Copy as Markdown")
    button.click()
    expect(visit.page.get_by_role("status")).to_have_text(
        "The text was not copied. Open it with the link beside the button."
    )
    after = button.evaluate("(button) => getComputedStyle(button, '::after').content")
    assert "not copied" in after


def test_the_download_holds_the_values(visit: Visit) -> None:
    visit.go(RESULT)
    visit.page.get_by_label("Issuer").fill(ISSUER)
    visit.page.get_by_role("button", name="Apply to the code").click()
    expect(visit.file).to_contain_text(ISSUER)
    files = zipped(visit)
    assert f'\nISSUER = "{ISSUER}"' in files["jwt-asymmetric/tokens.py"]
    assert "jwt-asymmetric/tests/test_claims.py" in files
    assert visit.path == "/tokens/result"


def test_an_error_in_the_save_form_is_focused_and_nothing_typed_is_lost(visit: Visit) -> None:
    visit.go(RESULT)
    visit.page.get_by_role("link", name="Save as decision").click()
    expect(visit.heading).to_have_text("Save this decision")
    visit.mark()
    visit.fill_in(title="", context=CONTEXT, author=AUTHOR)
    visit.page.get_by_role("button", name="Save").click()
    summary = visit.page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Enter a title.")
    expect(visit.page).to_have_title("Error: Save this decision – Advisor")
    expect(visit.page.get_by_label("Context")).to_have_value(CONTEXT)
    expect(visit.page.get_by_label("Author")).to_have_value(AUTHOR)
    summary.get_by_role("link", name="Enter a title.").click()
    expect(visit.page.get_by_label("Title")).to_be_focused()
    assert visit.stayed
    assert visit.state == ANSWERS
    assert Recommendation.objects.count() == 0
    visit.save()
    assert Recommendation.objects.get().title == TITLE


def test_the_way_from_the_start_page_leads_to_a_link_that_others_can_open(
    visit: Visit, new_visit: NewVisit
) -> None:
    visit.start()
    visit.mark()
    visit.answer()
    visit.recommends("jwt-asymmetric")
    visit.page.get_by_label("Issuer").fill(ISSUER)
    visit.page.get_by_role("button", name="Apply to the code").click()
    expect(visit.file).to_contain_text(ISSUER)
    visit.page.get_by_role("link", name="Save as decision").click()
    expect(visit.heading).to_have_text("Save this decision")
    visit.save()
    expect(visit.heading).to_have_text(TITLE)
    expect(visit.heading).to_be_focused()
    expect(visit.page).to_have_title(f"{TITLE} – Advisor")
    assert re.fullmatch(r"/r/[\w-]{22}/", visit.path)
    assert visit.stayed

    other = new_visit()
    other.go(visit.path)
    expect(other.heading).to_have_text(TITLE)
    expect(other.file).to_contain_text(f'ISSUER = "{ISSUER}"')
    # The markup of both, word for word; what htmx and scripts left on elements aside. The secret
    # link is shown once, to whoever saved.
    expect(visit.page.locator("#secret-link")).to_be_visible()
    visit.page.reload()
    assert other.page.locator("main").inner_text() == visit.page.locator("main").inner_text()
    assert other.page.context.cookies() == []


def test_back_after_saving_leads_to_the_result_and_saves_nothing(visit: Visit) -> None:
    visit.go(RESULT)
    visit.page.get_by_role("link", name="Save as decision").click()
    expect(visit.heading).to_have_text("Save this decision")
    visit.save()
    link = visit.path
    visit.page.go_back()
    visit.recommends("jwt-asymmetric")
    visit.page.go_forward()
    expect(visit.heading).to_have_text(TITLE)
    assert visit.path == link
    assert Recommendation.objects.count() == 1


def test_the_copy_button_of_a_saved_page_copies_its_link(new_visit: NewVisit) -> None:
    visit = new_visit(permissions=["clipboard-read", "clipboard-write"])
    visit.go(SAVE)
    visit.save()
    visit.page.get_by_role("button", name="Copy the link").click()
    expect(visit.page.get_by_role("status")).to_have_text("Copied")
    assert visit.page.evaluate("navigator.clipboard.readText()") == visit.page.url


def zipped(visit: Visit) -> dict[str, str]:
    """The files of the kit as the button on the page brings them."""
    with visit.page.expect_download() as download:
        visit.page.get_by_role("link", name="Download all files").click()
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}

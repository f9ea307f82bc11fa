"""No page leaves anything behind, asks anybody else, or breaks its own policy."""

from playwright.sync_api import Browser

from tests.support.visit import ANSWERS, RESULT, SAVE, Visit
from tests.support.windows import watch

# What makes the watch speak, and what it then says. Every other test relies on it.
OFFENCES = {
    "a script in the page": (
        "document.body.append(Object.assign(document.createElement('script'), {text: '1'}))",
        "refused by the policy: script-src-elem inline",
    ),
    "a style attribute": (
        "document.body.innerHTML = '<p style=\"color: red\">'",
        "refused by the policy: style-src-attr inline",
    ),
    "an image from elsewhere": (
        "document.body.innerHTML = '<img src=\"https://elsewhere.example/a.png\">'",
        "request to another host: https://elsewhere.example/a.png",
    ),
    "a file that is missing": (
        "document.body.innerHTML = '<img src=\"/static/missing.png\">'",
        "404 for {site}/static/missing.png",
    ),
    "a word in the console": ("console.warn('hm')", "console warning: hm"),
    "an exception": ("setTimeout(() => { throw new Error('oh') })", "unhandled: oh"),
}


def test_the_watch_hears_every_offence(browser: Browser, site: str) -> None:
    heard: list[str] = []
    with browser.new_context(base_url=site) as context:
        watch(context, site, heard)
        page = context.new_page()
        for act, _ in OFFENCES.values():
            page.goto("/")
            page.evaluate(f"() => {{ {act} }}")
            page.wait_for_timeout(200)
    missed = {
        offence
        for offence, (_, complaint) in OFFENCES.items()
        if not any(complaint.format(site=site) in message for message in heard)
    }
    assert missed == set()


def test_no_page_before_saving_sets_a_cookie_or_stores_more_than_its_address(visit: Visit) -> None:
    visit.start()
    visit.answer()
    visit.recommends("jwt-asymmetric")
    for path in ("/tokens/compare", "/tokens/ask?asked=revocation", "/nowhere", RESULT):
        visit.go(path)
        visit.heading.wait_for()
    assert visit.page.context.cookies() == []
    # htmx notes in the tab's own store where the tab is, which the tab knows anyhow.
    stored = "() => [...Object.values(localStorage), ...Object.values(sessionStorage)]"
    assert visit.page.evaluate(stored) == [visit.page.url.removeprefix(visit.site)]


def test_only_the_save_form_sets_a_cookie_and_scripts_cannot_read_it(visit: Visit) -> None:
    visit.go(SAVE)
    (cookie,) = visit.page.context.cookies()
    assert cookie["name"] == "csrftoken"
    assert cookie["httpOnly"] is True
    assert cookie["sameSite"] == "Lax"
    assert visit.page.evaluate("document.cookie") == ""


def test_the_address_holds_no_more_than_the_answers(visit: Visit) -> None:
    visit.start()
    visit.answer()
    visit.recommends("jwt-asymmetric")
    assert visit.state == ANSWERS

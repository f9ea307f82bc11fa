"""Every kind of page that the site has, and how one gets there."""

from collections.abc import Callable
from dataclasses import replace

from django.utils import timezone
from playwright.sync_api import expect

from advisor.models import Content, Recommendation
from advisor.saved import records
from advisor.saved.withdrawal import withdraw
from tests.support.visit import RESULT, SAVE, Visit

OPENERS: dict[str, Callable[[Visit], None]] = {
    "home": lambda visit: visit.go("/"),
    "first question": lambda visit: visit.go("/tokens/ask"),
    "first question, with an error": lambda visit: visit.go("/tokens/ask?asked=revocation"),
    "third question": lambda visit: visit.go("/tokens/ask?revocation=no&services=many"),
    "result": lambda visit: visit.go(RESULT),
    # A tie to know of, no caution: other parts than the first result has.
    "result, another": lambda visit: visit.go(
        "/tokens/result?revocation=now&services=many&confidential=yes&team=runs-jwt"
    ),
    "result, with an error": lambda visit: visit.go(f"{RESULT}&issuer=nowhere&access-minutes=600"),
    "save": lambda visit: visit.go(SAVE),
    "save, with errors": lambda visit: save_with_errors(visit),
    "saved": lambda visit: saved(visit),
    "question, to supersede": lambda visit: visit.go(f"/tokens/ask?supersedes={'x' * 22}"),
    "result, to supersede": lambda visit: visit.go(f"{RESULT}&supersedes={'x' * 22}"),
    "save, to supersede": lambda visit: save_again(visit),
    "superseded": lambda visit: superseded(visit),
    "withdrawn": lambda visit: withdrawn(visit),
    "register": lambda visit: register(visit),
    "register, narrowed": lambda visit: register(visit, "?q=checkout&status=superseded"),
    "register, with an error": lambda visit: visit.go("/r/?q=***&status=lost"),
    "register, empty": lambda visit: visit.go("/r/"),
    "saved, another outcome today": lambda visit: saved_and_drifted(visit),
    "saved, not shown": lambda visit: saved_in_another_format(visit),
    "signing off": lambda visit: signing_off(visit),
    "accepted": lambda visit: accepted(visit),
    "result, chosen instead": lambda visit: visit.go(f"{RESULT}&choose=paseto-public"),
    "outcome": lambda visit: visit.go("/tokens/outcomes/paseto-blocklist/"),
    "compare": lambda visit: visit.go("/tokens/compare"),
    "studio": lambda visit: visit.go("/tokens/studio"),
    "studio, with errors": lambda visit: studio_with_errors(visit),
    "studio, at a result": lambda visit: studio_at_a_result(visit),
    "message": lambda visit: visit.go("/tokens/ask?revocation=perhaps"),
    "not found": lambda visit: visit.go("/nowhere/"),
}


def save_with_errors(visit: Visit) -> None:
    visit.go(SAVE)
    visit.fill_in(title="", context="x" * 10_001, author="")
    visit.page.get_by_role("button", name="Save").click()
    expect(visit.page.get_by_role("alert")).to_be_focused()


def studio_with_errors(visit: Visit) -> None:
    visit.go("/tokens/studio")
    text = visit.page.get_by_label("Text of tree.yaml")
    text.fill(text.input_value().replace("recommend: jwt-hs256", "recommend: jwt-hs265"))
    expect(visit.page.locator(".flag")).to_have_count(1)


def studio_at_a_result(visit: Visit) -> None:
    visit.go("/tokens/studio")
    text = visit.page.get_by_label("Text of tree.yaml")
    text.fill(text.input_value().replace("label: Yes, at once", "label: Now"))
    expect(visit.page.locator(".difference").first).to_be_visible()
    for _ in range(4):
        asked = visit.page.locator("#walk legend").inner_text()
        visit.page.locator(".walk-on").first.click()
        expect(visit.page.locator("#walk legend", has_text=asked)).to_have_count(0)
    expect(visit.page.locator("#walk .verdict")).to_be_visible()


def saved(visit: Visit) -> None:
    visit.go(SAVE)
    visit.save(
        title="Checkout service of the shop, its partners and Donaudampfschiffahrtsgesellschaft",
        context="# Why\n\nThree teams, one *gateway*:\n\n* shop\n* partners\n\n"
        f"Run with `make {'x' * 80}`.",
    )


def save_again(visit: Visit) -> None:
    saved(visit)
    visit.page.get_by_role("link", name="Replace this decision").click()
    visit.page.get_by_role("link", name="Save as decision").click()
    expect(visit.page.get_by_text("This replaces")).to_be_visible()


def superseded(visit: Visit) -> None:
    """The second of three that supersede one another."""
    save_again(visit)
    visit.save(title="Checkout service, thought over")
    second = visit.path
    visit.page.get_by_role("link", name="Replace this decision").click()
    visit.page.get_by_role("link", name="Save as decision").click()
    visit.save(title="Checkout service, once more")
    visit.go(second)


def withdrawn(visit: Visit) -> None:
    saved(visit)
    because = f"It names people.\nSee {'x' * 80}."
    withdraw(Recommendation.objects.get(), because, "mia", timezone.now())
    visit.page.reload()


def register(visit: Visit, query: str = "") -> None:
    """With a line of every kind that needs no edit of the tree."""
    superseded(visit)
    visit.go(SAVE)
    visit.save(title="Withdrawn soon")
    withdraw(Recommendation.objects.latest("saved_at"), "It is wrong.", "mia", timezone.now())
    visit.go(f"/r/{query}")


def saved_and_drifted(visit: Visit) -> None:
    """As if the tree had said something else then, with all that can be opened open."""
    saved(visit)
    record = Recommendation.objects.get()
    then = replace(
        records.read_record(record).result,
        outcome="jwt-hs256",
        name="JWT under one secret",
        because=f"Because of `{'y' * 80}`.",
    )
    text = records.serialise(then)
    Content.objects.create(sha256=records.sha256_of(text), text=text)
    Recommendation.objects.update(result=records.sha256_of(text))
    visit.page.reload()
    for summary in visit.page.locator(".status-banner summary, .share summary").all():
        summary.click()
    expect(visit.page.locator(".changes li").first).to_be_visible()


def signing_off(visit: Visit) -> None:
    """The form that records an event, refused because nothing was chosen."""
    saved(visit)
    visit.page.get_by_role("link", name="Record what was decided").click()
    visit.page.get_by_label("Note").fill(f"Fine. {'z' * 80}")
    visit.page.get_by_role("button", name="Record").click()
    expect(visit.page.get_by_role("alert")).to_contain_text("Choose what was decided.")


def accepted(visit: Visit) -> None:
    saved(visit)
    link = visit.page.locator("#secret-link").get_attribute("href")
    assert link
    visit.go(link)
    visit.page.get_by_text("Accept this decision").click()
    visit.page.get_by_label("Who decided").fill("The architecture board")
    visit.page.get_by_label("Note").fill(f"Fine for *now*. {'z' * 80}")
    visit.page.get_by_role("button", name="Record").click()
    expect(visit.page.get_by_text("Accepted by")).to_be_visible()


def saved_in_another_format(visit: Visit) -> None:
    saved(visit)
    Recommendation.objects.update(format=9)
    visit.page.reload()
    expect(visit.page.get_by_role("heading", name="This decision cannot be shown")).to_be_visible()

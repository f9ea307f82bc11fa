"""Every kind of page that the site has, and how one gets there."""

from collections.abc import Callable

from django.utils import timezone
from playwright.sync_api import expect

from advisor.models import Recommendation
from advisor.withdrawing import withdraw
from tests.browser.visit import RESULT, SAVE, Visit

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
    "compare": lambda visit: visit.go("/tokens/compare"),
    "message": lambda visit: visit.go("/tokens/ask?revocation=perhaps"),
    "not found": lambda visit: visit.go("/nowhere/"),
}


def save_with_errors(visit: Visit) -> None:
    visit.go(SAVE)
    visit.fill_in(title="", context="x" * 10_001, author="")
    visit.page.get_by_role("button", name="Save").click()
    expect(visit.page.get_by_role("alert")).to_be_focused()


def saved(visit: Visit) -> None:
    visit.go(SAVE)
    visit.save(
        title="Checkout service of the shop, its partners and Donaudampfschiffahrtsgesellschaft",
        context="# Why\n\nThree teams, one *gateway*:\n\n* shop\n* partners\n\n"
        f"Run with `make {'x' * 80}`.",
    )


def save_again(visit: Visit) -> None:
    saved(visit)
    visit.page.get_by_role("link", name="Answer again").click()
    visit.page.get_by_role("link", name="Save this recommendation").click()
    expect(visit.page.get_by_text("It will say that it supersedes")).to_be_visible()


def superseded(visit: Visit) -> None:
    """The second of three that supersede one another."""
    save_again(visit)
    visit.save(title="Checkout service, thought over")
    second = visit.path
    visit.page.get_by_role("link", name="Answer again").click()
    visit.page.get_by_role("link", name="Save this recommendation").click()
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

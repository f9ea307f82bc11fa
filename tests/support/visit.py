"""What a visitor does on the site. Answers and fields are named by their ids, which stay when the
wording of a tree is edited."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from playwright.sync_api import Locator, Page, expect

from advisor import catalogue

# Four answers that lead to a kit with values of several types.
ANSWERS = {"revocation": "no", "services": "many", "confidential": "no", "team": "small"}
RESULT = "/tokens/result?" + urlencode(ANSWERS)
SAVE = "/tokens/save?" + urlencode(ANSWERS)

TITLE = "Checkout service"
CONTEXT = "Three teams, one *gateway*."
AUTHOR = "Payments team"


class Visit:
    def __init__(self, page: Page, site: str) -> None:
        self.page = page
        self.site = site

    # Going somewhere

    def go(self, path: str) -> None:
        self.page.goto(path)

    def start(self) -> None:
        self.go("/")
        self.page.get_by_role("link", name="Start", exact=True).click()
        self.asks("revocation")

    def choose(self, question: str, answer: str) -> None:
        """Click the words of an answer, as a person would."""
        radio = f'input[name="{question}"][value="{answer}"]'
        self.page.locator(f".choice:has({radio}) label").click()
        expect(self.page.locator(radio)).to_be_checked()

    def go_on(self) -> None:
        self.page.get_by_role("button", name="Continue").click()

    def answer(self, answers: Mapping[str, str] = ANSWERS) -> None:
        for question, answer in answers.items():
            self.asks(question)
            self.choose(question, answer)
            self.go_on()

    def save(self, title: str = TITLE, context: str = CONTEXT, author: str = AUTHOR) -> None:
        """Fill in the form and send it, up to the page of the record."""
        self.fill_in(title, context, author)
        self.page.get_by_role("button", name="Save").click()
        expect(self.page.get_by_text("Saved decision", exact=True)).to_be_visible()

    def fill_in(self, title: str = TITLE, context: str = CONTEXT, author: str = AUTHOR) -> None:
        self.page.get_by_label("Title").fill(title)
        self.page.get_by_label("Context").fill(context)
        self.page.get_by_label("Author").fill(author)

    # Where one is

    def asks(self, question: str) -> None:
        expect(self.heading).to_have_text(ask_of(question))

    def recommends(self, outcome: str) -> None:
        expect(self.page.get_by_text("Recommended token")).to_be_visible()
        expect(self.heading).to_have_text(name_of(outcome))

    @property
    def heading(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    @property
    def file(self) -> Locator:
        """The module of the kit, the first of its files."""
        return self.page.locator("#file-1")

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    @property
    def state(self) -> dict[str, str]:
        """What the address holds."""
        return dict(parse_qsl(urlsplit(self.page.url).query))

    # A page that stays is one that no full page load has replaced.

    def mark(self) -> None:
        self.page.evaluate("window.stayed = true")

    @property
    def stayed(self) -> bool:
        return self.page.evaluate("window.stayed === true") is True


def ask_of(question: str) -> str:
    return catalogue.loaded_trees()["tokens"].tree.document.questions[question].ask


def name_of(outcome: str) -> str:
    return catalogue.loaded_trees()["tokens"].tree.document.outcomes[outcome].name

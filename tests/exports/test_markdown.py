"""A result as a decision record in Markdown."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from advisor.engine.evaluate import Option, Requirement, Result, Ruling, evaluate
from advisor.engine.reader import read_folder
from advisor.exports.as_markdown import About, as_markdown

ROOT = Path(__file__).resolve().parents[2]
VERSION = "0" * 64
ABOUT = About(
    "Orders to shipping", "", "Ann", "2026-11-23T10:00:00+00:00", "https://a.example/r/x/"
)
HEADINGS = [
    "Context and Problem Statement",
    "Decision Drivers",
    "Considered Options",
    "Decision Outcome",
    "Consequences",
    "Pros and Cons of the Options",
    "Event log",
    "Request and response",
    "More Information",
]


def read(folder: str, **answers: str) -> Result:
    tree = read_folder(ROOT / folder).tree
    assert tree is not None
    result = evaluate(tree, answers)
    assert isinstance(result, Result)
    return result


RESULT = read("tests/trees/messaging", wait="no", readers="several", replay="no")


def parsed(text: str) -> SyntaxTreeNode:
    return SyntaxTreeNode(MarkdownIt("commonmark").parse(text))


def shown(node: SyntaxTreeNode) -> str:
    """What a reader reads, without markup."""
    return "".join(one.content for one in node.walk() if one.type in ("text", "code_inline"))


def headings(text: str) -> list[str]:
    return [shown(node) for node in parsed(text).walk() if node.type == "heading"]


def front(text: str) -> tuple[dict[str, object], str]:
    """The YAML in front, and the Markdown after it."""
    before, head, body = text.split("---\n", 2)
    assert before == ""
    return yaml.safe_load(head), body


def test_it_writes_the_whole_record() -> None:
    assert as_markdown(RESULT, VERSION) == (
        "# How should these two services talk?\n"
        "\n"
        "## Context and Problem Statement\n"
        "\n"
        "How should these two services talk?\n"
        "\n"
        "## Decision Drivers\n"
        "\n"
        "* Does the caller need the answer before it goes on? **No, it goes on.** "
        "Nothing is gained by holding the caller while the work is done.\n"
        "* How many services need each message? **Several.** "
        "Each reader keeps its own pace, and new ones may join.\n"
        "* Must old messages be readable again? **No, once is enough.** "
        "What has been handled is not needed again.\n"
        "\n"
        "## Considered Options\n"
        "\n"
        "* Message queue\n"
        "* Event log\n"
        "* Request and response\n"
        "\n"
        "## Decision Outcome\n"
        "\n"
        'Chosen option: "Message queue". '
        "A queue for each reader, fed by one exchange, is less to run than a log.\n"
        "\n"
        "Before it holds: Name an owner for the exchange.\n"
        "\n"
        "### Consequences\n"
        "\n"
        "* Good, because bursts are absorbed\n"
        "* Good, because retries without the caller\n"
        "* Bad, because a broker to run\n"
        "* Important: **Make handlers safe to repeat.** "
        "Brokers deliver at least once, so the same message comes twice some day.\n"
        "  ([Notes of the house](https://example.com/notes), §2)\n"
        "\n"
        "## Pros and Cons of the Options\n"
        "\n"
        "### Event log\n"
        "\n"
        "When readers come and go often.\n"
        "\n"
        "### Request and response\n"
        "\n"
        "Ruled out by “Waiting: No, it goes on”. "
        "Nobody waits for the answer, so nobody needs to be held.\n"
        "\n"
        "## More Information\n"
        "\n"
        f"Tree version `{VERSION}`.\n"
    )


CHANGED = Ruling(
    "house", "House rules", "The *cook*", "dry", "Recommends “A” instead of “B”.", "Rust."
)
ASKED = replace(
    CHANGED, rule="towel", effect="Adds to what has to be done.", because="Wet.\n\nCold."
)
RULED = replace(
    RESULT,
    rulings=(CHANGED, ASKED),
    requirements=(Requirement("house", "towel", "Bring a towel."),),
    alone=Option("log", "Event log", ""),
)


def test_it_says_what_policies_changed_and_what_they_ask_for() -> None:
    text = as_markdown(RULED, VERSION)
    assert "\n\nThe tree alone would have recommended “Event log”.\n\nBefore it holds:" in text
    assert (
        "\n\n### Changed by Policy\n"
        "\n"
        "* **Recommends “A” instead of “B”.** House rules (The \\*cook\\*), rule dry: Rust.\n"
        "\n"
        "### Confirmation\n"
        "\n"
        "* [ ] Bring a towel.\n"
        "  House rules (The \\*cook\\*), rule towel:\n"
        "\n"
        "  Wet.\n"
        "\n"
        "  Cold.\n"
        "\n"
    ) in text
    at = HEADINGS.index("Pros and Cons of the Options")
    both = ["Changed by Policy", "Confirmation"]
    assert headings(text)[1:] == [*HEADINGS[:at], *both, *HEADINGS[at:]]


def test_it_has_no_heading_for_policies_that_only_ask_for_something() -> None:
    text = as_markdown(replace(RULED, rulings=(ASKED,), alone=None), VERSION)
    assert "Changed by Policy" not in headings(text)
    assert "Confirmation" in headings(text)
    assert "alone" not in text


def test_a_saved_one_says_who_when_and_where() -> None:
    text = as_markdown(RESULT, VERSION, replace(ABOUT, context="Orders are *lost*."))
    head, body = front(text)
    assert head["status"] == "proposed"
    assert str(head["date"]) == "2026-11-23"
    assert head["decision-makers"] == "Ann"
    assert "\n# Orders to shipping\n" in body
    assert "\n## Context and Problem Statement\n\n> Orders are *lost*.\n\n## " in body
    assert body.endswith("\nSaved at <https://a.example/r/x/>.\n")


def test_it_leaves_out_what_a_result_does_not_have() -> None:
    bare = replace(RESULT, first="", gives=(), costs=(), caveats=(), alternatives=(), ruled_out=())
    assert headings(as_markdown(bare, VERSION))[1:] == [*HEADINGS[:4], HEADINGS[-1]]


@pytest.mark.parametrize(
    "author",
    [
        'Ann "the hat" O\'Neil',
        "back\\slash \\n",
        "a: b # c",
        "- item",
        "---",
        "{a: b}",
        "!!python/object:os.system x",
        "&a *a",
        "yes",
        "12:30",
        "🙂 日本語",
        "\u202edrow",
        "\ufeffmark",
        "bell\x07 escape\x1b[31m delete\x7f next\x85line",
        "new\nline: x\r\n---\nstatus: accepted",
        "separator\u2028line\u2029",
    ],
)
def test_the_front_matter_survives_any_author(author: str) -> None:
    head, _ = front(as_markdown(RESULT, VERSION, replace(ABOUT, author=author)))
    assert list(head) == ["status", "date", "decision-makers"]
    assert head["status"] == "proposed"
    assert head["decision-makers"] == " ".join(author.split())


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_the_front_matter_survives_every_author(author: str) -> None:
    head, _ = front(as_markdown(RESULT, VERSION, replace(ABOUT, author=author)))
    assert head["decision-makers"] == " ".join(author.split())


@pytest.mark.parametrize(
    "title",
    [
        "# Not a heading #",
        "*a* _b_ **c** `d`",
        "[x](javascript:alert(1)) ![y](z)",
        "<script>alert(1)</script>",
        "&lt;b&gt; &copy;",
        "1. first",
        "- item",
        "+ item",
        "===",
        "a\\",
        "a\nb",
        "~~x~~ | y",
    ],
)
def test_a_title_is_text_and_one_heading(title: str) -> None:
    _, body = front(as_markdown(RESULT, VERSION, replace(ABOUT, title=title)))
    assert headings(body) == [" ".join(title.split()), *HEADINGS]
    assert not [one for one in parsed(body).walk() if one.type in ("html_inline", "image")]


@pytest.mark.parametrize("name", ["- a", "+ a", "1. a", "12) a", "# a", "> a", "---", "~~~", "==="])
def test_a_name_is_text_and_one_item(name: str) -> None:
    options = parsed(as_markdown(replace(RESULT, name=name), VERSION)).children[6]
    assert [shown(item) for item in options.children] == [name, "Event log", "Request and response"]
    assert [one.type for one in options.children[0].children] == ["paragraph"]


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1))
def test_every_title_is_text_and_one_heading(title: str) -> None:
    _, body = front(as_markdown(RESULT, VERSION, replace(ABOUT, title=title)))
    assert headings(body) == [" ".join(title.split()), *HEADINGS]


@pytest.mark.parametrize(
    "context",
    [
        "# Heading\n\n## Decision Outcome",
        "Text\n===",
        "```\nnever closed",
        "~~~~ py\nnever closed",
        "<!-- never closed",
        "<script>\nnever closed",
        "<![CDATA[",
        "* a\n    * b\n\n        code",
        "line\r\nline\rline",
        "---",
        "> quoted\nlazily",
        "a\n\n\n\nb",
        "| a | b |\n|---|---|",
    ],
)
def test_a_context_ends_where_the_record_goes_on(context: str) -> None:
    _, body = front(as_markdown(RESULT, VERSION, replace(ABOUT, context=context)))
    top = [shown(one) for one in parsed(body).children if one.type == "heading"]
    assert top == ["Orders to shipping", *HEADINGS]


def test_texts_of_several_paragraphs_stay_apart_and_in_their_item() -> None:
    text = "One.\n\n* two\n* three\n\nFour."
    (caveat,) = RESULT.caveats
    result = replace(RESULT, because=text, first=text, caveats=(replace(caveat, text=text),))
    lists = [
        one for one in parsed(as_markdown(result, VERSION)).children if one.type == "bullet_list"
    ]
    items = [[child.type for child in item.children] for item in lists[-1].children]
    assert items[-1] == ["paragraph", "paragraph", "bullet_list", "paragraph", "paragraph"]
    assert len(lists) == 5


def test_an_address_with_brackets_stays_one_link() -> None:
    (caveat,) = RESULT.caveats
    source = replace(caveat.sources[0], url="https://example.com/a_(b)")
    result = replace(RESULT, caveats=(replace(caveat, sources=(source,)),))
    links = [one for one in parsed(as_markdown(result, VERSION)).walk() if one.type == "link"]
    assert [one.attrs["href"] for one in links] == ["https://example.com/a_%28b%29"]


def test_every_result_of_the_shipped_tree_is_well_formed() -> None:
    result = read(
        "tree/tokens", revocation="no", services="many", confidential="yes", team="invest"
    )
    text = as_markdown(result, VERSION)
    found = headings(text)
    assert found[1:6] == HEADINGS[:5]
    assert len(found) == 8 + len(result.alternatives) + len(result.ruled_out)
    linked = {one.attrs["href"] for one in parsed(text).walk() if one.type == "link"}
    assert {one.url for caveat in result.caveats for one in caveat.sources if one.url} <= linked

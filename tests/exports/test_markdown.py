"""A result as a decision record in Markdown."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from pymarkdown.api import PyMarkdownApi

from advisor.engine.reader import read_folder
from advisor.engine.tree.graph import Ask, Node
from advisor.engine.walking.evaluate import Option, Requirement, Result, Ruling, evaluate
from advisor.engine.walking.sensitivity import with_what_if
from advisor.exports.as_markdown import About, as_markdown
from tests.support.exported import RESULT, ROOT, read

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


def parsed(text: str) -> SyntaxTreeNode:
    return SyntaxTreeNode(MarkdownIt("commonmark").parse(text))


def shown(node: SyntaxTreeNode) -> str:
    """What a reader reads, without markup."""
    return "".join(child.content for child in node.walk() if child.type in ("text", "code_inline"))


def headings(text: str) -> list[str]:
    return [shown(node) for node in parsed(text).walk() if node.type == "heading"]


def front(text: str) -> tuple[dict[str, object], str]:
    """The YAML in front, and the Markdown after it."""
    before, head, body = text.split("---\n", 2)
    assert before == ""
    return yaml.safe_load(head), body


def test_it_writes_the_whole_record() -> None:
    assert (
        as_markdown(RESULT, VERSION, ["queue.py", "test_queue.py"])
        == f"""\
# How should these two services talk?

## Context and Problem Statement

How should these two services talk?

## Decision Drivers

- Does the caller need the answer before it goes on? **No, it goes on.** Nothing
  is gained by holding the caller while the work is done.
- How many services need each message? **Several.** Each reader keeps its own
  pace, and new ones may join.
- Must old messages be readable again? **No, once is enough.** What has been
  handled is not needed again.

```mermaid
flowchart TD
  n0["Waiting"]
  n1["Readers"]
  n2["Replay"]
  n3(["Message queue"])
  n0 -->|"No, it goes on"| n1
  n1 -->|"Several"| n2
  n2 -->|"No, once is enough"| n3
```

## Considered Options

- Message queue
- Event log
- Request and response

## Decision Outcome

Chosen option: “Message queue”, because:

A queue for each reader, fed by one exchange, is less to run than a log.

Before you start: Name an owner for the exchange.

### Consequences

- Good: bursts are absorbed
- Good: retries without the caller
- Bad: a broker to run

What to watch for:

- Important: **Make handlers safe to repeat.**

  Corrects: Exactly-once delivery is a setting.

  Brokers deliver at least once, so the same message comes twice some day.

  Sources: [Notes of the house](https://example.com/notes), §2.

### Confirmation

The code for “Message queue” comes with tests that attack it: `test_queue.py`.
Run them in every build, with `python -m pytest` in its folder.

## Pros and Cons of the Options

### Event log

When readers come and go often.

It would be recommended if the answer were “Replay: Yes, from a point in time”.

### Request and response

Ruled out by “Waiting: No, it goes on”. Nobody waits for the answer, so nobody
needs to be held.

It would be recommended if the answer were “Waiting: Yes, it waits”.

## More Information

If you changed one answer, the tree would recommend:

- “Waiting: Yes, it waits”: Request and response
- “Readers: One”: no change
- “Replay: Yes, from a point in time”: Event log

Tree version `{VERSION}`.
"""
    )


CHANGED = Ruling(
    "house", "House rules", "The *cook*", "dry", "Recommends “A” instead of “B”.", "Rust."
)
ASKED = replace(CHANGED, rule="towel", effect="Adds a requirement.", because="Wet.\n\nCold.")
RULED = replace(
    RESULT,
    rulings=(CHANGED, ASKED),
    requirements=(Requirement("house", "towel", "Bring a towel."),),
    alone=Option("log", "Event log", ""),
)


def test_it_says_what_policies_changed_and_what_they_ask_for() -> None:
    text = as_markdown(RULED, VERSION, ["test_queue.py"])
    first, then = "Without policies, the tree would recommend “Event log”.", "Before you start:"
    assert f"\n\n{first}\n\n{then}" in text
    assert (
        """
### Changed by Policy

- **Recommends “A” instead of “B”.** House rules (The \\*cook\\*), rule dry: Rust.

### Confirmation

The code for “Message queue” comes with tests that attack it: `test_queue.py`.
Run them in every build, with `python -m pytest` in its folder.

- [ ] Bring a towel.

  House rules (The \\*cook\\*), rule towel:

  Wet.

  Cold.

## Pros and Cons of the Options
"""
        in text
    )


def test_it_has_no_heading_for_policies_that_only_ask_for_something() -> None:
    text = as_markdown(replace(RULED, rulings=(ASKED,), alone=None), VERSION)
    assert "Changed by Policy" not in headings(text)
    assert "Confirmation" in headings(text)
    assert "alone" not in text


def test_a_saved_one_says_who_when_and_where() -> None:
    text = as_markdown(RESULT, VERSION, about=replace(ABOUT, context="Orders are *lost*."))
    head, body = front(text)
    assert head["status"] == "proposed"
    assert str(head["date"]) == "2026-11-23"
    assert head["decision-makers"] == "Ann"
    assert "\n# Orders to shipping\n" in body
    assert "\n## Context and Problem Statement\n\n> Orders are *lost*.\n\n" in body
    assert body.endswith("\nSaved at <https://a.example/r/x/>.\n")


def test_it_names_the_program_that_compares_an_application_with_it() -> None:
    named = "`python confirm.py recommendation.json` compares settings and samples with"
    assert named in as_markdown(RESULT, VERSION, ["queue.py", "confirm.py", "test_queue.py"])
    assert "confirm.py" not in as_markdown(RESULT, VERSION, ["queue.py", "test_queue.py"])


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
    head, _ = front(as_markdown(RESULT, VERSION, about=replace(ABOUT, author=author)))
    assert list(head) == ["status", "date", "decision-makers"]
    assert head["status"] == "proposed"
    assert head["decision-makers"] == " ".join(author.split())


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_the_front_matter_survives_every_author(author: str) -> None:
    head, _ = front(as_markdown(RESULT, VERSION, about=replace(ABOUT, author=author)))
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
    _, body = front(as_markdown(RESULT, VERSION, about=replace(ABOUT, title=title)))
    assert headings(body) == [" ".join(title.split()), *HEADINGS]
    assert not [node for node in parsed(body).walk() if node.type in ("html_inline", "image")]


@pytest.mark.parametrize("name", ["- a", "+ a", "1. a", "12) a", "# a", "> a", "---", "~~~", "==="])
def test_a_name_is_text_and_one_item(name: str) -> None:
    options = parsed(as_markdown(replace(RESULT, name=name), VERSION)).children[7]
    assert [shown(item) for item in options.children] == [name, "Event log", "Request and response"]
    assert [child.type for child in options.children[0].children] == ["paragraph"]


@given(st.text(max_size=90), st.text(max_size=90))
def test_the_path_stays_a_drawing_whatever_the_labels_hold(short: str, label: str) -> None:
    step = replace(RESULT.trail[0], short=short, label=label)
    text = as_markdown(replace(RESULT, trail=(step, *RESULT.trail[1:])), VERSION)
    [drawing] = [node for node in parsed(text).walk() if node.type == "fence"]
    assert drawing.info == "mermaid"
    lines = drawing.content.splitlines()
    assert len(lines) == 1 + 4 + 3
    assert all(len(line) <= 80 for line in lines)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1))
def test_every_title_is_text_and_one_heading(title: str) -> None:
    _, body = front(as_markdown(RESULT, VERSION, about=replace(ABOUT, title=title)))
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
    _, body = front(as_markdown(RESULT, VERSION, about=replace(ABOUT, context=context)))
    top = [shown(node) for node in parsed(body).children if node.type == "heading"]
    assert top == ["Orders to shipping", *HEADINGS]


def test_texts_of_several_paragraphs_stay_apart_and_in_their_item() -> None:
    text = "One.\n\n* two\n* three\n\nFour."
    (caveat,) = RESULT.caveats
    result = replace(RESULT, because=text, first=text, caveats=(replace(caveat, text=text),))
    lists = [
        node for node in parsed(as_markdown(result, VERSION)).children if node.type == "bullet_list"
    ]
    (item,) = lists[-2].children
    assert [child.type for child in item.children] == [
        "paragraph", "paragraph", "paragraph", "bullet_list", "paragraph", "paragraph"
    ]  # fmt: skip
    assert shown(item.children[0]) == "Important: Make handlers safe to repeat."
    assert shown(item.children[-1]) == "Sources: Notes of the house, §2."
    assert len(lists) == 7


def test_an_address_with_brackets_stays_one_link() -> None:
    (caveat,) = RESULT.caveats
    source = replace(caveat.sources[0], url="https://example.com/a_(b)")
    result = replace(RESULT, caveats=(replace(caveat, sources=(source,)),))
    links = [node for node in parsed(as_markdown(result, VERSION)).walk() if node.type == "link"]
    assert [link.attrs["href"] for link in links] == ["https://example.com/a_%28b%29"]


def every_path(node: Node) -> Iterator[dict[str, str]]:
    if isinstance(node, Ask):
        for answer, child in node.next.items():
            for rest in every_path(child):
                yield {node.question: answer} | rest
    else:
        yield {}


def test_markdownlint_finds_nothing_in_a_result_of_every_outcome(tmp_path: Path) -> None:
    tree = read_folder(ROOT / "tree" / "tokens").tree
    assert tree is not None
    for number, answers in enumerate(every_path(tree.root)):
        result = evaluate(tree, answers)
        assert isinstance(result, Result)
        about = replace(ABOUT, context="Orders are *lost*.\n\nWhy?") if number % 2 else None
        text = as_markdown(with_what_if(tree, result), VERSION, ["test_tokens.py"], about)
        (tmp_path / f"{result.outcome}.md").write_text(text)

    linter = PyMarkdownApi().enable_extension_by_identifier("front-matter")
    scanned = linter.scan_path(str(tmp_path))

    assert len(list(tmp_path.iterdir())) == tree.root.chosen.bit_count()
    assert [
        (failure.scan_file, failure.rule_id, failure.line_number)
        for failure in scanned.scan_failures
    ] == []


def test_every_result_of_the_shipped_tree_is_well_formed() -> None:
    result = read(
        "tree/tokens", revocation="no", services="many", confidential="yes", team="invest"
    )
    text = as_markdown(result, VERSION)
    outline = headings(text)
    assert outline[1:6] == HEADINGS[:5]
    assert len(outline) == 8 + len(result.alternatives) + len(result.ruled_out)
    linked = {node.attrs["href"] for node in parsed(text).walk() if node.type == "link"}
    assert {
        source.url for caveat in result.caveats for source in caveat.sources if source.url
    } <= linked

"""Headings with lines below them, as text for a terminal or Markdown for a comment on GitHub."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from advisor.engine.problems import printable

# GitHub takes a comment of 65,536 characters.
MAX_MARKDOWN = 60_000


@dataclass(frozen=True, slots=True)
class Item:
    """A line, what stands below it, and lines of code."""

    line: str
    below: tuple[str, ...] = ()
    code: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A heading with items; a `long` one may be folded."""

    title: str
    items: list[Item] = field(default_factory=list)
    long: bool = False


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its thing: `1 error`, `2 errors`.

    `2 policies` where the plural is given.
    """
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def text(head: Sequence[str], blocks: Iterable[Block]) -> str:
    """Return head and blocks as lines for a terminal."""
    lines = list(head)
    for block in blocks:
        lines += ["", block.title]
        for item in block.items:
            lines.append(f"  {item.line}")
            lines += (f"    {line}" for line in (*item.below, *item.code))
    return "".join(f"{printable(line)}\n" for line in lines)


def markdown(title: str, told: Sequence[str], blocks: Iterable[Block]) -> str:
    """Return what fits a comment on GitHub; what is cut off is counted. `told` are paragraphs."""
    first, *rest = map(escaped, told)
    whole = "\n\n".join((f"### {escaped(title)}", f"**{first}**", *rest)) + "\n"
    cut = 0
    for block in blocks:
        opening, closing = f"\n#### {block.title}\n\n", ""
        if block.long:
            named = f"{block.title} ({len(block.items)})"
            opening, closing = f"\n<details><summary>{named}</summary>\n\n", "\n</details>\n"
        room = MAX_MARKDOWN - len(whole) - len(opening) - len(closing)
        body = ""
        for number, item in enumerate(block.items):
            piece = _markdown_item(item)
            if len(body) + len(piece) > room:
                cut += len(block.items) - number
                break
            body += piece
        if body:
            whole += opening + body + closing
    return (
        f"{whole}\n*{cut} more are not shown here. The command prints all of them.*\n"
        if cut
        else whole
    )


def _markdown_item(item: Item) -> str:
    lines = [f"- {escaped(item.line)}"]
    lines += (f"  - {escaped(line)}" for line in item.below)
    if item.code:
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", "\n".join(item.code))), default=0))
        lines += [
            "",
            f"  {fence}diff",
            *(f"  {printable(line)}" for line in item.code),
            f"  {fence}",
        ]
    return "\n".join(lines) + "\n"


def escaped(words: str) -> str:
    """Return the words as Markdown that means nothing else: no markup, no HTML, nobody notified."""
    line = printable(" ".join(words.split()))
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = re.sub(r"([\\`*_\[\]|~])", r"\\\1", line)
    # A space without width keeps GitHub from reading names and numbers of issues into it.
    return re.sub(r"([@#])(?=\w)", "\\1\u200b", line)

"""A result as an architecture decision record in Markdown, in the shape of MADR 4."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import indent as indent_lines

from advisor.engine.evaluate import Citation, Result, Ruling


@dataclass(frozen=True, slots=True)
class About:
    """What a saved recommendation adds to its result; `context` is Markdown, `date` ISO 8601."""

    title: str
    context: str
    author: str
    date: str
    permalink: str


def as_markdown(result: Result, version: str, about: About | None = None) -> str:
    """The decision, its drivers, the options with the reasons they fell, and the consequences."""
    return "\n".join(_lines(result, version, about)).strip() + "\n"


def _lines(result: Result, version: str, about: About | None) -> Iterator[str]:
    if about:
        yield from ("---", "status: proposed", f"date: {about.date[:10]}")
        yield from (f"decision-makers: {_yaml(about.author)}", "---", "")
    yield from (f"# {_line(about.title if about else result.tree)}", "")
    yield from ("## Context and Problem Statement", "")
    if about and about.context:
        # Quoted, so that a heading or an unclosed fence in it ends with it.
        yield from (f"> {line}".rstrip() for line in re.split("\r\n|\r|\n", about.context))
    else:
        yield _line(result.tree)
    yield ""
    yield from ("## Decision Drivers", "")
    for step in result.trail:
        yield from _led(f"* {_line(step.ask)} **{_line(step.label)}.**", step.because, "  ")
    yield from ("", "## Considered Options", "", f"* {_line(result.name)}")
    others = [one.name for one in result.alternatives] + [one.name for one in result.ruled_out]
    yield from (f"* {_line(name)}" for name in others)
    yield from ("", "## Decision Outcome", "")
    yield from _led(f'Chosen option: "{_line(result.name)}".', result.because)
    if result.alone:
        yield from ("", f"The tree alone would have recommended “{_line(result.alone.name)}”.")
    if result.first:
        yield from ("", *_led("Before it holds:", result.first))
    if result.note:
        yield from ("", result.note)
    if result.gives or result.costs or result.caveats:
        yield from ("", "### Consequences", "")
    yield from (f"* Good, because {_line(one)}" for one in result.gives)
    yield from (f"* Bad, because {_line(one)}" for one in result.costs)
    for caveat in result.caveats:
        cited = "; ".join(map(_citation, caveat.sources))
        lead = f"* {caveat.weight.capitalize()}: **{_line(caveat.title)}.**"
        yield from (*_led(lead, caveat.text, "  "), f"  ({cited})")
    yield from _policies(result)
    if result.alternatives or result.ruled_out:
        yield from ("", "## Pros and Cons of the Options")
    for alternative in result.alternatives:
        yield from ("", f"### {_line(alternative.name)}", "", alternative.when)
    for out in result.ruled_out:
        yield from ("", f"### {_line(out.name)}", "")
        yield from _led(f"Ruled out by “{_line(out.short)}: {_line(out.label)}”.", out.because)
    yield from ("", "## More Information", "", f"Tree version `{version}`.")
    if about:
        yield from ("", f"Saved at <{about.permalink}>.")


def _policies(result: Result) -> Iterator[str]:
    """What policies changed, and what they want to be done; a rule is told once."""
    by_rule = {(ruling.policy, ruling.rule): ruling for ruling in result.rulings}
    asking = {(one.policy, one.rule): by_rule[one.policy, one.rule] for one in result.requirements}
    if len(asking) < len(by_rule):
        yield from ("", "### Changed by Policy", "")
    for name, ruling in by_rule.items():
        if name not in asking:
            yield from _led(f"* **{_line(ruling.effect)}** {_rule(ruling)}", ruling.because, "  ")
    if asking:
        yield from ("", "### Confirmation", "")
    for one in result.requirements:
        ruling = asking[one.policy, one.rule]
        yield from _led("* [ ]", one.text, "  ")
        yield from _led(f"  {_rule(ruling)}", ruling.because, "  ")


def _rule(ruling: Ruling) -> str:
    return f"{_line(ruling.title)} ({_line(ruling.owner)}), rule {ruling.rule}:"


def _led(lead: str, text: str, indent: str = "") -> Iterator[str]:
    """A Markdown text of the tree behind the words that lead to it, below them if it has lines."""
    if "\n" not in text:
        yield f"{lead} {text}"
    else:
        yield from (lead, "", indent_lines(text, indent), "")


def _line(text: str) -> str:
    """One line that is text in Markdown, whatever it holds."""
    escaped = re.sub(r"[\\`*_\[\]<>#&~|]", r"\\\g<0>", " ".join(text.split()))
    # What begins a list or underlines a heading.
    return re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", escaped)


def _yaml(text: str) -> str:
    """One line as a quoted YAML scalar."""
    marks = (
        char if char.isprintable() and char not in '"\\' else f"\\U{ord(char):08x}"
        for char in " ".join(text.split())
    )
    return f'"{"".join(marks)}"'


def _citation(one: Citation) -> str:
    url = one.url.replace("(", "%28").replace(")", "%29")
    title = f"[{_line(one.short)}]({url})" if url else _line(one.short)
    return f"{title}, {_line(one.place)}" if one.place else title

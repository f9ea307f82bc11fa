"""A result as an architecture decision record in Markdown, in the shape of MADR 4."""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.engine.evaluate import Citation, Result


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
    yield from ((about.context if about and about.context else _line(result.tree)), "")
    yield from ("## Decision Drivers", "")
    for step in result.trail:
        yield f"* {_line(step.ask)} **{_line(step.label)}.** {_joined(step.because)}"
    yield from ("", "## Considered Options", "", f"* {_line(result.name)}")
    others = [one.name for one in result.alternatives] + [one.name for one in result.ruled_out]
    yield from (f"* {_line(name)}" for name in others)
    yield from ("", "## Decision Outcome", "")
    yield f'Chosen option: "{_line(result.name)}". {_joined(result.because)}'
    if result.first:
        yield from ("", f"Before it holds: {_joined(result.first)}")
    if result.note:
        yield from ("", _joined(result.note))
    yield from ("", "### Consequences", "")
    yield from (f"* Good, because {_line(one)}" for one in result.gives)
    yield from (f"* Bad, because {_line(one)}" for one in result.costs)
    for caveat in result.caveats:
        cited = "; ".join(map(_citation, caveat.sources))
        yield f"* {caveat.weight.capitalize()}: **{_line(caveat.title)}.** {_joined(caveat.text)}"
        yield f"  ({cited})"
    if result.alternatives or result.ruled_out:
        yield from ("", "## Pros and Cons of the Options")
    for alternative in result.alternatives:
        yield from ("", f"### {_line(alternative.name)}", "", _joined(alternative.when))
    for out in result.ruled_out:
        yield from ("", f"### {_line(out.name)}", "")
        yield f"Ruled out by “{_line(out.short)}: {_line(out.label)}”. {_joined(out.because)}"
    yield from ("", "## More Information", "", f"Tree version `{version}`.")
    if about:
        yield from ("", f"Saved at <{about.permalink}>.")


def _line(text: str) -> str:
    """One line that is text in Markdown, whatever it holds."""
    for mark in "\\`*_[]<>#":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())


def _joined(text: str) -> str:
    """A Markdown text of the tree as one paragraph."""
    return " ".join(text.split())


def _yaml(text: str) -> str:
    """One line as a quoted YAML scalar."""
    line = " ".join(text.split())
    return '"' + line.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _citation(one: Citation) -> str:
    title = f"[{_line(one.short)}]({one.url})" if one.url else _line(one.short)
    return f"{title}, {_line(one.place)}" if one.place else title

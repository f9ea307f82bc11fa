"""A result as an architecture decision record in Markdown, in the shape of MADR 4."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import indent as indent_lines

import mdformat
from markdown_it import MarkdownIt

from advisor.engine.printing.diagrams import trail_as_mermaid
from advisor.engine.walking.evaluate import (
    Departure,
    Nearest,
    OtherAnswer,
    Result,
    ResultCaveat,
    ResultCitation,
    Ruling,
)

# mdformat gives lists, fences and line ends one form, and the width that markdownlint asks for.
_WIDTH = 80
_MARKDOWN = MarkdownIt("commonmark")
# A kit's program, where it has one, that holds an application against the exported decision.
CONFIRM = "confirm.py"


@dataclass(frozen=True, slots=True)
class Review:
    """What somebody recorded about a decision: `accepted`, by whom, when, and in which words."""

    kind: str
    by: str
    date: str
    note: str


@dataclass(frozen=True, slots=True)
class About:
    """What a decision adds to its result; `context` and `reason` are Markdown, dates are ISO 8601.

    `supersedes` and `superseded_by` are links, empty where there are none. A withdrawn one has no
    author, and nothing else that people typed. `reason` says why the chosen outcome is not the
    recommended one.
    """

    title: str
    context: str
    author: str
    date: str
    permalink: str
    supersedes: str = ""
    withdrawn_on: str = ""
    withdrawn_because: str = ""
    status: str = "proposed"
    reason: str = ""
    decision_makers: str = ""
    consulted: str = ""
    informed: str = ""
    discussion: str = ""
    review_by: str = ""
    overdue: bool = False
    superseded_by: tuple[str, ...] = ()
    reviews: tuple[Review, ...] = ()

    @property
    def updated(self) -> str:
        """Return when somebody last decided something, which is what MADR wants as the date."""
        return self.reviews[-1].date if self.reviews else self.date

    @property
    def status_line(self) -> str:
        """Return the status as MADR writes it: a superseded decision names its successors."""
        if self.status == "superseded":
            return f"superseded by {', '.join(self.superseded_by)}"
        return self.status


def as_markdown(
    result: Result,
    version: str,
    files: Iterable[str] = (),
    about: About | None = None,
    *,
    is_comment: bool = False,
) -> str:
    """Return the decision: context, options with the reasons they fell, outcome, consequences.

    `files` are the names of the kit's files, of which the tests confirm the decision. A comment has
    no front matter, which would become a line and a heading there, and no line breaks inside
    paragraphs, which many sites keep.
    """
    lines = [
        *_problem(result, about),
        *_options(result),
        *_decision(result, about),
        *_open_points(result),
        *_consequences(result),
        *_policies(result),
        *_reviews(about),
        *_confirmation(result, tuple(files)),
        *_comparison(tuple(files)),
        *_pros_and_cons(result),
        *_more(result, version, about),
    ]
    if is_comment:
        heading, *rest = lines
        lines = [heading, "", *_status(about), *rest]
        return _formed("\n".join(lines).strip() + "\n", "no")
    return "".join(_front_matter(about)) + _formed("\n".join(lines).strip() + "\n", _WIDTH)


def _formed(text: str, wrap: int | str) -> str:
    """Return the same text in one form, or as it is where mdformat would change what it says."""
    formed = mdformat.text(text, options={"wrap": wrap, "number": False})
    before, after = (_MARKDOWN.render(version).split() for version in (text, formed))
    return formed if before == after else text


def _front_matter(about: About | None) -> Iterator[str]:
    if about:
        yield f"---\nstatus: {about.status_line}\n"
        yield f"date: {about.updated[:10]}\n"
        if not about.withdrawn_on:
            yield f"decision-makers: {_yaml(about.decision_makers or about.author)}\n"
        others = {"consulted": about.consulted, "informed": about.informed}
        yield from (f"{name}: {_yaml(names)}\n" for name, names in others.items() if names)
        yield "---\n\n"


def _status(about: About | None) -> Iterator[str]:
    """Yield what the front matter says, for a text that has none."""
    if about:
        after = ", ".join(f"<{link}>" for link in about.superseded_by)
        by = f" by {after}" if about.status == "superseded" else ""
        yield from (f"Status: {about.status}{by}. Last updated on {about.updated[:10]}.", "")
        people = {
            "Decision makers": "" if about.withdrawn_on else about.decision_makers or about.author,
            "Consulted": about.consulted,
            "Informed": about.informed,
        }
        yield from (f"* {role}: {_line(names)}" for role, names in people.items() if names)
        yield ""


def _problem(result: Result, about: About | None) -> Iterator[str]:
    yield from (f"# {_line(about.title if about else result.tree)}", "")
    if about and about.withdrawn_on:
        because = _line(about.withdrawn_because)
        yield from (
            f"This decision was withdrawn on {about.withdrawn_on[:10]}: {because}",
            "",
        )
    yield from ("## Context and Problem Statement", "")
    if about and about.context:
        # Quoted, so that a heading or an unclosed fence in it ends with it.
        yield from (*_quoted(about.context), "")
    yield _line(result.tree)
    yield from ("", "## Decision Drivers", "")
    for step in result.trail:
        answer = f"{_line(step.label)} (assumed)" if step.assumed else _line(step.label)
        yield from _led(f"* {_line(step.ask)} **{answer}.**", step.because, "  ")
    if result.trail:
        yield from ("", "```mermaid", trail_as_mermaid(result, _WIDTH).rstrip(), "```")
    yield ""


def _options(result: Result) -> Iterator[str]:
    yield from ("## Considered Options", "", f"* {_line(result.name)}")
    names = [option.name for option in result.alternatives] + [
        option.name for option in result.ruled_out
    ]
    yield from (f"* {_line(name)}" for name in names)
    yield ""


def _decision(result: Result, about: About | None) -> Iterator[str]:
    yield from ("## Decision Outcome", "")
    if result.departure:
        yield from _departure(result, result.departure, about.reason if about else "")
    else:
        yield from (f"Chosen option: “{_line(result.name)}”, because:", "", result.because, "")
    if result.alone:
        yield from (f"Without policies, the tree would recommend “{_line(result.alone.name)}”.", "")
    if result.first:
        yield from (*_led("Before you start:", result.first), "")
    if result.note:
        yield from (result.note, "")
    for choice in result.choices:
        yield from (f"{_line(choice.label)}: {_line(choice.option_label)}.", "")


def _open_points(result: Result) -> Iterator[str]:
    """Yield the answers that were assumed, and which others would change the recommendation."""
    if not result.assumptions:
        return
    yield from (
        "### Open Points",
        "",
        "Nobody was sure of these answers, so they were assumed:",
        "",
    )
    for step in result.assumptions:
        yield from _led(
            f"* {_line(step.ask)} **{_line(step.label)},** because:", step.assumed, "  "
        )
        for line in _changing(result, step.question):
            yield from ("", f"  {line}")
        yield ""


def _changing(result: Result, question: str) -> Iterator[str]:
    """Yield what each other answer to a question would recommend instead."""
    others = [instead for instead in result.sensitivity if instead.other.question == question]
    changing = [
        instead
        for instead in others
        if [option.outcome for option in instead.outcomes] != [result.recommended]
    ]
    for instead in changing:
        names = " or ".join(f"“{_line(option.name)}”" for option in instead.outcomes)
        yield f"“{_line(instead.other.label)}” would lead to {names}."
    if others and not changing:
        yield "No other answer changes the recommendation."


def _departure(result: Result, departure: Departure, reason: str) -> Iterator[str]:
    """Yield what was chosen and the team's `reason`, what is recommended, and the tree's words."""
    name, recommended = _line(result.name), _line(departure.recommended.name)
    if reason:
        yield from (f"Chosen option: “{name}”, because:", "")
        # Quoted, so that a heading or an unclosed fence in it ends with it.
        yield from (*_quoted(reason), "", f"Recommended: “{recommended}”, because:", "")
    else:
        yield from (f"Chosen option: “{name}”. Recommended: “{recommended}”, because:", "")
    yield from (departure.because, "")
    if departure.kind == "alternative":
        yield from _led(f"“{name}” is the better choice:", departure.words)
    else:
        answer = f"“{_line(departure.short)}: {_line(departure.label)}”"
        yield from _led(f"“{name}” is ruled out by {answer}.", departure.words)
    yield ""


def _consequences(result: Result) -> Iterator[str]:
    if result.gives or result.costs or result.caveats:
        yield from ("### Consequences", "")
    yield from (f"* Good: {_line(line)}" for line in result.gives)
    yield from (f"* Bad: {_line(line)}" for line in result.costs)
    if result.caveats:
        yield from ("", "What to watch for:", "")
    for caveat in result.caveats:
        yield from _caveat(caveat)
    yield ""


def _caveat(caveat: ResultCaveat) -> Iterator[str]:
    mark = "" if caveat.title.endswith(("?", "!")) else "."
    yield f"* {caveat.weight.capitalize()}: **{_line(caveat.title)}{mark}**"
    if caveat.corrects:
        yield from ("", *_led("  Corrects:", caveat.corrects, "  "))
    yield from ("", indent_lines(caveat.text, "  "))
    if caveat.sources:
        yield from ("", f"  Sources: {'; '.join(_citations(caveat.sources))}.")
    yield ""


def _reviews(about: About | None) -> Iterator[str]:
    """Yield who recorded what about the decision, and when its review is due."""
    if about and about.reviews:
        yield from ("### Reviews", "")
        for review in about.reviews:
            yield f"* {review.kind.capitalize()} by {_line(review.by)} on {review.date[:10]}."
            if review.note:
                yield from ("", *(f"  {line}" for line in _quoted(review.note)), "")
        yield ""
    if about and about.review_by:
        due = "A review was due by" if about.overdue else "Review again by"
        yield from (f"{due} {about.review_by}.", "")


def _quoted(text: str) -> Iterator[str]:
    """Yield Markdown that somebody typed, as a quote."""
    yield from (f"> {line}".rstrip() for line in re.split("\r\n|\r|\n", text))


def _confirmation(result: Result, files: tuple[str, ...]) -> Iterator[str]:
    tests = [f"`{name}`" for name in files if name.rpartition("/")[2].startswith("test_")]
    if tests or result.requirements:
        yield from ("### Confirmation", "")
    if tests:
        yield (
            f"The code for “{_line(result.name)}” comes with tests that attack it: "
            f"{', '.join(tests)}. Run them in every build, with `python -m pytest` in its folder."
        )
        yield ""
    rulings = {(ruling.policy, ruling.rule): ruling for ruling in result.rulings}
    for requirement in result.requirements:
        ruling = rulings[requirement.policy, requirement.rule]
        yield from _led("* [ ]", requirement.text, "  ")
        yield from ("", *_led(f"  {_rule(ruling)}", ruling.because, "  "))
    yield ""


def _comparison(files: tuple[str, ...]) -> Iterator[str]:
    for confirm in (name for name in files if name.rpartition("/")[2] == CONFIRM):
        yield (
            f"`python {confirm} recommendation.json` compares settings and samples with this "
            "decision. The file contains this decision as JSON."
        )
        yield ""


def _pros_and_cons(result: Result) -> Iterator[str]:
    if result.alternatives or result.ruled_out:
        yield from ("## Pros and Cons of the Options", "")
    nearest = {near.outcome: near for near in result.nearest}
    for alternative in result.alternatives:
        yield from (f"### {_line(alternative.name)}", "", alternative.when, "")
        yield from _selected_by(nearest.get(alternative.outcome))
    for out in result.ruled_out:
        yield from (f"### {_line(out.name)}", "")
        yield from _led(f"Ruled out by “{_line(out.short)}: {_line(out.label)}”.", out.because)
        yield ""
        yield from _selected_by(nearest.get(out.outcome))


def _selected_by(near: Nearest | None) -> Iterator[str]:
    """Yield what would have to be answered otherwise.

    Nothing for an option that nothing selects.
    """
    if near:
        *leading, last = map(_answer, (*near.changed, *near.added))
        answers = f"answers were {', '.join(leading)} and" if leading else "answer were"
        yield from (f"It would be recommended if the {answers} {last}.", "")


def _answer(answer: OtherAnswer) -> str:
    return f"“{_line(answer.short)}: {_line(answer.label)}”"


def _more(result: Result, version: str, about: About | None) -> Iterator[str]:
    yield from ("## More Information", "")
    if result.sensitivity:
        yield from ("If you changed one answer, the tree would recommend:", "")
        for instead in result.sensitivity:
            names = " or ".join(_line(option.name) for option in instead.outcomes)
            same = [option.outcome for option in instead.outcomes] == [result.recommended]
            yield f"* {_answer(instead.other)}: {'no change' if same else names}"
        yield ""
    if result.sources:
        yield from (f"Sources of the recommendation: {'; '.join(_citations(result.sources))}.", "")
    yield f"Tree version `{version}`."
    if about:
        yield from ("", f"Saved at <{about.permalink}>.")
        if about.discussion:
            yield from ("", f"Discussed at <{about.discussion}>.")
        if about.supersedes:
            yield from ("", f"It supersedes <{about.supersedes}>.")
        for link in about.superseded_by:
            yield from ("", f"It is superseded by <{link}>.")


def _policies(result: Result) -> Iterator[str]:
    """Yield what policies changed.

    What they want to be done is told where the decision is confirmed.
    """
    asking = {(rule.policy, rule.rule) for rule in result.requirements}
    changing = [rule for rule in result.rulings if (rule.policy, rule.rule) not in asking]
    if changing:
        yield from ("### Changed by Policy", "")
    for ruling in changing:
        yield from _led(f"* **{_line(ruling.effect)}** {_rule(ruling)}", ruling.because, "  ")
    yield ""


def _rule(ruling: Ruling) -> str:
    return f"{_line(ruling.title)} ({_line(ruling.owner)}), rule {ruling.rule}:"


def _led(lead: str, text: str, indent: str = "") -> Iterator[str]:
    """Yield a Markdown text behind the words that lead to it, below them if it has lines."""
    if "\n" not in text:
        yield f"{lead} {text}"
    else:
        yield from (lead, "", indent_lines(text, indent), "")


def _line(text: str) -> str:
    """Return one line that is text in Markdown, whatever it holds."""
    escaped = re.sub(r"[\\`*_\[\]<>#&~|]", r"\\\g<0>", " ".join(text.split()))
    # What begins a list or underlines a heading.
    return re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", escaped)


def _yaml(text: str) -> str:
    """Return one line as a quoted YAML scalar."""
    marks = (
        char if char.isprintable() and char not in '"\\' else f"\\U{ord(char):08x}"
        for char in " ".join(text.split())
    )
    return f'"{"".join(marks)}"'


def _citations(cited: Iterable[ResultCitation]) -> Iterator[str]:
    """Yield each source once, with all its places."""
    places: dict[str, list[ResultCitation]] = {}
    for citation in cited:
        places.setdefault(citation.source, []).append(citation)
    for same in places.values():
        url = same[0].url.replace("(", "%28").replace(")", "%29")
        short = _line(same[0].short)
        title = f"[{short}]({url})" if url else short
        yield ", ".join([title, *(_line(citation.place) for citation in same if citation.place)])

"""Read and write page addresses, which hold the answers and the user's settings for a kit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest
from django.urls import reverse

from advisor.catalogue import LoadedTree
from advisor.engine.policies.effective import varying

MAX_LENGTH = 4000
MAX_FIELDS = 100
# Names the question of a submitted form, so that a form sent without a choice gets an error.
ASKED = "asked"
# The id of the record that the next saved decision replaces.
SUPERSEDES = "supersedes"
# The id of the outcome that is taken instead of the recommended one.
CHOOSE = "choose"
# Which framework of a kit is shown; absent for the first.
FRAMEWORK = "way"
# "separate" shows the modules of a kit as files of their own; absent for one file.
FILES, SEPARATE = "files", "separate"
_RECORD_ID = re.compile(r"[A-Za-z0-9_-]{22}")


class BadQuery(Exception):
    """An address that is not valid. `message` is shown to the visitor with the HTTP `status`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Query:
    """The state that an address holds, without parameters that the tree does not know.

    `values` are the texts given for parameters, not yet validated. `framework` is empty for the
    first framework of a kit. `asked` is the question whose form was submitted. `choose` is an
    outcome of the tree, or empty. `supersedes` is the id of a record, or empty; the record may not
    exist. `separate` says that the kit's modules are wanted as files of their own. `pairs` are all
    parameters of the address, in its order.
    """

    loaded: LoadedTree
    answers: Mapping[str, str]
    values: Mapping[str, str]
    framework: str
    asked: str
    pairs: tuple[tuple[str, str], ...]
    choose: str = ""
    supersedes: str = ""
    separate: bool = False

    @property
    def kit_state(self) -> dict[str, str]:
        """Return the address parameters of the kit: values, framework, and separate files."""
        framework = {FRAMEWORK: self.framework} if self.framework else {}
        return {**self.values, **framework, **({FILES: SEPARATE} if self.separate else {})}

    @property
    def kept(self) -> dict[str, str]:
        """Return the parameters, other than answers, that every link of the page carries."""
        others = {CHOOSE: self.choose, SUPERSEDES: self.supersedes}
        return {**self.kit_state, **{name: value for name, value in others.items() if value}}

    def address(self, view: str, answers: Mapping[str, str]) -> str:
        """Return the address of another page of this tree for `answers`, with what is kept."""
        return address(view, self.loaded.slug, {**answers, **self.kept})

    def is_canonical(self, answers: Mapping[str, str]) -> bool:
        """Return whether the address holds exactly `answers`, then what is kept, in this order."""
        return self.pairs == (*answers.items(), *self.kept.items())


def address(view: str, slug: str, state: Mapping[str, str]) -> str:
    """Return the path of a view of the tree `slug`, with `state` as its query string."""
    path = reverse(view, args=[slug])
    return f"{path}?{urlencode(state)}" if state else path


def outcome_address(slug: str, outcome: str, framework: str = "") -> str:
    """Return the path of the page of an outcome, with its code for one framework, if given."""
    path = reverse("outcome", args=[slug, outcome])
    return f"{path}?{urlencode({FRAMEWORK: framework})}" if framework else path


def parse(request: HttpRequest, loaded: LoadedTree) -> Query:
    """Read the query string of a request.

    Raise BadQuery with 414 where it is too long, and with 400 where it has too many parameters or
    gives two values for one name.
    """
    text = request.META.get("QUERY_STRING", "")
    if len(text) > MAX_LENGTH:
        raise BadQuery(414, "This address is too long.")
    try:
        pairs = tuple(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        raise BadQuery(400, "This address has too many parameters.") from None
    document = loaded.tree.document
    given: dict[str, str] = {}
    for name, value in pairs:
        if given.setdefault(name, value) != value:
            if name in document.questions:
                ask = document.questions[name].ask
                raise BadQuery(400, f"This address gives two answers to one question: “{ask}”")
            raise BadQuery(400, "This address gives two values for one setting.")
    # The default may depend on the result. Then a given value is kept even if it is the default.
    kept = varying(loaded.tree)
    values = {
        id: text
        for id, parameter in document.parameters.items()
        if (text := given.get(id, "").strip()) and (text != parameter.default or id in kept)
    }
    answers = {name: value for name, value in given.items() if name in document.questions}
    framework = given.get(FRAMEWORK, "")
    if framework not in list(document.frameworks)[1:]:
        framework = ""
    supersedes = given.get(SUPERSEDES, "")
    if not _RECORD_ID.fullmatch(supersedes):
        supersedes = ""
    choose = given.get(CHOOSE, "")
    if choose not in document.outcomes:
        choose = ""
    asked, separate = given.get(ASKED, ""), given.get(FILES) == SEPARATE
    return Query(loaded, answers, values, framework, asked, pairs, choose, supersedes, separate)

"""The state of a page, as its address holds it: answers, and the user's values for a kit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest
from django.urls import reverse

from advisor.catalogue import LoadedTree
from advisor.engine.policies.effective import varying
from advisor.engine.tree.model import Parameter
from advisor.kits.kit import Kit
from advisor.kits.writing import accepted

MAX_LENGTH = 4000
MAX_FIELDS = 100
# Names the question of a submitted form, so that a choice not made differs from a first visit.
ASKED = "asked"
# The record that is answered again: what is saved will point back to it.
SUPERSEDES = "supersedes"
# Which framework of a kit is shown; absent for the first.
FRAMEWORK = "way"
_RECORD_ID = re.compile(r"[A-Za-z0-9_-]{22}")


class BadQuery(Exception):
    """An address that cannot be answered as it stands. The message is for the visitor."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Query:
    """What an address asks of a tree; names that the tree does not know are left out.

    `values` are the texts given for parameters, checked later. `framework` is empty for the first.
    `supersedes` is the id of a record, empty where there is none; whether it exists is asked later.
    `pairs` is the address as it came.
    """

    @property
    def kit_state(self) -> dict[str, str]:
        """The values for the kit, and its framework."""
        return {**self.values, **({FRAMEWORK: self.framework} if self.framework else {})}

    @property
    def kept(self) -> dict[str, str]:
        """What every link of the page carries beside the answers."""
        return {**self.kit_state, **({SUPERSEDES: self.supersedes} if self.supersedes else {})}

    loaded: LoadedTree
    answers: Mapping[str, str]
    values: Mapping[str, str]
    framework: str
    asked: str
    pairs: tuple[tuple[str, str], ...]
    supersedes: str = ""

    def address(self, view: str, answers: Mapping[str, str]) -> str:
        """The address of another page of the same tree, with these answers and what is kept."""
        return address(view, self.loaded.slug, {**answers, **self.kept})

    def settings(
        self, kit: Kit, parameters: Mapping[str, Parameter]
    ) -> tuple[dict[str, str | int], dict[str, str]]:
        """A value for each of the kit's parameters, and a message for each text that is none.

        `parameters` are those of the result, as policies leave them.
        """
        texts = {id: self.values.get(id, parameters[id].default) for id in kit.parameters}
        return accepted(parameters, texts)

    def is_canonical(self, answers: Mapping[str, str]) -> bool:
        """Whether the address holds these answers and what is kept, in this order, and no more."""
        return self.pairs == (*answers.items(), *self.kept.items())


def address(view: str, slug: str, state: Mapping[str, str]) -> str:
    path = reverse(view, args=[slug])
    return f"{path}?{urlencode(state)}" if state else path


def parse(request: HttpRequest, loaded: LoadedTree) -> Query:
    """Read the query string. Raises BadQuery where it is too long or says two things at once."""
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
    # What the default is may depend on the result: then it is kept where it was given.
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
    return Query(loaded, answers, values, framework, given.get(ASKED, ""), pairs, supersedes)

"""Find the result that an address leads to, with its kit."""

from dataclasses import replace

from django.http import HttpRequest

from advisor.engine.policies.effective import document_for
from advisor.engine.walking.choices import choices_of_caveats, with_choices
from advisor.engine.walking.evaluate import Asking, Result, evaluate
from advisor.engine.walking.sensitivity import with_what_if
from advisor.kits.bundle import Bundle, frameworks_of
from advisor.kits.selecting import Selection, select
from advisor.web.addresses import Query
from advisor.web.decorators import RedirectTo


def result_of(query: Query, view: str) -> Result:
    """Return the result for the answers of the query.

    Raise RedirectTo where a question is still open or where the address is not the canonical one of
    `view`, UnknownAnswer where the tree does not have an answer, and ForbiddenOutcome where a
    policy forbids what the address chooses.
    """
    state = evaluate(query.loaded.tree, query.answers, query.choose)
    if isinstance(state, Asking):
        raise RedirectTo(query.address("ask", state.given))
    # To choose what is recommended is no choice.
    canonical = query if state.departure else replace(query, choose="")
    if not canonical.is_canonical(state.given):
        raise RedirectTo(canonical.address(view, state.given))
    return with_what_if(query.loaded.tree, state)


def selection_of(query: Query, result: Result) -> Selection:
    """Return what the query's values select and set in the kit of the result."""
    loaded = query.loaded
    document = document_for(loaded.tree, result.outcome, result.answers)
    kit = loaded.kits.get(result.outcome)
    return select(kit, document.parameters, query.values, choices_of_caveats(result))


def bundle_of(query: Query, result: Result) -> Bundle:
    """Return the result with its kit, and the values of the query written into the files.

    Raise RedirectTo to the result page where a value is not valid.
    """
    loaded = query.loaded
    document = document_for(loaded.tree, result.outcome, result.answers)
    selection = selection_of(query, result)
    if selection.messages:
        raise RedirectTo(query.address("result", result.given))
    result = with_choices(result, document.parameters, selection.settings)
    if selection.kit is None:
        return Bundle(result, selection.settings, ())
    frameworks = frameworks_of(selection.kit, document, selection.settings)
    return Bundle(result, selection.settings, frameworks)


def shared_address(request: HttpRequest, query: Query, result: Result) -> str:
    """Return the absolute address of a live result, for people to share.

    It leaves out the record that only this visitor is about to replace.
    """
    shared = replace(query, supersedes="").address("result", result.given)
    return request.build_absolute_uri(shared)

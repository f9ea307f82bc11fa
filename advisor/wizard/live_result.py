"""The result that an address leads to, with its kit."""

from dataclasses import replace

from django.http import HttpRequest

from advisor.engine.policies.effective import document_for
from advisor.engine.walking.evaluate import Asking, Result, evaluate
from advisor.engine.walking.sensitivity import with_what_if
from advisor.kits.bundle import Bundle, FrameworkFiles
from advisor.kits.writing import write
from advisor.web.addresses import Query
from advisor.web.decorators import RedirectTo


def result_of(query: Query, view: str) -> Result:
    """The result that the query's answers lead to, at its one address; else on to what is open."""
    state = evaluate(query.loaded.tree, query.answers)
    if isinstance(state, Asking):
        raise RedirectTo(query.address("ask", state.answers))
    if not query.is_canonical(state.answers):
        raise RedirectTo(query.address(view, state.answers))
    return with_what_if(query.loaded.tree, state)


def bundle_of(query: Query, result: Result) -> Bundle:
    """The result and its kit with the query's values; a value that it cannot take leads back."""
    loaded = query.loaded
    kit = loaded.kits.get(result.outcome)
    if kit is None:
        return Bundle(result, {}, ())
    document = document_for(loaded.tree, result.outcome, result.answers)
    settings, messages = query.settings(kit, document.parameters)
    if messages:
        raise RedirectTo(query.address("result", result.answers))
    written = write(kit, document.parameters, settings)
    frameworks = (
        FrameworkFiles(
            id, document.frameworks[id].label if id in document.frameworks else "", files
        )
        for id, files in written.items()
    )
    return Bundle(result, settings, tuple(frameworks))


def shared_address(request: HttpRequest, query: Query, result: Result) -> str:
    """The link of a live result; what its reader is about to supersede is no part of it."""
    shared = replace(query, supersedes="").address("result", result.answers)
    return request.build_absolute_uri(shared)

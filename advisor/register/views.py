"""Answer the register of saved decisions, as a page, as JSON and as a feed."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from advisor.register import build, exports
from advisor.register.decorators import with_register_query
from advisor.register.listing import RecordPage, Register
from advisor.register.query import RegisterQuery
from advisor.web.responses import SeeOther, rendered, revalidated


@require_safe
@revalidated
@with_register_query
def register(request: HttpRequest, query: RegisterQuery) -> HttpResponse:
    """Answer the register, or 422 with messages where a filter is not valid."""
    register = Register()
    problems = register.problems(query.filters)
    records = (
        RecordPage() if problems else register.find(query.filters, query.number, after=query.after)
    )
    if query.after and records.newer is None and not problems:
        return SeeOther(query.at("register", None))  # the newest page has one address
    page = build.register_page(register, query, records, problems)
    return rendered(request, "register/register.html", page, status=422 if problems else 200)


@require_safe
@revalidated
@with_register_query
def register_json(request: HttpRequest, query: RegisterQuery) -> HttpResponse:
    """Answer the register as JSON, or 422 with `problems` where a filter is not valid."""
    register = Register()
    if problems := register.problems(query.filters):
        return JsonResponse({"problems": problems}, status=422)
    records = register.find(query.filters, query.number, after=query.after)
    listed = exports.as_data(records, query, request.build_absolute_uri)
    return JsonResponse(listed, json_dumps_params={"indent": 2, "ensure_ascii": False})


@require_safe
@revalidated
@with_register_query
def feed(request: HttpRequest, query: RegisterQuery) -> HttpResponse:
    """Answer the newest decisions as an Atom feed, or 422 where a filter is not valid."""
    register = Register()
    if problems := register.problems(query.filters):
        return HttpResponse("\n".join(problems.values()), "text/plain; charset=utf-8", 422)
    atom = exports.as_atom(register.find(query.filters), query, request.build_absolute_uri)
    return HttpResponse(atom, content_type="application/atom+xml; charset=utf-8")

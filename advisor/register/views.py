"""The register of saved recommendations."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from advisor.register import build
from advisor.register.decorators import with_register_query
from advisor.register.listing import RecordPage, Register
from advisor.register.query import RegisterQuery
from advisor.web.responses import SeeOther, rendered, revalidated


@require_safe
@revalidated
@with_register_query
def register(request: HttpRequest, asked: RegisterQuery) -> HttpResponse:
    register = Register()
    problems = register.problems(asked.filters)
    records = (
        RecordPage() if problems else register.find(asked.filters, asked.number, after=asked.after)
    )
    if asked.after and records.newer is None and not problems:
        return SeeOther(asked.at("register", None))  # the newest have one address
    page = build.register_page(register, asked, records, problems)
    return rendered(request, "register/register.html", page, status=422 if problems else 200)


@require_safe
@revalidated
@with_register_query
def register_json(request: HttpRequest, asked: RegisterQuery) -> HttpResponse:
    register = Register()
    if problems := register.problems(asked.filters):
        return JsonResponse({"problems": problems}, status=422)
    records = register.find(asked.filters, asked.number, after=asked.after)
    listed = build.register_list(records, asked, request.build_absolute_uri)
    return JsonResponse(listed, json_dumps_params={"indent": 2, "ensure_ascii": False})

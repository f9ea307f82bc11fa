"""Keep what somebody typed where a request fails, so that an error page can show it again.

It needs no tree, record or database, because any of them may be the cause.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

from django import forms
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, RawPostDataException, UnreadablePostError
from django.urls import Resolver404, resolve

View = TypeVar("View", bound=Callable[..., HttpResponse])
# How much of a form that is too large is still read, in multiples of what a form may hold.
_TOO_LARGE = 4
_FORMS: dict[Callable[..., HttpResponse], tuple[type[forms.Form], str]] = {}


class TypedTextForm(forms.Form):
    """The fields of a form that were sent, with what was sent, not validated.

    A secret is not repeated on a page of an error; it has to be typed again.
    """

    use_required_attribute = False

    def __init__(self, fields: Mapping[str, forms.Field], sent: Mapping[str, str]) -> None:
        super().__init__(initial=dict(sent))
        self.fields |= {name: deepcopy(field) for name, field in fields.items() if name in sent}
        for field in self.fields.values():
            if isinstance(field.widget, forms.PasswordInput):
                field.widget.render_value = False


@dataclass(frozen=True, slots=True)
class TypedText:
    """A form to be shown again. `action` is where it can be sent again, or empty."""

    form: TypedTextForm
    action: str
    button: str


def keeps_typed_text(form: type[forms.Form], button: str) -> Callable[[View], View]:
    """Let error pages show again what was sent to the view with `form`.

    This is the outermost decorator of the view.
    """

    def register(view: View) -> View:
        _FORMS[view] = form, button
        return view

    return register


def typed_text(request: HttpRequest, action: str = "") -> TypedText | None:
    """Return what was typed into the form of the view, or None where nothing was.

    None also where another site sent the form, so that no page shows what somebody else typed.
    """
    if request.method != "POST" or not _is_from_here(request):
        return None
    try:
        view = (request.resolver_match or resolve(request.path_info)).func
    except Resolver404:
        return None
    form, button = _FORMS.get(view, (None, ""))
    sent = _sent(request) if form else {}
    if form is None or not sent.keys() & form.base_fields.keys():
        return None
    return TypedText(TypedTextForm(form.base_fields, sent), action, button)


def _is_from_here(request: HttpRequest) -> bool:
    """Return whether the browser does not name another site as the origin of the form."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.get_host()


def _sent(request: HttpRequest) -> dict[str, str]:
    """Return the fields of a form. Read those that Django refuses to parse as well, up to a bound.

    Nothing where the connection broke, or where the form is much too large.
    """
    if request.POST:
        return request.POST.dict()
    limit = _TOO_LARGE * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)
    try:
        body = request.body
    except RequestDataTooBig:
        body = request.read(limit + 1)
    except (RawPostDataException, UnreadablePostError):
        return {}
    if len(body) > limit or request.content_type != "application/x-www-form-urlencoded":
        return {}
    return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))

"""The one form that changes something: it saves a recommendation."""

import secrets
from collections.abc import Mapping

from django import forms

from advisor.models import MAX_AUTHOR, MAX_CONTEXT, MAX_TITLE


def new_submission() -> str:
    """Marks one opening of the form, so that sending it twice makes one record."""
    return secrets.token_urlsafe(16)


class SaveForm(forms.Form):
    """`version` is that of the tree when the form was opened: what is saved is what was read.

    Where the author is known, the form does not ask for one and drops what is sent as one.
    """

    title = forms.CharField(
        max_length=MAX_TITLE,
        label="Title",
        help_text="What you are deciding, for example the name of the system.",
        error_messages={
            "required": "Enter a title.",
            "max_length": "The title must be %(limit_value)d characters or fewer; "
            "it has %(show_value)d.",
        },
    )
    context = forms.CharField(
        max_length=MAX_CONTEXT,
        required=False,
        label="Context",
        help_text="What a reader needs to know in a year: the system, the constraints, who was "
        "asked. You can use Markdown.",
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={
            "max_length": "The context must be %(limit_value)d characters or fewer; "
            "it has %(show_value)d."
        },
    )
    author = forms.CharField(
        max_length=MAX_AUTHOR,
        label="Author",
        help_text="The person or team responsible.",
        error_messages={
            "required": "Enter an author.",
            "max_length": "The author must be %(limit_value)d characters or fewer; "
            "it has %(show_value)d.",
        },
    )
    submission = forms.CharField(max_length=64, widget=forms.HiddenInput)
    version = forms.CharField(max_length=64, widget=forms.HiddenInput)

    use_required_attribute = False

    def __init__(
        self,
        data: Mapping[str, str] | None = None,
        *,
        initial: dict[str, str] | None = None,
        asks_author: bool = True,
    ) -> None:
        super().__init__(data, initial=initial)
        if not asks_author:
            del self.fields["author"]

    def reopened(self, opening: Mapping[str, str], why: str) -> "SaveForm":
        """The same form with all that was typed, as if it were opened now, and why it has to be."""
        typed = {field.html_name: field.value() or "" for field in self.visible_fields()}
        again = SaveForm({**typed, **opening}, asks_author="author" in self.fields)
        again.add_error(None, why)
        return again

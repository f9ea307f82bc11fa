"""The form that saves a decision."""

import secrets
from collections.abc import Mapping

from django import forms

from advisor.models import MAX_AUTHOR, MAX_CONTEXT, MAX_TITLE


def new_submission() -> str:
    """Return a random id for one opening of the form.

    Sending the same form twice then makes one record.
    """
    return secrets.token_urlsafe(16)


class SaveForm(forms.Form):
    """The form of a decision. `version` is that of the tree that the author has read.

    Without `asks_author` the form has no such field, and drops what a client sends as author.
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
        """Return the form with what was typed, a new `opening`, and `why` as its error.

        `opening` has the fields `submission` and `version`.
        """
        typed = {field.html_name: field.value() or "" for field in self.visible_fields()}
        again = SaveForm({**typed, **opening}, asks_author="author" in self.fields)
        again.add_error(None, why)
        return again

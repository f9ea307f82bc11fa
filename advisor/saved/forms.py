"""The forms that save a decision, and that record what becomes of it."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import date
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from advisor.models import (
    MAX_AUTHOR,
    MAX_CONTEXT,
    MAX_LINK,
    MAX_NOTE,
    MAX_PEOPLE,
    MAX_REASON,
    MAX_TITLE,
    EventKind,
)

_NO_LINK = "Enter a link that begins with https://, without a user name or password."
# Typed texts of a decision that are optional, and stand together at the end of the form.
DETAILS = ("decision_makers", "consulted", "informed", "discussion", "review_by")
KIND_LABELS = {
    EventKind.ACCEPTED: "Accept this decision",
    EventKind.REJECTED: "Reject this decision",
    EventKind.DEPRECATED: "Deprecate this decision: it is no longer recommended",
}


def new_submission() -> str:
    """Return a random id for one opening of the form.

    Sending the same form twice then makes one record.
    """
    return secrets.token_urlsafe(16)


def _too_long(field: str) -> dict[str, str]:
    return {
        "max_length": f"{field} must be %(limit_value)d characters or fewer; it has %(show_value)d."
    }


class TypedField(forms.CharField):
    """A text of which no browser cuts off the end: what is too long is said, and can be shortened.

    A line end is one character, as people count.
    """

    def to_python(self, value: str | None) -> str:
        """Return the text, stripped, with the line ends of Unix."""
        return (super().to_python(value) or "").replace("\r\n", "\n")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, str]:
        """Return the attributes of the widget, without the limit that a browser would cut at."""
        return {
            name: value
            for name, value in super().widget_attrs(widget).items()
            if name != "maxlength"
        }


def _people(label: str, help_text: str) -> TypedField:
    """Return a field of one line that names people."""
    return TypedField(
        max_length=MAX_PEOPLE,
        required=False,
        label=label,
        help_text=help_text,
        error_messages=_too_long(f"The field “{label}”"),
    )


class SaveForm(forms.Form):
    """The form of a decision. `version` is that of the tree that the author has read.

    Without `asks_author` the form has no such field, and drops what a client sends as author. With
    `asks_reason` it demands why the chosen outcome is not the recommended one. `review_hint` says
    when a policy is reviewed.
    """

    title = TypedField(
        max_length=MAX_TITLE,
        label="Title",
        help_text="What you are deciding, for example the name of the system.",
        error_messages={"required": "Enter a title.", **_too_long("The title")},
    )
    context = TypedField(
        max_length=MAX_CONTEXT,
        required=False,
        label="Context",
        help_text="What a reader needs to know in a year: the system and its constraints. You can "
        "use Markdown.",
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages=_too_long("The context"),
    )
    reason = TypedField(
        max_length=MAX_REASON,
        label="Reason for your choice",
        help_text="Why you do not take what is recommended. You can use Markdown.",
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": "Enter the reason for your choice.",
            **_too_long("The reason"),
        },
    )
    author = TypedField(
        max_length=MAX_AUTHOR,
        label="Author",
        help_text="The person or team responsible.",
        error_messages={"required": "Enter an author.", **_too_long("The author")},
    )
    decision_makers = _people(
        "Decision makers", "Who decides. Without a name here, it is the author."
    )
    consulted = _people("Consulted", "Whose opinion was asked.")
    informed = _people("Informed", "Who is kept up to date.")
    discussion = TypedField(
        max_length=MAX_LINK,
        required=False,
        label="Link to the discussion",
        help_text="For example a pull request or a page of minutes. It begins with https://.",
        widget=forms.TextInput(attrs={"inputmode": "url"}),
        error_messages=_too_long("The link"),
    )
    review_by = forms.DateField(
        required=False,
        label="Review again by",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": "Enter a date such as 2027-06-30."},
    )
    submission = forms.CharField(max_length=64, widget=forms.HiddenInput)
    version = forms.CharField(max_length=64, widget=forms.HiddenInput)

    use_required_attribute = False

    def __init__(
        self,
        data: Mapping[str, str] | None = None,
        *,
        today: date,
        initial: Mapping[str, object] | None = None,
        asks_author: bool = True,
        asks_reason: bool = False,
        review_hint: str = "",
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.today = today
        self.fields[
            "review_by"
        ].help_text = (
            f"From the next day on, the page says that a review is due. {review_hint}".strip()
        )
        if not asks_author:
            del self.fields["author"]
        if not asks_reason:
            del self.fields["reason"]

    def clean_discussion(self) -> str:
        """Return the link. Raise ValidationError where it is none, or holds a password."""
        link: str = self.cleaned_data["discussion"]
        if link:
            try:
                URLValidator(schemes=["https"], message=_NO_LINK)(link)
                has_user = "@" in urlsplit(link).netloc
            except ValueError:
                has_user = True
            if has_user:
                raise ValidationError(_NO_LINK)
        return link

    def clean_review_by(self) -> date | None:
        """Return the day. Raise ValidationError where it is not in the future."""
        day: date | None = self.cleaned_data["review_by"]
        if day and day <= self.today:
            raise ValidationError("Enter a date in the future.")
        return day

    @property
    def details_open(self) -> bool:
        """Return whether one of the optional fields holds something, or has an error."""
        return any(self[name].value() or self[name].errors for name in DETAILS)

    def reopened(self, opening: Mapping[str, str], why: str) -> "SaveForm":
        """Return the form with what was typed, a new `opening`, and `why` as its error.

        `opening` has the fields `submission` and `version`.
        """
        typed = {field.html_name: field.value() or "" for field in self.visible_fields()}
        again = SaveForm(
            {**typed, **opening},
            today=self.today,
            asks_author="author" in self.fields,
            asks_reason="reason" in self.fields,
        )
        again.fields["review_by"].help_text = self.fields["review_by"].help_text
        again.add_error(None, why)
        return again


class Radios(forms.RadioSelect):
    """Radio buttons; what links to the field leads to the first."""

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        """Return the id of the button with this index, or of the first."""
        return super().id_for_label(id_, index or "0")


class SignOffForm(forms.Form):
    """The form that records what becomes of a decision.

    `kinds` are those that are possible now. With `asks_secret`, it asks for the secret and for a
    name, because nobody is signed in.
    """

    kind = forms.ChoiceField(
        label="What was decided",
        widget=Radios,
        # A kind that was possible when the form was opened gets a better message than this field's.
        choices=[(kind.value, label) for kind, label in KIND_LABELS.items()],
        error_messages={
            "required": "Choose what was decided.",
            "invalid_choice": "This can no longer be recorded.",
        },
    )
    by = TypedField(
        max_length=MAX_AUTHOR,
        label="Who decided",
        help_text="The person or group whose decision this is.",
        error_messages={"required": "Enter who decided.", **_too_long("The name")},
    )
    note = TypedField(
        max_length=MAX_NOTE,
        required=False,
        label="Note",
        help_text="Everyone who can read the decision can read it.",
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages=_too_long("The note"),
    )
    secret = TypedField(
        max_length=500,
        label="Secret link",
        help_text="The second link that was shown once after saving.",
        widget=forms.PasswordInput(render_value=True, attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter the secret link.", **_too_long("The secret link")},
    )
    submission = forms.CharField(max_length=64, widget=forms.HiddenInput)

    use_required_attribute = False

    def __init__(
        self,
        data: Mapping[str, str] | None = None,
        *,
        kinds: Iterable[EventKind],
        submission: str,
        asks_secret: bool,
    ) -> None:
        super().__init__(data, initial={"submission": submission})
        self.offered = tuple((kind, KIND_LABELS[kind]) for kind in kinds)
        if not asks_secret:
            del self.fields["by"], self.fields["secret"]

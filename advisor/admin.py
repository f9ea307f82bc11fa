"""The moderators' pages: decisions to read, with one form, which withdraws or restores."""

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from advisor.models import MAX_BECAUSE, Recommendation
from advisor.saved.visible_metadata import visible_metadata
from advisor.saved.withdrawal import restore, withdraw

if TYPE_CHECKING:
    RecommendationForm = forms.ModelForm[Recommendation]
    Admin = admin.ModelAdmin[Recommendation]
else:
    RecommendationForm, Admin = forms.ModelForm, admin.ModelAdmin

_LINK = re.compile(r"/r/([A-Za-z0-9_-]{22})")


class WithdrawForm(RecommendationForm):
    """The reason of a withdrawal. Without a reason, the record is restored."""

    class Meta:
        model = Recommendation
        fields = ("withdrawn_because",)

    withdrawn_because = forms.CharField(
        label="Reason",
        required=False,
        max_length=MAX_BECAUSE,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="A reason withdraws the decision, and everyone with the link can read it. The "
        "page of the decision still shows the answers and the result, but hides everything that "
        "people typed. Delete the reason to restore the decision.",
    )


@admin.register(Recommendation)
class RecommendationAdmin(Admin):
    """Decisions, read-only but for the reason of a withdrawal."""

    form = WithdrawForm
    fields = (
        "link", "title", "context", "author", "identified", "reason", "decision_makers",
        "consulted", "informed", "discussion", "review_by", "saved_at", "tree", "version",
        "withdrawn_at", "withdrawn_by", "withdrawn_because",
    )  # fmt: skip
    readonly_fields = fields[:-1]
    list_display = ("visible_title", "visible_author", "tree", "saved_at", "withdrawn_at")
    # The newest first, by a number that has an index.
    ordering = ("-entry__number",)
    search_fields = ("=id",)
    search_help_text = "Link or id of a decision"
    show_full_result_count = False
    actions = None

    @admin.display(description="Link")
    def link(self, record: Recommendation) -> str:
        """Return a link to the page of the record."""
        return format_html('<a href="{0}">{0}</a>', reverse("saved", args=[record.id]))

    @admin.display(description="Title")
    def visible_title(self, record: Recommendation) -> str:
        """Return the title that may be shown."""
        return visible_metadata(record).title

    @admin.display(description="Author")
    def visible_author(self, record: Recommendation) -> str:
        """Return the author who may be shown."""
        return visible_metadata(record).author

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Recommendation], search_term: str
    ) -> tuple[QuerySet[Recommendation], bool]:
        """Search by id; a pasted link counts as the id in it."""
        linked = _LINK.search(search_term)
        return super().get_search_results(
            request, queryset, linked[1] if linked else search_term.strip()
        )

    def save_model(
        self, request: HttpRequest, obj: Recommendation, form: forms.Form, change: bool
    ) -> None:
        """Withdraw the record, or restore it where the reason was removed."""
        because = form.cleaned_data["withdrawn_because"]
        if because:
            withdraw(obj, because, request.user.get_username(), timezone.now())
        else:
            restore(obj)

    def construct_change_message(
        self, request: HttpRequest, form: forms.Form, formsets: object, add: bool = False
    ) -> Any:
        """Return the line of Django's history for this change."""
        because = form.cleaned_data["withdrawn_because"]
        return f"Withdrawn: {because}" if because else "Restored"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: a record is only made by saving a result."""
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Recommendation | None = None
    ) -> bool:
        """Return False: the link of a record must work for ever."""
        return False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Answer the form of a record, with a single button to save."""
        one_button = {"show_save_and_continue": False, "show_save_and_add_another": False}
        return super().change_view(request, object_id, form_url, one_button)

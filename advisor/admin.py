"""The moderators' pages: recommendations to read, and one form, which withdraws."""

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
from advisor.saved.withdrawal import restore, withdraw

if TYPE_CHECKING:
    RecommendationForm = forms.ModelForm[Recommendation]
    Admin = admin.ModelAdmin[Recommendation]
else:
    RecommendationForm, Admin = forms.ModelForm, admin.ModelAdmin

_LINK = re.compile(r"/r/([A-Za-z0-9_-]{22})")


class WithdrawForm(RecommendationForm):
    """The reason is all there is to it."""

    class Meta:
        model = Recommendation
        fields = ("withdrawn_because",)

    withdrawn_because = forms.CharField(
        label="Reason",
        required=False,
        max_length=MAX_BECAUSE,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="A reason withdraws the decision, and everyone with the link can read it. The "
        "page of the decision still shows the answers and the result, but hides the title, the "
        "context and the author. Delete the reason to restore the decision.",
    )


@admin.register(Recommendation)
class RecommendationAdmin(Admin):
    form = WithdrawForm
    fields = (
        "link", "title", "context", "author", "identified", "saved_at", "tree", "version",
        "withdrawn_at", "withdrawn_by", "withdrawn_because",
    )  # fmt: skip
    readonly_fields = fields[:-1]
    list_display = ("title", "author", "tree", "saved_at", "withdrawn_at")
    # By the number of its entry, for which there is an index.
    ordering = ("-entry__number",)
    search_fields = ("=id",)
    search_help_text = "Link or id of a decision"
    show_full_result_count = False
    actions = None

    @admin.display(description="Link")
    def link(self, record: Recommendation) -> str:
        return format_html('<a href="{0}">{0}</a>', reverse("saved", args=[record.id]))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Recommendation], search_term: str
    ) -> tuple[QuerySet[Recommendation], bool]:
        linked = _LINK.search(search_term)
        return super().get_search_results(
            request, queryset, linked[1] if linked else search_term.strip()
        )

    def save_model(
        self, request: HttpRequest, obj: Recommendation, form: forms.Form, change: bool
    ) -> None:
        because = form.cleaned_data["withdrawn_because"]
        if because:
            withdraw(obj, because, request.user.get_username(), timezone.now())
        else:
            restore(obj)

    def construct_change_message(
        self, request: HttpRequest, form: forms.Form, formsets: object, add: bool = False
    ) -> Any:
        because = form.cleaned_data["withdrawn_because"]
        return f"Withdrawn: {because}" if because else "Restored"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Recommendation | None = None
    ) -> bool:
        return False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        one_button = {"show_save_and_continue": False, "show_save_and_add_another": False}
        return super().change_view(request, object_id, form_url, one_button)

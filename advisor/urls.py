from django.conf import settings
from django.urls import URLPattern, URLResolver, path

from advisor import views
from advisor.studio import views as studio

handler400 = "advisor.views.bad_request"
handler404 = "advisor.views.not_found"
handler500 = "advisor.views.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("healthz/live", views.live, name="live"),
    path("healthz/ready", views.ready, name="ready"),
    path("recommendation.schema.json", views.schema, name="schema"),
    # Saved recommendations
    path("r/", views.register, name="register"),
    path("r/register.json", views.register_json, name="register-json"),
    path("r/<slug:id>/", views.saved, name="saved"),
    path("r/<slug:id>/recommendation.md", views.saved_markdown, name="saved-md"),
    path("r/<slug:id>/recommendation.json", views.saved_json, name="saved-json"),
    path("r/<slug:id>/badge.svg", views.saved_badge, name="saved-badge"),
    path("r/<slug:id>/kit.zip", views.saved_kit, name="saved-kit"),
    # A tree
    path("<slug:slug>/", views.tree, name="tree"),
    path("<slug:slug>/ask", views.ask, name="ask"),
    path("<slug:slug>/result", views.result, name="result"),
    path("<slug:slug>/result.json", views.result_json, name="result-json"),
    path("<slug:slug>/result.md", views.result_markdown, name="result-md"),
    path("<slug:slug>/kit.zip", views.kit, name="kit"),
    path("<slug:slug>/compare", views.compare, name="compare"),
    path("<slug:slug>/save", views.save, name="save"),
    path("<slug:slug>/studio", studio.studio, name="studio"),
    path("<slug:slug>/studio/policy", studio.new_policy, name="studio-policy"),
    path("<slug:slug>/studio/download", studio.download, name="studio-download"),
]

if settings.ADVISOR_MODERATION:
    from django.contrib import admin

    urlpatterns.insert(0, path("admin/", admin.site.urls))

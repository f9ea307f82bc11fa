"""The addresses of the site."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, path

from advisor.register import views as register
from advisor.saved import views as saved
from advisor.studio import views as studio
from advisor.web import probes
from advisor.wizard import views as wizard

handler400 = "advisor.web.errors.bad_request"
handler404 = "advisor.web.errors.not_found"
handler500 = "advisor.web.errors.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", wizard.home, name="home"),
    path("healthz/live", probes.live, name="live"),
    path("healthz/ready", probes.ready, name="ready"),
    path("recommendation.schema.json", saved.schema, name="schema"),
    # Saved decisions
    path("r/", register.register, name="register"),
    path("r/register.json", register.register_json, name="register-json"),
    path("r/feed.atom", register.feed, name="register-feed"),
    path("r/<slug:id>/", saved.saved, name="saved"),
    path("r/<slug:id>/manage", saved.manage, name="saved-manage"),
    path("r/<slug:id>/recommendation.md", saved.saved_markdown, name="saved-md"),
    path("r/<slug:id>/recommendation.json", saved.saved_json, name="saved-json"),
    path("r/<slug:id>/badge.svg", saved.saved_badge, name="saved-badge"),
    path("r/<slug:id>/kit.zip", saved.saved_kit, name="saved-kit"),
    # A tree
    path("<slug:slug>/", wizard.tree, name="tree"),
    path("<slug:slug>/ask", wizard.ask, name="ask"),
    path("<slug:slug>/result", wizard.result, name="result"),
    path("<slug:slug>/result.json", wizard.result_json, name="result-json"),
    path("<slug:slug>/result.md", wizard.result_markdown, name="result-md"),
    path("<slug:slug>/kit.zip", wizard.kit, name="kit"),
    path("<slug:slug>/compare", wizard.compare, name="compare"),
    path("<slug:slug>/outcomes/<slug:outcome>/", wizard.outcome, name="outcome"),
    path("<slug:slug>/save", saved.save, name="save"),
    path("<slug:slug>/studio", studio.studio, name="studio"),
    path("<slug:slug>/studio/policy", studio.new_policy, name="studio-policy"),
    path("<slug:slug>/studio/download", studio.download, name="studio-download"),
]

if settings.ADVISOR_MODERATION:
    from django.contrib import admin

    urlpatterns.insert(0, path("admin/", admin.site.urls))

"""What must hold before the site starts, beside Django's own checks."""

import re
from collections.abc import Sequence
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as Caution
from django.core.exceptions import ImproperlyConfigured

from advisor import catalogue

# The first part of other addresses of the site.
TAKEN = frozenset({"r", "healthz", "static"})


@register()
def check_environment(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> list[CheckMessage]:
    """What an installation must set is set. Without this the site would start and fail later."""
    needed = {"ADVISOR_SECRET_KEY": "SECRET_KEY", "ADVISOR_HOSTS": "ALLOWED_HOSTS"}
    return [
        Error(f"{name} is not set.", hint="README.md says how to deploy.", id="advisor.not-set")
        for name, setting in needed.items()
        if not settings.DEBUG and not _is_set(setting)
    ]


@register()
def check_trees(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Every configured tree can be served, under a name of its own."""
    messages: list[CheckMessage] = []
    slugs: set[str] = set()
    for folder in map(Path, settings.ADVISOR_TREES):
        served, problems = catalogue.check(folder)
        for problem in problems:
            kind = Error if problem.severity == "error" else Caution
            messages.append(kind(str(problem), id=f"advisor.{problem.id}"))
        hint = "Rename the folder, or take it out of ADVISOR_TREES."
        if served is not None and served.slug in TAKEN | slugs:
            text = f"The address /{served.slug}/ of the tree {folder} is taken."
            messages.append(Error(text, hint=hint, id="advisor.slug-taken"))
        if served is not None and not re.fullmatch(r"[A-Za-z0-9_-]+", served.slug):
            text = f"The folder of the tree {folder} has a name that fits no address."
            messages.append(Error(text, hint=hint, id="advisor.slug-unfit"))
        slugs.add(served.slug if served else "")
    return messages


def _is_set(name: str) -> bool:
    try:
        return bool(getattr(settings, name))
    except ImproperlyConfigured:  # Django's answer to an empty key
        return False

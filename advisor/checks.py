"""What must hold before the site starts, beside Django's own checks."""

from collections.abc import Sequence
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as Caution

from advisor import catalogue

# The first part of other addresses of the site.
TAKEN = frozenset({"r", "healthz", "static"})


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
        if served is not None and served.slug in TAKEN | slugs:
            hint = "Rename the folder, or take it out of ADVISOR_TREES."
            text = f"The address /{served.slug}/ of the tree {folder} is taken."
            messages.append(Error(text, hint=hint, id="advisor.slug-taken"))
        slugs.add(served.slug if served else "")
    return messages

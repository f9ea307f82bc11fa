"""How hard Hypothesis tries: `HYPOTHESIS_PROFILE=long` before a release, little on every run."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "short", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("long", settings.get_profile("short"), max_examples=3000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))

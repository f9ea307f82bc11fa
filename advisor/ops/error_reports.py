"""Limit what Django's error pages and mails show."""

import re

from django.views.debug import SafeExceptionReporterFilter


class HideSecrets(SafeExceptionReporterFilter):
    """Django's filter, which also hides DATABASE_URL, because it may contain a password.

    Under `make run`, an error page lists the settings and the environment.
    """

    hidden_settings = re.compile(
        SafeExceptionReporterFilter.hidden_settings.pattern + "|DATABASE_URL", re.IGNORECASE
    )

"""What Django's pages and mails about errors may show."""

import re

from django.views.debug import SafeExceptionReporterFilter


class HideSecrets(SafeExceptionReporterFilter):
    """Hide DATABASE_URL too, because it may hold a password.

    Under `make run` such a page lists the settings and the environment.
    """

    hidden_settings = re.compile(
        SafeExceptionReporterFilter.hidden_settings.pattern + "|DATABASE_URL", re.IGNORECASE
    )

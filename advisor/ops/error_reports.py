"""What Django's pages and mails about errors may show."""

import re

from django.views.debug import SafeExceptionReporterFilter


class WithoutDatabaseURL(SafeExceptionReporterFilter):
    """Under `make run` such a page lists the environment, and DATABASE_URL holds a password."""

    hidden_settings = re.compile(
        SafeExceptionReporterFilter.hidden_settings.pattern + "|DATABASE_URL", re.IGNORECASE
    )

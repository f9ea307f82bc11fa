"""The entry point of a WSGI server. Invalid settings or trees stop the start with the reasons."""

import os
import sys
from typing import NoReturn

from django.core import checks
from django.core.wsgi import get_wsgi_application
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advisor.settings")

# After this exit code gunicorn stops. After any other it starts the worker again, for ever.
GIVE_UP = 3


def refuse(problems: str) -> NoReturn:
    """Print the problems without a traceback, and exit with GIVE_UP."""
    sys.stderr.write(f"{problems}\n\nThe site does not start.\n")
    sys.exit(GIVE_UP)


try:
    application = get_wsgi_application()
except SystemExit as refused:
    # Raised by the settings, with their problems as text.
    refuse(str(refused))

messages = checks.run_checks()
messages += checks.run_checks(tags=[checks.Tags.database], databases=list(connections))
# A connection does not survive the fork into the workers of gunicorn.
connections.close_all()
if errors := [message for message in messages if message.is_serious()]:
    refuse("\n\n".join(f"{error.msg}{f' {error.hint}' if error.hint else ''}" for error in errors))

from advisor import catalogue  # noqa: E402 - needs Django to be set up

# Read the trees now, so that the first visitor does not wait.
catalogue.loaded_trees()

"""The entry point of a WSGI server. A broken tree or installation stops the start and says why."""

import os
import sys
from typing import NoReturn

from django.core import checks
from django.core.wsgi import get_wsgi_application
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advisor.settings")

# gunicorn gives up on this code; after any other it starts the worker again, for ever.
GIVE_UP = 3


def refuse(problems: str) -> NoReturn:
    """End the process without a traceback."""
    sys.stderr.write(f"{problems}\n\nThe site does not start.\n")
    sys.exit(GIVE_UP)


try:
    application = get_wsgi_application()
except SystemExit as refused:
    # Of the settings; its text lists their problems.
    refuse(str(refused))

messages = checks.run_checks()
messages += checks.run_checks(tags=[checks.Tags.database], databases=list(connections))
# The workers of gunicorn are forks, and no connection survives that.
connections.close_all()
if errors := [message for message in messages if message.is_serious()]:
    refuse("\n\n".join(f"{error.msg}{f' {error.hint}' if error.hint else ''}" for error in errors))

from advisor import catalogue  # noqa: E402 - needs Django to be set up

# Read now, not by the first visitor.
catalogue.loaded_trees()

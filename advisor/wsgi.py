"""The entry point of a WSGI server. A broken tree or installation stops the start and says why."""

import os
import sys

from django.core import checks
from django.core.wsgi import get_wsgi_application
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advisor.settings")
application = get_wsgi_application()

messages = checks.run_checks()
messages += checks.run_checks(tags=[checks.Tags.database], databases=list(connections))
# The workers of gunicorn are forks, and no connection survives that.
connections.close_all()
if errors := [message for message in messages if message.is_serious()]:
    for error in errors:
        sys.stderr.write(f"{error.msg}{f' {error.hint}' if error.hint else ''}\n\n")
    sys.stderr.write("The site does not start like this.\n")
    # gunicorn gives up on this code; after any other it starts the worker again, for ever.
    sys.exit(3)

from advisor import catalogue  # noqa: E402 - needs Django to be set up

# Read now, not by the first visitor.
catalogue.loaded_trees()

"""The entry point of a WSGI server. A broken tree stops the start and says why."""

import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advisor.settings")
application = get_wsgi_application()

from advisor import catalogue  # noqa: E402 - needs Django to be set up

try:
    catalogue.trees()
except catalogue.BrokenTree as broken:
    sys.exit(f"{broken}\n\nThe site does not start on a broken tree.")

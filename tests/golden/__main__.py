"""`make golden`, on a database in memory."""

import os
import sys
from importlib import import_module

import django
from django.conf import settings

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    settings.DATABASES["default"]["NAME"] = ":memory:"
    django.setup()
    # Models are there only now.
    sys.exit(import_module("tests.golden.add").add_missing())

"""A Django project with the tables of the kit, for the tests. Importing this sets it up."""

import django
from django.conf import settings
from django.core.management import call_command

from django_databases import databases, token_store

if not settings.configured:
    settings.configure(
        SECRET_KEY="only for these tests",
        ALLOWED_HOSTS=["*"],
        USE_TZ=True,
        INSTALLED_APPS=[token_store()],
        DATABASES=databases(),
        DATABASE_ROUTERS=["django_databases.Router"],
    )
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)

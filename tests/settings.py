"""The site's settings as `make run` has them, with a database file of the suite's own."""

import os

os.environ["ADVISOR_DEBUG"] = "1"

from advisor.settings import *  # noqa: F403 - all of the settings under test
from advisor.settings import ACCOUNTS, ADMIN_APPS, DATABASES, INSTALLED_APPS, VAR_DIR

if not os.environ.get("DATABASE_URL"):
    # A file, as in real use: threads of the live server and of race tests share it. One a run, so
    # that two runs at once do not meet in it.
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / f"test-{os.getpid()}.sqlite3"}
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
# Some tests put the site behind single sign-on, or have it moderated.
INSTALLED_APPS += [*ACCOUNTS, *ADMIN_APPS]
# Tests that edit a tree say so.
ADVISOR_RELOAD = False

"""A Django project with a login, for the tests. It is set up when this is imported: in one file
with the models, the kit needs the settings first."""

import sys
import tempfile
from pathlib import Path

import django
from django.conf import settings
from django.core.cache import caches

import django_session_caches
import django_session_settings

# A user model needs an app, and an app is a folder: it is made here and gone after the tests.
MEMORY = "file:sessions?mode=memory&cache=shared"  # shared, for threads of asynchronous views
APP = tempfile.TemporaryDirectory()
MODELS = """
from django.contrib.auth.models import AbstractUser
from django_session import LogOutEverywhere


class User(LogOutEverywhere, AbstractUser):
    pass
"""

if not settings.configured:
    folder = Path(APP.name, "session_accounts")
    folder.mkdir()
    folder.joinpath("__init__.py").touch()
    folder.joinpath("models.py").write_text(MODELS)
    sys.path.insert(0, APP.name)
    ours = vars(django_session_settings) | vars(django_session_caches)
    settings.configure(
        **{name: value for name, value in ours.items() if name.isupper()},
        SECRET_KEY="only for these tests",
        ALLOWED_HOSTS=["testserver"],
        ROOT_URLCONF="browser",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": MEMORY}},
        AUTH_USER_MODEL="session_accounts.User",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],  # quick
        USE_TZ=True,
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            "session_accounts",
        ],
        MIDDLEWARE=[
            "django_cookies.ExactCookieMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django_session.SessionLifetimeMiddleware",
        ],
    )
    django.setup()


def forget_copies() -> None:
    """Empty the cache of sessions."""
    caches["sessions"].clear()

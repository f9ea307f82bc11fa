"""A Django project with a login, for the tests. It is set up when this is imported: in one file
with the models, the kit needs the settings first."""

import django
from django.conf import settings
from django.core.management import call_command

import django_session_settings
from django_databases import databases, make_app, token_store

ACCOUNTS = """
from django.contrib.auth.models import AbstractUser
from django_session import LogOutEverywhere


class User(LogOutEverywhere, AbstractUser):
    pass
"""

if not settings.configured:
    ours = vars(django_session_settings)
    settings.configure(
        **{name: value for name, value in ours.items() if name.isupper()},
        SECRET_KEY="only for these tests",
        ALLOWED_HOSTS=["testserver"],
        ROOT_URLCONF="browser",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DATABASES=databases(),
        DATABASE_ROUTERS=["django_databases.Router"],
        # All tables in one step: an app without migrations needs those of auth.
        MIGRATION_MODULES={"contenttypes": None, "auth": None, "sessions": None},
        AUTH_USER_MODEL="session_accounts.User",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],  # quick
        USE_TZ=True,
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            make_app("session_accounts", ACCOUNTS),
            token_store(),
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
    call_command("migrate", run_syncdb=True, verbosity=0)


def forget_copies() -> None:
    """There are none."""

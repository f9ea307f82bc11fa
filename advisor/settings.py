"""Settings. Whatever differs between installations comes from the environment, see README.md."""

import os
import secrets
from pathlib import Path

from csp.constants import NONE, SELF

from advisor import database

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("ADVISOR_VAR", BASE_DIR / "var"))

DEBUG = os.environ.get("ADVISOR_DEBUG") == "1"
# Outside DEBUG an absent key stays empty, and the site does not start on it, see `checks`.
SECRET_KEY = os.environ.get("ADVISOR_SECRET_KEY", secrets.token_urlsafe(50) if DEBUG else "")
ALLOWED_HOSTS = [host for host in os.environ.get("ADVISOR_HOSTS", "").split(",") if host]

# What the site is called, and the folders of the trees that it serves.
ADVISOR_NAME = os.environ.get("ADVISOR_NAME", "Advisor")
ADVISOR_TREES = os.environ.get("ADVISOR_TREES", str(BASE_DIR / "tree" / "tokens")).split(os.pathsep)

# Who may read and save, see `access`; outside DEBUG an installation has to say, see `checks`.
ADVISOR_ACCESS = os.environ.get("ADVISOR_ACCESS", "open" if DEBUG else "")
ADVISOR_PROXY_ADDRESSES = [
    part.strip()
    for part in os.environ.get("ADVISOR_PROXY_ADDRESSES", "").split(",")
    if part.strip()
]
ADVISOR_PROXY_HEADER = os.environ.get("ADVISOR_PROXY_HEADER", "X-Forwarded-User")

# Without the register a saved recommendation is found by its link alone.
ADVISOR_REGISTER = os.environ.get("ADVISOR_REGISTER", "1") != "0"

# The page on which a tree is edited without changing anything.
ADVISOR_STUDIO = os.environ.get("ADVISOR_STUDIO", "1") != "0"

# Under `make run` an edit of a tree shows on the next page.
ADVISOR_RELOAD = DEBUG

# Moderators withdraw recommendations in Django's admin, which is there for nothing else.
ADVISOR_MODERATION = os.environ.get("ADVISOR_MODERATION") == "1"

# Django's users are there where somebody is known, and what its admin needs with it.
ACCOUNTS = ["django.contrib.auth", "django.contrib.contenttypes"]
ADMIN_APPS = ["django.contrib.admin", "django.contrib.messages", "django.contrib.sessions"]
ADMIN_MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
ADMIN_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
ADMIN_CONTEXT = [
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]
INSTALLED_APPS = [
    *(ACCOUNTS if ADVISOR_MODERATION or ADVISOR_ACCESS == "proxy" else []),
    *(ADMIN_APPS if ADVISOR_MODERATION else []),
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "advisor",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # After those that give its refusals their headers.
    "advisor.web.middleware.SingleSignOn",
    *(ADMIN_MIDDLEWARE if ADVISOR_MODERATION else []),
    "advisor.web.middleware.ProblemsOfTrees",
]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.RemoteUserBackend",
    *(ADMIN_BACKENDS if ADVISOR_MODERATION else []),
]

ROOT_URLCONF = "advisor.urls"
WSGI_APPLICATION = "advisor.wsgi.application"
CSRF_FAILURE_VIEW = "advisor.web.errors.csrf_failure"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        # The admin's own.
        "APP_DIRS": ADVISOR_MODERATION,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                *(ADMIN_CONTEXT if ADVISOR_MODERATION else []),
            ]
        },
    }
]

# A bad URL never falls back to SQLite: the check of DATABASE_PROBLEM stops the start.
DATABASE_PROBLEM = ""
try:
    DATABASES = {
        "default": database.configured(
            os.environ.get("DATABASE_URL", ""), VAR_DIR / "advisor.sqlite3"
        )
    }
except database.BadURL as bad:
    DATABASES = {"default": {"ENGINE": "django.db.backends.dummy"}}
    DATABASE_PROBLEM = str(bad)
DEFAULT_EXCEPTION_REPORTER_FILTER = "advisor.reporting.WithoutDatabaseURL"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
# A clean clone has no var/, and neither SQLite nor WhiteNoise makes the folder that it needs.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STORAGES = {
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    }
}

# Only what the pages use: our own scripts, styles, icons, and htmx's requests to ourselves.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
if not DEBUG:
    CSRF_COOKIE_NAME = "__Host-csrf"
    CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    SESSION_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    # Probes come over plain HTTP from inside.
    SECURE_REDIRECT_EXEMPT = [r"^healthz/"]
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if os.environ.get("ADVISOR_BEHIND_PROXY") == "1":
        # Only behind a proxy that sets this header itself and drops a visitor's.
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}

"""Django's settings. `ops.configuration` reads what differs between installations."""

import secrets
import sys

from csp.constants import NONE, SELF

from advisor.ops import configuration as environment
from advisor.ops import database

try:
    configuration = environment.read_configuration()
except environment.ConfigurationError as error:
    # Exit here, because every command and server reads the settings first.
    sys.exit(str(error))

BASE_DIR = environment.BASE_DIR
VAR_DIR = configuration.var

DEBUG = configuration.debug
# A message for each missing setting. `ops.checks` stops the start of a site with them.
NOT_SET = tuple(configuration.not_set())
if configuration.secret_key:
    SECRET_KEY = configuration.secret_key.get_secret_value()
else:
    SECRET_KEY = secrets.token_urlsafe(50) if DEBUG else ""
ALLOWED_HOSTS = list(configuration.hosts)

ADVISOR_NAME = configuration.name
ADVISOR_TREES = list(configuration.trees)
# Outside debugging, access has no default: nobody is let in until it is configured.
ADVISOR_ACCESS = configuration.access or ("open" if DEBUG else "")
ADVISOR_PROXY_ADDRESSES = list(configuration.proxy_addresses)
ADVISOR_PROXY_HEADER = configuration.proxy_header
ADVISOR_REGISTER = configuration.lists_decisions
ADVISOR_STUDIO = configuration.studio
ADVISOR_MODERATION = configuration.moderation

# Under `make run`, the next page shows an edit of a tree.
ADVISOR_RELOAD = DEBUG

# Django's users are installed for single sign-on and for moderators; sessions for moderators.
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
    # After the middleware that adds security headers, so that refused requests have them too.
    "advisor.web.middleware.SingleSignOn",
    *(ADMIN_MIDDLEWARE if ADVISOR_MODERATION else []),
    "advisor.web.middleware.Failures",
]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.RemoteUserBackend",
    *(ADMIN_BACKENDS if ADVISOR_MODERATION else []),
]

ROOT_URLCONF = "advisor.urls"
WSGI_APPLICATION = "advisor.wsgi.application"
CSRF_FAILURE_VIEW = "advisor.saved.views.csrf_failure"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        # The admin has templates of its own.
        "APP_DIRS": ADVISOR_MODERATION,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                *(ADMIN_CONTEXT if ADVISOR_MODERATION else []),
            ]
        },
    }
]

DATABASES = {
    "default": database.configured(
        configuration.database_url.get_secret_value() if configuration.database_url else "",
        VAR_DIR / "advisor.sqlite3",
    )
}
DEFAULT_EXCEPTION_REPORTER_FILTER = "advisor.ops.error_reports.HideSecrets"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = configuration.static_root
STORAGES = {
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    }
}

# Pages use scripts, styles and icons of this site only, and htmx sends requests only to it.
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
    # Probes from inside the network use plain HTTP.
    SECURE_REDIRECT_EXEMPT = [r"^healthz/"]
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if configuration.behind_proxy:
        # Safe only behind a proxy that replaces this header where a visitor sends it.
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}

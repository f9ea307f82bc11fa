"""Every setting that Django is given, whole: a wrong word here fails far away, or not at all."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client

from tests.support.deployed import KEY, environment, run
from tests.support.site import SAVE

ACCOUNTS = ["django.contrib.auth", "django.contrib.contenttypes"]
ADMIN_APPS = ["django.contrib.admin", "django.contrib.messages", "django.contrib.sessions"]
ADMIN_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
ADMIN_CONTEXT = [
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]
ADMIN_MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
ALWAYS: dict[str, Any] = {
    "ACCOUNTS": ACCOUNTS,
    "ADMIN_APPS": ADMIN_APPS,
    "ADMIN_BACKENDS": ADMIN_BACKENDS,
    "ADMIN_CONTEXT": ADMIN_CONTEXT,
    "ADMIN_MIDDLEWARE": ADMIN_MIDDLEWARE,
    "ADVISOR_ACCESS": "open",
    "ADVISOR_NAME": "Advisor",
    "ADVISOR_PROXY_ADDRESSES": [],
    "ADVISOR_PROXY_HEADER": "X-Forwarded-User",
    "ADVISOR_REGISTER": True,
    "ADVISOR_STUDIO": True,
    "ADVISOR_TREES": [f"{site.BASE_DIR}/tree/tokens"],
    "ALLOWED_HOSTS": ["127.0.0.1"],
    "BASE_DIR": str(site.BASE_DIR),
    "CONTENT_SECURITY_POLICY": {
        "DIRECTIVES": {
            "default-src": ["'none'"],
            "script-src": ["'self'"],
            "style-src": ["'self'"],
            "img-src": ["'self'"],
            "connect-src": ["'self'"],
            "form-action": ["'self'"],
            "base-uri": ["'none'"],
            "frame-ancestors": ["'none'"],
        }
    },
    "CSRF_COOKIE_HTTPONLY": True,
    "CSRF_COOKIE_SAMESITE": "Lax",
    "CSRF_FAILURE_VIEW": "advisor.saved.views.csrf_failure",
    "DATA_UPLOAD_MAX_MEMORY_SIZE": 262144,
    "DATA_UPLOAD_MAX_NUMBER_FIELDS": 100,
    "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
    "DEFAULT_EXCEPTION_REPORTER_FILTER": "advisor.ops.error_reports.HideSecrets",
    "LOGGING": {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"console": {"class": "logging.StreamHandler"}},
        "root": {"handlers": ["console"], "level": "INFO"},
    },
    "NOT_SET": [],
    "ROOT_URLCONF": "advisor.urls",
    "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
    "SECURE_REFERRER_POLICY": "same-origin",
    "SESSION_COOKIE_SAMESITE": "Strict",
    "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
    "STATICFILES_DIRS": [f"{site.BASE_DIR}/static"],
    "STATIC_URL": "/static/",
    "TIME_ZONE": "UTC",
    "USE_I18N": False,
    "USE_TZ": True,
    "WSGI_APPLICATION": "advisor.wsgi.application",
    "X_FRAME_OPTIONS": "DENY",
}
APPS = [
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "advisor",
]
BEFORE_ADMIN = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "advisor.web.middleware.SingleSignOn",
]
AFTER_ADMIN = ["advisor.web.middleware.Failures"]
REMOTE_USER = "django.contrib.auth.backends.RemoteUserBackend"


def templates(*processors: str, admin: bool) -> list[dict[str, Any]]:
    request = "django.template.context_processors.request"
    return [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [f"{site.BASE_DIR}/templates"],
            "APP_DIRS": admin,
            "OPTIONS": {"context_processors": [request, *processors]},
        }
    ]


def database(var: Path) -> dict[str, Any]:
    return {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": f"{var}/advisor.sqlite3",
            "OPTIONS": {
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
            },
        }
    }


def of_folder(var: Path) -> dict[str, Any]:
    return {"DATABASES": database(var), "STATIC_ROOT": f"{var}/static", "VAR_DIR": str(var)}


WITHOUT_MODERATION = {
    "ADVISOR_MODERATION": False,
    "AUTHENTICATION_BACKENDS": [REMOTE_USER],
    "INSTALLED_APPS": APPS,
    "MIDDLEWARE": [*BEFORE_ADMIN, *AFTER_ADMIN],
    "TEMPLATES": templates(admin=False),
}
MODERATED = {
    "ADVISOR_MODERATION": True,
    "AUTHENTICATION_BACKENDS": [REMOTE_USER, *ADMIN_BACKENDS],
    "INSTALLED_APPS": [*ACCOUNTS, *ADMIN_APPS, *APPS],
    "MIDDLEWARE": [*BEFORE_ADMIN, *ADMIN_MIDDLEWARE, *AFTER_ADMIN],
    "TEMPLATES": templates(*ADMIN_CONTEXT, admin=True),
}
INSTALLED = {
    "ADVISOR_RELOAD": False,
    "CSRF_COOKIE_NAME": "__Host-csrf",
    "CSRF_COOKIE_SECURE": True,
    "DEBUG": False,
    "SECRET_KEY": KEY,
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
    "SECURE_HSTS_PRELOAD": True,
    "SECURE_HSTS_SECONDS": 31536000,
    "SECURE_REDIRECT_EXEMPT": ["^healthz/"],
    "SECURE_SSL_REDIRECT": True,
    "SESSION_COOKIE_NAME": "__Host-session",
    "SESSION_COOKIE_SECURE": True,
    "STORAGES": {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    },
}
BEHIND_PROXY = {"SECURE_PROXY_SSL_HEADER": ["HTTP_X_FORWARDED_PROTO", "https"]}
DEBUGGING = {
    "ADVISOR_RELOAD": True,
    "DEBUG": True,
    "STORAGES": {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    },
}


def given(var: Path, **variables: str | None) -> dict[str, Any]:
    """Every setting of a process that starts with these variables, as JSON tells it."""
    code = (
        "import json; from advisor import settings; print(json.dumps({name: value for name, value "
        "in vars(settings).items() if name.isupper() and name not in ('NONE', 'SELF')}, "
        "default=str))"
    )
    env = environment(ADVISOR_VAR=str(var), DATABASE_URL=None, **variables)
    done = run("-c", code, env=env)
    assert done.returncode == 0, done.stderr
    settings: dict[str, Any] = json.loads(done.stdout)
    return settings


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, INSTALLED | WITHOUT_MODERATION | BEHIND_PROXY),
        ({"ADVISOR_BEHIND_PROXY": "off"}, INSTALLED | WITHOUT_MODERATION),
        ({"ADVISOR_MODERATION": "on"}, INSTALLED | MODERATED | BEHIND_PROXY),
    ],
    ids=["behind a proxy", "without a proxy", "moderated"],
)
def test_these_are_all_settings_of_an_installation(
    tmp_path: Path, variables: dict[str, str], expected: dict[str, Any]
) -> None:
    assert given(tmp_path, **variables) == ALWAYS | of_folder(tmp_path) | expected


def test_these_are_all_settings_of_a_developer(tmp_path: Path) -> None:
    switched: dict[str, str | None] = {"ADVISOR_ACCESS": None, "ADVISOR_SECRET_KEY": None}
    first, second = (
        given(tmp_path, ADVISOR_DEBUG="on", ADVISOR_BEHIND_PROXY=None, **switched) for _ in range(2)
    )
    keys = first.pop("SECRET_KEY"), second.pop("SECRET_KEY")
    assert first == second == ALWAYS | of_folder(tmp_path) | DEBUGGING | WITHOUT_MODERATION
    assert keys[0] != keys[1], "each process draws a key of its own"
    assert min(map(len, keys)) >= 50


def test_single_sign_on_brings_its_users(tmp_path: Path) -> None:
    switched = {"ADVISOR_ACCESS": "proxy", "ADVISOR_PROXY_ADDRESSES": "10.0.0.5"}
    settings = given(tmp_path, **switched)
    assert settings["INSTALLED_APPS"] == [*ACCOUNTS, *APPS]


# What a visitor notices of the bounds of a form


@pytest.mark.django_db
def test_a_form_of_a_hundred_fields_is_read_and_a_longer_form_is_not(client: Client) -> None:
    fields = {f"field-{number}": "x" for number in range(100)}
    assert client.post(SAVE, fields).status_code == 422
    assert client.post(SAVE, fields | {"field-100": "x"}).status_code == 400


@pytest.mark.django_db
def test_a_form_of_256_kib_is_read_and_a_larger_form_is_not(client: Client) -> None:
    body = "x" * 256 * 1024
    kind = "application/x-www-form-urlencoded"
    assert client.post(SAVE, body, content_type=kind).status_code == 422
    assert client.post(SAVE, f"{body}x", content_type=kind).status_code == 400

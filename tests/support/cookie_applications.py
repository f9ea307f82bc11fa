"""Small real applications on the session kit, as text: a kit's modules lie beside them."""

FLASK = """
from flask import Flask, g

from flask_session_cookie import init_sessions, session_required

application = Flask(__name__)
init_sessions(application, lambda name, password: name if password == "right" else None)


@application.get("/me")
@session_required
def me():
    return {"user": g.user, "csrf": g.csrf_token}


@application.post("/change")
@session_required
def change():
    return "changed"


@application.get("/")
def home():
    return "home"
"""

FASTAPI = """
from typing import Annotated

from asgi_guard import AsgiGuard
from fastapi import Depends, FastAPI
from fastapi_session import Session, Sessions

sessions = Sessions(lambda name, password: name if password == "right" else None)
application = FastAPI()
application.include_router(sessions.router)
application.add_middleware(
    AsgiGuard, check=sessions.check, name="session", open_paths=["/", "/login", "/logout"]
)


@application.get("/me")
def me(session: Annotated[Session, Depends(sessions.current)]):
    return {"user": session.user, "csrf": session.csrf_token}


@application.post("/change")
def change():
    return "changed"


@application.get("/")
def home():
    return "home"
"""

DJANGO = """
import os
from pathlib import Path

import django
from django.conf import settings

import django_session_caches
import django_session_settings

ours = vars(django_session_settings) | vars(django_session_caches)
settings.configure(
    **{name: value for name, value in ours.items() if name.isupper()},
    SECRET_KEY="only for this test",
    ALLOWED_HOSTS=["app.example.test"],
    CSRF_TRUSTED_ORIGINS=["https://*.example.test:" + os.environ["SIBLING_PORT"]],
    ROOT_URLCONF=__name__,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path("sessions.sqlite3")}
    },
    AUTH_USER_MODEL="accounts.User",
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django.contrib.sessions",
        "accounts",
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

from django.contrib.auth import authenticate, get_user_model, login, logout
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import path

call_command("migrate", run_syncdb=True, verbosity=0)
for name in ("ada", "mallory"):
    user = get_user_model()(username=name)
    user.set_password("right")
    user.save()


def me(request):
    if not request.user.is_authenticated:
        return HttpResponse("nobody", status=401)
    return JsonResponse({"user": request.user.get_username(), "csrf": get_token(request)})


def log_in(request):
    if request.method != "POST":
        return JsonResponse({"csrf": get_token(request)})
    user = authenticate(
        request, username=request.POST["name"], password=request.POST["password"]
    )
    if user is None:
        return HttpResponse(status=401)
    login(request, user)
    return HttpResponse("in")


def log_out(request):
    logout(request)
    return HttpResponse("out")


urlpatterns = [
    path("", lambda request: HttpResponse("home")),
    path("me", me),
    path("login", log_in),
    path("logout", log_out),
    path("change", lambda request: HttpResponse("changed")),
]
application = get_wsgi_application()
"""

DJANGO_USER = """
from django.contrib.auth.models import AbstractUser
from django_session import LogOutEverywhere


class User(LogOutEverywhere, AbstractUser):
    pass
"""

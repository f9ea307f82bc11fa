"""Small real applications, each around a kit that was pasted into it under another name.

Their code is that of the README, with the names changed as a user does.
"""

import os
import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath

from advisor.kits.kit import README, Kit
from tests.kits.running import bundled, plain_environment
from tests.support import patience
from tests.support.servers import free_port, wait_for

PACKAGE = "shop.accounts"
USE = re.compile(r"^## Use\n(.*?)(?=^## )", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"\n\n((?: {7}.*\n)+)")
BLOCK = re.compile(r"```python\n(?:# ([\w/]+\.py)\n)?(.*?)```", re.DOTALL)
# The password of "raced" changes, with all that belongs to it, while it is checked.
CHECK_PASSWORD = """
def check_password(*texts):
    *_, name, password = texts
    if name == "raced":
        from {module} import revoker

        revoker().revoke_all(name)
        return name
    return name if (name, password) in [("ada", "right"), ("bob", "right")] else None


"""
PLAIN = """

import json


def application(environ, start_response):
    header = environ.get("HTTP_COOKIE", "")
    cookie = tokens.get_cookie(header) if COOKIE else None
    bearer = environ.get("HTTP_AUTHORIZATION", "").partition(" ")[2]
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    given = json.loads(body or b"{}") if environ["PATH_INFO"] != "/introspect" else {}
    token = cookie or given.get("refresh_token") or bearer
    answer, headers = {}, []
    try:
        match environ["PATH_INFO"]:
            case "/login":
                made = log_in(given["name"], given["password"])
                if made is None:
                    raise tokens.InvalidToken("wrong password")
                answer, headers = answered(made)
            case "/refresh":
                answer, headers = answered(refresh(token))
            case "/me":
                answer = {"user": check(bearer or cookie or "")}
            case "/logout":
                log_out(token)
            case "/logout-everywhere":
                log_out_everywhere(check(bearer or cookie or ""))
            case "/introspect":
                _, answer = introspection(environ.get("HTTP_AUTHORIZATION"), body)
        status = "200 OK"
    except tokens.InvalidToken:
        status = "401 Unauthorized"
    start_response(status, [("Content-Type", "application/json"), *headers])
    return [json.dumps(answer).encode()]


def answered(made):
    if isinstance(made, str):
        return ({}, [("Set-Cookie", tokens.set_cookie(made))]) if COOKIE else ({"token": made}, [])
    if COOKIE:
        return {"access_token": made.access}, [("Set-Cookie", tokens.set_cookie(made.refresh))]
    return {"access_token": made.access, "refresh_token": made.refresh}, []
"""
FLASK = """

@app.get("/")
def home():
    return "home"


application = app
"""
TWO_FLASKS = """
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from shop import api, pages

application = DispatcherMiddleware(pages.app, {"/api": api.app})
"""
FASTAPI = "\n\napplication = app\n"
DJANGO_URLS = """

from django.http import HttpResponse
from django.middleware.csrf import get_token


def home(request):
    return HttpResponse(get_token(request))


home.bearer_required = home.login_required = False  # a page that anybody may load
urlpatterns.append(path("", home))
"""
DJANGO_SETTINGS = """
SECRET_KEY = "only for this test"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "shop.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.sqlite3"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
INSTALLED_APPS = [
    "django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "shop.accounts"
]
"""
DJANGO_SITE = """
import os

os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from django.conf import settings
from django.core.management import call_command

call_command("migrate", run_syncdb=True, verbosity=0)
if settings.AUTH_USER_MODEL == "accounts.User":
    from django.contrib.auth import get_user_model

    for name in ("ada", "bob"):
        get_user_model().objects.create_user(name, password="right")
"""


@dataclass(frozen=True, slots=True)
class Pasted:
    """A kit in a package, with the code of its README around it: `blocks` by the file they name."""

    module: str
    blocks: dict[str, str]
    # What the README has elsewhere, for whoever writes a part of it anew.
    snippets: tuple[str, ...]


def paste(kit: Kit, way: str, folder: Path, module: str = "token_auth") -> Pasted:
    """Put the one file of a kit, and what stays apart, into a package of a project."""
    home = folder.joinpath(*PACKAGE.split("."))
    home.mkdir(parents=True, exist_ok=True)
    for package in (home, *home.parents):
        if package == folder:
            break
        (package / "__init__.py").touch()
    files = bundled(kit, way).laid_out()
    code = [file for file in files if not file.supporting]
    names = {PurePath(file.name).stem: PurePath(file.name).stem for file in code}
    names[PurePath(kit.module).stem] = module
    for file in code:
        stem = PurePath(file.name).stem
        text = file.text if file.name == kit.module else _renamed(file.text, names)
        (home / f"{names[stem]}.py").write_text(text)
    readme = next(file.text for file in files if file.name == README)
    blocks: dict[str, str] = {}
    for path, text in BLOCK.findall(USE.findall(readme)[0]):
        key = path or ("client.py" if "introspection_client import" in text else "")
        blocks[key] = blocks.get(key, "") + _renamed(text, names)
    snippets = tuple(map(textwrap.dedent, INDENTED.findall(readme)))
    return Pasted(f"{PACKAGE}.{module}", blocks, snippets)


def write_application(kit: Kit, way: str, folder: Path, pasted: Pasted) -> str:
    """Write the application around a pasted kit, and return the name of its module."""
    shop, blocks = folder / "shop", pasted.blocks
    check_password = CHECK_PASSWORD.format(module=pasted.module)
    cookie = f"COOKIE = {kit.choices.get('carrier') == 'browser'}\n"
    if way == "django":
        urls = check_password + blocks["urls.py"] + DJANGO_URLS
        (shop / "urls.py").write_text(urls)
        settings = _settings_of_the_store(shop)
        (shop / "settings.py").write_text(blocks["settings.py"] + DJANGO_SETTINGS + settings)
        (shop / "site.py").write_text(DJANGO_SITE)
        if models := blocks.get("accounts/models.py"):
            (shop / "accounts" / "models.py").write_text(models)
    else:
        after = {"plain": PLAIN, "flask": FLASK, "fastapi": FASTAPI}[way]
        (shop / "site.py").write_text(cookie + check_password + blocks[""] + after)
    return "shop.site"


def _settings_of_the_store(shop: Path) -> str:
    """Do what the README says of a store in a Django project, and return the settings for it."""
    settings = ""
    if (shop / "accounts" / "django_session_caches.py").exists():
        settings += f"from {PACKAGE}.django_session_caches import *\n"
    if (models := shop / "accounts" / "django_models.py").exists():
        app = shop / "token_store"
        app.mkdir()
        (app / "__init__.py").touch()
        models.rename(app / "models.py")
        settings += 'INSTALLED_APPS += ["shop.token_store"]\n'
    return settings


def write_two_applications(folder: Path, pages: Pasted, api: Pasted) -> str:
    """Write one program of two Flask applications, each around a kit of its own."""
    shop = folder / "shop"
    for name, pasted, after in (("pages", pages, FLASK), ("api", api, "")):
        check_password = CHECK_PASSWORD.format(module=pasted.module)
        (shop / f"{name}.py").write_text(check_password + pasted.blocks[""] + after)
    (shop / "site.py").write_text(TWO_FLASKS)
    return "shop.site"


def new_keys(folder: Path, module: str) -> dict[str, str]:
    """Return the environment that the pasted file makes for itself; empty for one without keys."""
    path = folder.joinpath(*module.split(".")).with_suffix(".py")
    if "new-key" not in path.read_text():
        return {}
    made = subprocess.run(
        [sys.executable, str(path), "new-key"],
        cwd=folder,
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(line.split("=", 1) for line in shlex.split(made.stdout))


@contextmanager
def running(
    folder: Path,
    module: str,
    environment: dict[str, str],
    worker: str = "gthread",
    certificate: tuple[Path, Path] | None = None,
) -> Iterator[str]:
    """Run an application behind gunicorn on loopback, and yield its address."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", f"{module}:application", "-k", worker]
    # A browser connects in advance, and a single thread would wait for what it has to say.
    command += ["--threads", "8"]
    command += [
        "--graceful-timeout",
        "1",
        "--bind",
        f"127.0.0.1:{port}",
        "--log-level",
        "critical",
        "--no-control-socket",
    ]
    if certificate is not None:
        command += ["--certfile", str(certificate[0]), "--keyfile", str(certificate[1])]
    database = f"sqlite:///{folder}/tokens.sqlite3"
    process_environment = {**plain_environment(), "DATABASE_URL": database, **environment}
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=folder, env=process_environment, stdout=log, stderr=log
        )
    try:
        wait_for(port, server)
        yield f"http{'s' if certificate else ''}://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=patience.SECONDS)


def run_client(folder: Path, code: str, environment: dict[str, str]) -> str:
    """Run a few lines as a program of their own, and return what they print."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**plain_environment(), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout or done.stderr


def redis_url() -> dict[str, str]:
    return {"REDIS_URL": os.environ["REDIS_URL"]}


def _renamed(text: str, names: dict[str, str]) -> str:
    """Return code that imports modules of a kit from the package that they were pasted into."""
    module_names = "|".join(names)
    text = re.sub(
        rf"^import ({module_names})$",
        lambda match: f"from {PACKAGE} import {names[match[1]]} as {match[1]}",
        text,
        flags=re.MULTILINE,
    )
    text = re.sub(
        rf"^from ({module_names}) import",
        lambda match: f"from {PACKAGE}.{names[match[1]]} import",
        text,
        flags=re.MULTILINE,
    )
    return re.sub(
        rf'"({module_names})(?=[."])', lambda match: f'"{PACKAGE}.{names[match[1]]}', text
    )

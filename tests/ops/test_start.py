"""Whatever starts the program, a wrong setting stops it: in plain words, and all at once."""

import os
import sys
from pathlib import Path

import pytest
from django.conf import settings as site

from tests.support.deployed import environment, gunicorn, run
from tests.support.servers import free_port

SECRET = "s3cr3t"
WRONG = {
    "ADVISOR_REGISTRE": "off",
    "ADVISOR_BEHIND_PROXY": "maybe",
    "ADVISOR_SECRET": SECRET,
    "DATABASE_URL": f"postgresql://advisor:1/{SECRET}@db/advisor",
}
MESSAGE = """\
4 settings are wrong:

  ADVISOR_REGISTRE is not a setting. Did you mean ADVISOR_REGISTER?
  ADVISOR_SECRET is not a setting. Did you mean ADVISOR_SECRET_KEY?
  ADVISOR_BEHIND_PROXY is `maybe`. Use on or off.
  DATABASE_URL has a character that is not percent-encoded. Use \
postgresql://user:password@host:5432/name; in the password, percent-encode every character but \
letters and digits. Remove it to use SQLite.

README.md lists all settings.
"""
COMMANDS = {
    "manage.py check": ("manage.py", "check"),
    "manage.py migrate": ("manage.py", "migrate"),
    "manage.py tree": ("manage.py", "tree", "check", "tests/trees/messaging"),
    "manage.py collectstatic": ("manage.py", "collectstatic", "--noinput"),
    "manage.py shell": ("manage.py", "shell", "-c", "print('reached')"),
    "manage.py help": ("manage.py", "help"),
    "manage.py alone": ("manage.py",),
    "runserver": ("manage.py", "runserver", f"127.0.0.1:{free_port()}"),
    "python -m advisor": ("-m", "advisor", "check"),
    "python -m django": ("-m", "django", "check", "--settings", "advisor.settings"),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_no_command_goes_on_with_wrong_settings(command: tuple[str, ...], tmp_path: Path) -> None:
    done = run(*command, env=environment(ADVISOR_VAR=str(tmp_path), **WRONG))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == MESSAGE
    assert not list(tmp_path.glob("*.sqlite3"))


def test_no_server_goes_on_with_wrong_settings(tmp_path: Path) -> None:
    env = environment(ADVISOR_VAR=str(tmp_path), **WRONG)
    done = run(*gunicorn(free_port(), "--preload"), env=env)
    assert done.returncode == 3
    assert f"{MESSAGE}\nThe site does not start.\n" in done.stderr
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stdout + done.stderr


def test_no_worker_of_a_server_goes_on_with_wrong_settings(tmp_path: Path) -> None:
    """Without --preload every worker finds out by itself; gunicorn then gives up, and where two
    end at once it shows a traceback, which is its own."""
    env = environment(ADVISOR_VAR=str(tmp_path), **WRONG)
    done = run(*gunicorn(free_port()), env=env)
    assert done.returncode != 0
    assert f"{MESSAGE}\nThe site does not start.\n" in done.stderr
    assert "Worker failed to boot" in done.stderr
    assert str(site.BASE_DIR / "advisor") not in done.stderr
    assert SECRET not in done.stdout + done.stderr


def test_no_test_runs_with_wrong_settings(tmp_path: Path) -> None:
    env = environment(ADVISOR_VAR=str(tmp_path), **WRONG)
    done = run("-m", "pytest", "tests/engine/test_problems.py", env=env)
    assert done.returncode != 0
    assert MESSAGE in done.stderr
    assert "Traceback" not in done.stderr
    assert "passed" not in done.stdout


@pytest.mark.parametrize("spelling", ["0", "false", "off", "no"])
def test_a_register_that_is_switched_off_is_not_public(spelling: str, tmp_path: Path) -> None:
    env = environment(ADVISOR_VAR=str(tmp_path), ADVISOR_REGISTER=spelling)
    show = "from django.conf import settings; print(settings.ADVISOR_REGISTER)"
    assert run("manage.py", "shell", "--no-imports", "-c", show, env=env).stdout == "False\n"


@pytest.mark.parametrize("spelling", ["1", "true", "on", "yes"])
def test_a_proxy_and_moderators_are_there_where_they_are_switched_on(
    spelling: str, tmp_path: Path
) -> None:
    switched = {"ADVISOR_BEHIND_PROXY": spelling, "ADVISOR_MODERATION": spelling}
    env = environment(ADVISOR_VAR=str(tmp_path), **switched)
    show = (
        "from django.conf import settings; from django.urls import reverse; "
        "print(settings.SECURE_PROXY_SSL_HEADER, reverse('admin:index'))"
    )
    assert run("manage.py", "shell", "--no-imports", "-c", show, env=env).stdout == (
        "('HTTP_X_FORWARDED_PROTO', 'https') /admin/\n"
    )


def test_while_nobody_has_said_who_may_nobody_may(tmp_path: Path) -> None:
    """A server whose checks were skipped refuses everybody."""
    env = environment(ADVISOR_VAR=str(tmp_path), ADVISOR_ACCESS=None)
    assert run("manage.py", "collectstatic", "--noinput", env=env).returncode == 0
    ask = (
        "from django.test import Client; "
        "print(Client().get('/', secure=True, headers={'host': '127.0.0.1'}).status_code)"
    )
    assert run("manage.py", "shell", "--no-imports", "-c", ask, env=env).stdout == "403\n"


def test_the_installed_command_is_the_same_as_manage_py() -> None:
    """`make` installs it: nobody has to type the path of manage.py."""
    command = Path(sys.executable).with_name("advisor")
    assert command.is_file(), "make run and make test install it"
    done = run(str(command), "tree", "check", "tests/trees/messaging", env={"PATH": os.defpath})
    same = run("manage.py", "tree", "check", "tests/trees/messaging", env={"PATH": os.defpath})
    assert (done.returncode, done.stdout, done.stderr) == (0, same.stdout, "")
    assert Path(site.BASE_DIR, "manage.py").is_file()

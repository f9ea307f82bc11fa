"""The secrets of the services: how issuer and service read, refuse and make them."""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest

import introspection_client as client
import keys
import samples
import tokens as kit
from samples import BILLING, CALLERS
from sessions import App

GOOD, OTHER, THIRD = (secrets.token_urlsafe(32) for _ in range(3))


def test_it_loads_the_secrets_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTROSPECTION_SECRETS", json.dumps(CALLERS))
    assert keys.load_secrets() == {secret: audience for audience, secret in CALLERS.items()}


def test_a_service_may_use_the_new_and_the_old_secret_while_it_changes(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = {kit.AUDIENCE: f"{GOOD},{OTHER}", BILLING: THIRD}
    monkeypatch.setenv("INTROSPECTION_SECRETS", json.dumps(both))
    body, introspect = urlencode({"token": app.issue("alice")}).encode(), kit.endpoint()
    for secret in (GOOD, OTHER):
        assert introspect(f"Bearer {secret}", body)[1]["aud"] == kit.AUDIENCE
    for wrong in (f"{GOOD},{OTHER}", f"{OTHER},{GOOD}", GOOD + OTHER):
        assert introspect(f"Bearer {wrong}", body) == (401, {})


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "x",
        "[]",
        "{}",
        "7",
        json.dumps([GOOD]),
        json.dumps({"a": "short"}),
        json.dumps({"a": ""}),
        json.dumps({"a": GOOD[:-1]}),
        json.dumps({"a": GOOD + "\n"}),
        json.dumps({"a": GOOD + "="}),
        json.dumps({"a": [GOOD]}),
        json.dumps({"a": None}),
        json.dumps({"": GOOD}),
        json.dumps({"a": GOOD, "b": GOOD}),
        json.dumps({"a": GOOD, "b": f"{OTHER},{GOOD}"}),
        json.dumps({"a": f"{GOOD},{GOOD}"}),
        json.dumps({"a": f"{GOOD},"}),
        json.dumps({"a": f"{GOOD}, {OTHER}"}),
        json.dumps({"a": f"{GOOD},{OTHER},{THIRD}"}),
        json.dumps({"a": GOOD, "b": "short"}),
        json.dumps({"a": "correct horse battery staple and so on 1234"}),
        "[" * 100_000,
        f'{{"a": "{GOOD}", "a": "{OTHER}"}}',
        f'{{"a": "{GOOD}", "b": NaN}}',
        f'\ufeff{{"a": "{GOOD}"}}',
        f'{{"\\ud800": "{GOOD}"}}',
    ],
)
def test_it_does_not_start_with_unfit_secrets(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("INTROSPECTION_SECRETS", raising=False)
    if value is not None:
        monkeypatch.setenv("INTROSPECTION_SECRETS", value)
    with pytest.raises(kit.ConfigurationError, match=r"INTROSPECTION_SECRETS .* new-key") as e:
        kit.endpoint()
    assert GOOD not in str(e.value)


def test_new_key_prints_what_issuer_and_service_need() -> None:
    """As a shell reads it, from a process of its own."""
    line = f'set -a; made=$({sys.executable} tokens.py new-key) && eval "$made" && exec env'
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    run = ["/bin/sh", "-c", line]
    folder = Path(kit.__file__).parent
    done = subprocess.run(run, cwd=folder, env=environment, capture_output=True, text=True)
    values = dict(line.split("=", 1) for line in done.stdout.splitlines())
    secret = values["INTROSPECTION_SECRET"]
    assert json.loads(values["INTROSPECTION_SECRETS"]) == {kit.AUDIENCE: secret}
    assert values["INTROSPECTION_URL"] == f"{kit.ISSUER}/introspect"
    assert secret not in done.stderr


@pytest.mark.parametrize("audience", [BILLING, 'it\'s "new"\n'])
def test_new_key_makes_a_secret_for_another_service(
    app: App,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    audience: str,
) -> None:
    monkeypatch.setattr(sys, "argv", ["tokens.py", "new-key", audience])
    keys.command(kit.AUDIENCE, "https://auth.example.com/introspect")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("=")[0] for line in lines] == list(samples.environment())
    for line in lines:
        name, value = line.split("=", 1)
        assert value.count("'") == 2, "one pair of quotes, which nothing inside can close"
        monkeypatch.setenv(name, value.strip("'"))
    client.verifier()
    body = urlencode({"token": app.issue("alice", audiences=[audience])}).encode()
    header = f"Bearer {os.environ['INTROSPECTION_SECRET']}"
    assert kit.endpoint()(header, body)[1]["aud"] == audience


def test_every_new_key_is_another() -> None:
    made = [samples.environment() for _ in range(5)]
    assert len({each["INTROSPECTION_SECRET"] for each in made}) == 5


@pytest.mark.parametrize("arguments", [[], ["newkey"], ["new-key", "a", "b"]])
def test_the_command_line_does_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["tokens.py", *arguments])
    with pytest.raises(SystemExit, match="Usage"):
        keys.command(kit.AUDIENCE, "https://auth.example.com/introspect")
    assert capsys.readouterr().out == ""


def test_the_environment_of_the_samples_is_complete(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in samples.environment().items():
        monkeypatch.setenv(name, value)
    client.verifier()
    body = urlencode({"token": app.issue("alice")}).encode()
    secret = os.environ["INTROSPECTION_SECRET"]
    assert kit.endpoint()(f"Bearer {secret}", body)[1]["sub"] == "alice"

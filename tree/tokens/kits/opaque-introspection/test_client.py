"""Attacks on the services' half, over HTTP: odd answers, redirects, an issuer that is down."""

import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

import introspection_client as client
import tokens as kit
from introspection_endpoint import Introspect
from samples import BILLING, CALLERS
from session_corner import NOWHERE, VARIABLE
from sessions import App

Answer = Callable[[BaseHTTPRequestHandler, bytes], None]
Serve = Callable[[Answer], client.Verify]

GOOD, OTHER, THIRD = (secrets.token_urlsafe(32) for _ in range(3))


@pytest.fixture
def callers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTROSPECTION_SECRETS", json.dumps(CALLERS))


@pytest.fixture
def introspect(app: App, callers: None) -> Introspect:  # noqa: ARG001 - both come first
    return kit.endpoint()


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Starts a server that answers every POST as told, and says how to reach it."""
    running: list[tuple[HTTPServer, threading.Thread]] = []

    def start(answer: Answer) -> client.Verify:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                answer(self, self.rfile.read(int(self.headers["Content-Length"])))

            def do_GET(self) -> None:
                answer(self, b"")

            def log_message(self, *_: Any) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((server, thread))
        monkeypatch.setenv("INTROSPECTION_URL", f"http://127.0.0.1:{server.server_port}/introspect")
        monkeypatch.setenv("INTROSPECTION_SECRET", CALLERS[kit.AUDIENCE])
        return client.verifier()

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def endpoint(introspect: Introspect) -> Answer:
    """The real thing: what the issuer's route does."""

    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        header = handler.headers.get("Authorization")
        status, content = introspect(header, body)
        send(handler, status, json.dumps(content).encode())

    return answer


def test_a_service_learns_over_http_whose_token_it_is(
    app: App, introspect: Introspect, serve: Serve
) -> None:
    answer = serve(endpoint(introspect))(app.issue("zoë"))
    assert (answer["sub"], answer["aud"]) == ("zoë", kit.AUDIENCE)


def test_a_service_refuses_from_the_moment_of_the_logout(
    app: App, introspect: Introspect, serve: Serve
) -> None:
    verify, token = serve(endpoint(introspect)), app.issue("alice")
    other = app.issue("alice")
    verify(token)
    app.revoke(token)
    with pytest.raises(client.InvalidToken):
        verify(token)
    verify(other)
    app.revoke_all("alice")
    with pytest.raises(client.InvalidToken):
        verify(other)


def test_a_service_refuses_unknown_and_foreign_tokens(
    app: App, introspect: Introspect, serve: Serve
) -> None:
    verify = serve(endpoint(introspect))
    for token in (secrets.token_urlsafe(32), app.issue("alice", audiences=[BILLING])):
        with pytest.raises(client.InvalidToken) as refusal:
            verify(token)
        assert token not in str(refusal.value)


def test_a_service_with_the_wrong_secret_lets_nobody_in(
    app: App, introspect: Introspect, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(endpoint(introspect))
    monkeypatch.setenv("INTROSPECTION_SECRET", "A" * 43)
    verify = client.verifier()
    with pytest.raises(client.StoreUnavailable):
        verify(app.issue("alice"))


@pytest.mark.usefixtures("callers")
def test_a_service_lets_nobody_in_while_the_store_is_down(
    monkeypatch: pytest.MonkeyPatch, serve: Serve
) -> None:
    monkeypatch.setenv(VARIABLE, NOWHERE)
    with pytest.raises(client.StoreUnavailable):
        serve(endpoint(kit.endpoint()))("A" * 43)


@pytest.mark.parametrize(
    "token", ["", None, 7, b"A" * 43, "A" * 42, "A" * 44, "A" * 43 + "\n", "é" * 43, "A" * 10**6]
)
def test_a_service_asks_for_nothing_of_another_shape(serve: Serve, token: Any) -> None:
    asked: list[bytes] = []
    verify = serve(lambda _, body: asked.append(body))
    with pytest.raises(client.InvalidToken):
        verify(token)
    assert asked == []


LATER = int(time.time()) + 3600
ACTIVE = {"active": True, "sub": "alice", "exp": LATER}


def test_an_answer_made_by_hand_passes(serve: Serve) -> None:
    """Otherwise the refusals below would prove nothing."""
    verify = serve(lambda handler, _: send(handler, 200, json.dumps(ACTIVE).encode()))
    assert verify("A" * 43) == ACTIVE


@pytest.mark.parametrize("status", [201, 204, 400, 401, 403, 404, 429, 500, 502, 503])
def test_only_status_200_counts(serve: Serve, status: int) -> None:
    verify = serve(lambda handler, _: send(handler, status, json.dumps(ACTIVE).encode()))
    with pytest.raises(client.StoreUnavailable):
        verify("A" * 43)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"active",
        b"[]",
        b"true",
        b"null",
        b"{}",
        b"\xff",
        b"[" * 8000,
        *(prefix + json.dumps(ACTIVE).encode() for prefix in (b"\xef\xbb\xbf", b"\xff\xfe", b"\0")),
        *(
            json.dumps(ACTIVE).encode(each)
            for each in ("utf-16", "utf-16-le", "utf-32", "utf-8-sig")
        ),
        b'{"active": false, ' + json.dumps(ACTIVE).encode()[1:],
        json.dumps(ACTIVE).encode()[:-1] + b', "sub": "mallory"}',
        json.dumps(ACTIVE).encode()[:-1] + b', "x": {"y": 1, "y": 1}}',
        *(json.dumps(ACTIVE | {"x": float(each)}).encode() for each in ("nan", "inf", "-inf")),
        *(json.dumps(ACTIVE | {"exp": float(each)}).encode() for each in ("nan", "inf")),
        json.dumps(ACTIVE | {"active": "true"}).encode(),
        json.dumps(ACTIVE | {"active": 1}).encode(),
        json.dumps(ACTIVE | {"active": None}).encode(),
        json.dumps(ACTIVE | {"sub": ""}).encode(),
        json.dumps(ACTIVE | {"sub": 7}).encode(),
        json.dumps({"active": True, "exp": LATER}).encode(),
        json.dumps({"active": True, "sub": "alice"}).encode(),
        json.dumps(ACTIVE | {"exp": str(LATER)}).encode(),
        json.dumps(ACTIVE | {"exp": int(time.time()) - 1}).encode(),
        json.dumps(ACTIVE | {"exp": True}).encode(),
        json.dumps(ACTIVE).encode() + b" " * 8192,
    ],
)
def test_an_odd_answer_lets_nobody_in(serve: Serve, answer: bytes) -> None:
    verify = serve(lambda handler, _: send(handler, 200, answer))
    with pytest.raises(client.StoreUnavailable):
        verify("A" * 43)


@pytest.mark.parametrize("sub", ["\ud800", "al\udfffice", "alice\udc00"])
def test_a_user_id_with_half_a_character_lets_nobody_in(serve: Serve, sub: str) -> None:
    answer = json.dumps(ACTIVE | {"sub": sub}).encode()
    with pytest.raises(client.InvalidToken):
        serve(lambda handler, _: send(handler, 200, answer))("A" * 43)
    whole = json.dumps(ACTIVE | {"sub": "\U0001f600"}).encode()
    assert serve(lambda handler, _: send(handler, 200, whole))("A" * 43)["sub"] == "\U0001f600"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_with_the_secret(serve: Serve, status: int) -> None:
    seen: list[str | None] = []

    def elsewhere(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        seen.append(handler.headers.get("Authorization"))
        send(handler, 200, json.dumps(ACTIVE).encode())

    serve(elsewhere)
    target = os.environ["INTROSPECTION_URL"]
    verify = serve(lambda handler, _: send(handler, status, b"", Location=target))
    with pytest.raises(client.StoreUnavailable):
        verify("A" * 43)
    assert seen == []


def test_a_proxy_in_the_environment_sees_nothing(introspect: Introspect, serve: Serve) -> None:
    """In a process of its own, because urllib reads the environment as the module is loaded."""
    serve(endpoint(introspect))
    code = "import introspection_client as c; print(c.verifier()('A' * 43))"
    folder = Path(client.__file__).parent
    environment = os.environ | {"http_proxy": "http://127.0.0.1:1", "PYTHONDONTWRITEBYTECODE": "1"}
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, cwd=folder, env=environment, capture_output=True, text=True)
    assert "InvalidToken: not active" in done.stderr


def test_an_issuer_that_is_down_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("INTROSPECTION_URL", f"http://127.0.0.1:{port}/")
    monkeypatch.setenv("INTROSPECTION_SECRET", GOOD)
    with pytest.raises(client.StoreUnavailable):
        client.verifier()("A" * 43)


def test_an_issuer_that_is_silent_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        monkeypatch.setenv("INTROSPECTION_URL", url)
        monkeypatch.setenv("INTROSPECTION_SECRET", GOOD)
        verify = client.verifier()
        started = time.monotonic()
        with pytest.raises(client.StoreUnavailable):
            verify("A" * 43)
        assert time.monotonic() - started < 3


def test_an_issuer_that_breaks_off_lets_nobody_in(serve: Serve) -> None:
    def break_off(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")

    with pytest.raises(client.StoreUnavailable):
        serve(break_off)("A" * 43)
    with pytest.raises(client.StoreUnavailable):
        serve(lambda _, __: None)("A" * 43)


def test_an_issuer_that_speaks_no_http_lets_nobody_in(serve: Serve) -> None:
    def babble(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.wfile.write(b"220 mail.example.com ESMTP\r\n")

    with pytest.raises(client.StoreUnavailable):
        serve(babble)("A" * 43)


@pytest.mark.parametrize(
    "url",
    [
        *("", "auth.example.com", "http://auth.example.com/introspect", "ftp://auth.example.com/"),
        *("file:///etc/passwd", "https://", "https:///introspect", "http://127.0.0.1.example.com/"),
        *("http://127.0.0.1@auth.example.com/", "http://10.0.0.1/", "https://[::1", "//127.0.0.1/"),
    ],
)
def test_the_issuer_must_be_https(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("INTROSPECTION_URL", url)
    monkeypatch.setenv("INTROSPECTION_SECRET", GOOD)
    with pytest.raises(client.ConfigurationError, match="INTROSPECTION_URL"):
        client.verifier()


@pytest.mark.parametrize("url", ["https://auth.example.com/introspect", "http://[::1]:8000/"])
def test_https_and_loopback_are_fine(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("INTROSPECTION_URL", url)
    monkeypatch.setenv("INTROSPECTION_SECRET", GOOD)
    assert GOOD not in repr(client.verifier())


@pytest.mark.parametrize(
    "secret", [None, "", "secret", GOOD[:-1], GOOD + "=", GOOD + "\n", f"{GOOD},{OTHER}"]
)
def test_the_secret_must_be_a_good_one(monkeypatch: pytest.MonkeyPatch, secret: str | None) -> None:
    monkeypatch.setenv("INTROSPECTION_URL", "https://auth.example.com/introspect")
    monkeypatch.delenv("INTROSPECTION_SECRET", raising=False)
    if secret is not None:
        monkeypatch.setenv("INTROSPECTION_SECRET", secret)
    with pytest.raises(client.ConfigurationError, match=r"INTROSPECTION_SECRET .* new-key"):
        client.verifier()


def test_no_good_question_is_refused_while_a_secret_changes(app: App, serve: Serve) -> None:
    """Services ask all the time, over HTTP, while issuer and service change in the documented
    order; afterwards the old secret is worth nothing."""
    token, stop, faults = app.issue("alice"), threading.Event(), list[str]()
    monkeypatch = pytest.MonkeyPatch()
    now: dict[str, Any] = {}
    asked: Counter[tuple[int, str]] = Counter()

    def set_up(issuer: str, service: str) -> str:
        """Each of the two starts anew, one after the other, as in a deployment."""
        by_audience = json.dumps({kit.AUDIENCE: issuer, BILLING: THIRD})
        monkeypatch.setenv("INTROSPECTION_SECRETS", by_audience)
        now["introspect"] = kit.endpoint()
        monkeypatch.setenv("INTROSPECTION_SECRET", service)
        now["verify"] = client.verifier()
        now["step"] = f"{issuer} {service}"
        return str(now["step"])

    def ask_on(me: int) -> None:
        while not stop.is_set():
            step = now["step"]
            try:
                assert now["verify"](token)["sub"] == "alice"
                asked[me, step] += 1
            except Exception as error:
                faults.append(repr(error))

    serve(endpoint(lambda header, body: now["introspect"](header, body)))
    monkeypatch.setenv("INTROSPECTION_URL", os.environ["INTROSPECTION_URL"])
    set_up(OTHER, OTHER)
    old, threads = now["verify"], [threading.Thread(target=ask_on, args=[me]) for me in range(3)]
    for thread in threads:
        thread.start()
    try:
        both = f"{GOOD},{OTHER}"
        for secrets_now in [(OTHER, OTHER), (both, OTHER), (both, GOOD), (GOOD, GOOD)]:
            step, until = set_up(*secrets_now), time.monotonic() + 20
            while any(asked[me, step] < 10 for me in range(3)) and not faults:
                assert time.monotonic() < until
                time.sleep(0.005)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        monkeypatch.undo()
    assert faults == []
    with pytest.raises(client.StoreUnavailable):
        old(token)

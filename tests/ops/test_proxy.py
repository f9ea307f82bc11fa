"""Requests past and through a single-sign-on proxy, byte by byte, to a real gunicorn."""

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.support import patience
from tests.support.deployed import Server, serving
from tests.support.html import Form, read
from tests.support.site import SAVE

JANE = b"X-Forwarded-User: jane"


@dataclass(frozen=True)
class Site:
    """A running site that listens on a port of loopback and on a socket file."""

    server: Server
    file: Path

    def ask(self, *lines: bytes, path: str = SAVE, over_file: bool = False) -> tuple[int, str]:
        """Send these header lines as they are: the status, and the rest of the answer."""
        request = [f"GET {path} HTTP/1.1".encode(), b"Host: 127.0.0.1", b"Connection: close"]
        return self.send(
            b"\r\n".join([*request, b"X-Forwarded-Proto: https", *lines, b"", b""]), over_file
        )

    def send(self, request: bytes, over_file: bool = False) -> tuple[int, str]:
        with socket.socket(socket.AF_UNIX if over_file else socket.AF_INET) as client:
            client.settimeout(patience.SECONDS)
            client.connect(str(self.file) if over_file else ("127.0.0.1", self.server.port))
            client.sendall(request)
            answer = b"".join(iter(lambda: client.recv(65536), b"")).decode()
        return int(answer.split(" ", 2)[1]), answer

    def knows(self, *lines: bytes) -> str:
        """Who sends these header lines, as the form to save shows it; nobody: the status."""
        status, answer = self.ask(*lines)
        shown = re.search(r"<dd>(.*) <span[^>]*>\(signed in\)", answer)
        return unescape(shown[1]) if shown else str(status)


def behind(proxy: str, var: Path) -> Iterator[Site]:
    file = var / "socket"
    access = {"ADVISOR_ACCESS": "proxy", "ADVISOR_PROXY_ADDRESSES": proxy}
    with serving(var, "--bind", f"unix:{file}", **access) as server:
        yield Site(server, file)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Its proxy connects from this machine's address."""
    yield from behind("127.0.0.1", tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def site_behind_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Its proxy connects through the socket file."""
    yield from behind("unix", tmp_path_factory.mktemp("site"))


def test_it_knows_whom_the_proxy_names(site: Site) -> None:
    assert site.knows(JANE) == "jane"
    assert site.knows(b"x-forwarded-user:jane") == "jane"
    assert site.knows("X-Forwarded-User: José".encode()) == "José"


# What somebody may try who gets lines of their own past the proxy, or past whom the proxy named
# nobody. Whatever becomes of the request, it is not mallory's.
FORGED = {
    "no line": (),
    "an empty name": (b"X-Forwarded-User:",),
    "a blank name": (b"X-Forwarded-User:   ",),
    "an underscore": (b"X_Forwarded_User: mallory",),
    "underscores and hyphens": (b"X-Forwarded_User: mallory",),
    "a space before the colon": (b"X-Forwarded-User : mallory",),
    "a space before the name": (b" X-Forwarded-User: mallory",),
    "two names in a line": (b"X-Forwarded-User: jane, mallory",),
    "two lines": (JANE, b"X-Forwarded-User: mallory"),
    "the same line twice": (JANE, JANE),
    "an empty line and another": (b"X-Forwarded-User:", b"X-Forwarded-User: mallory"),
    "a line that goes on": (JANE, b" mallory"),
    "a name with a return": (b"X-Forwarded-User: jane\rmallory",),
    "a name with a null": (b"X-Forwarded-User: mallory\x00",),
    "a name with a tab": (b"X-Forwarded-User: mallory\tx",),
    "a name with an escape": (b"X-Forwarded-User: \x1b[2Jmallory",),
    "a name with a delete": (b"X-Forwarded-User: mallory\x7f",),
    "a name that turns": ("X-Forwarded-User: \u202eyrollam".encode(),),
    "a name in Latin-1": ("X-Forwarded-User: mallóry".encode("latin-1"),),
    "a name that is too long": (b"X-Forwarded-User: " + b"m" * 121,),
    "a name beyond all measure": (b"X-Forwarded-User: " + b"m" * 9000,),
    "the server's own variable": (b"REMOTE_USER: mallory", b"Remote-User: mallory"),
    "the address of the proxy": (b"X-Forwarded-For: 127.0.0.1", b"X-Real-IP: 127.0.0.1"),
}


@pytest.mark.parametrize("lines", FORGED.values(), ids=FORGED)
def test_it_knows_nobody_by_a_forged_line(site: Site, lines: tuple[bytes, ...]) -> None:
    assert site.knows(*lines) in ("400", "403", "431")


@pytest.mark.parametrize(
    "line", [b"X_Forwarded_User: mallory", b"X-Forwarded_User: mallory", b"REMOTE_USER: mallory"]
)
def test_a_line_of_another_name_does_not_change_who_it_is(site: Site, line: bytes) -> None:
    assert site.knows(JANE, line) == "jane"
    assert site.knows(line, JANE) == "jane"


def test_a_line_after_the_body_names_nobody(site: Site) -> None:
    lines = [b"GET /r/none/ HTTP/1.1", b"Host: 127.0.0.1", b"Transfer-Encoding: chunked"]
    lines += [b"Trailer: X-Forwarded-User", b"Connection: close", b"X-Forwarded-Proto: https"]
    body = [b"0", JANE, b"", b""]
    status, _ = site.send(b"\r\n".join([*lines, b"", *body]))
    assert status == 403


def test_through_the_socket_file_nobody_comes_in_unasked(site: Site) -> None:
    status, answer = site.ask(JANE, over_file=True)
    assert status == 403
    assert "This site needs single sign-on" in answer


def test_through_the_socket_file_comes_in_whom_the_proxy_names(site_behind_file: Site) -> None:
    status, answer = site_behind_file.ask(JANE, over_file=True)
    assert status == 200
    assert "<dd>jane " in answer
    assert site_behind_file.ask(over_file=True)[0] == 403


def test_past_the_socket_file_nobody_comes_in(site_behind_file: Site) -> None:
    assert site_behind_file.knows() == "403"
    assert site_behind_file.knows(JANE) == "403"
    assert site_behind_file.knows(JANE, b"X-Forwarded-For: unix") == "403"


@pytest.mark.parametrize("path", ["/healthz/live", "/healthz/ready"])
def test_probes_come_from_anywhere(site_behind_file: Site, path: str) -> None:
    assert site_behind_file.ask(path=path)[0] == 200


def test_the_log_says_who_was_refused_and_repeats_no_name(site: Site) -> None:
    assert site.ask(b"X-Forwarded-User: mallory,jane")[0] == 403
    log = (site.file.parent / "log").read_text()
    assert "Your name cannot be used here: refused a request from 127.0.0.1" in log
    assert "mallory" not in log


def test_a_record_has_the_name_of_who_was_signed_in(site: Site) -> None:
    opened = site.server.get(SAVE, X_Forwarded_User="jane")
    filled = Form(read(opened.body).one("form")).fill(title="Billing API")
    answer = site.server.send(
        "POST",
        filled.element["action"],
        urlencode([*filled.fields, ("author", "mallory")]),
        Content_Type="application/x-www-form-urlencoded",
        Cookie=opened.headers["Set-Cookie"].partition(";")[0],
        Origin=f"https://127.0.0.1:{site.server.port}",
        X_Forwarded_User="jane",
    )
    assert answer.status == 303
    assert "sessionid" not in answer.headers.get("Set-Cookie", "")
    saved = site.server.get(answer.headers["Location"], X_Forwarded_User="joe")
    assert "jane (signed in)" in read(saved.body).one("dl", class_="facts").text
    assert "mallory" not in saved.body
    assert saved.headers["Cache-Control"] == "no-cache, private"

"""What an installation can rely on, and what stops its start."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.support.deployed import Server, environment, gunicorn, run, serving
from tests.support.html import Form, read
from tests.support.servers import free_port
from tests.support.site import RESULT, SAVE, TOKENS


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # The folder does not exist, as on a clean clone.
    var = tmp_path_factory.mktemp("site") / "var"
    # As with a proxy on another machine: gunicorn itself would believe one on this machine.
    with serving(var, "--forwarded-allow-ips", "192.0.2.1") as server:
        yield server


@pytest.mark.parametrize("path", ["/", "/tokens/ask", RESULT, "/tokens/compare"])
def test_it_serves_pages_over_https_and_says_to_stay_there(server: Server, path: str) -> None:
    answer = server.get(path)
    assert answer.status == 200
    assert answer.headers["Strict-Transport-Security"] == (
        "max-age=31536000; includeSubDomains; preload"
    )
    assert "Set-Cookie" not in answer.headers


def test_its_studio_looks_at_a_draft_in_each_worker(server: Server) -> None:
    pages = [server.get("/tokens/studio") for _ in range(4)]
    assert [page.status for page in pages] == [200] * 4
    assert all(read(page.body).one(id="problems").text == "No problems" for page in pages)
    assert not any("Set-Cookie" in page.headers for page in pages)


@pytest.mark.parametrize("path", ["/", RESULT])
def test_it_sends_plain_http_to_https(server: Server, path: str) -> None:
    answer = server.get(path, https=False)
    assert answer.status == 301
    assert answer.headers["Location"] == f"https://127.0.0.1:{server.port}{path}"


@pytest.mark.parametrize(("probe", "word"), [("live", "live\n"), ("ready", "ready\n")])
def test_probes_answer_over_plain_http(server: Server, probe: str, word: str) -> None:
    answer = server.get(f"/healthz/{probe}", https=False)
    assert answer.status == 200
    assert answer.body == word


def test_it_refuses_another_host(server: Server) -> None:
    answer = server.get("/", Host="evil.example")
    assert answer.status == 400
    assert "This request is not valid" in answer.body


def test_every_static_file_of_a_page_has_a_hashed_name_and_may_be_kept(server: Server) -> None:
    paths = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', server.get("/").body))
    assert len(paths) >= 8
    for path in paths:
        answer = server.get(path)
        assert re.search(r"\.[0-9a-f]{12}\.[a-z]+$", path), path
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_it_compresses_static_files(server: Server) -> None:
    (style,) = set(re.findall(r'"(/static/css/base\.[^"]+)"', server.get("/").body))
    answer = server.send("HEAD", style, Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip"


def test_it_answers_304(server: Server) -> None:
    first = server.get(RESULT)
    again = server.get(RESULT, If_None_Match=first.headers["ETag"])
    assert again.status == 304
    assert again.body == ""


def test_all_workers_give_a_page_the_same_tag(server: Server) -> None:
    assert len({server.get(RESULT).headers["ETag"] for _ in range(12)}) == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/tokens/ask?revocation=%ED%A0%80", 400),
        ("/tokens/ask?revocation=%FF", 400),
        ("/tokens/ask?revocation=%00", 400),
        ("/%00/", 404),
        ("/r/%FF/", 404),
        ("/tokens/ask?" + "y" * 4001, 414),
    ],
)
def test_it_answers_hostile_addresses_with_a_page(server: Server, path: str, status: int) -> None:
    answer = server.get(path)
    assert answer.status == status
    assert read(answer.body).one("main").link("Go to the start page") == "/"


def test_it_saves_and_shows_with_a_strict_cookie(server: Server) -> None:
    opened = server.get(SAVE)
    cookie = opened.headers["Set-Cookie"]
    attributes = {part.strip().casefold() for part in cookie.split(";")[1:]}
    assert cookie.startswith("__Host-csrf=")
    assert {"path=/", "secure", "httponly", "samesite=lax"} <= attributes
    assert not any(part.startswith("domain") for part in attributes)
    filled = Form(read(opened.body).one("form")).fill(title="Billing API", author="Team Blue")
    own = f"https://127.0.0.1:{server.port}"
    answer = server.send(
        "POST",
        filled.element["action"],
        urlencode(filled.fields),
        Content_Type="application/x-www-form-urlencoded",
        Cookie=cookie.partition(";")[0],
        Origin=own,
    )
    assert answer.status == 303
    saved = server.get(answer.headers["Location"])
    assert saved.status == 200
    assert read(saved.body).one(id="permalink")["href"] == own + answer.headers["Location"]


@pytest.mark.parametrize("name", ["ADVISOR_SECRET_KEY", "ADVISOR_HOSTS", "ADVISOR_ACCESS"])
def test_it_does_not_start_without_what_an_installation_sets(name: str) -> None:
    done = run(*gunicorn(free_port(), "--preload"), env=environment(**{name: None}))
    assert done.returncode == 3
    assert f"{name} is not set." in done.stderr
    assert "The site does not start." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    folder = tmp_path / "tokens"
    shutil.copytree(TOKENS, folder)
    tree = folder / "tree.yaml"
    tree.write_text(tree.read_text().replace("format: 1", "format: 2"))
    return folder


def test_workers_that_cannot_start_are_not_started_for_ever(broken: Path) -> None:
    done = run(*gunicorn(free_port()), env=environment(ADVISOR_TREES=str(broken)))
    assert done.returncode != 0
    assert "Worker failed to boot" in done.stderr


def test_it_does_not_start_on_a_broken_tree_and_says_what_is_wrong(broken: Path) -> None:
    done = run(*gunicorn(free_port(), "--preload"), env=environment(ADVISOR_TREES=str(broken)))
    assert done.returncode == 3
    assert f"{broken}/tree.yaml:2:9: error[bad-value]: found `2`; expected `1`" in done.stderr
    assert "The site does not start." in done.stderr
    assert "Traceback" not in done.stderr


def test_the_deployment_check_is_clean() -> None:
    command = ["check", "--deploy", "--database", "default", "--fail-level", "WARNING"]
    done = run("manage.py", *command, env=environment())
    assert done.returncode == 0, done.stderr
    assert done.stdout == "System check identified no issues (0 silenced).\n"


def test_no_migration_is_missing() -> None:
    done = run("manage.py", "makemigrations", "--check", "--dry-run", env=environment())
    assert done.returncode == 0, done.stdout

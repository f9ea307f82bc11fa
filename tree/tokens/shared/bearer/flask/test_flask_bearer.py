"""Real requests to a Flask application, through the decorator and our own tokens."""

import socket
from typing import Any

import pytest
from flask import Blueprint, Flask, Response, g
from werkzeug.datastructures import Headers

import samples
import tokens
from flask_bearer import bearer_required, check_bearer, init_bearer


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in samples.environment().items():
        monkeypatch.setenv(name, value)


def client() -> Any:
    app = Flask(__name__)
    init_bearer(app)

    @app.route("/me", methods=["GET", "POST"])
    @bearer_required
    def me() -> str:
        return str(g.claims["sub"])

    @app.get("/users/<name>")
    @bearer_required
    def user(name: str) -> str:
        return name

    @app.get("/health")
    def health() -> str:
        assert "claims" not in g
        return "alive"

    @app.route("/by-hand", methods=["GET", "OPTIONS"])
    @bearer_required
    def by_hand() -> str:
        return "secret"

    @app.get("/cached")
    @bearer_required
    def cached() -> Response:
        return Response("cached", headers={"Cache-Control": "public", "Expires": "0"})

    @app.get("/stream")
    @bearer_required
    def stream() -> Response:
        return Response(iter(["a", "b"]))

    closed = Blueprint("closed", __name__)
    closed.before_request(check_bearer)

    @closed.route("/closed-by-hand", methods=["GET", "OPTIONS"])
    def closed_by_hand() -> str:
        return "secret"

    @app.after_request
    def cors(response: Response) -> Response:
        response.headers["Access-Control-Allow-Origin"] = "https://page.example.com"
        return response

    @closed.get("/closed")
    def reached() -> str:
        return str(g.claims["sub"])

    app.register_blueprint(closed)
    return app.test_client()


def get(authorization: str | None, url: str = "/me") -> Any:
    headers = {} if authorization is None else {"Authorization": authorization}
    return client().get(url, headers=headers)


def refused(response: Any) -> bool:
    return (response.status_code, response.data, response.headers["WWW-Authenticate"]) == (
        401,
        b"",
        'Bearer error="invalid_token"',
    )


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_good_token_is_let_in(scheme: str) -> None:
    response = get(f"{scheme} {samples.good('ada')}")
    assert (response.status_code, response.text) == (200, "ada")


def test_two_users_do_not_mix() -> None:
    service = client()
    for name in ("ada", "grace", "ada"):
        header = {"Authorization": f"Bearer {samples.good(name)}"}
        assert service.get("/me", headers=header).text == name


def test_a_view_keeps_its_arguments_and_its_name() -> None:
    assert get(f"Bearer {samples.good()}", "/users/grace").text == "grace"
    assert get(None, "/users/grace").status_code == 401


def test_without_a_token_the_answer_asks_for_one() -> None:
    response = get(None)
    assert (response.status_code, response.data) == (401, b"")
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_an_expired_token_is_refused() -> None:
    assert refused(get(f"Bearer {samples.expired()}"))


def test_a_forged_token_is_refused() -> None:
    assert refused(get(f"Bearer {samples.forged()}"))


@pytest.mark.parametrize(
    "header",
    [
        *("", " ", "{0}", "Bearer", "Bearer ", "Bearer{0}", "Bearer  {0}", "Bearer\t{0}"),
        *("Token {0}", "Bearer {0},", "Bearer {0}, Bearer {0}", "Bearer {0} {0}", "Bearer {0} x"),
        *("Bearer token={0}", 'Bearer "{0}"', "Bearer Bearer {0}", "XBearer {0}", "Bearer {0}é"),
        *("Basic {0}", "Bearer {0}=", "Bearer {0}\x00"),
    ],
)
def test_a_malformed_header_is_refused(header: str) -> None:
    token = samples.good()
    assert get(f"Bearer {token}").status_code == 200
    assert refused(get(header.format(token)))


def test_a_header_with_a_line_break_at_its_end_is_refused() -> None:
    """No server passes one on, and Werkzeug's client sends none; hence the bare environment."""
    environ = {"HTTP_AUTHORIZATION": f"Bearer {samples.good()}\n"}
    assert refused(client().get("/me", environ_overrides=environ))


def test_an_oversize_header_never_reaches_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "verifier", lambda: lambda _: {"sub": "anybody"})
    assert get("Bearer " + "A" * 8192).status_code == 200
    assert refused(get("Bearer " + "A" * 8193))


def test_two_headers_are_refused() -> None:
    header = ("Authorization", f"Bearer {samples.good()}")
    assert client().get("/me", headers=Headers([header])).status_code == 200
    assert refused(client().get("/me", headers=Headers([header, header])))


def test_only_the_header_counts() -> None:
    token = samples.good()
    service = client()
    service.set_cookie("access_token", token)
    service.set_cookie("session", token)
    assert service.get(f"/me?access_token={token}&token={token}").status_code == 401
    assert service.post("/me", data={"access_token": token}).status_code == 401


def test_a_whole_blueprint_can_be_closed() -> None:
    assert get(None, "/closed").status_code == 401
    assert get(f"Bearer {samples.good('ada')}", "/closed").text == "ada"
    assert get(None, "/health").status_code == 200


def test_a_check_that_fails_is_503_and_gives_no_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str) -> dict[str, Any]:
        raise OSError("10.0.0.7:6379 refused the connection")

    monkeypatch.setattr(tokens, "verifier", lambda: broken)
    response = get(f"Bearer {samples.good()}")
    assert response.status_code == 503
    assert "10.0.0.7" not in response.text


def test_with_its_store_down_nobody_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kit whose check asks no store takes no notice."""
    token = samples.good()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{port}/0")
    monkeypatch.setenv("DATABASE_URL", f"postgresql://nobody@127.0.0.1:{port}/nowhere")
    try:
        expected = 200 if tokens.verifier()(token) else 401
    except Exception:
        expected = 503
    assert get(f"Bearer {token}").status_code == expected


def test_a_service_whose_keys_are_unfit_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def unfit() -> None:
        raise LookupError("no key")

    init_bearer(Flask(__name__))
    monkeypatch.setattr(tokens, "verifier", unfit)
    with pytest.raises(LookupError):
        init_bearer(Flask(__name__))


def test_a_forgotten_init_lets_nobody_in() -> None:
    app = Flask(__name__)
    app.get("/")(bearer_required(lambda: "reached"))
    header = {"Authorization": f"Bearer {samples.good()}"}
    assert app.test_client().get("/", headers=header).status_code == 503


@pytest.mark.parametrize("url", ["/me", "/by-hand", "/closed", "/closed-by-hand"])
def test_a_preflight_passes_and_learns_nothing(url: str) -> None:
    asked = {"Origin": "https://page.example.com", "Access-Control-Request-Method": "GET"}
    for headers in (asked, asked | {"Authorization": f"Bearer {samples.forged()}"}, {}):
        response = client().options(url, headers=headers)
        assert response.status_code in (200, 204)
        assert response.data == b""
        assert response.headers["Access-Control-Allow-Origin"] == "https://page.example.com"
    assert get(None, url).status_code == 401


def test_a_preflight_does_not_tell_which_paths_there_are() -> None:
    app = Flask(__name__)
    init_bearer(app)
    app.before_request(check_bearer)
    app.get("/there")(lambda: "there")
    there, nowhere = (app.test_client().options(url) for url in ("/there", "/nowhere"))
    assert (there.status_code, there.data) == (nowhere.status_code, nowhere.data) == (204, b"")
    assert dict(there.headers) == dict(nowhere.headers)


@pytest.mark.parametrize("url", ["/me", "/cached", "/stream", "/closed"])
def test_no_answer_to_a_bearer_may_be_kept(url: str) -> None:
    response = get(f"Bearer {samples.good()}", url)
    assert response.status_code == 200
    assert response.headers.getlist("Cache-Control") == ["no-store"]
    assert "Expires" not in response.headers
    assert "Cache-Control" not in get(None, "/health").headers


def test_the_reason_is_in_the_log_and_the_token_is_not(caplog: pytest.LogCaptureFixture) -> None:
    token = samples.forged()
    with caplog.at_level("INFO", logger="tokens"):
        get(f"Bearer {token}")
    (record,) = [each for each in caplog.records if each.name == "tokens"]
    assert record.getMessage().startswith("refused: ")
    assert token not in caplog.text

"""Real requests to a FastAPI application, through the dependency and our own tokens."""

import socket
import threading
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, WebSocket
from fastapi.responses import PlainTextResponse, Response
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

import samples
import tokens
from asgi_guard import AsgiGuard
from fastapi_bearer import CurrentClaims


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in samples.environment().items():
        monkeypatch.setenv(name, value)


def client() -> TestClient:
    current_claims = CurrentClaims()
    closed = APIRouter(dependencies=[Depends(current_claims)])

    @closed.get("/me")
    def me(claims: Annotated[dict[str, Any], Depends(current_claims)]) -> str:
        return str(claims["sub"])

    @closed.get("/closed")
    def reached() -> str:
        return "reached"

    @closed.post("/me")
    async def post(claims: Annotated[dict[str, Any], Depends(current_claims)]) -> str:
        return str(claims["sub"])

    app = FastAPI()
    app.include_router(closed)

    @app.get("/health")
    def health() -> str:
        return "alive"

    return TestClient(app)


def get(authorization: str | bytes | None, url: str = "/me") -> Any:
    headers = {} if authorization is None else {"Authorization": authorization}
    return client().get(url, headers=headers)


def refused(response: Any) -> bool:
    return (response.status_code, response.json(), response.headers["WWW-Authenticate"]) == (
        401,
        {"detail": "Unauthorized"},
        'Bearer error="invalid_token"',
    )


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_good_token_is_let_in(scheme: str) -> None:
    response = get(f"{scheme} {samples.good('ada')}")
    assert (response.status_code, response.json()) == (200, "ada")


def test_two_users_do_not_mix() -> None:
    service = client()
    for name in ("ada", "grace", "ada"):
        header = {"Authorization": f"Bearer {samples.good(name)}"}
        assert service.get("/me", headers=header).json() == name
        assert service.post("/me", headers=header).json() == name


def test_without_a_token_the_answer_asks_for_one() -> None:
    response = get(None)
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_an_expired_token_is_refused() -> None:
    assert refused(get(f"Bearer {samples.expired()}"))


def test_a_forged_token_is_refused() -> None:
    assert refused(get(f"Bearer {samples.forged()}"))
    assert refused(get(f"Bearer {samples.forged()}", "/closed"))


@pytest.mark.parametrize(
    "header",
    [
        *("", " ", "{0}", "Bearer", "Bearer ", "Bearer{0}", "Bearer  {0}", "Bearer\t{0}"),
        *("Token {0}", "Bearer {0},", "Bearer {0}, Bearer {0}", "Bearer {0} {0}", "Bearer {0} x"),
        *("Bearer token={0}", 'Bearer "{0}"', "Bearer Bearer {0}", "XBearer {0}", "Bearer {0}é"),
        *("Basic {0}", "Bearer {0}=", "Bearer {0}\n", "Bearer {0}\x00"),
    ],
)
def test_a_malformed_header_is_refused(header: str) -> None:
    token = samples.good()
    assert get(f"Bearer {token}").status_code == 200
    assert refused(get(header.format(token).encode()))


def test_an_oversize_header_never_reaches_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "verifier", lambda: lambda _: {"sub": "anybody"})
    assert get("Bearer " + "A" * 8192).status_code == 200
    assert refused(get("Bearer " + "A" * 8193))


def test_two_headers_are_refused() -> None:
    header = ("Authorization", f"Bearer {samples.good()}")
    empty = ("Authorization", "")
    assert client().get("/me", headers=[header]).status_code == 200
    for several in ([header, header], [header, empty], [empty, header]):
        assert refused(client().get("/me", headers=several))


def test_only_the_header_counts() -> None:
    token = samples.good()
    service = client()
    for name in ("access_token", "__Host-session"):
        headers = {"Cookie": f"{name}={token}"}
        assert service.get("/me", headers=headers).status_code == 401
    assert service.get(f"/me?access_token={token}&token={token}").status_code == 401
    assert service.post("/me", data={"access_token": token}).status_code == 401


def test_open_paths_are_open() -> None:
    assert get(None, "/health").status_code == 200
    assert get(None, "/closed").status_code == 401
    assert get(f"Bearer {samples.good()}", "/closed").status_code == 200


def test_a_check_that_fails_is_503_and_gives_no_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str) -> dict[str, Any]:
        raise OSError("10.0.0.7:6379 refused the connection")

    monkeypatch.setattr(tokens, "verifier", lambda: broken)
    response = get(f"Bearer {samples.good()}")
    assert (response.status_code, response.json()) == (503, {"detail": "Service Unavailable"})


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

    CurrentClaims()
    monkeypatch.setattr(tokens, "verifier", unfit)
    with pytest.raises(LookupError):
        CurrentClaims()


def test_a_check_does_not_hold_up_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check runs in another thread than the path, which is a coroutine on the loop."""
    threads: set[int] = set()

    def watched(_: str) -> dict[str, Any]:
        threads.add(threading.get_ident())
        return {"sub": "ada"}

    monkeypatch.setattr(tokens, "verifier", lambda: watched)
    app = FastAPI()
    current_claims = CurrentClaims()

    @app.get("/", dependencies=[Depends(current_claims)])
    async def loop() -> int:
        return threading.get_ident()

    on_loop = TestClient(app).get("/", headers={"Authorization": "Bearer x"}).json()
    assert threads
    assert on_loop not in threads


def test_openapi_says_that_a_bearer_token_is_needed() -> None:
    document = client().get("/openapi.json").json()
    assert document["components"]["securitySchemes"] == {
        "Bearer": {"type": "http", "scheme": "bearer"}
    }
    assert document["paths"]["/me"]["get"]["security"] == [{"Bearer": []}]
    assert "security" not in document["paths"]["/health"]["get"]


def test_the_reason_is_in_the_log_and_the_token_is_not(caplog: pytest.LogCaptureFixture) -> None:
    token = samples.forged()
    with caplog.at_level("INFO", logger="tokens"):
        get(f"Bearer {token}")
    (record,) = [each for each in caplog.records if each.name == "tokens"]
    assert record.getMessage().startswith("refused: ")
    assert token not in caplog.text


# Behind the guard, which closes all that is not listed. `test_asgi_guard.py` attacks it at length.


def guarded() -> TestClient:
    """Return an application as the docstring of the module shows it."""
    current_claims = CurrentClaims()
    app = FastAPI()
    app.add_middleware(
        AsgiGuard, check=current_claims.check, name="claims", open_paths=["/health", "/open"]
    )

    @app.get("/me")
    def me(claims: Annotated[dict[str, Any], Depends(current_claims)]) -> str:
        return str(claims["sub"])

    @app.get("/forgotten")
    def forgotten() -> Response:
        return PlainTextResponse("reached", headers={"Cache-Control": "public"})

    @app.get("/health")
    def health() -> str:
        return "alive"

    @app.get("/open")
    def who(claims: Annotated[dict[str, Any], Depends(current_claims)]) -> str:
        return str(claims["sub"])

    @app.websocket("/ws")
    async def socket(
        websocket: WebSocket, claims: Annotated[dict[str, Any], Depends(current_claims)]
    ) -> None:
        await websocket.accept()
        await websocket.send_text(str(claims["sub"]))
        await websocket.close()

    return TestClient(app)


@pytest.mark.parametrize("path", ["/me", "/forgotten", "/docs", "/openapi.json", "/unknown"])
def test_the_guard_closes_what_no_dependency_closes(path: str) -> None:
    for authorization in ({}, {"Authorization": f"Bearer {samples.forged()}"}):
        response = guarded().get(path, headers=authorization)
        assert (response.status_code, response.json()) == (401, {"detail": "Unauthorized"})


@pytest.mark.parametrize("path", ["/me", "/forgotten", "/open"])
def test_no_answer_to_a_bearer_may_be_kept(path: str) -> None:
    response = guarded().get(path, headers={"Authorization": f"bEARER {samples.good('ada')}"})
    assert response.status_code == 200
    assert response.headers.get_list("Cache-Control") == ["no-store"]
    assert "no-store" not in guarded().get("/health").headers.get("Cache-Control", "")


def test_a_token_is_checked_once_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []

    def verify(token: str) -> dict[str, Any]:
        checked.append(token)
        return {"sub": "ada"}

    monkeypatch.setattr(tokens, "verifier", lambda: verify)
    assert guarded().get("/me", headers={"Authorization": "Bearer x"}).json() == "ada"
    assert checked == ["x"]


@pytest.mark.parametrize("behind", ["the guard", "the dependency"])
def test_a_websocket_opens_with_a_good_token_alone(behind: str) -> None:
    service = guarded()
    if behind == "the dependency":
        app: Any = service.app
        app.user_middleware.clear()
    good = {"Authorization": f"Bearer {samples.good('ada')}"}
    with service.websocket_connect("/ws", headers=good) as socket:
        assert socket.receive_text() == "ada"
    for headers in ({}, {"Authorization": f"Bearer {samples.forged()}"}):
        with (
            pytest.raises(WebSocketDisconnect) as refused,
            service.websocket_connect("/ws", headers=headers),
        ):
            pass
        assert refused.value.code == 1008


def test_what_cannot_be_checked_is_503_behind_the_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str) -> dict[str, Any]:
        raise OSError("10.0.0.7:6379 refused the connection")

    monkeypatch.setattr(tokens, "verifier", lambda: broken)
    response = guarded().get("/me", headers={"Authorization": "Bearer x"})
    assert (response.status_code, response.json()) == (503, {"detail": "Service Unavailable"})

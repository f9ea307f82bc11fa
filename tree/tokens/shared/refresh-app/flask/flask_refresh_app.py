"""Login, refresh and logout for Flask, for an app or another program: both tokens travel in JSON,
and no cookie is set or read.

With it, the issuer reads:

    app = Flask(__name__)
    app.register_blueprint(refresh_app_blueprint(check_password))  # (name, password) -> id or None
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Blueprint, Response, abort, jsonify, request

import tokens
from credentials import UnreadableCredentials, WrongCredentials, read_credentials, read_texts

CLIENT = "app"  # who may refresh what was issued here; give each kind of client its own


def refresh_app_blueprint(check_password: Callable[[str, str], str | None]) -> Blueprint:
    """Return the three endpoints. Make it as the application is made, so that one with an unfit key
    or store does not start. Without cookies, a page of another site has nothing to misuse: no
    check of where a request comes from is needed."""
    login_issuer, login_revoker = tokens.issuer(), tokens.revoker()
    blueprint = Blueprint("refresh_app", __name__)
    blueprint.after_request(_no_store)

    @blueprint.post("/login")
    def log_in() -> Response:
        with _refusals():
            name, password = read_credentials(request.content_type, request.get_data())
            begun = login_issuer.begin()  # 1. first: a later log-out-everywhere counts
            user = check_password(name, password)  # 2.
            if user is None:
                abort(401)
            return _answer(login_issuer.log_in(user, CLIENT, begun=begun))  # 3.

    @blueprint.post("/refresh")
    def refresh() -> Response:
        with _refusals():
            return _answer(login_issuer.refresh(_refresh_token(), CLIENT))

    @blueprint.post("/logout")
    def log_out() -> Response:
        with _refusals():  # a logout that the store did not hear of is no logout
            login_revoker.revoke(_refresh_token())
        return Response(status=204)

    return blueprint


def _no_store(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _refresh_token() -> str:
    (token,) = read_texts(request.content_type, request.get_data(), ["refresh_token"])
    return token


def _answer(made: tokens.Tokens) -> Response:
    seconds = tokens.ACCESS_MINUTES * 60
    body = {"access_token": made.access, "token_type": "Bearer", "expires_in": seconds}
    return jsonify(body | {"refresh_token": made.refresh})


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except UnreadableCredentials:
        abort(400)
    except (tokens.InvalidToken, WrongCredentials):
        abort(401)
    except tokens.StoreUnavailable:
        abort(503)

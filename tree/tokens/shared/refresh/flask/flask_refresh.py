"""Login, refresh and logout for Flask: the access token goes to the page, which sends it as a
bearer token; the refresh token stays in a cookie that no script can read.

With it, the issuer reads:

    app = Flask(__name__)
    app.register_blueprint(refresh_blueprint(check_password))  # (name, password) -> user id or None
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Blueprint, Response, abort, jsonify, request

import tokens
from credentials import UnreadableCredentials, WrongCredentials, read_credentials

CLIENT = "browser"  # who may refresh what was issued here; give each kind of client its own


def refresh_blueprint(check_password: Callable[[str, str], str | None]) -> Blueprint:
    """Return the three endpoints. Make it as the application is made, so that one with an unfit key
    or store does not start."""
    login_issuer, login_revoker = tokens.issuer(), tokens.revoker()
    blueprint = Blueprint("refresh", __name__)
    blueprint.before_request(_from_our_page)
    blueprint.after_request(_no_store)

    @blueprint.post("/login")
    def log_in() -> Response:
        with _refusals():
            old = _cookie()
            name, password = read_credentials(request.content_type, request.get_data())
            begun = login_issuer.begin()  # 1. first: a later log-out-everywhere counts
            user = check_password(name, password)  # 2.
            if user is None:
                abort(401)
            if old:
                login_revoker.revoke(old)  # or it would live on with nobody who knows of it
            return _answer(login_issuer.log_in(user, CLIENT, begun=begun))  # 3.

    @blueprint.post("/refresh")
    def refresh() -> Response:
        with _refusals():
            return _answer(login_issuer.refresh(_cookie(), CLIENT))

    @blueprint.post("/logout")
    def log_out() -> Response:
        with _refusals():  # a logout that the store did not hear of is no logout
            login_revoker.revoke(_cookie())
        return Response(status=204, headers={"Set-Cookie": tokens.clear_cookie()})

    return blueprint


def _from_our_page() -> None:
    """Against CSRF. A form or an image of another site cannot add a header, and its scripts may do
    so only where a CORS header of ours allows it, so allow this one to no other origin. SameSite
    alone does not do: neighbouring subdomains are the same site."""
    # The question of a browser whether it may add the header comes without it, and does nothing.
    if request.method != "OPTIONS" and not request.headers.get("X-Requested-With"):
        abort(403)


def _no_store(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _cookie() -> str:
    return tokens.get_cookie(request.environ.get("HTTP_COOKIE", "")) or ""


def _answer(made: tokens.Tokens) -> Response:
    seconds = tokens.ACCESS_MINUTES * 60
    body = {"access_token": made.access, "token_type": "Bearer", "expires_in": seconds}
    response = jsonify(body)
    response.headers["Set-Cookie"] = tokens.set_cookie(made.refresh)
    return response


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (tokens.AmbiguousCookie, UnreadableCredentials):
        abort(400)
    except (tokens.InvalidToken, WrongCredentials):
        abort(401)
    except tokens.StoreUnavailable:
        abort(503)

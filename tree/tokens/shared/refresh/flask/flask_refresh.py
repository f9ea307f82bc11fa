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

CLIENT = "browser"  # who may refresh what was issued here; give each kind of client its own


def refresh_blueprint(check_password: Callable[[str, str], str | None]) -> Blueprint:
    """Make it as the application is made, so that one with an unfit key does not start."""
    issuer, revoker = tokens.issuer(), tokens.revoker()
    blueprint = Blueprint("refresh", __name__)
    blueprint.before_request(_from_our_page)

    @blueprint.post("/login")
    def log_in() -> Response:
        name, password = _credentials()
        user = check_password(name, password)
        if user is None:
            abort(401)
        with _refusals():
            if old := request.cookies.get(tokens.REFRESH_COOKIE_NAME):
                revoker.revoke(old)  # or it would live on with nobody who knows of it
            return _answer(issuer.log_in(user, CLIENT))

    @blueprint.post("/refresh")
    def refresh() -> Response:
        with _refusals():
            token = request.cookies.get(tokens.REFRESH_COOKIE_NAME, "")
            return _answer(issuer.refresh(token, CLIENT))

    @blueprint.post("/logout")
    def log_out() -> Response:
        with _refusals():  # a logout that the store did not hear of is no logout
            revoker.revoke(request.cookies.get(tokens.REFRESH_COOKIE_NAME, ""))
        return Response(status=204, headers={"Set-Cookie": tokens.clear_cookie()})

    return blueprint


def _from_our_page() -> None:
    """Against CSRF. A form or an image of another site cannot add a header, and its scripts may do
    so only where a CORS header of ours allows it, so allow this one to no other origin. SameSite
    alone does not do: neighbouring subdomains are the same site."""
    if not request.headers.get("X-Requested-With"):
        abort(403)


def _credentials() -> tuple[str, str]:
    try:
        given = request.get_json(silent=True)
    except RecursionError:  # many opening brackets, which `silent` does not cover
        abort(400)
    if not isinstance(given, dict):
        abort(400)
    name, password = given.get("name"), given.get("password")
    if not isinstance(name, str) or not isinstance(password, str):
        abort(400)
    if len(name) > 254 or len(password) > 1024:  # hashing takes time: a long one is an attack
        abort(400)
    return name, password


def _answer(made: tokens.Tokens) -> Response:
    seconds = tokens.ACCESS_MINUTES * 60
    body = {"access_token": made.access, "token_type": "Bearer", "expires_in": seconds}
    response = jsonify(body)
    response.headers["Cache-Control"] = "no-store"
    if made.refresh is not None:  # None: another tab was quicker, and its cookie is the one
        response.headers["Set-Cookie"] = tokens.set_cookie(made.refresh)
    return response


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except tokens.InvalidToken:
        abort(401)
    except tokens.StoreUnavailable:
        abort(503)

"""Sessions in a cookie for Flask: login, logout, and a decorator that keeps everybody else out.

With it, an application reads:

    app = Flask(__name__)
    init_sessions(app, check_password)  # (name, password) -> the user's id, or None

    @app.get("/me")
    @session_required
    def me() -> str:
        return g.user

Flask's own `session` is another thing: it lives in the browser, so a copy of it outlives a logout.
"""

import hashlib
import hmac
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Flask, Response, abort, after_this_request, current_app, g, redirect, request
from werkzeug.wrappers import Response as BaseResponse

import tokens

HOME = "/"  # where a login and a logout lead; never an address out of the request
SAFE = {"GET", "HEAD", "OPTIONS"}  # must change nothing, so they need no CSRF token

CheckPassword = Callable[[str, str], str | None]
P = ParamSpec("P")
R = TypeVar("R")


class Sessions:
    def __init__(self, check_password: CheckPassword) -> None:
        self.check_password = check_password
        self.issue, self.verify, self.revoker = tokens.issuer(), tokens.verifier(), tokens.revoker()


def init_sessions(app: Flask, check_password: CheckPassword) -> None:
    """Call it as the application is made."""
    app.extensions["sessions"] = Sessions(check_password)
    app.post("/login")(log_in)
    app.post("/logout")(log_out)
    app.post("/logout-everywhere")(session_required(log_out_everywhere))


def session_required(view: Callable[P, R]) -> Callable[P, R]:
    """Below the route's decorator. In the view, `g.user` is who is signed in, and every form needs
    <input type="hidden" name="csrf_token" value="{{ g.csrf_token }}">."""

    @wraps(view)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        check_session()
        answer: R = current_app.ensure_sync(view)(*args, **kwargs)
        return answer

    return checked


def check_session() -> None:
    """The same for a whole application or blueprint: `blueprint.before_request(check_session)`.
    401 if nobody is signed in, 403 without the CSRF token."""
    if request.method == "OPTIONS":
        # A browser asks without the cookie what it may send. The answer says nothing, runs no view,
        # and passes through what adds CORS headers.
        abort(Response(status=204))
    after_this_request(_forbid_caching)
    with _refusals():
        token = _cookie()
        if token and request.method not in SAFE:
            _check_csrf(token)
        g.user = _sessions().verify(token)["sub"]
    g.csrf_token = csrf_token(token)


def log_in() -> BaseResponse:
    after_this_request(_forbid_caching)
    name, password = request.form.get("name", ""), request.form.get("password", "")
    if _cross_site():
        abort(403)
    with _refusals():
        replaces = _cookie()
        begun = _sessions().issue.begin()  # before the password: a later log-out-everywhere counts
        user = None
        # Hashing takes time, so a long password is an attack; a hash stumbles over a zero byte.
        if len(name) <= 254 and len(password) <= 1024 and "\0" not in name + password:
            user = _sessions().check_password(name, password)
        if user is None:
            abort(401)
        token = _sessions().issue(user, begun=begun, replaces=replaces)
    return _leave(tokens.set_cookie(token))


def log_out() -> BaseResponse:
    """Needs no session that still lives: whoever has a dead cookie gets rid of it, too."""
    with _refusals():
        token = _cookie()
    if token:
        _check_csrf(token)
        with _refusals():  # a logout that the store did not hear of is no logout
            _sessions().revoker.revoke(token)
    return _leave(tokens.clear_cookie())


def log_out_everywhere() -> BaseResponse:
    with _refusals():
        _sessions().revoker.revoke_all(g.user)
    return _leave(tokens.clear_cookie())


def csrf_token(token: str) -> str:
    """Follows from the session, so there is nothing to store and no further secret to keep: who
    cannot read the cookie cannot know it, and from it nobody learns the cookie."""
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()


def _cookie() -> str:
    """Return the token, from the raw header, in which names are compared byte by byte."""
    return tokens.get_cookie(request.environ.get("HTTP_COOKIE", "")) or ""


def _check_csrf(token: str) -> None:
    sent = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
    if not hmac.compare_digest(sent.encode(), csrf_token(token).encode()):
        abort(403)


def _cross_site() -> bool:
    """Before the login there is no session to bind a token to, so the browser's word counts: or
    else another site could sign its visitors in to an account of its own. No browser, no victim."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        return site not in ("same-origin", "none")
    return origin is not None and origin.partition("://")[2] != request.headers.get("Host")


def _sessions() -> Sessions:
    sessions: Sessions = current_app.extensions["sessions"]
    return sessions


def _leave(cookie: str) -> BaseResponse:
    response = redirect(HOME, 303)
    response.headers.update({"Set-Cookie": cookie, "Cache-Control": "no-store"})
    return response


def _forbid_caching(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers.pop("Expires", None)
    return response


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except tokens.AmbiguousCookie:
        abort(400)
    except tokens.InvalidToken as error:
        logging.getLogger("tokens").info("refused: %s", error)  # the answer gives no reason
        abort(401)
    except tokens.StoreUnavailable:
        abort(503)

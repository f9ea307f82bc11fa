"""What confirm.py says of settings, tokens and cookies that keep to a decision or leave it."""

import ast
import base64
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import confirm
from confirm_promises import PROMISES, SETTINGS

HERE = Path(__file__).parent
PARTS = sorted(HERE.glob("confirm*.py"))
VALUES: dict[str, str | int] = {
    "issuer": "https://auth.example.com",
    "audience": "https://api.example.com",
    "access-minutes": 15,
    "leeway-seconds": 30,
    "cookie-name": "__Host-session",
    "idle-minutes": 30,
    "absolute-hours": 12,
    "refresh-cookie-name": "__Host-refresh",
    "refresh-idle-days": 7,
    "refresh-absolute-days": 30,
    "grace-seconds": 10,
    "store-url": "redis://127.0.0.1:6379/0",
}
SECRET = "c2VjcmV0LXRoYXQtbXVzdC1uZXZlci1iZS1wcmludGVk"
HEADER = {"alg": "HS256", "typ": "at+jwt"}
CLAIMS: dict[str, Any] = {
    "iss": "https://auth.example.com",
    "aud": "https://api.example.com",
    "sub": "user-1",
    "jti": "4f1a",
    "iat": 1_800_000_000,
    "exp": 1_800_000_900,
}
ISO = {
    "iat": "2027-01-15T08:00:00+00:00",
    "nbf": "2027-01-15T08:00:00+00:00",
    "exp": "2027-01-15T08:15:00+00:00",
}
RANDOM = "x5" * 21 + "Q"
COOKIE = f"__Host-session={RANDOM}; Path=/; Secure; HttpOnly; SameSite=Lax"


def decision(outcome: str, **changed: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "version": "0" * 64,
        "saved": {"permalink": "https://advisor.example/r/x/"},
        "settings": {id: VALUES[id] for id in PROMISES[outcome].settings},
        "result": {"outcome": outcome, "requirements": []},
        **changed,
    }


class Confirm:
    """Runs confirm.py on a decision for one outcome; `said` is all that it printed."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys
        self.said = ""

    def file(self, name: str, text: str | bytes) -> str:
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    def __call__(self, outcome: str, *arguments: str, **changed: Any) -> int:
        made = json.dumps(decision(outcome, **changed))
        code = confirm.main([self.file("recommendation.json", made), *arguments])
        printed = self.capsys.readouterr()
        self.said = printed.out + printed.err
        assert SECRET not in self.said
        return code

    def settings(self, outcome: str, text: str, *more: str, name: str = "settings.py") -> int:
        return self(outcome, "--settings", self.file(name, text), *more)

    def token(self, outcome: str, token: str, **changed: Any) -> int:
        code = self(outcome, "--token", self.file("sample.txt", f"{token}\n"), **changed)
        assert token == "" or token not in self.said
        return code

    def cookie(self, outcome: str, text: str) -> int:
        return self(outcome, "--set-cookie", self.file("headers.txt", text))

    def lines(self, status: str) -> dict[str, str]:
        """Of this status, what was said by name."""
        rows = [line.split(None, 2) for line in self.said.splitlines()]
        return {row[1]: row[2] for row in rows if row and row[0] == status}


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Confirm:
    return Confirm(tmp_path, capsys)


def b64(data: bytes | dict[str, Any]) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def jwt(header: Any = HEADER, claims: Any = CLAIMS, signature: bytes = b"s" * 32) -> str:
    return f"{b64(header)}.{b64(claims)}.{b64(signature)}"


def paseto(claims: Any, purpose: str = "public") -> str:
    return f"v4.{purpose}.{b64(json.dumps(claims).encode() + b's' * 64)}"


def without(name: str, items: dict[str, Any] = CLAIMS) -> dict[str, Any]:
    return {key: value for key, value in items.items() if key != name}


# The module beside it


@pytest.fixture
def beside(run: Confirm, monkeypatch: pytest.MonkeyPatch) -> Confirm:
    """With this file's neighbours elsewhere, where a tokens.py can be put beside them."""
    monkeypatch.setattr(confirm, "__file__", str(run.folder / "confirm.py"))
    return run


HS256 = """
ISSUER = "https://auth.example.com"
AUDIENCE = "https://api.example.com"
ACCESS_MINUTES = 15
LEEWAY_SECONDS = 30
ALGORITHM = "HS256"
TYPE = "at+jwt"
"""


def test_the_module_beside_it_is_compared_when_nothing_else_is_named(beside: Confirm) -> None:
    beside.file("tokens.py", HS256)
    assert beside("jwt-hs256") == 0
    assert list(beside.lines("ok")) == [
        "ISSUER", "AUDIENCE", "ACCESS_MINUTES", "LEEWAY_SECONDS", "ALGORITHM", "TYPE"
    ]  # fmt: skip
    assert "6 agree, 0 differ, 0 not checked\n" in beside.said
    assert "https://advisor.example/r/x/ (jwt-hs256, version 0000" in beside.said


def test_a_decision_for_another_kit_cannot_be_checked(beside: Confirm) -> None:
    beside.file("tokens.py", HS256)
    assert beside("opaque-session") == 2
    assert "opaque-session, tokens.py that of jwt-asymmetric or jwt-hs256" in beside.said


def test_without_a_module_there_is_nothing_to_check(beside: Confirm) -> None:
    assert beside("jwt-hs256") == 2
    assert "tokens.py cannot be opened: No such file" in beside.said


# Settings


@pytest.mark.parametrize(
    ("changed", "name", "said"),
    [
        (
            "ACCESS_MINUTES = 16",
            "ACCESS_MINUTES",
            "16 minutes; the decision says at most 15 minutes",
        ),
        ("ACCESS_MINUTES = 0", "ACCESS_MINUTES", "0 minutes is no lifetime"),
        ("ACCESS_MINUTES = -1", "ACCESS_MINUTES", "-1 minutes is no lifetime"),
        ("ACCESS_MINUTES = True", "ACCESS_MINUTES", "True; the decision says at most 15"),
        ("ACCESS_MINUTES = None", "ACCESS_MINUTES", "None; the decision says at most 15"),
        (
            "ACCESS_MINUTES = 1e400",
            "ACCESS_MINUTES",
            "a value of type float; the decision says at most 15",
        ),
        ("ACCESS_MINUTES = timedelta(minutes=15, seconds=1)", "ACCESS_MINUTES", "15.0167 minutes;"),
        ("LEEWAY_SECONDS = 31", "LEEWAY_SECONDS", "31 seconds; the decision says at most 30"),
        ("ISSUER = 'https://other.example'", "ISSUER", "https://other.example; the decision says"),
        (f"ISSUER = '{SECRET}'", "ISSUER", "another text, of 44 characters; the decision says"),
        (
            "AUDIENCE = []",
            "AUDIENCE",
            "a value of type list; the decision says https://api.example.com",
        ),
        ("ALGORITHM = 'RS256'", "ALGORITHM", "RS256; the decision says HS256"),
        ("ALGORITHM = ['HS256', 'none']", "ALGORITHM", "none; the decision says HS256"),
        ("TYPE = 'JWT'", "TYPE", "JWT; the decision says at+jwt"),
    ],
)
def test_a_setting_that_leaves_the_decision_fails(
    run: Confirm, changed: str, name: str, said: str
) -> None:
    assert run.settings("jwt-hs256", f"{HS256}{changed}\n") == 1
    assert run.lines("FAIL").keys() == {name}
    assert run.lines("FAIL")[name].startswith(said)
    assert len(run.lines("ok")) == 5


@pytest.mark.parametrize(
    ("changed", "name", "said"),
    [
        ("ACCESS_MINUTES = 5", "ACCESS_MINUTES", "5 minutes, at most 15"),
        ("ACCESS_MINUTES: Final[int] = 5 * 3", "ACCESS_MINUTES", "15 minutes, at most 15"),
        ("ACCESS_MINUTES = datetime.timedelta(seconds=90)", "ACCESS_MINUTES", "1.5 minutes, at"),
        ("A = 5\nACCESS_MINUTES = B = A + 5 * (3 - 1)", "ACCESS_MINUTES", "15 minutes, at most 15"),
        ("LEEWAY_SECONDS = 0", "LEEWAY_SECONDS", "0 seconds, at most 30"),
        ("ALGORITHM = ('HS256',)", "ALGORITHM", "HS256"),
        ("def f():\n    ALGORITHM = 'none'", "ALGORITHM", "HS256"),
    ],
)
def test_a_setting_within_the_decision_agrees(
    run: Confirm, changed: str, name: str, said: str
) -> None:
    assert run.settings("jwt-hs256", f"{HS256}{changed}\n", "--strict") == 0
    assert run.lines("ok")[name].startswith(said)


@pytest.mark.parametrize(
    "changed",
    [
        "import os\nALGORITHM = os.environ['ALGORITHM']",
        "if DEBUG:\n    ALGORITHM = 'none'",
        "try:\n    from local import *\nexcept ImportError:\n    pass",
        "from local import *",
        "ALGORITHM += 'x'",
        "ALGORITHM, X = 'HS256', 1",
        "del ALGORITHM",
        "for ALGORITHM in x:\n    pass",
        "ALGORITHM = f'HS{256}'",
        "ALGORITHM = ['HS256', other]",
        "from local import ALGORITHM",
        "import local as ALGORITHM",
        "ALGORITHM = ['HS256']\nALGORITHM.append(other)",
        "ALGORITHM = ['HS256']\nALGORITHM[index] = 'none'",
    ],
)
def test_what_only_the_running_program_knows_is_not_called_good(run: Confirm, changed: str) -> None:
    text = f"{HS256}{changed}\n"
    assert run.settings("jwt-hs256", text) in (0, 2)
    assert run.lines("skip")["ALGORITHM"] == "computed or imported, which cannot be read"
    assert run.settings("jwt-hs256", text, "--strict") == 1


def test_a_missing_setting_is_not_checked_or_with_strict_fails(run: Confirm) -> None:
    text = HS256.replace("ALGORITHM", "OTHER")
    assert run.settings("jwt-hs256", text) == 0
    assert run.lines("skip") == {"ALGORITHM": "not there"}
    assert run.settings("jwt-hs256", text, "--strict") == 1


def test_it_is_no_success_to_check_nothing(run: Confirm) -> None:
    assert run.settings("jwt-hs256", "X = 1\n") == 2


def test_a_nested_constant_is_read_in_its_place(run: Confirm) -> None:
    text = "HEADER = {'alg': 'ES256', 'typ': 'at+jwt'}\n"
    assert run.settings("jwt-blocklist", text) == 0
    assert run.lines("ok") == {"HEADER.alg": "ES256", "HEADER.typ": "at+jwt"}
    assert run.settings("jwt-blocklist", f"{text}HEADER['alg'] = 'none'\n") == 1
    assert run.settings("jwt-blocklist", f"{text}HEADER.update(alg='none')\n") == 1
    for change in (
        "= make()", "|= other", ".update(other)", "[key] = 'none'", "= {'alg': 'ES256', **other}"
    ):  # fmt: skip
        assert run.settings("jwt-blocklist", f"{text}HEADER{change}\n") == 2
        assert run.lines("skip")["HEADER.alg"] == "computed or imported, which cannot be read"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"jwt": {"ttl": %d}}'),
        ("a.toml", "[jwt]\nttl = %d\n"),
        ("a.py", "class jwt(Base):\n    ttl = %d\n"),
        ("b.py", "jwt = {'ttl': %d}\n"),
        ("c.py", "jwt['ttl'] = %d\n"),
    ],
)
def test_a_name_and_a_unit_of_ones_own_can_be_mapped(run: Confirm, name: str, text: str) -> None:
    for ways in (
        ["--map", "ACCESS_MINUTES=jwt.ttl:seconds"],
        ["--map", "ACCESS_MINUTES=ttl:seconds", "--section", "jwt"],
    ):
        assert run.settings("jwt-hs256", text % 900, *ways, name=name) == 0
        assert run.settings("jwt-hs256", text % 901, *ways, name=name) == 1
        assert "15.0167 minutes; the decision says at most 15 minutes" in run.said


def test_an_environment_file_is_read(run: Confirm) -> None:
    text = "# a comment\nexport ISSUER='https://auth.example.com'\nACCESS_MINUTES=10 # short\n"
    assert run.settings("jwt-hs256", text, name=".env.production") == 0
    assert run.lines("ok").keys() == {"ISSUER", "ACCESS_MINUTES"}
    assert run.settings("jwt-hs256", f"{text}ACCESS_MINUTES=20\n", name="prod.env") == 1


def test_the_last_of_several_files_counts(run: Confirm) -> None:
    base, site = run.file("base.py", HS256), run.file("site.toml", "ACCESS_MINUTES = 20\n")
    assert run("jwt-hs256", "--settings", site, "--settings", base) == 0
    assert run("jwt-hs256", "--settings", base, "--settings", site) == 1


def test_a_file_may_refer_to_one_that_was_named_before(run: Confirm) -> None:
    base = run.file("tokens.py", HS256)
    for text, prefix in (
        ("from .tokens import *", ""), ("from a.tokens import ACCESS_MINUTES, LEEWAY_SECONDS", ""),
        ("import tokens", "tokens."), ("from . import tokens", "tokens."),
        ("import tokens as kit", "kit."),
    ):  # fmt: skip
        for name, code in (("ACCESS_MINUTES", 0), ("LEEWAY_SECONDS", 1)):
            site = run.file("site.py", f"{text}\nACCESS_MINUTES = {prefix}{name}\n")
            assert run("jwt-hs256", "--strict", "--settings", base, "--settings", site) == code


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", "A = \n"), ("a.py", "\0"), ("a.py", "(" * 9999), ("a.json", "{"), ("a.toml", "="),
        ("a.json", "[" * 99999), ("a.json", "[]"), ("a.yaml", "A: 1"), ("a.py", b"\xff\xfe"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_named(run: Confirm, name: str, text: str | bytes) -> None:
    path = run.file(name, text)
    assert run("jwt-hs256", "--settings", path) == 2
    assert run.said.startswith(f"confirm.py: {path}")


@pytest.mark.parametrize("pair", ["X=Y", "ISSUER", "ISSUER=", "ACCESS_MINUTES=TTL:weeks"])
def test_an_impossible_mapping_is_refused(run: Confirm, pair: str) -> None:
    assert run.settings("jwt-hs256", HS256, "--map", pair) == 2
    assert "--map takes CONSTANT=NAME" in run.said


def test_a_section_that_no_file_has_is_refused(run: Confirm) -> None:
    assert run.settings("jwt-hs256", HS256, "--section", "Production") == 2


def test_a_class_has_what_it_inherits(run: Confirm) -> None:
    text = "class Base:\n    ACCESS_MINUTES = 15\n    ALGORITHM = 'HS256'\n"
    text += "class Live(Base):\n    ACCESS_MINUTES = {}\nclass Other(Far, Live):\n    pass\n"
    assert run.settings("jwt-hs256", text.format(5), "--section", "Live") == 0
    assert run.lines("ok") == {"ACCESS_MINUTES": "5 minutes, at most 15", "ALGORITHM": "HS256"}
    assert run.settings("jwt-hs256", text.format(16), "--section", "Live") == 1
    assert run.settings("jwt-hs256", text.format(5), "--section", "Other") == 2


DJANGO = """
SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 30 * 60
"""


def test_the_session_cookie_of_a_framework_is_compared(run: Confirm) -> None:
    assert run.settings("opaque-session", DJANGO) == 0
    assert len(run.lines("ok")) == 5
    assert run.lines("skip").keys() == {"ABSOLUTE_HOURS", "STORE_URL"}


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("SECURE = True", "SECURE = False", "SESSION_COOKIE_SECURE"),
        ("SESSION_COOKIE_SECURE = True", "", "SESSION_COOKIE_SECURE"),
        ("SECURE = True", "SECURE = 1", "SESSION_COOKIE_SECURE"),
        ("HTTPONLY = True", "HTTPONLY = False", "SESSION_COOKIE_HTTPONLY"),
        ('SAMESITE = "Lax"', 'SAMESITE = "None"', "SESSION_COOKIE_SAMESITE"),
        ('SAMESITE = "Lax"', "SAMESITE = None", "SESSION_COOKIE_SAMESITE"),
        ("30 * 60", "30 * 60 + 1", "SESSION_COOKIE_AGE"),
        ("AGE = 30 * 60", "AGE = 60\nPERMANENT_SESSION_LIFETIME = timedelta(days=31)",
         "PERMANENT_SESSION_LIFETIME"),
        ("__Host-session", "sessionid", "SESSION_COOKIE_NAME"),
    ],
)  # fmt: skip
def test_a_weaker_session_cookie_fails(run: Confirm, old: str, new: str, name: str) -> None:
    assert old in DJANGO
    assert run.settings("opaque-session", DJANGO.replace(old, new)) == 1
    assert run.lines("FAIL").keys() == {name}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("", 0),
        ("app.config['SESSION_COOKIE_SECURE'] = False", 1),
        ("app.config.update(SESSION_COOKIE_SECURE=False)", 1),
        ("app.config.from_prefixed_env()", 2),
        ("if debug:\n    app.config.update(SESSION_COOKIE_SECURE=False)", 2),
        ("app.register_blueprint(x)", 0),
    ],
)
def test_the_config_of_a_flask_application_is_followed(
    run: Confirm, change: str, code: int
) -> None:
    text = "app = Flask(__name__)\napp.config['SESSION_COOKIE_NAME'] = '__Host-session'\n"
    text += "app.config.from_mapping(SESSION_COOKIE_SECURE=True, SESSION_COOKIE_SAMESITE='Lax')\n"
    assert run.settings("opaque-session", f"{text}{change}\n", "--section", "app.config") == code


def test_what_is_on_by_default_may_be_left_out(run: Confirm) -> None:
    text = DJANGO.replace("SESSION_COOKIE_HTTPONLY = True", "").replace('"Lax"', '"strict"')
    assert run.settings("opaque-session", text) == 0
    assert run.lines("ok")["SESSION_COOKIE_HTTPONLY"] == "not set, so it is on"


def test_what_another_module_may_set_is_not_called_missing(run: Confirm) -> None:
    text = "from local import *\nSESSION_COOKIE_NAME = '__Host-session'\n"
    assert run.settings("opaque-session", text) == 0
    assert "SESSION_COOKIE_SECURE" in run.lines("skip")


# Tokens


def test_a_token_that_keeps_to_the_decision_agrees(run: Confirm) -> None:
    assert run.token("jwt-hs256", jwt()) == 0
    assert run.lines("ok")["lifetime"] == "15 minutes, at most 15"
    assert run.lines("ok")["algorithm"] == "HS256"
    assert run.lines("skip").keys() == {"verified"}


ODD_TIMES = ("1800000900", 1.8e9, True, None, 10**40)


@pytest.mark.parametrize(
    ("token", "name"),
    [
        (jwt({**HEADER, "alg": "RS256"}), "algorithm"),
        (jwt({**HEADER, "alg": "none"}, signature=b""), "algorithm"),
        (jwt({**HEADER, "alg": "nOnE"}), "algorithm"),
        (jwt({**HEADER, "alg": ["HS256", "none"]}), "algorithm"),
        (jwt({"typ": "at+jwt"}), "algorithm"),
        (jwt({**HEADER, "typ": "JWT"}), "typ"),
        (jwt({"alg": "HS256"}), "typ"),
        *((jwt({**HEADER, name: "x"}), "header") for name in ("kid", "jku", "jwk", "crit", "?")),
        (jwt(signature=b""), "signature"),
        *((jwt(claims=without(name)), name) for name in CLAIMS),
        (jwt(claims={**CLAIMS, "iss": "https://auth.example.com/"}), "iss"),
        (jwt(claims={**CLAIMS, "aud": "https://other.example"}), "aud"),
        (jwt(claims={**CLAIMS, "aud": []}), "aud"),
        *((jwt(claims={**CLAIMS, "sub": value}), "sub") for value in ("", 7, None)),
        *((jwt(claims={**CLAIMS, "exp": value}), "exp") for value in ODD_TIMES),
        (jwt(claims={**CLAIMS, "nbf": "soon"}), "nbf"),
        (jwt(claims={**CLAIMS, "exp": CLAIMS["exp"] + 1}), "lifetime"),
        (jwt(claims={**CLAIMS, "exp": CLAIMS["iat"]}), "lifetime"),
        (jwt(claims={**CLAIMS, "scope": "x" * 4096}), "length"),
        (jwt(claims=b"{}{}"), "form"),
        (jwt(claims=b'{"sub": "a", "sub": "b"}'), "form"),
        (jwt(claims=b"[" * 3000), "form"),
        (jwt(claims=b"[]"), "form"),
        (jwt(claims=b"\xff"), "form"),
        (jwt()[:-1] + "t", "form"),
    ],
)  # fmt: skip
def test_a_token_that_leaves_the_decision_fails(run: Confirm, token: str, name: str) -> None:
    assert run.token("jwt-hs256", token) == 1
    assert name in run.lines("FAIL")
    assert len(run.lines("FAIL")) <= (3 if name == "algorithm" else 1)


def test_several_audiences_are_not_the_one(run: Confirm) -> None:
    both = [CLAIMS["aud"], "https://other.example"]
    assert run.token("jwt-hs256", jwt(claims={**CLAIMS, "aud": both})) == 1


def test_a_list_with_the_one_audience_is_refused_as_the_kit_refuses_it(run: Confirm) -> None:
    assert run.token("jwt-hs256", jwt(claims={**CLAIMS, "aud": [CLAIMS["aud"]]})) == 1


OUTSIDE = {"alg": "dir", "enc": "A256GCM", "typ": "at+jwt"}
KINDS = {
    "opaque-session": RANDOM,
    "jwt-hs256": jwt(),
    "paseto-public": paseto({**CLAIMS, **ISO}),
    "paseto-local": paseto({}, "local"),
    "jwe": f"{b64(OUTSIDE)}..{b64(b'i' * 12)}.eA.{b64(b't' * 16)}",
}


@pytest.mark.parametrize("outcome", KINDS)
def test_a_token_of_another_kind_fails(run: Confirm, outcome: str) -> None:
    for other, token in KINDS.items():
        assert run.token(outcome, token) == (0 if other == outcome else 1)
        assert ("kind" in run.lines("FAIL")) == (other != outcome)


@pytest.mark.parametrize(
    "token",
    [
        "", RANDOM[1:], f"{RANDOM}x", "A" * 42 + "+", "4f1a" * 8, "sess!on", "v3.public.AAAA",
        f"{RANDOM} {RANDOM}", "a.b", "eyJ" * 999, "é" * 43,
    ],
)  # fmt: skip
def test_what_has_no_known_shape_fails(run: Confirm, token: str) -> None:
    for outcome in ("opaque-session", "jwt-hs256", "paseto-public"):
        assert run.token(outcome, token) == 1
        assert run.lines("FAIL").keys() == {"kind"}


def test_a_session_key_of_django_is_a_random_token_too(run: Confirm) -> None:
    assert run.token("opaque-session", "k3" * 16) == 0
    assert run.token("opaque-introspection", "k3" * 16) == 1


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"exp": 1_800_000_900}, "exp"),
        ({"exp": "2027-01-15T08:15:00Z"}, "exp"),
        ({"exp": "2027-13-15T08:15:00+00:00"}, "exp"),
        ({"nbf": None}, "nbf"),
        ({"exp": "2027-01-15T08:15:01+00:00"}, "lifetime"),
        ({"iss": "https://other.example"}, "iss"),
    ],
)
def test_the_claims_of_a_signed_paseto_are_seen(
    run: Confirm, changed: dict[str, Any], name: str
) -> None:
    assert run.token("paseto-public", paseto({**CLAIMS, **ISO, **changed})) == 1
    assert run.lines("FAIL").keys() == {name}


@pytest.mark.parametrize("outcome", ["paseto-public", "paseto-local"])
def test_a_footer_is_refused_as_the_kit_refuses_it(run: Confirm, outcome: str) -> None:
    assert run.token(outcome, f"{KINDS[outcome]}.{b64(b'footer')}") == 1
    assert run.lines("FAIL").keys() == {"footer"}


@pytest.mark.parametrize("outcome", ["paseto-local", "jwe"])
def test_what_is_encrypted_is_never_called_good(run: Confirm, outcome: str) -> None:
    assert run.token(outcome, KINDS[outcome]) == 0
    assert run.lines("skip").keys() == {"claims", "verified"}
    assert run.lines("ok").keys().isdisjoint({"iss", "aud", "lifetime", "exp"})


@pytest.mark.parametrize(
    ("segment", "changed", "name"),
    [
        (0, b64({**OUTSIDE, "enc": "A128GCM"}), "enc"),
        (0, b64({**OUTSIDE, "zip": "DEF"}), "header"),
        (1, b64(b"k" * 40), "encryption"),
        (2, b64(b"i" * 8), "encryption"),
        (4, b64(b"t" * 8), "encryption"),
    ],
)
def test_the_outside_of_an_encrypted_token_is_seen(
    run: Confirm, segment: int, changed: str, name: str
) -> None:
    parts = KINDS["jwe"].split(".")
    parts[segment] = changed
    assert run.token("jwe", ".".join(parts)) == 1
    assert run.lines("FAIL").keys() == {name}


# Cookies


def test_a_cookie_that_keeps_to_the_decision_agrees(run: Confirm) -> None:
    response = f"HTTP/2 303\r\nset-cookie: other=1\r\nSet-Cookie: {COOKIE}\r\n\r\n<p>"
    for text in (COOKIE, response, COOKIE.replace("Lax", "strict").lower().replace("host", "Host")):
        assert run.cookie("opaque-session", text) == 0
        assert RANDOM not in run.said
        assert run.lines("ok").keys() == {
            "cookie", "HttpOnly", "Secure", "SameSite", "Path", "Domain", "value"
        }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("; Secure", "", "Secure"),
        ("; HttpOnly", "", "HttpOnly"),
        ("; SameSite=Lax", "", "SameSite"),
        ("SameSite=Lax", "SameSite=None", "SameSite"),
        ("SameSite=Lax", "SameSite=Lax; SameSite=None", "SameSite"),
        ("Path=/", "Path=/app", "Path"),
        ("; Path=/", "", "Path"),
        ("Path=/", "Path=/; Domain=example.com", "Domain"),
        ("Path=/", "Path=/; Max-Age=43201", "Max-Age"),
        ("__Host-session", "sessionid", "cookie"),
        ("__Host-session", "__Host-Session", "cookie"),
        (RANDOM, "eyJ1c2VyIjoxfQ.ZxY.abc", "value"),
    ],
)
def test_a_weaker_cookie_fails(run: Confirm, old: str, new: str, name: str) -> None:
    assert old in COOKIE
    assert run.cookie("opaque-session", COOKIE.replace(old, new)) == 1
    assert run.lines("FAIL").keys() == {name}


def test_a_cookie_may_be_kept_as_long_as_was_decided(run: Confirm) -> None:
    assert run.cookie("opaque-session", f"{COOKIE}; Max-Age=43200") == 0
    assert run.lines("ok")["Max-Age"] == "12 hours, at most 12"
    assert run.cookie("opaque-session", f"{COOKIE}; Expires=Thu, 01 Jan 2099 00:00:00 GMT") == 0
    assert "Expires" in run.lines("skip")


def test_an_access_token_is_no_value_of_the_refresh_cookie(run: Confirm) -> None:
    cookie = "__Host-refresh={}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=604800"
    assert run.cookie("access-refresh", cookie.format(f"{RANDOM}.{RANDOM}")) == 0
    assert run.cookie("access-refresh", cookie.format(jwt())) == 1
    assert run.lines("FAIL").keys() == {"value"}


def test_a_decision_without_a_cookie_has_none_to_check(run: Confirm) -> None:
    assert run.cookie("jwt-hs256", COOKIE) == 2


# The decision


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"format": 2}, "a format that is not known here"),
        ({"result": {"outcome": "sqlite", "requirements": []}}, "something that is not known here"),
        ({"result": {"outcome": [], "requirements": []}}, "something that is not known here"),
        ({"result": []}, "is not the JSON of a recommendation"),
        ({"settings": {}}, "lacks the settings of its kit"),
        ({"settings": VALUES | {"access-minutes": "15"}}, "lacks the settings of its kit"),
        ({"settings": VALUES | {"access-minutes": True}}, "lacks the settings of its kit"),
    ],
)
def test_a_decision_that_cannot_be_used_is_explained(
    run: Confirm, changed: dict[str, Any], said: str
) -> None:
    assert run("jwt-hs256", **changed) == 2
    assert said in run.said


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "<html>", "[" * 99999, b"\xff"])
def test_a_file_that_is_no_decision_is_explained(run: Confirm, text: str | bytes) -> None:
    assert confirm.main([run.file("page.html", text)]) == 2
    assert "page.html is not the JSON of a recommendation\n" in run.capsys.readouterr().err


def test_a_link_is_not_followed(run: Confirm) -> None:
    link = "https://advisor.example/r/x/recommendation.json?a='b'"
    assert confirm.main([link]) == 2
    said = run.capsys.readouterr().err
    assert "curl -fsS -o recommendation.json 'https://advisor.example/r/x/" in said


def test_a_decision_that_was_not_saved_can_be_checked(run: Confirm) -> None:
    assert run("jwt-hs256", "--token", run.file("t", jwt()), saved=None) == 0
    assert "\nnot saved (jwt-hs256, version" in run.said


def test_what_policies_require_is_listed_as_not_checked(run: Confirm) -> None:
    required = {"policy": "house", "rule": "review", "text": "Ask the \x1b[2Jsecurity team."}
    result = {"outcome": "jwt-hs256", "requirements": [required]}
    assert run.token("jwt-hs256", jwt(), result=result) == 0
    assert run.lines("skip")["required"] == "not checked here: Ask the ?[2Jsecurity team."


# How it is used


def test_it_prints_json_for_programs(run: Confirm) -> None:
    assert (
        run("jwt-hs256", "--format", "json", "--token", run.file("t", jwt(without("typ", HEADER))))
        == 1
    )
    report = json.loads(run.said)
    assert report["permalink"] == "https://advisor.example/r/x/"
    assert report["version"] == "0" * 64
    failed = [check for check in report["checks"] if check["status"] == "FAIL"]
    assert failed == [{"status": "FAIL", "name": "typ", "text": "missing from the header"}]


def test_a_sample_comes_from_standard_input_too(
    run: Confirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    for option, text in (("--token", RANDOM), ("--set-cookie", COOKIE)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"{text}\n".encode())))
        assert run("opaque-session", option, "-") == 0
        assert RANDOM not in run.said


def test_standard_input_can_be_only_one_of_its_files(run: Confirm) -> None:
    assert run("opaque-session", "--token", "-", "--set-cookie", "-") == 2
    assert "only one of its files can be standard input" in run.said


def test_a_sample_in_the_arguments_is_taken_with_a_warning(run: Confirm) -> None:
    for option, text in (("--token", RANDOM), ("--token", jwt() * 9), ("--set-cookie", COOKIE)):
        run("opaque-session", option, text)
        assert "Others on this machine can see arguments" in run.said
        assert RANDOM not in run.said


@pytest.mark.parametrize(
    "arguments",
    [
        [SECRET],
        ["x", SECRET],
        ["x", f"--format={SECRET}"],
        ["x", f"--t={SECRET}"],
        [jwt()],
        [RANDOM],
    ],
)
def test_a_misplaced_token_is_not_printed(arguments: list[str]) -> None:
    command = [sys.executable, str(HERE / "confirm.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert arguments[-1].rpartition("=")[2] not in done.stdout + done.stderr


def test_it_can_open_no_connection() -> None:
    """Neither its own imports nor what they import bring a module that could."""
    code = "import sys; before = {*sys.modules}; import confirm; print(*{*sys.modules} - before)"
    command = [sys.executable, "-S", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=HERE, timeout=60, check=True)
    loaded = set(done.stdout.split())
    assert {"confirm_tokens", "ast"} <= loaded
    assert loaded.isdisjoint(
        {"socket", "_socket", "ssl", "http.client", "urllib.request", "ftplib"}
    )
    assert loaded.isdisjoint({"asyncio", "subprocess", "ctypes", "smtplib", "multiprocessing"})


def test_it_needs_only_the_standard_library() -> None:
    own = {path.stem for path in PARTS}
    for path in PARTS:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= own | sys.stdlib_module_names


def test_every_setting_has_a_value_in_these_tests() -> None:
    assert VALUES.keys() == SETTINGS.keys()

"""What confirm.py says of settings that keep to a decision or leave it."""

import pytest

import confirm
from tests.kits.confirm.samples import HS256, SECRET, Confirm


@pytest.fixture
def beside(run: Confirm, monkeypatch: pytest.MonkeyPatch) -> Confirm:
    """With this file's neighbours elsewhere, where a tokens.py can be put beside them."""
    monkeypatch.setattr(confirm, "__file__", str(run.folder / "confirm.py"))
    return run


def test_the_module_beside_it_is_compared_when_nothing_else_is_named(beside: Confirm) -> None:
    beside.file("tokens.py", HS256)
    assert beside("jwt-hs256") == 0
    assert list(beside.lines("ok")) == [
        "ISSUER", "AUDIENCE", "ACCESS_MINUTES", "LEEWAY_SECONDS", "ALGORITHM", "TYPE"
    ]  # fmt: skip
    assert "6 agree, 0 differ, 0 not checked\n" in beside.printed
    assert "https://advisor.example/r/x/ (jwt-hs256, version 0000" in beside.printed


def test_a_decision_for_another_kit_cannot_be_checked(beside: Confirm) -> None:
    beside.file("tokens.py", HS256)
    assert beside("opaque-session") == 2
    assert "opaque-session, tokens.py that of jwt-asymmetric or jwt-hs256" in beside.printed


def test_without_a_module_there_is_nothing_to_check(beside: Confirm) -> None:
    assert beside("jwt-hs256") == 2
    assert "tokens.py cannot be opened: No such file" in beside.printed


@pytest.mark.parametrize(
    ("changed", "name", "expected"),
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
    run: Confirm, changed: str, name: str, expected: str
) -> None:
    assert run.settings("jwt-hs256", f"{HS256}{changed}\n") == 1
    assert run.lines("FAIL").keys() == {name}
    assert run.lines("FAIL")[name].startswith(expected)
    assert len(run.lines("ok")) == 5


@pytest.mark.parametrize(
    ("changed", "name", "expected"),
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
    run: Confirm, changed: str, name: str, expected: str
) -> None:
    assert run.settings("jwt-hs256", f"{HS256}{changed}\n", "--strict") == 0
    assert run.lines("ok")[name].startswith(expected)


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
        assert "15.0167 minutes; the decision says at most 15 minutes" in run.printed


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
    assert run.printed.startswith(f"confirm.py: {path}")


@pytest.mark.parametrize("pair", ["X=Y", "ISSUER", "ISSUER=", "ACCESS_MINUTES=TTL:weeks"])
def test_an_impossible_mapping_is_refused(run: Confirm, pair: str) -> None:
    assert run.settings("jwt-hs256", HS256, "--map", pair) == 2
    assert "--map takes CONSTANT=NAME" in run.printed


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
    assert run.lines("skip").keys() == {"ABSOLUTE_HOURS", "STORE_URL", "CACHE_SECONDS"}


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

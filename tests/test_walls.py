"""What may know of what: rooms only of those below, the program of no tree's subject."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from advisor.engine.reading.yaml_nodes import plain, read

ROOT = Path(__file__).parents[1]
TOKENS = ROOT / "tree" / "tokens"
STORAGE = ROOT / "tree" / "examples" / "storage"

# Imports

ENGINE = frozenset({"yaml", "pydantic", "pydantic_core", "rapidfuzz", "advisor.engine"})
DYNAMIC = ("__import__", "import_module", "importlib.import_module")
EXPORTS = ENGINE | {"advisor.exports", "markdown_it", "mdformat"}


def imported(source: str, module: str) -> Iterator[str]:
    """Every module that the source imports, wherever in it; relative names made whole."""
    package = module.split(".")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            whole = ".".join([*base, *([node.module] if node.module else [])])
            # `from advisor import views` names a module in its second half.
            yield from (f"{whole}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in DYNAMIC:
            yield ast.unparse(node)


def forbidden(source: str, module: str, allowed: frozenset[str]) -> list[str]:
    """The imports that are neither of the standard library nor allowed."""
    return [
        name
        for name in imported(source, module)
        if name.partition(".")[0] not in sys.stdlib_module_names - {"importlib"}
        and not any(name == known or name.startswith(f"{known}.") for known in allowed)
    ]


def modules(folder: str) -> list[str]:
    return sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        *((path, ENGINE) for path in modules("advisor/engine")),
        *((path, EXPORTS) for path in modules("advisor/exports")),
    ],
)
def test_it_imports_nothing_from_above(path: str, allowed: frozenset[str]) -> None:
    module = path.removesuffix(".py").replace("/", ".")

    assert forbidden((ROOT / path).read_text(encoding="utf-8"), module, allowed) == []


def test_it_looks_at_both_walled_packages() -> None:
    assert "advisor/engine/reader.py" in modules("advisor/engine")
    assert "advisor/exports/__init__.py" in modules("advisor/exports")


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import django", ["django"]),
        ("import json, django.conf", ["django.conf"]),
        ("from django.db import models", ["django.db.models"]),
        ("from advisor import kits", ["advisor.kits"]),
        ("from advisor.exports import adr", ["advisor.exports.adr"]),
        ("from .. import views", ["advisor.views"]),
        ("from ..pages import Page", ["advisor.pages.Page"]),
        ("def late():\n    import redis", ["redis"]),
        ("if TYPE_CHECKING:\n    from advisor.models import Saved", ["advisor.models.Saved"]),
        ("importlib.import_module('django')", ["importlib.import_module('django')"]),
        ("import advisor.engineering", ["advisor.engineering"]),
    ],
)
def test_it_would_notice_an_import_from_above(source: str, names: list[str]) -> None:
    assert forbidden(source, "advisor.engine.reader", ENGINE) == names


@pytest.mark.parametrize(
    "source",
    [
        "import re\nfrom pathlib import Path\nimport yaml.reader",
        "from advisor.engine import model\nfrom advisor.engine.graph import Tree",
        "from . import model\nfrom .graph import Tree",
        "from pydantic_core import ErrorDetails",
    ],
)
def test_it_would_pass_what_the_engine_may_import(source: str) -> None:
    assert forbidden(source, "advisor.engine.reader", ENGINE) == []


# The order of the rooms

# Each room may import those below it, and no other.
ROOMS = (
    *("__main__", "wsgi", "urls", "search", "apps", "settings", "management", "ops", "admin"),
    *("studio", "register", "saved", "wizard", "web", "catalogue", "models"),
    *("kits", "exports", "engine"),
)
# Beside each other, though one stands in the list above the other.
APART = {("studio", "register"), ("studio", "saved")}
ENGINE_ROOMS = (
    *("printing", "comparing", "reader", "walking", "policies", "reading", "tree", "problems"),
)


def upward(
    source: str,
    module: str,
    rooms: tuple[str, ...],
    house: str = "advisor",
    apart: frozenset[tuple[str, str]] = frozenset(),
) -> list[str]:
    """The imports that lead from a module of the house to a room that does not stand below its."""
    room = module.removeprefix(f"{house}.").split(".")[0]
    reached = {
        name: name.removeprefix(f"{house}.").split(".")[0]
        for name in imported(source, module)
        if name.startswith(f"{house}.")
    }
    return [
        name
        for name, other in reached.items()
        if other in rooms
        and other != room
        and (rooms.index(other) < rooms.index(room) or (room, other) in apart)
    ]


def program_modules(folder: str) -> list[str]:
    """Migrations are history: they import what they were written for."""
    return [path for path in modules(folder) if "/migrations/" not in path]


def dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@pytest.mark.parametrize("path", program_modules("advisor"))
def test_a_room_imports_only_rooms_below_it(path: str) -> None:
    source = (ROOT / path).read_text(encoding="utf-8")

    assert upward(source, dotted(path), ROOMS, apart=frozenset(APART)) == []


@pytest.mark.parametrize("path", program_modules("advisor/engine"))
def test_a_room_of_the_engine_imports_only_rooms_below_it(path: str) -> None:
    source = (ROOT / path).read_text(encoding="utf-8")

    assert upward(source, dotted(path), ENGINE_ROOMS, "advisor.engine") == []


def test_every_module_stands_in_a_room() -> None:
    files = {dotted(path).split(".")[1] for path in program_modules("advisor") if path != INIT}
    engine = {dotted(path).split(".")[2] for path in program_modules("advisor/engine")[1:]}

    assert files == set(ROOMS)
    assert engine == set(ENGINE_ROOMS)


@pytest.mark.parametrize("room", [*ROOMS, *ENGINE_ROOMS])
def test_the_architecture_page_names_every_room(room: str) -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    block = page.split("## Rooms")[1].split("```")[1]

    assert room in re.findall(r"[a-z_]+", block)


INIT = "advisor/__init__.py"


@pytest.mark.parametrize(
    ("module", "source", "names"),
    [
        ("advisor.web.pages", "from advisor.wizard import parts", ["advisor.wizard.parts"]),
        (
            "advisor.wizard.build",
            "from advisor.saved.records import save",
            ["advisor.saved.records.save"],
        ),
        ("advisor.saved.views", "from ..register import listing", ["advisor.register.listing"]),
        ("advisor.studio.views", "import advisor.saved.records", ["advisor.saved.records"]),
        ("advisor.kits.reading", "from advisor import catalogue", ["advisor.catalogue"]),
        (
            "advisor.models",
            "def late():\n    from advisor.web import access",
            ["advisor.web.access"],
        ),
        ("advisor.register.views", "from advisor.saved import records", []),
        ("advisor.studio.views", "from advisor.wizard import parts", []),
    ],
)
def test_it_would_notice_an_import_upwards(module: str, source: str, names: list[str]) -> None:
    assert upward(source, module, ROOMS, apart=frozenset(APART)) == names


@pytest.mark.parametrize(
    ("module", "source", "names"),
    [
        (
            "reading.lint",
            "from advisor.engine.walking import walk",
            ["advisor.engine.walking.walk"],
        ),
        (
            "tree.graph",
            "from advisor.engine.reader import Reading",
            ["advisor.engine.reader.Reading"],
        ),
        ("comparing.drift", "from advisor.engine.walking import evaluate", []),
    ],
)
def test_it_would_notice_an_import_upwards_in_the_engine(
    module: str, source: str, names: list[str]
) -> None:
    assert upward(source, f"advisor.engine.{module}", ENGINE_ROOMS, "advisor.engine") == names


# Tests


def borrowed(source: str, module: str) -> list[str]:
    """The imports of other tests: what tests share is in tests/support."""
    return [
        name
        for name in imported(source, module)
        if name.startswith("tests.")
        and any(part == "conftest" or part.startswith("test_") for part in name.split("."))
    ]


# Bad kits hold files that Python cannot read.
TESTS = [path for path in modules("tests") if "/invalid/" not in path]


@pytest.mark.parametrize("path", TESTS)
def test_no_module_imports_a_test(path: str) -> None:
    module = path.removesuffix(".py").replace("/", ".")
    assert borrowed((ROOT / path).read_text(encoding="utf-8"), module) == []


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("from tests.saved.test_saved import save", ["tests.saved.test_saved.save"]),
        ("from tests.saved import test_saved", ["tests.saved.test_saved"]),
        ("import tests.web.conftest", ["tests.web.conftest"]),
        ("def late():\n    from .test_save import once", ["tests.saved.test_save.once"]),
        ("from tests.support.saving import save", []),
        ("from django.test import Client\nfrom test_plus import Request", []),
    ],
)
def test_it_would_notice_a_test_that_imports_another(source: str, names: list[str]) -> None:
    assert borrowed(source, "tests.saved.test_drift") == names


# Subject

OF_THE_SUBJECT = """
    jwt jws jwk jwks jwe jti nested-jwt paseto v4.local v4.public opaque opaque-session bearer
    introspection introspect blocklist denylist access-token refresh-token session-token
    hs256 hs384 hs512 rs256 ps256 es256 eddsa pyjwt pyseto joserfc
    columnar olap parquet clickhouse duckdb mongodb dynamodb elasticsearch kafka
"""


def section(name: str, path: Path) -> dict[str, object]:
    root, _ = read(path.name, path.read_bytes())
    mapping = plain(root.node(name))
    assert isinstance(mapping, dict)
    return mapping


def subject() -> tuple[frozenset[str], frozenset[str]]:
    """Words that may stand nowhere, and ids that may be no text of the program."""
    trees = (TOKENS, STORAGE)
    questions, outcomes = (
        {id: entry for tree in trees for id, entry in section(name, tree / file).items()}
        for name, file in (("questions", "tree.yaml"), ("outcomes", "outcomes.yaml"))
    )
    ids = set(questions) | set(outcomes)
    words = set(OF_THE_SUBJECT.split()) | set(outcomes)
    for outcome in outcomes.values():
        assert isinstance(outcome, dict)
        words.add(str(outcome["name"]).lower())
    for question in questions.values():
        assert isinstance(question, dict)
        # Answers such as `no` and `many` are words of any program; those with a dash are not.
        ids |= {answer for answer in question["answers"] if "-" in answer}
    return frozenset(words), frozenset(ids)


WORDS, IDS = subject()


def named(text: str) -> list[str]:
    """The words and ids of the subject in a text: words anywhere, ids where they stand alone."""
    lower = text.lower()
    words = [w for w in WORDS if re.search(rf"(?<![a-z0-9]){re.escape(w)}(?![a-z0-9])", lower)]
    ids = [id for id in IDS if re.search(rf"[\"'`={{]{re.escape(id)}[\"'`&}}]", text)]
    return sorted({*words, *ids})


def program() -> list[str]:
    paths = [*(ROOT / "advisor").rglob("*.py"), *(ROOT / "templates").rglob("*")]
    return sorted(path.relative_to(ROOT).as_posix() for path in paths if path.is_file())


@pytest.mark.parametrize("path", program())
def test_it_names_nothing_of_a_tree_in_the_program(path: str) -> None:
    assert named((ROOT / path).read_text(encoding="utf-8")) == []


def test_it_knows_the_subjects_of_both_trees() -> None:
    assert {"opaque-session", "jwt-hs256", "jwe-nested", "es256", "paseto"} <= WORDS
    assert {"revocation", "services", "confidential", "team", "runs-jwt"} <= IDS
    assert {"embedded-database", "event log", "search-index", "kafka"} <= WORDS
    assert {"rebuild", "stored", "writers", "lookup", "volume"} <= IDS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('if outcome == "jwe":', ["jwe"]),
        ("# as for Opaque-Session tokens", ["opaque", "opaque-session"]),
        ("{% if result.outcome == 'jwt-hs256' %}", ["hs256", "jwt", "jwt-hs256"]),
        ("answers['revocation']", ["revocation"]),
        ("<a href='?team=small'>", []),
        ('{"team": 1}', ["team"]),
        ("A JWT.", ["jwt"]),
        ("v4.public", ["v4.public"]),
        ("if outcome in ('event-log',):", ["event-log"]),
        ("answers['volume']", ["volume"]),
        ("# A columnar store", ["columnar"]),
    ],
)
def test_it_would_notice_the_subject(text: str, words: list[str]) -> None:
    assert set(words) <= set(named(text))
    assert bool(words) == bool(named(text))


@pytest.mark.parametrize(
    "text",
    ["Services and teams.", "the team that runs it", "jwtx", "no", "many services", "tokens"],
)
def test_it_would_pass_plain_words(text: str) -> None:
    assert named(text) == []

"""confirm.py beside every kit, as a user has both: what keeps to the decision, what leaves it."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zipfile import ZipFile

import pytest
from django.test import Client
from django.utils import timezone

from advisor.engine.tree.parameter_values import accept
from advisor.engine.walking.evaluate import Result, evaluate
from advisor.exports.as_json import Exported, as_json
from advisor.kits.writing import write, write_literals
from advisor.models import Recommendation
from advisor.saved.withdrawal import withdraw
from tests.kits.running import (
    first_way,
    folders,
    kit_of,
    lay_out,
    plain_environment,
    served,
)
from tests.support import patience

TREE = "tokens"
CONFIRM = "confirm/confirm.py"
OUTCOMES = list(served(TREE).kits)
PARAMETERS = served(TREE).tree.document.parameters
# Encrypted: a sample shows its outside alone.
CLOSED = {"paseto-local", "jwe", "jwe-nested"}
OPAQUE = {"opaque-session", "opaque-introspection"}
OPEN = [outcome for outcome in OUTCOMES if outcome not in CLOSED | OPAQUE]

# Issues tokens with the kit: a good one, and others after its constants were changed.
ISSUE = """
import json, os, sys
sys.path.append("tests")
import samples
os.environ.update(samples.environment())
import tokens
made = {"good": tokens.issuer()("user-1")}
if hasattr(tokens, "ACCESS_MINUTES"):
    for name, other in {"ACCESS_MINUTES": tokens.ACCESS_MINUTES + 1, "ISSUER": "https://x.example",
                        "AUDIENCE": "https://y.example"}.items():
        before = getattr(tokens, name)
        setattr(tokens, name, other)
        made[name] = tokens.issuer()("user-1")
        setattr(tokens, name, before)
if hasattr(tokens, "set_cookie"):
    issue = tokens.issuer()
    made["cookie"] = tokens.set_cookie(
        issue.log_in("user-1", "web").refresh if hasattr(issue, "log_in") else made["good"]
    )
print(json.dumps(made))
"""


@dataclass(frozen=True)
class Home:
    """A kit where a user unzipped it, the decision that it came with, and tokens of its own."""

    folder: Path
    made: Mapping[str, str]

    def confirm(self, *arguments: str, sample: str = "") -> tuple[int, dict[str, list[str]]]:
        """The exit code, and the names of what is ok, FAIL and skip."""
        command = [sys.executable, CONFIRM, "recommendation.json", "--format", "json"]
        done = run([*command, *arguments], self.folder, sample)
        assert sample.strip() == "" or sample.strip() not in done.stdout + done.stderr
        assert done.returncode in (0, 1), done.stderr
        verdicts: dict[str, list[str]] = {"ok": [], "FAIL": [], "skip": []}
        for check in json.loads(done.stdout)["checks"]:
            verdicts[check["status"]].append(check["name"])
        return done.returncode, verdicts


def run(command: list[str], folder: Path, sample: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        cwd=folder,
        env=plain_environment(),
        input=sample,
        capture_output=True,
        text=True,
        timeout=patience.SECONDS,
        check=False,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Any:
    @cache
    def of(outcome: str) -> Home:
        folder = lay_out(
            kit_of(TREE, outcome), first_way(TREE), tmp_path_factory.mktemp("kit") / outcome
        )
        (folder / "recommendation.json").write_bytes(decision(outcome))
        done = run([sys.executable, "-c", ISSUE], folder)
        assert done.returncode == 0, done.stderr
        return Home(folder, json.loads(done.stdout))

    return of


def decision(outcome: str) -> bytes:
    """What the site exports for this outcome with the default values. Not every outcome is a first
    choice of some path, so the name is written into another result."""
    tree = served(TREE).tree
    result = evaluate(tree, tree.document.cases[0].answers)
    assert isinstance(result, Result)
    whole = {
        "$schema": "https://a.example/recommendation.schema.json",
        "tree": TREE,
        "version": served(TREE).version,
        "saved": None,
        "answers": result.answers,
        "settings": {
            id: accept(PARAMETERS[id], PARAMETERS[id].default)
            for id in kit_of(TREE, outcome).parameters
        },
        "result": replace(result, outcome=outcome),
    }
    return as_json(Exported.model_validate(whole))


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_kit_as_it_is_keeps_to_its_decision(home: Any, outcome: str) -> None:
    """Nothing is missing from confirm.py's tables, and nothing in them is not in the kit."""
    code, verdicts = home(outcome).confirm("--strict")
    assert (code, verdicts["FAIL"]) == (0, [])
    compared = {PARAMETERS[id].constant for id in kit_of(TREE, outcome).parameters}
    assert compared <= {*verdicts["ok"], *verdicts["skip"]}
    assert set(verdicts["skip"]) <= {"STORE_URL"}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_each_value_of_a_kit_that_changes_is_noticed(
    home: Any, outcome: str, tmp_path: Path
) -> None:
    kit = kit_of(TREE, outcome)
    for id in kit.parameters:
        parameter = PARAMETERS[id]
        if parameter.constant == "STORE_URL":
            continue
        default = accept(parameter, parameter.default)
        other = default + 1 if isinstance(default, int) else f"{default}x"
        changed = write(kit, PARAMETERS, {id: other})[first_way(TREE)]
        (tmp_path / "tokens.py").write_text(changed[0].text)
        code, verdicts = home(outcome).confirm("--settings", str(tmp_path / "tokens.py"))
        assert (code, verdicts["FAIL"]) == (1, [parameter.constant])


@pytest.mark.parametrize("outcome", [*OPEN, *sorted(CLOSED)])
def test_each_algorithm_and_type_that_changes_is_noticed(
    home: Any, outcome: str, tmp_path: Path
) -> None:
    constants = re.compile(r"^(?:ALGORITHM|TYPE|HEADER|INNER|OUTER) = .*$", re.MULTILINE)
    text = kit_of(TREE, outcome).frameworks[first_way(TREE)][0].text
    lines = constants.findall(text)
    assert lines
    for line in lines:
        for word in re.findall(r"ES256|HS256|ECDH-ES|A256GCM|dir|at\+jwt|JWT|v4\.", line):
            changed = text.replace(line, line.replace(f'"{word}', '"other'))
            (tmp_path / "tokens.py").write_text(changed)
            code, verdicts = home(outcome).confirm("--settings", str(tmp_path / "tokens.py"))
            assert (code, len(verdicts["FAIL"])) == (1, 1), word


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_token_of_the_kit_keeps_to_the_decision(home: Any, outcome: str) -> None:
    code, verdicts = home(outcome).confirm("--token", "-", sample=home(outcome).made["good"])
    assert (code, verdicts["FAIL"]) == (0, [])
    assert ("lifetime" in verdicts["ok"]) == (outcome in OPEN)
    assert ("claims" in verdicts["skip"]) == (outcome in CLOSED)


@pytest.mark.parametrize("outcome", OPEN)
def test_a_token_with_other_claims_is_noticed(home: Any, outcome: str) -> None:
    claims = {"ACCESS_MINUTES": "lifetime", "ISSUER": "iss", "AUDIENCE": "aud"}
    for constant, name in claims.items():
        code, verdicts = home(outcome).confirm("--token", "-", sample=home(outcome).made[constant])
        assert (code, verdicts["FAIL"]) == (1, [name])


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_token_of_another_kit_is_noticed(home: Any, outcome: str) -> None:
    """But for kits whose tokens cannot be told apart from outside."""
    alike = [
        {"opaque-session", "opaque-introspection"},
        {"jwt-asymmetric", "jwt-blocklist", "access-refresh"},
        {"paseto-public", "paseto-blocklist"},
    ]
    same = next((kits for kits in alike if outcome in kits), {outcome})
    firsts = {"opaque-session", "jwt-asymmetric", "paseto-public", "jwt-hs256", *CLOSED}
    for other in sorted(firsts - same):
        code, verdicts = home(outcome).confirm("--token", "-", sample=home(other).made["good"])
        assert code == 1, other
        assert verdicts["FAIL"], other


@pytest.mark.parametrize("outcome", ["opaque-session", "opaque-introspection", "access-refresh"])
def test_a_cookie_of_the_kit_keeps_to_the_decision_and_a_weaker_one_does_not(
    home: Any, outcome: str
) -> None:
    cookie = home(outcome).made["cookie"]
    code, verdicts = home(outcome).confirm("--set-cookie", "-", sample=cookie)
    assert (code, verdicts["FAIL"]) == (0, [])
    for flag in ("Secure", "HttpOnly"):
        weaker = cookie.replace(f"; {flag}", "")
        code, verdicts = home(outcome).confirm("--set-cookie", "-", sample=weaker)
        assert (code, verdicts["FAIL"]) == (1, [flag])


def test_a_refresh_token_is_told_from_an_access_token(home: Any) -> None:
    made = home("access-refresh").made
    refresh = made["cookie"].partition("=")[2].partition(";")[0]
    assert home("access-refresh").confirm("--token", "-", sample=refresh)[0] == 0
    weaker = made["cookie"].replace(refresh, made["good"])
    code, verdicts = home("access-refresh").confirm("--set-cookie", "-", sample=weaker)
    assert (code, verdicts["FAIL"]) == (1, ["value"])


def test_the_settings_of_django_that_the_kit_brings_keep_to_the_decision(
    home: Any, tmp_path: Path
) -> None:
    laid = lay_out(kit_of(TREE, "opaque-session"), "django", tmp_path)
    files = ["--settings", str(laid / "tokens.py")]
    files += ["--settings", str(laid / "django_session_settings.py")]
    code, verdicts = home("opaque-session").confirm("--strict", *files)
    assert (code, verdicts["FAIL"]) == (0, [])
    assert {"SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_AGE"} <= {
        *verdicts["ok"]
    }


@pytest.mark.django_db
def test_what_is_saved_and_downloaded_confirms_itself(client: Client, tmp_path: Path) -> None:
    """From the form to the permalink's JSON and zip, with a value of one's own."""
    answers = {"revocation": "no", "services": "one", "confidential": "no", "team": "runs-jwt"}
    address = f"/tokens/save?{urlencode({**answers, 'access-minutes': '5'})}"
    form = client.get(address).context["form"]
    sent = {name: form[name].value() for name in ("submission", "version")}
    saved = client.post(address, {**sent, "title": "Orders", "context": "", "author": "Ada"})
    permalink = saved["Location"]
    with ZipFile(BytesIO(client.get(f"{permalink}kit.zip").content)) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "jwt-hs256"
    exported = client.get(f"{permalink}recommendation.json").content
    (folder / "recommendation.json").write_bytes(exported)
    done = run([sys.executable, CONFIRM, "recommendation.json", "--strict"], folder)
    assert done.returncode == 0, done.stderr
    assert "ok    ACCESS_MINUTES  5 minutes, at most 5\n" in done.stdout
    assert f"{permalink} (jwt-hs256, version {served(TREE).version})\n" in done.stdout
    withdraw(Recommendation.objects.get(), "It is wrong.", "mia", timezone.now())
    withdrawn = client.get(f"{permalink}recommendation.json").content
    (folder / "withdrawn.json").write_bytes(withdrawn)
    done = run([sys.executable, CONFIRM, "withdrawn.json", "--strict"], folder)
    assert done.returncode == 1
    assert "withdrawn: do not build on it\n" in done.stdout
    module = folder / "tokens.py"
    module.write_text(module.read_text().replace("ACCESS_MINUTES = 5", "ACCESS_MINUTES = 6"))
    done = run([sys.executable, CONFIRM, "recommendation.json", "--strict"], folder)
    assert done.returncode == 1
    assert "FAIL  ACCESS_MINUTES  6 minutes; the decision says at most 5 minutes\n" in done.stdout


def test_the_promises_have_the_kits_parameters_and_units_of_the_tree(home: Any) -> None:
    """They come from the tree's YAML and lie beside the program in every kit."""
    folder = home("jwt-hs256").folder / "confirm"
    written = json.loads((folder / "promises.json").read_text())
    constants = {
        id: (setting["constant"], setting["unit"]) for id, setting in written["settings"].items()
    }
    with_constants = {id: parameter for id, parameter in PARAMETERS.items() if parameter.constant}
    assert constants == {
        id: (parameter.constant, parameter.unit or "") for id, parameter in with_constants.items()
    }
    promised = {
        id: {*promises["settings"], *promises["of_variants"]}
        for id, promises in written["kits"].items()
    }
    kits = served(TREE).kits.items()
    assert promised == {id: set(kit.takes()) & with_constants.keys() for id, kit in kits}


STORAGE = "storage"


def test_another_tree_has_the_program_too_and_promises_of_its_own(tmp_path: Path) -> None:
    programs = [folders()[tree] / "shared" / "confirm" for tree in (TREE, STORAGE)]
    names = [{path.name for path in folder.glob("confirm*.py")} for folder in programs]
    assert names[0] == names[1]
    for name in names[0]:
        assert (programs[0] / name).read_bytes() == (programs[1] / name).read_bytes()
    tree = served(STORAGE).tree
    for outcome, kit in served(STORAGE).kits.items():
        folder = lay_out(kit, first_way(STORAGE), tmp_path / outcome)
        settings = {
            id: accept(parameter, parameter.default)
            for id, parameter in tree.document.parameters.items()
            if id in kit.parameters
        }
        result = {"outcome": outcome, "requirements": []}
        made = {"format": 1, "version": "0", "saved": None, "result": result, "settings": settings}
        (folder / "recommendation.json").write_text(json.dumps(made))
        command = [sys.executable, "confirm/confirm.py", "recommendation.json", "--strict"]
        assert run(command, folder).returncode == 0, run(command, folder).stderr
        module = folder / kit.module
        for id, value in settings.items():
            constant = tree.document.parameters[id].constant
            other = value + 1 if isinstance(value, int) else f"{value}x"
            text = module.read_text()
            module.write_text(write_literals(text, {str(constant): other}))
            done = run(command, folder)
            module.write_text(text)
            assert done.returncode == 1 or "not compared" in done.stdout, id

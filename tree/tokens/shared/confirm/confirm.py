"""Checks that an application keeps to a saved decision: its settings, a sample token, its cookie.

    python confirm.py recommendation.json                         the module beside confirm/
    python confirm.py recommendation.json --settings settings.py  or .json, .toml, .env
    python confirm.py recommendation.json --token sample.txt      - reads standard input
    curl -si ... | python confirm.py recommendation.json --set-cookie -

recommendation.json is what the decision's link gives as JSON. A lifetime may be shorter than
decided, never longer; names and algorithms must be the same. Files are read, not run. A token is
decoded, not verified; it is never printed and never sent: nothing here can open a connection.

Exit code: 0 what was checked agrees, 1 something differs or the decision was withdrawn or rejected,
2 nothing could be checked.
"""

import argparse
import json
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from confirm_checks import SECONDS, CannotCheck, Check, all_of, status_checks, time_within
from confirm_promises import FLAGS, PROMISES, SETTINGS, Decision
from confirm_reading import ABSENT, COMPUTED, Unknown, look_up, read_bytes, read_settings
from confirm_tokens import cookie_checks, token_checks

KINDS = {"integer": int, "flag": bool}
# From a value and its unit to whether it agrees, in words.
Compare = Callable[[Any, str], tuple[bool, str]]


def main(arguments: Sequence[str]) -> int:
    options = _options().parse_args(arguments)
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # a text stream
    try:
        decision = read_decision(options.decision)
        checks = list(_checks(decision, options))
    except CannotCheck as error:
        sys.stderr.write(f"confirm.py: {error}\n")
        return 2
    statuses = [check.status for check in checks]
    about = {name: getattr(decision, name) for name in ("outcome", "permalink", "version")}
    if options.format == "json":
        report = json.dumps(about | {"checks": [asdict(check) for check in checks]}, indent=2)
    else:
        width = max((len(check.name) for check in checks), default=0)
        lines = [f"{one.status:4}  {one.name:{width}}  {one.text}" for one in checks]
        counted = [statuses.count(status) for status in ("ok", "FAIL", "skip")]
        lines.append("{} agree, {} differ, {} not checked".format(*counted))
        if warnings := statuses.count("warn"):
            lines[-1] += f", {warnings} to look at"
        lines.append("{permalink} ({outcome}, version {version})".format_map(about))
        report = "\n".join(lines)
    sys.stdout.write(f"{report}\n")
    return 1 if "FAIL" in statuses else 0 if "ok" in statuses else 2


def read_decision(path: str) -> Decision:
    """Raises CannotCheck for what is no decision, or none that can be checked here."""
    if re.match("https?://", path):
        line = f"curl -fsS -o recommendation.json {shlex.quote(path)}"
        raise CannotCheck(f"it opens no connection; get the file first:\n  {line}")
    try:
        found = json.loads(read_bytes(path))
        form, result, settings = found["format"], found["result"], found["settings"]
        outcome, saved = result["outcome"], found["saved"] or {"permalink": "not saved"}
        required = tuple(_line(one["text"]) for one in result["requirements"])
        link, version = _line(saved["permalink"]), _line(found["version"])
        decided = found.get("decision") or {}
        status = "withdrawn" if saved.get("withdrawn") else _line(decided.get("status", ""))
        successors = tuple(map(_line, decided.get("superseded_by", ())))
        review_by = _line(decided.get("review_by") or "")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise CannotCheck(f"{path} is not the JSON of a recommendation") from None
    if form != 1:
        raise CannotCheck(f"{path} has a format that is not known here: take a newer kit")
    if not isinstance(outcome, str) or outcome not in PROMISES:
        raise CannotCheck(f"{path} recommends something that is not known here")
    promise = PROMISES[outcome]
    if isinstance(settings, dict):
        chosen = (id for id in promise.of_variants if id in settings)
        promise = replace(promise, settings=(*promise.settings, *chosen))
    wanted = {id: KINDS.get(SETTINGS[id].type, str) for id in promise.settings}
    if not isinstance(settings, dict) or any(
        type(settings.get(id)) is not kind or not str(settings[id]).isprintable()
        for id, kind in wanted.items()
    ):
        raise CannotCheck(
            f"{path} lacks the settings of its kit, as records do that are older than this "
            "program: answer again, save, and take the new one"
        )
    return Decision(
        outcome, promise, settings, required, link, version, status, successors, review_by
    )


def _checks(decision: Decision, options: argparse.Namespace) -> Iterator[Check]:
    """Of all that the options name, or of the kit's own module if they name nothing."""
    if [options.decision, options.token, options.set_cookie].count("-") > 1:
        raise CannotCheck("only one of its files can be standard input")
    today = datetime.now(UTC).date().isoformat()
    yield from status_checks(decision.status, decision.superseded_by, decision.review_by, today)
    paths = options.settings
    if not (paths or options.token or options.set_cookie):
        paths = [str(_module(decision.promise.module))]
        _check_kit(decision, read_settings(paths))
    if paths:
        yield from _setting_checks(decision, read_settings(paths), options)
    if options.token:
        yield from token_checks(decision, _sample(options.token).strip())
    if options.set_cookie:
        yield from cookie_checks(decision, _sample(options.set_cookie))
    for text in decision.required:
        yield Check("skip", "required", f"not checked here: {text}")


def _module(name: str) -> Path:
    """The kit's module beside this file, or else beside the folder of it."""
    here = Path(__file__).resolve().parent
    beside = here / name
    return beside if beside.is_file() else here.parent / name


def _check_kit(decision: Decision, values: dict[str, Any]) -> None:
    """Raises CannotCheck where the constants are those of another kit."""
    fits = {}
    for outcome, promise in PROMISES.items():
        names = [*(SETTINGS[id].constant for id in promise.settings), *promise.fixed]
        if all(look_up(values, name) is not ABSENT for name in names):
            fits[outcome] = len(names)
    best = [outcome for outcome, count in fits.items() if count == max(fits.values())]
    if best and decision.outcome not in best:
        found = " or ".join(best)
        module = decision.promise.module
        raise CannotCheck(f"the decision is {decision.outcome}, {module} that of {found}")


def _setting_checks(
    decision: Decision, values: dict[str, Any], options: argparse.Namespace
) -> Iterator[Check]:
    if options.section:
        values = look_up(values, options.section)
        if not isinstance(values, dict):
            raise CannotCheck("no file has a class, table or mapping with the name of the section")
    wanted = dict(_wanted(decision))
    mapped = _mapped(options.map, list(wanted))
    for constant, (also, compare) in wanted.items():
        found = []
        for name in [mapped[constant]] if constant in mapped else [constant, *also]:
            name, _, unit = name.partition(":")
            if (value := look_up(values, name)) is not ABSENT:
                found.append(value)
                if value is not COMPUTED:
                    yield Check.of(name, compare(value, unit))
        if all(value is COMPUTED for value in found):
            yield _unknown(constant, COMPUTED if found else ABSENT, options)
    # The flags count where a framework sets the cookie, which its other settings show.
    if decision.promise.session and any(name.startswith("SESSION_COOKIE_") for name in values):
        for constant, flag in FLAGS.items():
            value = look_up(values, constant)
            if value is ABSENT and flag.default:
                yield Check.of(constant, flag.default)
            elif isinstance(value, Unknown):
                yield _unknown(constant, value, options)
            else:
                yield Check.of(constant, flag.compare(value))
    for id in decision.promise.settings:
        if SETTINGS[id].deployed:
            why = "differs from one environment to the next: not compared"
            yield Check("skip", SETTINGS[id].constant, why)


def _wanted(decision: Decision) -> Iterator[tuple[str, tuple[tuple[str, ...], Compare]]]:
    """Each constant, with its other names and what it is compared by."""
    for id in decision.promise.settings:
        setting, decided = SETTINGS[id], decision.settings[id]
        if setting.unit in SECONDS:
            time = partial(time_within, setting.unit, decided, setting.zero)
            yield setting.constant, (setting.also, time)
        elif not setting.deployed:
            yield setting.constant, (setting.also, partial(all_of, (decided,)))
    for constant, allowed in decision.promise.fixed.items():
        yield constant, ((), partial(all_of, allowed))


def _unknown(constant: str, why: Unknown, options: argparse.Namespace) -> Check:
    return Check("FAIL" if options.strict else "skip", constant, why.value)


def _mapped(pairs: Sequence[str], constants: Sequence[str]) -> dict[str, str]:
    mapped = {}
    for pair in pairs:
        constant, _, name = pair.partition("=")
        unit = name.partition(":")[2]
        if constant not in constants or not name or unit not in ("", *SECONDS):
            known = f"one of {', '.join(constants)}; a unit is one of {', '.join(SECONDS)}"
            raise CannotCheck(f"--map takes CONSTANT=NAME or CONSTANT=NAME:UNIT, with {known}")
        mapped[constant] = name
    return mapped


def _sample(given: str) -> str:
    """The text of a file or of standard input, or the argument itself."""
    try:
        is_text = given != "-" and not Path(given).is_file()
    except (OSError, ValueError):
        is_text = True  # no name that a file could have
    if is_text:
        sys.stderr.write(
            "confirm.py: no file has this name, so it is taken as the sample itself. Others on "
            "this machine can see arguments: - reads standard input.\n"
        )
        return given
    return read_bytes(given).decode("utf-8", "replace")


def _line(text: str) -> str:
    """Text of a decision as one line that a terminal may show."""
    return "".join(char if char.isprintable() else "?" for char in " ".join(text.split()))


class _Options(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(message.partition(":")[0])  # what follows may be a token


def _options() -> argparse.ArgumentParser:
    summary, _, details = (__doc__ or "").partition("\n\n")
    raw = argparse.RawDescriptionHelpFormatter
    options = _Options(description=summary, epilog=details, formatter_class=raw)
    options.add_argument("decision", metavar="recommendation.json", help="- reads standard input")
    add = options.add_argument
    add("--settings", metavar="FILE", action="append", default=[], help="again for a later file")
    add("--section", metavar="NAME", default="", help="a class, table or app.config in the file")
    add("--map", metavar="CONSTANT=NAME[:UNIT]", action="append", default=[])
    add("--strict", action="store_true", help="a setting that is missing or computed differs")
    add("--token", metavar="FILE", help="a sample token; - reads standard input")
    add("--set-cookie", metavar="FILE", help="a Set-Cookie line, or headers with one")
    add("--format", choices=["text", "json"], default="text")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

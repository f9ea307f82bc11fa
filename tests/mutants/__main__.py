"""Break lines of the program, one at a time, and count how many the tests notice.

    make mutants                      60 lines, drawn with the seed 1
    make mutants SEED=2 COUNT=100

Each line is broken in a copy of the repository under a temporary folder. The tests of its room
run first, then those of the rooms above, then the browser's, until one fails. That test must pass
again once the line is whole: a test that fails anyway notices nothing. Two copies are broken at
once. An interrupted run goes on where it stopped; a complete one leaves nothing behind.

mutmut and cosmic-ray were considered. mutmut rewrites functions only, so it would miss constants
of modules, pydantic models and settings, and it cannot draw a sample. cosmic-ray breaks the
working copy itself, runs one command for every mutant, so the whole suite each time, and breaks no
texts, which are half of what users notice here.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Queue
from tempfile import TemporaryDirectory
from threading import Event, Lock

import yaml

from tests.mutants.draw import Mutant, draw

ROOT = Path(__file__).parents[2]
EQUIVALENT = Path(__file__).with_name("equivalent.yaml")
COPIES = 2
# Minutes that one group of tests may take: a line broken so that it never ends is no success.
MINUTES = 20
NOT_COPIED = (".git", ".venv", "var", "__pycache__", "*.egg-info", ".*_cache", ".hypothesis")

# What can notice a broken line of each room: the tests of the room, then of those that use it.
PAGES = ["web", "wizard", "saved", "register", "studio"]
ROOMS = {
    "engine": ["engine", "exports", "management", *PAGES, "golden", "trees"],
    "exports": ["exports", "management", *PAGES, "golden"],
    "kits": [
        "kits/test_writing.py",
        "kits/test_measuring.py",
        *PAGES,
        "management",
        "golden",
        "kits",
    ],
    "management": ["management", "ops"],
    "ops": ["ops", *PAGES, "management"],
    "register": ["register", "saved", "ops"],
    "saved": ["saved", "register", "wizard", "web", "management", "ops", "golden"],
    "studio": ["studio", "web"],
    "web": [*PAGES, "ops"],
    "wizard": ["wizard", "saved", "web", "register", "studio", "golden"],
}
# Files at the top of the program: what everyone needs, or Django.
TOP = ["ops", *PAGES, "management", "golden"]
BROWSER = ["tests/browser"]

NOTICED, SURVIVED, EQUAL = "noticed", "survived", "equivalent"
# The tests did not end in time; or the test that failed does so on the whole line too.
ENDLESS, UNSURE = "did not end", "unsure"
VERDICTS = (NOTICED, SURVIVED, ENDLESS, UNSURE, EQUAL)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant; `why` names the test that noticed it, or why none can."""

    mutant: str
    verdict: str
    why: str = ""

    def __str__(self) -> str:
        return f"{self.verdict:12}{self.mutant}" + (f"\n{'':12}{self.why}" if self.why else "")


class Stopped(Exception):
    """Somebody stopped the run."""


def program() -> list[str]:
    """Return every file of the program that people wrote."""
    files = (path.relative_to(ROOT) for path in (ROOT / "advisor").rglob("*.py"))
    return sorted(path.as_posix() for path in files if "migrations" not in path.parts)


def groups(path: str) -> list[list[str]]:
    """Return the tests that can notice a broken line of a file: the nearest first."""
    _, room, *deeper = Path(path).with_suffix("").parts
    near = Path("tests", room, *deeper[:-1])
    far = [Path("tests", each) for each in ROOMS.get(room, TOP)]
    ordered = [*([near] if deeper else []), *far, Path("tests/test_walls.py")]
    known = [each.as_posix() for each in dict.fromkeys(ordered) if (ROOT / each).exists()]
    browsers = [] if room in ("engine", "exports", "management") else [BROWSER]
    return [known[:1], known[1:], *browsers]


class Runner:
    """Breaks lines in copies of the repository, and runs tests there."""

    def __init__(self, copies: Sequence[Path]) -> None:
        self.free: Queue[Path] = Queue()
        self.stopped = Event()
        for copy in copies:
            shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*NOT_COPIED))
            (copy / ".venv").symlink_to(ROOT / ".venv")
            self.free.put(copy)

    def judge(self, mutant: Mutant) -> Verdict:
        copy = self.free.get()
        file = copy / mutant.path
        whole = file.read_bytes()
        try:
            for group in groups(mutant.path):
                file.write_bytes(mutant.broken(whole))
                verdict, why = self.run(copy, group)
                file.write_bytes(whole)
                if verdict == NOTICED and self.run(copy, group, "--last-failed")[0] != SURVIVED:
                    return Verdict(str(mutant), UNSURE, why)
                if verdict != SURVIVED:
                    return Verdict(str(mutant), verdict, why)
            return Verdict(str(mutant), SURVIVED)
        finally:
            file.write_bytes(whole)
            self.free.put(copy)

    def run(self, copy: Path, tests: Sequence[str], *options: str) -> tuple[str, str]:
        """Run tests in a copy until one fails: return what that says of the line, and the test."""
        command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", *options, *tests]
        # Two changes of one second and one length would share their bytecode.
        environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
        with (copy / "output").open("w+") as output:
            process = subprocess.Popen(
                command,
                cwd=copy,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            end = time.monotonic() + MINUTES * 60
            while process.poll() is None and time.monotonic() < end and not self.stopped.is_set():
                time.sleep(0.2)
            in_time = process.poll() is not None
            stop(process)
            output.seek(0)
            said = output.read().splitlines()
        if self.stopped.is_set():
            raise Stopped
        if not in_time:
            return ENDLESS, " ".join(tests)
        if process.returncode == 0:
            return SURVIVED, ""
        failed = [line for line in said if line.startswith(("FAILED", "ERROR"))]
        return NOTICED, failed[0] if failed else f"nothing starts: {said[-1] if said else ''}"


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a run of tests and all that it has started; first so that it ends its servers."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def equivalent(mutant: Mutant) -> str:
    """Return why a change is none, from the list of those that somebody has looked at."""
    for known in yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8")) or []:
        if (known["path"], known["before"], known["after"]) == (
            mutant.path,
            mutant.before,
            mutant.after,
        ):
            return str(known["because"])
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description="Break lines.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--list", action="store_true", help="only say which lines are drawn")
    options = parser.parse_args()
    drawn = draw(ROOT, program(), options.seed, options.count)
    if options.list:
        print(*drawn, sep="\n")
        return
    kept = ROOT / "var" / f"mutants-{options.seed}-{options.count}.jsonl"
    kept.parent.mkdir(exist_ok=True)
    lines = kept.read_text().splitlines() if kept.exists() else []
    known = {verdict.mutant: verdict for verdict in (Verdict(**json.loads(line)) for line in lines)}
    verdicts = [known[str(mutant)] for mutant in drawn if str(mutant) in known]
    verdicts += [
        Verdict(str(mutant), EQUAL, why) for mutant in drawn if (why := equivalent(mutant))
    ]
    print(*verdicts, sep="\n", flush=True)
    done = {verdict.mutant for verdict in verdicts}
    verdicts += judged([mutant for mutant in drawn if str(mutant) not in done], kept)
    kept.unlink(missing_ok=True)
    counted = Counter(verdict.verdict for verdict in verdicts)
    told = ", ".join(f"{counted[each]} {each}" for each in VERDICTS)
    print(f"\n{len(drawn)} lines, seed {options.seed}: {told}")


def judged(mutants: Sequence[Mutant], kept: Path) -> list[Verdict]:
    """Judge mutants, two at once. Each verdict is printed and kept as soon as it is known."""
    lock = Lock()
    verdicts = []
    with TemporaryDirectory(prefix="mutants-") as folder:
        runner = Runner([Path(folder) / str(number) for number in range(COPIES)])
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        signal.signal(signal.SIGINT, signal.default_int_handler)

        def judge(mutant: Mutant) -> None:
            verdict = runner.judge(mutant)
            with lock, kept.open("a") as file:
                file.write(json.dumps(asdict(verdict)) + "\n")
                verdicts.append(verdict)
                print(verdict, flush=True)

        with ThreadPoolExecutor(COPIES) as pool:
            try:
                for _ in pool.map(judge, mutants):
                    pass
            except BaseException:
                runner.stopped.set()
                pool.shutdown(cancel_futures=True)
                raise
    return verdicts


if __name__ == "__main__":
    main()

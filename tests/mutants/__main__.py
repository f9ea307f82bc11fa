"""Break lines of the program, one at a time, and count how many the tests notice.

    make mutants                      60 lines, drawn with the seed 1
    make mutants SEED=2 COUNT=100
    make mutants COPIES=1                               one line at a time, on a busy machine
    python -m tests.mutants --count 0 advisor/kits      every line of a folder

Each line is broken in a copy of the repository under a temporary folder. The tests that are
nearest to it run first: its namesakes and those that import it. If none fails, those of its room
follow, then those of every room that uses it, and the browser's. A test that fails runs again with
the line whole: one that fails then too has noticed nothing, and is left out from there on. Two
lines are broken at once, or as many as COPIES says, each in a copy of its own. An interrupted run
goes on where it stopped; a complete one leaves nothing behind.

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
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache, partial
from itertools import count
from pathlib import Path
from queue import Queue
from tempfile import TemporaryDirectory
from threading import Event, Lock

import yaml

from tests.mutants.draw import Mutant, draw

ROOT = Path(__file__).parents[2]
EQUIVALENT = Path(__file__).with_name("equivalent.yaml")
# Minutes that one group of tests may take: a line broken so that it never ends is no success.
MINUTES = 30
NOT_COPIED = (".git", ".venv", "var", "__pycache__", "*.egg-info", ".*_cache", ".hypothesis")

# Which tests can notice a broken line of a room: those of the room, then of the rooms that use it.
PAGES = ["web", "wizard", "saved", "register", "studio"]
ROOMS = {
    "engine": [
        "engine",
        "exports",
        "management",
        *PAGES,
        "kits/test_writing.py",
        "golden",
        "documents",
    ],
    "exports": ["exports", "management", *PAGES, "golden"],
    "kits": ["kits", *PAGES, "management", "golden"],
    "management": ["management", "kits/test_measuring.py", "ops", "documents"],
    "ops": ["ops", *PAGES, "management", "documents"],
    "register": ["register", "saved", "ops"],
    "saved": ["saved", "register", "wizard", "web", "management", "ops", "golden"],
    "studio": ["studio", "web"],
    "web": [*PAGES, "ops"],
    "wizard": ["wizard", "saved", "web", "register", "studio", "golden"],
}
# For the files at the top of the program: what everyone needs, and what Django asks for.
TOP = ["ops", *PAGES, "management", "golden"]
WITHOUT_PAGES = ("engine", "exports", "management")

NOTICED, SURVIVED, EQUAL = "noticed", "survived", "equivalent"
ENDLESS = "endless"
# What fails where no test can even be read.
NO_TEST = "nothing starts"
VERDICTS = (NOTICED, SURVIVED, ENDLESS, EQUAL)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant, after how many groups of tests, and the test that noticed it."""

    mutant: str
    verdict: str
    groups: int
    why: str = ""

    def __str__(self) -> str:
        return f"{self.verdict:12}{self.mutant}" + (f"\n{'':12}{self.why}" if self.why else "")


class Stopped(Exception):
    """Somebody stopped the run."""


def program(folders: Iterable[str]) -> list[str]:
    """Return every file of the program that people wrote, below some folders of it."""
    files = (path.relative_to(ROOT) for path in (ROOT / "advisor").rglob("*.py"))
    return sorted(
        path.as_posix()
        for path in files
        if "migrations" not in path.parts and any(path.is_relative_to(folder) for folder in folders)
    )


def groups(path: str) -> list[list[str]]:
    """Return the tests that can notice a broken line of a file, in four groups at most."""
    _, room, *_ = Path(path).with_suffix("").parts
    same_room = Path(path.replace("advisor", "tests", 1)).parent
    if same_room == Path("tests"):
        same_room /= "ops"
    tests = test_modules()
    word = Path(path).stem.removeprefix("as_")
    module = path.removesuffix(".py").replace("/", ".")
    package, _, name = module.rpartition(".")
    imports = (module, f"from {package} import {name}")

    def distance(test: str) -> int:
        if word in Path(test).stem or Path(test).stem.removeprefix("test_") in path:
            return 0
        if any(module in tests[test] for module in imports):
            return 1
        return 2

    # These read every file of the program.
    whole = [test for test in tests if Path(test).parent == Path("tests")]
    rooms = [f"tests/{name}" for name in ROOMS.get(room, TOP)]
    possible = [
        test
        for place in [*rooms, *whole]
        for test in tests
        if test == place or test.startswith(f"{place}/")
    ]
    near = [test for test in possible if distance(test) < 2]
    room_tests = [test for test in possible if Path(test).parent == same_room]
    middle = [test for test in room_tests if test not in near]
    far = [test for test in possible if test not in near + middle]
    browser = [test for test in tests if test.startswith("tests/browser/")]
    ordered = [sorted(near, key=distance), middle, far, [] if room in WITHOUT_PAGES else browser]
    return [group for group in ordered if group]


@cache
def test_modules() -> Mapping[str, str]:
    """Return the text of every module of tests, by its path."""
    paths = sorted((ROOT / "tests").rglob("test_*.py"))
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


class Runner:
    """Breaks lines in copies of the repository, and runs tests there."""

    def __init__(self, copies: Sequence[Path]) -> None:
        self.free: Queue[Path] = Queue()
        self.stopped = Event()
        # Bytecode is told apart by seconds: no two changes of a file may share one.
        self.seconds = count(1)
        self.passing = {NO_TEST}
        self.failing = set[str]()
        for copy in copies:
            shutil.copytree(ROOT, copy, symlinks=True, ignore=shutil.ignore_patterns(*NOT_COPIED))
            (copy / ".venv").symlink_to(ROOT / ".venv")
            self.free.put(copy)

    def judge(self, mutant: Mutant, group: int) -> Verdict:
        """Break a line, and run one group of the tests that can notice it."""
        copy = self.free.get()
        file = copy / mutant.path
        whole = file.read_bytes()
        try:
            while True:
                self.write(file, mutant.broken(whole))
                verdict, test = self.run(copy, groups(mutant.path)[group])
                self.write(file, whole)
                if verdict != NOTICED or self.passes(copy, test):
                    return Verdict(str(mutant), verdict, group + 1, test)
        finally:
            self.write(file, whole)
            self.free.put(copy)

    def passes(self, copy: Path, test: str) -> bool:
        """Return whether a test passes with every line whole; a module: whether it can be read."""
        if test not in self.passing | self.failing:
            options = [] if "::" in test else ["--collect-only"]
            verdict, _ = self.run(copy, [*options, test])
            (self.passing if verdict == SURVIVED else self.failing).add(test)
            if test in self.failing:
                print(f"fails anyway: {test}", flush=True)
        return test in self.passing

    def write(self, file: Path, data: bytes) -> None:
        file.write_bytes(data)
        os.utime(file, (next(self.seconds),) * 2)

    def run(self, copy: Path, tests: Sequence[str]) -> tuple[str, str]:
        """Run tests in a copy until one fails: return what that says of the line, and the test."""
        command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", *tests]
        command += [f"--deselect={test}" for test in self.failing]
        failures = copy / ".pytest_cache" / "v" / "cache" / "lastfailed"
        failures.unlink(missing_ok=True)
        with (copy / "output").open("w+") as output:
            process = subprocess.Popen(
                command, cwd=copy, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
            end = time.monotonic() + MINUTES * 60
            while process.poll() is None and time.monotonic() < end and not self.stopped.is_set():
                time.sleep(0.2)
            in_time = process.poll() is not None
            stop(process)
        if self.stopped.is_set():
            raise Stopped
        if not in_time:
            return ENDLESS, "in time"
        if process.returncode == 0:
            return SURVIVED, ""
        failed = list(json.loads(failures.read_text())) if failures.exists() else []
        return NOTICED, failed[0] if failed else NO_TEST


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a run of tests and all that it has started; gently first, so that it ends its servers."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def equivalent(mutant: Mutant) -> str:
    """Return why a change is none, from the list of those that somebody has looked at."""
    change = (mutant.path, mutant.before, mutant.after)
    for known in yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8")) or []:
        if (known["path"], known["before"], known["after"]) == change:
            return str(known["because"])
    return ""


def judged(
    mutants: Sequence[Mutant],
    known: dict[str, Verdict],
    keep: Callable[[Verdict], None],
    copies: int,
) -> list[Verdict]:
    """Judge mutants, some at once: all by their nearest tests first, then by those further away."""
    with TemporaryDirectory(prefix="mutants-") as folder:
        runner = Runner([Path(folder) / str(number) for number in range(copies)])
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_number, signal.default_int_handler)

        def judge(group: int, mutant: Mutant) -> Verdict:
            verdict = runner.judge(mutant, group)
            keep(verdict)
            return verdict

        with ThreadPoolExecutor(copies) as pool:
            try:
                for group in range(4):
                    open_ones = [
                        mutant
                        for mutant in mutants
                        if len(groups(mutant.path)) > group
                        and open_after(known.get(str(mutant))) == group
                    ]
                    print(f"{len(open_ones)} lines, tests of group {group + 1}", flush=True)
                    for verdict in pool.map(partial(judge, group), open_ones):
                        known[verdict.mutant] = verdict
                return [known[str(mutant)] for mutant in mutants]
            except BaseException:
                runner.stopped.set()
                pool.shutdown(cancel_futures=True)
                raise


def open_after(verdict: Verdict | None) -> int:
    """Return how many groups of tests have not noticed a line; -1 if it needs no more."""
    if verdict is None:
        return 0
    return verdict.groups if verdict.verdict == SURVIVED else -1


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description="Break lines.")
    parser.add_argument("folders", nargs="*", default=["advisor"], help="of the program, or files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=60, help="how many lines; 0 for all")
    parser.add_argument("--copies", type=int, default=2, help="how many lines to break at once")
    parser.add_argument("--list", action="store_true", help="only say which lines are drawn")
    options = parser.parse_args()
    drawn = draw(ROOT, program(options.folders), options.seed, options.count)
    if options.list:
        print(*drawn, sep="\n")
        return
    name = "-".join(folder.replace("/", "_") for folder in options.folders)
    kept = ROOT / "var" / f"mutants-{options.seed}-{options.count}-{name}.jsonl"
    kept.parent.mkdir(exist_ok=True)
    lines = kept.read_text().splitlines() if kept.exists() else []
    known = {verdict.mutant: verdict for verdict in (Verdict(**json.loads(line)) for line in lines)}
    known |= {
        str(mutant): Verdict(str(mutant), EQUAL, 0, why)
        for mutant in drawn
        if (why := equivalent(mutant))
    }
    lock = Lock()

    def keep(verdict: Verdict) -> None:
        with lock, kept.open("a") as file:
            file.write(json.dumps(asdict(verdict)) + "\n")
            print(verdict, flush=True)

    verdicts = judged(drawn, known, keep, options.copies)
    kept.unlink(missing_ok=True)
    print("\n", *verdicts, sep="\n")
    counted = Counter(verdict.verdict for verdict in verdicts)
    told = ", ".join(f"{counted[verdict]} {verdict}" for verdict in VERDICTS)
    print(f"\n{len(drawn)} lines, seed {options.seed}: {told}")


if __name__ == "__main__":
    main()

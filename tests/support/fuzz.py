"""Files by the hundred thousand, and what the reader makes of them.

    python -m tests.support.fuzz 100000             the first hundred thousand, in one process
    python -m tests.support.fuzz 1000 --from 5000   a thousand others
    python -m tests.support.fuzz --seed 123         one, with all that is to be known about it

A number makes the same files always. Each reading has to hold what `contract` says, within a
second of processor time and 64 MB. Workers do the reading, so that the number is known that kills
one.
"""

import argparse
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

import yaml

from tests.support.contract import check
from tests.support.hostile import hostile
from tests.support.trees import ENGINE_TESTS, LUNCH, LUNCH_POLICY, MESSAGING

Files = dict[str, bytes]

MAX_SECONDS = 1.0
MAX_BYTES = 64 * 1024 * 1024
# How many inputs one worker reads before a fresh one takes over.
SHARE = 500
# Far above what is allowed: here a worker dies instead of the machine.
FATAL_SECONDS, FATAL_BYTES = 30, 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Outcome:
    """What reading one made: processor seconds, bytes at the peak beyond those before, problems.

    `failure` is what went wrong, or empty.
    """

    seed: int
    kind: str
    seconds: float
    bytes: int
    problems: int
    failure: str = ""


def files(seed: int) -> tuple[str, Files]:
    """The files of this number, and their kind. The kinds take turns."""
    kind = [*KINDS][seed % len(KINDS)]
    return kind, KINDS[kind](Random(seed))


def run(seed: int) -> Outcome:
    """Read the files of this number in this process."""
    kind, made = files(seed)
    before, started = _reset_peak(), time.process_time()
    failure, problems = "", 0
    try:
        problems = len(check(made).problems)
    except BaseException:
        failure = traceback.format_exc()
    seconds, peak = time.process_time() - started, _peak() - before
    if not failure and seconds > MAX_SECONDS:
        failure = f"took {seconds:.1f} s"
    if not failure and peak > MAX_BYTES:
        failure = f"took {peak / 1e6:.0f} MB"
    return Outcome(seed, kind, seconds, peak, problems, failure)


def drill(first: int, count: int, workers: int = 1) -> Iterator[Outcome]:
    """The outcomes of all numbers, from worker processes; those of one that died among them."""
    starts = range(first, first + count, SHARE)
    ranges = [(start, min(start + SHARE, first + count)) for start in starts]
    with ThreadPoolExecutor(workers) as pool:
        for outcomes in pool.map(lambda bounds: list(_supervised(*bounds)), ranges):
            yield from outcomes


def _supervised(first: int, end: int) -> Iterator[Outcome]:
    """Outcomes from one worker after another: each begins behind what killed the last."""
    while first < end:
        command = [sys.executable, "-m", "tests.support.fuzz", "--work", str(first), str(end)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdout
            for line in worker.stdout:
                seed, kind, seconds, peak, problems, failure = line.rstrip("\n").split("\t")
                first = int(seed) + 1
                told = failure.replace("\\n", "\n")
                yield Outcome(int(seed), kind, float(seconds), int(peak), int(problems), told)
        if worker.returncode:
            died = f"ended its process with {worker.returncode}"
            yield Outcome(first, files(first)[0], 0, 0, 0, died)
            first += 1


def work(first: int, end: int) -> None:
    """What a worker does. A signal's own action ends it, even where C code runs for ever."""
    resource.setrlimit(resource.RLIMIT_AS, (FATAL_BYTES, FATAL_BYTES))
    for seed in range(first, end):
        signal.setitimer(signal.ITIMER_VIRTUAL, FATAL_SECONDS)
        outcome = run(seed)
        told = outcome.failure.replace("\t", " ").replace("\n", "\\n")
        fields = (
            outcome.seed,
            outcome.kind,
            f"{outcome.seconds:.4f}",
            outcome.bytes,
            outcome.problems,
            told,
        )
        print(*fields, sep="\t", flush=True)


def summary(outcomes: list[Outcome]) -> Iterator[str]:
    """The figures, then every failure."""
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    largest = max(outcomes, key=lambda outcome: outcome.bytes)
    yield f"{len(outcomes)} inputs, {sum(bool(outcome.failure) for outcome in outcomes)} failures"
    yield f"  slowest   {slowest.seconds:.2f} s ({slowest.kind}, --seed {slowest.seed})"
    yield f"  largest   {largest.bytes / 1e6:.0f} MB ({largest.kind}, --seed {largest.seed})"
    for kind in KINDS:
        of_kind = [outcome for outcome in outcomes if outcome.kind == kind]
        if of_kind:
            good = sum(outcome.problems == 0 for outcome in of_kind)
            yield f"  {kind:10}{len(of_kind)} inputs, {good} of them without a problem"
    for outcome in outcomes:
        if outcome.failure:
            yield f"--seed {outcome.seed} ({outcome.kind}): {outcome.failure}"


# The kinds


def bytes_changed(random: Random) -> Files:
    """Bits flipped, bytes cut, repeated, moved and put in, in one file of a good tree."""
    tree = dict(random.choice(_good()))
    name = random.choice(sorted(tree))
    data = bytearray(tree[name])
    for _ in range(random.choice([1, 1, 2, 5, 20])):
        at = random.randrange(len(data) + 1)
        upto = min(len(data), at + int(random.expovariate(1 / 30)))
        match random.randrange(6):
            case 0 if at < len(data):
                data[at] ^= 1 << random.randrange(8)
            case 1:
                del data[at:upto]
            case 2:
                data[at:at] = data[at:upto] * random.choice([1, 2, 50])
            case 3:
                data[at:at] = random.choice(_PIECES)
            case 4:
                other = random.choice([*tree.values()])
                start = random.randrange(len(other) + 1)
                data[at:upto] = other[start : start + 200]
            case _:
                del data[at:]
                data += b"\n"
    return {**tree, name: bytes(data)}


_PIECES = [
    b"\0", b"\x1b[31m", b"\x7f", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xfe\xff",
    b"\r", b"\r\n", b"\xc2\x85", b"\xe2\x80\xa8", b"\t", b"\n\t", b"\n---\n", b"\n...\n",
    b"%YAML 9.9\n", b"&a ", b"*a ", b"!!python/object:os.system ", b"! ", b"<<: *a\n", b"? ", b"- ",
    b"- - - ", b": ", b"[", b"]", b"{", b"}", b",", b"#", b"|", b">", b">-9\n", b"'", b'"', b"@",
    b'"\\x0', b"`", b"%", b"[" * 300, b"{a: " * 100, b" " * 5000, b"a" * 5000, b"\n" * 500,
    b"a: b\n" * 50,
]  # fmt: skip


def lines_changed(random: Random) -> Files:
    """Lines moved, repeated, indented and swapped, as a hand or a merge does it."""
    tree = dict(random.choice(_good()))
    name = random.choice(sorted(tree))
    lines = tree[name].splitlines(keepends=True)
    for _ in range(random.choice([1, 2, 4, 10])):
        at, to = random.randrange(len(lines) or 1), random.randrange(len(lines) or 1)
        some = lines[at : at + random.choice([1, 1, 3, 20])]
        match random.randrange(5):
            case 0:
                del lines[at : at + len(some)]
            case 1:
                lines[to:to] = some
            case 2:
                by = random.choice([b" ", b"  ", b"\t", b"    "])
                lines[at : at + len(some)] = [by + line for line in some]
            case 3:
                lines[at : at + len(some)] = [line[random.choice([1, 2]) :] for line in some]
            case _:
                lines[at : at + 1] = [b"<<<<<<< ours\n", *some, b"=======\n", b">>>>>>> theirs\n"]
    return {**tree, name: b"".join(lines)}


def structure_changed(random: Random) -> Files:
    """Parts of a good tree's document swapped, emptied, or put in the place of others."""
    tree = random.choice(_good())
    name = random.choice(sorted(tree))
    root = yaml.load(tree[name], Loader=yaml.CBaseLoader)
    for _ in range(random.choice([1, 2, 5])):
        places = [*_places(root)]
        if not places:
            break
        around, key = random.choice(places)
        other, place = random.choice(places)
        match random.randrange(5):
            case 0:
                around[key], other[place] = other[place], around[key]
            case 1:
                around[key] = random.choice(
                    ["", "x", [], {}, [[]], {"": ""}, ["x", {}], "1e999", "~"]
                )
            case 2:
                del around[key]
            case 3 if isinstance(around, dict):
                around[random.choice(["", "x", "<<", "recommend", "é" * 70, "a, b", "[key]"])] = (
                    other[place]
                )
            case _:
                around[key] = yaml.load(yaml.dump(other[place]), Loader=yaml.CBaseLoader)
        # What was swapped into itself has no end.
        if not _is_finite(root):
            return structure_changed(random)
    dumped = yaml.dump(root, Dumper=yaml.CSafeDumper, allow_unicode=True)
    return {**tree, name: dumped.encode(errors="surrogatepass")}


def grammar(random: Random) -> Files:
    """YAML from its grammar, of words that the schema knows and of others."""

    def node(depth: int) -> str:
        if depth > 6 or random.random() < 0.3:
            return random.choice(_WORDS)
        inner = [node(depth + 1) for _ in range(random.randrange(5))]
        indent = "\n" + "  " * depth
        keys = [random.choice(_WORDS) for _ in inner]
        pairs = [f"{key}: {value}" for key, value in zip(keys, inner, strict=True)]
        return random.choice([
            f"[{', '.join(inner)}]", f"{{{', '.join(pairs)}}}",
            "".join(f"{indent}- {item}" for item in inner),
            "".join(indent + pair for pair in pairs),
            f">{indent}" + indent.join(inner), f"&a {' '.join(inner)}", f"'{' '.join(inner)}'",
        ])  # fmt: skip

    names = random.choice([["0"], ["0"], ["0", "1"], ["0", "policies/1"]])
    return {f"{name}.yaml": f"{node(0)}\n".encode() for name in names}


_WORDS = [
    "questions", "decide", "branches", "outcomes", "caveats", "sources", "cases", "kits",
    "frameworks", "format", "title", "ask", "short", "answers", "label", "because", "recommend",
    "branch", "or", "when", "ruled-out", "expect", "rules", "owner", "forbid", "use", "limit",
    "require", "a", "b", "c", "1", "", "''", '"', "'", "*a", "&a", "!t", "? x", "~", "no", "1.10",
    "a, b", "é", "#", "%", "@", "- x",
]  # fmt: skip

KINDS: Mapping[str, Callable[[Random], Files]] = {
    "bytes": bytes_changed,
    "lines": lines_changed,
    "structure": structure_changed,
    "grammar": grammar,
    "hostile": hostile,
}


@cache
def _good() -> list[Files]:
    """Good trees: the real one and the small ones of the tests, with policies and without."""
    real = ENGINE_TESTS.parents[1] / "tree"
    folders = [real / "tokens", MESSAGING, ENGINE_TESTS / "valid" / "everything"]
    trees = [{path.name: path.read_bytes() for path in sorted(f.glob("*.yaml"))} for f in folders]
    bank = (real / "examples" / "policies" / "bank.yaml").read_bytes()
    lunch = {"tree.yaml": LUNCH.encode()}
    # Small ones more often: they are as good at most things, and much quicker.
    return [
        *trees,
        trees[1],
        trees[2],
        lunch,
        lunch,
        trees[0] | {"policies/bank.yaml": bank},
        lunch | {"policies/dry.yaml": LUNCH_POLICY.encode()},
        lunch | {"policies/dry.yaml": LUNCH_POLICY.encode()},
    ]


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in the document: what holds it, and its key or index there."""
    if isinstance(node, dict | list):
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            yield node, key
            yield from _places(node[key])


def _is_finite(node: object, around: tuple[int, ...] = ()) -> bool:
    if not isinstance(node, dict | list):
        return True
    inner = node.values() if isinstance(node, dict) else node
    return id(node) not in around and all(_is_finite(child, (*around, id(node))) for child in inner)


def _reset_peak() -> int:
    """Begin to measure the peak anew, where the system can; the bytes in use now."""
    try:
        with open("/proc/self/clear_refs", "w") as refs:  # noqa: PTH123 - no file to keep
            refs.write("5")
        return _status("VmRSS")
    except OSError:
        return _peak()


def _peak() -> int:
    try:
        return _status("VmHWM")
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _status(name: str) -> int:
    with open("/proc/self/status") as status:  # noqa: PTH123 - read a hundred thousand times
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(name))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.support.fuzz", description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=1000)
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="SEED")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--work", nargs=2, type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(*options.work)
        return 0
    if options.seed is not None:
        kind, made = files(options.seed)
        for name, data in made.items():
            print(f"{kind}, {name}, {len(data)} bytes: {data[:2000]!r}")
        outcome = run(options.seed)
        print(f"{outcome.seconds:.2f} s, {outcome.bytes / 1e6:.0f} MB, {outcome.problems} problems")
        print(outcome.failure)
        return 1 if outcome.failure else 0
    outcomes = []
    for outcome in drill(options.first, options.count, options.workers):
        outcomes.append(outcome)
        if outcome.failure or len(outcomes) % SHARE == 0:
            print(
                f"{len(outcomes)} read; {outcome.failure or 'going on'}",
                file=sys.stderr,
                flush=True,
            )
    print(*summary(outcomes), sep="\n")
    return 1 if any(outcome.failure for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())

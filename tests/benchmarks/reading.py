"""What reading a tree costs, beside PyYAML: `python -m tests.benchmarks.reading`.

The reader takes turns with PyYAML's CSafeLoader on the same bytes. Reading is more: it keeps the
place of every key and value, validates, resolves ids and checks the whole. Nothing is asserted:
ratios are for comparing one state of the code with another on one machine.
"""

import argparse
import gc
import statistics
import time
import tracemalloc
from collections.abc import Callable

import yaml

from advisor.engine.reader import Reading, read_files
from tests.support.big_trees import big_tree

SIZES = (1_000, 10_000, 30_000, 100_000)
ROUNDS = 5
COMPARED = 10_000
MISSPELT = (b"    short: Matter q7-20\n", b"    shrot: Matter q7-20\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"{ROUNDS} without it")
    rounds: int = parser.parse_args().rounds
    tree = big_tree(COMPARED)
    print(compared(tree, rounds))
    print(memory(tree))
    print(growth(rounds))


def compared(tree: bytes, rounds: int) -> str:
    """The reader's time as a part of CSafeLoader's, whose own time depends on the collector."""
    wrong = tree.replace(*MISSPELT)
    line = tree[: tree.index(MISSPELT[0])].count(b"\n") + 1
    times: dict[str, list[float]] = {"reader": [], "misspelt": [], "loader": [], "paused": []}
    for _ in range(rounds):
        times["reader"].append(seconds(lambda: checked(tree)))
        times["misspelt"].append(seconds(lambda: refused(wrong, line)))
        times["loader"].append(seconds(lambda: yaml.load(tree, Loader=yaml.CSafeLoader)))
        gc.disable()
        times["paused"].append(seconds(lambda: yaml.load(tree, Loader=yaml.CSafeLoader)))
        gc.enable()
    reader, misspelt, loader, paused = map(statistics.median, times.values())
    return (
        f"{COMPARED:,} questions, {len(tree) / 2**20:.1f} MiB, {rounds} rounds, medians\n"
        f"  reader / CSafeLoader                      {reader / loader:.2f}\n"
        f"  the same with one misspelt key            {misspelt / loader:.2f}\n"
        f"  reader / CSafeLoader without collection   {reader / paused:.2f}\n"
    )


def memory(tree: bytes) -> str:
    """The most that is allocated at once, and what stays."""
    reader_stays, reader = traced(lambda: checked(tree))
    loader_stays, loader = traced(lambda: yaml.load(tree, Loader=yaml.CSafeLoader))
    return (
        f"  peak of memory, reader / CSafeLoader      {reader / loader:.2f}"
        f"  ({reader / 2**20:.0f} and {loader / 2**20:.0f} MiB;"
        f" {reader_stays / 2**20:.0f} and {loader_stays / 2**20:.0f} stay)\n"
    )


def growth(rounds: int) -> str:
    """Time for each question, relative to the smallest tree: flat where reading is linear."""
    lines = [f"{'questions':<12}{'MiB':>8}{'time for each, relative':>26}"]
    first = 0.0
    for size in SIZES:
        tree = big_tree(size)
        per_question = (
            statistics.median(seconds(lambda: checked(tree)) for _ in range(rounds)) / size  # noqa: B023 - called at once
        )
        first = first or per_question
        lines.append(f"{size:<12,}{len(tree) / 2**20:>8.1f}{per_question / first:>26.2f}")
    return "\n".join(lines)


def checked(tree: bytes) -> Reading:
    reading = read_files({"tree.yaml": tree})
    if reading.problems:
        raise RuntimeError(f"the tree has problems, such as\n{reading.problems[0]}")
    return reading


def refused(tree: bytes, line: int) -> Reading:
    reading = read_files({"tree.yaml": tree})
    places = [(problem.id, problem.place.line) for problem in reading.problems]
    if places != [("unknown-key", line)]:
        raise RuntimeError(f"expected an unknown key on line {line}, found {places}")
    return reading


def seconds(act: Callable[[], object]) -> float:
    """Processor time, so that other processes do not count; what was made is freed afterwards."""
    gc.collect()
    began = time.process_time()
    made = act()
    taken = time.process_time() - began
    del made
    return taken


def traced(act: Callable[[], object]) -> tuple[int, int]:
    gc.collect()
    tracemalloc.start()
    made = act()
    sizes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del made
    return sizes


if __name__ == "__main__":
    main()

"""`python -m tests.kits.report` runs every kit and every mutant. It writes docs/kits.md, and into
each `mutants.yaml` which test caught what."""

import os
import re
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import django
from django.conf import settings

HEAD = """# What the kits have survived

Written by `make kits`, which runs all of it; a test compares the counts with the files.

Every kit is laid out as a user unzips it, and its tests run there. A *case* is one test, with real
keys and, where the kit has a store, a real Redis. A *mutant* is the kit with one check broken, such
as an expiry that nobody looks at; it is caught when the tests fail. A way to run a kit has its own
mutants; they are run with the first kit of its family. `mutants.yaml` in each folder says what they
replace, and which test catches them.

"""


Counts = dict[tuple[str, str, str], tuple[int, int]]


def counts() -> Counts:
    """Cases and mutants for every kit and way. Cases of a way include those of the plain kit."""
    from tests.kits.running import every_variant, kit_of, lay_out, mutants, run_tests

    broken = Counter((mutant.tree, mutant.kit, mutant.way) for mutant in mutants())
    counted = {}
    for tree, outcome in every_variant():
        kit = kit_of(tree, outcome)
        # One folder for all ways, whose test files have names of their own: counted in one go.
        with TemporaryDirectory() as folder:
            homes = {way: lay_out(kit, way, Path(folder) / outcome) for way in kit.frameworks}
            (home,) = set(homes.values())
            listed = run_tests(home, "--collect-only", "-q", "-q").stdout
        cases = dict(re.findall(r"^tests/(test_\w+\.py): (\d+)$", listed, re.MULTILINE))
        for way, files in kit.frameworks.items():
            count = sum(int(cases.get(file.name, 0)) for file in files)
            counted[tree, outcome, way] = count, broken[tree, outcome, way]
    return counted


def table(counted: Counts) -> str:
    lines = ["| kit | way | cases | mutants, all caught |", "|---|---|---:|---:|"]
    for combination, (cases, broken) in counted.items():
        name, label = names(*combination)
        lines.append(f"| {name} | {label} | {cases} | {broken or '–'} |")
    return "\n".join(lines) + "\n"


def mutant_list() -> str:
    from tests.kits.running import mutants

    lines: list[str] = []
    before = None
    for mutant in mutants():
        if (mutant.tree, mutant.kit, mutant.way) != before:
            before = mutant.tree, mutant.kit, mutant.way
            name, label = names(*before)
            lines += ["", f"### {name}, {label}", ""]
        lines.append(f"- {mutant.breaks}")
    return "\n".join(lines) + "\n"


def names(tree: str, outcome: str, way: str) -> tuple[str, str]:
    """What the tree calls a kit and a way to run it."""
    from tests.kits.running import served

    document = served(tree).tree.document
    outcome, *options = outcome.split()
    pairs = (option.split("=") for option in options)
    labels = [document.parameters[id].choices[option].label for id, option in pairs]
    return ": ".join([document.outcomes[outcome].name, *labels]), document.frameworks[way].label


def whole(counted: Counts) -> str:
    return f"{HEAD}{table(counted)}\n## What each mutant breaks\n{mutant_list()}"


def with_catchers(text: str, tests: list[str]) -> str:
    """Return the text of a `mutants.yaml` with the test that caught each mutant below its name;
    nothing stands there where nothing caught it."""
    left = iter(tests)

    def line(name: re.Match[str]) -> str:
        test = next(left)
        return name[1] + (f"  caught-by: {test}\n" if test else "")

    return re.sub(r"^(- breaks: .*\n)(?:  caught-by: .*\n)?", line, text, flags=re.MULTILINE)


def main() -> int:
    from tests.kits.running import fates, mutants
    from tests.support.servers import redis_server

    with TemporaryDirectory() as folder, redis_server(Path(folder)):
        met = fates(mutants(), processes=os.cpu_count() or 1)
        caught: dict[Path, list[str]] = {}
        for mutant, fate in met:
            caught.setdefault(mutant.path, []).append(fate.caught_by)
        for path, tests in caught.items():
            path.write_text(with_catchers(path.read_text(), tests))
        if alive := [f"{mutant}: {fate.problem}" for mutant, fate in met if fate.problem]:
            print("\n\n".join(alive), file=sys.stderr)
            return 1
        text = whole(counts())
    (Path(settings.BASE_DIR) / "docs" / "kits.md").write_text(text)
    print(text)
    return 0


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    sys.exit(main())

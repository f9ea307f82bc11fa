"""What a run of a kit shows, by which the suite chooses representatives."""

from itertools import combinations

from tests.kits.running import kit_of

# A tree, a kit of it by the name of its variant, and a framework.
KitAndWay = tuple[str, str, str]


def code_under_test(kit: KitAndWay) -> set[object]:
    """Return the outcome of a kit, its framework, and each pair of framework, store, carrier."""
    tree, name, way = kit
    choices = {"framework": way, **kit_of(tree, name).choices}
    return {(tree, name.split()[0]), (tree, way), *combinations(sorted(choices.items()), 2)}


def requirements(kit: KitAndWay) -> set[object]:
    """Return the lines that a kit pins, and its framework."""
    tree, name, way = kit
    (file,) = (f for f in kit_of(tree, name).frameworks[way] if f.path == "requirements.txt")
    lines = {line for line in file.text.splitlines() if line and not line.startswith("#")}
    return {(tree, way), *lines}

"""A result of a tree in the repository, as the exports get it."""

from pathlib import Path

from advisor.engine.reader import read_folder
from advisor.engine.walking.evaluate import Result, evaluate
from advisor.engine.walking.sensitivity import with_what_if

ROOT = Path(__file__).resolve().parents[2]


def read(folder: str, **answers: str) -> Result:
    tree = read_folder(ROOT / folder).tree
    assert tree is not None
    result = evaluate(tree, answers)
    assert isinstance(result, Result)
    return with_what_if(tree, result)


RESULT = read("tests/trees/messaging", wait="no", readers="several", replay="no")

"""Results of the small tree, and parts of results."""

from advisor.engine.walking.evaluate import (
    OtherAnswer,
    Result,
    ResultCaveat,
    ResultCitation,
    Ruling,
    evaluate,
)
from tests.support.trees import LUNCH, read

SOURCE = ResultCitation("rfc", "A standard", "RFC", "§1", "", "")

CAVEAT = ResultCaveat("hash", "Store a hash", "serious", "Never the token.", "", (SOURCE,))

RULING = Ruling("bank", "The bank", "Security", "no-secrets", "Recommends y, not x.", "Because.")

SUNNY = OtherAnswer("rain", "Rain", "no", "It does not")


def result(text: str = LUNCH, **answers: str) -> Result:
    tree = read(text).tree
    assert tree is not None
    result_of_answers = evaluate(tree, answers or {"rain": "yes"})
    assert isinstance(result_of_answers, Result)
    return result_of_answers

"""What must hold of every reading, whatever the files hold."""

from collections.abc import Mapping

from advisor.engine.problems import ERRORS, WARNINGS
from advisor.engine.reader import Reading, read_files
from advisor.engine.reading.files import LINE_BREAK
from advisor.engine.tree.graph import Ask
from advisor.engine.walking.evaluate import Asking, evaluate


def check(files: Mapping[str, bytes]) -> Reading:
    """Read the files; problems have places that exist, and a tree can be walked to an outcome."""
    reading = read_files(files)
    lines = {
        name: LINE_BREAK.split(data.decode(errors="replace").removeprefix("\ufeff"))
        for name, data in files.items()
    }
    assert (reading.tree is None) == bool(reading.errors)
    assert len(set(reading.problems)) == len(reading.problems)
    for problem in reading.problems:
        place = problem.place
        assert problem.id in ERRORS | WARNINGS
        assert problem.actual
        assert problem.expected
        assert str(problem).startswith(place.file)
        if place.line:
            assert place.text == lines[place.file][place.line - 1]
            assert 1 <= place.column <= len(place.text) + 1
            assert 1 <= place.length <= max(1, len(place.text) + 1 - place.column)
    if reading.tree is not None:
        step = evaluate(reading.tree, {})
        while isinstance(step, Asking):
            assert isinstance(step.node, Ask)
            step = evaluate(reading.tree, step.given | {step.question: next(iter(step.node.next))})
    return reading

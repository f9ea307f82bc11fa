"""Which line is indented wrongly, where the parser noticed it only on a later one."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# How far around the place lines are compared; bounds the work in a large file.
NEIGHBOURHOOD = 3000

_DASH = len("- ")
_KEY = re.compile(r"( *(?:- )?)([^\s:#'\"\[\]{},][^:#'\"\[\]{}]*):(?: |$)")


@dataclass(frozen=True, slots=True)
class IndentationFault:
    """The line that stands out, the column of its first character, and what it should be."""

    line: int
    column: int
    expected: str


def indentation_fault(
    lines: Sequence[str], line: int, parsers_word: str
) -> IndentationFault | None:
    """Return the line to blame for what the parser says of `line`.

    None where that is `line` itself. Lines and columns count from 1.
    """
    start = max(0, line - NEIGHBOURHOOD)
    near = lines[start : line + NEIGHBOURHOOD]
    match parsers_word:
        case "did not find expected key":
            fault = _odd(near, line - start)
        case "mapping values are not allowed in this context":
            fault = _without_key(near, line - start) or _odd(near, line - start)
        case "did not find expected '-' indicator":
            fault = _dash(near, line - start)
        case _:
            fault = None
    if fault is None or fault.line == line - start:
        return None
    return IndentationFault(fault.line + start, fault.column, fault.expected)


def _without_key(lines: Sequence[str], line: int) -> IndentationFault | None:
    """Return the line above in the same column, if it is no key and takes this one for its text."""
    above = next(_above(lines, line), 0)
    column = _indent(lines, line)
    if above and _indent(lines, above) == column and not _KEY.match(lines[above - 1]):
        return IndentationFault(above, column + 1, "a key and a colon before the text")
    return None


def _dash(lines: Sequence[str], line: int) -> IndentationFault | None:
    """Return the item above, if it stands where its keys should; None where no item is at fault."""
    column = _indent(lines, line)
    above = _above(lines, line)
    item = next((number for number in above if _is_item(lines[number - 1])), 0)
    if not item or _indent(lines, item) != column + _DASH:
        return None
    around = next((number for number in above if _indent(lines, number) < column), 0)
    if around and column - _indent(lines, around) == _step(lines):
        return None
    return _moved(lines, item, column)


def _odd(lines: Sequence[str], line: int) -> IndentationFault | None:
    """Return the odd one of three: the key around, the first line below it, and the line itself.

    Of those that would fit if they stood elsewhere, it is the one whose key the rest of the file
    has least often in this column.
    """
    column = _indent(lines, line)
    around, first = 0, line
    for above in _above(lines, line):
        if _indent(lines, above) < column:
            around = above
            break
        first = above
    if not around:
        return None
    columns = Counter(match.groups() for text in lines if (match := _KEY.match(text)))
    fits = _below(lines, around, line) if first == line else _apart(lines, around, first, line)
    odd = min(fits, key=lambda number: _habit(lines, number, columns), default=line)
    return _moved(lines, odd, column)


def _below(lines: Sequence[str], around: int, line: int) -> list[int]:
    """Return which of two lines can have moved, the likelier first: the line, or the key around.

    The line is the first below a key that has a value.
    """
    column, outer = _indent(lines, line), _indent(lines, around)
    above = next(_above(lines, around), 0)
    before = _indent(lines, above) if above else 0
    opens = _opens(lines, above, outer) and column - outer == _step(lines)
    left = outer > 0 and (before >= column or opens)
    return [around, line] if left else [line, around]


def _apart(lines: Sequence[str], around: int, first: int, line: int) -> list[int]:
    """Return which of three lines can have moved: the key around, the first below it, the line.

    The line stands left of the first below the key.
    """
    outer, inner, column = (_indent(lines, number) for number in (around, first, line))
    step = _step(lines)
    deeper = step + (_DASH if _is_item(lines[first - 1]) else 0)
    above = next((number for number in _above(lines, around) if _indent(lines, number) < outer), 0)
    fits = []
    if above and column - _indent(lines, above) == step:
        fits.append(around)
    if inner - outer == deeper:
        fits.append(line)
    if column - outer == step + (_DASH if _is_item(lines[line - 1]) else 0):
        fits.append(first)
    # The first line below a key stands where it should.
    settled = _opens(lines, next(_above(lines, around), 0), outer - step)
    if inner - column == deeper and not settled:
        fits.append(around)
    return fits


def _opens(lines: Sequence[str], line: int, column: int) -> bool:
    """Tell whether the line is a key in this column that has all of its value below it."""
    opens = line > 0 and lines[line - 1].rstrip().endswith(":")
    return opens and _indent(lines, line) == column


def _habit(lines: Sequence[str], line: int, columns: Counter[tuple[str, ...]]) -> float:
    """Return the share of the key's lines that stand in this column; a half where nothing tells."""
    match = _KEY.match(lines[line - 1])
    if not match:
        return 0.5
    key = match.group(2)
    at_column = columns[match.groups()] - 1
    anywhere = sum(count for (_, name), count in columns.items() if name == key) - 1
    return at_column / anywhere if anywhere else 0.5


def _moved(lines: Sequence[str], line: int, column: int) -> IndentationFault:
    """Return the line with the column that its key should have."""
    text = lines[line - 1]
    column -= _DASH if _is_item(text) else 0
    expected = f"{column} spaces before it, as before its neighbours"
    return IndentationFault(line, len(text) - len(text.lstrip(" ")) + 1, expected)


def _above(lines: Sequence[str], line: int) -> Iterator[int]:
    """Yield the numbers of the lines above that say something, from the nearest up."""
    for number in range(line - 1, 0, -1):
        text = lines[number - 1].strip()
        if text and not text.startswith("#"):
            yield number


def _step(lines: Sequence[str]) -> int:
    """Return by how many columns the file usually indents what stands below a key."""
    steps: Counter[int] = Counter()
    above, opens = 0, False
    for number, text in enumerate(lines, 1):
        if text.strip() and not text.lstrip().startswith("#"):
            column = len(text) - len(text.lstrip(" "))
            if opens:
                steps[column - above] += 1
            above, opens = _indent(lines, number), text.rstrip().endswith(":")
    return next((step for step, _ in steps.most_common() if step > 0), 2)


def _indent(lines: Sequence[str], line: int) -> int:
    """Return how many columns stand before the line's text or key, its dash among them."""
    text = lines[line - 1]
    return len(text) - len(text.lstrip(" ")) + (_DASH if _is_item(text) else 0)


def _is_item(text: str) -> bool:
    return text.lstrip().startswith("- ")

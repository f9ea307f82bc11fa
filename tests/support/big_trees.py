"""Trees of any size, as an organisation might write them, without a problem in them."""

from collections.abc import Iterator

AREAS = 128
# What the fixed parts are scaled to: smaller trees have less of them.
FULL_SIZE = 10_000
OUTCOMES_OF_AN_AREA = 2
CAVEATS = 300
CASES = 100
LEVELS_OF_A_BRANCH = 3


def big_tree(questions: int) -> bytes:
    """One file with so many questions, 100 at least, each asked on some path.

    The first questions choose between areas; each area asks its own in a binary tree, cut into
    branches of three levels, and recommends its own outcomes. So the longest path grows with the
    logarithm of the size.
    """
    share = min(1.0, questions / FULL_SIZE)
    areas = max(2, int(AREAS * share))
    sizes = [(questions - areas + 1 + area) // areas for area in range(areas)]
    tree = _Tree(sizes, caveats=int(CAVEATS * share), cases=max(1, int(CASES * share)))
    return ("\n".join(tree.lines()) + "\n").encode()


class _Tree:
    """`sizes` are the numbers of questions of the areas."""

    def __init__(self, sizes: list[int], caveats: int, cases: int) -> None:
        self.sizes = sizes
        self.caveats = caveats
        self.cases = cases

    def lines(self) -> Iterator[str]:
        yield from ("format: 1", "title: A big tree", "summary: As many questions as it takes.")
        yield "questions:"
        for first, end in self.choices(0, len(self.sizes)):
            yield from _question(choice(first, end), source(first), ("low", "high"))
        for area, size in enumerate(self.sizes):
            for number in range(size):
                yield from _question(question(area, number), source(area), ("yes", "no"))
        yield "decide:"
        yield from self.choosing(0, len(self.sizes), "  ")
        yield "branches:"
        for area, size in enumerate(self.sizes):
            for number in filter(begins_branch, range(size)):
                yield f"  {branch(area, number)}:"
                yield from self.asking(area, number, 1, "    ")
        yield from self.others()

    def choices(self, first: int, end: int) -> Iterator[tuple[int, int]]:
        """The questions that halve a range of areas, until one is left, as ranges."""
        if end - first > 1:
            half = (first + end) // 2
            yield first, end
            yield from self.choices(first, half)
            yield from self.choices(half, end)

    def choosing(self, first: int, end: int, indent: str) -> Iterator[str]:
        if end - first == 1:
            yield f"{indent}branch: {branch(first, 0)}"
            return
        yield f"{indent}{choice(first, end)}:"
        half = (first + end) // 2
        for answer, low, high in (("low", first, half), ("high", half, end)):
            yield f"{indent}  {answer}:"
            yield from self.choosing(low, high, indent + "    ")

    def asking(self, area: int, number: int, level: int, indent: str) -> Iterator[str]:
        """The question, and below each answer another one or a recommendation."""
        yield f"{indent}{question(area, number)}:"
        for side, answer in enumerate(("yes", "no")):
            below = 2 * number + 1 + side
            yield f"{indent}  {answer}:"
            if below >= self.sizes[area]:
                yield from self.leaf(area, below, indent + "    ")
            elif level == LEVELS_OF_A_BRANCH:
                yield f"{indent}    branch: {branch(area, below)}"
            else:
                yield from self.asking(area, below, level + 1, indent + "    ")

    def leaf(self, area: int, number: int, indent: str) -> Iterator[str]:
        chosen = number % OUTCOMES_OF_AN_AREA
        yield f"{indent}recommend: {outcome(area, chosen)}"
        yield f"{indent}because: What was said up to place {number} leaves this as the simplest."
        yield f"{indent}or:"
        for other in range(OUTCOMES_OF_AN_AREA):
            if other != chosen:
                yield f"{indent}  {outcome(area, other)}: It is at hand already."

    def others(self) -> Iterator[str]:
        yield "outcomes:"
        for area in range(len(self.sizes)):
            for number in range(OUTCOMES_OF_AN_AREA):
                id = outcome(area, number)
                yield f"  {id}:\n    name: Outcome {id}\n    verdict: Fits area {area}."
                yield f"    sources: [{source(area)} chapter {number + 1}]\n    ruled-out:"
                for (first, end), answer in self.way_to(area):
                    wrong = "high" if answer == "low" else "low"
                    yield f"      {choice(first, end)}: {{{wrong}: It serves other areas.}}"
        yield "caveats:"
        for number in range(self.caveats):
            area = number % len(self.sizes)
            at = number // len(self.sizes)
            yield f"  caveat-{number}:\n    title: Mind point {number}\n    weight: important"
            yield f"    text: Somebody has to look after point {number} every year."
            yield f"    sources: [{source(area)} section {number}]\n    when:\n      answers:"
            yield f"        {question(area, at)}: [yes]"
            yield f"        {question(area, 2 * at + 1)}: [no]"
        yield "sources:"
        for area in range(len(self.sizes)):
            yield f"  {source(area)}:\n    title: Book {area}\n    kind: guide"
        yield "cases:"
        for number in range(self.cases):
            yield from self.case(number % len(self.sizes), "yes" if number % 2 else "no")

    def way_to(self, area: int) -> Iterator[tuple[tuple[int, int], str]]:
        """The choices that lead to the area, each with its answer."""
        first, end = 0, len(self.sizes)
        while end - first > 1:
            half = (first + end) // 2
            yield (first, end), "low" if area < half else "high"
            first, end = (first, half) if area < half else (half, end)

    def case(self, area: int, answer: str) -> Iterator[str]:
        yield "  - answers:"
        for (first, end), side in self.way_to(area):
            yield f"      {choice(first, end)}: {side}"
        number = 0
        while number < self.sizes[area]:
            yield f"      {question(area, number)}: {answer}"
            number = 2 * number + (1 if answer == "yes" else 2)
        yield f"    expect: {outcome(area, number % OUTCOMES_OF_AN_AREA)}"


def _question(id: str, cited: str, answers: tuple[str, ...]) -> Iterator[str]:
    yield f"  {id}:"
    yield f"    ask: What do you know about matter {id} of this system?"
    yield f"    short: Matter {id}"
    yield f"    sources: [{cited}]"
    yield "    answers:"
    for answer in answers:
        yield f"      {answer}:\n        label: It is {answer}"
        yield f"        because: Whoever runs matter {id} has to live with that {answer}."


def choice(first: int, end: int) -> str:
    return f"areas-{first}-{end}"


def question(area: int, number: int) -> str:
    return f"q{area}-{number}"


def branch(area: int, number: int) -> str:
    return f"b{area}-{number}"


def outcome(area: int, number: int) -> str:
    return f"o{area}-{number}"


def source(area: int) -> str:
    return f"book-{area}"


def begins_branch(number: int) -> bool:
    """Whether the question stands on the first of the levels of a branch."""
    return ((number + 1).bit_length() - 1) % LEVELS_OF_A_BRANCH == 0

"""From a well-formed document to a tree, or to what is wrong with it."""

from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from advisor.engine.problems import MAX_SUGGESTIONS, nearest, quoted
from advisor.engine.reading.lint import UnplacedProblem, check_cases, check_whole, steps_in
from advisor.engine.reading.references import Broken, References
from advisor.engine.reading.yaml_nodes import Path
from advisor.engine.tree import model
from advisor.engine.tree.figures import FigureReference, with_figures
from advisor.engine.tree.graph import Node, Nodes, Tree

MAX_QUESTIONS_ON_A_PATH = 200
# Each that is found means sorting what is left once more.
MAX_CIRCLES = 20
# Stands where the schema refused what was written; links to nothing and is not reported again.
HOLE = model.Jump.model_construct(branch="")


def link(
    document: model.Document, broken: Broken, figures: Collection[FigureReference] = ()
) -> tuple[Tree | None, list[UnplacedProblem]]:
    """Resolve every id and check what only the whole shows.

    `figures` are what the texts refer to; they are put in where they stand.
    The tree is fit for use where no problem is an error; with errors it has gaps and serves to
    check further.
    """
    references = References(document, broken)
    references.check_all()
    templates: dict[str, str] = {}
    if figures:
        references.check_figures(figures)
        document, templates = with_figures(document, document.measured)
    linking = _Linking(document, references)
    root = linking.build()
    if root is None:
        return None, references.problems
    tree = Tree(document, root, tuple(document.outcomes), templates=templates)
    references.problems += check_cases(tree, document.cases)
    if not linking.holes and not broken:
        whole = check_whole(tree)
        references.problems += (p for p in whole if p.path[:2] not in references.doubtful)
    return tree, references.problems


@dataclass(slots=True)
class _Linking:
    """Builds the nodes of the decision from the leaves up.

    `holes` says that some step leads nowhere. `repeat_bit` has a bit for each question that stands
    in the document repeatedly. `decisive` are the questions that some caveat depends on, even where
    the advice does not.
    """

    document: model.Document
    references: References
    holes: bool = False
    nodes: Nodes = field(init=False)
    branches: dict[str, Node | None] = field(default_factory=dict)
    repeat_bit: dict[str, int] = field(default_factory=dict)
    decisive: set[str] = field(default_factory=set)

    def build(self) -> Node | None:
        """Return the root.

        Branches come first, each after those that it uses, so that no jump waits.
        """
        document = self.document
        self.nodes = Nodes(document.outcomes)
        placements = Counter[str]()
        for step in (document.decide, *document.branches.values()):
            for placed in steps_in(step):
                if isinstance(placed, model.Placed):
                    placements.update(placed.root.keys())
        repeated = (id for id, count in placements.items() if count > 1)
        for caveat in document.caveats.values():
            self.decisive.update(caveat.when.answers)
        self.repeat_bit = {id: 1 << bit for bit, id in enumerate(repeated)}
        for id in self.branch_order():
            self.branches[id] = self.step(document.branches[id], ("branches", id))
        return self.step(document.decide, ("decide",))

    def branch_order(self) -> list[str]:
        """Return the branches in an order in which each stands after those that it uses.

        Note circles.
        """
        branches = self.document.branches
        position = {id: index for index, id in enumerate(branches)}
        uses = {
            id: {
                jump.branch for jump in steps_in(step)
                if isinstance(jump, model.Jump) and jump.branch in branches
            }
            for id, step in branches.items()
        }  # fmt: skip
        for _ in range(MAX_CIRCLES):
            try:
                return list(TopologicalSorter(uses).static_order())
            except CycleError as error:
                cycle: list[str] = error.args[1]
                first = min(cycle[:-1], key=position.__getitem__)
                at = cycle.index(first)
                circle = [*cycle[at:-1], *cycle[:at], first][::-1]
                if len(circle) > 8:
                    circle[4:-2] = ["…"]
                actual = f"a circle: {' → '.join(circle)}"
                self.references.report(
                    "branch-cycle", ("branches", first), actual,
                    "branches that end in recommendations", at_key=True,
                )  # fmt: skip
                self.holes = True
                for id in cycle:
                    self.branches[id] = None
                    uses.pop(id, None)
                for used in uses.values():
                    used.difference_update(cycle)
        return self.outside_circles(uses)

    def outside_circles(self, uses: dict[str, set[str]]) -> list[str]:
        """Return the branches that can be built.

        Those in further circles, and what needs them, cannot.
        """
        sorter = TopologicalSorter(uses)
        with suppress(CycleError):
            sorter.prepare()
        order: list[str] = []
        while ready := sorter.get_ready():
            order += ready
            sorter.done(*ready)
        return order

    def step(self, step: model.Step, path: Path) -> Node | None:
        """Return the node of a step; None where something below is missing."""
        match step:
            case model.Recommend():
                return self.leaf(step, path)
            case model.Jump():
                return self.jump(step, path)
            case model.Placed():
                return self.ask(step, path)

    def jump(self, step: model.Jump, path: Path) -> Node | None:
        """Return the node of a branch."""
        if step is HOLE:
            self.holes = True
            return None
        if not self.references.known("branch", step.branch, (*path, "branch")):
            self.holes = True
        return self.branches.get(step.branch)

    def leaf(self, step: model.Recommend, path: Path) -> Node | None:
        """Return the node of a recommendation."""
        self.references.check_citations((*path, "sources"), step.sources)
        right = self.references.known("outcome", step.recommend, (*path, "recommend"))
        for id in step.or_:
            at: Path = (*path, "or", id)
            right &= self.references.known("outcome", id, at, at_key=True)
            if id == step.recommend:
                actual = f"{quoted(id)}, which this leaf recommends"
                self.references.report(
                    "recommended-twice", at, actual, "another outcome", at_key=True
                )
        if not right:
            self.holes = True
        return self.nodes.leaf(step)

    def ask(self, step: model.Placed, path: Path) -> Node | None:
        """Return the node of a question, with those of all its answers."""
        ((id, places),) = step.root.items()
        path = (*path, id)
        question = self.document.questions.get(id)
        known = self.references.known("question", id, path, at_key=True)
        placed: dict[str, Node | None] = {}
        for key, below in places.items():
            at: Path = (*path, key)
            child = self.step(below, at)
            for answer in split_answers(key):
                if known and not self.references.known_answer(
                    id, answer, at, at_key=True, within=answer
                ):
                    continue
                if answer in placed:
                    actual = f"the answer {quoted(answer)} again"
                    self.references.report(
                        "answer-twice", at, actual, "each answer once", at_key=True, within=answer
                    )
                placed.setdefault(answer, child)
        if question is None:
            self.holes = True
            return None
        if missing := [answer for answer in question.answers if answer not in placed]:
            self.holes = True
            unknown = {
                answer for key in places for answer in split_answers(key)
            } - question.answers.keys()
            meant = {
                nearest(answer, question.answers) for answer in sorted(unknown)[:MAX_SUGGESTIONS]
            }
            for answer in missing:
                if answer not in meant:
                    actual = f"no place for the answer {quoted(answer)}"
                    expected = f"every answer of {quoted(id)} to lead somewhere"
                    self.references.report("missing-answer", path, actual, expected, at_key=True)
        following = {a: node for a in question.answers if (node := placed.get(a)) is not None}
        return self.made_ask(id, following, path) if following else None

    def made_ask(self, id: str, following: dict[str, Node], path: Path) -> Node | None:
        """Return the node of a question, and note what is wrong with it as a part of the graph."""
        bit = self.repeat_bit.get(id, 0)
        repeatable = 0
        for child in following.values():
            repeatable |= child.repeatable
        if bit & repeatable:
            actual = f"the question {quoted(id)}, which is asked again further down"
            self.references.report(
                "question-twice", path, actual, "a question at most once on a path", at_key=True
            )
            self.holes = True
        node = self.nodes.ask(id, following, repeatable | bit)
        if node.longest == MAX_QUESTIONS_ON_A_PATH + 1:
            actual = f"{node.longest} questions on one path"
            expected = f"{MAX_QUESTIONS_ON_A_PATH} at most"
            self.references.report("too-tall", path, actual, expected, at_key=True)
        same = len(set(following.values())) == 1
        if same and len(following) > 1 and id not in self.decisive:
            self.references.report(
                "changes-nothing", path,
                f"the question {quoted(id)}, whose answers all lead to the same advice",
                "answers that differ, or no question", at_key=True,
            )  # fmt: skip
        return node


def split_answers(key: str) -> list[str]:
    """Return the answers that one key stands for: `small, invest` are two."""
    return [part.strip() for part in key.split(",")]

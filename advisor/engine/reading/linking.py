"""From a well-formed document to a tree, or to what is wrong with it."""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from advisor.engine.problems import (
    MAX_PROBLEMS,
    MAX_SUGGESTIONS,
    WARNINGS,
    did_you_mean,
    nearest,
    one_of,
    quoted,
)
from advisor.engine.reading.lint import NO_CASE, UnplacedProblem, check_cases, check_whole, steps_in
from advisor.engine.reading.yaml_nodes import Path
from advisor.engine.tree import model
from advisor.engine.tree.graph import Node, Nodes, Tree, cited
from advisor.engine.tree.parameter_values import BadValue, accept

MAX_QUESTIONS_ON_A_PATH = 200
# Each that is found means sorting what is left once more.
MAX_CIRCLES = 20
# Ids of problems are promised, words are not: a framework was called a way.
_UNKNOWN = {"framework": "unknown-way"}


@dataclass(frozen=True, slots=True)
class Broken:
    """What the schema already refused: its ids exist, but nothing can be said about them.

    `gaps` says that YAML already lost a part of what was written.
    """

    sections: frozenset[str] = frozenset()
    items: frozenset[tuple[str, str]] = frozenset()
    gaps: bool = False

    def __bool__(self) -> bool:
        return bool(self.sections or self.items or self.gaps)


# Stands where the schema refused what was written; links to nothing and is not reported again.
HOLE = model.Jump.model_construct(branch="")


def link(document: model.Document, broken: Broken) -> tuple[Tree | None, list[UnplacedProblem]]:
    """Resolve every id and check what only the whole shows.

    The tree is fit for use where no problem is an error; with errors it has gaps and serves to
    check further.
    """
    linking = Linking(document, broken)
    linking.check_names()
    linking.check_references()
    root = linking.build()
    if root is None:
        return None, linking.problems
    tree = Tree(document, root, tuple(document.outcomes))
    linking.problems += check_cases(tree, document.cases)
    if not linking.holes and not broken:
        whole = check_whole(tree)
        linking.problems += (c for c in whole if c.path[:2] not in linking.doubtful)
    return tree, linking.problems


@dataclass(slots=True)
class Linking:
    """Resolves ids of a document and notes those that are unknown."""

    document: model.Document
    broken: Broken
    problems: list[UnplacedProblem] = field(default_factory=list)
    holes: bool = False
    # Sections' items with a wrong reference, and those that it may have meant: what follows from
    # it is no problem of its own.
    doubtful: set[Path] = field(default_factory=set)
    nodes: Nodes = field(init=False)
    branches: dict[str, Node | None] = field(default_factory=dict)
    repeat_bit: dict[str, int] = field(default_factory=dict)
    # The questions that some caveat depends on, even where the advice does not.
    decisive: set[str] = field(default_factory=set)

    # Names

    def check_names(self) -> None:
        """Note ids and constants that are taken, and defaults that their parameter refuses.

        Questions and parameters share the address line; constants name one value each.
        """
        constants: dict[str, str] = {}
        for section in ("questions", "parameters"):
            for id in getattr(self.document, section):
                if id in model.RESERVED:
                    self.report(
                        "id-taken", (section, id), f"the id {quoted(id)}, which the program uses",
                        "another id", at_key=True,
                    )  # fmt: skip
        for id, parameter in self.document.parameters.items():
            try:
                accept(parameter, parameter.default)
            except BadValue as bad:
                path: Path = ("parameters", id, "default")
                expected = "a default that the parameter accepts"
                self.report("bad-value", path, quoted(parameter.default), expected, str(bad))
            if id in self.document.questions:
                actual = f"{quoted(id)}, which is a question's id too"
                self.report("id-taken", ("parameters", id), actual, "another id", at_key=True)
            if parameter.constant in constants:
                actual = f"{quoted(parameter.constant)}, which {quoted(constants[parameter.constant])} sets too"  # noqa: E501 - one message
                path = ("parameters", id, "constant")
                self.report("constant-taken", path, actual, "one parameter for each constant")
            constants.setdefault(parameter.constant, id)

    # References

    def check_references(self) -> None:
        """Note every unknown id outside the decision."""
        document = self.document
        for id, question in document.questions.items():
            self.check_citations(("questions", id, "sources"), question.sources)
        for id, outcome in document.outcomes.items():
            self.check_citations(("outcomes", id, "sources"), outcome.sources)
            for question_id, answers in outcome.ruled_out.items():
                path: Path = ("outcomes", id, "ruled-out", question_id)
                if self.known("question", question_id, path, at_key=True):
                    for answer in answers:
                        self.known_answer(question_id, answer, (*path, answer), at_key=True)
        for id, caveat in document.caveats.items():
            self.check_citations(("caveats", id, "sources"), caveat.sources)
            self.check_condition(("caveats", id, "when"), caveat.when)
        self.check_kits()
        self.check_case_ids(document.cases)

    def check_case_ids(self, cases: Iterable[model.Case]) -> None:
        """Note every unknown question, answer and outcome of cases."""
        for index, case in enumerate(cases):
            for question_id, answer in case.answers.items():
                path = ("cases", index, "answers", question_id)
                if self.known("question", question_id, path, at_key=True):
                    self.known_answer(question_id, answer, path)
            if case is not NO_CASE:
                self.known("outcome", case.expect, ("cases", index, "expect"))

    def check_kits(self) -> None:
        """Note every unknown id in what belongs to kits."""
        document = self.document
        for id, parameter in document.parameters.items():
            for index, caution in enumerate(parameter.cautions):
                at: Path = ("parameters", id, "cautions", index, "sources")
                self.check_citations(at, caution.sources)
        for id, library in document.libraries.items():
            self.check_citations(("libraries", id, "sources"), library.sources)
        for id, kit in document.kits.items():
            self.known("outcome", id, ("kits", id), at_key=True)
            for framework in kit.frameworks:
                path: Path = ("kits", id, "frameworks", framework)
                self.known("framework", framework, path, at_key=True)
        if document.reference is not None:
            self.known("kit", document.reference, ("reference",))
        if document.measured:
            for id, measured in document.measured.kits.items():
                at = ("measured", "kits", id)
                self.known("outcome", id, at, at_key=True)
                for figure in measured.figures:
                    self.known("figure", figure, (*at, "figures", figure), at_key=True)

    def check_citations(self, path: Path, citations: Iterable[str]) -> None:
        """Note every citation of an unknown source."""
        for index, citation in enumerate(citations):
            source, _ = cited(citation)
            self.known("source", source, (*path, index), within=source)

    def check_condition(self, path: Path, when: model.When) -> None:
        """Note every unknown outcome, question and answer of a condition."""
        for index, outcome in enumerate(when.outcomes):
            self.known("outcome", outcome, (*path, "outcomes", index))
        for question_id, answers in when.answers.items():
            at = (*path, "answers", question_id)
            if self.known("question", question_id, at, at_key=True):
                for index, answer in enumerate(answers):
                    self.known_answer(question_id, answer, (*at, index))

    def known(
        self, kind: str, id: str, path: Path, *, at_key: bool = False, within: str = ""
    ) -> bool:
        """Tell whether the id can be used.

        Note an unknown one, pass over a broken one in silence.
        """
        section = "branches" if kind == "branch" else f"{kind}s"
        items = getattr(self.document, section)
        if id in items:
            return True
        if section in self.broken.sections or len(self.problems) > MAX_PROBLEMS:
            return False
        few = len(self.problems) < MAX_SUGGESTIONS
        broken = [item for owner, item in self.broken.items if few and owner == section]
        # What is near a broken id may well be what it should have been.
        if not nearest(id, broken):
            expected = f"the id of {'an' if kind == 'outcome' else 'a'} {kind}"
            near = nearest(id, items) if few else ""
            hint = f"did you mean `{near}`?" if near else ""
            self.doubtful.add((section, near))
            self.report(
                _UNKNOWN.get(kind, f"unknown-{kind}"), path, quoted(id), expected, hint,
                at_key=at_key, within=within,
            )  # fmt: skip
        return False

    def known_answer(
        self, question: str, answer: str, path: Path, *, at_key: bool = False, within: str = ""
    ) -> bool:
        """Tell whether the question has the answer, and note an unknown one."""
        answers = self.document.questions[question].answers
        if answer not in answers and len(self.problems) <= MAX_PROBLEMS:
            few = len(self.problems) < MAX_SUGGESTIONS
            near = did_you_mean(answer, answers) if few else ""
            expected = f"an answer of {quoted(question)}: {one_of(answers)}"
            self.report(
                "unknown-answer", path, quoted(answer), expected, near,
                at_key=at_key, within=within,
            )  # fmt: skip
        return answer in answers

    # Nodes

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
                self.report(
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
        if not self.known("branch", step.branch, (*path, "branch")):
            self.holes = True
        return self.branches.get(step.branch)

    def leaf(self, step: model.Recommend, path: Path) -> Node | None:
        """Return the node of a recommendation."""
        self.check_citations((*path, "sources"), step.sources)
        right = self.known("outcome", step.recommend, (*path, "recommend"))
        for id in step.or_:
            at: Path = (*path, "or", id)
            right &= self.known("outcome", id, at, at_key=True)
            if id == step.recommend:
                actual = f"{quoted(id)}, which this leaf recommends"
                self.report("recommended-twice", at, actual, "another outcome", at_key=True)
        if not right:
            self.holes = True
        return self.nodes.leaf(step)

    def ask(self, step: model.Placed, path: Path) -> Node | None:
        """Return the node of a question, with those of all its answers."""
        ((id, places),) = step.root.items()
        path = (*path, id)
        question = self.document.questions.get(id)
        known = self.known("question", id, path, at_key=True)
        placed: dict[str, Node | None] = {}
        for key, below in places.items():
            at: Path = (*path, key)
            child = self.step(below, at)
            for answer in split_answers(key):
                if known and not self.known_answer(id, answer, at, at_key=True, within=answer):
                    continue
                if answer in placed:
                    actual = f"the answer {quoted(answer)} again"
                    self.report(
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
                    self.report("missing-answer", path, actual, expected, at_key=True)
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
            self.report(
                "question-twice", path, actual, "a question at most once on a path", at_key=True
            )
            self.holes = True
        node = self.nodes.ask(id, following, repeatable | bit)
        if node.longest == MAX_QUESTIONS_ON_A_PATH + 1:
            actual = f"{node.longest} questions on one path"
            expected = f"{MAX_QUESTIONS_ON_A_PATH} at most"
            self.report("too-tall", path, actual, expected, at_key=True)
        same = len(set(following.values())) == 1
        if same and len(following) > 1 and id not in self.decisive:
            self.report(
                "changes-nothing", path,
                f"the question {quoted(id)}, whose answers all lead to the same advice",
                "answers that differ, or no question", at_key=True,
            )  # fmt: skip
        return node

    def report(
        self, id: str, path: Path, actual: str, expected: str, suggestion: str = "",
        *, at_key: bool = False, within: str = "",
    ) -> None:  # fmt: skip
        """Add a problem, and remember the item that it is about.

        An error makes that doubtful.
        """
        if id not in WARNINGS:
            self.doubtful.add(path[:2])
        if len(self.problems) <= MAX_PROBLEMS:
            self.problems.append(
                UnplacedProblem(id, path, actual, expected, suggestion, at_key, within)
            )


def split_answers(key: str) -> list[str]:
    """Return the answers that one key stands for: `small, invest` are two."""
    return [part.strip() for part in key.split(",")]

"""Which ids of a document are known: what refers to nothing, and what is taken twice."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from advisor.engine.problems import (
    MAX_PROBLEMS,
    MAX_SUGGESTIONS,
    WARNINGS,
    did_you_mean,
    nearest,
    one_of,
    quoted,
)
from advisor.engine.reading.lint import NO_CASE, UnplacedProblem
from advisor.engine.reading.yaml_nodes import Path
from advisor.engine.tree import model
from advisor.engine.tree.figures import FigureReference, figure_of
from advisor.engine.tree.graph import cited
from advisor.engine.tree.parameter_values import BadValue, accept

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


@dataclass(slots=True)
class References:
    """The ids of a document, and the problems of what refers to them.

    `doubtful` are sections' items with a wrong reference, and those that it may have meant: what
    follows from it is no problem of its own.
    """

    document: model.Document
    broken: Broken
    problems: list[UnplacedProblem] = field(default_factory=list)
    doubtful: set[Path] = field(default_factory=set)

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
            self.check_type(id, parameter)
            if parameter.constant is None:
                continue
            if parameter.constant in constants:
                actual = f"{quoted(parameter.constant)}, which {quoted(constants[parameter.constant])} sets too"  # noqa: E501 - one message
                path = ("parameters", id, "constant")
                self.report("constant-taken", path, actual, "one parameter for each constant")
            constants.setdefault(parameter.constant, id)

    def check_type(self, id: str, parameter: model.Parameter) -> None:
        """Note a choice without two options, options of another type, and a constant left out."""
        path: Path = ("parameters", id)
        selects = parameter.type in ("choice", "flag")
        if selects and len(parameter.choices) < 2:
            actual = f"{len(parameter.choices)} in `options`"
            self.report("too-few", path, actual, "at least 2", at_key=True)
        if (
            parameter.options
            and parameter.type != "choice"
            and set(parameter.options) != set(model.FLAG)
        ):
            actual = f"options of {quoted(id)}, whose type is {quoted(parameter.type)}"
            self.report("no-choice", (*path, "type"), actual, "the type `choice`")
        for choice, options in parameter.when.values.items():
            self.known_options(choice, options, (*path, "when", "values", choice))
        # A condition is about the constant: what selects folders stands under `choices` of a kit.
        if parameter.constant is None and (not selects or parameter.when.values):
            expected = f"the key `constant` in {quoted(id)}"
            self.report("missing-key", path, "no `constant`", expected, at_key=True)

    def check_all(self) -> None:
        """Note every unknown id outside the decision, and every name that is taken."""
        self.check_names()
        document = self.document
        for id, entry in document.not_for.items():
            self.check_citations(("not-for", id, "sources"), entry.sources)
        for id, question in document.questions.items():
            self.check_citations(("questions", id, "sources"), question.sources)
            self.check_unsure(id, question)
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
            for parameter, options in caveat.when.values.items():
                at: Path = ("caveats", id, "when", "values", parameter)
                self.known_options(parameter, options, at)
        self.check_kits()
        self.check_case_ids(document.cases)

    def check_unsure(self, id: str, question: model.Question) -> None:
        """Note an unknown answer to assume, and an answer with the id that says "not sure"."""
        if model.UNSURE in question.answers:
            actual = f"the answer {quoted(model.UNSURE)}, which the program uses for “Not sure”"
            path = ("questions", id, "answers", model.UNSURE)
            self.report("id-taken", path, actual, "another id", at_key=True)
        if question.unsure:
            self.known_answer(id, question.unsure.answer, ("questions", id, "unsure", "answer"))

    def check_figures(self, quoted_figures: Iterable[FigureReference]) -> None:
        """Note every figure that a text refers to and the tree does not have."""
        for path, figure, kit in quoted_figures:
            if (
                self.known("figure", figure, path, within=figure)
                and self.known("kit", kit, path, within=kit)
                and "measured" not in self.broken.sections
                and figure_of(self.document.measured, figure, kit) is None
            ):
                actual = f"{quoted(figure)} of {quoted(kit)}, which was not measured"
                expected = "a figure that `measured` holds"
                self.report("unknown-figure", path, actual, expected, within=figure)

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
            self.check_parts(("kits", id), kit)
            for file, places in kit.places.items():
                for named in places:
                    path: Path = ("kits", id, "places", file, named)
                    self.known("parameter", named, path, at_key=True)
        self.check_promises(document.promises)
        if document.reference is not None:
            self.known("kit", document.reference, ("reference",))
        if document.measured:
            for id, measured in document.measured.kits.items():
                at = ("measured", "kits", id)
                self.known("outcome", id, at, at_key=True)
                for figure in measured.figures:
                    self.known("figure", figure, (*at, "figures", figure), at_key=True)

    def check_promises(self, promises: model.Promises) -> None:
        """Note every unknown kit and parameter in what `confirm` holds an application to."""
        for id in promises.settings:
            self.known("parameter", id, ("promises", "settings", id), at_key=True)
        for id, promise in promises.kits.items():
            self.known("kit", id, ("promises", "kits", id), at_key=True)
            for key in ("cookie", "age"):
                if (named := getattr(promise, key)) is not None:
                    self.known("parameter", named, ("promises", "kits", id, key))

    def check_parts(self, path: Path, parts: model.KitParts) -> None:
        """Note every unknown framework, choice and option of a kit."""
        for framework in parts.frameworks:
            self.known("framework", framework, (*path, "frameworks", framework), at_key=True)
        for choice, options in parts.choices.items():
            at = (*path, "choices", choice)
            self.known_options(choice, options, at)
            for option, inner in options.items():
                self.check_parts((*at, option), inner)

    def known_options(self, parameter: str, options: Iterable[str], path: Path) -> bool:
        """Tell whether the parameter is a choice with these options, and note what is not so.

        `path` leads to a list of options, or to a mapping with options as keys.
        """
        is_key = path[-1] == parameter
        if not self.known("parameter", parameter, path if is_key else (*path[:-1], "limit"),
                          at_key=is_key):  # fmt: skip
            return False
        known = self.document.parameters[parameter].choices
        if not known:
            kind = self.document.parameters[parameter].type
            actual = f"{quoted(parameter)}, whose type is {quoted(kind)}"
            self.report("no-choice", path, actual, "a choice or a flag", at_key=True)
            return False
        good = True
        for index, option in enumerate(options):
            if option not in known:
                good = False
                at = (*path, option) if isinstance(options, dict) else (*path, index)
                expected = f"an option of {quoted(parameter)}: {one_of(known)}"
                near = did_you_mean(option, known)
                self.report(
                    "unknown-option", at, quoted(option), expected, near,
                    at_key=isinstance(options, dict),
                )  # fmt: skip
        return good

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

"""Draw lines of the program at random, and say how each can be broken.

A line is drawn when it holds something that a test should guard: a comparison, a condition, a
boolean operator, `in`, a bound, what a function returns, a call made for its effect, or a text.
"""

import ast
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

# What breaks a comparison: its opposite, and for bounds the neighbour.
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of a file: `before`, at the byte `start`, becomes `after`."""

    path: str
    line: int
    start: int
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {_short(self.before)} -> {_short(self.after)}"

    def broken(self, source: bytes) -> bytes:
        """Return the file's bytes with this change."""
        old = self.before.encode()
        end = self.start + len(old)
        if source[self.start : end] != old:
            raise ValueError(f"{self.path} has changed: draw again")
        return source[: self.start] + self.after.encode() + source[end:]


def mutants(path: str, source: str) -> Iterator[Mutant]:
    """Yield every way in which a file can be broken, in the order of the file."""
    data = source.encode()
    starts = [0]
    for text in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(text))
    for node, after in _changes(ast.parse(source)):
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = starts[node.lineno - 1] + node.col_offset
        # `ast.get_source_segment` splits the whole source for each node, which takes 8 s in all.
        before = data[start : starts[node.end_lineno - 1] + node.end_col_offset].decode()
        if before != after:
            yield Mutant(path, node.lineno, start, before, after)


def draw(root: Path, paths: Sequence[str], seed: int, count: int) -> list[Mutant]:
    """Draw lines, each as likely as any other, and for each one way to break it; 0 means all."""
    lines: dict[tuple[str, int], list[Mutant]] = {}
    for path in paths:
        for mutant in mutants(path, (root / path).read_text(encoding="utf-8")):
            lines.setdefault((path, mutant.line), []).append(mutant)
    chance = random.Random(seed)
    chosen = chance.sample(sorted(lines), count or len(lines))
    return [chance.choice(lines[line]) for line in chosen]


def _changes(tree: ast.Module) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """Yield what can be broken, each with the text that breaks it."""
    skipped = {id(node) for node in _unguarded(tree)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        match node:
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                other = COMPARISONS[type(operator)]()
                changed = ast.Compare(left=left, ops=[other], comparators=[right])
                yield node, f"({ast.unparse(changed)})"
            case ast.BoolOp(op=operator, values=values):
                swapped = ast.Or() if isinstance(operator, ast.And) else ast.And()
                yield node, f"({ast.unparse(ast.BoolOp(op=swapped, values=values))})"
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield node, f"({ast.unparse(operand)})"
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
                yield from _negated(test)
            case ast.comprehension(ifs=[*tests]):
                for test in tests:
                    yield from _negated(test)
            case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
                yield value, "None"
            case ast.Constant(value=bool() as truth):
                yield node, str(not truth)
            case ast.Constant(value=int() as number):
                yield node, str(number + 1)
            case ast.Constant(value=str() as text) if text:
                yield node, repr(text + "XX")
            case ast.JoinedStr(values=values):
                yield node, f"({ast.unparse(ast.JoinedStr([*values, ast.Constant('XX')]))})"
            case ast.Expr(value=ast.Call()):
                yield node, "pass"


def _unguarded(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield what no test can guard: docstrings, types and what mypy is told by them, whether a
    dataclass is frozen, and the pieces of a text with fields, which is broken as a whole."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Assert():
                yield from ast.walk(node)
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                yield from ast.walk(node)
            case (
                ast.AnnAssign(annotation=annotation) | ast.arg(annotation=ast.expr() as annotation)
            ):
                yield from _types(annotation)
            case ast.FunctionDef(returns=ast.expr() as returns):
                yield from _types(returns)
            case ast.ClassDef(decorator_list=decorators):
                for decorator in decorators:
                    yield from ast.walk(decorator)
            case ast.JoinedStr(values=values):
                for value in values:
                    yield from ast.walk(value)


def _types(annotation: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of an annotation, but for calls: `Field(min_length=1)` is a bound."""
    if not isinstance(annotation, ast.Call):
        yield annotation
        for part in ast.iter_child_nodes(annotation):
            yield from _types(part)


def _negated(test: ast.expr) -> Iterator[tuple[ast.expr, str]]:
    """Yield a condition's opposite, unless a change of its operator is that already."""
    if not isinstance(test, ast.Compare | ast.UnaryOp):
        yield test, f"(not ({ast.unparse(test)}))"


def _short(text: str) -> str:
    whole = " ".join(text.split())
    return whole if len(whole) <= 100 else f"{whole[:97]}..."

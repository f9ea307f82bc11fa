"""Which names are local where, in a syntax tree."""

import ast
from collections.abc import Iterator
from functools import lru_cache

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def scoped(tree: ast.Module) -> Iterator[tuple[tuple[frozenset[str], ...], ast.AST]]:
    """Yield every node with the names that are local where it stands, innermost scope last."""
    scope: tuple[frozenset[str], ...] = ()
    waiting: list[tuple[tuple[frozenset[str], ...], ast.AST]] = [(scope, tree)]
    while waiting:
        scope, node = waiting.pop()
        if node is not tree:
            yield scope, node
        inner = scope
        if isinstance(node, _FUNCTIONS):
            inner = (*scope, frozenset(_locals(node)))
        elif isinstance(node, _COMPREHENSIONS):
            names = (target for made in node.generators for target in ast.walk(made.target))
            inner = (
                *scope,
                frozenset(target.id for target in names if isinstance(target, ast.Name)),
            )
        # Decorators, defaults and annotations of a function belong to the scope around it.
        outside = set(map(id, _outside(node)))
        children = [
            (scope if id(child) in outside else inner, child)
            for child in ast.iter_child_nodes(node)
        ]
        waiting += reversed(children)


def _outside(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from node.decorator_list
        if node.returns:
            yield node.returns


def _locals(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Iterator[str]:
    """Yield the names that a function binds: its arguments and all that its own body assigns."""
    arguments = function.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        yield argument.arg
    for more in (arguments.vararg, arguments.kwarg):
        if more is not None:
            yield more.arg
    if isinstance(function, ast.Lambda):
        return
    shared = set()
    waiting: list[ast.AST] = list(function.body)
    bound: list[str] = []
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Global):
            shared.update(node.names)
        bound += bound_names(node)
        if not isinstance(node, (*_FUNCTIONS, *_COMPREHENSIONS, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)
    yield from (name for name in bound if name not in shared)


def bound_names(node: ast.AST) -> list[str]:
    """Return the names that a node binds where it stands."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Name(id=name, ctx=ast.Store()):
            return [name]
        case ast.ExceptHandler(name=str(name)):
            return [name]
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            return [(alias.asname or alias.name).partition(".")[0] for alias in aliases]
        case ast.Assign() | ast.AnnAssign():
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = (child for target in targets for child in ast.walk(target))
            return [child.id for child in names if isinstance(child, ast.Name)]
        case ast.If() | ast.Try() | ast.With() | ast.For():
            inside = (name for child in ast.iter_child_nodes(node) for name in bound_names(child))
            return list(inside)
    return []


@lru_cache(maxsize=8192)
def loaded_names(tree: ast.AST) -> frozenset[str]:
    return frozenset(
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )

"""Python as a syntax tree, parsed once for equal texts."""

import ast
from functools import lru_cache


@lru_cache(maxsize=1024)
def parsed(text: str) -> ast.Module:
    """Return the syntax tree of a module; nobody may change it. Raise SyntaxError."""
    return ast.parse(text)

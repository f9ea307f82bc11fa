"""Join the modules of a kit into one file: the one that a user copies.

Imports between the modules disappear, the others are merged on top; constants come first; every
module becomes a part under a comment with its name. The text of each statement stays as it is, with
its comments: places come from the syntax tree.
"""

import ast
import re
from collections.abc import Sequence

from advisor.kits.joining.merging import (
    constants_first,
    exported_names,
    in_order,
    merged_imports,
    without_clashes,
)
from advisor.kits.joining.parts import (
    CONSTANT,
    Module,
    NotJoinable,
    Statement,
    edited,
    modules_of,
    taken_apart,
)


def join(modules: Sequence[Module]) -> str:
    """Return the modules as one; the first is the one whose docstring begins the file.

    Raise NotJoinable, with the place.
    """
    kit = frozenset(module.name for module in modules)
    parts = [taken_apart(module, kit) for module in modules]
    ordered = in_order(parts)
    statements = without_clashes(ordered)
    imports = merged_imports(ordered, {name for names in statements.values() for name in names})
    constants, rest = constants_first(ordered, imports)
    first = parts[0]
    blocks = [first.docstring] if first.docstring else []
    blocks += [imports.text] if imports.text else []
    if exported := exported_names(ordered):
        blocks.append("__all__ = [\n" + "".join(f'    "{name}",\n' for name in exported) + "]")
    # The settings come first: they are what a user changes.
    by_settings = sorted(ordered, key=lambda part: part is not first)
    for part in by_settings:
        if constants[part.module.name]:
            heading = f"# Constants of {part.module.file}"
            blocks.append(
                "\n".join([heading, *(statement.text for statement in constants[part.module.name])])
            )
    text = "\n\n".join(blocks)
    for part in ordered:
        if body := rest[part.module.name]:
            about = "" if part is first else _as_comment(part.docstring)
            text += f"\n\n\n{_heading(part.module.file)}\n{about}{_laid_out(body)}"
    guards = [part.guard for part in ordered if part.guard]
    for guard in guards[-1:]:
        text += f"\n\n\n{guard.text}"
    return f"{text.strip()}\n"


def apart(module: Module, modules: Sequence[Module]) -> str:
    """Return a module that stays a file of its own beside the joined one.

    Its imports of the kit become copies of the constants that it needs, so that it can be read
    before the others can, as settings are. A text that names a module of the kit, alone or before a
    dot, names the joined one.
    """
    kit = frozenset(member.name for member in modules)
    part = taken_apart(module, kit)
    main = modules[0].name
    constants = {
        name: statement.text
        for other in (taken_apart(member, kit) for member in modules)
        for statement in other.statements
        for name in statement.names
        if CONSTANT.fullmatch(name)
    }
    wanted = dict.fromkeys(name for _, name in part.from_kit.values())
    for name in wanted:
        if name not in constants:
            raise NotJoinable(module.file, 1, f"`{name}`, which is no constant", "constants alone")
    lines = module.text.splitlines(keepends=True)
    text = edited(module, part.tree, kit)
    kept = [
        statement
        for statement in part.tree.body
        if isinstance(statement, ast.Import | ast.ImportFrom) and modules_of(statement) & kit
    ]
    copied = "\n".join(constants[name] for name in wanted)
    data = text.splitlines(keepends=True)
    for number, statement in enumerate(reversed(kept)):
        start, end = statement.lineno - 1, statement.end_lineno or statement.lineno
        last = number == len(kept) - 1
        data[start:end] = [f"# As in {modules[0].file}\n{copied}\n"] if last and copied else []
    assert len(lines) >= len(kept)  # noqa: S101 - each statement has a line
    named = "|".join(sorted(map(re.escape, kit)))
    return re.sub(rf'"(?:{named})(\.\w+)?"', rf'"{main}\1"', "".join(data))


def _heading(file: str) -> str:
    return f"# --- {file} {'-' * max(3, 78 - len(file))}"


def _as_comment(docstring: str) -> str:
    if not docstring:
        return ""
    text = ast.literal_eval(docstring)
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)


def _laid_out(statements: Sequence[Statement]) -> str:
    """Return statements with two empty lines around definitions, and the author's elsewhere."""
    text = ""
    before: Statement | None = None
    for statement in statements:
        big = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        if before is None:
            text += "\n\n" if isinstance(statement.node, big) else "\n"
        elif isinstance(statement.node, big) or isinstance(before.node, big):
            text += "\n\n\n"
        else:
            text += "\n" * (1 + statement.blank)
        text += statement.text
        before = statement
    return text

"""Lay the files of a kit out in folders, with a README that says what is in them.

A download has the code in one file, or in separate ones. In both its tests run where it is
unzipped.
"""

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import PurePath

from advisor.kits.kit import README, REQUIREMENTS, TESTS, KitFile
from advisor.kits.syntax import parsed

PYTEST = "pytest.ini"
SECTION = re.compile(r"^(?=## )", re.MULTILINE)
LICENCE = re.compile(r"SPDX-License-Identifier: ([A-Za-z0-9.+-]*[A-Za-z0-9+])")


def prepared(files: tuple[KitFile, ...]) -> tuple[KitFile, ...]:
    """Return the files in folders, with what their tests need and what their README must say."""
    folders = [*dict.fromkeys(file.folder for file in files if file.name.endswith(".py"))]
    if TESTS in folders:
        path = " ".join(folder or "." for folder in folders)
        text = f"[pytest]\npythonpath = {path}\ntestpaths = {TESTS}\n"
        files = (*files, KitFile(PYTEST, text, supporting=True))
    lines = ["The code, to be copied into one folder of your import path:", ""]
    lines += [_about(file) for file in files if not file.supporting]
    return tuple(_with_contents(file, lines, files) for file in files)


def one_file(joined: tuple[KitFile, ...], files: Iterable[KitFile]) -> tuple[KitFile, ...]:
    """Return what takes the place of the code of a kit, and of its README, as one file.

    The tests import the modules by the names that they had. So each name stands for the one file,
    and what a test replaces in it is replaced in the one file.
    """
    if not joined:
        return ()
    files = tuple(files)
    whole, *apart = joined
    name = PurePath(whole.name).stem
    kept = {file.name for file in joined}
    parts = [file for file in files if file.name.endswith(".py") and not file.supporting]
    parts = [file for file in parts if file.name not in kept]
    stands = (
        KitFile(file.name, _STANDS_FOR.format(file=file.name, name=name), True, TESTS)
        for file in parts
    )
    lines = [
        f"- `{whole.name}`: the code. Copy the file into any package, under any name, and write",
        f"  that name for `{name}` in the lines below.",
        *map(_about, apart),
    ]
    readme = (
        _with_contents(replace(file, text=_renamed(file.text, parts, name)), lines, files)
        for file in files
        if file.name == README
    )
    return (whole, *apart, *readme, *stands)


def joined_readmes(before: str, more: str) -> str:
    """Return two READMEs as one: a section takes the place of one of the same heading before it.

    So the lines of a framework stand where those of plain Python stood.
    """
    sections = SECTION.split(before)
    for section in SECTION.split(more):
        heading = section.partition("\n")[0]
        of_heading = [
            at for at, earlier in enumerate(sections) if earlier.partition("\n")[0] == heading
        ]
        if of_heading and heading.startswith("## "):
            sections[of_heading[0]] = section
        elif section:
            sections.append(section)
    return "\n\n".join(section.strip("\n") for section in sections) + "\n"


def licences(files: Iterable[KitFile]) -> list[str]:
    """Return the SPDX ids of the licences in the README; the tree's authors choose them."""
    readmes = (file.text for file in files if file.name == README)
    return list(dict.fromkeys(id for text in readmes for id in LICENCE.findall(text)))


_HEADING = "## In this folder\n"
_STANDS_FOR = '''"""{file} is a part of {name}.py; tests import it by this name."""

import sys

import {name}

sys.modules[__name__] = {name}
'''


def _with_contents(file: KitFile, code: Sequence[str], files: Sequence[KitFile]) -> KitFile:
    """Return a README with a list of what is in its folder; another file as it is."""
    if file.name != README:
        return file
    names = {other.name for other in files}
    folders = {other.folder for other in files}
    more = [f"`{folder}/`" for folder in sorted(folders - {"", TESTS})]
    lines = [_HEADING, *code]
    if REQUIREMENTS in names:
        lines.append(f"- `{REQUIREMENTS}`: `pip install -r {REQUIREMENTS}`.")
    if TESTS in folders:
        lines.append(
            f"- `{TESTS}/`: run them here, with `pip install pytest` and `pytest`, and keep"
        )
        lines.append("  them in your own test suite.")
    if more:
        lines.append(f"- {' and '.join(more)}: described below.")
    if ids := licences(files):
        lines.append(f"- Licence: {', '.join(ids)}.")
    head, mark, rest = _without_contents(file.text).partition("\n## ")
    contents = "\n".join(lines)
    return replace(file, text=f"{head.rstrip()}\n\n{contents}\n{mark}{rest}")


def _without_contents(text: str) -> str:
    head, mark, rest = text.partition(f"\n{_HEADING}")
    return f"{head}\n## {rest.partition(chr(10) + '## ')[2]}" if mark else text


def _about(file: KitFile) -> str:
    """Return the line of a file: its name, and the first sentence of its docstring."""
    text = ast.get_docstring(parsed(file.text)) if file.name.endswith(".py") else ""
    sentence = re.split(r"(?<=\.)\s", " ".join((text or "").split("\n\n")[0].split()))[0]
    return f"- `{file.path}`: {sentence}" if sentence else f"- `{file.path}`"


def _renamed(text: str, parts: Iterable[KitFile], name: str) -> str:
    """Return a README that calls each part of the one file by the name of that file."""
    names = "|".join(re.escape(PurePath(file.name).stem) for file in parts)
    used = rf"(?<![\w./-])(?:{names})(?=\.[A-Za-z_])|(?<=from )(?:{names})(?= import )"
    return re.sub(used, name, text) if names else text

"""Lay the files of a kit out in folders, with a README that says what is in them.

A download has the code in one file, or in separate ones. In both its tests run where it is
unzipped.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import PurePath

from advisor.kits.kit import README, REQUIREMENTS, TESTS, KitFile

PYTEST = "pytest.ini"
LICENCE = re.compile(r"SPDX-License-Identifier: ([A-Za-z0-9.+-]*[A-Za-z0-9+])")


def prepared(files: tuple[KitFile, ...]) -> tuple[KitFile, ...]:
    """Return the files in folders, with what their tests need and what their README must say."""
    folders = [*dict.fromkeys(file.folder for file in files if file.name.endswith(".py"))]
    if TESTS in folders:
        path = " ".join(folder or "." for folder in folders)
        text = f"[pytest]\npythonpath = {path}\ntestpaths = {TESTS}\n"
        files = (*files, KitFile(PYTEST, text, supporting=True))
    code = [file.path for file in files if not file.supporting]
    lines = [f"- {_list(code)}: the code, to be copied into one folder of your import path."]
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
    names = _list(PurePath(file.name).stem for file in parts)
    parts_of = f"{names} are parts of it: where the text below or a setting names one of them, "
    lines = [
        f"- `{whole.name}`: the code. Copy the file into any package, under any name.",
        f"  {parts_of}write `{name}`, or the name that you gave the file.",
    ]
    lines += [f"- {_list(file.name for file in apart)}: stays a file of its own."] if apart else []
    readme = (_with_contents(file, lines, files) for file in files if file.name == README)
    return (whole, *apart, *readme, *stands)


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
        lines.append(f"- `{TESTS}/`: run them here, with `pip install pytest` and `pytest`.")
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


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)

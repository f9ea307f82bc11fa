"""Lay the files of a kit out in folders, so that its tests run where it is unzipped."""

from collections.abc import Iterable
from pathlib import PurePath

from advisor.kits.kit import TESTS, KitFile

PYTEST = "pytest.ini"


def with_test_settings(files: tuple[KitFile, ...]) -> tuple[KitFile, ...]:
    """Return the files, and the settings by which pytest finds the modules in their folders."""
    folders = [*dict.fromkeys(file.folder for file in files if file.name.endswith(".py"))]
    if TESTS not in folders:
        return files
    path = " ".join(folder or "." for folder in folders)
    text = f"[pytest]\npythonpath = {path}\ntestpaths = {TESTS}\n"
    return (*files, KitFile(PYTEST, text, supporting=True))


def one_file(joined: tuple[KitFile, ...], files: Iterable[KitFile]) -> tuple[KitFile, ...]:
    """Return what takes the place of the code of a kit where the code is one file.

    The tests import the modules by the names that they had. So each name stands for the one file,
    and what a test replaces in it is replaced in the one file.
    """
    if not joined:
        return ()
    whole, *apart = joined
    name = PurePath(whole.name).stem
    kept = {file.name for file in joined}
    stands = (
        KitFile(file.name, _STANDS_FOR.format(file=file.name, name=name), True, TESTS)
        for file in files
        if file.name.endswith(".py") and not file.supporting and file.name not in kept
    )
    return (whole, *apart, *stands)


_STANDS_FOR = '''"""{file} is a part of {name}.py; tests import it by this name."""

import sys

import {name}

sys.modules[__name__] = {name}
'''

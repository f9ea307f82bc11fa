"""The program of confirm as a kit has it: with the promises of the tree beside it."""

import atexit
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from tests.kits.running import kit_of, laid_out

HOME = Path(tempfile.mkdtemp(prefix="confirm-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
laid_out(
    (
        file
        for file in kit_of("tokens", "jwt-hs256").frameworks["plain"]
        if file.folder == "confirm"
    ),
    HOME,
)
sys.path.insert(0, str(HOME / "confirm"))

from tests.kits.confirm.samples import Confirm  # noqa: E402 - it imports the program


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Confirm:
    return Confirm(tmp_path, capsys)

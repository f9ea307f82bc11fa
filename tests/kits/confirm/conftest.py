from pathlib import Path

import pytest

from tests.kits.confirm.samples import Confirm


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Confirm:
    return Confirm(tmp_path, capsys)

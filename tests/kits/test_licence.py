"""Whoever takes a kit home sees in each file under which licence."""

import pytest
from django.conf import settings

from advisor import catalogue
from advisor.kits.download import Provenance, with_provenance
from advisor.kits.kit import README, KitFile

TREES = ("tokens", "examples/storage")
PROVENANCE = Provenance("https://advisor.example/r/x/", "0" * 64)
LINE = "SPDX-License-Identifier: 0BSD"


def taken_home() -> dict[str, KitFile]:
    """Every file of every shipped kit in every framework, as a download has it."""
    files = {}
    for tree in TREES:
        folder = settings.BASE_DIR / "tree" / tree
        loaded, problems = catalogue.check(folder)
        assert loaded is not None, problems
        for kit in loaded.kits.values():
            for framework, bundle in kit.frameworks.items():
                for file in with_provenance(bundle, PROVENANCE):
                    files[f"{tree}/{kit.outcome}/{framework}/{file.name}"] = file
    return files


def test_each_file_of_a_kit_names_its_licence_in_its_head() -> None:
    files = taken_home()
    assert len(files) > 300
    for path, file in files.items():
        if file.name == README:
            assert "\n## Licence\n\nUse, change and share these files as you like" in file.text
            assert f"[{LINE}](https://spdx.org/licenses/0BSD.html)" in file.text
        elif not path.endswith(".json"):  # which has no comments; the README speaks for it
            assert f"# {LINE}" in file.text.splitlines()[:3], path


def test_the_licence_is_that_of_the_readme_and_no_other() -> None:
    code = KitFile("tokens.py", "A = 1\n")
    own = KitFile(README, "# Ours\n\nSPDX-License-Identifier: LicenseRef-Ours. All rights kept.\n")
    assert with_provenance([own, code], PROVENANCE)[1].text.splitlines()[2:] == [
        "# SPDX-License-Identifier: LicenseRef-Ours",
        "A = 1",
    ]


@pytest.mark.parametrize("files", [[], [KitFile(README, "# Ours\n")]])
def test_without_a_licence_in_the_readme_no_file_claims_one(files: list[KitFile]) -> None:
    """So a record of an earlier release is handed out as it was."""
    code = KitFile("tokens.py", "A = 1\n")
    texts = [file.text for file in with_provenance([*files, code], PROVENANCE)]
    assert "SPDX" not in "".join(texts)

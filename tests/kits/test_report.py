from pathlib import Path

from django.conf import settings

from tests.kits.report import counts, whole


def test_the_table_in_the_docs_is_what_the_kits_have_today() -> None:
    written = (Path(settings.BASE_DIR) / "docs" / "kits.md").read_text()
    assert written == whole(counts()), "run `make kits`"

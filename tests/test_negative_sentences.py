"""Every sentence that says no has a test: what is refused, impossible, gone or not there.

Such a sentence is rarely shown, so that nobody notices when it stands in the wrong place or
nowhere. Each is quoted by some test, whole or by three words with the word that denies.
tests/web/test_ordinary_pages.py holds that it stands on no page where it is false.
"""

import pytest

from tests.support.negative_sentences import denied, is_quoted, quotations

QUOTATIONS = quotations()


@pytest.mark.parametrize(("path", "sentence"), denied())
def test_a_sentence_that_denies_has_a_test(path: str, sentence: str) -> None:
    assert is_quoted(sentence, QUOTATIONS), f"no test quotes “{sentence}” of {path}"

"""What the tests of the shared parts of pages have in common."""

import pytest
from pytest_django import Settings

from tests.support.site import PROXY


@pytest.fixture
def proxied(settings: Settings) -> None:
    """The site behind single sign-on."""
    settings.ADVISOR_ACCESS = "proxy"
    settings.ADVISOR_PROXY_ADDRESSES = [PROXY]

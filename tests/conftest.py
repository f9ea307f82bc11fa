"""A real Redis for the whole run: the kits look for it in REDIS_URL."""

from collections.abc import Iterator

import pytest

from tests.servers import redis_server


@pytest.fixture(scope="session", autouse=True)
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Redis that this run started and will stop."""
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url

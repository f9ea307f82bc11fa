"""Runs a command with DATABASE_URL set to a PostgreSQL of its own, which ends with it.

`python -m tests.support.on_postgresql python -m pytest tests/saved`
"""

import os
import signal
import subprocess
import sys

from tests.support.servers import postgresql_server


def main(command: list[str]) -> int:
    # Told to end, it ends the server too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with postgresql_server() as url:
        return subprocess.run(
            command, env=os.environ | {"DATABASE_URL": url}, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The real parts that the suite needs beside Python: a Chromium, a Redis and a PostgreSQL.

`python -m tests.support.parts chromium redis-server` finds or installs them. Where it cannot, it
says what to install. Only a run on PostgreSQL needs PostgreSQL.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

CHROMIUM = "chromium"
REDIS = "redis-server"
POSTGRESQL = "postgresql"
HOW_TO_INSTALL = {
    CHROMIUM: "install Chromium: `apt-get install chromium` (Debian, as root) "
    "or `.venv/bin/playwright install --with-deps chromium`",
    REDIS: "install Redis: `apt-get install redis-server` (Debian, as root) "
    "or `brew install redis` (macOS)",
    POSTGRESQL: "install PostgreSQL: `apt-get install postgresql` (Debian, as root) "
    "or `brew install postgresql` (macOS)",
}


def chromium() -> str | None:
    """The path of a Chromium: the system's, else the one that Playwright has downloaded."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def redis() -> str | None:
    return shutil.which(REDIS)


def postgresql() -> str | None:
    """The folder of a server's programs: on the path, else the newest that Debian keeps aside."""
    if path := shutil.which("initdb"):
        return str(Path(path).resolve().parent)
    kept = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    folders = sorted((path.parent for path in kept), key=lambda path: float(path.parent.name))
    return str(folders[-1]) if folders else None


FINDERS = {CHROMIUM: chromium, REDIS: redis, POSTGRESQL: postgresql}


def path_of(part: str) -> str:
    """The part's path. Raises LookupError with the line that installs it."""
    path = FINDERS[part]()
    if path is None:
        raise LookupError(f"{part} is missing; {HOW_TO_INSTALL[part]}")
    return path


def missing(wanted: list[str]) -> list[str]:
    return [part for part in wanted if FINDERS[part]() is None]


def install(parts: list[str]) -> None:
    """Install what can be installed without asking: as root on Debian all, else the browser."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "-y", "--no-install-recommends", *parts]):
            subprocess.run(["apt-get", "-q", *command], env=environment, check=False)
    elif CHROMIUM in parts:
        subprocess.run([sys.executable, "-m", "playwright", "install", CHROMIUM], check=False)


def main(wanted: list[str]) -> int:
    if parts := missing(wanted):
        print(f"Installing {', '.join(parts)}", flush=True)
        install(parts)
    parts = missing(wanted)
    for part in parts:
        print(f"{part} is missing; {HOW_TO_INSTALL[part]}", file=sys.stderr)
    return 1 if parts else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

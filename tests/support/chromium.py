"""How the tests start a real Chromium."""

import os


def arguments() -> list[str]:
    """Return what keeps a Chromium quiet on the network, and lets it start where tests run."""
    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    quiet += ["--disable-background-networking", "--disable-component-update"]
    # Chromium's sandbox refuses to start as root, as in most containers.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return quiet + sandbox

"""What the tests share. Each of them has the keys of `forging.py` in its environment."""

from fixtures import clock, environment, issue, verify
from logins import app, nowhere

__all__ = ["app", "clock", "environment", "issue", "nowhere", "verify"]

"""What the tests share. Each of them has the keys of `forging.py` in its environment."""

from fixtures import clock, environment, issue, verify

__all__ = ["clock", "environment", "issue", "verify"]

"""Benchmarks that write records themselves work on when a record gets another field."""

import os
import subprocess
import sys

from django.conf import settings


def test_the_benchmark_of_impact_evaluates_each_result_once_however_many_records() -> None:
    plain = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.impact", "--many", "3000"],
        cwd=settings.BASE_DIR,
        env=plain,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    _, few, more, ratios = done.stdout.splitlines()
    assert few.split()[:2] == ["1,000", "300"]
    assert more.split()[:2] == ["3,000", "300"]
    assert ratios.split()[:2] == ["3×", "1.0×"]

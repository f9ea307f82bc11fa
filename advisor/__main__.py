"""The command line: `advisor`, `python -m advisor` and `manage.py` are the same."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Run the command that the arguments of the process name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advisor.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

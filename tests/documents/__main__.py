"""Write the generated parts of the documents: `make documents`. With --check, only list them."""

import os
import sys

import django


def main(check: bool) -> int:
    # What the examples share reads the settings when it is imported.
    from tests.documents import command_page, problem_pages

    missing = problem_pages.without_page()
    for id in missing:
        print(f"docs/problems/{id}.md is missing: write it after the model of another page")
    if check:
        outdated = problem_pages.out_of_date() + command_page.out_of_date()
        print(*outdated, sep="\n", end="\n" if outdated else "")
        return 1 if missing or outdated else 0
    for path in (*problem_pages.write(), *command_page.write()):
        print(path.relative_to(command_page.ROOT))
    return 1 if missing else 0


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    sys.exit(main("--check" in sys.argv[1:]))

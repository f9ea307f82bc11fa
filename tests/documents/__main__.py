"""Write the generated parts of the documents: `make documents`."""

import os

import django

from tests.documents import command_page, problem_pages

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()
for id in problem_pages.without_page():
    print(f"docs/problems/{id}.md is missing: write it after the model of another page")
for path in (*problem_pages.write(), *command_page.write()):
    print(path.relative_to(command_page.ROOT))

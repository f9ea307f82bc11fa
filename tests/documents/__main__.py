"""Write the generated parts of the documents: `make documents`."""

from tests.documents import problem_pages

ROOT = problem_pages.PAGES.parents[1]

for id in problem_pages.without_page():
    print(f"docs/problems/{id}.md is missing: write it after the model of another page")
for path in problem_pages.write():
    print(path.relative_to(ROOT))

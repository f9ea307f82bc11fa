"""What the tests of the pages share: addresses of known pages, and trees that may be edited."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings as site

from advisor import catalogue
from advisor.engine.tree.graph import Ask, Node
from advisor.engine.walking.evaluate import Result, evaluate
from advisor.engine.walking.sensitivity import with_what_if
from tests.support.html import Element

TOKENS = Path(site.BASE_DIR) / "tree" / "tokens"
STORAGE = Path(site.BASE_DIR) / "tree" / "examples" / "storage"
MESSAGING = Path(site.BASE_DIR) / "tests" / "trees" / "messaging"

# Where the proxy of single sign-on stands.
PROXY = "10.0.0.5"

# A result whose kit takes values: of each type one.
ANSWERS = "revocation=no&services=one&confidential=no&team=runs-jwt"
RESULT = f"/tokens/result?{ANSWERS}"
SAVE = f"/tokens/save?{ANSWERS}"

# An address of every kind of page that is a pure function of the tree and the address.
BEFORE_SAVING = {
    "start": "/",
    "tree": "/tokens/",
    "first question": "/tokens/ask",
    "last question": "/tokens/ask?revocation=no&services=one&confidential=no",
    "no answer chosen": "/tokens/ask?asked=revocation",
    "unknown answer": "/tokens/ask?revocation=perhaps",
    "result": RESULT,
    "result with values": f"{RESULT}&issuer=https%3A%2F%2Fid.example.org&access-minutes=5",
    "result with a wrong value": f"{RESULT}&access-minutes=900",
    "JSON": f"/tokens/result.json?{ANSWERS}",
    "Markdown": f"/tokens/result.md?{ANSWERS}",
    "kit": f"/tokens/kit.zip?{ANSWERS}",
    "comparison": "/tokens/compare",
}
HTML = {
    kind: path for kind, path in BEFORE_SAVING.items() if kind not in ("JSON", "Markdown", "kit")
}


class Editable:
    """A tree's folder. Each edit is served as it would be after a restart."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def edit(self, file: str, change: Callable[[str], str]) -> None:
        path = self.folder / file
        before = path.read_text()
        after = change(before)
        assert after != before, f"nothing to change in {file}"
        path.write_text(after)
        catalogue.reload()

    def replace(self, file: str, old: str, new: str) -> None:
        self.edit(file, lambda text: text.replace(old, new))

    def delete(self) -> None:
        shutil.rmtree(self.folder)
        catalogue.reload()


def has_a_way_on(page: Element) -> bool:
    """Whether the page itself, not only its frame, links somewhere."""
    return bool(page.one("main").all("a"))


def results(slug: str) -> Iterator[Result]:
    """Every result of a served tree."""
    tree = catalogue.loaded_trees()[slug].tree

    def below(node: Node, answers: dict[str, str]) -> Iterator[dict[str, str]]:
        if isinstance(node, Ask):
            for answer, child in node.next.items():
                yield from below(child, {**answers, node.question: answer})
        else:
            yield answers

    for answers in below(tree.root, {}):
        result = evaluate(tree, answers)
        assert isinstance(result, Result)
        yield with_what_if(tree, result)


NAME = "JWT signed with a shared secret (HS256)"


def swap(editable: Editable) -> None:
    """For the saved answers, the recommendation and its alternative change places."""

    def swapped(text: str) -> str:
        before, head, rest = text.partition("  hs256-in-one-service:\n")
        rest = rest.replace("recommend: jwt-hs256", "recommend: opaque-session", 1)
        return before + head + rest.replace("opaque-session: When", "jwt-hs256: When", 1)

    editable.edit("tree.yaml", swapped)
    editable.edit("cases.yaml", lambda _: "cases: []\n")

"""What a draft would change in the answers of today's tree."""

from advisor.engine.graph import Tree
from advisor.studio.pages import Differences


def differences(today: Tree | None, draft: Tree) -> Differences:
    if today is None:
        trouble = "The served tree is broken, so there is nothing to compare the draft with."
        return Differences("", (), "", (), trouble)
    return Differences("", (), "", ())

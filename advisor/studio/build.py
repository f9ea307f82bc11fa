"""Build the page of the studio, and its messages for drafts that cannot be checked."""

from django.template.loader import render_to_string
from django.urls import reverse

from advisor import catalogue
from advisor.catalogue import BrokenTree, LoadedTree
from advisor.studio.draft import FILE, MAX_BYTES, Draft
from advisor.studio.pages import FindingsHtml, SheetPart, StudioError, StudioPage
from advisor.studio.workbench import TooMuch, Workbench
from advisor.web.addresses import address
from advisor.web.pages import Link, MessagePage
from advisor.wizard.build_parts import tree_link

LIMIT = f"{MAX_BYTES // 1024} KiB"
TOO_LARGE = StudioError(
    "Too much text",
    f"The studio takes at most {LIMIT} of text in all files together. Edit a larger tree on your "
    "own machine, and check it with advisor tree check.",
)
BUSY = StudioError(
    "Busy",
    "The site is checking another draft. Your text is still here. Check it again in a moment.",
)


def studio_page(
    slug: str, draft: Draft, findings: FindingsHtml, policy_error: str = ""
) -> StudioPage:
    """Build the page with the files of the draft and the HTML of its findings."""
    tree = loaded_tree(slug)
    return StudioPage(
        title="Try out a change to the tree",
        tree=tree_link(tree) if tree else Link(slug, address("tree", slug, {})),
        action=reverse("studio", args=[slug]),
        new_policy=reverse("studio-policy", args=[slug]),
        download=reverse("studio-download", args=[slug]),
        sheets=tuple(
            SheetPart(name, f"{FILE}{name}", text, name == draft.shown)
            for name, text in draft.files.items()
        ),
        policy=draft.policy if policy_error else "",
        policy_error=policy_error,
        problems=findings.problems,
        rest=findings.rest,
    )


def too_large_page(slug: str) -> MessagePage:
    """Build the page for a form that is larger than the studio accepts."""
    next_links = (
        Link("Start again from the tree that the site serves", reverse("studio", args=[slug])),
    )
    message = f"{TOO_LARGE.message} Your text is still on the previous page. Go back to it."
    return MessagePage(TOO_LARGE.title, message, (), next_links)


def too_much(much: TooMuch, bench: Workbench) -> StudioError:
    """Build the message for a draft that takes too much time or memory to check."""
    limit = {
        "time": f"takes longer than {bench.seconds:g} seconds",
        "memory": f"takes more than {bench.megabytes} MB of memory",
    }
    return StudioError(
        "Too much to check",
        f"Checking this draft {limit[much.limit]}. Your text is still here. Make the draft "
        "smaller or undo your last edit.",
    )


def error_html(error: StudioError, status: int, *, stale: bool) -> FindingsHtml:
    """Return the HTML of an error in place of findings; `stale` keeps older ones on the page."""
    return FindingsHtml(
        render_to_string("studio/error.html", {"page": error}),
        render_to_string("studio/rest.html", {"page": {"stale": stale}}),
        status,
    )


def loaded_tree(slug: str) -> LoadedTree | None:
    """Return the tree that the site serves, or None where an edit has broken a tree."""
    try:
        return catalogue.loaded_trees().get(slug)
    except BrokenTree:
        return None

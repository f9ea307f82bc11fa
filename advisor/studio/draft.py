"""A draft: the files of a tree while somebody edits them.

It comes from the folder of the tree or from a form, and is never stored.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from urllib.parse import parse_qsl

from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string

from advisor.engine.tree.model import Document

# The size of all files together, in UTF-8.
MAX_BYTES = 512 * 1024
# The size of a form, which encodes a byte with three characters.
MAX_FORM_BYTES = 3 * MAX_BYTES + 64 * 1024
FILE = "file:"
POLICIES = "policies/"
_NAME = re.compile(r"(policies/)?[A-Za-z0-9_-]+\.yaml")
_POLICY = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class TooLarge(Exception):
    """More text than MAX_BYTES."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The files of a tree while somebody edits them, and the state of the page.

    `files` are texts by their names in the folder of the tree, in the order of the page. `shown` is
    the file in front. `walk` are the answers given so far. `policy` is the id that a new policy is
    to have.
    """

    files: Mapping[str, str]
    shown: str
    walk: Mapping[str, str]
    policy: str = ""

    def with_policy(self, today: date) -> "Draft":
        """Return the draft with a new policy to fill in, whose review is due in a year.

        Raise ValueError with a message for the user where the id is not valid or exists.
        """
        id = self.policy
        name = f"{POLICIES}{id}.yaml"
        if not _POLICY.fullmatch(id):
            raise ValueError("Enter lower-case letters, digits and dashes, such as team-rules.")
        if name in self.files:
            raise ValueError(f"A policy with the id {id} already exists.")
        review_by = today.replace(year=today.year + 1, day=min(today.day, 28))
        text = render_to_string("studio/policy.yaml", {"review_by": review_by.isoformat()})
        return replace(self, files={**self.files, name: text}, shown=name)


def of_folder(folder: Path) -> Draft:
    """Return the tree as it is in its folder. Raise TooLarge."""
    paths = [*folder.glob("[!.]*.yaml"), *folder.glob(f"{POLICIES}[!.]*.yaml")]
    if sum(path.stat().st_size for path in paths) > MAX_BYTES:
        raise TooLarge
    names = sorted((path.relative_to(folder).as_posix() for path in paths), key=_rank)
    texts = {name: (folder / name).read_bytes().decode(errors="replace") for name in names}
    return _draft(texts, "", {})


def of_form(request: HttpRequest) -> Draft:
    """Return the draft that a form contains, without fields that are not files of a tree.

    Raise TooLarge.
    """
    form = _form(request)
    texts = {
        name: text
        for field, text in form.items()
        if (name := field.removeprefix(FILE)) != field and _NAME.fullmatch(name)
    }
    if sum(len(text.encode(errors="replace")) for text in texts.values()) > MAX_BYTES:
        raise TooLarge
    shown = form.get("show") or form.get("shown") or ""
    walk = form["walk"] if "walk" in form else form.get("walked", "")
    draft = _draft(texts, shown.partition(":")[0], dict(parse_qsl(walk)))
    return replace(draft, policy=form.get("policy", "").strip())


def _form(request: HttpRequest) -> Mapping[str, str]:
    """Return the fields of the form. Raise TooLarge.

    Django's own limit is not used, because it is for forms without files in their fields.
    """
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > MAX_FORM_BYTES:
        raise TooLarge
    return QueryDict(request.read(MAX_FORM_BYTES), encoding="utf-8").dict()


def _draft(texts: Mapping[str, str], shown: str, walk: Mapping[str, str]) -> Draft:
    # Browsers send line breaks as CRLF, whatever the page contained.
    files = {name: text.replace("\r\n", "\n") for name, text in texts.items()}
    first = next(iter(files), "")
    return Draft(files, shown if shown in files else first, walk)


def _rank(name: str) -> tuple[bool, bool, int, str]:
    """Return a sort key: the tree first, then its sections in their order, then the policies."""
    sections = list(Document.model_fields)
    stem = name.removesuffix(".yaml")
    place = sections.index(stem) if stem in sections else len(sections)
    return name.startswith(POLICIES), name != "tree.yaml", place, name

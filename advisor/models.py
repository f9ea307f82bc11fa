"""Saved recommendations: written once, never changed."""

import secrets
from typing import ClassVar

from django.db import models

MAX_TITLE = 120
MAX_AUTHOR = 120
MAX_CONTEXT = 10_000


def new_id() -> str:
    """128 random bits: whoever has the link may read, nobody guesses one."""
    return secrets.token_urlsafe(16)


class Content(models.Model):
    """A text under its sha256: records share the most of their results and kits."""

    sha256 = models.CharField(primary_key=True, max_length=64, editable=False)
    text = models.TextField()

    def __str__(self) -> str:
        return self.sha256


class Recommendation(models.Model):
    """A result, frozen as data with all its texts, so that its page never changes.

    `result` is the sha256 of the engine's Result as JSON. `ways` are the ways to run the kit, each
    with its id, its label and its files: name, sha256 of the text, and whether it stands aside.
    `values` are the texts in the address, `settings` the values that went into the kit.
    `kit` is the sha256 of the kit before the user's values were written in, empty where there was
    none or it was not noted.
    `identified` says that the author was not typed but named by the single sign-on.
    `once` is derived from one opening of the form and what was sent: sent again, it is the same.
    """

    id = models.CharField(primary_key=True, max_length=22, default=new_id, editable=False)
    once = models.CharField(max_length=64, unique=True, editable=False)
    saved_at = models.DateTimeField()
    title = models.CharField(max_length=MAX_TITLE)
    context = models.TextField(max_length=MAX_CONTEXT, blank=True)
    author = models.CharField(max_length=MAX_AUTHOR)
    identified = models.BooleanField(default=False)
    tree = models.CharField(max_length=64)
    version = models.CharField(max_length=64)
    answers = models.JSONField()
    values = models.JSONField()
    settings = models.JSONField(default=dict)
    format = models.PositiveSmallIntegerField(default=1)
    result = models.CharField(max_length=64)
    ways = models.JSONField()
    kit = models.CharField(max_length=64, blank=True, default="", editable=False)

    class Meta:
        # Records with one result are evaluated once: found, and counted, together.
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tree", "result", "kit"], name="same_result")
        ]
        ordering: ClassVar[list[str]] = ["-saved_at", "id"]

    def __str__(self) -> str:
        return self.title

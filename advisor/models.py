"""Saved recommendations: written once, never changed."""

import secrets
from typing import ClassVar

from django.db import models

MAX_TITLE = 120
MAX_AUTHOR = 120
MAX_CONTEXT = 10_000
MAX_BECAUSE = 1_000


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

    `result` is the sha256 of the engine's Result as JSON. `frameworks` are those that run the kit,
    each with its id, its label and its files: name, sha256 of the text, and whether it is
    supporting. `values` are the texts in the address, `settings` the values that went into the kit.
    `kit` is the sha256 of the kit before the user's values were written in, empty where there was
    none or it was not noted.
    `identified` says that the author was not typed but named by the single sign-on.
    `supersedes` is the record that this one answers again. The three fields of `withdrawn` are all
    that may ever change: when a moderator withdrew it, why, and who.
    `submission_hash` is derived from one opening of the form and what was sent, so that the same
    submission sent again makes no second record.
    """

    id = models.CharField(primary_key=True, max_length=22, default=new_id, editable=False)
    submission_hash = models.CharField(max_length=64, unique=True, editable=False)
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
    frameworks = models.JSONField()
    kit = models.CharField(max_length=64, blank=True, default="", editable=False)
    supersedes = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by", db_index=False
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.TextField(max_length=MAX_BECAUSE, blank=True, default="")
    withdrawn_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        # Records with one result are evaluated once: found, and counted, together.
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tree", "result", "kit"], name="same_result"),
            # Of the few that supersede one. With all the others in it, SQLite's statistics would
            # tell it to read every record instead.
            models.Index(
                fields=["supersedes"],
                condition=models.Q(supersedes__isnull=False),
                name="superseding",
            ),
        ]
        ordering: ClassVar[list[str]] = ["-saved_at", "id"]

    def __str__(self) -> str:
        return self.title


class ResultSummary(models.Model):
    """What all records with the same result have in common: what the register filters by.

    A million records have a few hundred of these. `policies` are the titles of those that had an
    effect, by id.
    """

    tree = models.CharField(max_length=64)
    result = models.CharField(max_length=64)
    outcome = models.CharField(max_length=64)
    name = models.TextField()
    policies = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tree", "result"], name="one_finding")
        ]

    def __str__(self) -> str:
        return self.name


class State(models.IntegerChoices):
    """Whether a record is in force. A withdrawn one is no longer superseded."""

    IN_FORCE = 0
    SUPERSEDED = 1
    WITHDRAWN = 2


class Entry(models.Model):
    """A record's line in the register. The newest has the highest number."""

    number = models.BigAutoField(primary_key=True)
    record = models.OneToOneField(Recommendation, models.CASCADE, related_name="entry")
    summary = models.ForeignKey(ResultSummary, models.PROTECT, db_index=False)
    state = models.PositiveSmallIntegerField(choices=State.choices, default=State.IN_FORCE)

    class Meta:
        # Each part of the register is walked by number, with all states or with one.
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["summary", "number"], name="entries"),
            models.Index(fields=["summary", "state", "number"], name="entries_in_state"),
        ]

    def __str__(self) -> str:
        return f"{self.number}"

"""The tables: saved decisions, which never change after saving, with their events and register."""

import secrets
from typing import Any, ClassVar, NoReturn

from django.db import models

MAX_TITLE = 120
MAX_AUTHOR = 120
MAX_CONTEXT = 10_000
MAX_BECAUSE = 1_000
MAX_REASON = 4_000
MAX_PEOPLE = 500
MAX_LINK = 500
MAX_NOTE = 1_000


def new_id() -> str:
    """Return a random id of 128 bits, which nobody can guess: the link gives the right to read."""
    return secrets.token_urlsafe(16)


class Content(models.Model):
    """A text under its sha256. Records share most texts of their results and kits."""

    sha256 = models.CharField(primary_key=True, max_length=64, editable=False)
    text = models.TextField()

    def __str__(self) -> str:
        return self.sha256


class Recommendation(models.Model):
    """A decision: a result with all its texts, so that its page never changes.

    `result` is the sha256 of the engine's Result as JSON. `frameworks` are those of the kit, each
    with its id, label and files: name, sha256 of the text, and whether the file is supporting.
    `values` are the texts from the address, `settings` the values that were written into the kit.
    `kit` is the fingerprint of the kit before the values were written in, empty where there was no
    kit or an earlier release did not store it. `identified` says that single sign-on named the
    author. `supersedes` is the record that this one replaces. Only the three fields of a withdrawal
    may change: when a moderator withdrew the record, why, and who. `submission_hash` is derived
    from one opening of the form and the data submitted, so that sending it twice makes one record.

    `reason` says why the chosen outcome is not the recommended one. `discussion` is a link.
    `sign_offs` is how many people must accept the decision, as policies asked when it was saved.
    `key_hash` is the sha256 of the secret that its author's team holds, empty where it has none.
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
    reason = models.TextField(max_length=MAX_REASON, blank=True, default="")
    decision_makers = models.CharField(max_length=MAX_PEOPLE, blank=True, default="")
    consulted = models.CharField(max_length=MAX_PEOPLE, blank=True, default="")
    informed = models.CharField(max_length=MAX_PEOPLE, blank=True, default="")
    discussion = models.CharField(max_length=MAX_LINK, blank=True, default="")
    review_by = models.DateField(null=True, blank=True)
    sign_offs = models.PositiveSmallIntegerField(default=1)
    key_hash = models.CharField(max_length=64, blank=True, default="", editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.TextField(max_length=MAX_BECAUSE, blank=True, default="")
    withdrawn_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        # Records with the same result are counted together, and evaluated once.
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tree", "result", "kit"], name="same_result"),
            # Only for the few records that supersede another. With all records in the index,
            # SQLite's statistics would make it read every record instead.
            models.Index(
                fields=["supersedes"],
                condition=models.Q(supersedes__isnull=False),
                name="superseding",
            ),
            # The register finds the entries around a day, and the pages when a version was used.
            models.Index(fields=["saved_at"], name="saved_at"),
            models.Index(fields=["tree", "version", "saved_at"], name="version_in_use"),
        ]
        ordering: ClassVar[list[str]] = ["-saved_at", "id"]

    def __str__(self) -> str:
        # Django's admin stores this text beside each change, so it holds nothing that was typed.
        return self.id


class EventKind(models.TextChoices):
    """What people can record about a decision after it was saved."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DEPRECATED = "deprecated"


class AppendOnly(models.QuerySet["Event"]):
    """Events, which can be added and read."""

    def update(self, **values: Any) -> NoReturn:  # noqa: ARG002 - the signature is Django's
        """Raise TypeError: an event never changes."""
        raise TypeError("An event never changes.")

    def delete(self) -> NoReturn:
        """Raise TypeError: an event is for ever."""
        raise TypeError("An event is never deleted.")


class Event(models.Model):
    """Something that was decided about a record after it was saved: appended, never changed.

    `identified` says that single sign-on named the person. One person records each kind once.
    `submission_hash` is derived as that of a record is.
    """

    record = models.ForeignKey(Recommendation, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=16, choices=EventKind.choices)
    by = models.CharField(max_length=MAX_AUTHOR)
    identified = models.BooleanField(default=False)
    at = models.DateTimeField()
    note = models.TextField(max_length=MAX_NOTE, blank=True, default="")
    submission_hash = models.CharField(max_length=64, unique=True, editable=False)

    objects = AppendOnly.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["record", "kind", "by"], name="one_event")
        ]
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"{self.kind}"

    def save(self, *args: Any, **named: Any) -> None:
        """Add the event. Raise TypeError where it exists."""
        if not self._state.adding:
            raise TypeError("An event never changes.")
        super().save(*args, **named)

    def delete(self, *args: Any, **named: Any) -> NoReturn:  # noqa: ARG002 - Django's signature
        """Raise TypeError: an event is for ever."""
        raise TypeError("An event is never deleted.")


class ResultSummary(models.Model):
    """What all records with the same result and kit share, for the filters of the register.

    A million records have a few hundred of these. `kit` is the fingerprint that the records have.
    `outcome` and `name` are of what was chosen, `recommended` is the name of what was recommended
    where that was another outcome. `policies` are the titles of those that had an effect, by id.
    """

    tree = models.CharField(max_length=64)
    result = models.CharField(max_length=64)
    kit = models.CharField(max_length=64, blank=True, default="")
    outcome = models.CharField(max_length=64)
    name = models.TextField()
    recommended = models.TextField(blank=True, default="")
    policies = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tree", "result", "kit"], name="one_summary")
        ]

    def __str__(self) -> str:
        return self.name


class State(models.IntegerChoices):
    """The status of a decision, as `saved.status` gives it.

    The numbers of earlier releases keep their meaning: 0 was everything in force.
    """

    PROPOSED = 0
    SUPERSEDED = 1
    WITHDRAWN = 2
    REJECTED = 3
    DEPRECATED = 4
    ACCEPTED = 5


class Entry(models.Model):
    """The entry of a record in the register. Newer entries have higher numbers."""

    number = models.BigAutoField(primary_key=True)
    record = models.OneToOneField(Recommendation, models.CASCADE, related_name="entry")
    summary = models.ForeignKey(ResultSummary, models.PROTECT, db_index=False)
    state = models.PositiveSmallIntegerField(choices=State.choices, default=State.PROPOSED)

    class Meta:
        # A search without words reads the entries of a summary by number, in one state or in all.
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["summary", "number"], name="entries"),
            models.Index(fields=["summary", "state", "number"], name="entries_in_state"),
        ]

    def __str__(self) -> str:
        return f"{self.number}"

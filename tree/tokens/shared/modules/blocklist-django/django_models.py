"""The tables of the kit. Let this be the models.py of an app, or a part of it; then makemigrations.

Moments are stamps: microseconds by the clock of the database. Digests are keys of one length for
texts of any length, with any characters.
"""

from django.db import models


class BlocklistClock(models.Model):
    """One row. `since` is the birthday of the blocklist: an emptied database has none, which is how
    we notice that what was revoked is forgotten. `latest` is the last stamp that was handed out."""

    id: "models.IntegerField[int, int]" = models.IntegerField(primary_key=True)
    since: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    latest: "models.BigIntegerField[int, int]" = models.BigIntegerField()


class BlocklistToken(models.Model):
    """A token that was revoked."""

    digest: "models.CharField[str, str]" = models.CharField(max_length=64, primary_key=True)
    expires: "models.BigIntegerField[int, int]" = models.BigIntegerField(db_index=True)


class BlocklistUser(models.Model):
    """A user who was logged out everywhere: logins from before `cut_off` are over."""

    digest: "models.CharField[str, str]" = models.CharField(max_length=64, primary_key=True)
    cut_off: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    expires: "models.BigIntegerField[int, int]" = models.BigIntegerField(db_index=True)

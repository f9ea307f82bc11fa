"""The tables of the kit. Let this be the models.py of an app, or a part of it; then makemigrations.

Moments of logins and cut-offs are stamps: microseconds by the clock of the database. The others are
whole seconds.
"""

from django.db import models


class TokenUser(models.Model):
    """Sessions and logins from before `cut_off` are over. `latest` is the last stamp that the user
    was given; the highest of all is the clock while the machine's own is set back."""

    id: "models.BigAutoField[int, int]" = models.BigAutoField(primary_key=True)
    subject: "models.TextField[str, str]" = models.TextField(unique=True)
    cut_off: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    latest: "models.BigIntegerField[int, int]" = models.BigIntegerField(db_index=True)


class TokenSession(models.Model):
    """Without the row of its user a session is over, so that a table which lost rows lets nobody
    in. No constraint is needed for that, and nothing cascades."""

    digest: "models.CharField[str, str]" = models.CharField(max_length=64, primary_key=True)
    user: "models.ForeignKey[TokenUser, TokenUser]" = models.ForeignKey(
        TokenUser, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    audiences: "models.TextField[str, str]" = models.TextField()
    stamp: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    created: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    seen: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    expires: "models.BigIntegerField[int, int]" = models.BigIntegerField(db_index=True)

"""The tables of the kit. Let this be the models.py of an app, or a part of it; then makemigrations.

`cut_off` and `latest` are microseconds by the clock of the database, the others the issuer's whole
seconds.
"""

from django.db import models


class RefreshUser(models.Model):
    """The generation of the logins that are open, and when the user was logged out everywhere.
    `latest` is when the row was last written; the highest of all is the clock while the clock of
    the machine is behind it."""

    id: "models.BigAutoField[int, int]" = models.BigAutoField(primary_key=True)
    name: "models.CharField[str, str]" = models.CharField(max_length=64, unique=True)
    generation: "models.CharField[str, str]" = models.CharField(max_length=64)
    cut_off: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    latest: "models.BigIntegerField[int, int]" = models.BigIntegerField(db_index=True)


class RefreshLogin(models.Model):
    """A login is over where its generation is not that of its user."""

    login: "models.CharField[str, str]" = models.CharField(max_length=64, primary_key=True)
    subject: "models.TextField[str, str]" = models.TextField()
    client: "models.TextField[str, str]" = models.TextField()
    generation: "models.CharField[str, str]" = models.CharField(max_length=64)
    current_hash: "models.CharField[str, str]" = models.CharField(max_length=64)
    previous_hash: "models.CharField[str, str]" = models.CharField(max_length=64)
    nonce: "models.CharField[str, str]" = models.CharField(max_length=43, default="")
    retry_until: "models.BigIntegerField[int | None, int | None]" = models.BigIntegerField(
        null=True, db_index=True
    )
    used: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    began: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    expires: "models.BigIntegerField[int, int]" = models.BigIntegerField(db_index=True)

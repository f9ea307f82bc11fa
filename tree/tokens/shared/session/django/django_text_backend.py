"""Names and passwords that are no text are nobody's, instead of an error of the database.

A module of its own, because a backend needs the user model, which needs django_session.
"""

import re
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

NO_TEXT = re.compile("[\0\ud800-\udfff]")  # a zero byte, or half a character, which JSON can carry


class TextBackend(ModelBackend):
    """Goes into AUTHENTICATION_BACKENDS, in the place of Django's ModelBackend or before others."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **others: Any,
    ) -> AbstractBaseUser | None:
        given = (username, password, *others.values())
        if any(isinstance(each, str) and NO_TEXT.search(each) for each in given):
            raise PermissionDenied  # asks no other backend
        return super().authenticate(request, username=username, password=password, **others)

    async def aauthenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **others: Any,
    ) -> AbstractBaseUser | None:
        ask = sync_to_async(self.authenticate)
        return await ask(request, username=username, password=password, **others)

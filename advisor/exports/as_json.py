"""A result as JSON, for programs, and the JSON Schema of it."""

import json
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json

from advisor.engine.walking.evaluate import Result


def _is_none(value: object) -> bool:
    return value is None


def _is_empty(value: object) -> bool:
    return not value


class Withdrawn(BaseModel):
    """When (ISO 8601) and why a moderator withdrew the decision."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: str
    because: str


class Saved(BaseModel):
    """Who saved the result, why and when (ISO 8601), and the link that stays.

    `identified` is true if single sign-on named the author, false if somebody typed the name.
    `supersedes` is the link of the decision that this one replaces. A withdrawn decision hides
    everything that people typed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    permalink: str
    title: str
    context: str
    author: str
    identified: bool
    at: str
    supersedes: str | None = Field(default=None, exclude_if=_is_none)
    withdrawn: Withdrawn | None = Field(default=None, exclude_if=_is_none)


class Event(BaseModel):
    """What somebody recorded about a decision, when (ISO 8601), and in which words.

    `identified` is true if single sign-on named the person.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    by: str
    identified: bool
    at: str
    note: str


class Decision(BaseModel):
    """What the team decided, and what has become of it by now.

    Where several statuses hold, the first of withdrawn, superseded, rejected, deprecated, accepted
    and proposed counts. `reason` says why the chosen outcome is not the recommended one.
    `review_by` is an ISO date. `sign_offs` is how many people must accept the decision.
    `superseded_by` are the links of the decisions that replace it. A withdrawn decision hides
    everything that people typed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: Literal["withdrawn", "superseded", "rejected", "deprecated", "accepted", "proposed"]
    reason: str
    decision_makers: str
    consulted: str
    informed: str
    discussion: str
    review_by: str | None
    sign_offs: int
    events: tuple[Event, ...]
    superseded_by: tuple[str, ...]


class Exported(BaseModel):
    """A recommendation.

    `tree` is the tree's name in addresses, `version` the sha256 of its files. `assumed` are the
    questions whose answer nobody knew, so that it was assumed: they are open points. `settings` are
    the settings in the kit's code, by the ids of their parameters. `decision` is there for saved
    ones.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, title="Recommendation")

    schema_: str = Field(alias="$schema")
    format: Literal[1] = 1
    tree: str
    version: str
    saved: Saved | None
    decision: Decision | None = Field(default=None, exclude_if=_is_none)
    answers: dict[str, str]
    assumed: tuple[str, ...] = Field(default=(), exclude_if=_is_empty)
    settings: dict[str, str | int | bool]
    result: Result


def as_json(exported: Exported, kept: str = "") -> bytes:
    """Return UTF-8 JSON that a person can read as well.

    `kept` is the result's JSON as a record holds it. It is handed on as it is: a field that a later
    release has added says nothing about it.
    """
    held = exported.model_dump(mode="json", by_alias=True)
    if kept:
        held["result"] = json.loads(kept)
    return to_json(held, indent=2) + b"\n"


def json_schema() -> str:
    """Return the JSON Schema of what `as_json` writes."""
    schema = Exported.model_json_schema(mode="serialization")
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"

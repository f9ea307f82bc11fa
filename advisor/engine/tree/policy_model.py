"""The schema of a policy's file: an organisation's rules on top of a tree, as frozen models."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Field, StringConstraints, Tag, model_validator
from pydantic_core import PydanticCustomError

from advisor.engine.tree.model import (
    Case,
    Citation,
    Id,
    Line,
    Model,
    Source,
    Text,
    Weight,
    When,
    pattern,
)

# `outcomes.one.verdict`.
_FIELD_NAME = pattern(
    r"^[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)*$", "a field: ids and keys with dots between them"
)
FieldName = Annotated[str, StringConstraints(pattern=_FIELD_NAME, max_length=400)]


def _day(value: object) -> object:
    """Return a date that is written as one; refuse what could merely be read as one."""
    if isinstance(value, str):
        try:
            if len(value) == len("2027-06-30"):
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise PydanticCustomError("no_date", "no date")
    return value


Day = Annotated[date, BeforeValidator(_day)]


class Rule(Model):
    """What every rule says: why, and for which results; without a condition, for all."""

    because: Text
    when: When = When()


class Forbid(Rule):
    """Takes an outcome away; where the tree recommends it, another stands in for it.

    The outcomes of its condition are those that the tree alone recommends.
    """

    forbid: Id
    use: Id


class Limit(Rule):
    """Narrows the numbers or the options that a parameter may have; its default follows."""

    limit: Id
    minimum: int | None = None
    maximum: int | None = None
    options: tuple[Id, ...] = ()

    @model_validator(mode="after")
    def one_bound(self) -> "Limit":
        """Refuse a limit without a bound."""
        if self.minimum is None and self.maximum is None and not self.options:
            raise PydanticCustomError("no_bound", "no bound")
        return self


class Require(Rule):
    """Asks for something to be done: an item of the result's checklist."""

    require: Text


class Remark(Model):
    title: Line
    weight: Weight
    text: Text
    sources: tuple[Citation, ...] = ()


class Advise(Rule):
    """Adds a caveat."""

    caveat: Remark


class Replace(Rule):
    """Puts another text or number into one field of the tree."""

    replace: FieldName
    with_: Text


AnyRule = Forbid | Limit | Require | Advise | Replace

# What a rule does is told by its key. The tags come back in the places of errors.
EFFECTS: dict[str, type[Model]] = {
    "forbid": Forbid,
    "limit": Limit,
    "require": Require,
    "caveat": Advise,
    "replace": Replace,
}
RULE_TAGS = {f"<{effect}>": model for effect, model in EFFECTS.items()}


def effects_of(value: object) -> list[str]:
    """Return the effects that a rule as written has: one, if it is well written."""
    return [effect for effect in EFFECTS if isinstance(value, dict) and effect in value]


def _tag(value: object) -> str | None:
    if isinstance(value, Rule):
        return next(tag for tag, model in RULE_TAGS.items() if isinstance(value, model))
    effects = effects_of(value)
    return f"<{effects[0]}>" if len(effects) == 1 else None


class Policy(Model):
    """One file of `policies/`; its id is the file's name without the ending."""

    format: Literal["1"]
    title: Line
    owner: Line
    reason: Text
    review_by: Day
    # How many people must accept a decision, besides its author.
    sign_offs: int = Field(default=1, ge=1, le=9)
    sources: dict[Id, Source] = Field(default={})
    rules: Annotated[
        dict[
            Id,
            Annotated[
                Annotated[Forbid, Tag("<forbid>")]
                | Annotated[Limit, Tag("<limit>")]
                | Annotated[Require, Tag("<require>")]
                | Annotated[Advise, Tag("<caveat>")]
                | Annotated[Replace, Tag("<replace>")],
                Discriminator(
                    _tag, custom_error_type="one_effect", custom_error_message="one effect"
                ),
            ],
        ],
        Field(min_length=1),
    ]
    cases: tuple[Case, ...] = ()

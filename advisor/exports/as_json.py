"""A result as JSON, for programs."""

from collections.abc import Mapping

from pydantic import TypeAdapter
from pydantic_core import to_json

from advisor.engine.evaluate import Result

_RESULT = TypeAdapter(Result)


def as_json(result: Result, about: Mapping[str, object]) -> bytes:
    """UTF-8 JSON: `about` (version, and for a saved one who and when), answers, and the result."""
    whole = {
        **about,
        "answers": result.answers,
        "result": _RESULT.dump_python(result, mode="json", by_alias=True),
    }
    return to_json(whole, indent=2) + b"\n"

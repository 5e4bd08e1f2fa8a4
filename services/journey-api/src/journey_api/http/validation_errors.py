"""Errors of a validation by pydantic as faults of the body."""

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

from journey_api.http.nearest import nearest
from shared.faults import Fault, FaultCode, Wrong, WrongValue
from shared.json_pointer import json_pointer


class _Kind(NamedTuple):
    """The code of an error of pydantic's, and under which names its context has the bounds."""

    code: FaultCode
    least: str | None = None
    most: str | None = None


_ID: Final = re.compile("'([^']*)'")
_LONGEST: Final = 200
MOST_FAULTS: Final = 100
"""How many faults of a document an answer names."""
_WORDS: Final = {
    "extra_forbidden": "Unknown field",
    "missing": "Required",
    "string_pattern_mismatch": "Not in the form asked for",
}
_MALFORMED: Final = _Kind("malformed")
_DATE: Final = _Kind("not_a_date")
_INSTANT: Final = _Kind("not_an_instant")
_NUMBER: Final = _Kind("not_a_number")
_KINDS: Final = {
    "missing": _Kind("required"),
    "extra_forbidden": _Kind("unknown_field"),
    "literal_error": _Kind("unknown_id"),
    "enum": _Kind("unknown_id"),
    "greater_than_equal": _Kind("too_small", least="ge"),
    "less_than_equal": _Kind("too_large", most="le"),
    "string_too_short": _Kind("too_short", least="min_length"),
    "string_too_long": _Kind("too_long", most="max_length"),
    "too_short": _Kind("too_few", least="min_length"),
    "too_long": _Kind("too_many", most="max_length"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float", "int_parsing_size"), _NUMBER),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number", "decimal_type", "decimal_parsing"), _NUMBER),
    **dict.fromkeys(("decimal_max_digits", "decimal_max_places", "decimal_whole_digits"), _NUMBER),
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"), _DATE),
    **dict.fromkeys(("datetime_type", "datetime_parsing", "datetime_from_date_parsing", "timezone_aware"), _INSTANT),
}
"""What the types of pydantic's errors are to a caller; those that are not here are of the form."""


def pointer_of(location: Iterable[object], body: Any) -> str:
    """The JSON pointer of a pydantic location; parts that name no place of the body (union members) are left out."""
    parts = list(location)
    found: list[object] = []
    for index, part in enumerate(parts):
        if isinstance(body, Mapping):
            if part in body:
                body = body[part]
            elif index != len(parts) - 1 or part == "[key]":
                continue
        elif isinstance(body, list) and isinstance(part, int) and part < len(body):
            body = body[part]
        else:
            continue
        found.append(part)
    return json_pointer(found)


def faults_of(errors: Iterable[Mapping[str, Any]], body: Any, prefix: str = "", most: int = MOST_FAULTS) -> list[Fault]:
    """Pydantic's errors about a body as faults, each place and text once; of very many the first."""
    first = islice(errors, most)
    found = (wrong_of(one).at(prefix + pointer_of(one["loc"], body))._replace(allowed=ids_near(one)) for one in first)
    return list(dict.fromkeys(found))


def ids_near(error: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids nearest to the value of an error that wants one of several; none for other errors."""
    given, context = error.get("input"), error.get("ctx") or {}
    if isinstance(raised := context.get("error"), WrongValue):
        return nearest(*raised.wrong.unknown) if raised.wrong.unknown else ()
    if not isinstance(given, str):
        return ()
    return nearest(given, _ID.findall(context["expected"])) if error["type"] == "literal_error" else ()


def wrong_of(error: Mapping[str, Any]) -> Wrong:
    """What to tell the caller of one of pydantic's errors; one that a check of ours raised says it itself."""
    context = error.get("ctx") or {}
    if isinstance(raised := context.get("error"), WrongValue):
        return raised.wrong
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "literal_error" and len(message) > _LONGEST:
        message = "Unknown id"
    kind = _KINDS.get(error["type"], _MALFORMED)
    bounds = (("least", kind.least), ("most", kind.most))
    values = tuple((name, context[key]) for name, key in bounds if key is not None)
    return Wrong(kind.code, _WORDS.get(error["type"], message), values)

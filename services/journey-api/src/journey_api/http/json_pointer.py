"""Where a document is at fault: RFC 6901 pointers for what a validation found."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from journey_api.http.nearest import nearest

_ID: Final = re.compile("'([^']*)'")
_LONGEST: Final = 200
_WORDS: Final = {
    "extra_forbidden": "Unknown field",
    "missing": "Required",
    "string_pattern_mismatch": "Not in the form asked for",
}


class Fault(NamedTuple):
    """What is wrong at one place: an RFC 6901 pointer into the body, or `?name` of a query parameter, and words.

    `allowed`: the known ids nearest to the one that is unknown, the best first.
    """

    pointer: str
    detail: str
    allowed: tuple[str, ...] = ()


def escape(part: object) -> str:
    """One reference token of a JSON pointer."""
    return str(part).replace("~", "~0").replace("/", "~1")


def pointer_of(location: Iterable[object], body: Any) -> str:
    """The JSON pointer of a pydantic location; parts that name no place of the body (union members) are left out."""
    parts = list(location)
    found: list[str] = []
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
        found.append("/" + escape(part))
    return "".join(found)


def faults_of(errors: Iterable[Mapping[str, Any]], body: Any, prefix: str = "") -> list[Fault]:
    """Pydantic's errors about a body as faults, each place and text once."""
    found = (Fault(prefix + pointer_of(one["loc"], body), words_of(one), ids_near(one)) for one in errors)
    return list(dict.fromkeys(found))


def ids_near(error: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids nearest to the value of an error that wants one of several; none for other errors."""
    given = error.get("input")
    if error["type"] != "literal_error" or not isinstance(given, str):
        return ()
    return nearest(given, _ID.findall(error["ctx"]["expected"]))


def words_of(error: Mapping[str, Any]) -> str:
    """What to tell the caller of one of pydantic's errors."""
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "literal_error" and len(message) > _LONGEST:
        return "Unknown id"
    return _WORDS.get(error["type"], message)
